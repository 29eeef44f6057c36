"""Exact numbers of region-records, by branching on fields: parts without a common field multiply.

A formula is a set of constraints that all hold. Each is the number of a node: an `and` or `or` of
nodes, or a field's value among some. Constraints that are left after a choice of values are counted
once, however they came about. Where few fields, the *hubs*, hold many parts together, each part is
counted for the values of those hubs alone that it reads. Counting is hard in general: past the
deadline there is no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import monotonic

import attrs

from policylang.analysis.domains import Domains, Leaf, NotFinished, Uncountable, domains_of
from policylang.analysis.gates import TRUE, Gates
from policylang.analysis.rails import Rails
from policylang.analysis.space import Space

ALWAYS, NEVER = 0, 1  # nodes
LOOKS = 20  # formulas between two looks at the clock
WIDE = 12  # fields: an `or` that reads more is counted by what it excludes
MAX_WIDE = 3  # such constraints at a time, as each doubles the work
SMALL = 6  # fields of a part that needs no hubs
MAX_HUBS = 6
Formula = frozenset[int]


@attrs.frozen
class Node:
    """``op`` joins ``parts``; a leaf has a ``field`` and the bits of its ``values``."""

    op: str  # and, or, in
    parts: tuple[int, ...] = ()
    field: int = 0
    values: int = 0


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
        self.gates = gates
        self.domains = domains
        self.deadline = deadline
        self.nodes: list[Node] = [Node("and"), Node("or")]
        self.fields: list[int] = [0, 0]  # of each node, the bits of the fields it reads
        self._numbers: dict[tuple[object, ...], int] = {}
        self._of_literal: dict[int, int] = {TRUE: ALWAYS, -TRUE: NEVER}
        self._restricted: dict[tuple[int, int, int], int] = {}
        self._negations: dict[int, int] = {}
        self._masks: dict[tuple[int, int], frozenset[int]] = {}
        self._counted: dict[Formula, int] = {}
        self._narrowed: dict[tuple[Formula, int, int, int], tuple[Formula, int] | None] = {}
        self._joint: dict[tuple[tuple[int, ...], frozenset[Formula]], int] = {}
        self._looks = 0
        self._always = [self._join("or", map(self._of_leaf, clause)) for clause in domains.always]

    def count(self, *literals: int) -> int:
        """Return on how many region-records all literals hold; NotFinished when the time is over."""
        return self._count_all([*self._always, *map(self.node, literals)])

    def _count_all(self, parts: Iterable[int]) -> int:
        """Return on how many region-records constraints hold; the wide ones by what they exclude."""
        formula = self._simplified(parts)
        if NEVER in formula:
            return 0
        wide = [one for one in formula if self.fields[one].bit_count() > WIDE and self.nodes[one].op == "or"]
        if 0 < len(wide) <= MAX_WIDE < len(formula):
            rest = formula - {wide[0]}
            return self._count_all(rest) - self._count_all({*rest, self._negation(wide[0])})
        return self._count(formula) * self._free((1 << len(self.domains.sizes)) - 1, formula)

    # --- formulas -------------------------------------------------------------------------------

    def node(self, literal: int) -> int:
        """Return the node of a literal."""
        pending = [literal]
        while pending:
            at = pending[-1]
            inputs = self.gates.inputs.get(abs(at))
            if at in self._of_literal:
                pending.pop()
            elif inputs is None:
                leaf = self._of_leaf(self.domains.literals[abs(at)])
                self._of_literal[at] = leaf if at > 0 else self._negation(leaf)
            else:
                parts = [x if at > 0 else -x for x in inputs]
                unknown = [x for x in parts if x not in self._of_literal]
                pending += unknown
                if not unknown:
                    self._of_literal[at] = self._join(
                        "and" if at > 0 else "or", [self._of_literal[x] for x in parts]
                    )
        return self._of_literal[literal]

    def _of_leaf(self, leaf: Leaf) -> int:
        return self._leaf(*leaf)

    def _leaf(self, field: int, values: int) -> int:
        if values == (1 << self.domains.sizes[field]) - 1:
            return ALWAYS
        return self._number("in", (), field, values, 1 << field) if values else NEVER

    def _number(self, op: str, parts: tuple[int, ...], field: int, values: int, fields: int) -> int:
        key = (op, parts, field, values)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.nodes)
            self.nodes.append(Node(op, parts, field, values))
            self.fields.append(fields)
        return found

    def _join(self, op: str, parts: Iterable[int]) -> int:
        """Return the node of an `and` or `or`; what it says of one field is put together."""
        neutral, zero = (ALWAYS, NEVER) if op == "and" else (NEVER, ALWAYS)
        leaves: dict[int, int] = {}
        others: dict[int, None] = {}
        pending = list(parts)
        while pending:
            part = pending.pop()
            node = self.nodes[part]
            if part == zero:
                return zero
            if node.op == op:
                pending += node.parts
            elif node.op == "in":
                before = leaves.get(node.field, node.values)
                leaves[node.field] = before & node.values if op == "and" else before | node.values
            elif part != neutral:
                others[part] = None
        made = [self._leaf(field, values) for field, values in leaves.items()]
        if zero in made:
            return zero
        found = sorted([*(x for x in made if x != neutral), *others])
        if len(found) < 2:
            return found[0] if found else neutral
        fields = 0
        for part in found:
            fields |= self.fields[part]
        return self._number(op, tuple(found), 0, 0, fields)

    def _restrict(self, number: int, field: int, values: int) -> int:
        """Return the node where a field has one of some values."""
        if not self.fields[number] >> field & 1:
            return number
        key = (number, field, values)
        if key not in self._restricted:
            node = self.nodes[number]
            if node.op == "in":
                kept = node.values & values
                found = ALWAYS if kept == values else self._leaf(field, kept)
            else:
                found = self._join(node.op, [self._restrict(part, field, values) for part in node.parts])
            self._restricted[key] = found
        return self._restricted[key]

    def _constraints(self, number: int) -> tuple[int, ...]:
        """Return the parts of an `and`; of anything else, itself."""
        node = self.nodes[number]
        return node.parts if node.op == "and" else (number,)

    def _settled(self, parts: Iterable[int]) -> int:
        """Return the conjunction of constraints: what one says of a field alone is used in the others."""
        joined = self._join("and", parts)
        while True:
            found = self._constraints(joined)
            units = [self.nodes[p] for p in found if self.nodes[p].op == "in"]
            if not units or len(units) == len(found):
                return joined
            after = self._join("and", [self._given(p, units) for p in found])
            if after == joined:
                return joined
            joined = after

    def _given(self, part: int, units: list[Node]) -> int:
        """Return an `or` as it is left by what is said of single fields."""
        if self.nodes[part].op == "or":
            for unit in units:
                if self.fields[part] >> unit.field & 1:
                    part = self._restrict(part, unit.field, unit.values)
        return part

    def _simplified(self, parts: Iterable[int]) -> Formula:
        """Return constraints without parts that others exclude, and without those that others imply."""
        joined = self._settled(parts)
        while True:
            found = self._constraints(joined)
            excluded = {self._negation(p) for p in found if self.nodes[p].op == "or"}
            after = self._settled([self._without(p, excluded) for p in found])
            if after == joined:
                return self._strongest(found)
            joined = after

    def _without(self, part: int, excluded: set[int]) -> int:
        node = self.nodes[part]
        return part if node.op != "or" else self._join("or", [p for p in node.parts if p not in excluded])

    def _strongest(self, parts: Iterable[int]) -> Formula:
        """Drop what another constraint on the same fields implies."""
        alike: dict[int, list[int]] = {}
        for part in parts:
            alike.setdefault(self.fields[part], []).append(part)
        kept: set[int] = set()
        for found in alike.values():
            for place, part in enumerate(found):
                others = (x for other, x in enumerate(found) if other < place or not self._implies(part, x))
                if not any(self._implies(other, part) for other in others if other != part):
                    kept.add(part)
        return frozenset(kept) - {ALWAYS}

    def _implies(self, one: int, other: int) -> bool:
        """Return whether one node is seen to imply another; False says nothing."""
        if one in (other, NEVER) or other == ALWAYS:
            return True
        a, b = self.nodes[one], self.nodes[other]
        if a.op == "in" and b.op == "in":
            return a.field == b.field and not a.values & ~b.values
        if a.op == "or":
            return all(self._implies(part, other) for part in a.parts)
        if b.op == "and":
            return all(self._implies(one, part) for part in b.parts)
        if b.op == "or" and any(self._implies(one, part) for part in b.parts):
            return True
        return a.op == "and" and any(self._implies(part, other) for part in a.parts)

    def _negation(self, number: int) -> int:
        if number not in self._negations:
            node = self.nodes[number]
            if node.op == "in":
                whole = (1 << self.domains.sizes[node.field]) - 1
                found = self._leaf(node.field, whole & ~node.values)
            else:
                found = self._join(
                    "and" if node.op == "or" else "or", [self._negation(part) for part in node.parts]
                )
            self._negations[number] = found
        return self._negations[number]

    # --- counting -------------------------------------------------------------------------------

    def _read(self, formula: Iterable[int]) -> int:
        """Return the bits of the fields that a formula reads."""
        fields = 0
        for one in formula:
            fields |= self.fields[one]
        return fields

    def _free(self, fields: int, formula: Iterable[int]) -> int:
        """Return the number of choices for those of some fields that a formula does not read."""
        found = 1
        for field in _bits(fields & ~self._read(formula)):
            found *= self.domains.sizes[field]
        return found

    def _count(self, formula: Formula) -> int:
        """Return the number of choices for the fields that a formula reads on which it holds."""
        found = 1
        for part in self._parts(formula, 0):
            found *= self._count_part(part)
            if not found:
                break
        return found

    def _parts(self, formula: Formula, aside: int) -> list[Formula]:
        """Split a formula into parts that read no field in common but those put aside."""
        parts: list[tuple[int, list[int]]] = []
        for one in formula:
            fields, own = self.fields[one] & ~aside, [one]
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
            node = self.nodes[next(iter(formula))]
            if node.op == "in":
                return node.values.bit_count()
        found = self._counted.get(formula)
        if found is None:
            self._look_at_the_clock()
            hubs = self._hubs(formula)
            blocks = self._parts(formula, sum(1 << hub for hub in hubs))
            found = self._counted[formula] = self._over(hubs, frozenset(blocks))
        return found

    def _look_at_the_clock(self) -> None:
        self._looks += 1
        if self.deadline is not None and self._looks % LOOKS == 0 and monotonic() > self.deadline:
            raise NotFinished

    def _hubs(self, formula: Formula) -> tuple[int, ...]:
        """Return the busiest fields, as many as let the rest fall apart; the busiest one if few do not."""
        uses: dict[int, int] = {}
        for one in formula:
            for field in _bits(self.fields[one]):
                uses[field] = uses.get(field, 0) + 1
        busiest = sorted(uses, key=lambda field: -uses[field])
        if len(busiest) > SMALL:
            aside = 0
            for many, field in enumerate(busiest[:MAX_HUBS], start=1):
                aside |= 1 << field
                parts = self._parts(formula, aside)
                if max((self._read(part) & ~aside).bit_count() for part in parts) <= len(uses) // 4:
                    return tuple(busiest[:many])
        return (busiest[0],)

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
            joined = self._settled([self._restrict(one, hub, values) for one in block])
            if joined == NEVER:
                self._narrowed[key] = None
            else:
                formula = frozenset(self._constraints(joined)) - {ALWAYS}
                factor = self._free(self._read(block) & ~aside & ~(1 << hub), formula)
                if not self._read(formula) & aside:
                    formula, factor = frozenset(), factor * self._count(formula)
                self._narrowed[key] = (formula, factor)
        return self._narrowed[key]

    def _classes(self, field: int, blocks: Iterable[Formula]) -> list[int]:
        """Return the values of a field in sets that no constraint tells apart."""
        found = [(1 << self.domains.sizes[field]) - 1]
        for mask in {mask for block in blocks for one in block for mask in self._masks_of(one, field)}:
            found = [part for one in found for part in (one & mask, one & ~mask) if part]
        return found

    def _masks_of(self, number: int, field: int) -> frozenset[int]:
        """Return which sets of a field's values a node asks about."""
        if not self.fields[number] >> field & 1:
            return frozenset()
        key = (number, field)
        if key not in self._masks:
            node = self.nodes[number]
            own = {node.values} if node.op == "in" else set()
            self._masks[key] = frozenset(own).union(*(self._masks_of(part, field) for part in node.parts))
        return self._masks[key]


def _bits(bits: int) -> Iterator[int]:
    """Yield the places of the bits of a number."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
