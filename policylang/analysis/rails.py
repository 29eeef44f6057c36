"""Predicates as pairs of literals: surely true, and possibly true.

Kleene's minimum, maximum and exchange are `and`, `or` and the exchange of the two rails; a count
counts each rail. Lists are unfolded into as many entries as tell any two lists apart (see `Demands`).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple, assert_never

import attrs

from policylang.analysis import days
from policylang.analysis.days import Shifts
from policylang.analysis.demands import AtHand, Demands
from policylang.analysis.gates import FALSE, TRUE, Gates
from policylang.analysis.profiles import Profiled
from policylang.analysis.regions import TODAY, Regions, original, twin, unspecified
from policylang.core.evaluator import steps
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.truth import Truth


class Rails(NamedTuple):
    """The literal that it is true, and the literal that it is true or unknown."""

    true: int
    possible: int

    def __invert__(self) -> Rails:
        return Rails(-self.possible, -self.true)


def of_truth(truth: Truth) -> Rails:
    """Return the rails of a constant."""
    return Rails(TRUE if truth is Truth.TRUE else FALSE, FALSE if truth is Truth.FALSE else TRUE)


# --- terms --------------------------------------------------------------------------------------


@attrs.frozen
class Numbers:
    """A sum of numbers: when it is known, its variables and its constant."""

    known: int
    parts: Mapping[int, Fraction]
    constant: Fraction


@attrs.frozen
class Days:
    """A date moved by durations, or the day ``ordinal``; when it is known."""

    known: int
    path: Steps | None
    shifts: Shifts
    ordinal: int


@attrs.frozen
class Ranks:
    """A level: when it is known, and for each rank from 1 the literal that it is at least there."""

    known: int
    reached: tuple[int, ...]


@attrs.frozen
class Values:
    """A text, member or bool: when it is known, its path or constant, and a literal for each value."""

    known: int
    path: Steps | None
    literals: Mapping[object, int]


# --- predicates ---------------------------------------------------------------------------------


class Encoder:
    """Makes the rails of predicates, each object once.

    ``renamed`` gives paths whose value is that of the twin record instead; what does not read them is
    left to ``base``, an encoder without.
    """

    def __init__(
        self,
        gates: Gates,
        regions: Regions,
        demands: Demands,
        renamed: frozenset[Steps] = frozenset(),
        base: Encoder | None = None,
    ) -> None:
        self.gates = gates
        self.regions = regions
        self.demands = demands
        self.renamed = renamed
        self.base = base
        self._memo: dict[tuple[Any, ...], Rails] = {}

    def rails(self, node: Predicate, at_hand: AtHand) -> Rails:
        """Return the rails of a predicate with these entries at hand."""
        if isinstance(node, c.Atom):
            return self._atom(node, at_hand)
        here = {name: at_hand[name] for name in self.demands.free(node)}
        key = (id(node), *sorted(here.items()))
        if key not in self._memo:
            if self.base is not None and not self._is_renamed(node, here):
                self._memo[key] = self.base.rails(node, here)
            else:
                self._memo[key] = self._rails(node, here)
        return self._memo[key]

    def _is_renamed(self, node: Predicate, at_hand: AtHand) -> bool:
        """Return whether a predicate reads something of the twin record, also in a list that it counts."""
        reads = (*self.demands.reads[id(node)], *at_hand.values())
        return any(
            path[:1] == (2,) or any(path[: len(one)] == one[: len(path)] for one in self.renamed)
            for path in reads
        )

    def conj(self, parts: list[Rails]) -> Rails:
        return Rails(self.gates.conj(p.true for p in parts), self.gates.conj(p.possible for p in parts))

    def disj(self, parts: list[Rails]) -> Rails:
        return Rails(self.gates.disj(p.true for p in parts), self.gates.disj(p.possible for p in parts))

    def _rails(self, node: Predicate, at_hand: AtHand) -> Rails:
        self.gates.solver.look_at_the_clock()
        match node:
            case c.Not(operand):
                return ~self.rails(operand, at_hand)
            case c.And(operands):
                return self.conj([self.rails(x, at_hand) for x in operands])
            case c.Or(operands):
                return self.disj([self.rails(x, at_hand) for x in operands])
            case c.AtLeast(n, operands):
                return self._at_least(n, [self.rails(x, at_hand) for x in operands])
            case c.AtLeastEntries(n, path, entry, body):
                return self._entries(n, self.at(steps(path, at_hand)), entry, body, at_hand)
            case c.AtLeastMembers():
                raise AssertionError("the compiler unfolds quantifiers over sets")
            case _:
                raise AssertionError("an atom")

    def _at_least(self, n: int, parts: list[Rails]) -> Rails:
        true = self.gates.at_least(n, [p.true for p in parts])
        return Rails(true, self.gates.at_least(n, [p.possible for p in parts]))

    def _entries(self, n: int, where: Steps, entry: str, body: Predicate, at_hand: AtHand) -> Rails:
        if n <= 0:
            return Rails(TRUE, TRUE)
        gates, absent = self.gates, self.regions.absent(where)
        profiled = self.demands.profiled.get(original(where))
        if profiled is not None:
            true, possible = self._of_profiles(n, where, profiled, body)
            return Rails(gates.conj((-absent, true)), gates.disj((absent, possible)))
        slots = self.slots(where)
        cases = []
        for i, slot in enumerate(slots):
            inner = self.rails(body, {**at_hand, entry: (*where, i)})
            cases.append(Rails(gates.conj((slot, inner.true)), gates.conj((slot, inner.possible))))
        true, possible = self._at_least(n, cases)
        return Rails(gates.conj((-absent, true)), gates.disj((absent, possible)))

    def _of_profiles(self, n: int, where: Steps, profiled: Profiled, body: Predicate) -> Rails:
        """Count the entries by their profiles: the numbers of those whose truth is high enough."""
        place = profiled.places[body]
        counters = zip(profiled.profiles, self.regions.of_each_profile(where, profiled.profiles), strict=True)
        seen = [(profile.truths[place], counter) for profile, counter in counters]
        true = [counter for truth, counter in seen if truth is Truth.TRUE]
        possible = true + [counter for truth, counter in seen if truth is Truth.UNKNOWN]
        return Rails(self.gates.at_least_counted(n, true), self.gates.at_least_counted(n, possible))

    def slots(self, where: Steps) -> list[int]:
        """Return the literals of a list's entries."""
        count = self.demands.counts.get(original(where), 0)
        key = None
        for type_ in self.regions.types_at(where):
            if isinstance(type_, types.List):
                field = next((f for f in type_.fields if f.key), None)
                few = field is not None and isinstance(field.type, types.Scale | types.Set)
                if original(where) in self.demands.least:
                    continue  # the entries are those of one record, whose keys differ
                if field is not None and (few or (type_.entry, (field.name,)) in self.demands.mentioned):
                    key = field
        return self.regions.entries(where, count, key)

    def at(self, path: Steps) -> Steps:
        """Return a path, or its twin where the other record is meant."""
        for renamed in self.renamed:
            if path[: len(renamed)] == renamed:
                return twin(path)
        return path

    # --- atoms ----------------------------------------------------------------------------------

    def _atom(self, node: Predicate, at_hand: AtHand) -> Rails:
        regions = self.regions
        match node:
            case c.Fixed(truth, name):
                if name is None:
                    return of_truth(truth)
                path = self.at(unspecified(name))
                return self._known(-regions.absent(path), regions.holds(path))
            case c.Missing(path):
                absent = regions.absent(self.at(steps(path, at_hand)))
                return Rails(absent, absent)
            case c.Holds(path):
                where = self.at(steps(path, at_hand))
                return self._known(-regions.absent(where), regions.holds(where))
            case c.Attested(path):
                return self._attested(node, self.at(steps(path, at_hand)))
            case c.Compare(op, left, right):
                return self._compare(op, self.term(left, at_hand), self.term(right, at_hand))
            case c.OneOf(item, values):
                value = self.term(item, at_hand)
                return self.disj([self._compare("=", value, self.term(one, at_hand)) for one in values])
            case c.Not() | c.And() | c.Or() | c.AtLeast() | c.AtLeastEntries() | c.AtLeastMembers():
                raise AssertionError("no atom")
            case _:
                assert_never(node)

    def _known(self, known: int, holds: int) -> Rails:
        """Return the rails of what holds or does not where it is known, and is unknown elsewhere."""
        gates = self.gates
        true = holds if gates.implies(holds, known) else gates.conj((known, holds))
        return Rails(true, holds if gates.implies(-holds, known) else gates.disj((-known, holds)))

    def _attested(self, node: c.Attested, path: Steps) -> Rails:
        """A word is in force by its role and its date; one by nobody has no role."""
        regions, gates = self.regions, self.gates
        parts = [-regions.absent(path), -regions.absent(TODAY), regions.attestation(path, f"`{node.role}`")]
        found = {(t.role, t.within) for t in regions.types_at(path) if isinstance(t, types.Attestation)}
        if node.within is not None:
            shifts = ((-1, node.within),)
            parts.append(self._in_calendar(TODAY, shifts))
            if len({within for _, within in found}) > 1:
                parts.append(regions.later(path, (), TODAY, shifts, 0))
        if len({within for _, within in found}) > 1:
            parts.append(regions.later(TODAY, (), path, (), 0))
        return self._known(gates.conj(parts), regions.attestation(path, "holds"))

    # --- terms ----------------------------------------------------------------------------------

    def term(self, term: c.Term, at_hand: AtHand) -> Numbers | Days | Ranks | Values:
        """Return what a comparison needs of a term."""
        regions = self.regions
        match term:
            case c.Constant(value, type_):
                return self._constant(value.low, type_)
            case c.Today():
                return Days(-regions.absent(TODAY), TODAY, (), 0)
            case c.FieldValue(path, type_):
                return self._field(self.at(steps(path, at_hand)), type_)
            case c.Sum(parts):
                return self._sum(parts, at_hand)
            case c.DateSum(base, shifts):
                moved = self.term(base, at_hand)
                assert isinstance(moved, Days)
                return self._moved(moved, shifts)
            case c.Graded(_, subject, bounds, type_):
                number = self.term(subject, at_hand)
                assert isinstance(number, Numbers)
                reached = []
                for rank in range(1, len(type_.levels)):
                    least = min((bound for bound, at in bounds if at >= rank), default=None)
                    reached.append(FALSE if least is None else self._reaches(number, least))
                return Ranks(number.known, tuple(reached))
            case c.MemberValue():
                raise AssertionError("the compiler puts a member in place of what is at hand")
            case _:
                assert_never(term)

    def _constant(self, value: Any, type_: types.Leaf) -> Numbers | Days | Ranks | Values:
        match type_:
            case types.Scale(levels=levels):
                return Ranks(TRUE, tuple(TRUE if value >= rank else FALSE for rank in range(1, len(levels))))
            case types.Number():
                return Numbers(TRUE, {}, value)
            case types.Date():
                return Days(TRUE, None, (), value.toordinal())
            case _:
                return Values(TRUE, None, {value: TRUE})

    def _field(self, path: Steps, type_: types.Leaf) -> Numbers | Days | Ranks | Values:
        regions = self.regions
        known = -regions.absent(path)
        match type_:
            case types.Scale():
                return Ranks(known, tuple(regions.ranks(path, type_)))
            case types.Number():
                return Numbers(known, {regions.variable(path): Fraction(1)}, Fraction(0))
            case types.Date(past):
                if past:
                    is_past = (known, -regions.absent(TODAY), regions.later(TODAY, (), path, (), 0))
                    known = self.gates.conj(is_past)
                return Days(known, path, (), 0)
            case types.Text():
                return Values(known, path, {})
            case types.Set() | types.Bool():
                return Values(known, path, regions.values(path, type_))
            case types.Attestation():
                raise AssertionError("an attestation is no value")
            case _:
                assert_never(type_)

    def _sum(self, parts: tuple[tuple[Fraction, c.Constant | c.FieldValue], ...], at_hand: AtHand) -> Numbers:
        known, total, constant = [], dict[int, Fraction](), Fraction(0)
        for factor, atom in parts:
            one = self.term(atom, at_hand)
            assert isinstance(one, Numbers)
            known.append(one.known)
            constant += factor * one.constant
            for variable, k in one.parts.items():
                total[variable] = total.get(variable, Fraction(0)) + factor * k
        return Numbers(self.gates.conj(known), total, constant)

    def _moved(self, base: Days, shifts: Shifts) -> Days:
        if base.path is None:
            ordinal = days.moved(base.ordinal, shifts)
            return Days(FALSE, None, (), 1) if ordinal is None else Days(base.known, None, (), ordinal)
        known = self.gates.conj((base.known, self._in_calendar(base.path, shifts)))
        return Days(known, base.path, shifts, 0)

    def _in_calendar(self, path: Steps, shifts: Shifts) -> int:
        """Return the literal that a date, moved, is still one."""
        return self.gates.conj(self.regions.in_calendar(path, shifts))

    # --- comparisons ----------------------------------------------------------------------------

    def _compare(
        self, op: str, a: Numbers | Days | Ranks | Values, b: Numbers | Days | Ranks | Values
    ) -> Rails:
        match op:
            case "!=":
                return ~self._compare("=", a, b)
            case "<=":
                return self._compare(">=", b, a)
            case "<":
                return self._compare(">", b, a)
        known = self.gates.conj((a.known, b.known))
        if known == FALSE:
            return of_truth(Truth.UNKNOWN)
        match a, b:
            case Numbers(), Numbers():
                holds = self._numbers(op, a, b)
            case Days(), Days():
                holds = self._days(op, a, b)
            case Ranks(), Ranks():
                holds = self._ranks(op, a, b)
            case Values(), Values():
                holds = self._same(a, b)
            case _:
                raise AssertionError("both sides are of one type")
        return self._known(known, holds)

    def _numbers(self, op: str, a: Numbers, b: Numbers) -> int:
        total = dict(a.parts)
        for variable, k in b.parts.items():
            total[variable] = total.get(variable, Fraction(0)) - k
        difference = Numbers(TRUE, total, a.constant - b.constant)
        if op == "=":
            zero = Fraction(0)
            return self.gates.conj((self._reaches(difference, zero), -self._reaches(difference, zero, True)))
        return self._reaches(difference, Fraction(0), op == ">")

    def _reaches(self, number: Numbers, bound: Fraction, strict: bool = False) -> int:
        return self.regions.above(dict(number.parts), bound - number.constant, strict=strict)

    def _days(self, op: str, a: Days, b: Days) -> int:
        match op:
            case ">=":
                return self._not_before(a, b, 0)
            case ">":
                return self._not_before(a, b, 1)
            case _:
                return self.gates.conj((self._not_before(a, b, 0), self._not_before(b, a, 0)))

    def _not_before(self, a: Days, b: Days, more: int) -> int:
        if a.path is None and b.path is None:
            return TRUE if a.ordinal >= b.ordinal + more else FALSE
        if b.path is None:
            assert a.path is not None
            return self.regions.later(a.path, a.shifts, None, (), b.ordinal + more)
        if a.path is None:
            return -self.regions.later(b.path, b.shifts, None, (), a.ordinal - more + 1)
        return self.regions.later(a.path, a.shifts, b.path, b.shifts, more)

    def _ranks(self, op: str, a: Ranks, b: Ranks) -> int:
        gates = self.gates
        if all(abs(y) == TRUE for y in b.reached):  # as it is of a level of whose others no record has one
            rank = b.reached.count(TRUE)
            reaches = a.reached[rank - 1] if rank else TRUE
            exceeds = a.reached[rank] if rank < len(a.reached) else FALSE
            return {">=": reaches, ">": exceeds}.get(op) or gates.conj((reaches, -exceeds))
        if all(abs(x) == TRUE for x in a.reached):
            # a >= b says that b is not above a
            return self._ranks(op, b, a) if op == "=" else -self._ranks(">" if op == ">=" else ">=", b, a)
        pairs = list(zip(a.reached, b.reached, strict=True))
        if op == ">":
            return gates.disj(gates.conj((x, -y)) for x, y in pairs)
        both = [gates.disj((x, -y)) for x, y in pairs]
        if op == "=":
            both += [gates.disj((-x, y)) for x, y in pairs]
        return gates.conj(both)

    def _same(self, a: Values, b: Values) -> int:
        if a.literals and b.literals:
            shared = [(x, b.literals[value]) for value, x in a.literals.items() if value in b.literals]
            return self.gates.disj(self.gates.conj(pair) for pair in shared)
        if a.path is None:
            a, b = b, a
        if a.path is None:
            return TRUE if a.literals.keys() == b.literals.keys() else FALSE
        return self.regions.same_text(a.path, b.path if b.path else str(next(iter(b.literals))))
