"""What would have to change for an action to be permitted: the cheapest changes of adjustable fields.

A change gives a field another value and never takes one away. What is not adjustable stays as it is,
unknown values unknown. Parts of the question that have no field in common are answered one by one:
where all values of the fields can be listed, and are few, by trying them, the cheapest first. Elsewhere
the cheapest changes are found as a cheapest set (`minimal`): the elements are the values that each
field may get, and the solver refuses sets that do not do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import product
import math
import re
from typing import Any

import attrs

from policylang.analysis.adjusting import adjustable_paths
from policylang.analysis.completions import Completions
from policylang.analysis.components import components, conjuncts
from policylang.analysis.folding import NOWHERE, conjunction
from policylang.analysis.minimal import Exhausted, accepted
from policylang.analysis.solver import NotDecided
from policylang.analysis.unknowns import Nodes, Open, is_listed, patched
from policylang.analysis.witness import Unconfirmed, with_value
from policylang.core.decision import Decision
from policylang.core.evaluator import Evaluator
from policylang.core.outcomes import Outcome
from policylang.core.predicates import Predicate
from policylang.core.reading import read_record
from policylang.core.record import Steps, path_text
from policylang.diagnostics import suggestion
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.source import deep_stack
from policylang.truth import TRUE
from policylang.values import Range, exactly

MAX_COST = 1e100  # so that no sum of costs is infinite, which would make all changes alike
MAX_TRIED = 256  # combinations of values, before the solver is asked
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
    of a number, date or text is then None. ValueError for a path that is not adjustable and for a cost
    that is no number above 0. NotDecided past a limit.
    """
    _check_cost(cost, decision.policy.schema.fields)
    outcome = decision[action]
    if outcome is Outcome.PERMITTED:
        return Counterfactual(action, outcome, (), decision.record.data, ())
    with deep_stack():
        return _Search(decision, action, cost).answer()


def _check_cost(cost: object, fields: tuple[types.Field, ...]) -> None:
    """Refuse a cost that is neither a mapping nor a function, and what a mapping says wrongly."""
    if cost is None or callable(cost):
        return
    if not isinstance(cost, Mapping):
        raise TypeError("cost is a mapping from paths to numbers, a function, or None")
    known = [path_text(path) for path in adjustable_paths(fields)]
    for path, number in cost.items():
        if not isinstance(path, str):
            raise TypeError(f"a path in cost is a text, not {path!r}")
        if path not in known and re.sub(r"\[(0|[1-9][0-9]*)\]", "[0]", path) not in known:
            hint = suggestion(path, known) or "no field is adjustable"
            raise ValueError(f"a cost is given for `{path}`, which is no adjustable field ({hint})")
        _number(number, path)


class _Search:
    """The changes of one decision for one action."""

    def __init__(self, decision: Decision, action: str, cost: Cost | None) -> None:
        self.decision = decision
        self.action = action
        self.cost = cost
        self.record = decision.record
        self.adjusting = decision.outlook.adjusting
        self.predicate = decision.outlook.may(action)
        self.failed: list[Predicate] = []  # of the conjuncts, when no changes make them true
        self.opens: dict[Steps, Open] = {}
        self.costs: dict[Steps, dict[Any, float]] = {}

    def answer(self) -> Counterfactual:
        changed = self._changed()
        outcome = self.decision[self.action]
        if changed is None:
            facts = tuple(path_text(path) for path in self._in_the_way())
            return Counterfactual(self.action, outcome, (), None, facts)
        data, changes = self.record.data, list[Change]()
        for path in (path for path in self.opens if path in changed):
            value, cost = changed[path]
            changes.append(Change(path_text(path), self._old(path), value, cost))
            data = with_value(data, path, value)
        record = read_record(self.record.schema, data)
        if Evaluator(record, self.decision.today).evaluate(self.predicate) is not TRUE:
            raise Unconfirmed(repr(changes))
        return Counterfactual(self.action, outcome, tuple(changes), data, ())

    def _changed(self) -> Changed | None:
        """Return the cheapest changes that permit the action; None where there are none."""
        found: Changed = {}
        for part in self._parts():
            if part.combinations <= MAX_TRIED:
                changed = part.tried()
            elif self.adjusting.in_the_way(self.predicate) is None:
                changed = part.solved()
            else:
                changed = None
            if changed is None:
                self.failed = part.of
                return None
            found.update(changed)
        return found

    def _in_the_way(self) -> tuple[Steps, ...]:
        """Return facts that rule the action out, none too many where they can be told one by one."""
        try:
            facts = self.adjusting.against(self.failed)
        except NotDecided:
            facts = None
        return (self.adjusting.in_the_way(self.predicate) or ()) if facts is None else facts

    def _parts(self) -> list[_Part]:
        """Return the parts that have no field in common, those with the fewest changes first."""
        reading: list[Reading] = []
        for one in conjuncts(self.predicate):
            for folded in conjuncts(self.adjusting.folded(one)):
                reading.append(((one, folded), self.adjusting.opens(folded)))
                if isinstance(folded, c.Fixed):  # nothing can make it true
                    return [_Part(self, reading[-1:])]
        self.opens = {path: value for _, opens in reading for path, value in opens.items()}
        self.costs = {
            path: {new: self._cost(path, new) for new in self._new(value)}
            for path, value in self.opens.items()
        }
        return sorted((_Part(self, one) for one in components(reading)), key=lambda part: part.combinations)

    def _new(self, value: Open) -> Iterator[Any]:
        """Yield each other value that a field may get, as a rank, member or bool; None for many."""
        match value.type:
            case types.Scale(levels=levels):
                yield from (rank for rank in range(len(levels)) if value.now != exactly(rank))
            case types.Set(members=members):
                yield from (member for member in members if value.now != exactly(member))
            case types.Bool():
                yield from (truth for truth in (False, True) if value.now != exactly(truth))
            case types.Group() | types.Table():
                pass  # changed by what is in it
            case _:
                yield None

    def _cost(self, path: Steps, value: Any) -> float:
        distance = _distance(self.opens[path], value)
        if self.cost is None:
            return distance
        if callable(self.cost):
            new = _plain(self.opens[path].type, value)
            return _number(self.cost(path_text(path), self._old(path), new), path_text(path))
        return self.cost.get(path_text(path), 1) * distance

    def _old(self, path: Steps) -> Any:
        data = self.record.data
        for step in path:
            data = data[step] if isinstance(step, int) else (data or {}).get(step)
        return data


