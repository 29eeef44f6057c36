"""Published scorecards, each decided under its framework and under the others of its publisher.

Versions of one publisher's framework share part of their records. Under another version a card is
decided on the values that this one knows; to leave values out never makes an action permitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import attrs

from policylang import demo
from policylang.analysis.recording import projected
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome
from policylang.core.policy import Policy
from policylang.diagnostics import RecordError
from policylang.frameworks.catalogue import versions_of
from policylang.frameworks.reading import policy_named

# What the developer did, as the outcome of `deploy` that would have allowed it.
DONE = {
    "deployed": Outcome.PERMITTED,
    "deployed with safeguards": Outcome.PERMITTED,
    "not deployed": Outcome.FORBIDDEN,
}
BOUNDS = frozenset({"at_least", "above", "at_most", "below", "holds"})  # a value of its own, no group


@attrs.frozen
class Also:
    """A card under another framework of its publisher, on the values that both know."""

    name: str
    decision: Decision
    known: int
    values: int

    @property
    def outcomes(self) -> dict[str, str]:
        return outcomes_of(self.decision)


@attrs.frozen
class Row:
    """A card, its decision, and why that is not what the developer did; None under no framework."""

    card: Mapping[str, Any]
    name: str | None  # of the framework's policy
    decision: Decision | None
    also: tuple[Also, ...]

    @property
    def outcomes(self) -> dict[str, str] | None:
        return None if self.decision is None else outcomes_of(self.decision)

    @property
    def happened(self) -> str:
        return str(self.card["published_outcome"])

    @property
    def comparison(self) -> str | None:
        """How `deploy` came out against what the developer did: agrees, left open, differs.

        None where one of the two is not known.
        """
        done = DONE.get(self.happened)
        if self.decision is None or done is None:
            return None
        found = self.decision["deploy"]
        return "agrees" if found is done else "left open" if found is Outcome.UNDETERMINED else "differs"

    @property
    def difference(self) -> Mapping[str, str] | None:
        found: Mapping[str, str] | None = self.card.get("difference")
        return found


def outcomes_of(decision: Decision) -> dict[str, str]:
    """Return the outcome of each action; one that nothing constrains is named so."""
    return {
        action: decision[action].value if decision.is_constrained(action) else "not constrained"
        for action in decision.policy.actions
    }


def matrix(policy_of: Callable[[str], Policy] = policy_named) -> tuple[Row, ...]:
    """Return a row for each published scorecard, in the order shipped."""
    return tuple(rows(policy_of))


def rows(policy_of: Callable[[str], Policy] = policy_named) -> Iterator[Row]:
    """Yield the rows of the matrix; each framework that they need is asked for once."""
    once = cache(policy_of)
    return (_row(card, once) for card in demo.all_cards() if not card["constructed"])


def _row(card: Mapping[str, Any], policy_of: Callable[[str], Policy]) -> Row:
    name = card.get("under")
    if name is None:
        return Row(card, None, None, ())
    decision = policy_of(name).decide(card["record"], today=day_of(card))
    others = [policy_of(other) for other in versions_of(name) if other != name]
    return Row(card, name, decision, tuple(_also(card, others)))


def _also(card: Mapping[str, Any], others: Iterable[Policy]) -> Iterator[Also]:
    values = len(list(_values(card["record"]))) - 1  # the name of the model decides nothing
    for policy in others:
        part = projected(card["record"], policy.schema)
        known = len(list(_values(part))) - 1
        if known < 1:
            continue
        try:
            yield Also(policy.name, policy.decide(part, today=day_of(card)), known, values)
        except RecordError:
            continue  # a value that the other version does not know: no record of both


def _values(record: Mapping[str, Any]) -> Iterator[Any]:
    for value in record.values():
        if isinstance(value, dict) and not BOUNDS & set(value):
            yield from _values(value)
        else:
            yield value


def day_of(card: Mapping[str, Any]) -> date | None:
    """Return the day of a card; None for one that is dated by month or year only."""
    text = card["published"]
    return date.fromisoformat(text) if len(text) == len("2026-01-01") else None
