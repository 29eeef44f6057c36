"""Numbers of a record: IEEE doubles, each standing for its shortest decimal.

`simplest` picks one between two ends, `numbers` one for each of several whose sums have bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
import math
import sys

import attrs

from policylang.analysis.simplex import Simplex
from policylang.values import next_double, number_of

FEW_TRIES = 60  # choices of a number in one search, first among the least that will do
MAX_TRIES = 600  # and then with room on all sides
DIGITS = (0, 1, 2, 3, 5, 8, 12, 16)  # behind the first one, of the numbers that are tried


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
    if interval.low == 0:  # 1 or 0.1 says more to a reader than the number next to 0
        small = (Fraction(1, 10**digits) for digits in range(324))
        return next(filter(interval.holds, small), low)
    exponent = math.floor(math.log10(low)) + 1 if low > 0 else 0
    for digits in range(17):
        unit = Fraction(10) ** (exponent - digits)
        candidate = math.ceil(low / unit) * unit
        if candidate <= LARGEST and interval.holds(candidate) and number_of(float(candidate)) == candidate:
            return candidate
    return low


def is_empty(interval: Interval) -> bool:
    """Return whether no number of a record is in an interval."""
    low, high = interval.low, interval.high
    if low is None or high is None:
        has_room = (low is None or low < LARGEST) and (high is None or high > -LARGEST)
    elif -LARGEST <= low < high <= LARGEST:
        has_room = float(low) < float(low) / 2 + float(high) / 2 < float(high)  # a double between both
    else:
        has_room = False
    return not has_room and simplest(interval) is None


def _mirrored(interval: Interval) -> Interval:
    low = None if interval.low is None else -interval.low
    high = None if interval.high is None else -interval.high
    return Interval(high, interval.high_open, low, interval.low_open)


# --- sums ---------------------------------------------------------------------------------------


def numbers(
    sums: Simplex, variables: list[int], tick: Callable[[], None], *, plain: bool
) -> dict[int, Fraction] | None:
    """Return numbers of a record that meet the bounds which ``sums`` met; None when none were found.

    The ``plain`` ones have few digits. The search is exact in what it returns and gives up after a
    while: an equation may have real solutions that no doubles meet.
    """
    found = sums.values(variables)
    if not plain and all(map(_is_double, found.values())):
        return found
    at_ends = _search(sums, variables, tick, FEW_TRIES)
    if at_ends is not None:
        return at_ends
    sums.move_inside(tick)  # where there is room on all sides
    return _search(sums, variables, tick, MAX_TRIES)


def impossible(sums: Simplex, variables: list[int], tick: Callable[[], None]) -> frozenset[int] | None:
    """Return the causes for which some number can only be one that no record holds."""
    for variable, value in sums.values(variables).items():
        if not _is_double(value):
            causes = sums.forced(variable, value, tick)
            if causes is not None:
                return causes
    return None


def _search(
    sums: Simplex, variables: list[int], tick: Callable[[], None], tries: int
) -> dict[int, Fraction] | None:
    """Fix one number after the other; where none of those tried will do go back to the one before."""
    whole = sums.ends
    states = [whole]
    choices = [_candidates(sums, variables[0], tick)]
    found = None
    while choices and tries and found is None:
        for value in choices[-1]:
            tries -= 1
            left = variables[len(choices) :]
            if sums.fix(variables[-1 - len(left)], value, tick) and impossible(sums, left, tick) is None:
                if not left:
                    found = sums.values(variables)
                else:
                    states.append(sums.ends)
                    choices.append(_candidates(sums, left[0], tick))
                break
            sums.restore(states[-1], tick)
            if not tries:
                break
        else:
            choices.pop()
            states.pop()
            sums.restore(states[-1] if states else whole, tick)
    sums.restore(whole, tick)
    return found


def _is_double(value: Fraction) -> bool:
    return abs(value) <= LARGEST and number_of(float(value)) == value


def _candidates(sums: Simplex, variable: int, tick: Callable[[], None]) -> Iterator[Fraction]:
    """Yield numbers of a record that a number may be: zero, then some of more and more digits.

    They are near its value, at a corner of what is possible. They are also near what sums are compared
    with, or its rest: a sum that is to have many digits is one of a large and a small number. There is
    one at most where there is no choice.
    """
    at = sums.values([variable])[variable]
    tried = {Fraction(0)}
    yield Fraction(0)
    if sums.forced(variable, at, tick) is not None:
        if _is_double(at):
            yield at
        return
    for digits in DIGITS:
        for centre in (at, *sums.constants):
            for near in _near(centre, digits):
                for one in (near, centre - near):
                    if one not in tried and _is_double(one):
                        tried.add(one)
                        yield one


def _near(centre: Fraction, digits: int) -> Iterator[Fraction]:
    """Return the number of so many digits behind the first one that is nearest, and its neighbours."""
    unit = Fraction(10) ** (_magnitude(abs(centre)) - digits)
    return ((round(centre / unit) + step) * unit for step in (0, 1, -1))


def _magnitude(value: Fraction) -> int:
    """Return the exponent of a number's first digit; it may be far beyond those of doubles."""
    if not value:
        return 0
    found = math.floor((value.numerator.bit_length() - value.denominator.bit_length()) * math.log10(2))
    while value >= Fraction(10) ** (found + 1):
        found += 1
    while value < Fraction(10) ** found:
        found -= 1
    return found
