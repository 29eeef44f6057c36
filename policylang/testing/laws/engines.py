"""Laws of the engines: order, proofs, the exact analysis, all on records that are drawn."""

from __future__ import annotations

from random import Random
from typing import Any

import attrs
from hypothesis import strategies as st

from policylang.analysis.facts import entry_counts, facts
from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.solver import NotDecided
from policylang.analysis.witness import Unconfirmed
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome
from policylang.core.examples import claim_counterexample
from policylang.core.loader import policy_of
from policylang.core.policy import Policy
from policylang.language import checked as c
from policylang.proof.proof import Proof, ProofError
from policylang.proof.verify import verify
from policylang.source import deep_stack
from policylang.testing.failures import LawBroken, Shown
from policylang.testing.rewording import reordered
from policylang.testing.strategies import Case
from policylang.testing.trials import Trial, law
from policylang.truth import TRUE
from policylang.values import Range

ORDERS = 5


# --- order --------------------------------------------------------------------------------------


@law
def order_never_matters(trial: Trial) -> None:
    """The order of statements, clauses and operands changes no outcome, no fired rule and no digest."""
    policy = trial.policy
    others = [_in_another_order(trial, seed) for seed in range(ORDERS)]
    for other in others:
        if other.digest != policy.digest:
            raise trial.broken("the same text in another order has another digest")

    def holds(drawn: tuple[Case, int]) -> LawBroken | None:
        case, place = drawn
        ours, theirs = (p.decide(case[0], today=case[1]) for p in (policy, others[place]))
        for action in policy.actions:
            if ours[action] is not theirs[action]:
                sentence = f"{action} is {ours[action]}, and {theirs[action]} in another order of the text"
                return trial.broken(sentence, Shown(*case, (action,)))
        if _fired(ours) != _fired(theirs):
            sentence = "other rules fire in another order of the text"
            return trial.broken(sentence, Shown(*case, tuple(policy.actions)))
        return None

    trial.each(st.tuples(trial.sampler.cases(), st.integers(0, ORDERS - 1)), holds)


def _fired(decision: Decision) -> set[tuple[Any, ...]]:
    return {
        (f.instance.rule.digest, f.instance.members, f.effect.kind, frozenset(f.effect.actions), f.active)
        for f in decision.findings
    }


def _in_another_order(trial: Trial, seed: int) -> Policy:
    """Return the policy of the same text in another order."""
    loaded = trial.origin.syntax
    found = policy_of(attrs.evolve(loaded, file=reordered(loaded.file, Random(seed))))
    if found is None:
        raise trial.broken("the same text in another order is refused")
    return found


# --- proofs -------------------------------------------------------------------------------------


@law
def proofs_verify(trial: Trial) -> None:
    """The proof of every decision, written and read back, is accepted by the independent checker."""
    policy = trial.policy

    def holds(case: Case) -> LawBroken | None:
        decision = policy.decide(case[0], today=case[1])
        shown = Shown(*case, tuple(policy.actions))
        try:
            proof = Proof.from_dict(decision.proof.to_dict())
            verify(proof, policy, case[0], today=case[1])
        except ProofError as error:
            return trial.broken(f"the proof is refused: {error}", shown)
        proved = {one.action: one.outcome for one in proof.conclusions}
        if proved != {action: str(outcome) for action, outcome in decision.outcomes.items()}:
            return trial.broken("the proof shows other outcomes than the decision", shown)
        return None

    trial.each(trial.sampler.cases(), holds)


# --- engines ------------------------------------------------------------------------------------


@law
def engines_agree(trial: Trial) -> None:
    """The reference evaluator and the exact analysis say the same of every record.

    The analysis is asked whether the outcomes of the evaluator are possible with all that the record
    says, and whether others are. Of a bounded value it knows the values within the bounds.
    """
    policy = trial.policy
    spaces: dict[tuple[Any, ...], Outcomes] = {}
    reasons: list[str] = []
    compared = 0

    def holds(case: Case) -> LawBroken | None:
        nonlocal compared
        decision = policy.decide(case[0], today=case[1])
        counts = entry_counts(decision.record)
        key = tuple(sorted(counts.items(), key=str))
        try:
            if key not in spaces:
                spaces[key] = Outcomes(space_of(policy.predicates, entries=counts), policy.predicates)
            wrong = _contradiction(decision, spaces[key])
        except NotDecided as reason:
            reasons.append(str(reason))
            return None
        compared += 1
        if wrong is None:
            return None
        sentence = f"{wrong} is {decision[wrong]}, and the exact analysis says that it is not"
        return trial.broken(sentence, Shown(*case, (wrong,)))

    trial.each(trial.sampler.cases(), holds)
    if not compared:
        raise trial.broken(f"the exact analysis decides no record that was drawn: {reasons[0]}")


def _contradiction(decision: Decision, outcomes: Outcomes) -> str | None:
    """Return an action of which the analysis says something else than the decision."""
    literals = {a: outcomes.is_outcome(a, o) for a, o in decision.outcomes.items()}  # before the facts:
    found = facts(outcomes.space, decision.record, decision.today)  # those of what is encoded
    known = [literal for fixed in found.values() for literal in fixed]
    is_exact = all(v.is_exact for v in decision.record.values.values() if isinstance(v, Range))
    for action, outcome in decision.outcomes.items():
        literal = literals[action]
        if is_exact and not outcomes.space.possible(*known, literal):
            return action
        if (is_exact or outcome is not Outcome.UNDETERMINED) and outcomes.space.possible(*known, -literal):
            return action
    return None


@law
def what_is_proved_holds(trial: Trial) -> None:
    """What `policylang check` proves of all records holds on those that are drawn.

    Claims that are proved, rules that are never active, actions that are never permitted or never
    forbidden.
    """
    policy = trial.policy
    try:
        report = trial.report
    except Unconfirmed as witness:
        raise trial.broken("the evaluator contradicts a witness of the exact analysis") from witness
    claims = [
        claim for claim in policy.claims if isinstance(claim, c.OutcomeClaim) and claim.text in report.proved
    ]
    never = {one.rules[0] for one in report if one.code in ("PL301", "PL302")}
    closed = {one.action: Outcome.PERMITTED for one in report if one.code == "PL307"}
    opened = {one.action: Outcome.FORBIDDEN for one in report if one.code == "PL308"}

    def holds(case: Case) -> LawBroken | None:
        decision = policy.decide(case[0], today=case[1])
        for claim in claims:
            against = claim_counterexample(policy, claim, decision.record, decision.today)
            if against is not None:
                sentence = f"`{claim.text}` is proved, and {against}"
                return trial.broken(sentence, Shown(*case, (claim.action,)), spans=(claim.span,))
        for finding in decision.findings:
            rule = finding.instance.rule
            if rule.label in never and finding.active is TRUE:
                sentence = f"{rule.label} is proved never to be active, and it is"
                return trial.broken(sentence, Shown(*case, finding.effect.actions), spans=(rule.span,))
        for action, outcome in (*closed.items(), *opened.items()):
            if action is not None and decision[action] is outcome:
                sentence = f"{action} is proved never to be {outcome}, and it is"
                return trial.broken(sentence, Shown(*case, (action,)))
        return None

    with deep_stack():
        trial.each(trial.sampler.cases(), holds)
