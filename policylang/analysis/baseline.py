"""`compare`, for one policy and many others: what they share is made once.

Rules of one digest are the same in both policies, so that a policy which differs from the baseline in
few rules takes few new literals, and little time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property, partial
from time import monotonic
from typing import Any

import attrs

from policylang.analysis.aligned import differences
from policylang.analysis.checking import TIME_LIMIT
from policylang.analysis.comparing import STRICTNESS, ActionComparison, Change, Comparison, responsible
from policylang.analysis.count import counts
from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.smallest import dated, smallest
from policylang.analysis.solver import NotDecided
from policylang.analysis.space import Space, projected
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome, widening
from policylang.core.policy import Policy

COUNT_LIMIT = 10.0  # seconds for one action
GROWTH = 4  # times the literals of the baseline's own space, after which a new one is made
ROOM = 20_000  # literals that a small policy's space may have at any rate


def compare(
    old: Policy,
    new: Policy,
    *,
    time_limit: float | None = TIME_LIMIT,
    count_limit: float = COUNT_LIMIT,
    plain: bool = False,
) -> Comparison:
    """Return how NEW differs from OLD: names of rules, order and layout do not matter, only meaning.

    ``time_limit`` is in seconds, and ``count_limit`` is for counting the records that change, for each
    action. Looser is an outcome nearer to permitted, of forbidden, undetermined, permitted.
    """
    baseline = Baseline(old, plain=plain, is_shared=False)
    return baseline.compare(new, time_limit=time_limit, count_limit=count_limit)


class Baseline:
    """OLD, to be compared with many policies one after the other; each answer is that of `compare`.

    With ``is_shared`` false no more is kept than one comparison needs.
    """

    def __init__(self, old: Policy, *, plain: bool = False, is_shared: bool = True) -> None:
        self.old = old
        self.plain = plain
        self.is_shared = is_shared
        self._before: Outcomes | None = None
        self._size = 0

    def compare(
        self,
        new: Policy,
        *,
        time_limit: float | None = TIME_LIMIT,
        count_limit: float = 0,
        fewest: bool = True,
    ) -> Comparison:
        """Return how NEW differs from OLD; the records that change are counted only within a limit.

        The records shown have the ``fewest`` facts; without that some record that changes is shown, sooner.
        """
        deadline = None if time_limit is None else monotonic() + time_limit
        old = self.old
        both = [name for name in old.actions if name in new.actions]
        only_new = tuple(name for name in new.actions if name not in old.actions)
        only_old = tuple(name for name in old.actions if name not in new.actions)
        is_alike = old.schema == new.schema
        notes = () if is_alike else differences(old.schema, new.schema)
        try:
            # What is counted are the regions of these two policies, and not of all that came before.
            is_shared = self.is_shared and not count_limit
            comparer = self._comparer(new, is_alike, deadline, fewest, is_shared)
        except NotDecided as error:
            undecided = tuple(ActionComparison(a, "not decided", None, None, None, str(error)) for a in both)
            return Comparison(undecided, only_old, only_new, only_new, notes)
        actions = tuple(comparer.action(name, count_limit) for name in both)
        added = tuple(name for name in only_new if comparer.may_permit(name))
        return Comparison(actions, only_old, only_new, added, notes)

    def _comparer(
        self, new: Policy, is_alike: bool, deadline: float | None, fewest: bool, is_shared: bool
    ) -> _Comparer:
        before = self._kept(deadline) if is_shared else None
        if before is None or not is_alike or not before.takes(new.predicates):
            before = self._fresh(self.old, new, deadline=deadline)
        before.space.solver.deadline = deadline
        after = Outcomes(before.space, new.predicates)
        if is_alike:
            after.known = before.by_meaning
        return _Comparer(self.old, new, is_alike, before, after, fewest)

    def _kept(self, deadline: float | None) -> Outcomes:
        before = self._before
        if before is None or before.space.solver.variables > self._size:
            before = self._before = self._fresh(self.old, deadline=deadline)
            self._size = max(ROOM, GROWTH * before.space.solver.variables)
        return before

    def _fresh(self, *policies: Policy, deadline: float | None) -> Outcomes:
        room = len(policies) == 1
        predicates = [policy.predicates for policy in policies]
        space = space_of(*predicates, plain=self.plain, deadline=deadline, room=room)
        return Outcomes(space, self.old.predicates)


@attrs.define(eq=False)
class _Comparer:
    old: Policy
    new: Policy
    is_alike: bool  # whether both read the same record type
    before: Outcomes
    after: Outcomes
    fewest: bool

    @property
    def space(self) -> Space:
        return self.before.space

    def may_permit(self, action: str) -> bool:
        """Return whether NEW permits some record; one not decided counts as permitted."""
        try:
            return self.space.possible(self.after.may[action].true)
        except NotDecided:
            return True

    def action(self, action: str, count_limit: float) -> ActionComparison:
        try:
            asked = _Asked(self, action)
            looser, stricter = asked.change(looser=True), asked.change(looser=False)
            permits_more = looser is not None and looser.new is Outcome.PERMITTED  # asked for first
        except NotDecided as error:
            return ActionComparison(action, "not decided", None, None, None, str(error))
        verdict = {
            (False, False): "equivalent",
            (True, False): "looser",
            (False, True): "stricter",
            (True, True): "incomparable",
        }[looser is not None, stricter is not None]
        found = ActionComparison(action, verdict, looser, stricter, permits_more)
        if count_limit and found.verdict != "equivalent":
            ends = [monotonic() + count_limit, self.space.solver.deadline]
            deadline = min(end for end in ends if end is not None)
            low, high = self.before.may[action], self.after.may[action]
            return attrs.evolve(found, counts=counts(self.space, low, high, deadline))
        return found


@attrs.define(eq=False, slots=False)
class _Asked:
    """One action of both policies, each without the rules that do not bear on it."""

    comparer: _Comparer
    action: str
    _last: tuple[Any, date | None, tuple[Decision, Decision]] | None = None

    @cached_property
    def policies(self) -> tuple[Policy, Policy]:
        comparer = self.comparer
        return bearing_on(comparer.old, self.action), bearing_on(comparer.new, self.action)

    def change(self, *, looser: bool) -> Change | None:
        """Return a record that NEW decides looser (or stricter), as plain a one as there is."""
        space = self.comparer.space
        low, high = self.comparer.before.may[self.action], self.comparer.after.may[self.action]
        if not looser:
            low, high = high, low
        if low == high:
            return None
        conj = space.gates.conj
        # From permitted against forbidden to whatever differs.
        for literal in (
            conj((high.true, -low.possible)),
            conj((high.true, -low.true)),
            conj((high.possible, -low.possible)),
        ):
            found = space.ask(literal, thin=self.comparer.fewest)
            if found is not None:
                shows = partial(self.says, looser)
                if not self.comparer.fewest:
                    return self.described(*dated(found, shows))
                before, after = (decision[self.action] for decision in self.decide(found.record, found.today))
                shows = partial(self.says, looser, outcomes=(before, after))
                return self.described(*smallest(space, literal, found, shows))
        return None

    def decide(self, record: Mapping[str, Any], today: date | None) -> tuple[Decision, Decision]:
        if self._last is None or self._last[0] is not record or self._last[1] != today:
            old, new = self.policies
            before, after = record, record
            if not self.comparer.is_alike:
                before, after = (projected(dict(record), p.schema) for p in (old, new))
            read = old.record(before)
            other = read if self.comparer.is_alike else new.record(after)
            found = (old.decide(read, today=today), new.decide(other, today=today))
            self._last = (record, today, found)
        return self._last[2]

    def says(
        self,
        looser: bool,
        record: dict[str, Any],
        today: date | None,
        outcomes: tuple[Outcome, Outcome] | None = None,
    ) -> bool:
        """Return whether a record changes in this direction, and between these outcomes."""
        before, after = (decision[self.action] for decision in self.decide(record, today))
        change = STRICTNESS[after] - STRICTNESS[before]
        return (change > 0 if looser else change < 0) and outcomes in (None, (before, after))

    def described(self, record: dict[str, Any], today: date | None) -> Change:
        old, new = self.decide(record, today)
        return Change(
            self.action,
            old[self.action],
            new[self.action],
            record,
            today,
            projected(record, self.comparer.old.schema),
            projected(record, self.comparer.new.schema),
            responsible(old, self.action),
            responsible(new, self.action),
            (old, new),
        )


def bearing_on(policy: Policy, action: str) -> Policy:
    """Return a policy with only the rules that bear on an action or on what it widens."""
    predicates = policy.predicates
    names = set(widening({a.name: a for a in predicates.actions}, action))
    kept = tuple(i for i in predicates.instances if any(names & set(e.actions) for e in i.effects))
    return attrs.evolve(policy, predicates=attrs.evolve(predicates, instances=kept))
