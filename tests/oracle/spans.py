"""Values and comparisons: a truth is (may be true, may be false), a value the span of what it may be."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import inf, nextafter
from typing import Any

from .model import Duration, Type

Truth = tuple[bool, bool]
YES: Truth = (True, False)
NO: Truth = (False, True)
OPEN: Truth = (True, True)

# A closed range of fractions, of places in a scale or of ordinals of dates; None is an endless end.
Span = tuple[Fraction | int | None, Fraction | int | None]
# None: unknown. A text, member or boolean is itself, in a list of one.
Value = Span | list[Any] | None

LAST_DAY = date.max.toordinal()


def flip(truth: Truth) -> Truth:
    return truth[1], truth[0]


def both(truths: Iterable[Truth]) -> Truth:
    rows = list(truths)
    return all(may for may, _ in rows), any(may_not for _, may_not in rows)


def either(truths: Iterable[Truth]) -> Truth:
    return flip(both(map(flip, truths)))


def exact(number: float) -> Fraction:
    """The shortest decimal that reads back as the double."""
    return Fraction(Decimal(repr(float(number))))


def day(text: Any) -> int:
    return (text if isinstance(text, date) else date.fromisoformat(text)).toordinal()


def span(type: Type, scales: Mapping[str, tuple[str, ...]], raw: Any) -> Value:
    """What a leaf of a record may be, from its JSON."""
    if type.kind in ("text", "bool", "member"):
        return [raw]
    if type.kind == "number":
        return ends(raw, exact, lambda x, way: exact(nextafter(float(x), way)), (None, None))
    if type.kind == "date":
        return ends(raw, day, lambda x, way: day(x) + (1 if way > 0 else -1), (1, LAST_DAY))
    scale = scales[type.of]
    return ends(raw, scale.index, lambda x, way: scale.index(x) + (1 if way > 0 else -1), (0, len(scale) - 1))


def ends(raw: Any, place: Any, beside: Any, limits: Span) -> Span:
    if not isinstance(raw, Mapping):
        return place(raw), place(raw)
    low, high = limits
    if "at_least" in raw:
        low = place(raw["at_least"])
    if "above" in raw:
        low = beside(raw["above"], inf)
    if "at_most" in raw:
        high = place(raw["at_most"])
    if "below" in raw:
        high = beside(raw["below"], -inf)
    return low, high


def under(low: Fraction | int | None, high: Fraction | int | None, *, strictly: bool) -> bool:
    """Whether a lower end lies below an upper end; endless ends always do."""
    return low is None or high is None or (low < high if strictly else low <= high)


RELATIONS = {
    "<": {"<"},
    "<=": {"<", "="},
    "=": {"="},
    ">=": {">", "="},
    ">": {">"},
    "!=": {"<", ">"},
}


def compared(op: str, left: Value, right: Value) -> Truth:
    if left is None or right is None:
        return OPEN
    if isinstance(left, list) or isinstance(right, list):
        return YES if (left == right) == (op == "=") else NO
    can = set()
    if under(left[0], right[1], strictly=True):
        can.add("<")
    if under(right[0], left[1], strictly=True):
        can.add(">")
    if under(left[0], right[1], strictly=False) and under(right[0], left[1], strictly=False):
        can.add("=")
    return bool(can & RELATIONS[op]), bool(can - RELATIONS[op])


def among(value: Value, choices: list[Value]) -> Truth:
    if value is None:
        return OPEN
    if isinstance(value, list):
        return YES if value in choices else NO
    low, high = value
    points = {c[0] for c in choices if c is not None}
    inside = {p for p in points if under(low, p, strictly=False) and under(p, high, strictly=False)}
    if low is None or high is None:
        return bool(inside), True
    if isinstance(low, Fraction):
        return bool(inside), not (low == high and inside)
    return bool(inside), len(inside) < high - low + 1


def scaled(value: Span, factor: Fraction) -> Span:
    """A span of numbers times a factor; nothing times an endless end is nothing."""
    if factor == 0:
        return Fraction(0), Fraction(0)
    low, high = (None if end is None else end * factor for end in value)
    return (low, high) if factor > 0 else (high, low)


def added(left: Span, right: Span) -> Span:
    low, high = (None if a is None or b is None else a + b for a, b in zip(left, right, strict=True))
    return low, high


def moved(ordinal: int, sign: int, by: Duration) -> int | None:
    """A day some time later or earlier; None outside of the years 1 to 9999."""
    count = sign * by.number
    if by.unit in ("day", "week"):
        there = ordinal + count * (7 if by.unit == "week" else 1)
        return there if 1 <= there <= LAST_DAY else None
    start = date.fromordinal(ordinal)
    months = start.year * 12 + start.month - 1 + count * (12 if by.unit == "year" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).toordinal()
