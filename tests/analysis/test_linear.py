"""Sums of numbers: contradictions have causes, and solutions are numbers that a record can hold."""

from __future__ import annotations

from fractions import Fraction
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from policylang.analysis import linear
from policylang.analysis.linear import Inequality, Interval
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


@st.composite
def systems(draw: st.DrawFn) -> list[Inequality]:
    found = []
    for cause in range(draw(st.integers(1, 6))):
        chosen = tuple(sorted(draw(parts).items()))
        bound = draw(st.integers(-4, 4).map(Fraction))
        found.append(Inequality(chosen, bound, draw(st.booleans()), frozenset({cause})))
    return found


@settings(max_examples=max(150, settings().max_examples))
@given(systems())
def test_inequalities_are_met_by_numbers_or_contradict_each_other(system: list[Inequality]) -> None:
    """A solution meets each of them; causes alone are a contradiction, with no solution on a grid."""
    causes = linear.infeasible(system)
    if causes is None:
        found = linear.solution(system)
        assert found is not None
        for one in system:
            total = sum((k * found[v] for v, k in one.parts), Fraction(0))
            assert total > one.bound or (total == one.bound and not one.strict)
        assert all(number_of(float(value)) == value for value in found.values())
    else:
        core = [one for one in system if one.causes <= causes]
        assert linear.infeasible(core) is not None
        grid = [Fraction(n, 2) for n in range(-10, 11)]
        assert not any(
            all(_met(one, dict(enumerate((x, y, z)))) for one in core)
            for x in grid
            for y in grid[::2]
            for z in grid[::4]
        )


def _met(one: Inequality, values: dict[int, Fraction]) -> bool:
    total = sum((k * values[v] for v, k in one.parts), Fraction(0))
    return total > one.bound or (total == one.bound and not one.strict)
