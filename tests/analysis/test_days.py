"""Dates relative to each other: the least ones are found, or there are none."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

import dates

from policylang.analysis import days
from policylang.analysis.days import End, Step
from policylang.values import Duration

DURATIONS = [
    Duration(1, "day"),
    Duration(5, "day"),
    Duration(2, "week"),
    Duration(1, "month"),
    Duration(30, "day"),
]
shifts = st.lists(st.tuples(st.sampled_from([1, -1]), st.sampled_from(DURATIONS)), max_size=2).map(tuple)
variables = st.integers(0, 2)
steps = st.builds(Step, variables, shifts, variables, shifts, st.integers(-3, 3), st.integers(3, 6))
START = st.sampled_from([date(2024, 2, 20), date(2023, 2, 20), date(1, 1, 1), date(9999, 12, 1)])
WINDOW = 25


@settings(max_examples=max(150, settings().max_examples * 2))
@given(st.lists(steps, max_size=4), START)
def test_dates_are_placed_exactly_when_some_dates_fit(constraints: list[Step], start: date) -> None:
    """Equal to trying all dates of a few weeks, at the ends of months and of the calendar."""
    first = start.toordinal()
    last = min(first + WINDOW, days.LAST)
    ends = [e for v in range(3) for e in (End(v, first, True, 1), End(v, last, False, 2))]
    placed = days.place(ends, constraints, -1)

    def fits(chosen: dict[int, int]) -> bool:
        for step in constraints:
            target = days.moved(chosen[step.target], step.shifts)
            source = days.moved(chosen[step.source], step.source_shifts)
            if target is None or source is None or target < source + step.more:
                return False
        return True

    if isinstance(placed, dict):
        assert fits(placed)
        assert all(first <= day <= last for day in placed.values())
    else:
        causes, _ = days.infeasible(ends, constraints, -1)
        assert causes is not None and causes <= placed
        constraints = [step for step in constraints if step.cause in causes]
        used = sorted({v for s in constraints for v in (s.target, s.source)})
        for chosen in product(range(first, last + 1), repeat=len(used)):
            assert not fits(dict(zip(used, chosen, strict=True)))


@pytest.mark.parametrize(
    "shift",
    [
        ((1, Duration(1, "month")),),
        ((-1, Duration(1, "month")),),
        ((1, Duration(13, "month")), (-1, Duration(5, "day"))),
        ((-1, Duration(1, "day")), (-1, Duration(1, "month"))),
        ((1, Duration(5, "year")), (-1, Duration(60, "month"))),
        ((1, Duration(6, "week")),),
    ],
)
def test_tables_say_what_the_calendar_says(shift: days.Shifts) -> None:
    """On each day of more than a cycle, in both directions."""
    first = date(1999, 12, 25).toordinal()
    span = range(first, first + days.CYCLE + 40)
    moves, back = days.offsets(shift), days.inverse_offsets(shift)
    expected = [days.moved(day, shift) for day in span]
    assert [day + moves[day % len(moves)] for day in span] == expected
    least, most = days.envelope(shift)
    assert (
        {least, most}
        <= {at - day for at, day in zip(expected, span, strict=True) if at}
        <= {*range(least, most + 1)}
    )
    for day in span[::7]:
        found = day + back[day % len(back)]
        before, at = days.moved(found - 1, shift), days.moved(found, shift)
        assert before is not None and at is not None
        assert before < day <= at


@pytest.mark.parametrize(
    ("shift", "first", "last"),
    [
        ((), date(1, 1, 1), date(9999, 12, 31)),
        (((-1, Duration(3, "month")),), date(1, 4, 1), date(9999, 12, 31)),
        (((1, Duration(1, "year")),), date(1, 1, 1), date(9998, 12, 31)),
        (((-1, Duration(1, "day")), (1, Duration(2, "day"))), date(1, 1, 2), date(9999, 12, 30)),
    ],
)
def test_which_days_a_duration_keeps_in_the_calendar(shift: days.Shifts, first: date, last: date) -> None:
    assert days.defined(shift) == (first.toordinal(), last.toordinal())
    assert days.defined(((1, Duration(9999, "year")),)) is None


def test_three_months_and_ninety_days_are_told_apart_by_the_calendar() -> None:
    """Some day is 90 days but not 3 months behind another, and some the other way round."""
    months, ninety = ((-1, Duration(3, "month")),), ((-1, Duration(90, "day")),)
    for later, earlier in ((months, ninety), (ninety, months)):
        step = Step(0, later, 0, earlier, 1, 1)
        placed = days.place([], [step], 0)
        assert isinstance(placed, dict)
    never = Step(0, ((-1, Duration(3, "month")),), 0, ((-1, Duration(80, "day")),), 1, 1)
    assert days.place([], [never], 0) == {1}


def test_a_circle_that_rises_by_single_days_is_decided() -> None:
    """A month is now and then no longer than 28 days and never shorter; the clock is looked at."""
    month, looks = ((1, Duration(1, "month")),), list[int]()
    for count, possible in ((27, False), (28, True), (31, True)):
        there = Step(0, (), 1, month, 0, 1)
        back = Step(1, (), 0, ((-1, Duration(count, "day")),), 0, 2)
        assert isinstance(days.place([], [there, back], -1), dict) == possible
    slow = [
        Step(1, ((-1, Duration(1, "month")),), 0, (), 0, 1),
        Step(2, (), 1, ((-1, Duration(30, "day")),), 0, 2),
        Step(3, ((-1, Duration(1, "month")), (-1, Duration(1, "month"))), 2, (), 0, 3),
        Step(0, (), 3, ((-1, Duration(61, "day")),), 1, 4),
    ]
    assert isinstance(days.place([], slow, -1, lambda: looks.append(1)), frozenset | dict)


def test_all_ways_in_which_a_date_can_stand_to_twelve_others_are_found() -> None:
    """Those that a scan of the calendar finds, each with a record and a day; the proof says no other."""
    assert dates.compared(1).ways > dates.EXPRESSIONS
