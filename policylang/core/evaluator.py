"""The definition: what a predicate is worth on a record, in Kleene's three values.

This is section 5 of the language and nothing else. Every faster engine is tested equal to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from itertools import repeat
import math
from typing import Any, assert_never

from policylang.core.predicates import Predicate
from policylang.core.record import Record, Steps
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth, at_least, conjunction, disjunction, truth_of
from policylang.values import Attestation, Entries, Range, Value, exactly, next_double, number_of, shift


class Evaluator:
    """Evaluates predicates on one record and date; each shared part once, but for comparisons.

    An absent value has no range: every comparison with it is unknown.
    """

    def __init__(self, record: Record, today: date | None) -> None:
        self.record = record
        self.today = today
        self._values = record.values
        self._memo: dict[object, tuple[Truth, Predicate]] = {}  # the node is kept, so that its id is

    def evaluate(self, node: Predicate, at_hand: Mapping[str, Steps] = {}) -> Truth:  # never written
        """Return a predicate's truth; ``at_hand`` tells where the entries at hand are."""
        if isinstance(node, c.Compare):  # as soon evaluated as looked up
            return compare(node.op, self.range_of(node.left, at_hand), self.range_of(node.right, at_hand))
        key = (id(node), *at_hand.items()) if at_hand else id(node)
        found = self._memo.get(key)
        if found is not None:
            return found[0]
        # The frequent kinds first. A pattern that takes a node apart costs more than what it is then asked.
        match node:
            case c.And():
                truth = conjunction(map(self.evaluate, node.operands, repeat(at_hand)))
            case c.Not():
                truth = ~self.evaluate(node.operand, at_hand)
            case c.Or():
                truth = disjunction(map(self.evaluate, node.operands, repeat(at_hand)))
            case c.Holds():
                value = self.known(node.path, at_hand)
                truth = truth_of(value.low) if isinstance(value, Range) else UNKNOWN
            case c.Attested():
                truth = self.attested(node, self.known(node.path, at_hand))
            case c.Fixed():
                truth = node.truth
            case c.OneOf(item, values):
                truth = one_of(self.range_of(item, at_hand), item, [v.value.low for v in values])
            case c.Missing():
                truth = truth_of(self.known(node.path, at_hand) is None)
            case c.AtLeast():
                truth = at_least(node.n, map(self.evaluate, node.operands, repeat(at_hand)))
            case c.AtLeastEntries():
                truth = self.entries(node, at_hand)
            case c.AtLeastMembers():
                raise AssertionError("the compiler unfolds quantifiers over sets")
            case _:
                assert_never(node)
        self._memo[key] = truth, node
        return truth

    def entries(self, node: c.AtLeastEntries, at_hand: Mapping[str, Steps]) -> Truth:
        """Return whether at least so many entries of a list are such; unknown where the list is."""
        where = steps(node.list, at_hand)
        known = self.record[where]
        if not isinstance(known, Entries):
            return TRUE if node.n <= 0 else UNKNOWN
        places = ({**at_hand, node.entry: (*where, i)} for i in range(known.count))
        return at_least(node.n, (self.evaluate(node.body, place) for place in places))

    def known(self, path: c.Path, at_hand: Mapping[str, Steps]) -> Value | None:
        """Return what the record says at a path, None where it says nothing."""
        return self._values.get(path.steps if path.entry is None else steps(path, at_hand))  # type: ignore[arg-type]

    def attested(self, node: c.Attested, value: object) -> Truth:
        """Return what an attestation says; unknown unless it is in force today."""
        if not isinstance(value, Attestation) or self.today is None:
            return UNKNOWN
        oldest = shift(self.today, node.within, -1) if node.within else date.min
        if oldest is None:  # the calendar does not reach back so far: a date sum without a value
            return UNKNOWN
        in_force = value.role == node.role and value.by.strip() and oldest <= value.on <= self.today
        return truth_of(value.holds) if in_force else UNKNOWN

    def range_of(self, term: c.Term, at_hand: Mapping[str, Steps]) -> Range | None:
        """Return the values that a term may have, None when they are unknown."""
        match term:
            case c.FieldValue():
                return self.field(self.known(term.path, at_hand), term.type)
            case c.Constant():
                return term.value
            case c.Today():
                return exactly(self.today) if self.today else None
            case c.Sum(parts):
                return linear([(k, self.range_of(atom, at_hand)) for k, atom in parts])
            case c.DateSum(base, shifts):
                return shifted(self.range_of(base, at_hand), shifts)
            case c.Graded(_, subject, bounds):
                number = self.range_of(subject, at_hand)
                return number and Range(grade(number.low, bounds), grade(number.high, bounds))
            case c.MemberValue():
                raise AssertionError("the compiler puts a member in place of what is at hand")
            case _:
                assert_never(term)

    def field(self, value: object, type_: types.Leaf) -> Range | None:
        """Return a field's range; a past date is unknown when some of it is not past."""
        if not isinstance(value, Range):
            return None
        is_past = isinstance(type_, types.Date) and type_.past
        if is_past and (self.today is None or value.high > self.today):
            return None
        return value


