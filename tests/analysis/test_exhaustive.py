"""Small records, all of them: a question has an answer exactly when one of the records is it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang.analysis.outcomes import Outcomes, space_of

from exact import questions
from enumerated import DECLARATIONS, loaded, rules, tried


@settings(max_examples=max(20, settings().max_examples // 8))
@given(st.lists(rules, min_size=1, max_size=3))
def test_a_question_has_an_answer_exactly_when_a_record_is_it(written: list[str]) -> None:
    """Analysis equals brute force over every record with one more entry than it takes into account."""
    policy = loaded(written)
    if policy is None:
        return
    space = space_of(policy.predicates)
    asked = list(questions(policy, Outcomes(space, policy.predicates)))
    records, are_enough = tried(policy)
    decisions = [policy.decide(record) for record in records]
    for question in asked:
        found = space.ask(question.literal)
        expected = any(question.holds_on(decision) for decision in decisions)
        if found is None:
            assert not expected
        else:
            assert question.holds_on(policy.decide(found.record, today=found.today))
            assert expected or not are_enough


@pytest.mark.parametrize(
    ("condition", "entries"),
    [
        ("at least 2 item (f and not g) and at least 2 item (g and not f)", 4),
        ("exactly 2 item (f)", 3),
        ("at least 2 item (f) or at least 3 item (f)", 3),
        ("every item (f)", 1),
        ("at least 0 item (f)", 0),
    ],
)
def test_so_many_entries_are_enough(condition: str, entries: int) -> None:
    """Counts of different conditions add up, and of one condition the greatest is enough."""
    policy = policylang.loads(f"{DECLARATIONS}{condition} -> forbid gate")
    counts = space_of(policy.predicates).demands.counts
    assert sum(counts.values()) == entries


def test_lists_in_a_circle_are_not_decided() -> None:
    """Where two lists are counted inside of each other's entries no bound is known."""
    policy = policylang.loads("""
        record { ones: list of one { x: number }, twos: list of two { y: number } }
        action gate: permitted unless forbidden
        every one (any two (one.x < two.y)) and every two (any one (two.y < one.x)) -> forbid gate
    """)
    report = policylang.analysis.check(policy)
    assert [f.code for f in report] == ["PL390"]
    assert not report.holds
