"""How many entries of each list tell any two lists apart, as far as some predicates can see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from policylang.analysis.profiles import Profiled
from policylang.analysis.regions import unspecified
from policylang.analysis.solver import NotDecided
from policylang.core.evaluator import steps
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import checked as c

AtHand = Mapping[str, Steps]
NO_LISTS: Mapping[Steps, Profiled] = {}  # never written
MAX_ENTRIES = 256  # of all lists together; a policy that needs more is past what is worth the wait


class Demands:
    """How many entries of each list are enough to give all predicates any truths they can have.

    For each count over a list, each with what is at hand where it stands, as many entries as it
    counts are kept, those whose truth is highest first: every count then comes out as it does on the
    whole list. So the numbers are added up over counts of different conditions. Where lists are
    counted inside of each other's entries in a circle there is no such bound, and `NotDecided` says so.
    ``least`` gives lists that need so many entries at any rate, ``room`` leaves some for one condition
    more on each list. Those that are ``profiled`` need none. ``tick`` is called now and then, and may
    raise `NotDecided`.
    """

    def __init__(
        self,
        predicates: list[Predicate],
        least: Mapping[Steps, int],
        *,
        room: bool = False,
        profiled: Mapping[Steps, Profiled] = NO_LISTS,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._tick = tick
        self.least = least
        self.profiled = profiled
        self._predicates = predicates
        self.mentioned: set[tuple[str, tuple[Any, ...]]] = set()  # of entries
        self.unspecified: dict[str, None] = {}
        self.reads: dict[int, frozenset[Steps]] = {}  # of each predicate, the paths that start at the record
        self._free: dict[int, frozenset[str]] = {}
        self._alike: dict[Predicate, int] = {}
        self._numbers: dict[int, int] = {}
        self._scanned: dict[int, Predicate] = {}
        self._has_lists = False
        for predicate in predicates:
            self._scan(predicate)
        self.counts = self._count(predicates)
        if room:
            spare = {where: max(wanted.values()) + 1 for where, wanted in self._wanted.items()}
            self.counts = {where: count + spare[where] for where, count in self.counts.items()}

    def takes(self, predicates: list[Predicate]) -> bool:
        """Return whether the entries are enough for further predicates too, which are then known."""
        mentioned = len(self.mentioned)
        for predicate in predicates:
            self._scan(predicate)
        if not self._has_lists:
            return True
        if len(self.mentioned) > mentioned:
            return False  # it may be a key, by which entries are kept apart
        try:
            needed = self._count([*self._predicates, *predicates])
        except NotDecided:
            return False
        return all(count <= self.counts.get(where, 0) for where, count in needed.items())

    def _count(self, predicates: list[Predicate]) -> dict[Steps, int]:
        """Return how many entries of each list the predicates need together."""
        counts: dict[Steps, int] = {}
        while True:
            self._wanted: dict[Steps, dict[tuple[Any, ...], int]] = {}
            self._seen: set[tuple[Any, ...]] = set()
            for predicate in predicates:
                self._visit(predicate, {}, counts)
            found = {w: max(sum(n.values()), self.least.get(w, 0)) for w, n in self._wanted.items()}
            if found == counts:
                return counts
            counts = found
            if sum(found.values()) > MAX_ENTRIES:
                raise NotDecided(f"the lists need more than {MAX_ENTRIES} entries to tell all cases apart")

    def free(self, node: Predicate) -> frozenset[str]:
        """Return the entries that a predicate needs at hand."""
        return self._free[id(node)]

    def _scan(self, node: Predicate) -> frozenset[str]:
        key = id(node)
        if key not in self._free:
            self._scanned[key] = node
            names = {path.entry for path in c.paths(node) if path.entry is not None}
            self.mentioned |= {(path.entry, path.steps) for path in c.paths(node) if path.entry is not None}
            self._has_lists |= isinstance(node, c.AtLeastEntries)
            reads = {steps(path, {}) for path in c.paths(node) if path.entry is None}
            if isinstance(node, c.Fixed) and node.unspecified is not None:
                self.unspecified[node.unspecified] = None
                reads.add(unspecified(node.unspecified))
            for child in c.children(node):
                inner = self._scan(child)
                names |= inner - {node.entry} if isinstance(node, c.AtLeastEntries) else inner
                reads |= self.reads[id(child)]
            self._free[key], self.reads[key] = frozenset(names), frozenset(reads)
        return self._free[key]

    def _visit(self, node: Predicate, at_hand: AtHand, counts: Mapping[Steps, int]) -> None:
        if isinstance(node, c.Atom):
            return
        self._tick()
        here = {name: at_hand[name] for name in sorted(self.free(node))}
        key = (id(node), *here.items())
        if key in self._seen:
            return
        self._seen.add(key)
        if isinstance(node, c.AtLeastEntries):
            where = steps(node.list, here)
            if node.n <= 0 or where in self.profiled:
                return
            around = tuple(item for item in here.items() if item[0] in self.free(node.body) - {node.entry})
            wanted = self._wanted.setdefault(where, {})
            condition = (self._number(node.body), node.entry, *around)
            wanted[condition] = max(node.n, wanted.get(condition, 0))
            for i in range(counts.get(where, 0)):
                self._visit(node.body, {**here, node.entry: (*where, i)}, counts)
        else:
            for child in c.children(node):
                self._visit(child, here, counts)

    def _number(self, node: Predicate) -> int:
        """Return a number that equal conditions share."""
        key = id(node)
        if key not in self._numbers:
            self._numbers[key] = self._alike.setdefault(node, len(self._alike))
        return self._numbers[key]
