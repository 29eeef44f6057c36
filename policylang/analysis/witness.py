"""Witnesses: records that show a finding, each run again by the reference evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import attrs

from policylang.analysis.space import Found
from policylang.core.decision import Decision
from policylang.core.policy import Policy
from policylang.core.record import Steps
from policylang.diagnostics import RecordError

SOME_DAY = date(2026, 1, 1)  # of a decision for which any date will do
MAX_TRIES = 400  # facts that are tried to be left out of one record


@attrs.frozen
class Witness:
    """A record as plain JSON with its date, and what the policy says of it."""

    record: dict[str, Any]
    today: date | None
    outcomes: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        today = None if self.today is None else self.today.isoformat()
        return {"record": self.record, "today": today, "outcomes": self.outcomes}


class Unconfirmed(Exception):
    """A witness that the reference evaluator contradicts: a defect of the analysis."""


Shows = Callable[[dict[str, Any]], bool]


def shown(policy: Policy, found: Found, shows: Callable[[Decision], bool]) -> Witness:
    """Return the witness of a record, confirmed, on some day where any will do."""
    for today in dict.fromkeys((found.today or SOME_DAY, found.today)):
        decision = policy.decide(found.record, today=today)
        if shows(decision):
            return witness_of(found.record, decision)
    raise Unconfirmed(repr(found))


def witness_of(record: dict[str, Any], decision: Decision) -> Witness:
    """Return a record as a witness, with what was decided of it."""
    outcomes = {action: outcome.value for action, outcome in decision.outcomes.items()}
    return Witness(record, decision.today, outcomes)


def confirmed(record: dict[str, Any], confirms: Shows) -> dict[str, Any]:
    """Return a record that the evaluator confirms, with facts left out while it still does.

    Raises `Unconfirmed` when the evaluator contradicts the record itself.
    """
    if not confirms(record):
        raise Unconfirmed(repr(record))
    tries = 0
    for path in list(_facts(record, ())):
        if tries == MAX_TRIES:
            break
        tries += 1
        fewer = without(record, path)
        try:
            if fewer is not None and confirms(fewer):
                record = fewer
        except RecordError:
            continue  # an attestation or a key cannot be left out in part
    return record


def _facts(value: Any, at: Steps) -> Iterator[Steps]:
    """Yield the paths of all that a record holds, the whole before its parts, later entries first."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            if not (isinstance(inner, dict) and "holds" in inner):
                yield from _facts(inner, (*at, key))
    elif isinstance(value, list):
        for i in reversed(range(len(value))):
            yield (*at, i)
            yield from _facts(value[i], (*at, i))


def without(value: Any, path: Steps) -> Any:
    """Return a record without what stands at a path; None when nothing does."""
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        if not isinstance(step, int) or step >= len(value):
            return None
        if not rest:
            return [*value[:step], *value[step + 1 :]]
        inner = without(value[step], rest)
        return None if inner is None else [*value[:step], inner, *value[step + 1 :]]
    if not isinstance(value, dict) or step not in value:
        return None
    if not rest:
        return {key: inner for key, inner in value.items() if key != step}
    inner = without(value[step], rest)
    return None if inner is None else {**value, step: inner}


def with_value(data: Any, path: Steps, value: Any) -> Any:
    """Return plain JSON with a value at a path; the groups and rows around it are made."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [*data[:step], with_value(data[step], rest, value), *data[step + 1 :]]
    inner = dict(data) if isinstance(data, dict) else {}
    return {**inner, step: with_value(inner.get(step), rest, value)}
