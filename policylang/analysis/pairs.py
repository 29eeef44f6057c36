"""Pairs of records that differ in one value: the lower one, and its twin with the higher one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property
from typing import Any

import attrs

from policylang.analysis.inquiry import Inquiry
from policylang.analysis.outcomes import Outcomes
from policylang.analysis.regions import TODAY, twin
from policylang.analysis.witness import Unconfirmed, Witness, witness_of
from policylang.core.outcomes import Outcome
from policylang.core.record import Steps
from policylang.language import schema as types

STRICTNESS = {Outcome.FORBIDDEN: 0, Outcome.UNDETERMINED: 1, Outcome.PERMITTED: 2}
PERMITTED = Outcome.PERMITTED
Pairing = tuple[Witness, Witness]


@attrs.frozen
class Leaf:
    """A leaf of the record outside of lists."""

    steps: Steps
    type: types.Leaf
    adjustable: bool


def leaves(fields: tuple[types.Field, ...], at: Steps = ()) -> Iterator[Leaf]:
    """Yield every leaf outside of lists, one for each member of a table."""
    for field in fields:
        path = (*at, field.name)
        match field.type:
            case types.Group(inner):
                yield from leaves(inner, path)
            case types.Table(over, inner):
                for member in over.members:
                    yield from leaves(inner, (*path, member))
            case types.List():
                pass
            case leaf:
                yield Leaf(path, leaf, field.adjustable)


@attrs.define(eq=False, slots=False)
class Pair:
    """Questions about records that differ at one path only, in values that rules can use."""

    inquiry: Inquiry
    path: Steps
    type: types.Leaf

    @cached_property
    def higher(self) -> Outcomes:
        """The outcomes of the twin record."""
        return self.inquiry.outcomes.twin_at(self.path)

    def permits_both_ways(self, action: str) -> Pairing | None:
        """Return a pair of which only the higher record is permitted, if for another it is only the lower."""
        space, low = self.inquiry.space, self.inquiry.outcomes.may[action].true
        if not space.regions.moves_both_ways(self.path, low):
            return None
        high = self.higher.may[action].true
        if not all(space.possible(*rail, *self.ordered) for rail in ((low, -high), (-low, high))):
            return None
        return self._ask((-low, high), action, lambda low, high: low is not PERMITTED and high is PERMITTED)

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
        twins = frozenset({self.path})
        found = self.inquiry.space.ask(*literals, *self.ordered, twins=twins, thin=True)
        if found is None:
            return None
        assert found.other is not None
        pair = [(r, self.inquiry.policy.decide(r, today=found.today)) for r in (found.record, found.other)]
        if not shows(*(decision[action] for _, decision in pair)):
            raise Unconfirmed(repr(found))
        low, high = (witness_of(record, decision) for record, decision in pair)
        return low, high

    @cached_property
    def ordered(self) -> list[int]:
        """Literals that both records have the value, and the twin's is higher."""
        space = self.inquiry.space
        return [space.present(self.path), space.present(twin(self.path)), *self._rising()]

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


def pair_at(inquiry: Inquiry, leaf: Leaf) -> Pair:
    """Return the questions about a leaf, which those on other actions share."""
    if leaf.steps not in inquiry.pairs:
        inquiry.pairs[leaf.steps] = Pair(inquiry, leaf.steps, leaf.type)
    found = inquiry.pairs[leaf.steps]
    assert isinstance(found, Pair)
    return found


def value_at(record: Any, path: Steps) -> Any:
    """Return what stands at a path of plain JSON, None for nothing."""
    for step in path:
        if not isinstance(record, dict) or step not in record:
            return None
        record = record[step]
    return record
