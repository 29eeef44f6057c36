"""What a truth rests on: the premises that a predicate's truth needs, and the values they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import checked as c
from policylang.truth import UNKNOWN, Truth
from policylang.values import Entries

AtHand = Mapping[str, Steps]
Premise = tuple[Predicate, AtHand]


def parts(node: Predicate, at_hand: AtHand, evaluator: Evaluator) -> list[Premise]:
    """Return the parts right below a predicate: its operands, or its body at each entry of a list."""
    if not isinstance(node, c.AtLeastEntries):
        return [(child, at_hand) for child in c.children(node)]
    where = steps(node.list, at_hand)
    known = evaluator.record[where]
    count = known.count if isinstance(known, Entries) else 0
    return [(node.body, {**at_hand, node.entry: (*where, i)}) for i in range(count)]


class Needs:
    """What predicates look at beside the record's own fields: entries at hand, and absence.

    ``of`` are the predicates to start with; what others need is asked of ``base`` first.
    """

    def __init__(self, of: Iterable[Predicate] = (), base: Needs | None = None) -> None:
        self._base = base._found if base else {}
        self._found: dict[int, tuple[frozenset[str], bool, Predicate]] = {}
        for predicate in of:
            self.of(predicate)

    def of(self, node: Predicate) -> tuple[frozenset[str], bool]:
        """Return the entries that a predicate needs at hand, and whether it looks at absence."""
        found = self._base.get(id(node)) or self._found.get(id(node))
        if found is None:
            found = self._found[id(node)] = (*self._made(node), node)
        return found[:2]

    def _made(self, node: Predicate) -> tuple[frozenset[str], bool]:
        names = {path.entry for path in c.paths(node) if path.entry is not None}
        absence = isinstance(node, c.Missing)
        for child in c.children(node):
            inner, looks = self.of(child)
            names |= inner - {node.entry} if isinstance(node, c.AtLeastEntries) else inner
            absence = absence or looks
        return frozenset(names), absence


class Measured(Evaluator):
    """Evaluates as if nobody had attested anything."""

    def attested(self, node: c.Attested, value: object) -> Truth:
        return UNKNOWN


def attestations_behind(starts: Iterable[Premise], evaluator: Evaluator) -> Iterator[Steps]:
    """Yield where the attestations are that some truths rest on.

    A truth rests on attestations when it would be unknown without any; then it rests on those of
    every part that makes it. So no order of operands changes what is listed.
    """
    measured = Measured(evaluator.record, evaluator.today)
    pending = list(starts)
    pending.reverse()
    while pending:
        node, at_hand = pending.pop()
        truth = evaluator.evaluate(node, at_hand)
        if truth is UNKNOWN or measured.evaluate(node, at_hand) is not UNKNOWN:
            continue
        if isinstance(node, c.Attested):
            yield steps(node.path, at_hand)
        wanted = ~truth if isinstance(node, c.Not) else truth
        below = parts(node, at_hand, evaluator)
        pending += reversed([part for part in below if evaluator.evaluate(*part) is wanted])
