"""Sums of numbers: contradictions have causes, and solutions are numbers that a record can hold."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
import math
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang.analysis import check, linear
from policylang.analysis.linear import Interval
from policylang.analysis.simplex import Bound, Form, Simplex
from policylang.values import number_of

fractions = st.fractions(-5, 5, max_denominator=6)
doubles = st.floats(allow_nan=False, allow_infinity=False)
ends = st.one_of(fractions, doubles.map(number_of), doubles.map(lambda x: number_of(math.nextafter(x, 0.0))))


@given(ends, st.booleans(), ends, st.booleans())
def test_the_simplest_number_is_a_double_inside(
    low: Fraction, low_open: bool, high: Fraction, high_open: bool
) -> None:
    """None is found only where no double's shortest decimal lies within."""
    interval = Interval(low, low_open, high, high_open)
    found = linear.simplest(interval)
    if found is not None:
        assert interval.holds(found)
        assert number_of(float(found)) == found
    else:
        least = linear.least_double(low, low_open)
        assert least is None or not interval.holds(least)


parts = st.dictionaries(st.integers(0, 2), st.sampled_from([-2, -1, 1, 3]).map(Fraction), min_size=1)


class Demand(NamedTuple):
    """A sum is at least the bound or at most, and not equal to it where strict."""

    form: Form
    bound: Fraction
    strict: bool
    is_upper: bool

    def holds(self, values: Mapping[int, Fraction]) -> bool:
        total = sum((k * values[v] for v, k in self.form), Fraction(0))
        beyond = self.bound - total if self.is_upper else total - self.bound
        return beyond > 0 or (beyond == 0 and not self.strict)


demands = st.builds(
    Demand,
    parts.map(lambda chosen: tuple(sorted(chosen.items()))),
    st.integers(-4, 4).map(Fraction),
    st.booleans(),
    st.booleans(),
)
systems = st.lists(demands, min_size=1, max_size=6)


def contradiction(sums: Simplex, system: list[Demand]) -> frozenset[int] | None:
    bounds = [Bound(sums.sum_of(x.form), *x[1:], cause) for cause, x in enumerate(system)]
    return sums.contradiction(bounds, lambda: None)


def has_room(system: list[Demand]) -> bool:
    """Return whether all bounds can be met strictly; an equation may have no doubles that meet it."""
    return contradiction(Simplex(), [one._replace(strict=True) for one in system]) is None


@settings(max_examples=max(150, settings().max_examples))
@given(st.lists(systems, min_size=1, max_size=3), st.booleans())
def test_bounds_are_met_by_numbers_or_contradict_each_other(asked: list[list[Demand]], plain: bool) -> None:
    """Numbers meet each of them, doubles where there is room; causes alone have no solution on a grid.

    So it is whatever was asked before of the same sums.
    """
    sums = Simplex()
    for system in asked:
        causes = contradiction(sums, system)
        variables = sorted({v for x in system for v, _ in x.form})
        if causes is None:
            real = sums.values(variables)
            assert all(one.holds(real) for one in system)
            found = linear.numbers(sums, variables, lambda: None, plain=plain)
            if found is None:
                assert not has_room(system)
                continue
            assert all(one.holds(found) for one in system)
            assert all(number_of(float(value)) == value for value in found.values())
        else:
            core = [system[cause] for cause in causes]
            assert contradiction(Simplex(), core) is not None
            grid = [Fraction(n, 2) for n in range(-10, 11)]
            assert not any(
                all(one.holds({0: x, 1: y, 2: z}) for one in core)
                for x in grid
                for y in grid[::2]
                for z in grid[::4]
            )


def test_what_no_double_meets_has_no_numbers() -> None:
    """A third is real and no number of a record; a third of three is."""
    sums = Simplex()
    third = Demand(((0, Fraction(3)),), Fraction(1), False, False)
    both = [third, third._replace(is_upper=True)]
    assert contradiction(sums, both) is None
    assert linear.numbers(sums, [0], lambda: None, plain=True) is None
    both = [one._replace(form=((0, Fraction(3)), (1, Fraction(-1))), bound=Fraction(0)) for one in both]
    assert contradiction(sums, [*both, Demand(((1, Fraction(1)),), Fraction(1), False, False)]) is None
    found = linear.numbers(sums, [0, 1], lambda: None, plain=False)
    assert found is not None and found[1] == 3 * found[0] >= 1


DECLARED = """
record { a: number, b: number, level: number, runs: list of run { rate: number } }
action release: permitted unless forbidden
"""


def codes(rule: str) -> set[str]:
    return {one.code for one in check(policylang.loads(DECLARED + rule), time_limit=None)} - {"PL317"}


def test_numbers_that_must_be_none_of_a_record_are_told_apart() -> None:
    """What equations force to a third makes a rule dead; causes alone say so, and it is decided."""
    assert codes("rule r: a + b = 0.1 and 3 * b + level = 1 and level = 0 -> forbid release") == {
        "PL301",
        "PL308",
    }
    assert codes("rule r: a + b = 0.1 and 3 * b + level = 1 -> forbid release") == set()
    sums = Simplex()
    system = [
        Demand(((2, Fraction(1)),), Fraction(1), False, False),
        Demand(((0, Fraction(1)), (1, Fraction(1))), Fraction(1, 10), False, False),
        Demand(((0, Fraction(1)), (1, Fraction(1))), Fraction(1, 10), False, True),
        Demand(((1, Fraction(3)),), Fraction(1), False, False),
        Demand(((1, Fraction(3)),), Fraction(1), False, True),
    ]
    assert contradiction(sums, system) is None
    assert linear.impossible(sums, [0, 1, 2], lambda: None) in ({3, 4}, {1, 2, 3, 4})
    assert contradiction(sums, system[:3] + system[4:]) is None
    assert linear.impossible(sums, [0, 1, 2], lambda: None) is None


def test_sums_of_many_digits_are_met_by_a_large_and_a_small_number() -> None:
    """Also in several entries, with others beside them that bounds keep from being large."""
    assert codes("rule r: more than 2 run (1e26 = run.rate - 0.2 + level) -> forbid release") == set()
    rules = "rule s: at least 3 run (rate in {2, 10}) -> forbid release\n"
    assert codes(f"{rules}rule r: more than 2 run (1e26 = run.rate - 0.2 + level) -> forbid release") == set()


def test_numbers_beyond_those_of_doubles_end_in_an_answer() -> None:
    """Between coefficients as far apart as doubles can be, values leave their range on the way."""
    assert codes("rule r: 1e308 * a + 1e-308 * b = 1 and a > level -> forbid release") == set()
    assert codes("rule r: a + b = 1e308 and a + level = 5e-324 -> forbid release") == set()
    far = "rule r: 5e-324 * a + b > 1e300 and a < b and b + a = 0.1 -> forbid release"
    assert codes(far) <= {"PL301", "PL308", "PL390"}


@pytest.mark.parametrize(
    ("interval", "number"),
    [
        (Interval(Fraction(0), True, None), 1),
        (Interval(Fraction(0), True, Fraction(20)), 1),
        (Interval(Fraction(0), True, Fraction(1), True), Fraction(1, 10)),
        (Interval(Fraction(-20), False, Fraction(0), True), -1),
        (Interval(Fraction(0), True, number_of(5e-324), True), None),
    ],
)
def test_next_to_0_is_a_number_that_people_write(interval: Interval, number: Fraction | None) -> None:
    assert linear.simplest(interval) == number
