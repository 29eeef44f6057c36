"""A decision as JSON, in the form that docs/formats.md shows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import policylang
from policylang.core.decision import Decision
from policylang.core.entries import Fired
from policylang.core.outcomes import Finding, Outcome
from policylang.truth import UNKNOWN

if TYPE_CHECKING:
    from policylang.analysis.outlook import Outlook


def decision_json(decision: Decision, actions: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Return the decision for all actions, or those named."""
    asked = tuple(decision.policy.actions) if actions is None else actions
    undecided = [f for f in decision.findings if f.force is UNKNOWN]
    lacks = _Lacks(decision)
    return {
        "format": "policylang-decision/1",
        "engine": f"policylang {policylang.__version__}",
        "policy": {
            "name": decision.policy.name,
            "version": decision.policy.version,
            "digest": decision.policy.digest,
        },
        "record": {"digest": decision.record.digest},
        "today": decision.today.isoformat() if decision.today else None,
        "actions": {name: _action(decision, name, lacks) for name in asked},
        "fired": [_fired(entry) for entry in decision.fired],
        "undecided": [
            {**_fired(entry), "missing": lacks.of(finding)}
            for entry, finding in zip(decision.undecided, undecided, strict=True)
        ],
        "obligations": [
            {
                "text": duty.text,
                "rule": duty.rule,
                "instance": dict(duty.instance),
                "due": duty.due.isoformat() if duty.due else None,
                "overdue": duty.overdue,
                "certain": duty.certain,
            }
            for duty in decision.obligations
        ],
        "warnings": [
            {
                "text": warning.text,
                "rule": warning.rule,
                "instance": dict(warning.instance),
                "certain": warning.certain,
            }
            for warning in decision.warnings
        ],
        "attestations": [
            {"path": used.path, "by": used.by, "role": used.role, "on": used.on.isoformat()}
            for used in decision.attestations
        ],
        "waivers": [],
    }


def _action(decision: Decision, name: str, lacks: _Lacks) -> dict[str, Any]:
    rules: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, Any]] = {}
    for finding in decision.deciding(name):
        members = finding.instance.members
        key = (finding.instance.rule.label, members.items_)
        rules[key] = {"rule": finding.instance.rule.label, "instance": dict(members)}
    return {
        "outcome": decision[name].value,
        "constrained": decision.is_constrained(name),
        "rules": list(rules.values()),
        "missing": lacks.of(name) if decision[name] is Outcome.UNDETERMINED else [],
    }


def _fired(entry: Fired) -> dict[str, Any]:
    return {
        "rule": entry.rule,
        "instance": dict(entry.instance),
        "effect": entry.effect,
        "actions": list(entry.actions),
        "until": entry.until,
        "because": entry.because,
        "cites": list(entry.cites),
        "at": str(entry.at),
        "waived": entry.waived,
        "latched": entry.latched,
    }


class _Lacks:
    """What is not decided lacks: the paths of all sets of unknown values that may decide it.

    What is found on the way is not kept with the decision, of which a history has many.
    """

    def __init__(self, decision: Decision) -> None:
        self.decision = decision

    @cached_property
    def _outlook(self) -> Outlook:
        from policylang.analysis.outlook import Outlook

        return Outlook(self.decision)

    def of(self, about: str | Finding) -> list[str]:
        return list(self._outlook.question(about).lacks)
