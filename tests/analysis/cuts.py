"""Where the comparisons of a policy cut the line of a number, read from its predicates."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from policylang.language import checked as c

Steps = tuple[str, ...]
Cut = tuple[Fraction, bool]
"""Where a line is cut: below a number, or (true) above it."""

CUTS = {">=": (False,), "<": (False,), ">": (True,), "<=": (True,)}
TURNED = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}


def collect(node: Any, cuts: dict[Steps, set[Cut]], seen: set[int]) -> None:
    """Note where comparisons cut the line of each number: just below a constant, just above it, or both."""
    if id(node) in seen:
        return
    seen.add(id(node))
    match node:
        case c.Compare(op, c.FieldValue(path), c.Constant(value)):
            pass
        case c.Compare(op, c.Constant(value), c.FieldValue(path)):
            op = TURNED.get(op, op)
        case _:
            for child in c.children(node):
                collect(child, cuts, seen)
            return
    if isinstance(value.low, Fraction):
        at = cuts.setdefault(tuple(map(str, path.steps)), set())
        at.update((value.low, is_above) for is_above in CUTS.get(op, (False, True)))


def region(value: Any, cuts: set[Cut]) -> int:
    """Return how many cuts lie below a number."""
    return sum(value > at or (value == at and not is_above) for at, is_above in cuts)
