"""Laws of rules and actions: no conflict, no gap, no idle rule, and every prohibition ends as it says."""

from __future__ import annotations

from functools import partial
from random import Random

import attrs

from policylang.analysis.actions import Specified
from policylang.analysis.rules import instance_name, unspecified_in
from policylang.analysis.solver import NotDecided
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome, combine
from policylang.core.predicates import Effect, Instance
from policylang.testing.failures import LawBroken, Shown
from policylang.testing.goals import Goals, Wish, fixed, forbidding, may, permitting
from policylang.testing.strategies import Case
from policylang.testing.trials import Trial, law
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth

MAX_SPECIFIED = 6  # `unspecified` defines of which every combination of truths is tried


@law
def no_conflict(trial: Trial) -> None:
    """No record has one rule permit an action while another forbids it.

    The prohibition wins, but one of the two authors meant something else. `overrides` or `unless` says
    which rule is to give way. A `require` is a condition on top of a permission, and is at odds with none.
    """
    policy = trial.policy
    aims = []
    for action in policy.actions:
        permits, forbids = permitting(policy, action), forbidding(policy, action)
        forbids = [pair for pair in forbids if pair[1].kind == "forbid"]
        if permits and forbids:
            aims.append(partial(_pair, permits, forbids))

    def holds(case: Case) -> LawBroken | None:
        decision = policy.decide(case[0], today=case[1])
        for action in policy.actions:
            true = [f for f in decision.findings if f.active is TRUE and action in f.effect.actions]
            allowing = [f.instance for f in true if f.effect.kind == "permit"]
            against = [f.instance for f in true if f.effect.kind == "forbid"]
            if allowing and against:
                one, other = allowing[0], against[0]
                sentence = f"{instance_name(one)} permits {action} and {instance_name(other)} forbids it"
                shown = Shown(*case, (action,))
                return trial.broken(sentence, shown, spans=(one.rule.span, other.rule.span))
        return None

    if aims:
        trial.each(trial.cases(aims), holds)


def _pair(
    permits: list[tuple[Instance, Effect]], forbids: list[tuple[Instance, Effect]], random: Random
) -> Goals:
    return tuple((random.choice(side)[1].predicate, TRUE) for side in (permits, forbids))


# --- gaps ---------------------------------------------------------------------------------------


@law
def no_gap(trial: Trial) -> None:
    """Every action is constrained, and a record that lacks nothing settles it.

    What the policy leaves `unspecified` is taken to be settled, one way or the other.
    """
    policy = trial.policy
    for action in policy.actions.values():
        if not policy.is_constrained(action.name):
            raise trial.broken(f"no rule constrains {action.name}", spans=(action.span,))

    def holds(case: Case) -> LawBroken | None:
        decision = policy.decide(case[0], today=case[1])
        for action in policy.actions:
            if decision[action] is Outcome.UNDETERMINED and _is_gap(decision, action):
                sentence = f"a record that lacks nothing leaves {action} undetermined"
                spans = [finding.instance.rule.span for finding in decision.deciding(action)]
                return trial.broken(sentence, Shown(*case, (action,)), spans=spans)
        return None

    aims = [fixed(((may(policy, action), UNKNOWN),)) for action in policy.actions]
    if aims:
        trial.each(trial.cases(aims, complete=True), holds, complete=True)


def _is_gap(decision: Decision, action: str) -> bool:
    """Return whether an action stays undetermined with its `unspecified` defines specified in some way."""
    names = sorted({n for f in decision.deciding(action) for n in unspecified_in(f.effect.predicate)})
    ways = range(2 ** min(len(names), MAX_SPECIFIED))
    for way in ways:
        truths = {name: TRUE if way >> place & 1 else FALSE for place, name in enumerate(names)}
        evaluator = Specified(decision.evaluator, truths)
        findings = tuple(
            attrs.evolve(f, active=truth, force=truth)
            for f in decision.findings
            for truth in [evaluator.evaluate(f.effect.predicate)]
        )
        if combine(decision.policy.predicates, findings)[action][3] is UNKNOWN:
            return True
    return False


