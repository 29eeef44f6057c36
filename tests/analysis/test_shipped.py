"""The shipped policies: law 1 is proved for each, and faults planted in copies of them are found."""

from __future__ import annotations

from pathlib import Path
import re

import pytest

import policylang
from policylang import Policy
from policylang.analysis import Finding, check
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

action planted_gap, planted_score: permitted unless forbidden
rule planted-beyond: planted_on < today - 9000 years -> forbid planted_gap
rule planted-middle: planted_rank = second or planted_flag -> forbid planted_score
always planted_score tightens as planted_rank rises
"""
FIELDS = "planted_on: date, planted_flag: bool, planted_rank: Planted adjustable"
EXPECTED = {
    "PL301": ["planted-dead"],
    "PL302": ["planted-swallowed"],
    "PL303": ["planted-narrow"],
    "PL304": ["planted-unmet"],
    "PL306": ["planted-permit"],
    "PL307": [],
    "PL309": [],
    "PL310": ["planted-kept"],
    "PL311": ["planted-for-ever"],
    "PL316": [],
    "PL331": [],
}
WITNESSED = {"PL306", "PL309", "PL310", "PL316", "PL331"}


def a_level(policy: Policy) -> Leaf | None:
    scales = [x for x in leaves(policy.schema.fields) if isinstance(x.type, types.Scale)]
    return next((x for x in scales if len(x.type.levels) > 1), None)


def planted(text: str) -> str:
    """Return a text with fields of our own in its record."""
    scale = "scale Planted: first < second < third\n"
    if re.search("^record {", text, re.MULTILINE):
        return re.sub("^record {", f"{scale}record {{\n  {FIELDS}", text, count=1, flags=re.MULTILINE)
    return f"{text}\n{scale}record {{ {FIELDS} }}\n"


@by_name
def test_planted_faults_are_found(path: Path) -> None:
    """Each in a copy of the policy, by its code and its rule; where there is a record, it was run again."""
    leaf = a_level(policylang.load(path))
    text = planted(path.read_text(encoding="utf-8"))
    field, levels = "planted_rank", ("first", "second", "third")
    if leaf is not None:
        assert isinstance(leaf.type, types.Scale)
        field, levels = f"record.{path_text(leaf.steps)}", leaf.type.levels
    quoted = [f'"{level}"' for level in levels]
    names = {"low": quoted[0], "second": quoted[1], "top": quoted[-1]}
    copy = path.parent / f"planted-{path.name}"  # not written: what it extends lies beside it
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(copy.parent)
        policy = policylang.loads(text + FAULTS.format(field=field, **names))
    found = check(policy, time_limit=None)
    for code, rules in EXPECTED.items():
        if code == "PL303" and len(levels) == 2:
            continue  # the two rules are then one, and each is shadowed by the other
        named = [one for one in found if one.code == code and is_planted(one, rules)]
        assert named, code
        assert code not in WITNESSED or all(one.witness for one in named)
        assert code not in ("PL316", "PL331") or all(one.other for one in named)


def is_planted(one: Finding, rules: list[str]) -> bool:
    return bool(set(rules) & set(one.rules)) or str(one.action).startswith("planted")


def test_two_hundred_faults_are_planted() -> None:
    """Each policy has them all, but for a rule that is no narrower where a scale has two levels."""
    two = sum(len(leaf.type.levels) == 2 for path in POLICIES if (leaf := a_level(policylang.load(path))))
    assert len(POLICIES) * len(EXPECTED) - two >= 200


@by_name
def test_what_is_not_planted_is_not_found(path: Path) -> None:
    """As they are the policies have no error and no warning, and nothing in them is left open."""
    assert not [one for one in check(policylang.load(path), time_limit=None) if one.severity != "note"]
