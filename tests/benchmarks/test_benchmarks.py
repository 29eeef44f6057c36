"""The benchmarks compare like with like, and run; how fast is for `python tests/benchmarks` to say."""

from typing import Any

import attrs
import analysing
import deciding
import finding
import parsing
import proving
import questions
import sampling
import starting

import policylang
from policylang.source import Span


def spans(node: Any) -> list[Span]:
    """Return the spans of a tree, outermost first."""
    if isinstance(node, tuple):
        return [span for part in node for span in spans(part)]
    if not attrs.has(type(node)) or isinstance(node, Span):
        return []
    own = [node.span] if hasattr(node, "span") else []
    parts = [getattr(node, field.name) for field in attrs.fields(type(node)) if field.name != "span"]
    return own + [span for part in parts for span in spans(part)]


def test_the_parser_by_hand_builds_the_same_nodes_and_spans() -> None:
    text = parsing.rules(20)
    ours, theirs = parsing.by_policylang(text), parsing.by_hand(text)
    assert ours == theirs
    assert spans(ours) == spans(theirs)


def test_the_decision_that_is_timed_is_a_permit_that_a_score_can_take_away() -> None:
    policy = policylang.load(deciding.POLICY)
    assert policy.decide(deciding.RECORD, today=deciding.TODAY).permits("deploy")
    worse = {**deciding.RECORD, "scores": {"cbrn": {"post_mitigation": "High"}}}
    assert policy.decide(worse, today=deciding.TODAY)["deploy"] is policylang.Outcome.FORBIDDEN


def test_the_records_that_are_asked_about_leave_outcomes_open_and_decide_others() -> None:
    policy = questions.large_policy()
    decisions = [policy.decide(one, today=deciding.TODAY) for one in questions.records(30)]
    found = [set(decision.outcomes.values()) for decision in decisions]
    assert sum(policylang.Outcome.UNDETERMINED in outcomes for outcomes in found) > 20
    assert sum(outcomes != {policylang.Outcome.UNDETERMINED} for outcomes in found) > 20


def test_every_ratio_can_be_taken() -> None:
    for found in (
        parsing.ratios(5, 1),
        deciding.ratios(1, 1, ["xai_rmf"]),
        analysing.ratios(15, 1),
        proving.ratios(1, 1),
        questions.ratios(2, 1, entries=8),
        starting.ratios(1),
        sampling.ratios(5, 1),
    ):
        assert all(one.ratio > 0 for one in found)


def test_a_fault_is_counted_when_a_record_shows_it_and_not_when_the_analysis_does() -> None:
    faults = {fault.name: fault for fault in finding.all_faults()}
    assert finding.find(faults["off_by_one_level"], finding.Observed, 0, 20) == (True, True)
    assert finding.find(faults["placeholder_safeguard"], finding.Observed, 0, 1) == (True, False)
    assert finding.find(faults["at_the_limit"], finding.Plain, 0, 5) == (False, False)
    assert finding.enough(faults["off_by_one_level"], finding.Plain, 0, (1, 200)) == 200
