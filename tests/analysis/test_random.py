"""Random policies over every kind of field: a record found is one, and none where none was found."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import shapes

from policylang import Policy, testing
from policylang.analysis.facts import entry_counts, facts
from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.solver import NotDecided

from exact import exact_only, questions

days = st.sampled_from([None, shapes.TODAY, shapes.DAYS[0], shapes.DAYS[3]])
situations = st.lists(st.tuples(shapes.records().map(exact_only), days), min_size=10, max_size=10)


policies = testing.policies(shapes.SCHEMA)


@settings(max_examples=max(40, settings().max_examples * 2 // 5))
@given(policies, situations, st.booleans())
def test_each_question_is_answered_as_the_evaluator_would(
    policy: Policy, given_records: list[tuple[Any, date | None]], plain: bool
) -> None:
    """A record found shows what was asked; what no record shows is shown by no record at hand."""
    space = space_of(policy.predicates, plain=plain)
    outcomes = Outcomes(space, policy.predicates)
    decisions = [policy.decide(record, today=today) for record, today in given_records]
    impossible = []
    for question in questions(policy, outcomes):
        try:
            found = space.ask(question.literal)
        except NotDecided as reason:
            assert "real numbers would do" in str(reason)
            continue
        if found is None:
            impossible.append(question)
        else:
            decisions.append(policy.decide(found.record, today=found.today))
            assert question.holds_on(decisions[-1]), found
    assert not [(q, d.record.data) for q in impossible for d in decisions if q.holds_on(d)]


@settings(max_examples=max(40, settings().max_examples * 2 // 5))
@given(policies, shapes.records().map(exact_only), days)
def test_the_facts_of_a_record_give_its_outcomes(policy: Policy, data: Any, today: date | None) -> None:
    """With all facts of a record fixed exactly its own outcome is possible."""
    record = policy.record(data)
    space = space_of(policy.predicates, entries=entry_counts(record))
    outcomes = Outcomes(space, policy.predicates)
    asked = list(questions(policy, outcomes))
    fixed = [x for found in facts(space, record, today).values() for x in found]
    decision = policy.decide(record, today=today)
    for question in asked:
        assert space.possible(question.literal, *fixed) == question.holds_on(decision)
