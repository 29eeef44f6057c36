"""Pairs of records that differ in one value: the lower one, and its twin with the higher one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import attrs

from policylang.analysis.inquiry import Inquiry
from policylang.analysis.outcomes import Outcomes
from policylang.analysis.regions import TODAY, twin
from policylang.analysis.space import Found
from policylang.analysis.witness import Witness, confirmed, witness_of
from policylang.core.decision import Outcome
from policylang.core.record import Steps
from policylang.language import schema as types

STRICTNESS = {Outcome.FORBIDDEN: 0, Outcome.UNDETERMINED: 1, Outcome.PERMITTED: 2}
Pairing = tuple[Witness, Witness]


@attrs.frozen
class Leaf:
    """A leaf of the record outside of lists."""

    steps: Steps
    type: types.Leaf
    adjustable: bool


def leaves(fields: tuple[types.Field, ...], at: Steps = (), adjustable: bool = False) -> Iterator[Leaf]:
    """Yield every leaf outside of lists, one for each member of a table."""
    for field in fields:
        path, free = (*at, field.name), adjustable or field.adjustable
        match field.type:
            case types.Group(inner):
                yield from leaves(inner, path, free)
            case types.Table(over, inner):
                for member in over.members:
                    yield from leaves(inner, (*path, member), free)
            case types.List():
                pass
            case leaf:
                yield Leaf(path, leaf, free)


@attrs.define(eq=False)
class Pair:
    """Questions about records that differ at one path only, in values that rules can use."""

    inquiry: Inquiry
    path: Steps
    type: types.Leaf
    higher: Outcomes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.higher = Outcomes(self.inquiry.space, self.inquiry.policy.predicates, frozenset({self.path}))

    def permits(self, action: str, *, rises: bool) -> Pairing | None:
        """Return a pair of which only the higher record is permitted, or with a fall only the lower."""
        low, high = self.inquiry.outcomes.may[action].true, self.higher.may[action].true
        literals = (-low, high) if rises else (low, -high)

        def shows(low: Outcome, high: Outcome) -> bool:
            permitted = (low is Outcome.PERMITTED, high is Outcome.PERMITTED)
            return permitted == ((False, True) if rises else (True, False))

        return self._ask(literals, action, shows)

    def loosens(self, action: str, *, rises: bool) -> Pairing | None:
        """Return a pair whose outcome is looser at the higher record, or with a fall at the lower."""
        gates = self.inquiry.space.gates
        low, high = self.inquiry.outcomes.may[action], self.higher.may[action]
        if not rises:
            low, high = high, low
        looser = gates.disj((gates.conj((high.true, -low.true)), gates.conj((high.possible, -low.possible))))

        def shows(low: Outcome, high: Outcome) -> bool:
            change = STRICTNESS[high] - STRICTNESS[low]
            return change > 0 if rises else change < 0

        return self._ask((looser,), action, shows)

    def _ask(
        self, literals: tuple[int, ...], action: str, shows: Callable[[Outcome, Outcome], bool]
    ) -> Pairing | None:
        space = self.inquiry.space
        ordered = [space.present(self.path), space.present(twin(self.path)), *self._rising()]
        found = space.ask(*literals, *ordered, twins=frozenset({self.path}))
        return None if found is None else self._witnesses(found, action, shows)

    def _rising(self) -> list[int]:
        """Return literals that the twin's value is higher, and both can be used."""
        regions, gates = self.inquiry.space.regions, self.inquiry.space.gates
        other = twin(self.path)
        match self.type:
            case types.Scale():
                ranks = zip(regions.ranks(self.path, self.type), regions.ranks(other, self.type), strict=True)
                return [gates.disj(gates.conj((-low, high)) for low, high in ranks)]
            case types.Number():
                parts = {regions.variable(other): Fraction(1), regions.variable(self.path): Fraction(-1)}
                return [regions.above(parts, Fraction(0), strict=True)]
            case types.Date(past):
                usable = [regions.later(TODAY, (), other, (), 0), -regions.absent(TODAY)] if past else []
                return [regions.later(other, (), self.path, (), 1), *usable]
            case _:
                raise AssertionError("only what is ordered rises")

    def _witnesses(self, found: Found, action: str, shows: Callable[[Outcome, Outcome], bool]) -> Pairing:
        assert found.other is not None
        high = value_at(found.other, self.path)
        policy = self.inquiry.policy

        def confirms(record: dict[str, Any]) -> bool:
            if value_at(record, self.path) is None:
                return False
            low = policy.decide(record, today=found.today)[action]
            return shows(low, policy.decide(with_value(record, self.path, high), today=found.today)[action])

        record = confirmed(found.record, confirms)
        low_witness = witness_of(policy, record, found.today)
        return low_witness, witness_of(policy, with_value(record, self.path, high), found.today)


def value_at(record: Any, path: Steps) -> Any:
    """Return what stands at a path of plain JSON, None for nothing."""
    for step in path:
        if not isinstance(record, dict) or step not in record:
            return None
        record = record[step]
    return record


def with_value(record: dict[str, Any], path: Steps, value: Any) -> dict[str, Any]:
    """Return a record with another value at a path of names."""
    step, rest = str(path[0]), path[1:]
    if not rest:
        return {**record, step: value}
    return {**record, step: with_value(record.get(step, {}), rest, value)}