def _number(cost: Any, path: str) -> float:
    """Return a cost; ValueError for one that is no number above 0, or so great that sums overflow."""
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 < cost < math.inf:
        raise ValueError(f"the cost of changing {path} has to be a number above 0, not {cost!r}")
    if cost > MAX_COST:
        raise ValueError(f"the cost of changing {path} has to be a number up to {MAX_COST}")
    return cost


def _distance(value: Open, rank: Any) -> int:
    """Return by how many levels a level moves, from the farthest one that it may be; 1 for others."""
    if not isinstance(value.type, types.Scale):
        return 1
    now = value.now if isinstance(value.now, Range) else Range(0, len(value.type.levels) - 1)
    return max(int(abs(rank - now.low)), int(abs(rank - now.high)), 1)


def _plain(type_: types.Type, value: Any) -> Any:
    """Return a value as plain JSON."""
    return type_.levels[value] if isinstance(type_, types.Scale) else value


Reading = tuple[tuple[Predicate, Predicate], dict[Steps, Open]]
"""A predicate with what is left of it where only changes are open, and the paths that this reads."""

Changed = dict[Steps, tuple[Any, float]]
"""The new value of each path that is changed, as plain JSON, and what that costs."""


class _Part:
    """A predicate that is to be true, by changes of the fields that it reads."""

    def __init__(self, search: _Search, reading: list[Reading]) -> None:
        self.of = list({id(one): one for (one, _), _ in reading}.values())
        self.predicate = conjunction([folded for (_, folded), _ in reading], NOWHERE)
        self.opens = {path: value for _, opens in reading for path, value in opens.items()}
        self.costs = {(path, new): cost for path in self.opens for new, cost in search.costs[path].items()}
        self.evaluator = search.decision.evaluator
        self.schema = search.adjusting.schema

    @cached_property
    def combinations(self) -> float:
        """How many combinations of values there are, infinitely many where they cannot be listed."""
        if not all(is_listed(value.type) for value in self.opens.values()):
            return math.inf
        return math.prod(1 + sum(at == path for at, _ in self.costs) for path in self.opens)

    def tried(self) -> Changed | None:
        """Return the cheapest changes that do, of all that there are."""
        choices = [[None, *(one for one in self.costs if one[0] == path)] for path in self.opens]
        combinations = [[one for one in chosen if one is not None] for chosen in product(*choices)]
        for chosen in sorted(combinations, key=lambda one: math.fsum(self.costs[x] for x in one)):
            evaluator = patched(self.evaluator, {path: exactly(new) for path, new in chosen})
            if evaluator.evaluate(self.predicate) is TRUE:
                return {x[0]: (_plain(self.opens[x[0]].type, x[1]), self.costs[x]) for x in chosen}
        return None

    def solved(self) -> Changed | None:
        """Return the cheapest changes that do: the solver refuses the values that are left open."""
        completions = Completions(self.predicate, self.opens, self.evaluator, self.schema)
        literals = {choice: _literal(completions, self.opens[choice[0]], choice[1]) for choice in self.costs}
        groups = [path for path, value in self.opens.items() if isinstance(value.type, Nodes)]
        always = [completions.literal(TRUE), *(-completions.given(path) for path in groups)]

        def refused(chosen: frozenset[Choice], _: frozenset[Choice]) -> frozenset[Choice] | None:
            kept = {-literal: choice for choice, literal in literals.items() if choice not in chosen}
            if completions.space.possible(*always, *kept):
                return None
            return frozenset(kept[x] for x in completions.space.core() if x in kept)

        try:
            found = next(accepted(tuple(literals), refused, self.costs, MAX_STEPS), None)
        except Exhausted:
            raise NotDecided("too many combinations of changes") from None
        if found is None:
            return None
        values = completions.values(path for path, _ in found)
        return {path: (values[path], self.costs[path, new]) for path, new in found}


def _literal(completions: Completions, value: Open, new: Any) -> int:
    """Return the literal that a value becomes a new one; None stands for any."""
    given = completions.given(value.path)
    if new is None:
        return given
    assert isinstance(value.type, types.Scale | types.Set | types.Bool)
    literal = completions.space.regions.values(value.path, value.type)[new]
    return completions.space.gates.conj((given, literal))
