"""The smallest sets of paths that satisfy a monotone formula, and a question beside it.

A set is a whole number with a bit for each path. Sets are found by their size: on each level those
of one size, from the sets of the parts of the formula that leave room for the others. Where more is
asked than the formula says, a refusal of a set becomes a part of the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
import math

import attrs

from policylang.analysis.formulas import Threshold
from policylang.analysis.minimal import Exhausted
from policylang.core.record import Steps

MAX_KEPT = 256  # sets of one part that are kept on a level
MAX_WORK = 400_000  # sets that are put together, for one question


@attrs.frozen(eq=False)
class Node:
    """At least ``n`` of the parts hold; without parts a path that is chosen, or ``n`` is 0 or infinite."""

    n: float
    parts: tuple[Node, ...]
    support: int  # the paths that it rests on
    least: float  # no fewer paths satisfy it
    apart: bool  # whether no two parts rest on one path
    about: object = None

    @property
    def most(self) -> int:
        return self.support.bit_count()


ALWAYS = Node(0, (), 0, 0, True)
NEVER = Node(math.inf, (), 0, math.inf, True)


def threshold(n: int, parts: Iterable[Node], about: object = None) -> Node:
    """Return the formula that at least ``n`` of the parts hold, without what is sure."""
    kept: list[Node] = []
    for part in parts:
        if part is ALWAYS:
            n -= 1
        elif part is not NEVER:
            kept.append(part)
    if n <= 0:
        return ALWAYS
    if n > len(kept):
        return NEVER
    if n in (1, len(kept)):
        kept = _flat(n, kept)
        n = 1 if n == 1 else len(kept)
    if len(kept) == 1 and about is None:
        return kept[0]
    kept.sort(key=lambda part: part.least)
    support, apart = 0, True
    for part in kept:
        apart = apart and not support & part.support
        support |= part.support
    return Node(n, tuple(kept), support, _least(n, kept, apart), apart, about)


def of_paths(n: int, paths: int) -> Node:
    """Return the formula that at least ``n`` of these paths are chosen."""
    return threshold(n, [Node(1, (), 1 << place, 1, True) for place in places(paths)])


def _flat(n: int, parts: list[Node]) -> list[Node]:
    """Return parts of `or` or `and` with those of the same kind among them taken apart, each once."""
    one = n == 1
    found: dict[Node, None] = {}
    for part in parts:
        same = part.n == 1 if one else part.n == len(part.parts)
        if same and part.parts and part.about is None:
            found.update(dict.fromkeys(part.parts))
        else:
            found[part] = None
    return list(found)


def _least(n: int, parts: list[Node], apart: bool) -> float:
    """Return a bound that no satisfying set is smaller than; ``parts`` are sorted by theirs."""
    if apart:
        return sum(part.least for part in parts[:n])
    taken, packed = 0, list[float]()
    for part in parts:
        if not taken & part.support:
            taken |= part.support
            packed.append(part.least)
    needed = n - (len(parts) - len(packed))  # so many of those that share nothing
    return max(parts[n - 1].least, sum(packed[: max(needed, 0)]))


class Compiler:
    """Makes nodes of formulas over the paths that have a place."""

    def __init__(self, places: Mapping[Steps, int]) -> None:
        self._paths = {path: Node(1, (), 1 << place, 1, True) for path, place in places.items()}
        self._memo: dict[int, tuple[Node, Threshold]] = {}

    def node(self, part: Threshold | Steps) -> Node:
        if not isinstance(part, Threshold):
            return self._paths.get(part, NEVER)
        if id(part) not in self._memo:
            made = threshold(part.n, [self.node(inner) for inner in part.parts], part.about)
            self._memo[id(part)] = (made, part)
        return self._memo[id(part)][0]


# --- the search -----------------------------------------------------------------------------------

Refused = Callable[[int], int | None]
"""Returns None for a set that is accepted, otherwise paths of which every accepted set has one."""


def smallest_sets(formula: Node, refused: Refused, max_work: int = MAX_WORK) -> Iterator[int]:
    """Yield the minimal sets that satisfy a formula and are not refused, smallest first.

    What is not refused satisfies the formula, and so does what contains it. `Exhausted` past a limit.
    """
    found: list[int] = []
    clauses: list[Node] = []
    size, work = formula.least, _Work(max_work)
    while size < math.inf:
        joined = threshold(1 + len(clauses), [formula, *clauses])
        level = _Level(found, size, work)
        more, known = False, len(clauses)
        for chosen in sorted(level.sets(joined, size), key=places):
            if any(not chosen & clause.support for clause in clauses[known:]):
                continue
            lacking = refused(chosen)
            if lacking is None:
                found.append(chosen)
                yield chosen
            elif not lacking:
                return
            else:
                clauses.append(of_paths(1, lacking))
            more = True
        if not more and level.is_cut:
            raise Exhausted
        if not (level.is_cut or len(clauses) > known):
            size = level.next


def places(chosen: int) -> list[int]:
    """Return the places of a set's paths."""
    found = []
    while chosen:
        lowest = chosen & -chosen
        found.append(lowest.bit_length() - 1)
        chosen ^= lowest
    return found


