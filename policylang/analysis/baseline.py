"""`compare`, for one policy and many others: what they share is made once.

Rules of one digest are the same in both policies, so that a policy which differs from the baseline in
few rules takes few new literals, and little time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property, partial
from typing import Any, TypeVar

import attrs

from policylang.analysis.aligned import differences, unseen
from policylang.analysis.beyond import permits_beyond
from policylang.analysis.checking import TIME_LIMIT
from policylang.analysis.comparing import ActionComparison, Change, Comparison, responsible
from policylang.analysis.count import Counts, counts
from policylang.analysis.lasting import not_kept
from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.smallest import Confirms, Dated, dated, smallest
from policylang.analysis.solver import NotDecided, deadline_in
from policylang.analysis.recording import projected
from policylang.analysis.space import Space
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome, widening
from policylang.core.policy import Policy, policy_given
from policylang.source import deep_stack

T = TypeVar("T")

COUNT_LIMIT = 10.0  # seconds for one action
ROOM = 4_000  # literals more than a small policy's own space has, after which a new one is made
VERDICTS = {
    (False, False): "equivalent",
    (True, False): "looser",
    (False, True): "stricter",
    (True, True): "incomparable",
}
FURTHEST_FIRST = (
    (Outcome.FORBIDDEN, Outcome.PERMITTED),
    (Outcome.UNDETERMINED, Outcome.PERMITTED),
    (Outcome.FORBIDDEN, Outcome.UNDETERMINED),
)


def compare(
    old: Policy,
    new: Policy,
    *,
    time_limit: float | None = TIME_LIMIT,
    count_limit: float = COUNT_LIMIT,
    plain: bool = False,
    answered: Callable[[], None] = lambda: None,
) -> Comparison:
    """Return how NEW differs from OLD: names of rules, order and layout do not matter, only meaning.

    ``time_limit`` is in seconds, and ``count_limit`` is for counting the records that change, for each
    action. ``answered`` is called after each action and each of its records and counts. Looser is an
    outcome nearer to permitted, of forbidden, undetermined, permitted.
    """
    baseline = Baseline(old, plain=plain, is_shared=False)
    return baseline.compare(new, time_limit=time_limit, count_limit=count_limit, answered=answered)


class Baseline:
    """OLD, to be compared with many policies one after the other; each answer is that of `compare`.

    With ``is_shared`` false no more is kept than one comparison needs.
    """

    def __init__(self, old: Policy, *, plain: bool = False, is_shared: bool = True) -> None:
        self.old = policy_given(old)
        self.plain = plain
        self.is_shared = is_shared
        self._before: Outcomes | None = None
        self._bearing: dict[str, Policy] = {}
        self._size = 0

    @deep_stack()  # conditions may be nested more deeply than the digests of releases can follow
    def compare(
        self,
        new: Policy,
        *,
        time_limit: float | None = TIME_LIMIT,
        count_limit: float = 0,
        fewest: bool = True,
        answered: Callable[[], None] = lambda: None,
    ) -> Comparison:
        """Return how NEW differs from OLD; the records that change are counted only within a limit.

        The records shown have the ``fewest`` facts; without that some record that changes is shown, sooner.
        """
        deadline = deadline_in(time_limit)
        old = self.old
        both = [name for name in old.actions if name in policy_given(new).actions]
        only_new = tuple(name for name in new.actions if name not in old.actions)
        only_old = tuple(name for name in old.actions if name not in new.actions)
        is_alike = old.schema == new.schema
        notes = () if is_alike else differences(old.schema, new.schema)
        if is_alike:  # one object, so that no record has to be read twice
            new = attrs.evolve(new, predicates=attrs.evolve(new.predicates, schema=old.schema))
        try:
            # What is counted are the regions of these two policies, and not of all that came before.
            is_shared = self.is_shared and not count_limit
            comparer = self._comparer(new, is_alike, deadline, is_shared)
        except NotDecided as error:
            undecided = tuple(ActionComparison(a, "not decided", None, None, None, str(error)) for a in both)
            return Comparison(undecided, only_old, only_new, only_new, only_old, notes, unseen(old, new))
        # Every verdict first: smaller records and counts may then take what is left of the time.
        actions = _each(comparer.verdict, both, answered)
        added = tuple(name for name in only_new if comparer.may_permit(comparer.after, name))
        removed = tuple(name for name in only_old if comparer.may_permit(comparer.before, name))
        if fewest:
            actions = _each(comparer.with_fewest_facts, actions, answered)
        if count_limit:
            actions = _each(partial(comparer.counted, limit=count_limit), actions, answered)
        told = unseen(old, new)
        if not is_alike:
            actions, beyond = self._beyond(new, actions, deadline)
            told += beyond
        actions, later = self._later(new, actions, deadline)
        told += later
        return Comparison(actions, only_old, only_new, added, removed, notes, told)

    def _beyond(
        self, new: Policy, actions: Iterable[ActionComparison], deadline: float | None
    ) -> tuple[tuple[ActionComparison, ...], tuple[str, ...]]:
        """Return the same with what NEW permits on records that OLD cannot read, and notes on that."""
        found, told = [], []
        for one in actions:
            more = one.permits_more
            try:
                if not more and (where := permits_beyond(self.old, new, one.action, self.plain, deadline)):
                    more = True
                    told.append(f"NEW permits `{one.action}` where {where}, which OLD cannot read")
            except NotDecided as reason:
                more = None
                told.append(f"it is not decided whether NEW permits `{one.action}` beyond OLD: {reason}")
            found.append(attrs.evolve(one, permits_more=more))
        return tuple(found), tuple(told)

    def _later(
        self, new: Policy, actions: Iterable[ActionComparison], deadline: float | None
    ) -> tuple[tuple[ActionComparison, ...], tuple[str, ...]]:
        """Return the same, not decided where OLD may forbid longer in a history, and notes on that."""
        found, told = [], []
        for one in actions:
            more, reason = one.permits_more, None
            if more is False:
                try:
                    label = not_kept(self.old, new, one.action, self.plain, deadline)
                    reason = None if label is None else f"`{label}` of OLD may still be in force"
                except NotDecided as error:
                    reason = str(error)
            if reason is not None:
                more = None
                where = "in a history where OLD forbids it"
                told.append(f"it is not decided whether NEW permits `{one.action}` {where}: {reason}")
            found.append(attrs.evolve(one, permits_more=more))
        return tuple(found), tuple(told)

    def _comparer(self, new: Policy, is_alike: bool, deadline: float | None, is_shared: bool) -> _Comparer:
        if is_shared and is_alike:
            before = self._kept(deadline)
            after = Outcomes(before.space, new.predicates, base=before)
            if after.can_be_had:
                before.space.solver.deadline = deadline
                return _Comparer(self, new, is_alike, before, after)
        before = self._fresh(self.old, new, deadline=deadline)
        after = Outcomes(before.space, new.predicates, base=before if is_alike else None)
        return _Comparer(self, new, is_alike, before, after)

    def bearing_on(self, action: str) -> Policy:
        """Return OLD with only the rules that bear on an action."""
        if action not in self._bearing:
            self._bearing[action] = bearing_on(self.old, action)
        return self._bearing[action]

    def _kept(self, deadline: float | None) -> Outcomes:
        before = self._before
        if before is None or before.space.solver.variables > self._size:
            before = self._before = self._fresh(self.old, deadline=deadline)
            own = before.space.solver.variables
            self._size = own + max(ROOM, own)
        return before

    def _fresh(self, *policies: Policy, deadline: float | None) -> Outcomes:
        room = len(policies) == 1
        predicates = [policy.predicates for policy in policies]
        # Lists of a pair are taken by profiles; for policies to come there are entries to spare.
        space = space_of(*predicates, plain=self.plain, deadline=deadline, room=room, by_profiles=not room)
        return Outcomes(space, self.old.predicates)


def _each(
    ask: Callable[[T], ActionComparison], asked: Iterable[T], answered: Callable[[], None]
) -> tuple[ActionComparison, ...]:
    found = []
    for one in asked:
        found.append(ask(one))
        answered()
    return tuple(found)


@attrs.define(eq=False)
class _Comparer:
    baseline: Baseline
    new: Policy
    is_alike: bool  # whether both read the same record type
    before: Outcomes
    after: Outcomes
    _pairs: dict[str, _Pair] = attrs.field(factory=dict)

    @property
    def space(self) -> Space:
        return self.before.space

    def may_permit(self, outcomes: Outcomes, action: str) -> bool:
        """Return whether a policy permits some record; what is not decided counts as permitted."""
        try:
            return self.space.possible(outcomes.may[action].true)
        except NotDecided:
            return True

    def verdict(self, action: str) -> ActionComparison:
        """Return how an action changes, with some record for each direction."""
        try:
            looser, stricter = (self._change(action, is_looser=which) for which in (True, False))
        except NotDecided as error:
            return ActionComparison(action, "not decided", None, None, None, str(error))
        verdict = VERDICTS[looser is not None, stricter is not None]
        permits_more = looser is not None and looser.new is Outcome.PERMITTED  # asked for first
        return ActionComparison(action, verdict, looser, stricter, permits_more)

    def _change(self, action: str, *, is_looser: bool) -> Change | None:
        if self.before.may[action] == self.after.may[action]:
            return None
        for weak, strong in FURTHEST_FIRST:
            outcomes = (weak, strong) if is_looser else (strong, weak)
            found = self.space.ask(self._says(action, outcomes), needed=True)
            if found is not None:
                return self.pair(action).change(dated(found, self.pair(action).shows(outcomes)), outcomes)
        return None

    def _says(self, action: str, outcomes: tuple[Outcome, Outcome]) -> int:
        """Return the literal that OLD and NEW say this of an action."""
        old, new = outcomes
        literals = (self.before.is_outcome(action, old), self.after.is_outcome(action, new))
        return self.space.gates.conj(literals)

    def pair(self, action: str) -> _Pair:
        if action not in self._pairs:
            policies = self.baseline.bearing_on(action), bearing_on(self.new, action)
            self._pairs[action] = _Pair(policies, self.is_alike, action)
        return self._pairs[action]

    def with_fewest_facts(self, one: ActionComparison) -> ActionComparison:
        """Return the same with records of as few facts as any that show these outcomes."""
        return attrs.evolve(one, looser=self._fewest(one.looser), stricter=self._fewest(one.stricter))

    def _fewest(self, change: Change | None) -> Change | None:
        if change is None:
            return None
        outcomes, pair = (change.old, change.new), self.pair(change.action)
        try:
            literal = self._says(change.action, outcomes)
            found, is_fewest = smallest(self.space, literal, pair.shows(outcomes))
        except NotDecided:
            return change  # no smaller one was found in time
        return pair.change(found, outcomes, is_fewest=is_fewest)

    def counted(self, one: ActionComparison, limit: float) -> ActionComparison:
        """Return the same with the numbers of records that change, where there are any."""
        if one.looser is None and one.stricter is None:
            return one
        ends = [deadline_in(limit), self.space.solver.deadline]
        deadline = min(end for end in ends if end is not None)
        try:
            before, after = self._by_profiles
            low, high = before.may[one.action], after.may[one.action]
            return attrs.evolve(one, counts=counts(before.space, low, high, deadline))
        except NotDecided as error:
            return attrs.evolve(one, counts=Counts(None, None, None, str(error)))

    @cached_property
    def _by_profiles(self) -> tuple[Outcomes, Outcomes]:
        """Both policies with lists as they are counted: by the profiles of their entries."""
        if not self.space.demands.counts:
            return self.before, self.after
        policies, solver = (self.before.policy, self.after.policy), self.space.solver
        space = space_of(
            *policies, plain=solver.is_plain, deadline=solver.deadline, by_profiles=True, short_too=True
        )
        before, after = (Outcomes(space, one) for one in policies)
        return before, after


@attrs.define(eq=False)
class _Pair:
    """Both policies, each without the rules that do not bear on an action."""

    policies: tuple[Policy, Policy]
    is_alike: bool
    action: str
    _last: tuple[Any, date | None, tuple[Decision, Decision]] | None = None

    def decide(self, record: Mapping[str, Any], today: date | None) -> tuple[Decision, Decision]:
        if self._last is None or self._last[0] is not record or self._last[1] != today:
            old, new = self.policies
            if self.is_alike:  # then it is read once
                before = after = old.record(record)
            else:
                before, after = (p.record(projected(dict(record), p.schema)) for p in (old, new))
            found = (old.decide(before, today=today), new.decide(after, today=today))
            self._last = (record, today, found)
        return self._last[2]

    def shows(self, outcomes: tuple[Outcome, Outcome]) -> Confirms:
        """Return whether a record and a date have these outcomes, by the reference evaluator."""

        def confirms(record: dict[str, Any], today: date | None) -> bool:
            before, after = self.decide(record, today)
            return (before[self.action], after[self.action]) == outcomes

        return confirms

    def change(self, found: Dated, outcomes: tuple[Outcome, Outcome], *, is_fewest: bool = False) -> Change:
        record, today = found
        old, new = self.decide(record, today)
        return Change(
            self.action,
            *outcomes,
            record,
            today,
            old.record.data,
            new.record.data,
            responsible(old, self.action),
            responsible(new, self.action),
            is_fewest,
            (old, new),
        )


def bearing_on(policy: Policy, action: str) -> Policy:
    """Return a policy with only the rules that bear on an action or on what it widens."""
    predicates = policy.predicates
    names = set(widening({a.name: a for a in predicates.actions}, action))
    kept = dict.fromkeys(one for one, effect in predicates.effects if not names.isdisjoint(effect.actions))
    return attrs.evolve(policy, predicates=attrs.evolve(predicates, instances=tuple(kept)))
