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
from policylang.analysis.implicants import places
from policylang.analysis.solver import Solver
from policylang.analysis.unknowns import Open, Reading, Values, is_listed, patched
from policylang.core.evaluator import compare
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
TRUE_IN = ONLY[TRUE]
UNKNOWN_AT_LAST = (ONLY[TRUE] | ONLY[UNKNOWN], ONLY[FALSE] | ONLY[UNKNOWN])  # neither false nor true


def are_listed(reading: Iterable[Reading], opens: Iterable[Open]) -> bool:
    """Return whether all open values that atoms read can be listed, and what the atoms say of them."""
    if not all(is_listed(one.type) or isinstance(one.type, types.Attestation) for one in opens):
        return False
    return all(len(paths) <= 2 for _, paths in reading)


Table = list[tuple[int, list[tuple[int, Truths]]]]
"""The literal of each case of one value with those of another one, and what becomes of the two."""


@attrs.frozen
class Choice:
    """What an open value may be: at place 0 "as it is", then its samples, one of those that are alike."""

    literals: dict[int, int]  # by place: that it is the value
    places: int  # a bit for each of them


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
        self._of_two: dict[int, Table] = {}
        self._core: list[int] = []  # of the last answer "no"
        self._lacking: set[int] = set()
        self._choices = {path: self._choice(groups) for path, groups in self._told_apart(reading).items()}
        self._as_it_is = {path: choice.literals[0] for path, choice in self._choices.items()}

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

    def _choice(self, groups: Iterable[int]) -> Choice:
        """Return the cases of a value, of which exactly one holds; "as it is" only where it has to be."""
        at = [0, *((group & -group).bit_length() for group in groups)]
        literals = [self.solver.fresh() for _ in at]
        self.solver.add(literals)
        self._exclude(literals)
        self.solver.prefer(-literals[0])
        return Choice(dict(zip(at, literals, strict=True)), sum([1 << place for place in at]))

    def _exclude(self, literals: list[int]) -> None:
        """Demand that no two of the literals hold; of many three at a time, with one for all three."""
        while len(literals) > 4:
            some, among = literals[:3], self.solver.fresh()
            self._exclude(some)
            for one in some:
                self.solver.add((-one, among))
            literals = [*literals[3:], among]
        for one, other in combinations(literals, 2):
            self.solver.add((-one, -other))

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
            fixed.append(self._at_least(1, one))
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
            path: self.listed.samples(self.opens[path])[place - 1]
            for path in paths
            for place, literal in self._choices[path].literals.items()
            if place and self.solver.holds(literal)
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
        needed = n if among & TRUE_IN else len(operands) - n + 1
        return self._at_least(needed, [self._literal(part, among) for part in operands])

    def _atom(self, atom: Predicate, among: Truths) -> int:
        paths = self._paths[id(atom)]
        if len(paths) == 2:
            return self._atom_of_two(atom, among)
        choice = self._choices[paths[0]]
        fit = int(ONLY[self.listed.evaluator.evaluate(atom)] & among != 0)
        for truth, of_samples in enumerate(self.listed.told(atom, self.opens[paths[0]])):
            if among >> truth & 1:
                fit |= of_samples << 1
        fit &= choice.places
        unfit = choice.places ^ fit
        if unfit & unfit - 1 == 0:  # one case at most
            return -choice.literals[unfit.bit_length() - 1] if unfit else ALWAYS
        return self._at_least(1, [choice.literals[place] for place in places(fit)])

    def _atom_of_two(self, atom: Predicate, among: Truths) -> int:
        if id(atom) not in self._of_two:
            self._of_two[id(atom)] = self._table(atom, *self._paths[id(atom)])
        literal = self.solver.fresh()
        for one, beside in self._of_two[id(atom)]:
            fit = [other for other, truth in beside if truth & among]
            if len(fit) < len(beside):
                self.solver.add((-literal, -one, *fit))
        return literal

    def _table(self, atom: Predicate, first: Steps, second: Steps) -> Table:
        """Return for each case of a value those of another one, with the truth of an atom of the two."""
        evaluator = self.listed.evaluator

        def truth(one: Value | None, other: Value | None) -> Truth:
            match atom, one, other:
                case c.Compare(op, c.FieldValue(), c.FieldValue()), Range(), Range():  # as most do
                    return compare(op, one, other)
                case c.Compare(_, c.FieldValue(), c.FieldValue()), _, _:
                    return UNKNOWN
                case _:
                    values = {
                        path: value for path, value in ((first, one), (second, other)) if value is not None
                    }
                    return patched(evaluator, values).evaluate(atom)

        ones, others = self._values(first), self._values(second)
        return [(one, [(other, ONLY[truth(x, y)]) for other, y in others]) for one, x in ones]

    def _values(self, path: Steps) -> list[tuple[int, Value | None]]:
        """Return the literal and the value of each case of an open value."""
        values = [self.listed.evaluator.record[path], *self.listed.samples(self.opens[path])]
        return [(literal, values[place]) for place, literal in self._choices[path].literals.items()]

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
