"""Laws that an author states: claims, and that a new version is never looser than an old one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from hypothesis import strategies as st

from policylang.analysis.claims import base_of, matches
from policylang.analysis.comparing import STRICTNESS
from policylang.analysis.pairs import Leaf, leaves
from policylang.analysis.rules import instance_name
from policylang.analysis.solver import NotDecided
from policylang.analysis.recording import projected
from policylang.core.outcomes import Outcome
from policylang.core.examples import claim_counterexample
from policylang.core.policy import Policy
from policylang.core.record import path_text
from policylang.diagnostics import RecordError
from policylang.language import checked as c
from policylang.source import Span
from policylang.testing.cuts import claim_conditions, cuts_of, predicates_of
from policylang.testing.failures import LawBroken, Shown
from policylang.testing.goals import Wish, against, fixed, may
from policylang.testing.nearby import placed
from policylang.testing.plans import LeafPlan, rising
from policylang.testing.strategies import Case
from policylang.testing.trials import Trial, law
from policylang.truth import FALSE, TRUE, UNKNOWN


@law
def claims_hold(trial: Trial) -> None:
    """Every claim of the policy holds: `always …`, and `strengthens …`.

    Records are aimed at what would contradict a claim. That none is found is no proof, which
    `policylang check` gives.
    """
    for claim in trial.policy.claims:
        match claim:
            case c.OutcomeClaim():
                outcome_claim(trial, claim)
            case c.TightensClaim():
                tightens_claim(trial, claim)
            case c.StrengthensClaim():
                try:
                    base = base_of(claim)
                except NotDecided as reason:
                    raise trial.broken(f"`{claim.text}`: {reason}", spans=(claim.span,)) from None
                never_looser(trial, base, claim.target, (claim.span,))


def outcome_claim(trial: Trial, claim: c.OutcomeClaim) -> None:
    """Try a claim on records that would contradict it."""
    policy = trial.policy
    conditions = claim_conditions(claim)
    wanted = "forbidden" if claim.outcome == "not permitted" else claim.outcome

    def holds(case: Case) -> LawBroken | None:
        how = claim_counterexample(policy, claim, policy.record(case[0]), case[1])
        if how is None:
            return None
        decision = policy.decide(case[0], today=case[1])
        spans = [claim.span, *(f.instance.rule.span for f in decision.deciding(claim.action))]
        shown = Shown(*case, (claim.action,), wanted={claim.action: wanted})
        return trial.broken(f"`{claim.text}`: {how}", shown, spans=spans)

    aims = [fixed(goals) for condition in conditions for goals in against(policy, claim, condition)]
    trial.each(trial.cases(aims, others=conditions), holds)


def tightens_claim(trial: Trial, claim: c.TightensClaim) -> None:
    """Try on records with each value of a score that the tighter one is never looser."""
    scores = [leaf for leaf in leaves(trial.policy.schema.fields) if matches(claim.path, leaf.steps)]

    def holds(drawn: tuple[Case, Leaf]) -> LawBroken | None:
        (record, today), leaf = drawn
        plan = trial.sampler.aims(today).plan.by_path(leaf.steps)
        assert isinstance(plan, LeafPlan)
        values = rising(plan)
        records = [placed(record, leaf.steps, value) for value in values]
        outcomes = [trial.policy.decide(one, today=today)[claim.action] for one in records]
        for low in range(len(values)):
            for high in range(low + 1, len(values)):
                tight, other = (high, low) if claim.rises else (low, high)
                if STRICTNESS[outcomes[tight]] > STRICTNESS[outcomes[other]]:
                    places = (other, tight)
                    said = [f"{outcomes[at]} at {path_text(leaf.steps)} = {values[at]}" for at in places]
                    shown = [
                        Shown(records[at], today, (claim.action,), f"{path_text(leaf.steps)} = {values[at]}")
                        for at in places
                    ]
                    sentence = f"`{claim.text}`: {claim.action} is {said[0]}, and {said[1]}"
                    return trial.broken(sentence, *shown, spans=(claim.span,))
        return None

    if scores:
        trial.each(st.tuples(trial.sampler.cases(), st.sampled_from(scores)), holds)


def never_looser(trial: Trial, base: Policy, name: str, spans: Iterable[Span] = ()) -> None:
    """Try whether a policy permits what another one does not, on records that fit both.

    Where it permits what the other forbids, that is shown before what the other leaves open.
    """
    strategy = _aimed_between(trial, base)
    for outcome in (Outcome.FORBIDDEN, Outcome.UNDETERMINED):
        trial.each(strategy, partial(_not_looser, trial, base, name, tuple(spans), outcome))


def _not_looser(
    trial: Trial, base: Policy, name: str, spans: tuple[Span, ...], outcome: Outcome, case: Case
) -> LawBroken | None:
    decision = trial.policy.decide(case[0], today=case[1])
    try:
        before = base.decide(projected(case[0], base.schema), today=case[1])
    except RecordError:
        return None  # a value that only the one policy knows: the record does not fit both
    for action in trial.policy.actions:
        is_looser = decision[action] is Outcome.PERMITTED and action in base.actions
        if is_looser and before[action] is outcome:
            by = {instance_name(finding.instance): None for finding in before.deciding(action)}
            sentence = f"{action} is permitted, and {outcome} under {name}"
            shown = Shown(*case, (action,), wanted={action: str(outcome)})
            return trial.broken(f"{sentence} by {', '.join(by)}" if by else sentence, shown, spans=spans)
    return None


def _aimed_between(trial: Trial, base: Policy) -> st.SearchStrategy[Case]:
    """Return cases aimed at what the policy permits and the other does not, where both read the same."""
    others = list(predicates_of(base))
    known = trial.sampler.aims(None).plan.by_place
    if not cuts_of(others).read <= known.keys():
        return trial.sampler.cases()
    aims: list[Wish] = []
    for action in trial.policy.actions:
        if action in base.actions:
            ours, theirs = may(trial.policy, action), may(base, action)
            aims += [fixed(((ours, TRUE), (theirs, truth))) for truth in (FALSE, UNKNOWN)]
    return trial.cases(aims, others=others) if aims else trial.sampler.cases()
