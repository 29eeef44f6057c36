"""Section 6 of the language: from the truths of rule instances to outcomes, in a history too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
import enum

import attrs

from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Effect, Instance, Predicate, Predicates
from policylang.language import checked as c
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth, disjunction


class Outcome(enum.Enum):
    """What a policy says of an action."""

    PERMITTED = "permitted"
    FORBIDDEN = "forbidden"
    UNDETERMINED = "undetermined"

    def __str__(self) -> str:
        return self.value


OUTCOMES = {TRUE: Outcome.PERMITTED, FALSE: Outcome.FORBIDDEN, UNKNOWN: Outcome.UNDETERMINED}


@attrs.frozen(eq=False, slots=False)  # there are many, and without slots they are made sooner
class Finding:
    """One effect of one instance with its truth now (``active``) and with the past (``force``)."""

    instance: Instance
    effect: Effect
    active: Truth
    force: Truth
    before: Truth  # its force at the previous date, false without a past
    since: date | None  # since when it has been active without a break
    perhaps_since: date | None  # since when it may have been

    @property
    def truths(self) -> tuple[Truth, Truth, Truth, date | None, date | None]:
        """All that a record says of the effect."""
        return self.active, self.force, self.before, self.since, self.perhaps_since

    @property
    def predicates(self) -> list[Predicate]:
        """The predicates that the force depends on: the effect's own, and its release after a past."""
        if self.effect.until is None or self.before is FALSE:
            return [self.effect.predicate]
        return [self.effect.predicate, self.effect.until]


# --- which effects hold ---------------------------------------------------------------------------


def findings(policy: Predicates, evaluator: Evaluator) -> tuple[Finding, ...]:
    """Return the finding of every effect on one record, without a past."""
    today, found = evaluator.today, []
    for instance, effect in policy.effects:
        truth = evaluator.evaluate(effect.predicate)
        found.append(Finding(instance, effect, truth, truth, FALSE, today, today))
    return tuple(found)


def findings_after(
    earlier: Sequence[Finding], policy: Predicates, evaluator: Evaluator
) -> tuple[Finding, ...]:
    """Return the findings of a history: prohibitions with an `until` stay until it is true.

    ``earlier`` are those of the date before, none at the first.
    """
    today, found = evaluator.today, []
    for place, (instance, effect) in enumerate(policy.effects):
        past = earlier[place] if earlier else None
        active = force = evaluator.evaluate(effect.predicate)
        before = past.force if past else FALSE
        if effect.until is not None:
            force = active | (before & ~evaluator.evaluate(effect.until))
        was = past.active if past else FALSE
        since = past.since if past and was is TRUE else today
        perhaps_since = past.perhaps_since if past and was is not FALSE else today
        found.append(Finding(instance, effect, active, force, before, since, perhaps_since))
    return tuple(found)


# --- what follows for actions ---------------------------------------------------------------------


def combine(
    policy: Predicates, findings: tuple[Finding, ...]
) -> dict[str, tuple[Truth, Truth, Truth, Truth]]:
    """Return for each action its F, its P, what it permits itself, and may(a) with all it widens."""
    forbidding: dict[str, list[Truth]] = {a.name: [] for a in policy.actions}
    permitting: dict[str, list[Truth]] = {a.name: [] for a in policy.actions}
    for finding in findings:
        table = permitting if finding.effect.kind == "permit" else forbidding
        for action in finding.effect.actions:
            table[action].append(finding.force)
    actions = {a.name: a for a in policy.actions}
    own: dict[str, tuple[Truth, Truth, Truth]] = {}
    for one in policy.actions:
        f, p = disjunction(forbidding[one.name]), disjunction(permitting[one.name])
        own[one.name] = (f, p, ~f if one.permitted else p & ~f)
    result = {}
    for name in actions:
        may = TRUE
        for widened in widening(actions, name):
            may &= own[widened][2]
        result[name] = (*own[name], may)
    return result


def widening(actions: Mapping[str, c.Action], name: str) -> list[str]:
    """Return an action and all that it widens, in turn."""
    chain = [name]
    while (wider := actions[chain[-1]].widens) is not None:
        chain.append(wider)
    return chain
