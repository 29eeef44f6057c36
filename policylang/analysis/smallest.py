"""The smallest record that shows something: as few facts as any record has that does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from policylang.analysis.regions import TODAY
from policylang.analysis.solver import NotDecided
from policylang.analysis.space import Found, Space
from policylang.analysis.witness import SOME_DAY, Unconfirmed
from policylang.core.record import Steps
from policylang.language import schema as types

MAX_GATES = 20_000  # of one count; a larger record is left with no fact to spare, if not the fewest

Dated = tuple[dict[str, Any], date | None]
Confirms = Callable[[dict[str, Any], date | None], bool]


def size(space: Space, value: Any, at: Steps = ()) -> int:
    """Return the number of facts of a record: its leaves, and the entries of its lists.

    Keys that no predicate reads are none: every entry has to have one.
    """
    match value:
        case dict() if "holds" not in value:
            return sum(size(space, inner, (*at, key)) for key, inner in value.items())
        case list():
            return len(value) + sum(size(space, inner, (*at, i)) for i, inner in enumerate(value))
        case _:
            return int(at in space.regions.absents)


def smallest(
    space: Space, literal: int, found: Found, confirms: Confirms
) -> tuple[dict[str, Any], date | None]:
    """Return a confirmed record with the fewest facts, and its date, starting from a thin one."""
    record, today = dated(found, confirms)
    regions = space.regions
    facts = [_is_a_fact(space, path) for path in list(regions.absents) if _is_leaf(space, path)]
    facts += [slot for slots in regions.slots.values() for slot in slots]
    while (few := size(space, record) - 1) >= 0 and len(facts) * (few + 1) <= MAX_GATES:
        try:
            smaller = space.ask(literal, -space.gates.at_least(few + 1, facts), thin=True)
        except NotDecided:
            break
        if smaller is None:
            break
        next_record, next_today = dated(smaller, confirms)
        if size(space, next_record) >= size(space, record):
            break
        record, today = next_record, next_today
    return record, today


def dated(found: Found, confirms: Confirms) -> Dated:
    """Return a confirmed record, on some day where any will do."""
    for today in dict.fromkeys((found.today or SOME_DAY, found.today)):
        if confirms(found.record, today):
            return found.record, today
    raise Unconfirmed(repr(found))


def _is_leaf(space: Space, path: Steps) -> bool:
    kinds = space.regions.types_at(path)
    nodes = types.Group | types.Table | types.List
    return path != TODAY and isinstance(path[0], str) and not any(isinstance(t, nodes) for t in kinds)


def _is_a_fact(space: Space, path: Steps) -> int:
    """Return the literal that a leaf is in the record, and its entry with it."""
    regions = space.regions
    around = [
        regions.slots[path[:at]][step]
        for at, step in enumerate(path)
        if isinstance(step, int) and path[:at] in regions.slots
    ]
    return space.gates.conj((-regions.absents[path], *around))
