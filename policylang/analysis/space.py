"""All records at once: questions about predicates, answered with a record or with a proof.

`Space` joins the solver, the regions and the rails. `Space.ask` finds a record (and a date) on which
literals hold, as `Found`; None says that no record does, and `NotDecided` that a limit was reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs

from policylang.analysis import theory
from policylang.analysis.gates import FALSE, Gates
from policylang.analysis.profiles import Profiled
from policylang.analysis.demands import NO_LISTS, AtHand, Demands
from policylang.analysis.rails import Encoder, Rails
from policylang.analysis.recording import Maker
from policylang.analysis.regions import TODAY, NumberAtom, Regions, original, unspecified
from policylang.analysis.solver import NotDecided, Solver
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import schema as types
from policylang.source import deep_stack

NO_PATHS: frozenset[Steps] = frozenset()
NOTHING: AtHand = {}  # never written
NO_ENTRIES: Mapping[Steps, int] = {}  # never written
OUR_TIMES = (date(1900, 1, 1), date(2300, 1, 1))  # dates of complete records
MAX_OUT_OF_REACH = 20  # models of one question for whose sums no doubles were found
OUT_OF_REACH = "real numbers would do, and no numbers of a record were found that do"
MAX_WISHES = 400  # questions for a record that is easier to read
MAX_WORK = 500_000  # variables of all these questions: in a large space there are fewer


@attrs.frozen
class Found:
    """A record as plain JSON, and the date; ``other`` is the record's twin where two are compared."""

    record: dict[str, Any]
    today: date | None
    other: dict[str, Any] | None = None


