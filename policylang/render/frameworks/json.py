"""Frameworks as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from policylang.frameworks import Account, Clause, Encoded, Framework, Gate, Row
from policylang.render.frameworks import words


def list_json(found: Iterable[words.Listed]) -> list[dict[str, Any]]:
    """Return each framework in short."""
    return [
        {
            **_header(one),
            "rules": len(one.rules),
            "gates": len(gates),
            "without_way_out": sum(not gate.has_way_out for gate in gates),
            "unspecified": len(one.unspecified),
        }
        for one, gates in found
    ]


def account_json(account: Account) -> dict[str, Any]:
    """Return all that is told of a framework."""
    one = account.framework
    return {
        **_header(one),
        "digest": one.policy.digest,
        "head": list(one.head),
        "interpretations": list(one.interpretations),
        "sets": {name: list(members) for name, members in one.sets},
        "scales": {name: list(levels) for name, levels in one.scales},
        "actions": [
            {"action": a.name, "permitted_by_default": a.permitted, "widens": a.widens}
            for a in one.policy.actions.values()
        ],
        "record": one.record,
        "definitions": list(one.definitions),
        "unspecified": dict(one.unspecified),
        "clauses": [_clause(clause) for clause in one.clauses],
        "elsewhere": list(one.elsewhere),
        "outside": list(one.outside),
        "beyond": list(one.beyond),
        "gates": [_gate(gate) for gate in account.gates],
        "findings": [finding.to_dict() for finding in account.report],
        "proved": list(account.report.proved),
    }


def matrix_json(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return each card with its outcomes; those of a card under no framework are null."""
    return [
        {
            "card": row.card["id"],
            "model": row.card["model"],
            "developer": row.card["developer"],
            "published": row.card["published"],
            "framework": row.card["framework"],
            "policy": row.name,
            "outcomes": row.outcomes,
            "happened": row.happened,
            "comparison": row.comparison,
            "difference": row.difference,
            "also": [
                {
                    "policy": also.name,
                    "known": also.known,
                    "values": also.values,
                    "outcomes": also.outcomes,
                }
                for also in row.also
            ],
        }
        for row in rows
    ]


def _header(one: Framework) -> dict[str, Any]:
    return {
        "policy": one.name,
        "title": one.title,
        "publisher": one.publisher,
        "version": one.policy.version,
        "dated": one.dated,
        "source": one.source,
    }


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "clause": clause.number,
        "rules": [_rule(rule) for rule in clause.rules],
        "elsewhere": list(clause.elsewhere),
        "outside": list(clause.outside),
    }


def _rule(rule: Encoded) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "title": rule.title,
        "because": rule.because,
        "is_quotation": rule.is_quotation,
        "cites": list(rule.cites),
        "text": rule.text,
        "remarks": list(rule.remarks),
        "interpretations": list(rule.interpretations),
    }


def _gate(gate: Gate) -> dict[str, Any]:
    return {
        "rule": gate.rule,
        "effect": gate.effect,
        "actions": list(gate.actions),
        "instances": list(gate.instances),
        "release": gate.release,
        "standards": list(gate.standards),
        "excepted": gate.excepted,
        "has_way_out": gate.has_way_out,
        "text": words.release_text(gate),
    }
