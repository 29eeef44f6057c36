"""What would settle an undetermined outcome: minimal sets of unknown values, and what is still possible.

Each set is exact. A formula that takes the atoms one by one refuses most sets at once, a few values
that are tried accept most of the others, and the solver decides what is left (`Completions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from policylang.analysis.completions import Completions
from policylang.analysis.folding import Folder, atoms, open_steps
from policylang.analysis.formulas import refusal, some
from policylang.analysis.minimal import Exhausted, Refusal, accepted
from policylang.analysis.solver import NotDecided
from policylang.analysis.unknowns import (
    Open,
    Reach,
    constants,
    force_of,
    guesses,
    may_of,
    open_value,
)
from policylang.analysis.witness import Unconfirmed, with_value
from policylang.core.decision import OUTCOMES, Decision, Finding, Outcome
from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Predicate
from policylang.core.reading import read_record
from policylang.core.record import Steps, path_text
from policylang.language import checked as c
from policylang.source import deep_stack
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth

MAX_SETS = 200  # of one question
MAX_STEPS = 4_000  # of the search for them, each well below a millisecond


class Ways(tuple[tuple[str, ...], ...]):
    """Minimal sets of record paths, smallest first; ``is_complete`` says that there are no others."""

    is_complete: bool = True


def ways(found: Iterator[frozenset[Steps]], order: tuple[Steps, ...]) -> Ways:
    """Return sets as texts, those that were found before a limit where one was reached."""
    place = {path: i for i, path in enumerate(order)}
    sets: list[list[int]] = []
    is_complete = True
    try:
        for one in found:
            if len(sets) == MAX_SETS:
                raise Exhausted
            sets.append(sorted(place[path] for path in one))
    except (Exhausted, NotDecided):
        is_complete = False
    sets.sort(key=lambda places: (len(places), places))
    result = Ways(tuple(path_text(order[i]) for i in places) for places in sets)
    result.is_complete = is_complete
    return result


# --- the questions ------------------------------------------------------------------------------


def missing(decision: Decision, action: str) -> Ways:
    """Return the minimal sets of unknown values some of whose values would decide an action.

    Empty when the action is decided, and when no values of the record would decide it. Past a limit
    the sets found so far, each one minimal; when there are none, all unknown values as one set.
    """
    if decision[action] is not Outcome.UNDETERMINED:
        return Ways()
    return _missing(_question(decision, action))


def missing_of(decision: Decision, finding: Finding) -> Ways:
    """Return the minimal sets of unknown values some of whose values would decide one effect."""
    if finding.force is not UNKNOWN:
        return Ways()
    return _missing(Question(force_of(finding), decision.evaluator))


def _question(decision: Decision, action: str) -> Question:
    effects = [force_of(f) for f in decision.findings if f.effect.actions]
    return Question(may_of(decision, action), decision.evaluator, effects)


def _missing(question: Question) -> Ways:
    found = question.may_settle()
    if found or found.is_complete:
        return found
    rest = Ways([tuple(path_text(path) for path in question.opens)])
    rest.is_complete = False
    return rest


def settle(decision: Decision, action: str, *, surely: bool) -> Ways:
    """Return the minimal sets of unknown values that may, or surely will, decide an action."""
    if decision[action] is not Outcome.UNDETERMINED:
        return Ways()
    question = _question(decision, action)
    return question.surely_settle() if surely else question.may_settle()


def possible(decision: Decision, action: str) -> tuple[Outcome, ...]:
    """Return the outcomes that an action can have once every unknown value is known.

    NotDecided past a limit.
    """
    question = _question(decision, action)
    return tuple(OUTCOMES[truth] for truth in (TRUE, FALSE, UNKNOWN) if question.can_become(truth))


class Question:
    """A predicate on one record, and what it can come to as its unknown values become known."""

    def __init__(self, predicate: Predicate, evaluator: Evaluator, order: Iterable[Predicate] = ()) -> None:
        """Make the question; paths come in the order in which the predicates of ``order`` read them."""
        self.predicate = predicate
        self.evaluator = evaluator
        self.schema = evaluator.record.schema
        self._known: dict[Steps, Open | None] = {}
        folder = Folder(evaluator, self._is_open, changes=False)
        with deep_stack():
            self.folded = folder.fold(predicate, {})
            ordered = [folder.fold(one, {}) for one in order]
        read = set(_read([self.folded]))
        in_order = [path for path in _read([*ordered, self.folded]) if path in read]
        self.opens = {path: one for path in in_order if (one := self._open(path)) is not None}
        self.paths = tuple(self.opens)

    def _open(self, path: Steps) -> Open | None:
        if path not in self._known:
            self._known[path] = open_value(path, self.evaluator, self.schema)
        return self._known[path]

    def _is_open(self, path: Steps) -> bool:
        return self._open(path) is not None

    @cached_property
    def completions(self) -> Completions:
        with deep_stack():
            return Completions(self.folded, self.opens, self.evaluator, self.schema)

    @cached_property
    def _compared(self) -> dict[Steps, tuple[Any, ...]]:
        return constants(self.folded)

    def _guesses(self, given: list[Open]) -> Iterator[Evaluator]:
        return guesses(given, self._compared, self.evaluator)

    def _truth(self, evaluator: Evaluator) -> Truth:
        return evaluator.evaluate(self.folded)

    # --- may: some values decide it ---------------------------------------------------------------

    def may_settle(self) -> Ways:
        with deep_stack():
            reach = Reach(self.opens, self.evaluator)
            formula = some([reach.of(self.folded, truth) for truth in (TRUE, FALSE)])

            def refused(given: frozenset[Steps], unfit: frozenset[Steps]) -> frozenset[Steps] | None:
                lacking = refusal(formula, given, unfit)
                if lacking is not None:
                    return lacking | unfit
                if self._is_settled_by_a_guess(given):
                    return None
                if self.completions.can_be((TRUE, FALSE), given):
                    self._confirm(given, (TRUE, FALSE))
                    return None
                return self.completions.refusal()

            return self._minimal(refused)

    def _is_settled_by_a_guess(self, given: frozenset[Steps]) -> bool:
        chosen = [one for path, one in self.opens.items() if path in given]
        return any(self._truth(one) is not UNKNOWN for one in self._guesses(chosen))

    def _minimal(self, refused: Refusal[Steps]) -> Ways:
        costs = dict.fromkeys(self.paths, 1.0)
        return ways(accepted(self.paths, refused, costs, MAX_STEPS), self.paths)

    # --- surely: all values decide it -------------------------------------------------------------

    def surely_settle(self) -> Ways:
        with deep_stack():
            return self._minimal(self._not_surely)

    def _not_surely(self, given: frozenset[Steps], _: frozenset[Steps]) -> frozenset[Steps] | None:
        """Return None when all values at these paths decide it; otherwise what a largest set lacks.

        That is a set of paths, these among them, some values of which leave it undecided, and which
        no path can be added to.
        """
        if not self.completions.leaves((UNKNOWN,), given):
            return None
        if self.completions.leaves((UNKNOWN,), given, free=True):
            given |= self.completions.given_in_model()
        for path in self.paths:
            if path not in given and self.completions.leaves((UNKNOWN,), given | {path}, free=True):
                given |= {path} | self.completions.given_in_model()
        return frozenset(self.paths) - given

    # --- what is still possible -------------------------------------------------------------------

    def can_become(self, truth: Truth) -> bool:
        """Return whether it has a truth once every unknown value is known, whatever they may be."""
        if isinstance(self.folded, c.Fixed):
            return self.folded.truth is truth
        with deep_stack():
            everything = frozenset(self.paths)
            if truth is not UNKNOWN:
                formula = Reach(self.opens, self.evaluator).of(self.folded, truth)
                if refusal(formula, everything) is not None:
                    return False
            tried = self._guesses(list(self.opens.values()))
            return any(self._truth(one) is truth for one in tried) or self._asked(truth)

    def _asked(self, truth: Truth) -> bool:
        if not self.completions.leaves((truth,), self.paths):
            return False
        self._confirm(frozenset(self.paths), (truth,))
        return True

    # --- the reference evaluator has the last word ------------------------------------------------

    def _confirm(self, given: frozenset[Steps], truths: tuple[Truth, ...]) -> None:
        """Run the evaluator on the record of the solver's last answer."""
        values = self.completions.values(given)
        data = self.evaluator.record.data
        for path, value in values.items():
            data = with_value(data, path, value)
        record = read_record(self.schema, data)
        if Evaluator(record, self.evaluator.today).evaluate(self.predicate) not in truths:
            raise Unconfirmed(repr(values))


def _read(folded: list[Predicate]) -> dict[Steps, None]:
    """Return the open paths that folded predicates read, in order."""
    return dict.fromkeys(path for one in folded for atom in atoms(one) for path in open_steps(atom))
