"""Dates under constraints of the form "this date moved so is not before that date moved so".

Moving a date never brings it before an earlier one, so each constraint, and its negation, says that
one date is at least some monotone step of another. The least dates that meet all such constraints
are found by raising what is too early until nothing is; when a date leaves the calendar, or its own
upper end, there are none.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import attrs

from policylang.analysis.solver import NotDecided
from policylang.values import Duration, shift

FIRST, LAST = 1, date.max.toordinal()
CYCLE = 146_097  # days after which the calendar repeats, 400 years
MONTH = CYCLE / 4800  # the mean length of a month in days
SLACK = 8  # a count of months differs from that many means by fewer days; tested on the whole cycle
MAX_STEPS = 400_000
SOON = date(2026, 1, 1).toordinal()
RECENT = date(2025, 1, 1).toordinal()
HORIZON = date(2100, 1, 1).toordinal()  # of dates that a reader would call recent

Variable = int
Shifts = tuple[tuple[int, Duration], ...]


def moved(day: int, shifts: Shifts) -> int | None:
    """Return a day's ordinal after durations, None when it leaves the calendar."""
    if not FIRST <= day <= LAST:
        return None
    at: date | None = date.fromordinal(day)
    for sign, duration in shifts:
        if at is None:
            return None
        at = shift(at, duration, sign)
    return None if at is None else at.toordinal()


def whole_days(shifts: Shifts) -> int | None:
    """Return the days that a shift always amounts to, None for one by months."""
    total = 0
    for sign, duration in shifts:
        if duration.unit not in ("day", "week"):
            return None
        total += sign * duration.count * (7 if duration.unit == "week" else 1)
    return total


def envelope(shifts: Shifts) -> tuple[int, int]:
    """Return the fewest and the most days that a shift may amount to."""
    low = high = 0
    for sign, duration in shifts:
        match duration.unit:
            case "day" | "week":
                days = sign * duration.count * (7 if duration.unit == "week" else 1)
                low, high = low + days, high + days
            case unit:
                days = round(sign * duration.count * (12 if unit == "year" else 1) * MONTH)
                low, high = low + days - SLACK, high + days + SLACK
    return low, high


@lru_cache
def defined(shifts: Shifts) -> tuple[int, int] | None:
    """Return the first and last day that a shift keeps in the calendar, None for none.

    Where a day leaves the calendar at its start so does each earlier one, and likewise at the end.
    """
    days = range(FIRST, LAST + 1)
    low = bisect_left(days, 0, key=lambda day: _side(day, shifts))
    high = bisect_left(days, 1, key=lambda day: _side(day, shifts)) - 1
    return (days[low], days[high]) if low <= high else None


def _side(day: int, shifts: Shifts) -> int:
    """Return -1 when a shift leaves the calendar at its start, 1 at its end, 0 when it does not."""
    at = date.fromordinal(day)
    for sign, duration in shifts:
        found = shift(at, duration, sign)
        if found is None:
            return sign
        at = found
    return 0


def inverse(day: int, shifts: Shifts) -> int:
    """Return the first day that a shift does not bring before this one; past the calendar for none."""
    ends = defined(shifts)
    if ends is None:
        return LAST + 1
    low, high = ends[0], ends[1] + 1
    least, most = envelope(shifts)
    low, high = max(low, min(day - most, high)), min(high, max(day - least + 1, low))
    while low < high:
        middle = (low + high) // 2
        at = moved(middle, shifts)
        assert at is not None
        if at >= day:
            high = middle
        else:
            low = middle + 1
    return low if low <= ends[1] else LAST + 1


