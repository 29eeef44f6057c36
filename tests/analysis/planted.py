"""Faults to plant in copies of policies, and what has to show each one that is found.

The planted rules read one level of the record and fields of their own, so that few records are all there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import product
import re
from typing import Any

import attrs
from small import put
from worlds import reads

from policylang import Decision, Outcome, Policy, Truth
from policylang.analysis import Finding
from policylang.analysis.witness import Witness
from policylang.core.predicates import Effect, Instance
from policylang.core.record import Steps, path_text

FAULTS = """
action planted: forbidden unless permitted
rule planted-dead: {field} >= {top} and {field} < {second} -> forbid planted
rule planted-wide: {field} >= {second} -> forbid planted
rule planted-narrow: {field} >= {top} -> forbid planted
rule planted-permit: {field} >= {low} -> permit planted
rule planted-unmet: {field} = {top} -> require {field} = {low} for planted
rule planted-kept: {field} = {low} -> forbid planted until {field} < {top}
rule planted-for-ever: {field} = {low} -> forbid planted until {field} < {low}
rule planted-swallowed: {field} = {second} -> forbid planted unless {field} >= {low}

action planted_gap, planted_score: permitted unless forbidden
rule planted-beyond: planted_on < today - 9000 years -> forbid planted_gap
rule planted-middle: planted_rank = second or planted_flag -> forbid planted_score
always planted_score tightens as planted_rank rises
"""
FIELDS = "planted_on: date, planted_flag: bool, planted_rank: Planted adjustable"
LEVELS = ("first", "second", "third")
OWN: tuple[Steps, tuple[str, ...]] = (("planted_rank",), LEVELS)
"""The level that the faults are about where a record has none."""


def with_fields(text: str) -> str:
    """Return a text with fields of our own in its record."""
    scale = f"scale Planted: {' < '.join(LEVELS)}\n"
    if re.search("^record {", text, re.MULTILINE):
        return re.sub("^record {", f"{scale}record {{\n  {FIELDS}", text, count=1, flags=re.MULTILINE)
    return f"{text}\n{scale}record {{ {FIELDS} }}\n"


def with_faults(text: str, steps: Steps, levels: tuple[str, ...]) -> str:
    """Return a text with all faults, which are about a level of its record."""
    low, second, top = (f'"{level}"' for level in (levels[0], levels[1], levels[-1]))
    field = f"record.{path_text(steps)}"
    return with_fields(text) + FAULTS.format(field=field, low=low, second=second, top=top)


@attrs.frozen(slots=False)
class Planted:
    """A policy with faults in it; ``steps`` lead to the level that they are about."""

    policy: Policy
    steps: Steps
    levels: tuple[str, ...]

    @cached_property
    def decisions(self) -> list[Decision]:
        """Decisions on all records that the planted rules tell apart, but for dates."""
        found = []
        for level, flag, rank in product((None, *self.levels), (None, False, True), (None, *LEVELS)):
            data: dict[str, Any] = {"planted_flag": flag, "planted_rank": rank}
            if level is not None:
                data = put(data, list(self.steps), level)
            found.append(self.policy.decide({key: one for key, one in data.items() if one is not None}))
        return found

    def effects(self, label: str) -> list[tuple[Instance, Effect]]:
        instances = [i for i in self.policy.predicates.instances if i.rule.label == label]
        return [(instance, effect) for instance in instances for effect in instance.effects]

    def truths(self, label: str, part: Callable[[Instance, Effect], Any]) -> list[Truth]:
        """Return what a part of a rule's effect is worth on each record."""
        ((instance, effect),) = self.effects(label)
        return [one.evaluator.evaluate(part(instance, effect)) for one in self.decisions]

    def decided(self, witness: Witness | None) -> Decision:
        assert witness is not None
        return self.policy.decide(witness.record, today=witness.today)


def forbids(_: Instance, effect: Effect) -> Any:
    return effect.predicate


def active(instance: Instance, _: Effect) -> Any:
    return instance.active


def released(_: Instance, effect: Effect) -> Any:
    return effect.until


def is_dead(planted: Planted, one: Finding) -> bool:
    return Truth.TRUE not in planted.truths(one.rules[0], active)


