"""Dates under constraints of the form "this date moved so is not before that date moved so".

Moving a date never brings it before an earlier one, so each constraint, and its negation, says that
one date is at least some monotone step of another. The least dates that meet all such constraints
are found by raising what is too early until nothing is; when a date leaves the calendar, or its own
upper end, there are none. The calendar repeats after 400 years, so a step is a table of so many days,
and what has been raised by more than that for each date rises for ever.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

import attrs

from policylang.values import Duration, shift

FIRST, LAST = 1, date.max.toordinal()
CYCLE = 146_097  # days after which the calendar repeats, 400 years
MONTHS = 4800  # of a cycle
TICKS = 10_000  # raised dates between two looks at the clock
SOON = date(2026, 1, 1).toordinal()
RECENT = date(2025, 1, 1).toordinal()
HORIZON = date(2100, 1, 1).toordinal()  # of dates that a reader would call recent

Variable = int
Shifts = tuple[tuple[int, Duration], ...]


# --- what a duration does to a day ---------------------------------------------------------------


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


@lru_cache(maxsize=32)
def offsets(shifts: Shifts) -> array[int]:
    """Return by how many days a shift moves each day of a cycle; one entry when it is always the same.

    ``day + offsets[day % len(offsets)]`` is the day moved, as if the calendar had no ends.
    """
    return _composed([_one(sign, duration) for sign, duration in shifts])


@lru_cache(maxsize=32)
def inverse_offsets(shifts: Shifts) -> array[int]:
    """Return for each day of a cycle how far from it the first day is that is not moved before it."""
    return _composed([_one_inverse(sign, duration) for sign, duration in reversed(shifts)])


def _composed(tables: list[array[int]]) -> array[int]:
    if all(len(table) == 1 for table in tables):
        return array("i", [sum(table[0] for table in tables)])
    found, *rest = tables
    for table in rest:
        size = len(table)
        if len(found) == 1:
            found = found * CYCLE
        found = array("i", [off + table[(day + off) % size] for day, off in enumerate(found)])
    return found


def _one(sign: int, duration: Duration) -> array[int]:
    whole = whole_days(((sign, duration),))
    if whole is not None:
        return array("i", [whole])
    starts, found = _month_starts(), array("i", [0])
    for start, end, other, other_end in _months(starts, _months_of(sign, duration)):
        off, beyond = other - start, max(0, (end - start) - (other_end - other))
        found.extend(array("i", [off]) * (end - start - beyond))
        found.extend(off - late for late in range(1, beyond + 1))
    return _in_place(found)


def _one_inverse(sign: int, duration: Duration) -> array[int]:
    whole = whole_days(((sign, duration),))
    if whole is not None:
        return array("i", [-whole])
    starts, found = _month_starts(), array("i", [0])
    for start, end, other, other_end in _months(starts, -_months_of(sign, duration)):
        off, beyond = other - start, max(0, (end - start) - (other_end - other))
        found.extend(array("i", [off]) * (end - start - beyond))
        found.extend(other_end - day for day in range(end - beyond, end))
    return _in_place(found)


def _months_of(sign: int, duration: Duration) -> int:
    return sign * duration.count * (12 if duration.unit == "year" else 1)


def _months(starts: list[int], months: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield for each month of a cycle its first day and that after its last, and those so many months on."""
    for month in range(MONTHS):
        cycles, other = divmod(month + months, MONTHS)
        yield (
            starts[month],
            starts[month + 1],
            cycles * CYCLE + starts[other],
            cycles * CYCLE + starts[other + 1],
        )


def _in_place(found: array[int]) -> array[int]:
    """Return the table by ordinals modulo the cycle, of which the last is 0."""
    found[0] = found.pop()
    return found


