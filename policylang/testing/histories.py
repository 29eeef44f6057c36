"""Policies that decide every single record alike, and perhaps not every history.

In a history a prohibition with an `until` stays in force after its trigger has gone, as long as its
release does not hold: ``force(t) = active(t) or (force(t-1) and not release(t))``. For two policies
that decide every record alike this is all in which they can differ, and it is settled so:

- where for each prohibition both triggers are the same truth on every record, and so is what is in
  force after a past in which it was (``active or not release``), then by induction every history is
  decided alike: with ``force(t-1)`` unknown the two are one as well, since `and` and `or` distribute;
- else two dated records are looked for: one on which the prohibition is in force in one of the
  policies or in both, and one that is decided otherwise after it. The evaluator confirms them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import attrs

from policylang.analysis.baseline import compare
from policylang.analysis.outcomes import PROHIBITIONS, space_of
from policylang.analysis.rails import Rails
from policylang.analysis.solver import NotDecided, deadline_in
from policylang.analysis.space import Found, Space
from policylang.analysis.witness import SOME_DAY, confirmed
from policylang.core.canonical import Digester
from policylang.core.policy import Policy
from policylang.core.predicates import Effect, Predicate
from policylang.language import checked as c

Key = tuple[str, int, int, tuple[tuple[str, str], ...], str, tuple[str, ...], int]
"""A prohibition: where its rule begins, its members, kind and actions, its place among those alike."""

Dated = tuple[date, dict[str, Any]]


Pair = tuple[Effect | None, Effect | None]
"""A prohibition in both policies, None where it is gone."""


@attrs.frozen
class HistoryDifference:
    """Two dated records of one subject; the outcomes of both policies on the second date."""

    steps: tuple[Dated, Dated]
    expected: dict[str, str]
    mutated: dict[str, str]


def history_difference(old: Policy, new: Policy, *, time_limit: float | None) -> HistoryDifference | None:
    """Return a history that two policies decide differently which decide every record alike.

    None is a proof that there is none; NotDecided where neither is found.
    """
    before, after = prohibitions(old), prohibitions(new)
    if _digests(before) == _digests(after):
        return None
    deadline = deadline_in(time_limit)
    space = space_of(old.predicates, new.predicates, deadline=deadline)
    for key in dict.fromkeys((*before, *after)):
        pair = before.get(key), after.get(key)
        if not _are_alike(space, pair):
            for past in _pasts(space, pair):
                found = _after(old, new, pair, past, time_limit)
                if found is not None:
                    return found
            raise NotDecided("no history of two records tells them apart, and none was proved not to")
    return None


def prohibitions(policy: Policy) -> dict[Key, Effect]:
    """Return the prohibitions of a policy in the order of its instances."""
    found: dict[Key, Effect] = {}
    for instance in policy.predicates.instances:
        for effect in instance.effects:
            if effect.kind in PROHIBITIONS:
                at = (instance.rule.span.source, *instance.rule.span.start)
                key, place = (*at, tuple(instance.members.items()), effect.kind, effect.actions), 0
                while (*key, place) in found:
                    place += 1
                found[*key, place] = effect
    return found


def _digests(effects: Mapping[Key, Effect]) -> Counter[tuple[str, str | None, tuple[str, ...]]]:
    digester = Digester()
    return Counter(
        (digester.digest_of(effect.predicate), digester.of(effect.until), tuple(sorted(effect.actions)))
        for effect in effects.values()
        if _latches(effect)
    )


def _latches(effect: Effect | None) -> bool:
    return effect is not None and effect.until is not None


def in_force(effect: Effect) -> Predicate:
    """Return what is in force after a past in which it was."""
    if effect.until is None:
        return effect.predicate
    span = effect.predicate.span
    return c.Or((effect.predicate, c.Not(effect.until, span=span)), span=span)


def _are_alike(space: Space, pair: Pair) -> bool:
    """Return whether a prohibition has the same past, whatever came before."""
    if not any(_latches(effect) for effect in pair):
        return True
    old, new = pair
    if old is None or new is None:
        return False
    differences = [
        space.gates.conj((one, -other))
        for x, y in ((_active(space, old), _active(space, new)), (_held(space, old), _held(space, new)))
        for one, other in (
            (x.true, y.true),
            (y.true, x.true),
            (x.possible, y.possible),
            (y.possible, x.possible),
        )
    ]
    return not space.possible(space.gates.disj(differences))


def _active(space: Space, effect: Effect) -> Rails:
    return space.rails(effect.predicate)


def _held(space: Space, effect: Effect) -> Rails:
    """Return the rails of what is in force after a past in which it was."""
    active = _active(space, effect)
    if effect.until is None:
        return active
    release, disj = space.rails(effect.until), space.gates.disj
    return Rails(disj((active.true, -release.possible)), disj((active.possible, -release.true)))


@attrs.frozen
class Past:
    """A record, and in which of the two policies the prohibition is in force on it."""

    found: Found
    holds: tuple[bool, bool]


def _pasts(space: Space, pair: Pair) -> Iterator[Past]:
    """Yield a past for each way in which the prohibition is in force in one of them or in both."""
    for holds in ((True, True), (True, False), (False, True)):
        literals = []
        for effect, held in zip(pair, holds, strict=True):
            if effect is not None and effect.until is not None:
                rails = _active(space, effect)
                literals.append(rails.true if held else -rails.possible)
            elif held:
                break  # nothing that could stay in force
        else:
            found = space.ask(*literals)
            if found is not None:
                yield Past(found, holds)


def _after(
    old: Policy, new: Policy, pair: Pair, past: Past, time_limit: float | None
) -> HistoryDifference | None:
    """Return a history that goes on from a past and is then decided differently."""
    sides = [
        _after_past(policy, effect) if held and effect is not None else policy
        for policy, effect, held in zip((old, new), pair, past.holds, strict=True)
    ]
    for change in compare(*sides, time_limit=time_limit, count_limit=0).changes:
        second = change.today or SOME_DAY
        for day in (past.found.today, second - timedelta(1)):
            if day is not None and day < second:
                steps = ((day, past.found.record), (second, change.record))
                if _outcomes(old, steps) != _outcomes(new, steps):
                    return _told(old, new, steps)
    return None


def _after_past(policy: Policy, effect: Effect) -> Policy:
    """Return the policy as it decides when one prohibition has been in force before."""
    held = attrs.evolve(effect, predicate=in_force(effect))
    instances = tuple(
        attrs.evolve(instance, effects=tuple(held if one is effect else one for one in instance.effects))
        for instance in policy.predicates.instances
    )
    return attrs.evolve(policy, predicates=attrs.evolve(policy.predicates, instances=instances))


def _outcomes(policy: Policy, steps: tuple[Dated, Dated]) -> dict[str, str]:
    return {action: outcome.value for action, outcome in policy.decide_history(steps)[-1].outcomes.items()}


def _told(old: Policy, new: Policy, steps: tuple[Dated, Dated]) -> HistoryDifference:
    """Return the difference with few facts in both records."""
    (day, first), (second_day, second) = steps
    expected, mutated = _outcomes(old, steps), _outcomes(new, steps)

    def shows(first: dict[str, Any], second: dict[str, Any]) -> bool:
        fewer = ((day, first), (second_day, second))
        return (_outcomes(old, fewer), _outcomes(new, fewer)) == (expected, mutated)

    first = confirmed(first, lambda fewer: shows(fewer, second))
    second = confirmed(second, lambda fewer: shows(first, fewer))
    differing = [action for action in expected if expected[action] != mutated[action]]
    return HistoryDifference(
        ((day, first), (second_day, second)),
        {action: expected[action] for action in differing},
        {action: mutated[action] for action in differing},
    )
