"""The shipped policies: law 1 is proved for each, and faults planted in copies of them are found."""

from __future__ import annotations

from pathlib import Path

from planted import OWN, SHOWN, Planted, found_for, with_faults
import pytest
from shipped import policy_of

import policylang
from policylang import Policy
from policylang.analysis import check
from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.pairs import leaves
from policylang.analysis.regions import twin
from policylang.core.record import Steps
from policylang.language import schema as types

POLICIES = sorted((Path(__file__).parents[2] / "policies").glob("*.policy"))
by_name = pytest.mark.parametrize("path", POLICIES, ids=[path.stem for path in POLICIES])


def lossy(fields: tuple[types.Field, ...], at: Steps = ()) -> list[Steps]:
    """Return each leaf, group, table, row and list that a record can lose."""
    found: list[Steps] = []
    for field in fields:
        path = (*at, field.name)
        found.append(path)
        match field.type:
            case types.Group(inner):
                found += lossy(inner, path)
            case types.Table(over, inner):
                for member in over.members:
                    found += [(*path, member), *lossy(inner, (*path, member))]
            case _:
                pass
    return found


def loosened(policy: Policy) -> list[tuple[str, Steps]]:
    """Return each action that a record is permitted only after the loss of something, and what is lost."""
    space = space_of(policy.predicates)
    whole = Outcomes(space, policy.predicates)
    found = []
    for path in lossy(policy.schema.fields):
        less = Outcomes(space, policy.predicates, frozenset({path}))
        for action in policy.actions:
            before, after = whole.may[action].true, less.may[action].true
            lost = (space.present(path), space.regions.absent(twin(path)))
            if before != after and space.possible(after, -before, *lost):
                found.append((action, path))
    return found


@by_name
def test_losing_evidence_permits_nothing(path: Path) -> None:
    """Law 1, for all records: what is not permitted is not permitted without some of its evidence either."""
    assert loosened(policy_of(path.stem)) == []


def test_the_proof_of_law_1_can_fail() -> None:
    """On a policy whose rules the language would refuse, a loss that permits is found."""
    policy = policylang.loads("post_mitigation >= High or security_hardened is missing -> forbid deploy")
    space = space_of(policy.predicates)
    path: Steps = ("security_hardened",)
    may = Outcomes(space, policy.predicates).may["deploy"]
    less = Outcomes(space, policy.predicates, frozenset({path})).may["deploy"]
    lost = (space.present(path), space.regions.absent(twin(path)))
    assert space.possible(may.true, -less.true, *lost)  # it forbids, which is allowed
    assert not space.possible(less.true, -may.true, *lost)


# --- planted faults -----------------------------------------------------------------------------


def a_level(policy: Policy) -> tuple[Steps, tuple[str, ...]] | None:
    """Return where the first level of a record type stands, and all that it can be."""
    scales = (
        (x.steps, x.type.levels) for x in leaves(policy.schema.fields) if isinstance(x.type, types.Scale)
    )
    return next((one for one in scales if len(one[1]) > 1), None)


def with_all_faults(path: Path) -> Planted:
    """Return a copy of a policy with all faults in it, read where what it extends lies beside it."""
    text = path.read_text(encoding="utf-8")
    steps, levels = a_level(policy_of(path.stem)) or OWN
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)
        policy = policylang.loads(with_faults(text, steps, levels))
    return Planted(policy, steps, levels)


@by_name
def test_planted_faults_are_found(path: Path) -> None:
    """Each is found, and shown by its record, by the rules it names, or by having no record.

    What is shown is decided again: the record of a finding, and all records for what none does.
    """
    planted = with_all_faults(path)
    findings = check(planted.policy, time_limit=None)
    for code, (_, is_so) in SHOWN.items():
        found = found_for(code, findings)
        assert found, code
        assert all(is_so(planted, one) for one in found), (code, found)


def test_two_hundred_faults_are_planted() -> None:
    assert len(POLICIES) * len(SHOWN) >= 200


@by_name
def test_what_is_not_planted_is_not_found(path: Path) -> None:
    """As they are the policies have no error and no warning, and nothing in them is left open."""
    assert not [one for one in check(policy_of(path.stem), time_limit=None) if one.severity != "note"]
