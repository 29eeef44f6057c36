"""What would change an outcome, in a few lines: changes of adjustable fields, and evidence."""

from __future__ import annotations

from collections.abc import Iterator
import json
from typing import Any

from policylang.analysis import NotDecided
from policylang.analysis.adjusting import has_adjustable
from policylang.analysis.counterfactual import Change, counterfactual
from policylang.analysis.settling import possible, settle
from policylang.analysis.ways import Ways
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome
from policylang.proof.words import counted, listed, printable

SHORT = 4  # paths or changes that are named in one line


def remedies(decision: Decision, actions: tuple[str, ...]) -> Iterator[str]:
    """Yield a line or two for each action that is not permitted.

    Changes are spoken of only where some field is adjustable.
    """
    for action in actions:
        if decision[action] is not Outcome.PERMITTED:
            try:
                if has_adjustable(decision.policy.schema.fields):
                    yield _changes(decision, action)
                if decision[action] is Outcome.UNDETERMINED:
                    yield _evidence(decision, action)
            except NotDecided as reason:
                yield f"What would change {action} was not decided: {reason}."


def _changes(decision: Decision, action: str) -> str:
    found = counterfactual(decision, action)
    if found.is_possible:
        return f"{action} would be permitted with {_named([_change(one) for one in found.changes])}."
    if not found.in_the_way:
        return f"No change of adjustable fields permits {action}."
    facts = _named([printable(path) for path in found.in_the_way])
    return f"No change of adjustable fields permits {action} while {facts} {_stay(len(found.in_the_way))}."


def _stay(count: int) -> str:
    return "stays as it is" if count == 1 else "stay as they are"


def _change(change: Change) -> str:
    return f"{printable(change.path)} {_value(change.new)} (now {_value(change.old)})"


def _value(value: Any) -> str:
    match value:
        case None:
            return "absent"
        case str():
            return printable(value)
        case dict() if "holds" in value:
            return "attested" if value["holds"] else "denied"
        case dict():
            return " and ".join(f"{name.replace('_', ' ')} {_value(end)}" for name, end in value.items())
        case _:
            return json.dumps(value)


def _evidence(decision: Decision, action: str) -> str:
    outcomes = possible(decision, action)
    if len(outcomes) == 1:
        return f"Whatever is still unknown, {action} will be {outcomes[0]}."
    never = "" if Outcome.PERMITTED in outcomes else f" It can no longer make {action} permitted."
    ways = settle(decision, action, surely=True)
    if not ways:
        sure = "Nothing" if ways.is_complete else "Nothing that was found in time"
        return f"{sure} that is still unknown is sure to settle {action}.{never}"
    whatever = "it turns out" if len(ways[0]) == 1 else "they turn out"
    return f"Sure to settle {action}, whatever {whatever} to be: {_ways(ways)}.{never}"


def _ways(ways: Ways) -> str:
    more = f", or {counted(len(ways) - 1, 'other way')}" if len(ways) > 1 else ""
    return f"{_named([printable(path) for path in ways[0]])}{more}"


def _named(texts: list[str]) -> str:
    if len(texts) > SHORT:
        texts = [*texts[: SHORT - 1], f"{len(texts) - SHORT + 1} more"]
    return listed(texts)
