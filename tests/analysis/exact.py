"""Questions that a space answers, and what they mean on one decision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from policylang import Decision, Outcome, Policy, Truth
from policylang.analysis.outcomes import Outcomes


class Question(NamedTuple):
    """A literal of a space, and where its truth stands in a decision."""

    literal: int
    action: str | None
    place: int | None
    answer: Outcome | Truth

    def holds_on(self, decision: Decision) -> bool:
        if self.action is not None:
            return decision[self.action] is self.answer
        assert self.place is not None
        bearing = [f for f in decision.findings if f.effect.actions]
        return bearing[self.place].active is self.answer


def questions(policy: Policy, outcomes: Outcomes) -> Iterator[Question]:
    """Yield a question for each outcome of each action, and for each truth of each effect."""
    for action in policy.actions:
        for outcome in Outcome:
            yield Question(outcomes.is_outcome(action, outcome), action, None, outcome)
    for place, part in enumerate(outcomes.parts):
        unknown = outcomes.space.gates.conj((part.rails.possible, -part.rails.true))
        yield Question(part.rails.true, None, place, Truth.TRUE)
        yield Question(unknown, None, place, Truth.UNKNOWN)
        yield Question(-part.rails.possible, None, place, Truth.FALSE)


def exact_only(value: Any) -> Any:
    """Return a record without its bounded values: the analysis speaks of exact and absent ones."""
    if isinstance(value, dict):
        if value.keys() & {"at_least", "above", "at_most", "below"}:
            return None
        return {key: exact_only(inner) for key, inner in value.items()}
    return [exact_only(inner) for inner in value] if isinstance(value, list) else value
