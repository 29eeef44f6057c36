"""The compiled policy as canonical JSON: what its digest is over, and what a proof refers to.

Every condition stands under its digest with those below it as digests, a rule lists the digests of
its instances' conditions, and the policy lists the digests of its rules. So a reader who trusts a
policy's digest alone can check each part that a proof shows, without the policy's text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
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


@attrs.frozen(eq=False, slots=False)
class Content:
    """A policy's canonical JSON beside the predicates and effects that its digests stand for.

    ``entries`` tells for each predicate of which lists' entries it needs one at hand.
    """

    schema: types.Schema
    actions: Mapping[str, c.Action]
    json: Mapping[str, Any]  # the policy, and its rules by digest
    shallow: Mapping[str, Any]
    predicates: Mapping[str, Predicate]
    entries: Mapping[str, tuple[str, ...]]
    effects: tuple[tuple[EffectId, Effect], ...]
    digest_of: Mapping[int, str]  # by the identity of the predicates of the policy

    @cached_property
    def effect_of(self) -> Mapping[EffectId, Effect]:
        return dict(self.effects)

    @cached_property
    def places_of(self) -> Mapping[tuple[str, bool], tuple[int, ...]]:
        """For an action, the places of the effects that permit it (true) and that prohibit it (false)."""
        found: dict[tuple[str, bool], list[int]] = {
            (action, permits): [] for action in self.actions for permits in (False, True)
        }
        for place, (_, effect) in enumerate(self.effects):
            for action in effect.actions:
                found[action, effect.kind == "permit"].append(place)
        return {which: tuple(places) for which, places in found.items()}

    @cached_property
    def bearing(self) -> Mapping[tuple[str, bool], tuple[EffectId, ...]]:
        """The same effects by what they mean: rules that are alike in all are one."""
        return {
            which: tuple(dict.fromkeys(self.effects[place][0] for place in places))
            for which, places in self.places_of.items()
        }

    @cached_property
    def _below(self) -> dict[str, Counter[str]]:
        return {}

    def below(self, digest: str) -> Counter[str]:
        """Return the digests of the conditions right below one, and how often each stands there."""
        found = self._below.get(digest)
        if found is None:
            below = c.children(self.predicates[digest])
            found = self._below[digest] = Counter([self.digest_of[id(one)] for one in below])
        return found


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
        predicates.schema,
        {a.name: a for a in predicates.actions},
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
