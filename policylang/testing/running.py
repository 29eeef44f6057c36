"""The examples and claims of a policy, run."""

from __future__ import annotations

import attrs

from policylang.core.examples import ExampleResult, claim_counterexample, example_record, run_example
from policylang.core.policy import Policy
from policylang.diagnostics import RecordError
from policylang.language.checked import Claim, OutcomeClaim


@attrs.frozen
class ClaimResult:
    """A claim tried on the records of the examples; ``tightens`` and ``strengthens`` are tried on none."""

    claim: Claim
    tried: int
    counterexamples: tuple[str, ...]


@attrs.frozen
class Run:
    """What came of a policy's examples and claims."""

    policy: Policy
    examples: tuple[ExampleResult, ...]
    claims: tuple[ClaimResult, ...]

    @property
    def failures(self) -> int:
        failed = sum(not result.passed for result in self.examples)
        return failed + sum(bool(result.counterexamples) for result in self.claims)


def run(policy: Policy) -> Run:
    """Run the examples of a policy, and try its claims on their records."""
    examples = tuple(run_example(policy, example) for example in policy.examples)
    return Run(policy, examples, tuple(_tried(policy, claim) for claim in policy.claims))


def _tried(policy: Policy, claim: Claim) -> ClaimResult:
    tried, found = 0, []
    for example in policy.examples if isinstance(claim, OutcomeClaim) else ():
        assert isinstance(claim, OutcomeClaim)
        try:
            record = policy.record(example_record(example))
        except RecordError:
            continue  # the example itself is reported as failed
        tried += 1
        against = claim_counterexample(policy, claim, record, example.on)
        if against:
            found.append(f"{example.title}: {against}")
    return ClaimResult(claim, tried, tuple(found))
