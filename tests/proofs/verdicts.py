"""What `policylang.verify` says of a proof, and what the outsider says."""

from __future__ import annotations

from datetime import date
import json
from typing import Any

import policylang

from .outsider import Refused, check


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


def believed(
    data: Any, policy: policylang.Policy, record: Any, *, today: date | None = None, history: Any = None
) -> dict[str, str] | None:
    """Return what a proof shows an outsider who knows the policy's digest; None when it is refused."""
    day = today and today.isoformat()
    pairs = None if history is None else [(on.isoformat(), as_json(one)) for on, one in history]
    try:
        return check(data, policy.digest, as_json(record), day, pairs)
    except Refused:
        return None


def as_json(record: Any) -> Any:
    """Return a record as a file holds it: a date is a text there."""
    return json.loads(json.dumps(record, default=date.isoformat))
