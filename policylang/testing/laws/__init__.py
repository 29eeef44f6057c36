"""The laws of a consistent policy, each by itself, and all of them in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import hypothesis

from policylang.core.policy import Policy
from policylang.testing.failures import Inconsistent, LawBroken
from policylang.testing.laws.claims import claims_hold, never_looser
from policylang.testing.laws.engines import (
    engines_agree,
    order_never_matters,
    proofs_verify,
    what_is_proved_holds,
)
from policylang.testing.laws.evidence import (
    less_evidence_never_permits,
    outcomes_survive_evidence,
    scores_have_a_direction,
)
from policylang.testing.laws.rules import every_rule_fires, no_conflict, no_gap, until_releases
from policylang.testing.subjects import with_claims
from policylang.testing.trials import Law, Trial

__all__ = [
    "LAWS",
    "assert_consistent",
    "claims_hold",
    "engines_agree",
    "every_rule_fires",
    "less_evidence_never_permits",
    "no_conflict",
    "no_gap",
    "order_never_matters",
    "outcomes_survive_evidence",
    "proofs_verify",
    "scores_have_a_direction",
    "until_releases",
    "what_is_proved_holds",
]

LAWS: tuple[Law, ...] = (
    claims_hold,
    no_conflict,
    no_gap,
    every_rule_fires,
    until_releases,
    scores_have_a_direction,
    less_evidence_never_permits,
    outcomes_survive_evidence,
    order_never_matters,
    proofs_verify,
    engines_agree,
    what_is_proved_holds,
)
"""Every law, those first that say most about a policy."""


def assert_consistent(
    policy: Policy,
    claims: Iterable[str] = (),
    *,
    never_looser_than: Policy | None = None,
    laws: Sequence[Law] = LAWS,
    settings: hypothesis.settings | None = None,
    seed: int | None = None,
) -> None:
    """Try every law on a policy; raise `Inconsistent` with all that do not hold.

    ``claims`` are further claims of the policy, as texts: ``always deploy forbidden when …``. With
    ``never_looser_than`` the policy must permit nothing that the other one does not. Each law is
    tried with ``settings``, by default those that Hypothesis is run with.
    """
    trial = Trial(with_claims(policy, claims), settings or hypothesis.settings(), seed)
    failures = []
    for law in laws:
        try:
            law.on(trial)
        except LawBroken as broken:
            failures.append(broken)
    if never_looser_than is not None:
        trial.name = "never_looser"
        try:
            never_looser(trial, never_looser_than, never_looser_than.name)
        except LawBroken as broken:
            failures.append(broken)
    if failures:
        raise Inconsistent(policy, failures)
