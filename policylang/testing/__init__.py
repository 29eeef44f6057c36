"""Property tests for policies, with Hypothesis: `pip install policylang[test]`.

`records` and `cases` draw records at and around everything that a policy's rules can see; `near`
varies a real record. In the order in which a strategy is made:

- `cuts`: where rules change their mind; `pools`: the values worth trying at each leaf;
- `plans`: the shape of a record with its pools, and drawing it;
- `goals`: what records are aimed at; `aims`: how a record comes to meet a goal;
- `strategies` and `nearby`: the public calls.

`policies` draws policies over a record type, in the words that `vocabulary` has for it: `writing` with
its `conditions`; `schemas` draws record types. `edits` draws changes of a policy: `editing`, with
`rewording` for those that say the same.

`mutation` and what it needs measure the examples of a policy, without Hypothesis.

Nothing here is imported before it is asked for, Hypothesis least of all.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policylang.testing.editing import Edit, edits
    from policylang.testing.failures import Inconsistent, LawBroken
    from policylang.testing.laws import (
        LAWS,
        assert_consistent,
        claims_hold,
        engines_agree,
        every_rule_fires,
        less_evidence_never_permits,
        no_conflict,
        no_gap,
        order_never_matters,
        outcomes_survive_evidence,
        proofs_verify,
        scores_have_a_direction,
        until_releases,
        what_is_proved_holds,
    )
    from policylang.testing.nearby import near
    from policylang.testing.writing import policies
    from policylang.testing.strategies import cases, records
    from policylang.testing.trials import Law

_HOMES = {
    "Edit": "editing",
    "Inconsistent": "failures",
    "LAWS": "laws",
    "Law": "trials",
    "LawBroken": "failures",
    "assert_consistent": "laws",
    "cases": "strategies",
    "edits": "editing",
    "near": "nearby",
    "policies": "writing",
    "records": "strategies",
}

_LAWS = (  # each by itself
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
)

__all__ = [
    "LAWS",
    "Edit",
    "Inconsistent",
    "Law",
    "LawBroken",
    "assert_consistent",
    "cases",
    "claims_hold",
    "edits",
    "engines_agree",
    "every_rule_fires",
    "less_evidence_never_permits",
    "near",
    "no_conflict",
    "no_gap",
    "order_never_matters",
    "outcomes_survive_evidence",
    "policies",
    "proofs_verify",
    "records",
    "scores_have_a_direction",
    "until_releases",
    "what_is_proved_holds",
]


def __getattr__(name: str) -> Any:
    """Resolve public names when they are first used (PEP 562)."""
    home = "laws" if name in _LAWS else _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'policylang.testing' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"policylang.testing.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
