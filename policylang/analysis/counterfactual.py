"""What would have to change for an action to be permitted: the cheapest changes of adjustable fields.

A change gives a field another value and never takes one away. What is not adjustable stays as it is,
unknown values unknown. The cheapest changes are found as a cheapest set (`minimal`): the elements
are the values that each field may get, and the solver refuses sets that do not do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
import math
from typing import Any

import attrs

from policylang.analysis.completions import Completions
from policylang.analysis.minimal import Exhausted, accepted
from policylang.analysis.solver import NotDecided
from policylang.analysis.unknowns import Open
from policylang.analysis.witness import Unconfirmed, with_value
from policylang.core.decision import Decision, decide_after
from policylang.core.outcomes import Outcome
from policylang.core.record import Steps, path_text
from policylang.language import schema as types
from policylang.source import deep_stack
from policylang.truth import TRUE
from policylang.values import Range, exactly

MAX_STEPS = 20_000
Cost = Mapping[str, float] | Callable[[str, Any, Any], float]
Choice = tuple[Steps, Any]
"""A path with the rank, member or bool that it gets; with None for any value of another type."""


@attrs.frozen
class Change:
    """A field that gets another value; ``old`` is None where it has none, and bounds where it is bounded."""

    path: str
    old: Any
    new: Any
    cost: float

    def to_dict(self) -> dict[str, Any]:
        return {"path": self.path, "from": self.old, "to": self.new, "cost": self.cost}


@attrs.frozen
class Counterfactual:
    """The cheapest changes that permit an action, or the facts in their way.

    ``changes`` is empty when the action is permitted as it is, and when no changes permit it: then
    ``record`` is None, and whatever the other fields were, with the facts ``in_the_way`` as they are
    the action would not be permitted.
    """

    action: str
    outcome: Outcome
    changes: tuple[Change, ...]
    record: Any
    in_the_way: tuple[str, ...]

    @property
    def is_possible(self) -> bool:
        return self.record is not None

    @property
    def cost(self) -> float:
        return math.fsum(change.cost for change in self.changes)

    def to_dict(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "outcome": self.outcome.value,
            "possible": self.is_possible,
            "changes": [change.to_dict() for change in self.changes],
            "cost": self.cost if self.is_possible else None,
            "in_the_way": list(self.in_the_way),
        }


def counterfactual(decision: Decision, action: str, cost: Cost | None = None) -> Counterfactual:
    """Return the cheapest changes of adjustable fields that permit an action.

    A change costs 1 for each level that it moves a level by, and 1 for any other value. An unknown
    level counts as the farthest one that it may be. ``cost`` maps paths to the cost of a level or a
    change there, or returns the whole cost of a change from its path, old and new value; the new value
    of a number, date or text is then None. NotDecided past a limit.
    """
    outcome = decision[action]
    if outcome is Outcome.PERMITTED:
        return Counterfactual(action, outcome, (), decision.record.data, ())
    with deep_stack():
        facts = decision.outlook.adjusting.in_the_way(decision.outlook.may(action))
        if facts is None:
            return _Search(decision, action, cost).answer()
        return Counterfactual(action, outcome, (), None, tuple(path_text(path) for path in facts))


class _Search:
    """The changes of one decision for one action."""

    def __init__(self, decision: Decision, action: str, cost: Cost | None) -> None:
        self.decision = decision
        self.action = action
        self.cost = cost
        self.record = decision.record
        adjusting = decision.outlook.adjusting
        self.folded = adjusting.folded(decision.outlook.may(action))
        self.opens = adjusting.opens(self.folded)
        groups = [path for path in self.opens if adjusting.is_group(path)]
        self.completions = Completions(self.folded, self.opens, decision.evaluator, adjusting.schema)
        fields = [path for path in self.opens if path not in groups]
        self.literals = dict(choice for path in fields for choice in self._choices(path))
        self.costs = {choice: self._cost(*choice) for choice in self.literals}
        self.always = [self.completions.literal(TRUE), *(-self.completions.given(path) for path in groups)]

    def answer(self) -> Counterfactual:
        try:
            found = next(accepted(tuple(self.literals), self._refused, self.costs, MAX_STEPS), None)
        except Exhausted:
            raise NotDecided("too many combinations of changes") from None
        outcome = self.decision[self.action]
        if found is None:
            return Counterfactual(self.action, outcome, (), None, ())
        costs = {path: self.costs[path, value] for path, value in found}
        values = self.completions.values(path for path in self.opens if path in costs)
        data = self.record.data
        for path, value in values.items():
            data = with_value(data, path, value)
        if self._decided(data)[self.action] is not Outcome.PERMITTED:
            raise Unconfirmed(repr(values))
        changes = [Change(path_text(p), self._old(p), value, costs[p]) for p, value in values.items()]
        return Counterfactual(self.action, outcome, tuple(changes), data, ())

    def _decided(self, data: Any) -> Decision:
        """Return the decision on another record, with the same past."""
        policy, previous, today = self.decision.policy, self.decision.previous, self.decision.today
        if previous is None or today is None:
            return policy.decide(data, today=today)
        return decide_after(previous, policy, policy.record(data), today)

    def _refused(self, chosen: frozenset[Choice], _: frozenset[Choice]) -> frozenset[Choice] | None:
        kept = {-literal: choice for choice, literal in self.literals.items() if choice not in chosen}
        if self.completions.space.possible(*self.always, *kept):
            return None
        return frozenset(kept[x] for x in self.completions.space.core() if x in kept)

    # --- the fields and their values ------------------------------------------------------------

    def _choices(self, path: Steps) -> Iterator[tuple[Choice, int]]:
        """Yield each other value that a field may get with its literal; one for all where they are many."""
        regions, gates = self.completions.space.regions, self.completions.space.gates
        value, given = self.opens[path], self.completions.given(path)
        match value.type:
            case types.Scale() | types.Set() | types.Bool():
                for one, literal in regions.values(path, value.type).items():
                    if value.now != exactly(one):
                        yield (path, one), gates.conj((given, literal))
            case _:
                yield (path, None), given

    def _cost(self, path: Steps, value: Any) -> float:
        text, type_ = path_text(path), self.opens[path].type
        if callable(self.cost):
            new = type_.levels[value] if isinstance(type_, types.Scale) else value
            found = self.cost(text, self._old(path), new)
        else:
            found = (self.cost or {}).get(text, 1) * _distance(self.opens[path], value)
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < math.inf:
            raise ValueError(f"the cost of changing {text} has to be a number above 0, not {found!r}")
        return found

    def _old(self, path: Steps) -> Any:
        data = self.record.data
        for step in path:
            data = data[step] if isinstance(step, int) else (data or {}).get(step)
        return data


def _distance(value: Open, rank: Any) -> int:
    """Return by how many levels a level moves, from the farthest one that it may be; 1 for others."""
    if not isinstance(value.type, types.Scale):
        return 1
    now = value.now if isinstance(value.now, Range) else Range(0, len(value.type.levels) - 1)
    return max(int(abs(rank - now.low)), int(abs(rank - now.high)), 1)
