"""A predicate in parts that read nothing in common: each can be asked about by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from policylang.analysis.folding import is_fixed, negation
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import checked as c
from policylang.truth import TRUE

T = TypeVar("T")
V = TypeVar("V")


def conjuncts(node: Predicate) -> Iterator[Predicate]:
    """Yield predicates whose conjunction a folded predicate is, none of them sure to be true."""
    pending = [node]
    while pending:
        match pending.pop():
            case c.And(operands):
                pending += reversed(operands)
            case c.Not(c.Or(operands)):
                pending += [negation(operand) for operand in reversed(operands)]
            case one if not is_fixed(one, TRUE):
                yield one


def components(things: Iterable[tuple[T, dict[Steps, V]]]) -> list[list[tuple[T, dict[Steps, V]]]]:
    """Return things with the paths that they read in groups that read nothing in common."""
    found: list[tuple[list[tuple[T, dict[Steps, V]]], set[Steps]]] = []
    for one in things:
        group, reads = [one], set(one[1])
        apart = [(others, theirs) for others, theirs in found if reads.isdisjoint(theirs)]
        for others, theirs in found:
            if not set(one[1]).isdisjoint(theirs):
                group, reads = [*others, *group], reads | theirs
        found = [*apart, (group, reads)]
    return [group for group, _ in found]
