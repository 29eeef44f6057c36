"""Whether NEW keeps an action forbidden as long as OLD does, once something forbade it.

A prohibition with an `until` is in force from when it is active to its release: it is as true as the greater
of "active" and "in force before, and not released". So one of NEW is in any history as much in force as one
of OLD, or more, where on every record it is as active, or more, and no more released. An action whose lasting
prohibitions in OLD all have such a one in NEW is permitted by NEW in a history only where the record alone
permits it and none of OLD's is in force; and what the record alone permits in NEW it permits in OLD, or
`compare` has shown a record.
"""

from __future__ import annotations

from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.reading import effects_on
from policylang.analysis.space import Space
from policylang.core.canonical import Digester
from policylang.core.policy import Policy
from policylang.core.predicates import Effect, Instance, Predicate


def not_kept(old: Policy, new: Policy, action: str, plain: bool, deadline: float | None) -> str | None:
    """Return a rule of OLD that may still forbid an action which NEW permits, None when there is none.

    It is one for which NEW has no single prohibition that lasts as long; several together may do all
    the same. NotDecided past a limit.
    """
    theirs = _lasting(new, action)
    same = {_of_rule(instance, effect) for instance, effect, _ in theirs}
    ours = [one for one in _lasting(old, action) if _of_rule(one[0], one[1]) not in same]
    if not ours:
        return None
    meaning = Digester().of
    kept = {(meaning(effect.predicate), meaning(until)) for _, effect, until in theirs}
    space: Space | None = None
    for instance, effect, until in ours:
        if (meaning(effect.predicate), meaning(until)) in kept:
            continue
        if old.schema != new.schema:
            return instance.rule.label
        if space is None:
            space = space_of(old.predicates, new.predicates, plain=plain, deadline=deadline)
            if not space.possible(Outcomes(space, new.predicates).may[action].true):
                return None
        if not any(
            _is_nowhere_above(space, effect.predicate, other.predicate)
            and _is_nowhere_above(space, other_until, until)
            for _, other, other_until in theirs
        ):
            return instance.rule.label
    return None


def _lasting(policy: Policy, action: str) -> list[tuple[Instance, Effect, Predicate]]:
    effects = effects_on(policy, action)
    return [(instance, effect, effect.until) for instance, effect in effects if effect.until is not None]


def _of_rule(instance: Instance, effect: Effect) -> tuple[str, str, tuple[str, ...]]:
    """Return what is alike in two policies only with the whole rule, and its effects on these actions."""
    return instance.rule.digest, effect.kind, effect.actions


def _is_nowhere_above(space: Space, one: Predicate, other: Predicate) -> bool:
    """Return whether a predicate is on no record truer than another one."""
    a, b = space.rails(one), space.rails(other)
    return not (space.possible(a.true, -b.true) or space.possible(a.possible, -b.possible))