# --- idle rules ---------------------------------------------------------------------------------


@law
def every_rule_fires(trial: Trial) -> None:
    """Every effect of every rule holds for some record.

    A rule that never fires, and a requirement that is never unmet, says nothing: its parts exclude each
    other, an exception swallows it, or what it requires is there by itself. Where no such record is
    drawn, the exact analysis says whether there is one.
    """
    policy = trial.policy
    effects = policy.predicates.effects
    places = [(instance.rule.label, instance.effects.index(effect)) for instance, effect in effects]
    idle = dict.fromkeys(places)

    def look(case: Case) -> None:
        decision = policy.decide(case[0], today=case[1])
        for place, finding in zip(places, decision.findings, strict=True):
            if finding.active is TRUE:
                idle.pop(place, None)

    trial.each(trial.sampler.cases(), look)
    for label, number in idle:
        instances = [i for i in policy.predicates.instances if i.rule.label == label]
        parts = [instance.effects[number].predicate for instance in instances]
        if not _any_possible(trial, [((part, TRUE),) for part in parts], f"`{label}` fires"):
            rule, kind = instances[0].rule, instances[0].effects[number].kind
            is_met = kind == "require" and _any_possible(
                trial, [((instance.active, TRUE),) for instance in instances], f"`{label}` applies"
            )
            what = "what it requires is always there" if is_met else "it never applies"
            raise trial.broken(f"no record makes {label} fire: {what}", spans=(rule.span,))


def _any_possible(trial: Trial, ways: list[Goals], what: str) -> bool:
    try:
        return any(trial.possible(*goals) for goals in ways)
    except NotDecided as reason:
        raise trial.broken(f"no record was drawn on which {what}, and none is excluded: {reason}") from None


# --- releases -----------------------------------------------------------------------------------


@law
def until_releases(trial: Trial) -> None:
    """Every prohibition with an `until` has a way out: some record meets it, and none that does is forbidden.

    Where no record that meets it is drawn, the exact analysis says whether there is one.
    """
    policy = trial.policy
    released = [(i, effect) for i, effect in policy.predicates.effects if effect.until is not None]
    closed = dict.fromkeys(instance.rule.label for instance, _ in released)

    def holds(case: Case) -> LawBroken | None:
        decision = policy.decide(case[0], today=case[1])
        for finding in decision.findings:
            until = finding.effect.until
            if until is None or decision.evaluator.evaluate(until) is not TRUE:
                continue
            closed.pop(finding.instance.rule.label, None)
            if finding.active is not FALSE:
                still = "still forbids" if finding.active is TRUE else "may still forbid"
                name = instance_name(finding.instance)
                sentence = (
                    f"the `until` of {name} holds, and it {still} {' and '.join(finding.effect.actions)}"
                )
                shown = Shown(*case, finding.effect.actions)
                return trial.broken(sentence, shown, spans=(finding.instance.rule.span,))
        return None

    if not released:
        return
    aims: list[Wish] = [partial(_held, released, truth) for truth in (TRUE, UNKNOWN, FALSE)]
    trial.each(trial.cases(aims), holds)
    for label in closed:
        ways: list[Goals] = []
        for instance, effect in released:
            if instance.rule.label == label and effect.until is not None:
                ways.append(((effect.until, TRUE),))
        if not _any_possible(trial, ways, f"the `until` of `{label}` holds"):
            span = next(i.rule.span for i, _ in released if i.rule.label == label)
            raise trial.broken(f"no record meets the `until` of {label}: there is no way out", spans=(span,))


def _held(released: list[tuple[Instance, Effect]], truth: Truth, random: Random) -> Goals:
    _, effect = random.choice(released)
    assert effect.until is not None
    return (effect.until, TRUE), (effect.predicate, truth)