def steps(path: c.Path, at_hand: Mapping[str, Steps]) -> Steps:
    """Return where a path leads in the record."""
    if path.entry is None:
        return path.steps  # type: ignore[return-value]  # a predicate's steps are names
    return (*at_hand[path.entry], *path.steps)  # type: ignore[arg-type]


def compare(op: str, a: Range | None, b: Range | None) -> Truth:
    """Return true when it holds for all values of both ranges, false when for none."""
    if a is None or b is None:
        return UNKNOWN
    match op:
        case ">=":
            return TRUE if a.low >= b.high else FALSE if a.high < b.low else UNKNOWN
        case ">":
            return TRUE if a.low > b.high else FALSE if a.high <= b.low else UNKNOWN
        case "<=":
            return compare(">=", b, a)
        case "<":
            return compare(">", b, a)
        case "=":
            if a.low == a.high == b.low == b.high:
                return TRUE
            return FALSE if a.high < b.low or b.high < a.low else UNKNOWN
        case _:  # !=
            return ~compare("=", a, b)


def one_of(item: Range | None, term: c.Term, values: list[Any]) -> Truth:
    """Return whether all values of the range are among the given ones, or none is."""
    if item is None:
        return UNKNOWN
    if item.low == item.high:
        return truth_of(item.low in values)
    inside = [value for value in values if item.low <= value <= item.high]
    if not inside:
        return FALSE
    # A field's values are counted one by one; a sum stands for all numbers between its ends.
    if isinstance(term, c.Sum) or math.inf in (item.high, -item.low if _is_number(item.low) else 0):
        return UNKNOWN
    value = item.low
    while value in inside:
        if value == item.high:
            return TRUE
        value = successor(value)
    return UNKNOWN


def _is_number(value: object) -> bool:
    return isinstance(value, Fraction | float)


def successor(value: Any) -> Any:
    """Return the next rank, day or double."""
    if isinstance(value, Fraction):
        return number_of(next_double(float(value), up=True))
    if isinstance(value, date):
        return date.fromordinal(value.toordinal() + 1)
    return value + 1


def linear(parts: list[tuple[Fraction, Range | None]]) -> Range | None:
    """Return the exact sum of numbers with coefficients, at its least and greatest."""
    low: Fraction | float = Fraction(0)
    high: Fraction | float = Fraction(0)
    for coefficient, value in parts:
        if value is None:
            return None
        if coefficient == 0:  # also where an end is open
            continue
        ends = sorted((scaled(coefficient, value.low), scaled(coefficient, value.high)))
        low, high = low + ends[0], high + ends[1]
    return Range(low, high)


def scaled(coefficient: Fraction, end: Fraction | float) -> Fraction | float:
    """Return the product, exact for numbers and an open end for an open end."""
    if isinstance(end, float):
        return end if coefficient > 0 else -end
    return coefficient * end


def shifted(base: Range | None, shifts: tuple[tuple[int, Any], ...]) -> Range | None:
    """Return a date with durations applied left to right; unknown when an end leaves the calendar."""
    if base is None:
        return None
    low, high = base.low, base.high
    for sign, duration in shifts:
        low, high = shift(low, duration, sign), shift(high, duration, sign)
        if low is None or high is None:
            return None
    return Range(low, high)


def grade(number: Fraction | float, bounds: tuple[tuple[Fraction, int], ...]) -> int:
    """Return the rank of the greatest level whose bound the number reaches, 0 below all bounds."""
    return max((rank for bound, rank in bounds if number >= bound), default=0)
