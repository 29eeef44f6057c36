"""Kleene's three-valued logic: the minimum, the maximum and the exchange."""

from __future__ import annotations

from collections.abc import Iterable
import enum
from typing import NoReturn


class Truth(enum.Enum):
    """True, false or unknown. It has no ``bool``: unknown must not be folded into either."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    __hash__ = object.__hash__  # each is one object; that of `Enum` is a call in Python

    def __invert__(self) -> Truth:
        return TRUE if self is FALSE else FALSE if self is TRUE else UNKNOWN

    def __and__(self, other: Truth) -> Truth:
        return self if self.value <= other.value else other

    def __or__(self, other: Truth) -> Truth:
        return self if self.value >= other.value else other

    def __bool__(self) -> NoReturn:
        raise TypeError("a Truth is no bool: compare it with Truth.TRUE or Truth.FALSE")

    def __str__(self) -> str:
        return self.name.lower()


TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def truth_of(fact: bool) -> Truth:
    """Return the truth of something that is known."""
    return TRUE if fact else FALSE


def conjunction(truths: Iterable[Truth]) -> Truth:
    """Return the minimum; true for none."""
    result = TRUE
    for truth in truths:
        if truth is FALSE:
            return FALSE
        if truth is UNKNOWN:
            result = UNKNOWN
    return result


def disjunction(truths: Iterable[Truth]) -> Truth:
    """Return the maximum; false for none."""
    result = FALSE
    for truth in truths:
        if truth is TRUE:
            return TRUE
        if truth is UNKNOWN:
            result = UNKNOWN
    return result


def at_least(n: int, truths: Iterable[Truth]) -> Truth:
    """Return whether at least ``n`` are true: ``lo`` counts the true, ``hi`` also the unknown."""
    lo = hi = 0
    for truth in truths:
        lo += truth is TRUE
        hi += truth is not FALSE
    return TRUE if lo >= n else FALSE if hi < n else UNKNOWN
