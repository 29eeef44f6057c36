"""The values worth trying at a place of a record: around every cut, at both ends, and between.

A pool begins with absence, then come exact values, lowest first, then bounds, last null. So an index
into a pool shrinks toward what an author calls the smaller record, and what a comparison allows is a
few runs of neighbouring indices.
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


@attrs.frozen(eq=False)
class Pool:
    """The choices for a leaf."""

    choices: tuple[Choice, ...]

    def __len__(self) -> int:
        return len(self.choices)


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
        return Pool(tuple(choice for choice in exact if choice.is_usable) or tuple(exact))
    nothing = Choice(ABSENT, None, False, False)
    blurred = [_choice(type_, data, False, today) for data in _bounds(type_, exact)]
    return Pool((nothing, *exact, *blurred, Choice(None, None, False, False)))


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
    """Return doubles below, at and above each cut, between two cuts, outside of all, and 0."""
    found = {0.0}
    doubles = sorted({double for cut in cuts if (double := _double(cut)) is not None})
    for double in doubles:
        found |= {next_double(double, up=False), double, next_double(double, up=True)}
    for low, high in pairwise(doubles):
        found.add(low / 2 + high / 2)
    ends = (doubles[0], doubles[-1]) if doubles else (0.0, 0.0)
    found |= {ends[0] - max(1.0, abs(ends[0])), ends[1] + max(1.0, abs(ends[1]))}
    return [_plain(number) for number in sorted(found) if math.isfinite(number)]


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


def _bounds(type_: types.Leaf, exact: list[Choice]) -> Iterator[dict[str, Any]]:
    """Yield bounds at the exact values, the kinds in turn; the first leaves everything open."""
    if not isinstance(type_, types.Scale | types.Number | types.Date):
        return
    values = [choice.data for choice in exact]
    yield {"at_least": values[0]}
    for place, value in enumerate(values[1:-1]):
        if isinstance(type_, types.Scale):  # few levels: each in both ways
            yield {"above": values[place]} if place % 2 else {"at_least": value}
            yield {"below": values[place + 2]} if place % 2 else {"at_most": value}
        else:
            yield {("at_least", "below", "above", "at_most")[place % 4]: value}
    if len(values) > 2:
        yield {"at_least": values[0], "at_most": values[-2]}
