"""Checked policy to predicates: instances made, members put in place of `AtHand`, sugar removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from itertools import product
import math
from typing import Any

import attrs

from policylang import messages
from policylang.core.canonical import Digester, digest
from policylang.core.content import policy_digest, rule_json
from policylang.core.predicates import Effect, Instance, Predicate, Predicates, Rule
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.language.names import Problems
from policylang.language.resolver import MAX_CONDITION_DEPTH
from policylang.values import FrozenMap, exactly

MAX_INSTANCES = 100_000  # more than any published framework needs a hundred times over
MAX_PREDICATES = 2_000_000  # once quantifiers over sets are unfolded too

Members = Mapping[str, str]


def compile_policy(policy: c.CheckedPolicy, problems: Problems) -> Predicates | None:
    """Return the predicates; None, with the problem noted, for a policy too large to unfold."""
    total = 0
    for rule in policy.rules:
        total += math.prod(len(set_.members) for set_ in rule.sets)
        if total > MAX_INSTANCES:
            problems.add(messages.too_many_instances(MAX_INSTANCES), rule.span)
            return None
    parts = 0
    for rule, count in _sizes(policy.rules):
        parts += count
        if parts > MAX_PREDICATES:
            problems.add(messages.too_many_instances(MAX_PREDICATES), rule.span)
            return None
    instances = _instances(policy, problems)
    if instances is None:
        return None
    return Predicates(
        policy.schema,
        policy.actions,
        instances,
        policy.claims,
        policy.examples,
        policy_digest(policy.schema, policy.actions, instances),
    )


def _sizes(rules: tuple[c.Rule, ...]) -> Iterator[tuple[c.Rule, int]]:
    """Yield how many predicates each rule adds: a condition becomes one for each choice of its members."""
    grounder = Grounder()
    seen: set[int] = set()
    sizes: dict[str, int] = {}
    for rule in rules:
        sizes.update((set_.name, len(set_.members)) for set_ in rule.sets)
        waiting = [rule.condition, rule.unless, rule.until, *(effect.condition for effect in rule.effects)]
        total = 0
        while waiting:
            node = waiting.pop()
            if node is None or id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, c.AtLeastMembers):
                sizes[node.over.name] = len(node.over.members)
            waiting += c.children(node)
            total += math.prod(sizes[name] for name in grounder.free(node))
        yield rule, total


def bindings(sets: tuple[types.Set, ...]) -> Iterator[FrozenMap[str, str]]:
    """Yield each combination of members, the last set varying fastest."""
    for members in product(*(set_.members for set_ in sets)):
        yield FrozenMap(tuple(zip((set_.name for set_ in sets), members, strict=True)))


def _instances(policy: c.CheckedPolicy, problems: Problems) -> tuple[Instance, ...] | None:
    """Return the instances of all rules; overriding rules are compiled before the overridden."""
    by_name = {rule.label: rule for rule in policy.rules if rule.is_named}
    overriders: dict[str, list[c.Rule]] = {rule.label: [] for rule in policy.rules}
    for rule in policy.rules:
        for name in rule.overrides:
            overriders[by_name[name].label].append(rule)
    rules = {rule.label: rule for rule in policy.rules}
    order = TopologicalSorter({label: {r.label for r in found} for label, found in overriders.items()})
    grounder, digester = Grounder(), Digester()
    made: dict[str, list[Instance]] = {}
    depth = _Depth()
    for label in order.static_order():
        rule = rules[label]
        made[label] = _rule_instances(rule, overriders[label], made, grounder, digester)
        if any(depth.of(i.active) > 2 * MAX_CONDITION_DEPTH for i in made[label]):
            problems.add(messages.define_depth(MAX_CONDITION_DEPTH), rule.span)
            return None
    return tuple(instance for rule in policy.rules for instance in made[rule.label])


def _rule_instances(
    rule: c.Rule,
    overriders: list[c.Rule],
    made: Mapping[str, list[Instance]],
    grounder: Grounder,
    digester: Digester,
) -> list[Instance]:
    drafts = []
    for members in bindings(rule.sets):
        condition = grounder.ground(rule.condition, members)
        unless = None if rule.unless is None else grounder.ground(rule.unless, members)
        over = tuple(i for other in overriders for i in made[other.label] if _agree(i.members, members))
        parts = [condition, *([] if unless is None else [negation(unless)])]
        parts += [negation(i.active) for i in over]
        active = parts[0] if len(parts) == 1 else c.And(tuple(parts), span=rule.span)
        effects = tuple(_effect(rule, effect, active, members, grounder) for effect in rule.effects)
        drafts.append((members, active, effects, (condition, unless, over)))
    meaning = rule_json(rule.label if rule.is_named else None, [draft[:3] for draft in drafts], digester)
    shared = Rule(
        rule.label,
        rule.is_named,
        rule.title,
        rule.because,
        rule.cites,
        rule.until_text,
        digest(meaning),
        rule.span,
    )
    return [Instance(shared, members, active, effects, *parts) for members, active, effects, parts in drafts]


def _agree(a: Members, b: Members) -> bool:
    return all(b[name] == member for name, member in a.items() if name in b)


def _effect(
    rule: c.Rule, effect: c.Effect, active: Predicate, members: Members, grounder: Grounder
) -> Effect:
    predicate = active
    if effect.condition is not None:
        unmet = negation(grounder.ground(effect.condition, members))
        predicate = c.And((active, unmet), span=effect.span)
    until = None
    if rule.until is not None and effect.kind in ("forbid", "require"):
        until = grounder.ground(rule.until, members)
    of = grounder.path(effect.of, members) if effect.of else None
    return Effect(effect.kind, effect.actions, predicate, until, effect.text, effect.within, of)


def negation(predicate: Predicate) -> Predicate:
    return c.Not(predicate, span=predicate.span)


class Grounder:
    """Puts members in place of what is at hand; equal parts of instances become one object."""

    def __init__(self) -> None:
        self._free: dict[int, frozenset[str]] = {}
        self._memo: dict[tuple[int, tuple[tuple[str, str], ...]], Predicate] = {}
        self._kept: list[c.Condition] = []  # keeps the ids valid

    def free(self, node: c.Condition) -> frozenset[str]:
        """Return the sets whose member at hand a condition needs from outside."""
        key = id(node)
        if key not in self._free:
            self._kept.append(node)
            names = {step.over for p in c.paths(node) for step in p.steps if isinstance(step, c.AtHand)}
            names |= {t.member.over for t in c.terms(node) if isinstance(t, c.MemberValue)}
            for child in c.children(node):
                names |= self.free(child)
            if isinstance(node, c.AtLeastMembers):
                names -= {node.over.name}
            self._free[key] = frozenset(names)
        return self._free[key]

    def ground(self, node: c.Condition, members: Members) -> Predicate:
        """Return the predicate of a condition at these members."""
        free = self.free(node)
        if not free and not self._has_sets(node):
            return node
        key = (id(node), tuple(sorted((name, members[name]) for name in free)))
        if key not in self._memo:
            self._memo[key] = self._ground(node, members)
        return self._memo[key]

    def _has_sets(self, node: c.Condition) -> bool:
        return not isinstance(node, c.Atom)

    def _ground(self, node: c.Condition, members: Members) -> Predicate:
        match node:
            case c.Fixed():
                return node
            case c.Compare(_, left, right):
                return attrs.evolve(node, left=self.term(left, members), right=self.term(right, members))
            case c.OneOf(item):
                return attrs.evolve(node, item=self.term(item, members))
            case c.Missing(path) | c.Holds(path) | c.Attested(path):
                return attrs.evolve(node, path=self.path(path, members))
            case c.Not(operand):
                return attrs.evolve(node, operand=self.ground(operand, members))
            case c.And(operands) | c.Or(operands) | c.AtLeast(_, operands):
                return attrs.evolve(node, operands=tuple(self.ground(x, members) for x in operands))
            case c.AtLeastEntries(list=path, body=body):
                return attrs.evolve(node, list=self.path(path, members), body=self.ground(body, members))
            case c.AtLeastMembers(n, over, body):
                cases = tuple(self.ground(body, {**members, over.name: m}) for m in over.members)
                if n == 1:
                    return c.Or(cases, span=node.span)
                return c.AtLeast(n, cases, span=node.span)

    def path(self, path: c.Path, members: Members) -> c.Path:
        steps = tuple(members[s.over] if isinstance(s, c.AtHand) else s for s in path.steps)
        return c.Path(steps, path.entry)

    def term(self, term: Any, members: Members) -> Any:
        """Return a term of the same kind; only a member at hand becomes a constant."""
        match term:
            case c.FieldValue(path):
                return attrs.evolve(term, path=self.path(path, members))
            case c.MemberValue(member, type_, span=span):
                return c.Constant(exactly(members[member.over]), type_, span=span)
            case c.Sum(parts):
                atoms = tuple((k, self.term(atom, members)) for k, atom in parts)
                return attrs.evolve(term, parts=atoms)
            case c.DateSum(base):
                return attrs.evolve(term, base=self.term(base, members))
            case c.Graded(subject=subject):
                return attrs.evolve(term, subject=self.term(subject, members))
            case _:
                return term


class _Depth:
    """Depths of predicates, each object measured once."""

    def __init__(self) -> None:
        self._memo: dict[int, int] = {}

    def of(self, node: Predicate) -> int:
        key = id(node)
        if key not in self._memo:
            self._memo[key] = 1 + max((self.of(child) for child in c.children(node)), default=0)
        return self._memo[key]
