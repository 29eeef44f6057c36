"""The one door to the solver: python-sat's CaDiCaL, or the search in Python where it is not installed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import math
from time import monotonic
from typing import Protocol

from policylang.analysis.search import Search

CHUNK = 2_000  # conflicts between two looks at the clock, well under a second
SMALL = 10_000  # variables; with more of them a conflict takes longer
LOOKS = 256  # variables made between two looks
MAX_VARIABLES = 200_000  # with their clauses some hundred megabytes; a policy of 1,000 rules takes 8,000
PYTHON_CHUNK = 500
PYTHON_CONFLICTS = 20_000  # of one question; about half a minute


class NotDecided(Exception):
    """A question without an answer within the limits, with the reason."""


def deadline_in(seconds: float | None) -> float | None:
    """Return when so many seconds are over, None for no limit; ValueError where that is no number."""
    if seconds is None:
        return None
    if math.isnan(seconds):
        raise ValueError("a time limit is a number of seconds")
    return monotonic() + seconds


class Engine(Protocol):
    """What a solver can do."""

    def add(self, clause: Sequence[int]) -> None: ...
    def solve(self, assumptions: list[int], budget: int) -> bool | None: ...
    def model(self) -> list[int]: ...
    def core(self) -> list[int]: ...
    def prefer(self, literals: list[int]) -> None: ...


class CaDiCaL:
    """The solver of the extra `policylang[analysis]`."""

    def __init__(self) -> None:
        from pysat.solvers import Cadical195, pysolvers

        self._solver = Cadical195()
        self._add, self._solve = pysolvers.cadical195_add_cl, pysolvers.cadical195_solve_lim

    def add(self, clause: Sequence[int]) -> None:
        self._add(self._solver.cadical, clause)

    def solve(self, assumptions: list[int], budget: int) -> bool | None:
        """As `solve_limited` does, but for an interrupt: that would jump out of the solver with an error."""
        solver = self._solver
        solver.conf_budget(budget)
        found = self._solve(solver.cadical, assumptions, 0)
        solver.status = None if found == 0 else found > 0
        solver.prev_assumps = assumptions
        status: bool | None = solver.status
        return status

    def model(self) -> list[int]:
        return self._solver.get_model() or []

    def core(self) -> list[int]:
        return self._solver.get_core() or []

    def prefer(self, literals: list[int]) -> None:
        self._solver.set_phases(literals)


def has_cadical() -> bool:
    """Return whether the extra is installed."""
    try:
        import pysat.solvers  # noqa: F401
    except ImportError:
        return False
    return True


class Solver:
    """Clauses and questions about them, within a time limit.

    ``plain`` asks the search in Python even where CaDiCaL is at hand; it gives up after so many
    ``conflicts``.
    """

    def __init__(
        self, *, plain: bool = False, deadline: float | None = None, conflicts: int = PYTHON_CONFLICTS
    ) -> None:
        self.is_plain = plain or not has_cadical()
        self._engine: Engine = Search() if self.is_plain else CaDiCaL()
        self.deadline = deadline
        self.patience: int | None = None  # conflicts that one question is worth; None for any number
        self._conflicts = conflicts
        self._model: list[int] = []  # of each variable in turn, itself or its negation
        self._is_stale = False  # whether the engine's model is newer than ours
        self._preferred: list[int] = []
        self.variables = 0

    def fresh(self) -> int:
        """Return a new variable; NotDecided when there is no room, or no time, for more."""
        if self.variables >= MAX_VARIABLES:
            raise NotDecided(f"it takes more than {MAX_VARIABLES:,} literals")
        if self.variables % LOOKS == 0:
            self.look_at_the_clock()
        self.variables += 1
        return self.variables

    def add(self, clause: Iterable[int]) -> None:
        """Demand that one of the literals holds."""
        if self._is_stale:
            self._take_model()  # a clause takes it away from the engine
        self._engine.add(list(clause))

    def prefer(self, literal: int) -> None:
        """Let models have this literal hold where they are free to."""
        self._preferred.append(literal)

    def solve(self, assumptions: Sequence[int]) -> bool:
        """Return whether all clauses can hold with these literals; NotDecided past a limit."""
        self.look_at_the_clock()
        if self._preferred:
            self._engine.prefer(self._preferred)
            self._preferred = []
        self._is_stale = False
        spent, chunk = 0, CHUNK * SMALL // max(SMALL, self.variables)
        if self.is_plain:
            chunk = min(PYTHON_CHUNK, self._conflicts)
        chunk = chunk if self.patience is None else min(chunk, self.patience)
        while True:
            found = self._engine.solve(list(assumptions), chunk)
            if found is not None:
                self._is_stale = found
                return found
            spent += chunk
            self.look_at_the_clock()
            if self.patience is not None and spent >= self.patience:
                raise NotDecided("it is not worth the time")
            if self.is_plain and spent >= self._conflicts:
                raise NotDecided("needs policylang[analysis]")

    def look_at_the_clock(self) -> None:
        """Raise NotDecided when the time is over."""
        if self.deadline is not None and monotonic() > self.deadline:
            extra = ": needs policylang[analysis] or more time" if self.is_plain else ""
            raise NotDecided(f"the time limit is over{extra}")

    def holds(self, literal: int) -> bool:
        """Return a literal's truth in the last model; one that no clause names is false."""
        if self._is_stale:
            self._take_model()
        variable, model = abs(literal), self._model
        is_true = variable <= len(model) and model[variable - 1] > 0
        return is_true == (literal > 0)

    @property
    def model(self) -> list[int]:
        """The last model; an earlier one can be put back in its place."""
        if self._is_stale:
            self._take_model()
        return self._model

    @model.setter
    def model(self, model: list[int]) -> None:
        self._model, self._is_stale = model, False

    def _take_model(self) -> None:
        self._model, self._is_stale = self._engine.model(), False

    def core(self) -> list[int]:
        """Return assumptions that cannot hold together, after a solve that failed."""
        return self._engine.core()
