"""The ways out of a framework's prohibitions, asked of the exact analysis.

A prohibition has a way out when what lifts it can come true on some record: its `until`, or what it
requires. A define that the framework leaves `unspecified` never comes true. Without either, the
text states no release, and the prohibition lasts as long as its trigger.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from policylang.analysis.inquiry import Inquiry, RuleView
from policylang.analysis.outcomes import space_of
from policylang.analysis.outcomes import Part
from policylang.analysis.rules import instance_name, required, unspecified_in
from policylang.analysis.solver import NotDecided, deadline_in
from policylang.core.policy import Policy
from policylang.core.predicates import Predicate

STATED = "stated"  # what lifts it can come true
UNSPECIFIED = "unspecified"  # what lifts it never does, as it rests on an unspecified standard
IMPOSSIBLE = "impossible"  # what lifts it contradicts itself or the trigger
UNSTATED = "unstated"  # nothing is said to lift it
NOT_DECIDED = "not decided"


@attrs.frozen
class Gate:
    """One prohibition of a rule, and what lifts it.

    ``instances`` are those that this says something of, empty when it is all of the rule's.
    """

    rule: str
    effect: str  # forbid, require
    actions: tuple[str, ...]
    release: str  # stated, unspecified, impossible, unstated, not decided
    standards: tuple[str, ...]  # the unspecified defines that the release rests on
    excepted: bool | None  # whether an exception can lift it; None is not decided
    instances: tuple[str, ...] = ()

    @property
    def has_way_out(self) -> bool:
        return self.release == STATED


def gates(policy: Policy, *, time_limit: float | None = None) -> tuple[Gate, ...]:
    """Return the gates of a policy in the order of its rules, those of one kind of release as one."""
    deadline = deadline_in(time_limit)
    try:
        inquiry = Inquiry(policy, space_of(policy.predicates, deadline=deadline))
        views = inquiry.rules
    except NotDecided:
        return tuple(
            Gate(rule.label, e.kind, e.actions, NOT_DECIDED, (), None)
            for rule in policy.rules
            for instance in policy.predicates.instances
            if instance.rule is rule
            for e in instance.effects
            if e.kind in ("forbid", "require")
        )
    return tuple(gate for view in views for gate in _of_rule(inquiry, view))


def _of_rule(inquiry: Inquiry, view: RuleView) -> list[Gate]:
    by_effect: dict[int, list[Part]] = {}
    for part in view.parts:
        if part.is_prohibition:
            by_effect.setdefault(part.instance.effects.index(part.effect), []).append(part)
    found: list[Gate] = []
    for parts in by_effect.values():
        found += _grouped([(part, _gate(inquiry, part)) for part in parts if _applies(inquiry, part)])
    return found


def _applies(inquiry: Inquiry, part: Part) -> bool:
    """Return whether an instance can be active: one that names another member never is."""
    try:
        return inquiry.can(inquiry.active(part.instance).true)
    except NotDecided:
        return True


def _grouped(answers: Sequence[tuple[Part, Gate]]) -> list[Gate]:
    """Return one gate for each answer, with its instances where the answers of a rule differ."""
    instances: dict[Gate, list[str]] = {}
    for part, gate in answers:
        instances.setdefault(gate, []).append(instance_name(part.instance))
    if len(instances) == 1:
        return list(instances)
    return [attrs.evolve(gate, instances=tuple(names)) for gate, names in instances.items()]


def _gate(inquiry: Inquiry, part: Part) -> Gate:
    effect = part.effect
    try:
        release, standards = _release(inquiry, part)
        excepted = _excepted(inquiry, part)
    except NotDecided:
        release, standards, excepted = NOT_DECIDED, (), None
    return Gate(part.instance.rule.label, effect.kind, effect.actions, release, standards, excepted)


def _release(inquiry: Inquiry, part: Part) -> tuple[str, tuple[str, ...]]:
    effect, space = part.effect, inquiry.space
    met: Predicate
    if effect.until is not None:
        met, literal = effect.until, space.rails(effect.until).true
    elif effect.kind == "require":
        met = required(effect.predicate)
        literal = space.gates.conj((inquiry.active(part.instance).true, space.rails(met).true))
    else:
        return UNSTATED, ()
    if space.possible(literal):
        return STATED, ()
    if inquiry.can(literal):
        return UNSPECIFIED, tuple(sorted(unspecified_in(met)))
    return IMPOSSIBLE, ()


def _excepted(inquiry: Inquiry, part: Part) -> bool:
    """Return whether `unless` or an overriding rule can set aside a rule whose condition holds."""
    condition = inquiry.space.rails(part.instance.condition).true
    return inquiry.space.possible(condition, -inquiry.active(part.instance).possible)