def is_swallowed(planted: Planted, one: Finding) -> bool:
    conditions = planted.truths(one.rules[0], lambda instance, _: instance.condition)
    return is_dead(planted, one) and Truth.TRUE in conditions


def is_shadowed(planted: Planted, one: Finding) -> bool:
    """Return whether the rules that are named together say all that the first one does."""
    label, *others = one.rules
    said = list(zip(*(planted.truths(other, forbids) for other in others), strict=True))
    own = planted.truths(label, forbids)
    order = [Truth.FALSE, Truth.UNKNOWN, Truth.TRUE]
    return all(
        order.index(truth) <= max(map(order.index, rest)) for truth, rest in zip(own, said, strict=True)
    )


def is_never_met(planted: Planted, one: Finding) -> bool:
    pairs = zip(planted.truths(one.rules[0], active), planted.truths(one.rules[0], forbids), strict=True)
    return all(unmet is Truth.TRUE for is_active, unmet in pairs if is_active is Truth.TRUE)


def is_in_conflict(planted: Planted, one: Finding) -> bool:
    fired = planted.decided(one.witness).fired
    kinds = {f.effect for f in fired if "planted" in f.actions and f.rule in one.rules}
    return {"permit", "forbid"} <= kinds


def is_never_permitted(planted: Planted, one: Finding) -> bool:
    return all(decision[str(one.action)] is not Outcome.PERMITTED for decision in planted.decisions)


def is_gap(planted: Planted, one: Finding) -> bool:
    decision = planted.decided(one.witness)
    read = reads(planted.effects("planted-beyond")[0][1].predicate)
    is_complete = all(decision.record[path] is not None for path in read)
    return decision[str(one.action)] is Outcome.UNDETERMINED and is_complete


def is_not_lifted(planted: Planted, one: Finding) -> bool:
    evaluate = planted.decided(one.witness).evaluator.evaluate
    ((_, effect),) = planted.effects(one.rules[0])
    return evaluate(effect.until) is Truth.TRUE and evaluate(effect.predicate) is not Truth.FALSE


def is_never_released(planted: Planted, one: Finding) -> bool:
    return Truth.TRUE not in planted.truths(one.rules[0], released)


def changes(planted: Planted, one: Finding) -> int:
    """Return how far an action moves between two records of which only the ranks differ, 0 otherwise."""
    lower, higher = planted.decided(one.witness), planted.decided(one.other)
    ranks = [decision.record[OWN[0]] for decision in (lower, higher)]
    rest = [{k: v for k, v in x.record.values.items() if k != OWN[0]} for x in (lower, higher)]
    if rest[0] != rest[1] or ranks[0] == ranks[1]:
        return 0
    order = [Outcome.FORBIDDEN, Outcome.UNDETERMINED, Outcome.PERMITTED]
    return order.index(higher[str(one.action)]) - order.index(lower[str(one.action)])


def is_permitted_by_one(planted: Planted, one: Finding) -> bool:
    outcomes = [planted.decided(x)[str(one.action)] for x in (one.witness, one.other)]
    return changes(planted, one) != 0 and Outcome.PERMITTED in outcomes


def is_loosened(planted: Planted, one: Finding) -> bool:
    return changes(planted, one) > 0


SHOWN: dict[str, tuple[str, Callable[[Planted, Finding], bool]]] = {
    "PL301": ("planted-dead", is_dead),
    "PL302": ("planted-swallowed", is_swallowed),
    "PL303": ("planted-narrow", is_shadowed),
    "PL304": ("planted-unmet", is_never_met),
    "PL306": ("planted", is_in_conflict),
    "PL307": ("planted", is_never_permitted),
    "PL309": ("planted_gap", is_gap),
    "PL310": ("planted-kept", is_not_lifted),
    "PL311": ("planted-for-ever", is_never_released),
    "PL316": ("planted_score", is_permitted_by_one),
    "PL331": ("planted_score", is_loosened),
}
"""For each code the rule or action that is planted, and what must be so where it is found."""


def found_for(code: str, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings of a code about what is planted for it."""
    name = SHOWN[code][0]
    return [one for one in findings if one.code == code and name in (*one.rules[:1], one.action)]
