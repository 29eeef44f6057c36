"""What a truth rests on: the premises that a predicate's truth needs, and the values they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

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


@attrs.frozen
class Need:
    """What a predicate looks at: the entries that it needs at hand, the paths it reads, and absence."""

    entries: frozenset[str]
    reads: frozenset[tuple[str | None, Steps]]  # the entry that a path starts from, None for the record
    looks_at_absence: bool


class Needs:
    """What predicates look at, each found once.

    ``of`` are the predicates to start with; what others need is asked of ``base`` first.
    """

    def __init__(self, of: Iterable[Predicate] = (), base: Needs | None = None) -> None:
        self._base = base._found if base else {}
        self._found: dict[int, tuple[Need, Predicate]] = {}
        for predicate in of:
            self.of(predicate)

    def of(self, node: Predicate) -> Need:
        found = self._base.get(id(node)) or self._found.get(id(node))
        if found is None:
            found = self._found[id(node)] = (self._made(node), node)
        return found[0]

    def _made(self, node: Predicate) -> Need:
        own: Any = [(path.entry, path.steps) for path in c.paths(node)]
        inner = [self.of(child) for child in c.children(node)]
        if not own and len(inner) == 1 and not isinstance(node, c.AtLeastEntries):
            return inner[0]
        entries = frozenset().union(*(need.entries for need in inner))
        if isinstance(node, c.AtLeastEntries):
            entries -= {node.entry}
        return Need(
            entries | {entry for entry, _ in own if entry is not None},
            frozenset(own).union(*(need.reads for need in inner)),
            isinstance(node, c.Missing) or any(need.looks_at_absence for need in inner),
        )


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
