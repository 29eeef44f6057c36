"""Linear inequalities over several numbers: exact feasibility, and numbers of a record that meet them.

Fourier and Motzkin's elimination over fractions. Every derived inequality remembers the ones that it
comes from, so that a contradiction names its causes. A record holds IEEE doubles, each standing for
its shortest decimal: those are the values that `simplest` picks from.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import permutations
import math
import sys

import attrs

from policylang.analysis.solver import NotDecided
from policylang.values import next_double, number_of

Variable = int
MAX_INEQUALITIES = 4_000  # derived in one elimination; more is not worth the wait
MAX_ORDERS = 6  # of elimination that are tried for a solution in doubles
MAX_TRIES = 300  # choices of a number in one search


@attrs.frozen
class Inequality:
    """The sum of coefficient * variable is at least ``bound``, or above it where ``strict``."""

    parts: tuple[tuple[Variable, Fraction], ...]
    bound: Fraction
    strict: bool
    causes: frozenset[int]


@attrs.frozen
class Interval:
    """The numbers between two ends; None is no end."""

    low: Fraction | None = None
    low_open: bool = False
    high: Fraction | None = None
    high_open: bool = False

    def holds(self, value: Fraction) -> bool:
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        below = self.high is None or value < self.high or (value == self.high and not self.high_open)
        return above and below


# --- doubles ------------------------------------------------------------------------------------

LARGEST = number_of(sys.float_info.max)


def least_double(low: Fraction, is_open: bool) -> Fraction | None:
    """Return the least number of a record that is at least ``low``, or above it; None for none."""
    if low > LARGEST or (is_open and low == LARGEST):
        return None
    if low < -LARGEST:
        return -LARGEST
    double = float(low)
    for _ in range(2):
        double = next_double(double, up=False) if math.isfinite(double) else double
    while not math.isfinite(double) or number_of(double) < low or (is_open and number_of(double) == low):
        double = next_double(double, up=True)
    return number_of(double)


def simplest(interval: Interval) -> Fraction | None:
    """Return a number of a record in an interval, with few digits; None when there is none."""
    if interval.holds(Fraction(0)):
        return Fraction(0)
    if interval.low is None or (interval.low < 0 and interval.high is not None and interval.high <= 0):
        mirrored = simplest(_mirrored(interval))
        return None if mirrored is None else -mirrored
    low = least_double(interval.low, interval.low_open)
    if low is None or not interval.holds(low):
        return None
    if low == interval.low:
        return low
    exponent = math.floor(math.log10(low)) + 1 if low > 0 else 0
    for digits in range(17):
        unit = Fraction(10) ** (exponent - digits)
        candidate = math.ceil(low / unit) * unit
        if candidate <= LARGEST and interval.holds(candidate) and number_of(float(candidate)) == candidate:
            return candidate
    return low


def _mirrored(interval: Interval) -> Interval:
    low = None if interval.low is None else -interval.low
    high = None if interval.high is None else -interval.high
    return Interval(high, interval.high_open, low, interval.low_open)


# --- elimination --------------------------------------------------------------------------------


def infeasible(inequalities: Iterable[Inequality]) -> frozenset[int] | None:
    """Return the causes of a contradiction over the real numbers, None when there is none."""
    stages = _eliminated(list(inequalities), None)
    return stages if isinstance(stages, frozenset) else None


def solution(inequalities: list[Inequality]) -> dict[Variable, Fraction] | None:
    """Return numbers of a record for inequalities that are feasible; None when none were found.

    The search is exact in what it returns and gives up after a while: an equation may have real
    solutions that no doubles meet.
    """
    variables = sorted({v for one in inequalities for v, _ in one.parts})
    budget = MAX_TRIES
    for tried, order in enumerate(permutations(variables)):
        if tried == MAX_ORDERS:
            break
        stages = _eliminated(inequalities, order)
        assert not isinstance(stages, frozenset)
        stages.reverse()
        pending: list[dict[Variable, Fraction]] = [{}]
        while pending and budget:
            budget -= 1
            found = pending.pop()
            if len(found) == len(stages):
                return found
            variable, bounding = stages[len(found)]
            pending += [{**found, variable: value} for value in _candidates(variable, bounding, found)]
    return None


def _candidates(
    variable: Variable, bounding: list[Inequality], found: dict[Variable, Fraction]
) -> list[Fraction]:
    """Return numbers to try for a variable, the simplest last; some lie where the bounds point."""
    interval = _interval(variable, bounding, found)
    best = simplest(interval)
    if best is None:
        return []
    tried = dict.fromkeys((best,))
    for one in bounding:
        at = one.bound / dict(one.parts)[variable]
        if abs(at) <= LARGEST and interval.holds(near := number_of(float(at))):
            tried[near] = None
    return list(reversed(tried))


Stages = list[tuple[Variable, list[Inequality]]]


def _eliminated(inequalities: list[Inequality], order: tuple[int, ...] | None) -> Stages | frozenset[int]:
    """Return for each variable, in the order eliminated, what bounds it by later ones; or causes."""
    left = {v for one in inequalities for v, _ in one.parts}
    stages: Stages = []
    current: dict[tuple[tuple[Variable, Fraction], ...], Inequality] = {}
    for one in inequalities:
        if (causes := _keep(one, current)) is not None:
            return causes
    while left:
        variable = order[len(stages)] if order else min(left, key=lambda v: _cost(v, current.values()))
        left.remove(variable)
        bounding = [one for one in current.values() if any(v == variable for v, _ in one.parts)]
        current = {key: one for key, one in current.items() if one not in bounding}
        stages.append((variable, bounding))
        lower = [one for one in bounding if dict(one.parts)[variable] > 0]
        upper = [one for one in bounding if dict(one.parts)[variable] < 0]
        for a in lower:
            for b in upper:
                if (causes := _keep(_combined(a, b, variable), current)) is not None:
                    return causes
        if len(current) > MAX_INEQUALITIES:
            raise NotDecided("the sums of numbers are too entangled")
    return stages


def _cost(variable: Variable, current: Iterable[Inequality]) -> int:
    signs = [k > 0 for one in current for v, k in one.parts if v == variable]
    return signs.count(True) * signs.count(False)


def _keep(
    one: Inequality, current: dict[tuple[tuple[Variable, Fraction], ...], Inequality]
) -> frozenset[int] | None:
    """Keep the sharper of two inequalities of one form; return the causes of one that cannot hold."""
    if not one.parts:
        return one.causes if one.bound > 0 or (one.bound == 0 and one.strict) else None
    scale = abs(one.parts[0][1])
    key = tuple((v, k / scale) for v, k in one.parts)
    one = Inequality(key, one.bound / scale, one.strict, one.causes)
    other = current.get(key)
    if other is None or (other.bound, other.strict) < (one.bound, one.strict):
        current[key] = one
    return None


def _combined(a: Inequality, b: Inequality, variable: Variable) -> Inequality:
    x, y = dict(a.parts)[variable], -dict(b.parts)[variable]
    total: dict[Variable, Fraction] = {}
    for one, factor in ((a, y), (b, x)):
        for v, k in one.parts:
            total[v] = total.get(v, Fraction(0)) + k * factor
    parts = tuple(sorted((v, k) for v, k in total.items() if k != 0))
    return Inequality(parts, a.bound * y + b.bound * x, a.strict or b.strict, a.causes | b.causes)


def _interval(variable: Variable, bounding: list[Inequality], found: dict[Variable, Fraction]) -> Interval:
    low: tuple[Fraction, bool] | None = None
    high: tuple[Fraction, bool] | None = None
    for one in bounding:
        own = dict(one.parts)[variable]
        rest = sum((k * found[v] for v, k in one.parts if v != variable), Fraction(0))
        end = (one.bound - rest) / own
        if own > 0:
            low = (end, one.strict) if low is None else max(low, (end, one.strict))
        elif high is None or (end, not one.strict) < (high[0], not high[1]):
            high = (end, one.strict)
    return Interval(*(low or (None, False)), *(high or (None, False)))
