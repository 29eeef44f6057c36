"""What coverage says was seen is so, and what it says no record can show no record shows."""

from pathlib import Path
import sys
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))

import shapes

from policylang import Policy, testing
from policylang.language.checked import Example
from policylang.language.syntax import NOWHERE
from policylang.source import Source
from policylang.testing.coverage import TRUTHS, Coverage, Row, coverage
from policylang.testing.mutation import Case, Subject
from policylang.truth import FALSE, TRUE, UNKNOWN

TEXT = """
record {
  risk: number
  scores: per area { rate: number }
  reviewed: bool
  tests: list of test { passed: bool  hard: bool }
}
set area: bio, cyber
action deploy: permitted unless forbidden
define tested = any test where (hard) (passed)
define open_question = unspecified "not said"
rule gate: rate > 2 and not reviewed -> require tested for deploy until rate < 1
rule base: true -> require open_question or risk < 5 for deploy
example "nothing tested" {
  given {risk: 1, reviewed: false, scores: {bio: {rate: 3}}, tests: [{passed: true, hard: false}, {}]}
  expect deploy undetermined
}
example "reviewed" {
  given {risk: 1, reviewed: true, scores: {bio: {rate: 3}, cyber: {rate: 0}}}
  expect deploy permitted
}
"""


def subject_of(text: str) -> Subject:
    return Subject.of(Source("a.policy", text), Path(), "a")


def counts(rows: tuple[Row, ...]) -> dict[str, str]:
    """Return for each row the counts of true, false and unknown, `-` for what cannot be."""
    return {
        row.name: " ".join("-" if t in row.impossible else str(row.seen[t]) for t in TRUTHS) for row in rows
    }


def test_instances_and_conditions_with_what_was_seen_of_them() -> None:
    found = coverage(subject_of(TEXT))
    assert counts(found.instances) == {
        "gate[bio]": "1 1 0",
        "gate[cyber]": "0 1 1",
        "base": "2 - -",
    }
    assert counts(found.conditions) == {
        "any test where (hard) (passed)": "0 0 2",
        "hard": "0 1 1",
        "passed": "1 0 1",
        'define open_question = unspecified "not said"': "- - 2",
        "rate > 2 and not reviewed": "1 1 1",
        "rate > 2": "2 1 1",
        "reviewed": "1 1 0",
        "rate < 1": "1 2 1",
        "true": "2 - -",
        "open_question or risk < 5": "2 - 0",
        "risk < 5": "2 0 0",
    }


def test_the_share_counts_what_can_be_seen() -> None:
    found = coverage(subject_of(TEXT))
    gaps = sum(len(row.gaps) for row in found.rows)
    cannot = sum(len(row.impossible) for row in found.rows)
    assert found.possible == 3 * len(found.rows) - cannot
    assert found.seen == found.possible - gaps
    assert found.share == 100 * found.seen / found.possible
    whole = Coverage("", 0, (), ())
    assert whole.share is None


def test_each_row_names_what_it_is_in() -> None:
    found = coverage(subject_of(TEXT))
    assert {row.name: row.within for row in found.conditions}["hard"] == "tested"
    assert {row.name: row.within for row in found.conditions}["rate < 1"] == "gate"


def test_what_the_policy_extends_is_not_counted() -> None:
    found = coverage(
        subject_of("extends preparedness_beta\nrule again: compute_since_evaluation > 4 -> forbid deploy")
    )
    assert [row.name for row in found.rows] == ["again", "compute_since_evaluation > 4"]


def test_past_the_limit_of_time_nothing_counts_as_impossible() -> None:
    assert not any(row.impossible for row in coverage(subject_of(TEXT), time_limit=0).rows)


def with_records(subject: Subject, records: list[Any]) -> Subject:
    """Return the subject with other records in the place of its examples'."""
    other = Subject(subject.origin, subject.loaded, subject.policy)
    example = Example("", {}, (), shapes.TODAY, (), "", (), span=NOWHERE)
    other.__dict__["cases"] = tuple(Case(example, subject.policy.record(record)) for record in records)
    return other


@settings(max_examples=max(10, settings().max_examples // 4))
@given(testing.policies(shapes.SCHEMA), st.lists(shapes.records(), min_size=5, max_size=5))
def test_no_record_shows_what_none_can(policy: Policy, records: list[Any]) -> None:
    """Bounds, gaps and unknown lists included."""
    subject = subject_of(policy.text)
    blind = coverage(with_records(subject, []), time_limit=0.5)
    seeing = coverage(with_records(subject, records), time_limit=0)
    assert [row.at for row in blind.rows] == [row.at for row in seeing.rows]
    for one, other in zip(blind.rows, seeing.rows, strict=True):
        assert not [truth for truth in one.impossible if other.seen[truth]], (one, other)
    assert {TRUE, FALSE, UNKNOWN} == set(TRUTHS)
