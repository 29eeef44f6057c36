"""What the questions of `check` share: one policy in its space, its rules with their rails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import attrs

from policylang.analysis.outcomes import Outcomes, Part
from policylang.analysis.rails import Rails
from policylang.analysis.shadowing import Group, group_of
from policylang.analysis.space import Space
from policylang.analysis.witness import Witness, shown
from policylang.core.decision import Decision
from policylang.core.policy import Policy
from policylang.core.predicates import Instance, Rule
from policylang.core.record import Steps


@attrs.frozen
class RuleView:
    """A rule with its instances and its effects on actions."""

    rule: Rule
    instances: tuple[Instance, ...]
    parts: tuple[Part, ...]

    @property
    def label(self) -> str:
        return self.rule.label


@attrs.define(eq=False, slots=False)
class Inquiry:
    """A policy, its space, and asking with a confirmed witness."""

    policy: Policy
    space: Space
    pairs: dict[Steps, object] = attrs.Factory(dict)  # questions about records that differ at a path only

    @cached_property
    def outcomes(self) -> Outcomes:
        return Outcomes(self.space, self.policy.predicates)

    @cached_property
    def rules(self) -> tuple[RuleView, ...]:
        """The rules in the order written."""
        instances: dict[str, list[Instance]] = {}
        parts: dict[str, list[Part]] = {}
        for instance in self.policy.predicates.instances:
            instances.setdefault(instance.rule.label, []).append(instance)
        for part in self.outcomes.parts:
            parts.setdefault(part.instance.rule.label, []).append(part)
        return tuple(
            RuleView(found[0].rule, tuple(found), tuple(parts.get(label, ())))
            for label, found in instances.items()
        )

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each rule, by its label."""
        return {view.label: place for place, view in enumerate(self.rules)}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The rules that forbid each action, and those whose permission an action needs."""
        found = []
        for action in self.policy.predicates.actions:
            found.append(group_of(self.outcomes, self.outcomes.forbidding(action.name)))
            if not action.permitted:
                found.append(group_of(self.outcomes, self.outcomes.permitting(action.name)))
        return tuple(found)

    def places(self, view: RuleView) -> Iterator[tuple[Group, int]]:
        """Yield each group that a rule is in, and its place there."""
        for group in self.groups:
            place = group.places.get(view.label)
            if place is not None:
                yield group, place

    @cached_property
    def overriding(self) -> dict[str, set[str]]:
        """The rules that override another one, with the actions on which those bear."""
        found: dict[str, set[str]] = {}
        for instance in self.policy.predicates.instances:
            actions = {action for effect in instance.effects for action in effect.actions}
            for other in instance.overriders:
                found.setdefault(other.rule.label, set()).update(actions)
        return found

    @cached_property
    def own_source(self) -> str:
        """The name of the policy's own file, as far as its rules tell: those that it extends come first."""
        instances = self.policy.predicates.instances
        return instances[-1].rule.span.source if instances else self.policy.name

    def active(self, instance: Instance) -> Rails:
        return self.space.rails(instance.active)

    def can(self, *literals: int) -> bool:
        """Return whether a record has all literals hold, whatever `unspecified` defines would say."""
        return self.space.possible(*literals, as_specified=True)

    def some(self, literals: Iterable[int]) -> bool:
        """Return whether a record has one of the literals hold, whatever `unspecified` defines would say."""
        return self.can(self.space.gates.disj(literals))

    def witness(
        self, *literals: int, shows: Callable[[Decision], bool], thin: bool = True, whole: bool = False
    ) -> Witness | None:
        """Return a confirmed record on which all literals hold, None when there is none."""
        found = self.space.ask(*literals, thin=thin, whole=whole)
        return None if found is None else shown(self.policy, found, shows)
