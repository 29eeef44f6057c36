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
    theirs = [(effect, until) for _, effect, until in _lasting(new, action)]
    meaning = Digester().of
    kept = {(meaning(effect.predicate), meaning(until)) for effect, until in theirs}
    ours = [
        (instance.rule.label, effect.predicate, until)
        for instance, effect, until in _lasting(old, action)
        if (meaning(effect.predicate), meaning(until)) not in kept
    ]
    if not ours:
        return None
    if old.schema != new.schema:
        return ours[0][0]
    space = space_of(old.predicates, new.predicates, plain=plain, deadline=deadline)
    if not space.possible(Outcomes(space, new.predicates).may[action].true):
        return None
    for label, predicate, until in ours:
        if not any(
            _is_nowhere_above(space, predicate, other.predicate)
            and _is_nowhere_above(space, other_until, until)
            for other, other_until in theirs
        ):
            return label
    return None


def _lasting(policy: Policy, action: str) -> list[tuple[Instance, Effect, Predicate]]:
    effects = effects_on(policy, action)
    return [(instance, effect, effect.until) for instance, effect in effects if effect.until is not None]


def _is_nowhere_above(space: Space, one: Predicate, other: Predicate) -> bool:
    """Return whether a predicate is on no record truer than another one."""
    a, b = space.rails(one), space.rails(other)
    return not (space.possible(a.true, -b.true) or space.possible(a.possible, -b.possible))
