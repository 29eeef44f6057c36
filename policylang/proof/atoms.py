"""What an atom says of given facts: what the language says of truth, a second time, for the checker alone.

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
from policylang.values import Range, shift

LEFT_OUT = object()  # a value that no premise gives
TODAY = "today"  # stands for the date of the decision where others are paths


def where_of(path: c.Path, at: Mapping[str, Steps]) -> Steps:
    """Return where a path leads in the record."""
    if path.entry is None:
        return path.steps  # type: ignore[return-value]  # a predicate's steps are names
    return (*at[path.entry], *path.steps)  # type: ignore[arg-type]


class Facts:
    """What premises give, and which of it was asked for; ``at`` are the entries at hand."""

    def __init__(self, at: Mapping[str, Steps]) -> None:
        self.at = at
        self.given: dict[Steps | str, Any] = {}
        self.asked: set[Steps | str] = set()

    def value(self, path: c.Path | None) -> Any:
        """Return what is given at a path, or as the date where there is none."""
        key = TODAY if path is None else where_of(path, self.at)
        self.asked.add(key)
        return self.given.get(key, LEFT_OUT)

    def truth(self, atom: c.Condition) -> Truth | None:
        """Return an atom's truth; None when it needs a value that is left out."""
        match atom:  # without taking it apart, which costs more than what is then asked
            case c.Compare():
                a, b = self.range(atom.left), self.range(atom.right)
                if a is None or b is None:
                    return UNKNOWN
                return None if a is LEFT_OUT or b is LEFT_OUT else _compared(atom.op, a, b)
            case c.Holds():
                value = self.value(atom.path)
                return None if value is LEFT_OUT else UNKNOWN if value is None else _bool(value.low)
            case c.Attested():
                return _attested(atom, self.value(atom.path), self.value(None))
            case c.Fixed():
                return atom.truth
            case c.Missing():
                value = self.value(atom.path)
                return None if value is LEFT_OUT else _bool(value is None)
            case c.OneOf(item, constants):
                found = self.range(item)
                if found is None:
                    return UNKNOWN
                members = {constant.value.low for constant in constants}
                return None if found is LEFT_OUT else _among(found, members, isinstance(item, c.Sum))
        raise AssertionError("this is no atom")

    def range(self, term: c.Term) -> Any:
        """Return the closed range of a term, None when it is unknown, LEFT_OUT when it is not given."""
        match term:
            case c.FieldValue():
                value = self.value(term.path)
                if not (isinstance(term.type, types.Date) and term.type.past):
                    return value
                today = self.value(None)
                if value is None or today is None:
                    return None
                if value is LEFT_OUT or today is LEFT_OUT:
                    return LEFT_OUT
                return value if value.high <= today else None
            case c.Constant():
                return term.value
            case c.Today():
                today = self.value(None)
                return today if today is None or today is LEFT_OUT else Range(today, today)
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
                return _sum([(k, self.range(atom)) for k, atom in parts])
        raise AssertionError("the compiler puts a member in place of what is at hand")


def _bool(fact: bool) -> Truth:
    return TRUE if fact else FALSE


def _attested(atom: c.Attested, word: Any, today: Any) -> Truth | None:
    if word is None or today is None:
        return UNKNOWN
    if word is LEFT_OUT or today is LEFT_OUT:
        return None
    since = date.min if atom.within is None else shift(today, atom.within, -1)
    good = since is not None and since <= word.on <= today and word.role == atom.role
    return _bool(word.holds) if good and word.by.strip() else UNKNOWN


def _sum(parts: list[tuple[Fraction, Any]]) -> Any:
    """Return the closed range of a sum of numbers, each with its coefficient."""
    if any(one is None for _, one in parts):
        return None
    if any(one is LEFT_OUT for _, one in parts):
        return LEFT_OUT
    turned = [(k, *((r.low, r.high) if k > 0 else (r.high, r.low))) for k, r in parts if k]
    least = sum((_times(k, end) for k, end, _ in turned), Fraction(0))
    return Range(least, sum((_times(k, end) for k, _, end in turned), Fraction(0)))


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
