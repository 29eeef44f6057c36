"""Which faults are made of which texts, kind by kind."""

from pathlib import Path

import pytest

from policylang.source import Source
from policylang.testing.mutants import edited
from policylang.testing.mutation import Subject

DECLARED = """
scale Risk: Low < Medium < High
scale Reach: Low < High < Highest
set area: bio, cyber, "the rest"
record {
  risk: Risk
  reach: Reach
  rate: number
  flops: number
  ready: bool
  done: bool
  on: date
  since: date
  held: date
  bio: bool
  areas: per area { score: Risk }
  tests: list of test { kind: area  passed: bool }
}
action deploy, develop: permitted unless forbidden
action share: forbidden unless permitted
"""


def edits(text: str) -> list[tuple[str, str, str]]:
    """Return the edits of a text behind the declarations."""
    subject = Subject.of(Source("a.policy", DECLARED + text), Path(), "a")
    return [(draft.edit.kind, draft.edit.before, draft.edit.after) for draft in subject.drafts]


def of_kind(text: str, kind: str) -> list[str]:
    """Return what stands there instead, or what is gone."""
    return [after or f"without {before}" for found, before, after in edits(text) if found == kind]


@pytest.mark.parametrize(
    ("condition", "kind", "expected"),
    [
        ("risk >= Medium", "threshold", ["risk >= High", "risk >= Low"]),
        ("risk >= Medium", "comparison", ["risk < Medium"]),
        ("risk >= High", "threshold", ["risk >= Medium"]),
        ("risk >= High", "comparison", ["risk > High", "risk < High"]),
        ("risk > Low", "threshold", ["risk > Medium"]),
        ("risk > Low", "comparison", ["risk >= Low", "risk <= Low"]),
        ("risk = Medium", "threshold", ["risk = High", "risk = Low"]),
        ("High <= risk", "threshold", ["Medium <= risk"]),
        ("High <= risk", "comparison", ["High < risk", "High > risk"]),
        ("reach <= High", "threshold", ["reach <= Highest", "reach <= Low"]),
        ("rate >= 0.05", "threshold", ["rate >= 0.06", "rate >= 0.04"]),
        ("rate >= 5%", "threshold", ["rate >= 6%", "rate >= 4%"]),
        ("rate < 12", "comparison", ["rate <= 12", "rate >= 12"]),
        ("rate != 1_000", "threshold", ["rate != 1001", "rate != 999"]),
        ("rate != 1_000", "comparison", ["rate = 1_000"]),
        ("flops > 1e26", "threshold", ["flops > 1.1e26", "flops > 0.9e26"]),
        (
            "flops > 2 * rate + 1",
            "threshold",
            [
                "flops > 3 * rate + 1",
                "flops > 1 * rate + 1",
                "flops > 2 * rate + 2",
                "flops > 2 * rate + 0",
            ],
        ),
        ("on < since - 90 days", "threshold", ["on < since - 91 days", "on < since - 89 days"]),
        ("on < 2026-01-01", "threshold", ["on < 2026-01-02", "on < 2025-12-31"]),
        ("on < 9999-12-31", "threshold", ["on < 9999-12-30"]),
        ("ready and done", "connective", ["ready or done"]),
        ("ready and not done", "part dropped", ["without ready", "without not done", "done"]),
        ("ready or done or bio", "part dropped", ["without ready", "without done", "without bio"]),
        ("ready or (done and bio)", "connective", ["ready and (done and bio)", "done or bio"]),
        ("any test (passed)", "quantifier", ["every test (passed)"]),
        ("every test (passed)", "quantifier", ["any test (passed)"]),
        ("no test (passed)", "quantifier", ["any test (passed)"]),
        ("at least 2 test (passed)", "count", ["at least 1 test (passed)", "at least 3 test (passed)"]),
        ("at least 0 test (passed)", "count", ["at least 1 test (passed)"]),
        ("any test where (passed) (kind = cyber)", "part dropped", ["without where (passed)"]),
        ('any test (kind in {cyber, "the rest"})', "member", ['kind in {"the rest"}', "kind in {cyber}"]),
        ("any test (kind in {cyber})", "member", []),
        (
            "no area (score = High)",
            "member",
            [
                "every area but bio",
                "every area but cyber",
                "every area but the rest",
            ],
        ),
        (
            "score >= Medium",
            "member",
            [
                "every area but bio",
                "every area but cyber",
                "every area but the rest",
            ],
        ),
    ],
)
def test_the_edits_of_a_condition(condition: str, kind: str, expected: list[str]) -> None:
    assert of_kind(f"{condition} -> forbid deploy", kind) == expected


