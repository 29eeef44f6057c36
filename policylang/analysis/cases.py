"""All records that one record may turn out to be, where every value that it lacks can be listed.

It answers what `Completions` does, without regions, lists and dates: each open value is one of a few
*cases*, "as it is" among them, and the solver has a variable for each. Values that no atom tells apart
are one case. A part of the predicate is encoded only for what is asked of it: its literal says that it
is true, say, where it holds, and says nothing where it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import comb
from time import monotonic

import attrs

from policylang.analysis.completions import SECONDS
from policylang.analysis.solver import Solver
from policylang.analysis.unknowns import Open, Reading, Values, is_listed, patched
from policylang.core.evaluator import compare, steps
from policylang.core.predicates import Predicate
from policylang.core.record import Record, Steps
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Range, Value

MAX_CLAUSES = 64  # of one count; beyond that it takes further variables
ALWAYS, NEVER = 1, -1  # literals

Truths = int
"""Those one of which a part is to have: a bit for each, at the place of its value."""

ONLY = {truth: 1 << truth.value for truth in Truth}
UNKNOWN_AT_LAST = (ONLY[TRUE] | ONLY[UNKNOWN], ONLY[FALSE] | ONLY[UNKNOWN])  # neither false nor true


def are_listed(reading: Iterable[Reading], opens: Iterable[Open]) -> bool:
    """Return whether all open values that atoms read can be listed, and what the atoms say of them."""
    if not all(is_listed(one.type) or isinstance(one.type, types.Attestation) for one in opens):
        return False
    return all(len(paths) <= 2 for _, paths in reading)


@attrs.frozen
class Case:
    """What an open value may be, with the literal that it is; ``value`` is None where it is as it is."""

    value: Value | None
    literal: int
    place: int  # of the value among the samples


class Cases:
    """The cases of a folded predicate whose open values `are_listed`."""

    def __init__(
        self, folded: Predicate, reading: Sequence[Reading], opens: Mapping[Steps, Open], values: Values
    ) -> None:
        """``reading`` has all atoms of the predicate."""
        self.folded = folded
        self.opens = opens
        self.listed = values
        self.solver = Solver(deadline=monotonic() + SECONDS)
        self.solver.add([self.solver.fresh()])  # ALWAYS
        self._paths = {id(atom): paths for atom, paths in reading}
        self._literals: dict[tuple[int, Truths], int] = {}
        self._counts: dict[tuple[int, tuple[int, ...]], int] = {}
        self._of_two: dict[tuple[int, int, int], Truths] = {}
        self._core: list[int] = []  # of the last answer "no"
        self._lacking: set[int] = set()
        self._cases = {
            path: self._made(opens[path], told) for path, told in self._told_apart(reading).items()
        }
        self._as_it_is = {path: cases[0].literal for path, cases in self._cases.items()}

    # --- the cases of each value ----------------------------------------------------------------

    def _told_apart(self, reading: Sequence[Reading]) -> dict[Steps, list[int]]:
        """Return for each path its samples in groups that no atom tells apart: a bit for each sample."""
        counts = {path: len(self.listed.samples(value)) for path, value in self.opens.items()}
        found = {path: [(1 << count) - 1] for path, count in counts.items()}
        for atom, paths in reading:
            for path in paths:
                if len(found[path]) == counts[path]:
                    continue
                if len(paths) == 1:
                    told: Sequence[int] = self.listed.told(atom, self.opens[path])
                else:
                    told = [1 << place for place in range(counts[path])]
                found[path] = [both for group in found[path] for part in told if (both := group & part)]
        return found

    def _made(self, value: Open, groups: Sequence[int]) -> list[Case]:
        """Return the cases of a value, "as it is" first; exactly one of them holds."""
        samples = self.listed.samples(value)
        places = [(group & -group).bit_length() - 1 for group in groups]
        literals = [self.solver.fresh() for _ in range(len(groups) + 1)]
        self.solver.add(literals)
        for one, other in combinations(literals, 2):
            self.solver.add((-one, -other))
        self.solver.prefer(-literals[0])
        given = [Case(samples[at], literal, at) for at, literal in zip(places, literals[1:], strict=True)]
        return [Case(None, literals[0], -1), *given]

    # --- questions ------------------------------------------------------------------------------

    def can_be(self, truths: Iterable[Truth], given: Iterable[Steps]) -> bool:
        """Return whether some values at these paths, or at some of them, give one of the truths.

        NotDecided past a limit. `refusal` then names paths of which one more is needed.
        """
        self._lacking = set()
        free = set(given)
        others = [literal for path, literal in self._as_it_is.items() if path not in free]
        for truth in truths:
            if self._can_have(truth, others):
                return True
            self._lacking.update(self._core)
        return False

    def refusal(self) -> frozenset[Steps]:
        """Return the paths that the last answer "no" rests on: one of them would have to be given."""
        return frozenset(path for path, literal in self._as_it_is.items() if literal in self._lacking)

    def leaves(
        self,
        truths: Iterable[Truth],
        given: Iterable[Steps],
        free: Iterable[Steps] = (),
        one_of: Iterable[Steps] = (),
    ) -> bool:
        """Return whether some values at all of these paths leave one of the truths.

        The paths ``free`` are as they are or given, and the others as they are. Where there are any,
        ``one_of`` has to be given.
        """
        known, open_ = set(given), set(free)
        fixed = [
            -literal if path in known else literal
            for path, literal in self._as_it_is.items()
            if path in known or path not in open_
        ]
        if one := [-self._as_it_is[path] for path in one_of]:
            fixed.append(self._some(one))
        return any(self._can_have(truth, fixed) for truth in truths)

    def needed(self, given: Iterable[Steps], others: Iterable[Steps]) -> list[Steps]:
        """Return which of the others have to be given, however many are: without it it can stay unknown."""
        paths = list(others)
        known, apart = set(given), set(paths)
        beside = [-x if path in known else x for path, x in self._as_it_is.items() if path not in apart]
        fixed, found = [*(-self._as_it_is[path] for path in paths), *beside], list[Steps]()
        for place, path in enumerate(paths):
            fixed[place] = -fixed[place]
            if self._can_have(UNKNOWN, fixed):
                found.append(path)
            fixed[place] = -fixed[place]
        return found

    def given_in_model(self) -> frozenset[Steps]:
        """Return the paths that have a value in the last answer "yes"."""
        return frozenset(path for path, literal in self._as_it_is.items() if not self.solver.holds(literal))

    def completed(self, paths: Iterable[Steps]) -> Record:
        """Return the record with the values of the last answer "yes" at those of the paths that are given."""
        chosen = {
            path: case.value
            for path in paths
            for case in self._cases[path]
            if case.value is not None and self.solver.holds(case.literal)
        }
        return patched(self.listed.evaluator, chosen).record

    def _can_have(self, truth: Truth, fixed: list[int]) -> bool:
        self._core = []
        wanted = UNKNOWN_AT_LAST if truth is UNKNOWN else (ONLY[truth],)
        literals = [self._literal(self.folded, among) for among in wanted]
        if NEVER in literals:
            return False
        is_possible = self.solver.solve([*literals, *fixed])
        if not is_possible:
            self._core = self.solver.core()
        return is_possible

    # --- predicates as literals -----------------------------------------------------------------

    def _literal(self, node: Predicate, among: Truths) -> int:
        """Return a literal that holds only where a part has one of the truths, and can wherever it has."""
        key = (id(node), among)
        found = self._literals.get(key)
        if found is None:
            found = self._literals[key] = self._encoded(node, among)
        return found

    def _encoded(self, node: Predicate, among: Truths) -> int:
        match node:
            case c.Fixed(truth):
                return ALWAYS if ONLY[truth] & among else NEVER
            case c.Not(operand):
                return self._literal(operand, _denied(among))
            case c.And(operands):
                return self._counted(len(operands), operands, among)
            case c.Or(operands):
                return self._counted(1, operands, among)
            case c.AtLeast(n, operands):
                return self._counted(n, operands, among)
            case _:
                return self._atom(node, among)

    def _counted(self, n: int, operands: Sequence[Predicate], among: Truths) -> int:
        """Return the literal of a count: true when ``n`` parts are, false when too few can be."""
        needed = n if ONLY[TRUE] & among else len(operands) - n + 1
        return self._at_least(needed, [self._literal(part, among) for part in operands])

    def _atom(self, atom: Predicate, among: Truths) -> int:
        paths = self._paths[id(atom)]
        if len(paths) == 1:
            told = self.listed.told(atom, self.opens[paths[0]])
            as_it_is, *given = self._cases[paths[0]]
            wanted = sum([some for value, some in enumerate(told) if among >> value & 1])
            fit = [case.literal for case in given if wanted >> case.place & 1]
            if ONLY[self.listed.evaluator.evaluate(atom)] & among:
                fit.append(as_it_is.literal)
            return ALWAYS if len(fit) == len(given) + 1 else self._some(fit)
        first, second = paths
        literal = self.solver.fresh()
        for case in self._cases[first]:
            others = self._cases[second]
            fit = [other.literal for other in others if self._together(atom, paths, case, other) & among]
            if len(fit) < len(others):
                self.solver.add((-literal, -case.literal, *fit))
        return literal

    def _together(self, atom: Predicate, paths: list[Steps], one: Case, other: Case) -> Truths:
        """Return the truth of an atom that reads two values, as the bit that stands for it."""
        key = (id(atom), one.place, other.place)
        if key not in self._of_two:
            chosen = zip(paths, (one.value, other.value), strict=True)
            values = {path: value for path, value in chosen if value is not None}
            self._of_two[key] = ONLY[self._truth(atom, values)]
        return self._of_two[key]

    def _truth(self, atom: Predicate, values: Mapping[Steps, Value]) -> Truth:
        """Return the truth of an atom with values at some paths, the rest as it is."""
        evaluator = self.listed.evaluator

        def field(term: c.FieldValue) -> Range | None:
            where = steps(term.path, {})
            return evaluator.field(values.get(where, evaluator.record[where]), term.type)

        match atom:
            case c.Compare(op, c.FieldValue() as left, c.FieldValue() as right):  # as most do
                return compare(op, field(left), field(right))
            case _:
                return patched(evaluator, values).evaluate(atom)

    def _some(self, literals: Sequence[int]) -> int:
        return self._at_least(1, literals)

    def _at_least(self, n: int, literals: Sequence[int]) -> int:
        """Return a literal that holds only where ``n`` of the literals do, and can wherever they do."""
        kept = literals
        if ALWAYS in literals or NEVER in literals:
            kept = [literal for literal in literals if abs(literal) != ALWAYS]
            n -= literals.count(ALWAYS)
        if n <= 0:
            return ALWAYS
        if n > len(kept):
            return NEVER
        if len(kept) == 1:
            return kept[0]
        key = (n, tuple(kept))
        if key not in self._counts:
            self._counts[key] = self._several(n, kept)
        return self._counts[key]

    def _several(self, n: int, literals: Sequence[int]) -> int:
        whole = self.solver.fresh()
        if comb(len(literals), n - 1) <= MAX_CLAUSES:
            for some in combinations(literals, len(literals) - n + 1):
                self.solver.add((-whole, *some))
        else:  # n of the others, or n - 1 of them and the last one
            *others, last = literals
            self.solver.add((-whole, self._at_least(n - 1, others)))
            self.solver.add((-whole, last, self._at_least(n, others)))
        return whole


def _denied(among: Truths) -> Truths:
    """Return the truths that a part has where its negation has one of these."""
    return among >> 2 & 1 | among & 2 | (among & 1) << 2
