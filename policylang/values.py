"""What a record's leaf can hold: exact values, closed ranges, dates, durations, attestations."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
import math
import re
from typing import Any, TypeVar

import attrs

K = TypeVar("K")
V = TypeVar("V")

Number = Fraction | float
"""A finite number is the Fraction of its shortest decimal; ``inf`` and ``-inf`` are open ends."""


@attrs.frozen(slots=True)
class Range:
    """All values from ``low`` to ``high``, both included: one value when they are equal.

    Numbers are `Number`, levels their rank in the scale (0 is the lowest), dates `date`; text,
    members and booleans have exact ranges only.
    """

    low: Any
    high: Any

    @property
    def is_exact(self) -> bool:
        return bool(self.low == self.high)


def exactly(value: Any) -> Range:
    """Return the range of one value."""
    return Range(value, value)


@attrs.frozen(slots=True)
class Duration:
    """``90 days``, ``6 months``: a whole number of one unit, as written."""

    count: int
    unit: str  # day, week, month, year

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


@attrs.frozen(slots=True)
class Attestation:
    """What an attestation field holds: somebody's word, with role and date."""

    holds: bool
    by: str
    role: str
    on: date
    basis: str | None = None


@attrs.frozen(slots=True)
class Entries:
    """A known list of so many entries."""

    count: int


@attrs.frozen(slots=True)
class Present:
    """A group, table or row that is in the record."""


Value = Range | Attestation | Entries | Present


@attrs.frozen(slots=True, init=False, repr=False)
class FrozenMap(Mapping[K, V]):
    """A small hashable mapping that keeps its order; equality ignores the order."""

    items_: tuple[tuple[K, V], ...] = attrs.field(eq=frozenset)

    def __init__(self, items: Mapping[K, V] | tuple[tuple[K, V], ...] = ()) -> None:
        pairs = tuple(items.items()) if isinstance(items, Mapping) else tuple(items)
        self.__attrs_init__(pairs)

    def __getitem__(self, key: K) -> V:
        for k, v in self.items_:
            if k == key:
                return v
        raise KeyError(key)

    def __iter__(self) -> Iterator[K]:
        return (k for k, _ in self.items_)

    def __len__(self) -> int:
        return len(self.items_)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self.items_) == dict(other)

    def __hash__(self) -> int:
        return hash(frozenset(self.items_))

    def __repr__(self) -> str:
        return repr(dict(self.items_))


@lru_cache(maxsize=1024)  # thresholds and the numbers near them come again and again
def number_of(value: float) -> Fraction:
    """Return the shortest decimal that reads back as this finite double, exactly."""
    return Fraction(repr(value))


def next_double(value: float, up: bool) -> float:
    """Return the next double above or below."""
    return math.nextafter(value, math.inf if up else -math.inf)


def date_of(text: str) -> date:
    """Return the date written ``2026-01-31``; ValueError for any other form, those of ISO 8601 included."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def shift(day: date, duration: Duration, sign: int) -> date | None:
    """Return the date a duration later (sign 1) or earlier (-1); None outside years 1 to 9999.

    Months and years go by the calendar and are clamped to the month's end.
    """
    count = sign * duration.count
    if duration.unit in ("day", "week"):
        days = count * (7 if duration.unit == "week" else 1)
        ordinal = day.toordinal() + days
        return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None
    months = day.year * 12 + day.month - 1 + count * (12 if duration.unit == "year" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class BareName(str):
    """A level or member written bare in a policy's example; it is never a text."""

    __slots__ = ()
