"""Dates relative to each other: the least ones are found, or there are none."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

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
steps = st.builds(Step, variables, shifts, variables, shifts, st.integers(-3, 3), st.just(7))
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

    if placed is not None:
        assert fits(placed)
        assert all(first <= day <= last for day in placed.values())
    else:
        used = sorted({v for s in constraints for v in (s.target, s.source)})
        for chosen in product(range(first, last + 1), repeat=len(used)):
            assert not fits(dict(zip(used, chosen, strict=True)))


def test_months_differ_from_their_mean_by_less_than_the_slack() -> None:
    """Over a whole cycle of the calendar, from the days where months are clamped."""
    assert date(2400, 1, 1).toordinal() - date(2000, 1, 1).toordinal() == days.CYCLE
    starts = [date(y, m, d) for y in range(2000, 2400, 3) for m in range(1, 13) for d in (1, 28)]
    starts += [date(y, m, 31) for y in range(2000, 2400, 3) for m in (1, 3, 5, 7, 8, 10, 12)]
    for count in (1, 2, 3, 6, 11, 13, 25, 49):
        for sign in (1, -1):
            one = ((sign, Duration(count, "month")),)
            low, high = days.envelope(one)
            for start in starts:
                day = start.toordinal()
                assert low <= (days.moved(day, one) or 0) - day <= high


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
        assert placed is not None
    never = Step(0, ((-1, Duration(3, "month")),), 0, ((-1, Duration(80, "day")),), 1, 1)
    assert days.place([], [never], 0) is None
