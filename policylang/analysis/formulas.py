"""Monotone formulas over paths of a record: what has to be chosen for a predicate to have a truth."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import attrs

from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.core.support import AtHand, parts
from policylang.language import checked as c
from policylang.truth import TRUE, Truth


@attrs.frozen(eq=False)
class Threshold:
    """At least ``n`` of the parts hold; a part is a formula, or a path, which holds when chosen.

    ``about`` is what the formula is about, where a question wants to know.
    """

    n: int
    parts: tuple[Threshold | Steps, ...]
    about: object = None


def every(parts: Sequence[Threshold | Steps]) -> Threshold:
    """Return the formula that all parts hold."""
    return Threshold(len(parts), tuple(parts))


def some(parts: Sequence[Threshold | Steps]) -> Threshold:
    """Return the formula that one of the parts holds."""
    return Threshold(1, tuple(parts))


def refusal(
    formula: Threshold, chosen: frozenset[Steps], unfit: frozenset[Steps] = frozenset()
) -> frozenset[Steps] | None:
    """Return None when a formula holds; otherwise paths of which it needs one more at least.

    The empty set says that it never holds, whatever else is chosen that is not ``unfit``.
    """
    return _Refusals(chosen, unfit).of(formula)


class _Refusals:
    """The refusals of formulas by one set."""

    def __init__(self, chosen: frozenset[Steps], unfit: frozenset[Steps]) -> None:
        self.chosen = chosen
        self.unfit = unfit
        self._memo: dict[int, frozenset[Steps] | None] = {}

    def of(self, part: Threshold | Steps) -> frozenset[Steps] | None:
        if not isinstance(part, Threshold):
            return None if part in self.chosen else frozenset({part}) - self.unfit
        if id(part) not in self._memo:
            self._memo[id(part)] = self._of_parts(part)
        return self._memo[id(part)]

    def _of_parts(self, formula: Threshold) -> frozenset[Steps] | None:
        lacking, refused = formula.n, list[frozenset[Steps]]()
        for part in formula.parts:
            if lacking <= 0:
                return None
            found = self.of(part)
            if found is None:
                lacking -= 1
            else:
                refused.append(found)
        if lacking <= 0:
            return None
        # So many of the refused parts cannot all stay refused.
        enough = sorted(refused, key=len)[: len(refused) - lacking + 1]
        return frozenset(path for one in enough for path in one)


NOTHING: AtHand = {}  # never written


class Formulas(ABC):
    """The formulas of one question; what a question says of atoms and of lists is in its subclass.

    A part that has the truth that a connective needs of it is needed only as far as others do not
    have it: `and` is true when every part is, and false when some part is.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.record = evaluator.record
        self._memo: dict[tuple[object, ...], tuple[Threshold, Predicate]] = {}

    def of(self, node: Predicate, truth: Truth, at_hand: AtHand = NOTHING) -> Threshold:
        """Return the formula that a predicate has a truth, which is true or false."""
        key = (id(node), truth, *sorted(at_hand.items())) if at_hand else (id(node), truth)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = (self.made(node, truth, at_hand), node)
        return found[0]

    def made(self, node: Predicate, truth: Truth, at_hand: AtHand) -> Threshold:
        """Return the formula anew."""
        match node:
            case c.Fixed(known):
                return every(()) if known is truth else some(())
            case c.Not(operand):
                return self.of(operand, ~truth, at_hand)
            case c.And(operands):
                return self.counted(len(operands), node, truth, at_hand)
            case c.Or():
                return self.counted(1, node, truth, at_hand)
            case c.AtLeast(n):
                return self.counted(n, node, truth, at_hand)
            case c.AtLeastEntries():
                return self.entries(node, truth, at_hand)
            case _:
                return self.atom(node, truth, at_hand)

    def counted(self, n: int, node: Predicate, truth: Truth, at_hand: AtHand) -> Threshold:
        """Return the formula that at least ``n`` of the parts below hold, or that they do not."""
        below = parts(node, at_hand, self.evaluator)
        inner = tuple(self.of(part, truth, here) for part, here in below)
        return Threshold(n if truth is TRUE else len(inner) - n + 1, inner)

    @abstractmethod
    def atom(self, atom: Predicate, truth: Truth, at_hand: AtHand) -> Threshold:
        """Return the formula that an atom has a truth."""

    @abstractmethod
    def entries(self, node: c.AtLeastEntries, truth: Truth, at_hand: AtHand) -> Threshold:
        """Return the formula that a count over a list has a truth."""