class _Work:
    """How much of it is left."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise Exhausted


class _Level:
    """The sets of at most one size that contain none of those that were found."""

    def __init__(self, found: list[int], size: float, work: _Work) -> None:
        self.found = found
        self.size = size
        self.next = math.inf  # the size from which on there may be further sets
        self.is_cut = False  # whether there were too many sets of some part
        self.work = work
        self._memo: dict[tuple[int, float], list[int]] = {}

    def sets(self, node: Node, room: float) -> list[int]:
        """Return sets of at most so many paths that satisfy a formula: the minimal ones among them."""
        if node.least > room:
            self._put_off(node.least - room)
            return []
        room = min(room, node.most)
        key = (id(node), room)
        if key not in self._memo:
            self._memo[key] = self._made(node, room)
        return self._memo[key]

    def _made(self, node: Node, room: float) -> list[int]:
        if not node.parts:
            return self._kept([node.support], True, node)
        if node.n == 1:
            self.work.spend(len(node.parts))
            return self._kept([one for part in node.parts for one in self.sets(part, room)], node.apart, node)
        return self._of_several(node, int(node.n), room)

    def _of_several(self, node: Node, n: int, room: float) -> list[int]:
        """Join the sets of ``n`` parts: row i has those of i parts among the ones so far."""
        rows: list[list[int]] = [[0], *([] for _ in range(n))]
        ahead = [0, *accumulate(part.least for part in node.parts)]
        count = len(node.parts)
        for i, part in enumerate(node.parts):
            for joined in range(min(i, n - 1), max(0, n - count + i) - 1, -1):
                row = rows[joined]
                if not row:
                    continue
                # The parts are sorted: the next ones are the smallest that are still needed.
                rest = ahead[i + n - joined] - ahead[i + 1] if node.apart else 0
                used = min(map(int.bit_count, row)) if node.apart else 0
                new = self._joined(row, self.sets(part, room - used - rest), room - rest)
                if new:
                    rows[joined + 1] = self._kept(rows[joined + 1] + new, node.apart, node)
            if self._are_enough(rows[n], node.least):
                break
        return rows[n]

    def _are_enough(self, sets: list[int], least: float) -> bool:
        """Return whether there are as many sets as can be kept, and none can be smaller."""
        self.is_cut = self.is_cut or len(sets) == MAX_KEPT
        return len(sets) == MAX_KEPT and all(one.bit_count() <= least for one in sets)

    def _joined(self, row: list[int], sets: list[int], room: float) -> list[int]:
        self.work.spend(1 + len(row) * len(sets))
        new, excess = [], math.inf
        for one in sets:
            for other in row:
                both = one | other
                size = both.bit_count()
                if size <= room:
                    new.append(both)
                else:
                    excess = min(excess, size - room)
        self._put_off(excess)
        return new

    def _put_off(self, excess: float) -> None:
        self.next = min(self.next, self.size + excess)

    def _kept(self, sets: list[int], are_minimal: bool, node: Node) -> list[int]:
        """Return the minimal sets that contain none of those found, no more than can be kept."""
        found = [one for one in self.found if not one & ~node.support]
        if found:
            self.work.spend(len(sets) * len(found) // 8)
            sets = [one for one in sets if not any(one & other == other for other in found)]
        if not are_minimal:
            sets = self._minimal(sets)
        if len(sets) > MAX_KEPT:
            self.is_cut = True
            sets = sorted(sets, key=int.bit_count)[:MAX_KEPT]
        return sets

    def _minimal(self, sets: list[int]) -> list[int]:
        by_size: dict[int, list[int]] = {}
        for one in dict.fromkeys(sets):
            by_size.setdefault(one.bit_count(), []).append(one)
        kept: list[int] = []
        for size in sorted(by_size):
            self.work.spend(len(kept) * len(by_size[size]) // 8)
            kept += [one for one in by_size[size] if not any(one & less == less for less in kept)]
        return kept
