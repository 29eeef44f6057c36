"""The smallest record that shows something: as few facts as any record has that does.

Wishes are that each fact is not in the record. Where all cannot be granted the solver names some that
cannot be granted together: one of those costs a fact, and in their place come wishes that it be no more
than one (Narodytska and Bacchus, 2014). What the record costs when the wishes left can be granted is
the least that any record does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from policylang.analysis.gates import FALSE, Gates
from policylang.analysis.regions import TODAY, original
from policylang.analysis.solver import NotDecided
from policylang.analysis.space import Found, Space
from policylang.analysis.witness import SOME_DAY, Unconfirmed
from policylang.core.record import Steps
from policylang.language import schema as types

MAX_QUESTIONS = 500  # for one record; past them it has no fact to spare, if not surely the fewest
PATIENCE = 500  # conflicts of one question

Dated = tuple[dict[str, Any], date | None]
Confirms = Callable[[dict[str, Any], date | None], bool]


def smallest(space: Space, literal: int, confirms: Confirms) -> tuple[Dated, bool]:
    """Return a confirmed record on which a literal holds, of few facts, and whether none has fewer."""
    found = space.ask(literal, thin=True)
    assert found is not None, "there is such a record"
    thin = dated(found, confirms)
    space.solver.patience = PATIENCE
    try:
        fewest = _fewest(space, literal, size(space, thin[0]))
    except NotDecided:
        return thin, False
    finally:
        space.solver.patience = None
    # The entry of a profile is one of those that have it, if one without a fact to spare.
    return (thin if fewest is None else dated(fewest, confirms)), not space.regions.counters


def _fewest(space: Space, literal: int, most: int) -> Found | None:
    """Return a record of the fewest facts that there are, None when those are not fewer than ``most``."""
    wishes: dict[int, int] = {}
    for fact, weight in _facts(space):
        if fact != FALSE:
            wishes[-fact] = weight
    least = 0
    for _ in range(MAX_QUESTIONS):
        if least >= most:
            return None
        found = space.ask(literal, *wishes, thin=True)
        if found is not None:
            return found
        least += _relax(space.gates, wishes, [x for x in space.core() if x in wishes])
    raise NotDecided("it is not worth the time")


def _relax(gates: Gates, wishes: dict[int, int], together: list[int]) -> int:
    """Put weaker wishes in place of some that cannot be granted together; return what that costs."""
    cost = min(wishes[x] for x in together)
    missed = FALSE
    for wish in reversed(together):
        wishes[wish] -= cost
        if not wishes[wish]:
            del wishes[wish]
        another = gates.conj((-wish, missed))
        if another != FALSE:
            wishes[-another] = wishes.get(-another, 0) + cost
        missed = gates.disj((-wish, missed))
    return cost


# --- facts --------------------------------------------------------------------------------------


def size(space: Space, value: Any, at: Steps = ()) -> int:
    """Return the number of facts of a record: its leaves, and the entries of its lists.

    Keys that no predicate reads are none: every entry has to have one.
    """
    match value:
        case dict() if "holds" not in value:
            return sum(size(space, inner, (*at, key)) for key, inner in value.items())
        case list() if at in space.regions.counters:
            return sum(_size_of_entry(space, entry, at) for entry in value)
        case list():
            return len(value) + sum(size(space, inner, (*at, i)) for i, inner in enumerate(value))
        case _:
            return int(at in space.regions.absents)


def _size_of_entry(space: Space, entry: Any, where: Steps) -> int:
    """Return the number of facts of an entry that stands for its profile: itself, and its leaves."""
    kinds = [kind for kind in space.regions.types_at(where) if isinstance(kind, types.List)]
    keys = {field.name for kind in kinds for field in kind.fields if field.key}
    return 1 + sum(_leaves(inner) for name, inner in entry.items() if name not in keys)


def _leaves(value: Any) -> int:
    return sum(map(_leaves, value.values())) if isinstance(value, dict) and "holds" not in value else 1


def _facts(space: Space) -> Iterator[tuple[int, int]]:
    """Yield the literal of each fact that a record can have, and how many facts it is."""
    regions = space.regions
    for path in list(regions.absents):
        if _is_leaf(space, path):
            around = [
                regions.slots[path[:at]][step]
                for at, step in enumerate(path)
                if isinstance(step, int) and path[:at] in regions.slots
            ]
            yield space.gates.conj((-regions.absents[path], *around)), 1
    for slots in regions.slots.values():
        yield from ((slot, 1) for slot in slots)
    for where, counters in regions.counters.items():
        profiles = space.demands.profiled[original(where)].profiles
        for profile, counter in zip(profiles, counters, strict=True):
            weight = _size_of_entry(space, profile.entry, where)
            yield from ((literal, weight) for literal in counter)


def _is_leaf(space: Space, path: Steps) -> bool:
    kinds = space.regions.types_at(path)
    nodes = types.Group | types.Table | types.List
    return path != TODAY and isinstance(path[0], str) and not any(isinstance(t, nodes) for t in kinds)


def dated(found: Found, confirms: Confirms) -> Dated:
    """Return a confirmed record, on some day where any will do."""
    for today in dict.fromkeys((found.today or SOME_DAY, found.today)):
        if confirms(found.record, today):
            return found.record, today
    raise Unconfirmed(repr(found))