class Space:
    """The records that fit some schemas, as far as some predicates can tell them apart.

    ``predicates`` are all that will be asked about; ``entries`` gives lists that must have room for so
    many, and ``room`` for one more condition on each list; ``profiled`` has those to be taken by the
    profiles of their entries. ``plain`` keeps to the search in Python.
    """

    def __init__(
        self,
        schemas: tuple[types.Schema, ...],
        predicates: Iterable[Predicate],
        *,
        entries: Mapping[Steps, int] = NO_ENTRIES,
        plain: bool = False,
        deadline: float | None = None,
        room: bool = False,
        profiled: Mapping[Steps, Profiled] = NO_LISTS,
    ) -> None:
        self.schemas = schemas
        self.solver = Solver(plain=plain, deadline=deadline)
        self.gates = Gates(self.solver)
        self.regions = Regions(self.gates, schemas)
        with deep_stack():
            tick = self.solver.look_at_the_clock
            self.demands = Demands(list(predicates), entries, room=room, profiled=profiled, tick=tick)
        self._is_whole = False  # whether the records made have no value missing
        self._encoders = {NO_PATHS: Encoder(self.gates, self.regions, self.demands)}
        self._core: list[int] = []
        self.values = theory.Solution({}, {}, {})  # of the last model

    def rails(
        self, predicate: Predicate, renamed: frozenset[Steps] = NO_PATHS, at_hand: AtHand = NOTHING
    ) -> Rails:
        """Return the rails of a predicate; with ``renamed`` these paths are those of the twin record."""
        if renamed not in self._encoders:
            base = self._encoders.get(NO_PATHS)
            self._encoders[renamed] = Encoder(self.gates, self.regions, self.demands, renamed, base)
        with deep_stack():
            return self._encoders[renamed].rails(predicate, at_hand)

    def present(self, path: Steps) -> int:
        """Return the literal that a path is in the record."""
        return -self.regions.absent(path)

    def unspecified(self) -> list[int]:
        """Return the literals that each `unspecified` define is unknown, as it is in every record."""
        return [self.regions.absent(unspecified(name)) for name in self.demands.unspecified]

    def complete(self) -> list[int]:
        """Return literals that every value the rules read is there and of use, in our times."""
        regions = self.regions
        found = [x for parts in regions.attestations.values() for part, x in parts.items() if part != "holds"]
        for path, absent in list(regions.absents.items()):
            if path[:1] == (2,):
                continue
            found.append(-absent)
            dates = [t for t in regions.types_at(path) if isinstance(t, types.Date)]
            if dates or path == TODAY:
                found.append(regions.later(path, (), None, (), OUR_TIMES[0].toordinal()))
                found.append(-regions.later(path, (), None, (), OUR_TIMES[1].toordinal()))
            if any(t.past for t in dates):
                found.append(regions.later(TODAY, (), path, (), 0))
        for where, counters in regions.counters.items():
            profiles = self.demands.profiled[original(where)].profiles
            found += [-x[0] for one, x in zip(profiles, counters, strict=True) if one.whole is None]
        return found

    # --- questions ------------------------------------------------------------------------------

    def ask(
        self,
        *literals: int,
        as_specified: bool = False,
        twins: frozenset[Steps] = NO_PATHS,
        thin: bool = False,
        whole: bool = False,
        needed: bool = False,
    ) -> Found | None:
        """Return a record on which all literals hold, None when there is none.

        ``as_specified`` lets `unspecified` defines be true or false too: then the record is one of a
        policy that says more. ``twins`` are the paths at which the other record of the pair differs.
        A record is ``thin`` when none of its facts can be left out; that takes a question for each.
        ``whole`` is for questions that ask for a `complete` record, ``needed`` for a record of those facts
        alone that are seen at once to make the literals hold.
        """
        if not self.possible(*literals, as_specified=as_specified):
            return None
        if thin:
            model, values = self.solver.model, self.values
            try:
                self._thin_out(literals, as_specified)
            except NotDecided:  # the record found is right, if not as thin as can be
                self.solver.model, self.values = model, values
        return self._found(twins, whole=whole, kept=self._needed(literals) if needed else None)

    def _thin_out(self, literals: tuple[int, ...], as_specified: bool) -> None:
        """Ask for a model with fewer facts, then with plainer values; the last one that there was stays."""
        settled = list(literals)
        questions = min(MAX_WISHES, MAX_WORK // self.solver.variables)
        for wishes in (self.regions.gaps(), self.regions.plain_values()):
            questions = self._grant(wishes, settled, questions, as_specified)

    def _grant(self, wishes: list[int], settled: list[int], questions: int, as_specified: bool) -> int:
        """Settle each wish that can hold besides those before it, in so many questions; return those left.

        Several wishes are one question as long as that goes well. A single one among the causes of a
        failure cannot be granted; of more than one the last has to wait.
        """
        solver, pending, several = self.solver, wishes[::-1], 8
        while pending:
            if solver.holds(pending[-1]):
                settled.append(pending.pop())
                continue
            if not questions:
                break
            questions -= 1
            asked = pending[: -several - 1 : -1]
            model, values = solver.model, self.values
            if self.possible(*settled, *asked, as_specified=as_specified):
                settled += asked
                del pending[-several:]
                several *= 2
                continue
            solver.model, self.values = model, values
            causes = set(self.core())
            places = [place for place, wish in enumerate(asked) if wish in causes]
            if len(places) == 1:
                del pending[-1 - places[0]]
            else:
                several = places[-1]
        return questions

    def possible(self, *literals: int, as_specified: bool = False) -> bool:
        """Return whether some record has all literals hold; the solver's model is that record's."""
        if FALSE in literals:
            self._core = [FALSE]
            return False
        assumptions = list(literals) if as_specified else [*literals, *self.unspecified()]
        out_of_reach, guard = 0, 0
        while self.solver.solve([*assumptions, guard] if guard else assumptions):
            solution = theory.solve(self.regions)
            if isinstance(solution, theory.Solution):
                if solution.numbers is not None:
                    self.values = solution
                    return True
                guard = guard or self.solver.fresh()
                out_of_reach += 1
                if out_of_reach > MAX_OUT_OF_REACH:
                    raise NotDecided(OUT_OF_REACH)
                self.solver.add([-guard, *(-x for x in self._sums())])
            else:
                for contradiction in solution:
                    self.solver.add([-x for x in contradiction])
            self.solver.look_at_the_clock()
        asked = set(literals)
        self._core = [x for x in self.solver.core() if x in asked]
        if out_of_reach:
            raise NotDecided(OUT_OF_REACH)
        return False

    def core(self) -> list[int]:
        """Return which of the last question's literals cannot hold together, after it failed."""
        return self._core

    def _sums(self) -> tuple[int, ...]:
        """Return the literals of all number atoms in the last model."""
        holds = self.solver.holds
        atoms = self.regions.atoms.items()
        return tuple(x if holds(x) else -x for x, atom in atoms if isinstance(atom, NumberAtom))

    # --- the record of a model ------------------------------------------------------------------

    def _needed(self, literals: tuple[int, ...]) -> frozenset[Steps] | None:
        """Return the paths that the last model needs for the literals; None, for all, where lists are."""
        if self.regions.slots or self.regions.counters:
            return None
        paths = self.regions.paths_of(self.gates.support(literals))
        return frozenset(path[:n] for path in paths for n in range(1, len(path) + 1))

    def _found(self, twins: frozenset[Steps], *, whole: bool, kept: frozenset[Steps] | None = None) -> Found:
        numbers = theory.plain_numbers(self.regions)
        if numbers is not None:
            self.values = attrs.evolve(self.values, numbers=numbers)
        today = None
        if TODAY in self.regions.numbers and not self.solver.holds(self.regions.absent(TODAY)):
            ordinal = self.values.days.get(self.regions.numbers[TODAY])
            today = date.fromordinal(ordinal) if ordinal else date(2026, 1, 1)
        elif TODAY not in self.regions.numbers:
            today = date(2026, 1, 1)
        maker = self._maker(today, whole=whole, kept=kept)
        record = maker.record(frozenset())
        return Found(record, today, maker.record(twins) if twins else None)

    def _maker(
        self, today: date | None, *, whole: bool = False, kept: frozenset[Steps] | None = None
    ) -> Maker:
        return Maker(self.regions, self.values, self.demands.profiled, today, whole=whole, kept=kept)

    def value(self, path: Steps, today: date | None) -> Any:
        """Return what the record of the last question has at a path, as plain JSON."""
        return self._maker(today).value(self.regions.types_at(path), path, NO_PATHS)

    def holds(self, literal: int) -> bool:
        """Return a literal's truth in the record of the last question."""
        return self.solver.holds(literal)
