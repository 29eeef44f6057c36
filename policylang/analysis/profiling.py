"""Which lists can be counted by the profiles of their entries, and which profiles there are.

That needs conditions that read the entry alone: what they read outside of it would tie entries together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from policylang.analysis.profiles import Profile, Profiled
from policylang.analysis.rails import Rails
from policylang.analysis.regions import TODAY
from policylang.analysis.space import Found, Space
from policylang.core.evaluator import steps
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Duration

FEW = 4  # entries: fewer are as short entry by entry
MAX_PROFILES = 64  # of one list; a list with more is taken entry by entry


def profiled(
    schemas: tuple[types.Schema, ...],
    predicates: Iterable[Predicate],
    deadline: float | None,
    *,
    short_too: bool = False,
) -> dict[Steps, Profiled]:
    """Return the lists of the record itself that can be counted by profiles.

    Lists of which few entries are needed are among them with ``short_too``.
    """
    counted: dict[Steps, dict[Predicate, int]] = {}
    refused: set[Steps] = set()
    mentioned: set[tuple[str, tuple[Any, ...]]] = set()
    nodes: dict[Steps, c.AtLeastEntries] = {}
    for node in c.each(predicates):
        mentioned |= {(path.entry, path.steps) for path in c.paths(node) if path.entry is not None}
        if isinstance(node, c.AtLeastEntries) and node.n > 0:
            where = steps(node.list, {}) if node.list.entry is None else ()
            nodes[where] = node
            if not where or not _reads_the_entry_alone(node.body, node.entry):
                refused.add(where)
            else:
                own = counted.setdefault(where, {})
                own[node.body] = max(node.n, own.get(node.body, 0))
    found = {}
    for where, conditions in counted.items():
        is_many = short_too or sum(conditions.values()) >= FEW
        entry = nodes[where].entry
        if is_many and where not in refused and not _has_a_key(schemas, where, entry, mentioned):
            profiles = _profiles(schemas, where, nodes[where], conditions, deadline)
            if profiles is not None:
                found[where] = Profiled({one: place for place, one in enumerate(conditions)}, profiles)
    return found


def _reads_the_entry_alone(body: Predicate, entry: str) -> bool:
    """Return whether a condition says nothing of the rest of the record, nor of the day but by attestations.

    Without today an attestation is like one that is absent, unless its absence is asked for too.
    """
    pending = [body]
    has_attestation = asks_absence = False
    while pending:
        node = pending.pop()
        pending += c.children(node)
        match node:
            case c.AtLeastEntries() | c.Fixed(unspecified=str()) | c.Attested(within=Duration()):
                return False
            case c.Attested():
                has_attestation = True
            case c.Missing():
                asks_absence = True
            case _:
                pass
        if any(path.entry != entry for path in c.paths(node)) or any(map(_reads_today, c.terms(node))):
            return False
    return not (has_attestation and asks_absence)


def _reads_today(term: Any) -> bool:
    match term:
        case c.Today() | c.FieldValue(type=types.Date(past=True)):
            return True
        case c.DateSum(base):
            return _reads_today(base)
        case _:
            return False


def _has_a_key(
    schemas: tuple[types.Schema, ...],
    where: Steps,
    entry: str,
    mentioned: set[tuple[str, tuple[Any, ...]]],
) -> bool:
    """Return whether entries are kept apart by a value that matters."""
    space = Space(schemas, ())
    for type_ in space.regions.types_at(where):
        if isinstance(type_, types.List):
            for field in type_.fields:
                few = isinstance(field.type, types.Scale | types.Set)
                if field.key and (few or (entry, (field.name,)) in mentioned):
                    return True
    return False


# --- the profiles that there are ------------------------------------------------------------------


def _profiles(
    schemas: tuple[types.Schema, ...],
    where: Steps,
    node: c.AtLeastEntries,
    conditions: Mapping[Predicate, int],
    deadline: float | None,
) -> tuple[Profile, ...] | None:
    """Return each profile that an entry can have and that some count sees; None for too many."""
    together = c.Or(tuple(conditions), span=node.span)
    space = Space(schemas, [attrs.evolve(node, n=1, body=together)], deadline=deadline)
    slot = space.regions.entries(where, 1, None)[0]
    rails = [space.rails(one, at_hand={node.entry: (*where, 0)}) for one in conditions]
    today, is_seen = -space.regions.absent(TODAY), space.gates.disj(one.possible for one in rails)
    found: dict[tuple[Truth, ...], Profile] = {}
    first, second = space.solver.fresh(), space.solver.fresh()
    for guard, literals in ((first, [-today]), (first, [today]), (second, [today, *space.complete()])):
        while (record := space.ask(guard, slot, is_seen, *literals, thin=True)) is not None:
            truths = tuple(_truth(space, one) for one in rails)
            space.solver.add([-guard, *_otherwise(space, rails)])
            made = _entry(record, where)
            if guard == second:
                found[truths].whole = made
                continue
            counts = zip(conditions.values(), truths, strict=True)
            most = max(n for n, truth in counts if truth is not FALSE)
            found[truths] = Profile(truths, made, None, literals == [today], most)
            if len(found) > MAX_PROFILES:
                return None
    return tuple(found.values())


def _truth(space: Space, rails: Rails) -> Truth:
    if space.holds(rails.true):
        return TRUE
    return UNKNOWN if space.holds(rails.possible) else FALSE


def _otherwise(space: Space, rails: list[Rails]) -> list[int]:
    """Return the literals that some truth is not what it is in the last model."""
    return [-x if space.holds(x) else x for one in rails for x in one]


def _entry(found: Found, where: Steps) -> dict[str, Any]:
    value: Any = found.record
    for step in (*where, 0):
        value = value[step]
    assert isinstance(value, dict)
    return value
