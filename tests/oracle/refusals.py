"""Which policies must be refused, and for what: the laws of sections 4, 5 and 6 that look at a whole policy.

A reading of the text apart from the engine's: a policy is any model whose names and types fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from .model import Absence, And, Condition, Named, Not, Or, Policy, Quantified, Rule
from .model import acts, free_sets, required, rule_sets

AGAINST, FOR = "against", "for"
OTHER = {AGAINST: FOR, FOR: AGAINST}
Sides = frozenset[str]


def exchanged(sides: Sides) -> Sides:
    return frozenset(OTHER[side] for side in sides)


def sides_of(policy: Policy, rule: Rule) -> Sides:
    """Where the condition of a rule stands, through all the rules that it overrides."""
    found: set[str] = set()
    for effect in rule.effects:
        found |= {"forbid": {AGAINST}, "require": {AGAINST}, "permit": {FOR}}.get(effect.kind, set())
    for name in rule.overrides:
        for other in policy.rules:
            if other.name == name:
                found |= exchanged(sides_of(policy, other))
    return frozenset(found)


def absences(policy: Policy, condition: Condition | None, sides: Sides) -> Iterator[bool]:
    """For every `is missing` and `is known` of a condition whether it stands as it must."""
    match condition:
        case Absence(_, missing):
            yield (FOR if missing else AGAINST) not in sides
        case Not(part):
            yield from absences(policy, part, exchanged(sides))
        case And(parts) | Or(parts):
            for part in parts:
                yield from absences(policy, part, sides)
        case Named(name):
            yield from absences(policy, policy.defines[name].condition, sides)
        case Quantified(kind, _, _, _, where, body):
            inner = exchanged(sides) if kind in ("no", "most", "fewer") else sides
            if kind == "exactly":
                inner = sides | exchanged(sides)
            yield from absences(policy, body, inner)
            yield from absences(policy, where, exchanged(inner) if kind == "every" else inner)


def absence_permits(policy: Policy) -> bool:
    for rule in policy.rules:
        sides = sides_of(policy, rule)
        parts = [(rule.condition, sides), (rule.unless, exchanged(sides)), (rule.until, frozenset({FOR}))]
        parts += [(condition, frozenset({FOR})) for condition in required(rule)]
        if not all(fits for part, where in parts for fits in absences(policy, part, where)):
            return True
    return False


def cyclic(policy: Policy) -> bool:
    """Whether some rule overrides itself, directly or by way of others."""
    above = {rule.name: set(rule.overrides) for rule in policy.rules if rule.name}
    for _ in above:
        for name, reached in above.items():
            above[name] = reached.union(*(above.get(other, set()) for other in reached))
    return any(name in reached for name, reached in above.items())


def overrides_wrongly(policy: Policy) -> bool:
    """An overridden rule without some set of the overriding one, or with an action foreign to it."""
    named = {rule.name: rule for rule in policy.rules if rule.name}
    for rule in policy.rules:
        for name in rule.overrides:
            if name not in named:
                return True
            other = named[name]
            if not set(rule_sets(policy, rule)) <= set(rule_sets(policy, other)):
                return True
            if not acts(other) <= acts(rule):
                return True
    return False


def permits_by_instance(policy: Policy) -> bool:
    """A rule with a `permit` that has instances."""
    return any(
        rule_sets(policy, rule) and any(effect.kind == "permit" for effect in rule.effects)
        for rule in policy.rules
    )


def until_misplaced(policy: Policy) -> bool:
    """A release where nothing is prohibited."""
    return any(
        rule.until is not None and not any(effect.kind in ("forbid", "require") for effect in rule.effects)
        for rule in policy.rules
    )


def until_widens(policy: Policy) -> bool:
    """A release that uses a set which the condition, `unless` and `require` do not."""
    return any(
        not free_sets(policy, rule.until) <= free_sets(policy, rule.condition, rule.unless, *required(rule))
        for rule in policy.rules
    )


def no_member_at_hand(policy: Policy) -> bool:
    """The name of a set used as a value where no member of it is at hand."""
    for rule in policy.rules:
        parts = (rule.condition, rule.unless, rule.until, *required(rule))
        if not free_sets(policy, *parts, named=True) <= set(rule_sets(policy, rule)):
            return True
    return False


def reasons(policy: Policy) -> set[str]:
    """Every law that the policy breaks; empty for one that loads."""
    broken = {
        law.__name__
        for law in (
            cyclic,
            overrides_wrongly,
            permits_by_instance,
            until_misplaced,
            until_widens,
            no_member_at_hand,
        )
        if law(policy)
    }
    if "cyclic" not in broken and absence_permits(policy):
        broken.add("absence_permits")
    return broken
