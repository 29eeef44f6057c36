"""Exact numbers of region-records, by branching on fields: parts without a common field multiply.

Constraints that are left after a choice of values are counted once, however they came about. Where few
fields, the *hubs*, hold many parts together, each part is counted for the values of those hubs alone
that it reads. Counting is hard in general: past the deadline there is no number.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import mul, or_
from time import monotonic

import attrs

from policylang.analysis.constraints import NEVER, Constraints, Formula, bits_of
from policylang.analysis.domains import Domains, NotFinished, Uncountable, domains_of
from policylang.analysis.gates import Gates
from policylang.analysis.rails import Rails
from policylang.analysis.space import Space

WIDE = 12  # fields: an `or` that reads more is counted by what it excludes
MAX_WIDE = 3  # such constraints at a time, as each doubles the work
MAX_HUBS = 6
MAX_JOINT = 1 << 12  # choices for their values
MAX_TABLE = 1 << 20  # bits


@attrs.frozen
class Counts:
    """How many region-records become looser, how many stricter, of how many; None with the reason."""

    looser: int | None
    stricter: int | None
    total: int | None
    reason: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """Return the counts as JSON: decimals in texts, as they may have any number of digits."""
        numbers = {"looser": self.looser, "stricter": self.stricter, "of": self.total}
        return {**{k: None if n is None else str(n) for k, n in numbers.items()}, "reason": self.reason}


def counts(space: Space, before: Rails, after: Rails, deadline: float | None) -> Counts:
    """Return how many records an action's outcome differs on, each region of them counted once."""
    total = None
    try:
        read = space.gates.made_of(*before, *after)
        counter = Counter(space.gates, domains_of(space, read, deadline), deadline)
        total = counter.count()
        looser, stricter = (  # from forbidden to anything else, and from undetermined to permitted
            counter.count(high.possible, -low.possible) + counter.count(high.true, low.possible, -low.true)
            for low, high in ((before, after), (after, before))
        )
    except Uncountable as error:
        return Counts(None, None, None, str(error))
    except NotFinished:
        return Counts(None, None, total, "not finished")
    return Counts(looser, stricter, total)


