"""Bounds on numbers and on sums of them: whether real numbers meet all, and which bounds contradict.

The simplex of Dutertre and de Moura (CAV 2006) over fractions. Each sum is a variable of its own that
equals what it adds up; some variables are expressed by the others, and exchange places with them
until all bounds hold or one row shows that they cannot. By Bland's rule that ends. A bound that is
strict is met by an infinitesimal: values are pairs of a fraction and a multiple of it. What is known
of earlier questions, the table and its values, is where the next one starts. Fractions that are whole
are kept as integers, which are many times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

import attrs

Exact = Fraction | int
Number = tuple[Exact, Exact]
"""A real number, and how many infinitesimals it is above it."""
ZERO = (0, 0)
Form = tuple[tuple[int, Fraction], ...]


@attrs.frozen
class Bound:
    """A variable is at least ``value``, or at most where ``is_upper``; not equal to it where ``strict``."""

    variable: int
    value: Fraction
    strict: bool
    is_upper: bool
    cause: int

    @property
    def number(self) -> Number:
        return whole(self.value), (-1 if self.is_upper else 1) if self.strict else 0


def whole(value: Exact) -> Exact:
    """Return a fraction as an integer where it is one."""
    return value.numerator if value.denominator == 1 else value


Ends = tuple[dict[int, Bound], dict[int, Bound]]
"""For each variable that has one its lower bound, and its upper one."""


class Simplex:
    """Sums of numbers, and the numbers that met the last bounds."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[int, Exact]] = {}  # of each expressed variable, by which others
        self._at: dict[int, Number] = {}
        self._sums: dict[Form, int] = {}
        self._low: dict[int, Bound] = {}
        self._high: dict[int, Bound] = {}

    def sum_of(self, form: Form) -> int:
        """Return the variable that equals a sum: a negative number, or that of a number alone."""
        if len(form) == 1 and form[0][1] == 1:
            self._at.setdefault(form[0][0], ZERO)
            return form[0][0]
        if form not in self._sums:
            own = self._sums[form] = -1 - len(self._sums)
            row: dict[int, Exact] = {}
            for variable, factor in form:
                self._at.setdefault(variable, ZERO)
                for other, k in self.rows.get(variable, {variable: 1}).items():
                    row[other] = row.get(other, 0) + whole(factor) * k
            self.rows[own] = {v: whole(k) for v, k in row.items() if k}
            self._at[own] = self._worth(own)
        return self._sums[form]

    def contradiction(self, bounds: Iterable[Bound], tick: Callable[[], None]) -> frozenset[int] | None:
        """Return the causes of bounds that cannot hold together, None when numbers meet all of them."""
        self._low, self._high = {}, {}
        for one in bounds:
            if (causes := self._bind(one)) is not None:
                return causes
        return self._meet(tick)

    def forced(self, variable: int, value: Fraction, tick: Callable[[], None]) -> frozenset[int] | None:
        """Return the causes for which a number can have no value but this one, None when it can."""
        ends, causes = self.ends, frozenset[int]()
        for is_upper in (False, True):
            other = self._bind(Bound(variable, value, True, is_upper, 0)) or self._meet(tick)
            self.restore(ends, tick)
            if other is None:
                return None
            causes |= other
        return causes - {0}

    def fix(self, variable: int, value: Fraction, tick: Callable[[], None]) -> bool:
        """Let a number have a value too, besides the last bounds; return whether numbers meet that."""
        for is_upper in (False, True):
            if self._bind(Bound(variable, value, False, is_upper, 0)) is not None:
                return False
        if variable not in self.rows:
            self._move(variable, (whole(value), 0))
        return self._repair(tick) is None

    @property
    def ends(self) -> Ends:
        """The bounds that hold now."""
        return dict(self._low), dict(self._high)

    @property
    def constants(self) -> list[Fraction]:
        """What sums are compared with."""
        ends = (*self._low.items(), *self._high.items())
        return list(dict.fromkeys(one.value for variable, one in ends if variable < 0))

    def restore(self, ends: Ends, tick: Callable[[], None]) -> None:
        """Go back to bounds that could be met."""
        self._low, self._high = dict(ends[0]), dict(ends[1])
        assert self._meet(tick) is None

    def move_inside(self, tick: Callable[[], None]) -> None:
        """Make as many of the bounds strict as can be, so that the numbers have room around them."""
        before = [*self._low.values(), *self._high.values()]
        strict = {place for place, one in enumerate(before) if not one.strict}
        while True:
            bounds = [attrs.evolve(b, strict=b.strict or i in strict, cause=i) for i, b in enumerate(before)]
            causes = self.contradiction(bounds, tick)
            if causes is None:
                return
            assert causes & strict, "the bounds could be met before"
            strict -= causes

    def _meet(self, tick: Callable[[], None]) -> frozenset[int] | None:
        for variable in self._at:
            if variable not in self.rows and (end := self._missed(variable)) is not None:
                self._move(variable, end)
        return self._repair(tick)

    def values(self, variables: Iterable[int]) -> dict[int, Fraction]:
        """Return numbers that meet the last bounds; what is infinitesimal is made small enough."""
        step = Fraction(1)
        for ends, sign in ((self._low, 1), (self._high, -1)):
            for variable, bound in ends.items():
                (end, end_small), (at, at_small) = bound.number, self._at[variable]
                room, pace = sign * (at - end), sign * (end_small - at_small)
                if pace > 0 and room > 0:
                    while step * pace > room:
                        step /= 2
        return {v: at + step * small for v in variables for at, small in (self._at[v],)}

    # --- bounds -----------------------------------------------------------------------------------

    def _bind(self, one: Bound) -> frozenset[int] | None:
        """Keep the sharper of two bounds; return the causes of two that exclude each other."""
        ends, others = (self._high, self._low) if one.is_upper else (self._low, self._high)
        before, other = ends.get(one.variable), others.get(one.variable)
        if before is None or ((one.number < before.number) if one.is_upper else (one.number > before.number)):
            ends[one.variable] = one
        if other is not None:
            low, high = (other, one) if one.is_upper else (one, other)
            if low.number > high.number:
                return frozenset((low.cause, high.cause))
        return None

    def _missed(self, variable: int) -> Number | None:
        """Return the bound that a variable's value is outside of."""
        low, high, at = self._low.get(variable), self._high.get(variable), self._at[variable]
        if low is not None and at < low.number:
            return low.number
        if high is not None and at > high.number:
            return high.number
        return None

    # --- the table --------------------------------------------------------------------------------

    def _worth(self, variable: int) -> Number:
        row = self.rows[variable].items()
        return whole(sum(k * self._at[v][0] for v, k in row)), whole(sum(k * self._at[v][1] for v, k in row))

    def _move(self, variable: int, to: Number) -> None:
        """Give a variable that is not expressed by others a value, and those expressed by it theirs."""
        at = self._at[variable]
        by, by_small = to[0] - at[0], to[1] - at[1]
        self._at[variable] = to
        for expressed, row in self.rows.items():
            k = row.get(variable)
            if k is not None:
                own = self._at[expressed]
                self._at[expressed] = (whole(own[0] + k * by), whole(own[1] + k * by_small))

    def _repair(self, tick: Callable[[], None]) -> frozenset[int] | None:
        """Exchange variables until all bounds hold; return the causes when a row shows that they cannot."""
        while True:
            tick()
            missing = [v for v in self.rows if self._missed(v) is not None]
            if not missing:
                return None
            expressed = min(missing)
            end = self._missed(expressed)
            assert end is not None
            rises = self._at[expressed] < end
            row = self.rows[expressed]
            free = [v for v, k in row.items() if self._is_free(v, up=(k > 0) == rises)]
            if not free:
                return self._causes(expressed, row, rises)
            self._exchange(expressed, min(free))
            self._move(expressed, end)

    def _is_free(self, variable: int, *, up: bool) -> bool:
        bound = (self._high if up else self._low).get(variable)
        if bound is None:
            return True
        return self._at[variable] < bound.number if up else self._at[variable] > bound.number

    def _causes(self, expressed: int, row: Mapping[int, Exact], rises: bool) -> frozenset[int]:
        """Return why a variable cannot reach its bound: all that it is made of is at a bound of its own."""
        own = (self._low if rises else self._high)[expressed]
        ends = [(self._high if (k > 0) == rises else self._low)[v] for v, k in row.items()]
        return frozenset({own.cause, *(one.cause for one in ends)})

    def _exchange(self, expressed: int, other: int) -> None:
        """Express ``other`` by what expressed the first, which then stands free."""
        row = self.rows.pop(expressed)
        k = row.pop(other)
        inverse = k if k in (1, -1) else Fraction(1) / k
        turned = {v: whole(-factor * inverse) for v, factor in row.items()}
        turned[expressed] = whole(inverse)
        for one in self.rows.values():
            factor = one.pop(other, None)
            if factor is not None:
                for v, x in turned.items():
                    total = one.get(v, 0) + factor * x
                    if total:
                        one[v] = whole(total)
                    else:
                        one.pop(v, None)
        self.rows[other] = turned