@attrs.frozen
class Step:
    """The target, moved, is at least ``more`` days behind the source, moved."""

    target: Variable
    shifts: Shifts
    source: Variable
    source_shifts: Shifts
    more: int
    cause: int

    def least(self, source: int) -> int:
        """Return the first day that the target may be."""
        at = moved(source, self.source_shifts)
        return LAST + 1 if at is None else inverse(at + self.more, self.shifts)

    def least_days(self) -> int:
        """Return days that the target is behind the source at least, whatever the calendar."""
        return envelope(self.source_shifts)[0] - envelope(self.shifts)[1] + self.more

    @property
    def is_whole(self) -> bool:
        return whole_days(self.shifts) is not None and whole_days(self.source_shifts) is not None


@attrs.frozen
class End:
    """The date is at least, or at most, a day."""

    variable: Variable
    day: int
    is_low: bool
    cause: int


def infeasible(
    ends: Sequence[End], steps: Sequence[Step], today: Variable
) -> tuple[frozenset[int] | None, dict[Variable, int]]:
    """Return dates that meet all constraints; or the causes, few of them, why there are none."""
    days = place(ends, steps, today)
    if days is not None:
        return None, days
    causes = {one.cause for one in ends} | {one.cause for one in steps}
    for cause in sorted(causes):
        fewer = causes - {cause}
        left_ends = [one for one in ends if one.cause in fewer]
        left_steps = [one for one in steps if one.cause in fewer]
        if place(left_ends, left_steps, today) is None:
            causes = fewer
    return frozenset(causes), {}


def place(ends: Sequence[End], steps: Sequence[Step], today: Variable) -> dict[Variable, int] | None:
    """Return dates that meet all constraints, recent ones where they can be; None when there are none."""
    low: dict[Variable, int] = {}
    high: dict[Variable, int] = {}
    for step in steps:
        for variable in (step.target, step.source):
            low.setdefault(variable, FIRST), high.setdefault(variable, LAST)
    for end in ends:
        low.setdefault(end.variable, FIRST), high.setdefault(end.variable, LAST)
        if end.is_low:
            low[end.variable] = max(low[end.variable], end.day)
        else:
            high[end.variable] = min(high[end.variable], end.day)
    for step in steps:
        for variable, shifts in ((step.target, step.shifts), (step.source, step.source_shifts)):
            within = defined(shifts)
            if within is None:
                return None
            low[variable] = max(low[variable], within[0])
            high[variable] = min(high[variable], within[1])
    if _contradicts(low, high, steps):
        return None
    recent = {v: max(low[v], min(high[v], SOON if v == today else RECENT)) for v in low}
    near = {v: min(high[v], max(HORIZON, recent[v])) for v in low}
    found = _raised(recent, near, steps)
    return found if found is not None else _raised(low, high, steps)


def _contradicts(low: Mapping[Variable, int], high: Mapping[Variable, int], steps: Sequence[Step]) -> bool:
    """Return whether the constraints fail whatever the lengths of months."""
    at = dict(low)
    for _ in range(len(at) + 1):
        changed = False
        for step in steps:
            least = at[step.source] + step.least_days()
            if least > at[step.target]:
                at[step.target], changed = least, True
        if any(at[v] > high[v] for v in at):
            return True
        if not changed:
            return False
    return True


def _raised(
    low: Mapping[Variable, int], high: Mapping[Variable, int], steps: Sequence[Step]
) -> dict[Variable, int] | None:
    """Return the least dates from these on, None when a date passes its end."""
    at = dict(low)
    if any(at[v] > high[v] for v in at):
        return None
    spread = sum(abs(step.least_days()) + 2 * SLACK + 2 for step in steps)
    # Beyond this many days a solution could be moved down by a cycle of the calendar.
    limit = max(at.values(), default=0) + len(at) * CYCLE + spread
    for count in range(MAX_STEPS):
        changed = False
        for step in steps:
            least = step.least(at[step.source])
            if least > at[step.target]:
                if least > min(high[step.target], limit):
                    return None
                at[step.target], changed = least, True
        if not changed:
            return at
        if count > len(at) + 1 and all(step.is_whole for step in steps):
            return None  # a circle that rises for ever
    raise NotDecided("the dates are too entangled")
