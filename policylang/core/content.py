"""The compiled policy as canonical JSON: what its digest is over, and what a proof refers to.

Every condition stands under its digest with those below it as digests, a rule lists the digests of
its instances' conditions, and the policy lists the digests of its rules. So a reader who trusts a
policy's digest alone can check each part that a proof shows, without the policy's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from policylang.core.canonical import Digester, digest, exact_json, fields_json, path_json, unordered
from policylang.core.predicates import Effect, Instance, Predicate, Predicates
from policylang.language import checked as c
from policylang.language import schema as types


def effect_json(effect: Effect, digester: Digester) -> dict[str, Any]:
    return {
        "kind": effect.kind,
        "actions": sorted(effect.actions),
        "predicate": digester.of(effect.predicate),
        "until": digester.of(effect.until),
        "text": effect.text,
        "within": exact_json(effect.within),
        "of": path_json(effect.of),
    }


def rule_json(
    name: str | None,
    instances: Iterable[tuple[Mapping[str, str], Predicate, tuple[Effect, ...]]],
    digester: Digester,
) -> dict[str, Any]:
    """Return what a rule means; ``name`` is None for an unnamed rule, whose label says nothing."""
    return {
        "name": name,
        "instances": unordered(
            [dict(members), digester.of(active), unordered(effect_json(e, digester) for e in effects)]
            for members, active, effects in instances
        ),
    }


def policy_json(
    schema: types.Schema, actions: Iterable[c.Action], rule_digests: Iterable[str]
) -> dict[str, Any]:
    """Return what a policy means; its digest is the digest of this."""
    return {
        "record": fields_json(schema.fields),
        "actions": {a.name: {"permitted_unless_forbidden": a.permitted, "widens": a.widens} for a in actions},
        "rules": sorted(rule_digests),
    }


@attrs.frozen(cache_hash=True)
class EffectId:
    """One effect of one rule instance, by what it means: no label and no place takes part."""

    rule: str  # the digest of the rule
    name: str | None
    instance: tuple[tuple[str, str], ...]
    effect: str
    actions: tuple[str, ...]
    predicate: str


@attrs.frozen(eq=False)
class Content:
    """A policy's canonical JSON beside the predicates and effects that its digests stand for.

    ``entries`` tells for each predicate of which lists' entries it needs one at hand.
    """

    json: Mapping[str, Any]  # the policy, and its rules by digest
    shallow: Mapping[str, Any]
    predicates: Mapping[str, Predicate]
    entries: Mapping[str, tuple[str, ...]]
    effects: tuple[tuple[EffectId, Effect], ...]
    digest_of: Mapping[int, str]  # by the identity of the predicates of the policy


def content_of(predicates: Predicates) -> Content:
    """Return the content of a compiled policy; linear in its size, so made once a policy."""
    digester = Digester()
    groups: dict[str, list[Instance]] = {}
    for instance in predicates.instances:
        groups.setdefault(instance.rule.label, []).append(instance)
    rules = {}
    effects: list[tuple[EffectId, Effect]] = []
    for instances in groups.values():
        rule = instances[0].rule
        name = rule.label if rule.is_named else None
        rules[rule.digest] = rule_json(name, [(i.members, i.active, i.effects) for i in instances], digester)
        for instance in instances:
            members = tuple(sorted(instance.members.items()))
            for effect in instance.effects:
                predicate = digester.digest_of(effect.predicate)
                key = EffectId(
                    rule.digest, name, members, effect.kind, tuple(sorted(effect.actions)), predicate
                )
                effects.append((key, effect))
    policy = policy_json(predicates.schema, predicates.actions, [g[0].rule.digest for g in groups.values()])
    entries: dict[str, tuple[str, ...]] = {}
    for one in digester.conditions.values():
        _entries(one, digester, entries)
    return Content(
        {"policy": policy, "rules": rules},
        digester.shallow,
        digester.conditions,
        entries,
        tuple(effects),
        digester.digests(),
    )


def _entries(node: Predicate, digester: Digester, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the entries that must be at hand where a predicate is read, sorted by name."""
    key = digester.digest_of(node)
    if key not in known:
        names = {path.entry for path in c.paths(node) if path.entry}
        for child in c.children(node):
            below = set(_entries(child, digester, known))
            names |= below - {node.entry} if isinstance(node, c.AtLeastEntries) else below
        known[key] = tuple(sorted(names))
    return known[key]


def policy_digest(schema: types.Schema, actions: Iterable[c.Action], instances: tuple[Instance, ...]) -> str:
    rules = {i.rule.label: i.rule.digest for i in instances}
    return digest(policy_json(schema, actions, rules.values()))