@pytest.mark.parametrize(
    ("rule", "kind", "expected"),
    [
        ("ready -> forbid deploy", "rule dropped", ["without the rule"]),
        ("rule a: ready -> forbid deploy", "rule dropped", ["without a"]),
        ("ready -> forbid deploy", "effect", ["permit deploy"]),
        ("ready -> permit share", "effect", ["forbid share"]),
        ("ready -> require done for deploy", "effect", ["forbid deploy"]),
        (
            "ready -> forbid deploy and develop",
            "effect",
            [
                "permit deploy and develop",
                "forbid develop",
                "forbid deploy",
            ],
        ),
        (
            "ready -> permit share, forbid deploy",
            "effect",
            [
                "forbid share",
                "permit deploy",
                "without permit share",
                "without forbid deploy",
            ],
        ),
        ("ready -> require rate < 2 for deploy", "threshold", ["rate < 3", "rate < 1"]),
        ("ready -> forbid deploy unless done", "clause dropped", ["without unless done"]),
        ("ready -> forbid deploy until done", "clause dropped", ["without until done"]),
        (
            "ready -> forbid deploy unless rate > 1",
            "comparison",
            ["rate >= 1", "rate <= 1"],
        ),
        (
            "rule a: done -> forbid deploy\nrule b: ready -> permit deploy overrides a",
            "clause dropped",
            ["without overrides a"],
        ),
        (
            "grade size: Risk from rate: Medium at 0.5, High at 2\nsize >= Medium -> forbid deploy",
            "threshold",
            [
                "Medium at 0.6",
                "Medium at 0.4",
                "High at 3",
                "High at 1",
                "size >= High",
                "size >= Low",
            ],
        ),
        (
            "define fine = ready and done\nfine -> permit share",
            "connective",
            ["ready or done"],
        ),
    ],
)
def test_the_edits_of_a_rule(rule: str, kind: str, expected: list[str]) -> None:
    assert of_kind(rule, kind) == expected


def test_what_bears_on_no_outcome_is_left_alone() -> None:
    assert not edits('rate > 2 -> warn "much"')
    assert not edits('rate > 2 -> oblige "look"')
    assert not edits("always deploy not permitted when rate > 2")
    assert {kind for kind, _, _ in edits('rate > 2 -> warn "much", forbid deploy')} > {
        "rule dropped",
        "threshold",
    }


def test_a_name_that_is_also_a_field_is_quoted() -> None:
    """`bio` is a field too, so bare it would be that."""
    subject = Subject.of(Source("a.policy", DECLARED + "score >= High -> forbid deploy"), Path(), "a")
    narrowed = [draft for draft in subject.drafts if draft.edit.kind == "member"]
    assert len(narrowed) == 3
    for draft in narrowed:
        assert subject.mutant(draft) is not None, draft.edit.after


def test_a_rule_that_goes_is_overridden_no_more() -> None:
    text = DECLARED + "rule a: done -> forbid deploy\nrule b: ready -> permit deploy\n  overrides a"
    subject = Subject.of(Source("a.policy", text), Path(), "a")
    dropped = next(draft for draft in subject.drafts if draft.edit.kind == "rule dropped")
    assert dropped.edit.before == "a"
    assert subject.mutant(dropped) is not None
    (left,) = (x for x in edited(subject.loaded.file, dropped).statements if type(x).__name__ == "Rule")
    assert not left.clauses


def test_what_the_policy_extends_is_not_edited() -> None:
    text = "extends preparedness_beta\nrule again: compute_since_evaluation > 4 -> forbid deploy"
    subject = Subject.of(Source("a.policy", text), Path(), "a")
    assert {subject.label(draft) for draft in subject.drafts} == {"again"}
