"""Claims: `always …` and `strengthens …`, proved for all records or refuted by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as File

from policylang.analysis import messages
from policylang.analysis.findings import Finding, finding
from policylang.analysis.inquiry import Inquiry
from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.pairs import Pair, leaves, value_at
from policylang.analysis.solver import NotDecided
from policylang.analysis.recording import projected
from policylang.analysis.space import Found
from policylang.analysis.witness import Unconfirmed, witness_of
from policylang.core.compiler import Grounder, bindings
from policylang.core.outcomes import Outcome
from policylang.core.examples import claim_counterexample
from policylang.core.loader import load
from policylang.core.policy import Policy
from policylang.core.predicates import Predicate
from policylang.core.record import path_text
from policylang.diagnostics import PolicyError
from policylang.language import checked as c


def conditions(policy: Policy) -> list[tuple[c.OutcomeClaim, list[Predicate]]]:
    """Return the claims on outcomes with their conditions, one for each instance."""
    grounder = Grounder()
    return [
        (claim, [grounder.ground(claim.condition, members) for members in bindings(claim.sets)])
        for claim in policy.claims
        if isinstance(claim, c.OutcomeClaim)
    ]


def outcome_claim(inquiry: Inquiry, claim: c.OutcomeClaim, predicates: list[Predicate]) -> Iterator[Finding]:
    """Report a record that contradicts a claim, or that no record meets its condition."""
    outcomes, gates = inquiry.outcomes, inquiry.space.gates
    holds = gates.disj(inquiry.space.rails(p).true for p in predicates)
    if claim.outcome == "not permitted":
        otherwise = outcomes.may[claim.action].true
    else:
        otherwise = -outcomes.is_outcome(claim.action, Outcome(claim.outcome))
    policy = inquiry.policy
    witness = inquiry.witness(
        holds,
        otherwise,
        shows=lambda decision: (
            claim_counterexample(policy, claim, decision.record, decision.today) is not None
        ),
    )
    if witness is not None:
        how = claim_counterexample(policy, claim, policy.record(witness.record), witness.today)
        message = messages.refuted(claim.text, str(how))
        yield finding(message, claim.span, action=claim.action, witness=witness)
    elif not inquiry.can(holds):
        yield finding(messages.empty_claim(claim.text), claim.span, action=claim.action)


def tightens_claim(inquiry: Inquiry, claim: c.TightensClaim) -> Iterator[Finding]:
    """Report two records, equal but for one value, of which the wrong one is looser."""
    for leaf in leaves(inquiry.policy.schema.fields):
        if not matches(claim.path, leaf.steps):
            continue
        pair = Pair(inquiry, leaf.steps, leaf.type).loosens(claim.action, rises=claim.rises)
        if pair is not None:
            said = [
                f"{claim.action} is {w.outcomes[claim.action]} at {path_text(leaf.steps)} = "
                f"{value_at(w.record, leaf.steps)}"
                for w in pair
            ]
            message = messages.loosens(claim.text, *said)
            yield finding(message, claim.span, action=claim.action, witness=pair[0], other=pair[1])
            return


def matches(path: c.Path, steps: tuple[object, ...]) -> bool:
    """Return whether steps are those of a claim's path, at some member where one is at hand."""
    return len(path.steps) == len(steps) and all(
        isinstance(own, c.AtHand) or own == step for own, step in zip(path.steps, steps, strict=True)
    )


def strengthens_claim(
    policy: Policy, claim: c.StrengthensClaim, *, plain: bool, deadline: float | None
) -> Iterator[Finding]:
    """Report a record that is permitted here and not by the policy that this one strengthens."""
    base = base_of(claim)
    space = space_of(policy.predicates, base.predicates, plain=plain, deadline=deadline)
    new, old = Outcomes(space, policy.predicates), Outcomes(space, base.predicates)
    for action in base.actions:
        found = space.ask(new.may[action].true, -old.may[action].true, thin=True)
        if found is not None:
            yield _weaker(policy, base, claim, action, found)


def _weaker(policy: Policy, base: Policy, claim: c.StrengthensClaim, action: str, found: Found) -> Finding:
    before = base.decide(projected(found.record, base.schema), today=found.today)[action]
    decision = policy.decide(found.record, today=found.today)
    if decision[action] is not Outcome.PERMITTED or before is Outcome.PERMITTED:
        raise Unconfirmed(repr(found))
    message = messages.weaker(claim.target, action, str(before))
    return finding(message, claim.span, action=action, witness=witness_of(found.record, decision))


def base_of(claim: c.StrengthensClaim) -> Policy:
    """Return the policy that a claim names; NotDecided when it cannot be read again."""
    beside = File(claim.span.source).parent / claim.target
    try:
        return load(beside if beside.is_file() else claim.target)
    except PolicyError as error:
        reason = error.diagnostics[0].message if error.diagnostics else "it cannot be read"
        raise NotDecided(f"`{claim.target}`: {reason}") from None
