"""Two readings of one language agree: the engine and the oracle decide every policy and record alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st
import pytest

import policylang

from . import deciding, schemas
from .model import Policy
from .policies import policies
from .printing import printed
from .refusals import reasons

seeds = st.integers(0, 2**16)


def frozen(instance: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(instance.items())


def entries(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    return [(row.rule, frozen(row.instance), row.effect, tuple(row.actions)) for row in rows]


def agree(decision: Any, expected: deciding.Decision, policy: Policy) -> None:
    outcomes = {action.name: decision[action.name].value for action in policy.actions}
    assert outcomes == expected.outcomes
    for name, outcome in expected.outcomes.items():
        assert decision.permits(name) == (outcome == "permitted" and name in expected.constrained)
    assert entries(decision.fired) == [row[:4] for row in expected.fired]
    assert [row.latched for row in decision.fired] == [row.latched for row in expected.fired]
    assert entries(decision.undecided) == [row[:4] for row in expected.undecided]
    warned = [(w.text, w.rule, frozen(w.instance), w.certain) for w in decision.warnings if w.rule]
    assert warned == expected.warnings
    assert sum(not warning.rule for warning in decision.warnings) == expected.late
    rows = [(o.text, o.rule, frozen(o.instance), o.certain) for o in decision.obligations]
    assert rows == [(o.text, o.rule, o.instance, o.certain) for o in expected.obligations]
    for got, wanted in zip(decision.obligations, expected.obligations, strict=True):
        if not wanted.vague:
            assert (got.due, bool(got.overdue)) == (wanted.due, wanted.overdue)


@given(st.data(), policies(), seeds)
def test_every_decision_is_the_one_that_the_words_of_the_language_give(
    data: st.DataObject, policy: Policy, seed: int
) -> None:
    text = printed(policy, seed)
    note(text)
    loaded = policylang.loads(text)
    for _ in range(3):
        record, today = data.draw(schemas.records(policy.schema)), data.draw(schemas.todays())
        agree(loaded.decide(record, today=today), deciding.decide(policy, record, today), policy)


@given(st.data(), policies(latching=True), seeds)
def test_every_history_latches_as_the_words_of_the_language_say(
    data: st.DataObject, policy: Policy, seed: int
) -> None:
    text = printed(policy, seed)
    note(text)
    days = sorted(data.draw(st.sets(st.sampled_from(schemas.DAYS), min_size=2, max_size=5)))
    pairs: list[tuple[date, Any]] = [(day, data.draw(schemas.records(policy.schema))) for day in days]
    decisions = list(policylang.loads(text).decide_history(pairs))
    for decision, expected in zip(decisions, deciding.history(policy, pairs), strict=True):
        agree(decision, expected, policy)


@given(st.data(), policies(), seeds)
def test_a_value_taken_out_or_known_less_closely_never_permits(
    data: st.DataObject, policy: Policy, seed: int
) -> None:
    text = printed(policy, seed)
    note(text)
    loaded = policylang.loads(text)
    record, today = data.draw(schemas.records(policy.schema)), data.draw(schemas.todays())
    poorer, missing = data.draw(schemas.poorer(policy.schema, record))
    note(f"{record}\n{poorer}")
    before, after = loaded.decide(record, today=today), loaded.decide(poorer, today=today)
    for action in policy.actions:
        allowed = {before[action.name].value, "undetermined"} | ({"forbidden"} if missing else set())
        assert after[action.name].value in allowed


@given(policies(wild=True), seeds)
def test_a_policy_is_refused_exactly_when_it_breaks_a_law(policy: Policy, seed: int) -> None:
    text, broken = printed(policy, seed), reasons(policy)
    note(text)
    note(f"breaks {sorted(broken)}")
    if not broken:
        policylang.loads(text)
        return
    with pytest.raises(policylang.PolicyError) as refused:
        policylang.loads(text)
    absent = {"absence would permit" in found.message for found in refused.value.diagnostics}
    if broken == {"absence_permits"}:
        assert absent == {True}
    elif not broken & {"absence_permits", "cyclic"}:  # of what overrides in a circle no side is known
        assert absent == {False}