class Counter:
    """Counts the region-records on which a literal holds."""

    def __init__(self, gates: Gates, domains: Domains, deadline: float | None) -> None:
        self.sizes = domains.sizes
        self.deadline = deadline
        self.made = Constraints(gates, domains)
        self._counted: dict[tuple[tuple[int, ...], Formula], list[int]] = {}

    def count(self, *literals: int) -> int:
        """Return on how many region-records all literals hold; NotFinished when the time is over."""
        return self._count_all([*self.made.always, *self.made.all_of(literals)])

    def _count_all(self, parts: Iterable[int]) -> int:
        """Return on how many region-records constraints hold; the wide ones by what they exclude."""
        formula = self.made.simplified(parts)
        if NEVER in formula:
            return 0
        wide = [
            one
            for one in formula
            if self.made.fields[one].bit_count() > WIDE and self.made.nodes[one].op == "or"
        ]
        if 0 < len(wide) <= MAX_WIDE < len(formula):
            rest = formula - {wide[0]}
            return self._count_all(rest) - self._count_all({*rest, self.made.negation(wide[0])})
        return self._count(formula) * self._free((1 << len(self.sizes)) - 1, formula)

    def _read(self, formula: Iterable[int]) -> int:
        """Return the bits of the fields that a formula reads."""
        fields = 0
        for one in formula:
            fields |= self.made.fields[one]
        return fields

    def _free(self, fields: int, formula: Iterable[int]) -> int:
        """Return the number of choices for those of some fields that a formula does not read."""
        found = 1
        for field in bits_of(fields & ~self._read(formula)):
            found *= self.sizes[field]
        return found

    def _count(self, formula: Formula) -> int:
        """Return the number of choices for the fields that a formula reads on which it holds."""
        found = 1
        for part in self._parts(formula, 0):
            (count,) = self._over((), part)
            found *= count
            if not found:
                break
        return found

    def _parts(self, formula: Formula, aside: int) -> list[Formula]:
        """Split a formula into parts that read no field in common but those put aside."""
        apart = _apart({self.made.fields[one] for one in formula}, aside)
        places = {field: place for place, part in enumerate(apart) for field in bits_of(part & ~aside)}
        parts: dict[int, list[int]] = {}
        for one in formula:
            own = self.made.fields[one] & ~aside
            place = places[(own & -own).bit_length() - 1] if own else -one  # it is a part by itself
            parts.setdefault(place, []).append(one)
        return list(map(frozenset, parts.values()))

    def _over(self, hubs: tuple[int, ...], block: Formula) -> list[int]:
        """Return for each choice of values for hubs on how many for its other fields a block holds."""
        key = (hubs, block)
        found = self._counted.get(key)
        if found is None:
            self._look_at_the_clock()
            others = [field for field in bits_of(self._read(block)) if field not in hubs]
            if self.made.number_of_choices((*hubs, *others)) <= MAX_TABLE:
                found = self.made.numbers(block, hubs, others)
            else:
                found = self._by_values(hubs, block) if hubs else [self._by_hubs(block)]
            self._counted[key] = found
        return found

    def _by_values(self, hubs: tuple[int, ...], block: Formula) -> list[int]:
        """Do so for each set of values of the first hub that the block does not tell apart."""
        hub, left = hubs[0], hubs[1:]
        own = self._read(block) & ~sum(1 << one for one in hubs)
        found = [[0] * self.made.number_of_choices(left)] * self.sizes[hub]
        for values in self._classes(hub, block):
            joined = self.made.settled([self.made.restrict(one, hub, values) for one in block])
            if joined != NEVER:
                formula = frozenset(self.made.parts(joined))
                factor = self._free(own, formula)
                counts = self._over(left, formula) if left else [self._count(formula)]
                counts = [factor * count for count in counts]
                for value in bits_of(values):
                    found[value] = counts
        return [count for counts in found for count in counts]

    def _by_hubs(self, formula: Formula) -> int:
        """Multiply what parts come to for each choice of values for hubs; add up over one hub at a time."""
        hubs = self._hubs(formula)
        factors: dict[tuple[int, ...], list[int]] = {}

        def multiply(over: tuple[int, ...], counts: list[int]) -> None:
            factors[over] = list(map(mul, factors[over], counts)) if over in factors else counts

        for block in self._parts(formula, sum(1 << hub for hub in hubs)):
            fields = self._read(block)
            over = tuple(hub for hub in hubs if fields >> hub & 1)
            multiply(over, self._over(over, block))
        for hub in reversed(hubs):
            touching = {over: factors.pop(over) for over in list(factors) if hub in over}
            joint = tuple(one for one in hubs if any(one in over for over in touching))
            product = [1] * self.made.number_of_choices(joint)
            for over, counts in touching.items():
                product = list(map(mul, product, self._spread(counts, over, joint)))
            many = self.sizes[hub]
            multiply(joint[:-1], [sum(product[at : at + many]) for at in range(0, len(product), many)])
        return factors[()][0]

    def _spread(self, counts: list[int], over: tuple[int, ...], hubs: tuple[int, ...]) -> list[int]:
        """Return counts for each choice of values for some hubs, said again for the values of the others."""
        together = 1
        for hub in reversed(hubs):
            many = self.sizes[hub]
            if hub not in over:
                starts = range(0, len(counts), together)
                counts = [count for at in starts for count in counts[at : at + together] * many]
            together *= many
        return counts

    def _look_at_the_clock(self) -> None:
        if self.deadline is not None and monotonic() > self.deadline:
            raise NotFinished

    def _hubs(self, formula: Formula) -> tuple[int, ...]:
        """Return the busiest fields: as many as leave tables alone, or else let the rest fall apart.

        Where few do neither it is the busiest one.
        """
        reads = [self.made.fields[one] for one in formula]
        uses: dict[int, int] = {}
        for fields in reads:
            for field in bits_of(fields):
                uses[field] = uses.get(field, 0) + 1
        busiest = sorted(uses, key=lambda field: -uses[field])
        enough, aside, told_apart = 0, 0, set(reads)
        for many, field in enumerate(busiest[:MAX_HUBS], start=1):
            aside |= 1 << field
            if many > 1 and self.made.number_of_choices(busiest[:many]) > MAX_JOINT:
                break
            parts = _apart(told_apart, aside)
            if all(self.made.number_of_choices(bits_of(part)) <= MAX_TABLE for part in parts):
                return tuple(busiest[:many])
            if not enough and max((part & ~aside).bit_count() for part in parts) <= len(uses) // 4:
                enough = many
        return tuple(busiest[: enough or 1])

    def _classes(self, field: int, block: Formula) -> list[int]:
        """Return the values of a field in sets that no constraint tells apart."""
        found = [(1 << self.sizes[field]) - 1]
        for mask in {mask for one in block for mask in self.made.masks(one, field)}:
            found = [part for one in found for part in (one & mask, one & ~mask) if part]
        return found


def _apart(reads: Iterable[int], aside: int) -> list[int]:
    """Join sets of fields, given by their bits, that have a field in common which is not put aside."""
    parts: list[int] = []
    for fields in reads:
        own = fields & ~aside
        if joined := [part for part in parts if part & own]:
            parts = [part for part in parts if not part & own]
        parts.append(reduce(or_, joined, fields))
    return parts
