"""Which unknown values a predicate needs to come to a truth: a formula over the paths that may be chosen.

It holds wherever the predicate may come to the truth. It takes each atom by itself, so it may hold where
no values will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from policylang.analysis.implicants import ALWAYS, NEVER, Node, threshold
from policylang.analysis.unknowns import Aim, Open, Reading, Values
from policylang.core.evaluator import steps
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import checked as c
from policylang.truth import TRUE, Truth


class Reach:
    """Formulas that parts of a folded predicate come to truths; those about atoms say which."""

    def __init__(
        self,
        values: Values,
        reading: Iterable[Reading],
        opens: Mapping[Steps, Open],
        places: Mapping[Steps, int],
    ) -> None:
        """``reading`` has all atoms of the predicate, ``places`` the paths that may be chosen."""
        self.values = values
        self.opens = opens
        self._read_by = {id(atom): paths for atom, paths in reading}
        self._chosen = {path: Node(1, (), 1 << place, 1, True) for path, place in places.items()}
        self._memo: dict[tuple[int, bool], Node] = {}

    def of(self, node: Predicate, truth: Truth) -> Node:
        """Return the formula that a part has a truth, which is true or false."""
        key = (id(node), truth is TRUE)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._made(node, truth)
        return found

    def _made(self, node: Predicate, truth: Truth) -> Node:
        match node:
            case c.Fixed(known):
                return ALWAYS if known is truth else NEVER
            case c.Not(operand):
                return self.of(operand, ~truth)
            case c.And(operands):
                return self._counted(len(operands), operands, truth)
            case c.Or(operands):
                return self._counted(1, operands, truth)
            case c.AtLeast(n, operands):
                return self._counted(n, operands, truth)
            case c.AtLeastMembers():
                raise AssertionError("the compiler unfolds quantifiers over sets")
            case c.Compare() | c.OneOf() | c.Holds() | c.Attested() | c.Missing() | c.AtLeastEntries():
                return self._atom(node, truth)
            case _:
                assert_never(node)

    def _counted(self, n: int, operands: Sequence[Predicate], truth: Truth) -> Node:
        """Return the formula that at least ``n`` of the parts are true, or that they are not."""
        needed = n if truth is TRUE else len(operands) - n + 1
        spare, parts = len(operands) - needed, list[Node]()
        for operand in operands:
            part = self.of(operand, truth)
            spare -= part is NEVER
            if spare < 0:
                return NEVER
            parts.append(part)
        return threshold(needed, parts)

    def _atom(self, atom: Predicate, truth: Truth) -> Node:
        if self.values.evaluator.evaluate(atom) is truth:
            return ALWAYS
        aim, paths = Aim(atom, truth), self._read_by[id(atom)]
        if isinstance(atom, c.Missing):  # what is given below something makes it present
            (absent,) = paths
            return self._some(1, [path for path in self._chosen if path[: len(absent)] == absent], aim)
        if isinstance(atom, c.AtLeastEntries):
            return self._some(1, [steps(atom.list, {})], aim)
        if len(paths) == 1:  # as most do
            chosen = self._chosen.get(paths[0], NEVER)
            if chosen is NEVER or not self.values.may_be(aim, self.opens[paths[0]]):
                return NEVER
            return Node(1, (chosen,), chosen.support, 1, True, aim)
        values = [self.opens[path] for path in paths if path in self.opens]
        needed = [value.path for value in values if value.now is None]
        return self._some(len(needed), needed, aim) if needed else self._some(1, paths, aim)

    def _some(self, n: int, paths: Iterable[Steps], aim: Aim) -> Node:
        """Return the formula that so many paths are chosen, for the sake of an atom."""
        return threshold(n, [self._chosen.get(path, NEVER) for path in paths], aim)
