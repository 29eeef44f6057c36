"""Choices of a strategy, all of them integers: so that they shrink to the first that there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from policylang.testing.plans import Draw, integers

T = TypeVar("T")


class Chooser:
    """Makes choices by drawing."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def one(self, items: Sequence[T]) -> T:
        return items[self.count(0, len(items) - 1)]

    def count(self, low: int, high: int) -> int:
        found: int = self.draw(integers(low, high))
        return found

    def chance(self, percent: int) -> bool:
        """Return true in so many cases of a hundred; shrinks to false."""
        return self.count(0, 99) >= 100 - percent

    def some(self, items: Sequence[T], least: int, most: int) -> list[T]:
        """Return some different items in an order of their own."""
        left, found = list(items), list[T]()
        for _ in range(self.count(min(least, len(left)), min(most, len(left)))):
            found.append(left.pop(self.count(0, len(left) - 1)))
        return found
