"""Constraints on fields, made once each: what is left of them where a field has some of its values.

Each is the number of a node: an `and` or `or` of nodes, or a field's value among some. A formula is a
set of constraints that all hold. A formula of few fields can be had as a table, with a bit for each
choice of their values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from operator import and_, itemgetter, or_

import attrs

from policylang.analysis.domains import Domains, Leaf
from policylang.analysis.gates import TRUE, Gates

ALWAYS, NEVER = 0, 1  # nodes
Formula = frozenset[int]
Table = tuple[int, int]
"""Bits for choices of values, and how many there are before they come again."""


@attrs.frozen
class Node:
    """``op`` joins ``parts``; a leaf has a field and the bits of its ``values``."""

    op: str  # and, or, in
    parts: tuple[int, ...] = ()
    field: int = -1
    values: int = 0


class Constraints:
    """The nodes of literals, and of what is left of them."""

    def __init__(self, gates: Gates, domains: Domains) -> None:
        self.gates = gates
        self.domains = domains
        self.nodes: list[Node] = [Node("and"), Node("or")]
        self.fields: list[int] = [0, 0]  # of each node, the bits of the fields it reads
        self._numbers: dict[tuple[object, ...], int] = {}
        self._of_literal: dict[int, int] = {TRUE: ALWAYS, -TRUE: NEVER}
        self._restricted: dict[tuple[int, int, int], int] = {}
        self._negations: dict[int, int] = {}
        self._strongest_among: dict[tuple[int, ...], list[int]] = {}
        self._masks: dict[tuple[int, int], frozenset[int]] = {}
        self.always = [self._join("or", map(self._of_leaf, clause)) for clause in domains.always]

    def all_of(self, literals: Iterable[int]) -> list[int]:
        """Return nodes that all hold exactly where literals do.

        An `or` is made without what the others exclude: of "not all rules of OLD pass" that leaves the
        rules that NEW does not have.
        """
        found, held = list[int](), frozenset[int]().union(*map(self.gates.conjuncts, literals))
        for one in held:
            denied = self.gates.conjuncts(-one)  # an `or` says that not all of these hold
            if held.isdisjoint(denied):
                found.append(self.node(one))
            else:
                found.append(self._join("or", [self.node(-x) for x in denied - held]))
        return found

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
                self._of_literal[at] = leaf if at > 0 else self.negation(leaf)
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
        neutral, zero, both = (ALWAYS, NEVER, and_) if op == "and" else (NEVER, ALWAYS, or_)
        leaves: dict[int, int] = {}
        found: set[int] = set()
        pending = list(parts)
        while pending:
            part = pending.pop()
            node = self.nodes[part]
            if part == zero:
                return zero
            if node.op == op:
                pending += node.parts
            elif node.op == "in":
                before = leaves.get(node.field)
                if before is not None and before != part:
                    part = self._leaf(node.field, both(self.nodes[before].values, node.values))
                    if part == zero:
                        return zero
                leaves[node.field] = part
            elif part != neutral:
                found.add(part)
        found.update(leaves.values())
        if len(found) < 2:
            return found.pop() if found else neutral
        fields = 0
        for part in found:
            fields |= self.fields[part]
        return self._number(op, tuple(sorted(found)), -1, 0, fields)

    def restrict(self, number: int, field: int, values: int) -> int:
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
                found = self._join(node.op, [self.restrict(part, field, values) for part in node.parts])
            self._restricted[key] = found
        return self._restricted[key]

    def parts(self, number: int) -> tuple[int, ...]:
        """Return the parts of an `and`; of anything else, itself."""
        node = self.nodes[number]
        return node.parts if node.op == "and" else (number,)

    def settled(self, parts: Iterable[int]) -> int:
        """Return the conjunction of constraints: what one says of a field alone is used in the others."""
        joined = self._join("and", parts)
        while True:
            found = self.parts(joined)
            units = [self.nodes[p] for p in found if self.nodes[p].op == "in"]
            said = sum(1 << unit.field for unit in units)
            if not units or len(units) == len(found):
                return joined
            after = self._join("and", [self._given(p, units) if self.fields[p] & said else p for p in found])
            if after == joined:
                return joined
            joined = after

    def _given(self, part: int, units: list[Node]) -> int:
        """Return an `or` as it is left by what is said of single fields."""
        if self.nodes[part].op == "or":
            for unit in units:
                if self.fields[part] >> unit.field & 1:
                    part = self.restrict(part, unit.field, unit.values)
        return part

    def simplified(self, parts: Iterable[int]) -> Formula:
        """Return constraints without parts that others exclude, and without those that others imply."""
        joined = self.settled(parts)
        while True:
            found = self.parts(joined)
            held = set(found)
            left = [self._without(p, held) for p in found]
            if held.issuperset(left):
                return self._strongest(found)
            joined = self.settled(left)

    def _without(self, part: int, held: set[int]) -> int:
        """Return an `or` without those of its parts, each an `and`, whose negation holds."""
        node = self.nodes[part]
        if node.op == "or":
            excluded = [p for p in node.parts if self.nodes[p].op == "and" and self.negation(p) in held]
            if excluded:
                return self._join("or", [p for p in node.parts if p not in excluded])
        return part

    def _strongest(self, parts: Iterable[int]) -> Formula:
        """Drop what another constraint on the same fields implies."""
        alike: dict[int, list[int]] = {}
        for part in parts:
            alike.setdefault(self.fields[part], []).append(part)
        kept: set[int] = set()
        for found in alike.values():
            kept.update(found if len(found) == 1 else self._strongest_of(tuple(found)))
        return frozenset(kept) - {ALWAYS}

    def _strongest_of(self, parts: tuple[int, ...]) -> list[int]:
        if parts not in self._strongest_among:
            kept = self._strongest_among[parts] = list[int]()
            for place, part in enumerate(parts):
                others = (x for other, x in enumerate(parts) if other < place or not self._implies(part, x))
                if not any(self._implies(other, part) for other in others if other != part):
                    kept.append(part)
        return self._strongest_among[parts]

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

    def negation(self, number: int) -> int:
        if number not in self._negations:
            node = self.nodes[number]
            if node.op == "in":
                whole = (1 << self.domains.sizes[node.field]) - 1
                found = self._leaf(node.field, whole & ~node.values)
            else:
                found = self._join(
                    "and" if node.op == "or" else "or", [self.negation(part) for part in node.parts]
                )
            self._negations[number] = found
        return self._negations[number]

    def masks(self, number: int, field: int) -> frozenset[int]:
        """Return which sets of a field's values a node asks about."""
        if not self.fields[number] >> field & 1:
            return frozenset()
        key = (number, field)
        if key not in self._masks:
            node = self.nodes[number]
            own = frozenset({node.values} if node.op == "in" else ())
            self._masks[key] = own.union(*(self.masks(part, field) for part in node.parts))
        return self._masks[key]

    # --- tables ---------------------------------------------------------------------------------

    def number_of_choices(self, fields: Iterable[int]) -> int:
        """Return how many choices there are for the values of fields."""
        return prod(self.domains.sizes[field] for field in fields)

    def numbers(self, formula: Formula, fields: Sequence[int], others: Sequence[int]) -> list[int]:
        """Return for each choice of values for fields for how many of others a formula holds."""
        tables = [self.choices(formula, (*fields, *others))]
        left = self.number_of_choices((*fields, *others))
        for field in fields:
            left //= self.domains.sizes[field]
            whole = (1 << left) - 1
            starts = [left * place for place in range(self.domains.sizes[field])]
            tables = [table >> start & whole for table in tables for start in starts]
        return [table.bit_count() for table in tables]

    def choices(self, formula: Formula, over: Sequence[int]) -> int:
        """Return for which choices of the values of fields a formula holds, a bit for each.

        The last field's values come one after the other, and the first field's are the farthest apart.
        """
        size, steps = 1, dict[int, int]()
        for field in reversed(over):
            steps[field] = size
            size *= self.domains.sizes[field]
        found = {ALWAYS: (1, 1), NEVER: (0, 1)}
        return _joined(
            and_, [(1, 1), ((1 << size) - 1, size), *(self._bits(x, steps, found) for x in formula)]
        )[0]

    def _bits(self, number: int, steps: Mapping[int, int], found: dict[int, Table]) -> Table:
        """Return the choices on which a node holds; those of the nodes below it are found once."""
        if number not in found:
            node = self.nodes[number]
            if node.op == "in":
                step = steps[node.field]
                values = [((1 << step) - 1) << step * value for value in bits_of(node.values)]
                found[number] = sum(values), step * self.domains.sizes[node.field]
            else:
                parts = [self._bits(part, steps, found) for part in node.parts]
                found[number] = _joined(and_ if node.op == "and" else or_, parts)
        return found[number]


def _joined(join: Callable[[int, int], int], tables: Iterable[Table]) -> Table:
    """Join tables bit by bit, each said again until it is as long as the longest."""
    (joined, size), *others = sorted(tables, key=itemgetter(1))
    for bits, longer in others:
        if size < longer:
            while size < longer:
                joined |= joined << size
                size *= 2
            size = longer
            joined &= (1 << size) - 1
        joined = join(joined, bits)
    return joined, size


def bits_of(bits: int) -> Iterator[int]:
    """Yield the places of the bits of a number."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
