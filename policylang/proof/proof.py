"""The proof of a decision: why each outcome is what it is, as a frozen tree.

Each node states a predicate, its truth, the premises that this truth needs and the values of the
record that it read. Parts that are shared in the policy are shared in the proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from policylang.core.decision import Decision, Finding, Outcome, widening
from policylang.core.record import Steps
from policylang.core.support import AtHand, premises
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.proof.words import instance_text, predicate_text, value_text, where_text
from policylang.values import FrozenMap


@attrs.frozen
class Fact:
    """A value that was read: its path, what it is in words."""

    path: str
    value: str


@attrs.frozen
class Node:
    """A statement with its truth, the premises it needs and the facts it reads."""

    statement: str
    truth: str
    at: str
    facts: tuple[Fact, ...] = ()
    premises: tuple[Node, ...] = ()


@attrs.frozen
class InstanceProof:
    """Why one effect of one rule instance holds, does not, or is undecided."""

    rule: str
    rule_digest: str
    instance: FrozenMap[str, str]
    effect: str
    truth: str
    latched: bool
    node: Node

    @property
    def title(self) -> str:
        return instance_text(self.rule, self.instance)


@attrs.frozen
class ActionProof:
    """The outcome of an action and the instances that bear on it."""

    action: str
    outcome: str
    constrained: bool
    instances: tuple[InstanceProof, ...]


@attrs.frozen
class Proof:
    """The proof of a whole decision."""

    policy: str
    record: str
    today: date | None
    actions: tuple[ActionProof, ...]
    explanation: str = attrs.field(eq=False, repr=False, default="")

    def to_dict(self) -> dict[str, Any]:
        """Return the proof as JSON; `from_dict` reads it back."""
        return {
            "format": "policylang-proof/0",
            "policy": self.policy,
            "record": self.record,
            "today": self.today.isoformat() if self.today else None,
            "actions": [_action_dict(action) for action in self.actions],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Proof:
        """Return the proof that `to_dict` wrote; its words of explanation are not kept."""
        return cls(
            data["policy"],
            data["record"],
            date.fromisoformat(data["today"]) if data["today"] else None,
            tuple(_action_from(action) for action in data["actions"]),
        )

    def explain(self) -> str:
        """Return the decision in plain sentences."""
        return self.explanation


def _action_dict(action: ActionProof) -> dict[str, Any]:
    return {
        "action": action.action,
        "outcome": action.outcome,
        "constrained": action.constrained,
        "instances": [
            {
                "rule": i.rule,
                "rule_digest": i.rule_digest,
                "instance": dict(i.instance),
                "effect": i.effect,
                "truth": i.truth,
                "latched": i.latched,
                "node": _node_dict(i.node),
            }
            for i in action.instances
        ],
    }


def _node_dict(node: Node) -> dict[str, Any]:
    return {
        "statement": node.statement,
        "truth": node.truth,
        "at": node.at,
        "facts": [{"path": fact.path, "value": fact.value} for fact in node.facts],
        "premises": [_node_dict(premise) for premise in node.premises],
    }


def _action_from(data: Mapping[str, Any]) -> ActionProof:
    instances = tuple(
        InstanceProof(
            i["rule"],
            i["rule_digest"],
            FrozenMap(i["instance"]),
            i["effect"],
            i["truth"],
            i["latched"],
            _node_from(i["node"]),
        )
        for i in data["instances"]
    )
    return ActionProof(data["action"], data["outcome"], data["constrained"], instances)


def _node_from(data: Mapping[str, Any]) -> Node:
    facts = tuple(Fact(fact["path"], fact["value"]) for fact in data["facts"])
    below = tuple(_node_from(premise) for premise in data["premises"])
    return Node(data["statement"], data["truth"], data["at"], facts, below)


# --- building -----------------------------------------------------------------------------------


def prove(decision: Decision) -> Proof:
    """Return the proof of a decision."""
    from policylang.proof.explain import explain

    builder = _Builder(decision)
    actions = tuple(builder.action(name) for name in decision.policy.actions)
    return Proof(decision.policy.digest, decision.record.digest, decision.today, actions, explain(decision))


class _Builder:
    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.evaluator = decision.evaluator
        self._nodes: dict[tuple[int, tuple[tuple[str, Steps], ...]], Node] = {}

    def action(self, name: str) -> ActionProof:
        decision = self.decision
        outcome = decision[name]
        actions = {a.name: a for a in decision.policy.predicates.actions}
        chain = set(widening(actions, name))
        # A permit rests on every rule that could have forbidden; the others on what makes them.
        findings = decision.deciding(name)
        if outcome is Outcome.PERMITTED:
            findings = tuple(f for f in decision.findings if chain & set(f.effect.actions))
        instances = tuple(self.instance(finding) for finding in findings)
        return ActionProof(name, outcome.value, decision.is_constrained(name), instances)

    def instance(self, finding: Finding) -> InstanceProof:
        rule = finding.instance.rule
        return InstanceProof(
            rule.label,
            rule.digest,
            finding.instance.members,
            finding.effect.kind,
            str(finding.force),
            finding.force is not finding.active,
            self.node(finding.effect.predicate, {}),
        )

    def node(self, predicate: c.Condition, at_hand: AtHand) -> Node:
        key = (id(predicate), tuple(at_hand.items()))
        if key not in self._nodes:
            below = premises(predicate, at_hand, self.evaluator)
            self._nodes[key] = Node(
                predicate_text(predicate, at_hand),
                str(self.evaluator.evaluate(predicate, at_hand)),
                str(predicate.span),
                tuple(self.facts(predicate, at_hand)),
                tuple(self.node(*premise) for premise in below),
            )
        return self._nodes[key]

    def facts(self, predicate: c.Condition, at_hand: AtHand) -> list[Fact]:
        """Return the values that a predicate reads itself."""
        found = []
        for path in c.paths(predicate):
            start = at_hand[path.entry] if path.entry else ()
            value = self.evaluator.record[(*start, *path.steps)]  # type: ignore[arg-type]  # names
            text = value_text(value, path_type(predicate, path))
            found.append(Fact(where_text(path, at_hand), text))
        if any(
            isinstance(t, c.Today) or (isinstance(t, c.DateSum) and isinstance(t.base, c.Today))
            for t in c.terms(predicate)
        ):
            today = self.evaluator.today
            found.append(Fact("today", today.isoformat() if today else "not known"))
        return found


def path_type(predicate: c.Condition, path: c.Path) -> Any:
    """Return the type of the value that a predicate reads at a path."""
    terms = [*c.terms(predicate)]
    while terms:
        term = terms.pop()
        match term:
            case c.FieldValue(at, type_) if at == path:
                return type_
            case c.Sum(parts):
                terms += [atom for _, atom in parts]
            case c.DateSum(base):
                terms.append(base)
            case c.Graded(subject=subject):
                terms.append(subject)
            case _:
                pass
    return types.Bool()
