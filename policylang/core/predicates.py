"""The third form of a policy: a table of rule instances with their predicates.

Predicates are the checked conditions in which no member is at hand any more: every path is a path
of the record or of a list's entry, and `unless`, `require` and `overrides` are gone into `and` and
`not`. Parts that instances have in common are one object; passes look at each object once.
"""

from __future__ import annotations

from functools import cached_property

import attrs

from policylang.language import schema as types
from policylang.language.checked import Action, Claim, Condition, Example, Path
from policylang.source import Span
from policylang.values import Duration, FrozenMap

Predicate = Condition
"""A condition of `policylang.language.checked` without `AtHand` and `AtLeastMembers`."""


@attrs.frozen
class Rule:
    """What all instances of a rule have in common."""

    label: str
    is_named: bool
    title: str | None
    because: str | None
    cites: tuple[str, ...]
    until_text: str | None
    digest: str
    span: Span = attrs.field(eq=False)

    @property
    def name(self) -> str:
        return self.label


@attrs.frozen(eq=False)
class Effect:
    """One effect of one instance: for ``require C`` its predicate is ``active and not C``."""

    kind: str
    actions: tuple[str, ...]
    predicate: Predicate
    until: Predicate | None  # only for a prohibition
    text: str
    within: Duration | None
    of: Path | None


@attrs.frozen(eq=False)
class Instance:
    """A rule at a member of each of its sets; ``active`` joins its condition, `unless` and overriders."""

    rule: Rule
    members: FrozenMap[str, str]
    active: Predicate
    effects: tuple[Effect, ...]
    condition: Predicate
    unless: Predicate | None
    overriders: tuple[Instance, ...]


@attrs.frozen(eq=False)
class Predicates:
    """The compiled policy: what an engine needs to decide, and nothing of the text."""

    schema: types.Schema
    actions: tuple[Action, ...]
    instances: tuple[Instance, ...]
    claims: tuple[Claim, ...]
    examples: tuple[Example, ...]
    digest: str

    @cached_property
    def effects(self) -> tuple[tuple[Instance, Effect], ...]:
        """Every effect of every instance, by rule as written, then by member."""
        return tuple((instance, effect) for instance in self.instances for effect in instance.effects)
