"""Exact numbers of region-records, by branching on fields: parts without a common field multiply.

A formula is a set of constraints that all hold. Each is the number of a node: an `and` or `or` of
nodes, or a field's value among some. Constraints that are left after a choice of values are counted
once, however they came about. Counting is hard in general: past the deadline there is no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import monotonic

import attrs

from policylang.analysis.domains import Domains, Uncountable, domains_of
from policylang.analysis.gates import TRUE, Gates
from policylang.analysis.rails import Rails
from policylang.analysis.space import Space

ALWAYS, NEVER = 0, 1  # nodes
LOOKS = 500  # formulas between two looks at the clock


class NotFinished(Exception):
    """The time for counting is over."""


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
    rails = [*before, *after]
    try:
        domains = domains_of(space.regions, {x for one in rails for x in space.gates.made_of(one)})
        counter = Counter(space.gates, domains, deadline)
        looser, stricter = (
            counter.count(high.true, -low.true)
            + counter.count(high.possible, -low.possible)
            - counter.count(high.true, -low.true, high.possible, -low.possible)
            for low, high in ((before, after), (after, before))
        )
    except Uncountable as error:
        return Counts(None, None, None, str(error))
    except NotFinished:
        return Counts(None, None, domains.total, "not finished")
    return Counts(looser, stricter, domains.total)


class Counter:
    """Counts the region-records on which a literal holds."""

    def __init__(self, gates: Gates, domains: Domains, deadline: float | None) -> None:
        self.gates = gates
        self.domains = domains
        self.deadline = deadline
        self.nodes: list[Node] = [Node("and"), Node("or")]
        self.fields: list[int] = [0, 0]  # of each node, the bits of the fields it reads
        self._numbers: dict[Node, int] = {}
        self._of_literal: dict[int, int] = {TRUE: ALWAYS, -TRUE: NEVER}
        self._restricted: dict[tuple[int, int, int], int] = {}
        self._counted: dict[frozenset[int], int] = {}
        self._looks = 0

    def count(self, *literals: int) -> int:
        """Return on how many region-records all literals hold; NotFinished when the time is over."""
        formula = self._simplified({self.node(x) for x in literals})
        if NEVER in formula:
            return 0
        return self._count(formula) * self._free(formula, (1 << len(self.domains.sizes)) - 1)

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
                field, values = self.domains.literals[abs(at)]
                whole = (1 << self.domains.sizes[field]) - 1
                self._of_literal[at] = self._leaf(field, values if at > 0 else whole & ~values)
            else:
                parts = [x if at > 0 else -x for x in inputs]
                unknown = [x for x in parts if x not in self._of_literal]
                pending += unknown
                if not unknown:
                    self._of_literal[at] = self._join(
                        "and" if at > 0 else "or", [self._of_literal[x] for x in parts]
                    )
        return self._of_literal[literal]

    def _leaf(self, field: int, values: int) -> int:
        if values == (1 << self.domains.sizes[field]) - 1:
            return ALWAYS
        return self._number(Node("in", (), field, values), 1 << field) if values else NEVER

    def _number(self, node: Node, fields: int) -> int:
        found = self._numbers.get(node)
        if found is None:
            found = self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
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
        return self._number(Node(op, tuple(found)), fields)

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

    def _simplified(self, formula: set[int]) -> frozenset[int]:
        """Return the constraints of a formula: what one says of a field alone is used in the others.

        An `or` loses the parts that another constraint excludes.
        """
        joined = self._join("and", formula)
        while True:
            node = self.nodes[joined]
            parts = node.parts if node.op == "and" else (joined,)
            units = {self.nodes[p].field: self.nodes[p].values for p in parts if self.nodes[p].op == "in"}
            excluded = {self._negation(p) for p in parts if self.nodes[p].op == "or"}
            after = self._join("and", [self._given(part, units, excluded) for part in parts])
            if after == joined:
                return frozenset(parts) - {ALWAYS}
            joined = after

    def _given(self, part: int, units: Mapping[int, int], excluded: set[int]) -> int:
        """Return an `or` as it is left by what the other constraints say."""
        node = self.nodes[part]
        if node.op != "or":
            return part
        found = self._join("or", [p for p in node.parts if p not in excluded])
        for field, values in units.items():
            found = self._restrict(found, field, values)
        return found

    def _negation(self, number: int) -> int:
        node = self.nodes[number]
        if node.op == "in":
            return self._leaf(node.field, ((1 << self.domains.sizes[node.field]) - 1) & ~node.values)
        return self._join("and" if node.op == "or" else "or", [self._negation(part) for part in node.parts])

    # --- counting -------------------------------------------------------------------------------

    def _free(self, formula: Iterable[int], fields: int) -> int:
        """Return the number of choices for those of some fields that a formula does not read."""
        for one in formula:
            fields &= ~self.fields[one]
        found = 1
        for field, size in enumerate(self.domains.sizes):
            if fields >> field & 1:
                found *= size
        return found

    def _count(self, formula: frozenset[int]) -> int:
        """Return the number of choices for the fields that a formula reads on which it holds."""
        found = 1
        for part in self._parts(formula):
            found *= self._count_part(part)
            if not found:
                break
        return found

    def _parts(self, formula: frozenset[int]) -> list[frozenset[int]]:
        """Split a formula into parts that read no field in common."""
        parts: list[tuple[int, list[int]]] = []
        for one in formula:
            fields, own = self.fields[one], [one]
            apart = []
            for other_fields, other in parts:
                if other_fields & fields:
                    fields, own = fields | other_fields, own + other
                else:
                    apart.append((other_fields, other))
            parts = [*apart, (fields, own)]
        return [frozenset(own) for _, own in parts]

    def _count_part(self, formula: frozenset[int]) -> int:
        if formula in self._counted:
            return self._counted[formula]
        self._looks += 1
        if self.deadline is not None and self._looks % LOOKS == 0 and monotonic() > self.deadline:
            raise NotFinished
        fields = 0
        for one in formula:
            fields |= self.fields[one]
        field = self._busiest(formula)
        left = fields & ~(1 << field)
        cases: dict[frozenset[int], int] = {}
        for value in range(self.domains.sizes[field]):
            after = {self._restrict(one, field, 1 << value) for one in formula}
            if NEVER not in after:
                joined = self._join("and", after)
                if joined != NEVER:
                    node = self.nodes[joined]
                    case = frozenset(node.parts if node.op == "and" else (joined,)) - {ALWAYS}
                    cases[case] = cases.get(case, 0) + 1
        total = sum(n * self._count(case) * self._free(case, left) for case, n in cases.items())
        self._counted[formula] = total
        return total

    def _busiest(self, formula: frozenset[int]) -> int:
        """Return the field that most constraints read."""
        uses: Mapping[int, int] = self._uses(formula)
        return max(uses, key=lambda field: uses[field])

    def _uses(self, formula: frozenset[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for one in formula:
            fields = self.fields[one]
            while fields:
                field = fields.bit_length() - 1
                found[field] = found.get(field, 0) + 1
                fields ^= 1 << field
        return found
