"""What predicates are made of, and what the rules on an action read."""

from __future__ import annotations

from collections.abc import Iterable

from policylang.core.outcomes import widening
from policylang.core.policy import Policy
from policylang.core.predicates import Effect, Instance, Predicate
from policylang.core.record import Steps
from policylang.language import checked as c


def effects_on(policy: Policy, action: str) -> list[tuple[Instance, Effect]]:
    """Return the effects that bear on an action or on what it widens, in the order of the rules."""
    chain = set(widening(policy.actions, action))
    return [(i, e) for i, e in policy.predicates.effects if not chain.isdisjoint(e.actions)]


def atoms(predicates: Iterable[Predicate]) -> list[Predicate]:
    """Return the atoms and the counts over lists that predicates are made of, each object once, in order."""
    found: list[Predicate] = []
    seen: set[int] = set()
    pending = list(predicates)[::-1]
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, c.Atom | c.AtLeastEntries):
            found.append(one)
        else:
            pending += reversed(c.children(one))
    return found


def paths_read(effects: Iterable[tuple[Instance, Effect]]) -> dict[Steps, None]:
    """Return the paths of the record that effects read, those inside of lists left out."""
    found: dict[Steps, None] = {}
    pending: list[Predicate] = atoms(effect.predicate for _, effect in effects)[::-1]
    while pending:
        one = pending.pop()
        found.update((path.steps, None) for path in c.paths(one) if path.entry is None)  # type: ignore[misc]
        pending += c.children(one)
    return found
