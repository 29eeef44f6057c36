"""What `policylang.verify` says of a proof."""

from __future__ import annotations

from typing import Any

import policylang


def outcomes(decision: Any) -> dict[str, str]:
    return {action: decision[action].value for action in decision.policy.actions}


def accepted(data: Any, policy: policylang.Policy, record: Any, **given: Any) -> dict[str, str] | None:
    """Return what a proof shows, None when it is refused; the checker may do nothing else."""
    try:
        proof = policylang.Proof.from_dict(data)
        policylang.verify(proof, policy, record, **given)
    except policylang.ProofError as error:
        assert str(error)
        return None
    return {one.action: one.outcome for one in proof.conclusions}
