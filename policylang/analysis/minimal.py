"""Minimal sets: those that a question accepts, cheapest first.

A question is monotone when it accepts every set that contains an accepted one. It is asked by its
*refusals*: for a set that it does not accept, elements of which every accepted set has at least one.
So the accepted sets are hitting sets of the refusals, and the cheapest hitting set that is accepted
is a cheapest accepted one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from math import fsum
from typing import TypeVar

E = TypeVar("E")


class Exhausted(Exception):
    """The search for further sets was given up."""


Refusal = Callable[[frozenset[E], frozenset[E]], frozenset[E] | None]
"""Returns None for a set that is accepted. The second set has elements that are not to be used: a
refusal may count on that, and then has them in it."""


def accepted(
    elements: Sequence[E], refused: Refusal[E], costs: Mapping[E, float], max_steps: int
) -> Iterator[frozenset[E]]:
    """Yield the minimal sets that a question accepts, cheapest first; every cost is above zero.

    Raises `Exhausted` after so many steps.
    """
    place = {element: i for i, element in enumerate(elements)}
    known: list[frozenset[E]] = []
    found: list[frozenset[E]] = []
    nothing: frozenset[E] = frozenset()
    heap: list[tuple[float, tuple[int, ...], int, frozenset[E]]] = [(0, (), 0, nothing)]
    for step in range(max_steps):
        if not heap:
            return
        bound, places, _, excluded = heappop(heap)
        chosen = frozenset(elements[i] for i in places)
        if any(one <= chosen for one in found):
            continue
        # Elements of other branches, and those with which it would contain a set that was found.
        unfit = excluded.union(*(rest for one in found if len(rest := one - chosen) == 1))
        unmet = [one - unfit for one in known if not one & chosen]
        if not all(unmet):
            continue
        least = fsum(costs[e] for e in chosen) + _least_cost(unmet, costs)
        if least > bound:
            heappush(heap, (least, places, step, excluded))
        elif unmet:
            shortest: frozenset[E] = min(unmet, key=len)
            for element in sorted(shortest, key=place.__getitem__):
                heappush(heap, (bound, tuple(sorted((*places, place[element]))), step, excluded))
                excluded |= {element}
        elif (new := refused(chosen, unfit)) is not None:
            known.append(new)
            heappush(heap, (bound, places, step, excluded))
        else:
            found.append(chosen)
            yield chosen
    if heap:
        raise Exhausted


def _least_cost(unmet: list[frozenset[E]], costs: Mapping[E, float]) -> float:
    """Return what it costs at least to meet all of these: one each of those that share nothing."""
    total, taken = 0.0, set[E]()
    for one in sorted(unmet, key=len):
        if taken.isdisjoint(one):
            taken |= one
            total += min(costs[e] for e in one)
    return total
