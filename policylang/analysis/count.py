"""Exact numbers of region-records, by branching on fields: parts without a common field multiply.

Constraints that are left after a choice of values are counted once, however they came about. Where few
fields, the *hubs*, hold many parts together, each part is counted for the values of those hubs alone
that it reads. Counting is hard in general: past the deadline there is no number.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

import attrs

from policylang.analysis.constraints import ALWAYS, NEVER, Constraints, Formula, bits_of
from policylang.analysis.domains import Domains, NotFinished, Uncountable, domains_of
from policylang.analysis.gates import Gates
from policylang.analysis.rails import Rails
from policylang.analysis.space import Space

LOOKS = 20  # formulas between two looks at the clock
WIDE = 12  # fields: an `or` that reads more is counted by what it excludes
MAX_WIDE = 3  # such constraints at a time, as each doubles the work
MAX_HUBS = 6
MAX_TABLE = 1 << 16  # bits


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
        read = {x for one in (*before, *after) for x in space.gates.made_of(one)}
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
        self._counted: dict[Formula, int] = {}
        self._narrowed: dict[tuple[Formula, int, int, int], tuple[Formula, int] | None] = {}
        self._joint: dict[tuple[tuple[int, ...], frozenset[Formula]], int] = {}
        self._looks = 0

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
        for part in [formula] if len(formula) == 1 else self._parts(formula, 0):
            found *= self._count_part(part)
            if not found:
                break
        return found

    def _parts(self, formula: Formula, aside: int) -> list[Formula]:
        """Split a formula into parts that read no field in common but those put aside."""
        parts: list[tuple[int, list[int]]] = []
        for one in formula:
            fields, own = self.made.fields[one] & ~aside, [one]
            apart = []
            for part in parts:
                if part[0] & fields:
                    fields |= part[0]
                    own += part[1]
                else:
                    apart.append(part)
            apart.append((fields, own))
            parts = apart
        return [frozenset(own) for _, own in parts]

    def _count_part(self, formula: Formula) -> int:
        if len(formula) == 1:
            node = self.made.nodes[next(iter(formula))]
            if node.op in ("in", "table"):
                return node.values.bit_count()
        found = self._counted.get(formula)
        if found is None:
            self._look_at_the_clock()
            fields = tuple(bits_of(self._read(formula)))
            if self.made.number_of_choices(fields) <= MAX_TABLE:
                found = self.made.choices(formula, fields).bit_count()
            else:
                found = self._by_hubs(formula)
            self._counted[formula] = found
        return found

    def _by_hubs(self, formula: Formula) -> int:
        hubs = self._hubs(formula)
        blocks = self._parts(formula, sum(1 << hub for hub in hubs))
        return self._over(hubs, frozenset(self._tabled(block, hubs) for block in blocks))

    def _tabled(self, block: Formula, hubs: tuple[int, ...]) -> Formula:
        """Return a block as a table, if that is not too large, that begins with the hubs it reads."""
        fields = self._read(block)
        if self.made.number_of_choices(bits_of(fields)) > MAX_TABLE:
            return block
        leading = [hub for hub in hubs if fields >> hub & 1]
        table = self.made.table(block, (*leading, *(x for x in bits_of(fields) if x not in leading)))
        return frozenset({table})

    def _look_at_the_clock(self) -> None:
        self._looks += 1
        if self.deadline is not None and self._looks % LOOKS == 0 and monotonic() > self.deadline:
            raise NotFinished

    def _hubs(self, formula: Formula) -> tuple[int, ...]:
        """Return the busiest fields: as many as leave tables alone, or else let the rest fall apart.

        Where few do neither it is the busiest one.
        """
        uses: dict[int, int] = {}
        for one in formula:
            for field in bits_of(self.made.fields[one]):
                uses[field] = uses.get(field, 0) + 1
        busiest = sorted(uses, key=lambda field: -uses[field])
        enough, aside = 0, 0
        for many, field in enumerate(busiest[:MAX_HUBS], start=1):
            aside |= 1 << field
            parts = [self._read(part) for part in self._parts(formula, aside)]
            if all(self.made.number_of_choices(bits_of(part)) <= MAX_TABLE for part in parts):
                return tuple(busiest[:many])
            if not enough and max((part & ~aside).bit_count() for part in parts) <= len(uses) // 4:
                enough = many
        return tuple(busiest[: enough or 1])

    def _over(self, hubs: tuple[int, ...], blocks: frozenset[Formula]) -> int:
        """Return the number of choices for hubs, and for what blocks read beside them, where all hold.

        Each block reads a hub; without hubs there is none.
        """
        if not hubs:
            return 1
        key = (hubs, blocks)
        if key in self._joint:
            return self._joint[key]
        self._look_at_the_clock()
        hub, left = hubs[0], hubs[1:]
        aside = sum(1 << one for one in left)
        touched = [block for block in blocks if self._read(block) >> hub & 1]
        rest = blocks.difference(touched)
        total = 0
        for values in self._classes(hub, touched):
            many, still = values.bit_count(), set(rest)
            for block in touched:
                narrowed = self._narrow(block, hub, values, aside)
                if narrowed is None:
                    many = 0
                    break
                formula, factor = narrowed
                many *= factor
                if formula:
                    still.add(formula)
            if many:
                total += many * self._over(left, frozenset(still))
        self._joint[key] = total
        return total

    def _narrow(self, block: Formula, hub: int, values: int, aside: int) -> tuple[Formula, int] | None:
        """Return what is left of a block where a hub has some values, and how many choices are settled.

        None is left where it cannot hold. What reads no more hubs is counted.
        """
        key = (block, hub, values, aside)
        if key not in self._narrowed:
            left = [self.made.restrict(one, hub, values) for one in block]
            joined = self.made.settled(left) if len(left) > 1 else left[0]
            if joined == NEVER:
                self._narrowed[key] = None
            else:
                formula = frozenset(self.made.parts(joined)) - {ALWAYS}
                factor = self._free(self._read(block) & ~aside & ~(1 << hub), formula)
                if not self._read(formula) & aside:
                    formula, factor = frozenset(), factor * self._count(formula)
                self._narrowed[key] = (formula, factor)
        return self._narrowed[key]

    def _classes(self, field: int, blocks: Iterable[Formula]) -> list[int]:
        """Return the values of a field in sets that no constraint tells apart."""
        found = [(1 << self.sizes[field]) - 1]
        for mask in {mask for block in blocks for one in block for mask in self.made.masks(one, field)}:
            found = [part for one in found for part in (one & mask, one & ~mask) if part]
        return found
