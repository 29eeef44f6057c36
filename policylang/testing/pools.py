"""The values worth trying at a place of a record: around every cut, at both ends, and between.

A pool has kinds: absence, then exact values, lowest first (of numbers those below 0 last), bounds from
above, bounds from below, null. A choice of a kind and of a place in it shrinks toward what an author
calls the smaller record, and what a comparison allows is a few runs of neighbouring choices. A bound
contains the exact value that has its place, so that one shrinks to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
import math
from typing import Any, Final, assert_never

import attrs

from policylang.core.reading import read_record
from policylang.language import schema as types
from policylang.testing.cuts import Cuts, Moved, Place, crossings
from policylang.values import Value, next_double, shift


class Absent:
    """The data of a place that a record does not have."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()
SOME_DAY = date(2026, 1, 1)  # of attestations when there is no today
TEXTS = 3  # that no rule names


@attrs.frozen
class Choice:
    """One value: plain JSON, and what a record holds for it."""

    data: Any
    value: Value | None
    is_exact: bool
    is_usable: bool  # rules can read it as of today


EXACT_TIMES = 5  # as often as any other kind an exact value is drawn


@attrs.frozen(eq=False)
class Pool:
    """The choices for a leaf, by kind; a complete pool has exact ones only.

    ``weights`` has for each number that is drawn for the kind the place of the kind's first choice and
    of its last, the lesser kinds first; a kind stands there as often as it is to be drawn.
    """

    kinds: tuple[tuple[Choice, ...], ...]
    choices: tuple[Choice, ...] = attrs.field(init=False)
    weights: tuple[tuple[int, int], ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        choices = tuple(choice for kind in self.kinds for choice in kind)
        weights, start = list[tuple[int, int]](), 0
        for kind in self.kinds:
            times = EXACT_TIMES if kind[0].is_exact and len(self.kinds) > 1 else 1
            weights += times * [(start, start + len(kind) - 1)]
            start += len(kind)
        object.__setattr__(self, "choices", choices)
        object.__setattr__(self, "weights", tuple(weights))

    def __len__(self) -> int:
        return len(self.choices)

    def kinds_at(self, choice: int) -> tuple[int, int]:
        """Return the lowest and the highest number that stand for the kind of a choice."""
        numbers = [n for n, (low, high) in enumerate(self.weights) if low <= choice <= high]
        return numbers[0], numbers[-1]


def pool_of(
    type_: types.Leaf,
    place: Place,
    cuts: Cuts,
    today: date | None,
    *,
    complete: bool,
    texts: int = 0,
) -> Pool:
    """Return the pool of a leaf; a complete one has only exact values that are of use today.

    Where no value is of use, as of an attestation that reaches back before the calendar, it has all
    exact ones. ``texts`` is how many texts there have to be at least.
    """
    found = _texts(cuts, texts) if isinstance(type_, types.Text) else _exact(type_, place, cuts, today)
    exact = [_choice(type_, data, True, today) for data in found]
    if complete:
        return Pool((tuple(choice for choice in exact if choice.is_usable) or tuple(exact),))
    bounded = [tuple(_choice(type_, data, False, today) for data in found) for found in _bounds(type_, exact)]
    absent, null = (Choice(nothing, None, False, False) for nothing in (ABSENT, None))
    return Pool(((absent,), tuple(exact), *bounded, (null,)))


def _choice(type_: types.Leaf, data: Any, is_exact: bool, today: date | None) -> Choice:
    record = read_record(types.Schema((types.Field("x", type_),)), {"x": data})
    return Choice(data, record[("x",)], is_exact, is_exact and _is_usable(type_, data, today))


def _is_usable(type_: types.Leaf, data: Any, today: date | None) -> bool:
    match type_:
        case types.Date(past=True):
            return today is not None and data <= today.isoformat()
        case types.Attestation(role, within):
            if today is None or data["role"] != role or not data["by"].strip():
                return False
            oldest = date.min if within is None else shift(today, within, -1)
            return oldest is not None and oldest.isoformat() <= data["on"] <= today.isoformat()
        case _:
            return True


def _exact(type_: types.Leaf, place: Place, cuts: Cuts, today: date | None) -> list[Any]:
    match type_:
        case types.Scale(levels=levels):
            return list(levels)
        case types.Set(members=members):
            return list(members)
        case types.Bool():
            return [False, True]
        case types.Text():
            return _texts(cuts, 0)
        case types.Number():
            return _numbers(cuts.numbers.get(place, ()))
        case types.Date(past):
            return [day.isoformat() for day in _days(cuts.dates.get(place, ()), today, past)]
        case types.Attestation():
            return list(_attestations(type_, today))
        case _:
            assert_never(type_)


def _texts(cuts: Cuts, least: int) -> list[str]:
    names = [chr(ord("a") + i) if i < 26 else f"n{i}" for i in range(max(TEXTS, least))]
    return sorted({*cuts.texts, *names})


# --- numbers ------------------------------------------------------------------------------------


def _numbers(cuts: Iterable[Fraction]) -> list[float]:
    """Return doubles below, at and above each cut, between two cuts, outside of all, and 0.

    Those from 0 up come first, as an author thinks of shares and counts.
    """
    found = {0.0}
    doubles = sorted({double for cut in cuts if (double := _double(cut)) is not None})
    for double in doubles:
        found |= {next_double(double, up=False), double, next_double(double, up=True)}
    for low, high in pairwise(doubles):
        found.add(low / 2 + high / 2)
    ends = (doubles[0], doubles[-1]) if doubles else (0.0, 0.0)
    found |= {ends[0] - max(1.0, abs(ends[0])), ends[1] + max(1.0, abs(ends[1]))}
    ordered = sorted(found, key=lambda number: (number < 0, abs(number)))
    return [_plain(number) for number in ordered if math.isfinite(number)]


def _double(cut: Fraction) -> float | None:
    try:
        return float(cut)
    except OverflowError:
        return None


def _plain(number: float) -> float:
    """Return a whole number as JSON writes it."""
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


# --- dates and attestations ---------------------------------------------------------------------


def _days(cuts: Iterable[Moved], today: date | None, past: bool) -> list[date]:
    around = today or SOME_DAY
    found = {around}
    if past:
        found |= set(_beside(around))
    for moved in cuts:
        for day in crossings(moved, around):
            found |= {day, *_beside(day)}
    for far in (min(found), max(found)):
        found |= set(_beside(far, days=400))
    return sorted(found)


def _beside(day: date, days: int = 1) -> Iterator[date]:
    for offset in (-days, days):
        try:
            yield day + timedelta(days=offset)
        except OverflowError:
            continue


def _attestations(type_: types.Attestation, today: date | None) -> Iterator[dict[str, Any]]:
    """Yield words that count and say yes or no, then such as do not count: old, early, of others."""
    now = today or SOME_DAY
    good = {"holds": True, "by": "A. Assessor", "role": type_.role, "on": now.isoformat()}
    yield good
    yield {**good, "holds": False}
    oldest = None if type_.within is None else shift(now, type_.within, -1)
    if oldest is not None:
        yield {**good, "on": oldest.isoformat()}
        yield from ({**good, "on": day.isoformat()} for day in _beside(oldest) if day < oldest)
    yield from ({**good, "on": day.isoformat()} for day in _beside(now) if day > now)
    yield {**good, "role": f"not_{type_.role}"}
    yield {**good, "by": " "}


# --- bounds -------------------------------------------------------------------------------------


def _bounds(type_: types.Leaf, exact: list[Choice]) -> Iterator[list[dict[str, Any]]]:
    """Yield for each exact value a bound from above that has it, then one from below; open ones in turn."""
    if not isinstance(type_, types.Scale | types.Number | types.Date):
        return
    ordered = sorted(exact, key=lambda choice: choice.value.low)  # type: ignore[union-attr]
    places = {id(choice): place for place, choice in enumerate(ordered)}
    above, below = [], []
    for choice in exact:
        place, value = places[id(choice)], choice.data
        is_last = place == len(ordered) - 1
        above.append({"at_most": value} if place % 2 or is_last else {"below": ordered[place + 1].data})
        below.append({"at_least": value} if place % 2 or not place else {"above": ordered[place - 1].data})
    yield above
    yield below