@lru_cache
def _month_starts() -> list[int]:
    """Return the ordinal of the first of each month of the first cycle, and of the month after it."""
    return [date(1 + m // 12, 1 + m % 12, 1).toordinal() for m in range(MONTHS + 1)]


@lru_cache(maxsize=128)
def envelope(shifts: Shifts) -> tuple[int, int]:
    """Return the fewest and the most days that a shift amounts to."""
    moves = offsets(shifts)
    return min(moves), max(moves)


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
    back = inverse_offsets(shifts)
    found = max(ends[0], day + back[day % len(back)])
    return found if found <= ends[1] else LAST + 1


# --- constraints ---------------------------------------------------------------------------------


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
        """Return the first day that the target may be, as if the calendar had no ends."""
        moves, back = offsets(self.source_shifts), inverse_offsets(self.shifts)
        at = source + moves[source % len(moves)] + self.more
        return at + back[at % len(back)]

    def least_days(self) -> int:
        """Return days that the target is behind the source at least, whatever the calendar."""
        return envelope(self.source_shifts)[0] - envelope(self.shifts)[1] + self.more

    def most_days(self) -> int:
        """Return the most days behind the source that the step asks for."""
        return envelope(self.source_shifts)[1] - envelope(self.shifts)[0] + self.more


@attrs.frozen
class End:
    """The date is at least, or at most, a day."""

    variable: Variable
    day: int
    is_low: bool
    cause: int


Causes = frozenset[int]
Tick = Callable[[], None]


def no_clock() -> None:
    """Let a search go on for as long as it takes."""


def infeasible(
    ends: Sequence[End], steps: Sequence[Step], today: Variable, tick: Tick = no_clock
) -> tuple[Causes | None, dict[Variable, int]]:
    """Return dates that meet all constraints; or the causes, few of them, why there are none."""
    found = place(ends, steps, today, tick)
    if isinstance(found, dict):
        return None, found
    causes = found
    for cause in sorted(found):
        fewer = causes - {cause}
        left_ends = [one for one in ends if one.cause in fewer]
        left_steps = [one for one in steps if one.cause in fewer]
        without = place(left_ends, left_steps, today, tick)
        if isinstance(without, frozenset):
            causes = without
    return causes, {}


def place(
    ends: Sequence[End], steps: Sequence[Step], today: Variable, tick: Tick = no_clock
) -> dict[Variable, int] | Causes:
    """Return dates that meet all constraints, recent ones where they can be; or causes why none do.

    ``tick`` is called now and then, and may end the search with an exception.
    """
    bounds = _Bounds(ends, steps)
    for step in steps:
        if defined(step.shifts) is None or defined(step.source_shifts) is None:
            return frozenset({step.cause})
    least = _Raising(bounds, [(step, step.least_days()) for step in steps]).run(bounds.low, bounds.high, tick)
    if isinstance(least, frozenset):
        return least
    raising = _Raising(bounds, [(step, None) for step in steps])
    low, high = bounds.low, bounds.high
    recent = {v: max(low[v], min(high[v], SOON if v == today else RECENT)) for v in low}
    near = {v: min(high[v], max(HORIZON, recent[v])) for v in low}
    found = raising.run(recent, near, tick)
    return found if isinstance(found, dict) else raising.run(low, high, tick)


class _Bounds:
    """The first and last day of each date, with the causes of both."""

    def __init__(self, ends: Sequence[End], steps: Sequence[Step]) -> None:
        self.low: dict[Variable, int] = {}
        self.high: dict[Variable, int] = {}
        self.why_low: dict[Variable, Causes] = {}
        self.why_high: dict[Variable, Causes] = {}
        for end in ends:
            one = frozenset({end.cause})
            self._bound(end.variable, end.day if end.is_low else FIRST, LAST if end.is_low else end.day, one)
        for step in steps:
            for variable, shifts in ((step.target, step.shifts), (step.source, step.source_shifts)):
                first, last = defined(shifts) or (LAST, FIRST)
                self._bound(variable, first, last, frozenset({step.cause}))

    def _bound(self, variable: Variable, low: int, high: int, causes: Causes) -> None:
        if variable not in self.low:
            self.low[variable], self.high[variable] = FIRST, LAST
            self.why_low[variable] = self.why_high[variable] = frozenset()
        if low > self.low[variable]:
            self.low[variable], self.why_low[variable] = low, causes
        if high < self.high[variable]:
            self.high[variable], self.why_high[variable] = high, causes


class _Raising:
    """Raises dates until every step holds; a step with a number of its own is so many days, always."""

    def __init__(self, bounds: _Bounds, steps: Sequence[tuple[Step, int | None]]) -> None:
        self.bounds = bounds
        self.leaving: dict[Variable, list[tuple[Step, int | None]]] = {v: [] for v in bounds.low}
        for step, days in steps:
            self.leaving[step.source].append((step, days))
        self.is_whole = all(days is not None for _, days in steps)
        spread = max((max(0, step.most_days()) for step, _ in steps), default=0)
        self.rise = len(bounds.low) * (CYCLE + spread)

    def run(
        self, low: Mapping[Variable, int], high: Mapping[Variable, int], tick: Tick
    ) -> dict[Variable, int] | Causes:
        """Return the least dates from these on, or causes for which one passes its end.

        Each date that was raised owes that to the chain of steps behind it. Where a step is always the
        same number of days, a chain that comes back to a date raises it for ever. Elsewhere no least
        dates are further up than ``rise``: beyond it dates would stand apart by more than a cycle and
        a step, and those above the space between could all be a cycle earlier.
        """
        at, why = dict(low), dict(self.bounds.why_low)
        for v, day in at.items():
            if day > high[v]:
                return why[v] | self.bounds.why_high[v]
        limit = max(at.values(), default=0) + self.rise
        lengths = dict.fromkeys(at, 0)
        pending = deque(at)
        waiting = set(at)
        raised = 0
        while pending:
            source = pending.popleft()
            waiting.discard(source)
            for step, days in self.leaving[source]:
                least = step.least(at[source]) if days is None else at[source] + days
                target = step.target
                if least <= at[target]:
                    continue
                causes = why[source] | {step.cause}
                if least > high[target]:
                    return causes | self.bounds.why_high[target]
                lengths[target] = lengths[source] + 1
                if least > limit or (self.is_whole and lengths[target] >= len(at)):
                    return causes
                at[target], why[target] = least, causes
                raised += 1
                if raised % TICKS == 0:
                    tick()
                if target not in waiting:
                    waiting.add(target)
                    pending.append(target)
        return at
