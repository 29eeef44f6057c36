"""What an atom says of given facts: section 5 of the language, a second time, for the checker alone.

It shares no code with the evaluator, so that one mistake does not vouch for the other. A value that
no premise gives is not absent: nothing follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
import struct
from typing import Any

from policylang.core.record import Steps
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Attestation, Range, shift

LEFT_OUT = object()  # a value that no premise gives


def where_of(path: c.Path, at: Mapping[str, Steps]) -> Steps:
    """Return where a path leads in the record."""
    return (*(at[path.entry] if path.entry else ()), *path.steps)  # type: ignore[arg-type]  # names


class Facts:
    """The values that premises give; section 5 of the language over them, a second time."""

    def __init__(self, at: Mapping[str, Steps]) -> None:
        self.at = at
        self.values: dict[Steps, Any] = {}
        self.today: Any = LEFT_OUT

    def value(self, path: c.Path) -> Any:
        return self.values.get(where_of(path, self.at), LEFT_OUT)

    def truth(self, atom: c.Atom) -> Truth | None:
        """Return an atom's truth; None when it needs a value that is left out."""
        match atom:
            case c.Fixed(truth):
                return truth
            case c.Missing(path):
                value = self.value(path)
                return None if value is LEFT_OUT else TRUE if value is None else FALSE
            case c.Holds(path):
                value = self.value(path)
                return None if value is LEFT_OUT else UNKNOWN if value is None else _bool(value.low)
            case c.Attested(path, role, within):
                value, today = self.value(path), self.today
                if value is LEFT_OUT or today is LEFT_OUT:
                    return None
                if not isinstance(value, Attestation) or today is None:
                    return UNKNOWN
                since = date.min if within is None else shift(today, within, -1)
                good = since is not None and since <= value.on <= today and value.role == role
                return _bool(value.holds) if good and value.by.strip() else UNKNOWN
            case c.Compare(op, left, right):
                a, b = self.range(left), self.range(right)
                if a is None or b is None:
                    return UNKNOWN
                return None if a is LEFT_OUT or b is LEFT_OUT else _compared(op, a, b)
            case c.OneOf(item, constants):
                a = self.range(item)
                if a is None:
                    return UNKNOWN
                members = {constant.value.low for constant in constants}
                return None if a is LEFT_OUT else _among(a, members, isinstance(item, c.Sum))

    def range(self, term: c.Term) -> Any:
        """Return the closed range of a term, None when it is unknown, LEFT_OUT when it is not given."""
        match term:
            case c.Constant(value):
                return value
            case c.Today():
                today = self.today
                return today if today is None or today is LEFT_OUT else Range(today, today)
            case c.FieldValue(path, type_):
                value = self.value(path)
                if isinstance(value, Range) and isinstance(type_, types.Date) and type_.past:
                    today = self.today
                    if today is LEFT_OUT:
                        return LEFT_OUT
                    return value if today is not None and value.high <= today else None
                return value
            case c.DateSum(base, shifts):
                found = self.range(base)
                for sign, duration in shifts:
                    if isinstance(found, Range):
                        low, high = shift(found.low, duration, sign), shift(found.high, duration, sign)
                        found = None if low is None or high is None else Range(low, high)
                return found
            case c.Graded(_, subject, bounds):
                found = self.range(subject)
                if not isinstance(found, Range):
                    return found
                return Range(_grade(found.low, bounds), _grade(found.high, bounds))
            case c.Sum(parts):
                ranges = [(k, self.range(atom)) for k, atom in parts]
                if any(one is None for _, one in ranges):
                    return None
                if any(one is LEFT_OUT for _, one in ranges):
                    return LEFT_OUT
                turned = [(k, *((r.low, r.high) if k > 0 else (r.high, r.low))) for k, r in ranges if k]
                least = sum((_times(k, end) for k, end, _ in turned), Fraction(0))
                return Range(least, sum((_times(k, end) for k, _, end in turned), Fraction(0)))
        raise AssertionError("the compiler puts a member in place of what is at hand")


def _bool(fact: bool) -> Truth:
    return TRUE if fact else FALSE


def _grade(number: Fraction | float, bounds: tuple[tuple[Fraction, int], ...]) -> int:
    return max([rank for bound, rank in bounds if bound <= number], default=0)


def _times(k: Fraction, end: Fraction | float) -> Fraction | float:
    return k * end if isinstance(end, Fraction) else end if k > 0 else -end


def _compared(op: str, a: Range, b: Range) -> Truth:
    """Return whether a comparison holds for all values of both ranges, or for none."""
    match op:
        case ">":
            surely, never = a.low > b.high, a.high <= b.low
        case ">=":
            surely, never = a.low >= b.high, a.high < b.low
        case "<":
            surely, never = a.high < b.low, a.low >= b.high
        case "<=":
            surely, never = a.high <= b.low, a.low > b.high
        case _:
            same, apart = a.low == a.high == b.low == b.high, a.high < b.low or a.low > b.high
            surely, never = (same, apart) if op == "=" else (apart, same)
    return TRUE if surely else FALSE if never else UNKNOWN


def _among(a: Range, values: set[Any], is_sum: bool) -> Truth:
    """Return whether all values of the range are among the given ones, or none is."""
    inside = [value for value in values if a.low <= value <= a.high] if a.low != a.high else []
    if a.low == a.high or not inside:
        return _bool(a.low in values) if a.low == a.high else FALSE
    if is_sum or a.low not in values or a.high not in values:
        return UNKNOWN
    return TRUE if len(inside) == _how_many(a) else UNKNOWN


def _how_many(a: Range) -> int:
    """Return how many levels, days or doubles a range holds."""
    low, high = a.low, a.high
    if isinstance(low, date):
        return int((high - low).days) + 1
    if isinstance(low, int):
        return int(high - low) + 1
    return _ordinal(high) - _ordinal(low) + 1


def _ordinal(value: Fraction) -> int:
    """Return a double's place in the order of all doubles, zero being 0."""
    bits: int = struct.unpack("<q", struct.pack("<d", abs(float(value))))[0]
    return bits if value >= 0 else -bits
