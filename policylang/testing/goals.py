"""What records are aimed at: outcomes of actions, rules that decide alone, claims at their edge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random

from policylang.core.outcomes import widening
from policylang.core.policy import Policy
from policylang.core.predicates import Effect, Instance, Predicate
from policylang.language import checked as c
from policylang.language import syntax
from policylang.testing.aims import Goal
from policylang.testing.cuts import claim_conditions
from policylang.truth import FALSE, TRUE, UNKNOWN

Goals = tuple[Goal, ...]
"""Goals to be met at once."""

Wish = Callable[[Random], Goals]
"""Goals of one kind, for instances picked at random."""


def forbidding(policy: Policy, action: str) -> list[tuple[Instance, Effect]]:
    """Return every effect that can forbid an action itself, not what it widens."""
    return _effects(policy, action, ("forbid", "require"))


def permitting(policy: Policy, action: str) -> list[tuple[Instance, Effect]]:
    """Return every effect that can permit an action itself."""
    return _effects(policy, action, ("permit",))


def _effects(policy: Policy, action: str, kinds: Sequence[str]) -> list[tuple[Instance, Effect]]:
    return [
        (instance, effect)
        for instance, effect in policy.predicates.effects
        if effect.kind in kinds and action in effect.actions
    ]


def may(policy: Policy, action: str) -> Predicate:
    """Return the predicate that an action is permitted, with all that it widens."""
    actions = {a.name: a for a in policy.predicates.actions}
    parts: list[Predicate] = []
    for name in widening(actions, action):
        parts += [_not(effect.predicate) for _, effect in forbidding(policy, name)]
        if not actions[name].permitted:
            permits = tuple(effect.predicate for _, effect in permitting(policy, name))
            parts.append(c.Or(permits, span=syntax.NOWHERE))
    return c.And(tuple(parts), span=syntax.NOWHERE)


def _not(node: Predicate) -> Predicate:
    return c.Not(node, span=syntax.NOWHERE)


def alone(policy: Policy, instance: Instance, effect: Effect) -> Goals:
    """Return the goals that one effect holds and that nothing else of its kind does for its actions.

    So the record's outcome turns on this effect.
    """
    goals: list[Goal] = [(effect.predicate, TRUE)]
    for action in effect.actions:
        others = forbidding(policy, action)
        goals += [(other.predicate, FALSE) for _, other in others if other is not effect]
        if effect.kind != "permit" and not policy.actions[action].permitted:
            permits = tuple(other.predicate for _, other in permitting(policy, action))
            goals.append((c.Or(permits, span=syntax.NOWHERE), TRUE))
    return tuple(goals)


def wishes(policy: Policy) -> list[Wish]:
    """Return what makes records of a policy worth trying.

    Each outcome of each action; each effect alone, its release, and whether it is open; the records
    that would contradict the claims.
    """
    found: list[Wish] = []
    for action in policy.actions:
        for truth in (TRUE, FALSE, UNKNOWN):
            found.append(fixed(((may(policy, action), truth),)))
    for rule in policy.rules:
        instances = [i for i in policy.predicates.instances if i.rule is rule]
        found += (partial(_alone, policy, instances, k) for k in range(len(instances[0].effects)))
        if any(effect.until is not None for effect in instances[0].effects):
            found.append(partial(_released, instances))
    for claim in policy.claims:
        if isinstance(claim, c.OutcomeClaim):
            for condition in claim_conditions(claim):
                found += map(fixed, against(policy, claim, condition))
    return found


def fixed(goals: Goals) -> Wish:
    """Return the wish for goals that leave nothing to pick."""
    return lambda random: goals


def _alone(policy: Policy, instances: Sequence[Instance], place: int, random: Random) -> Goals:
    instance = random.choice(instances)
    return alone(policy, instance, instance.effects[place])


def _released(instances: Sequence[Instance], random: Random) -> Goals:
    instance = random.choice(instances)
    return tuple((effect.until, TRUE) for effect in instance.effects if effect.until is not None)[:1]


def against(policy: Policy, claim: c.OutcomeClaim, condition: Predicate) -> Iterator[Goals]:
    """Yield the goals of records that would contradict a claim."""
    outcome = may(policy, claim.action)
    claimed = {"permitted": TRUE, "forbidden": FALSE, "undetermined": UNKNOWN}.get(claim.outcome)
    for truth in (TRUE, UNKNOWN, FALSE) if claimed is not None else (TRUE,):
        if truth is not claimed:
            yield ((condition, TRUE), (outcome, truth))
