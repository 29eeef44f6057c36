"""The shipped policies: law 1 is proved for each, and faults planted in copies of them are found."""

from __future__ import annotations

from pathlib import Path

import pytest

import policylang
from policylang import Policy
from policylang.analysis import check
from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.pairs import Leaf, leaves
from policylang.analysis.regions import twin
from policylang.core.record import Steps, path_text
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
    assert loosened(policylang.load(path)) == []


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

FAULTS = """
action planted: forbidden unless permitted
rule planted-dead: {field} >= {top} and {field} < {second} -> forbid planted
rule planted-wide: {field} >= {second} -> forbid planted
rule planted-narrow: {field} >= {top} -> forbid planted
rule planted-permit: {field} >= {low} -> permit planted
rule planted-unmet: {field} = {top} -> require {field} = {low} for planted
rule planted-kept: {field} = {low} -> forbid planted until {field} < {top}
rule planted-for-ever: {field} = {low} -> forbid planted until {field} < {low}
rule planted-swallowed: {field} = {second} -> forbid planted unless {field} >= {low}
"""
EXPECTED = {
    "PL301": ["planted-dead"],
    "PL302": ["planted-swallowed"],
    "PL303": ["planted-narrow"],
    "PL304": ["planted-unmet"],
    "PL306": ["planted-permit"],
    "PL307": [],
    "PL310": ["planted-kept"],
    "PL311": ["planted-for-ever"],
}


def a_level(policy: Policy) -> Leaf | None:
    scales = [x for x in leaves(policy.schema.fields) if isinstance(x.type, types.Scale)]
    return next((x for x in scales if len(x.type.levels) > 1), None)


@by_name
def test_planted_faults_are_found(path: Path) -> None:
    """Each in a copy of the policy, by its code and its rule; where there is a record, it was run again."""
    leaf = a_level(policylang.load(path))
    text = path.read_text(encoding="utf-8")
    if leaf is None:
        text = text.replace("record {", "scale Planted: low < high\nrecord {\n  planted_level: Planted", 1)
        field, levels = "planted_level", ("low", "high")
    else:
        assert isinstance(leaf.type, types.Scale)
        field, levels = f"record.{path_text(leaf.steps)}", leaf.type.levels
    quoted = [f'"{level}"' for level in levels]
    names = {"low": quoted[0], "second": quoted[1], "top": quoted[-1]}
    copy = path.parent / f"planted-{path.name}"  # not written: what it extends lies beside it
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(copy.parent)
        policy = policylang.loads(text + FAULTS.format(field=field, **names))
    found = [(f.code, f.rules, f.action) for f in check(policy, time_limit=None)]
    for code, rules in EXPECTED.items():
        if code == "PL303" and len(levels) == 2:
            continue  # the two rules are then one, and each is shadowed by the other
        named = [one for one in found if one[0] == code and (set(rules) & set(one[1]) or one[2] == "planted")]
        assert named, code
