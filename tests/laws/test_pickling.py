"""Everything public, and the three forms of a policy, are equal to themselves after pickling."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
import pickle
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st
import pytest
from shapes import SCHEMA, TODAY, records
from shipped import policy_of

import policylang
from policylang import demo
from policylang.core.compiler import compile_policy
from policylang.core.predicates import Effect, Instance, Predicates
from policylang.language.checker import check
from policylang.language.library import Loader, find, shipped
from policylang.language.parser import parse
from policylang.language.names import Problems
from policylang.source import Source, deep_stack
from policylang.testing import policies


def again(value: Any) -> Any:
    with deep_stack():
        return pickle.loads(pickle.dumps(value))


def assert_same_after_pickling(value: Any) -> None:
    """Assert that a value and its copy are equal, with one hash and one text."""
    copy = again(value)
    assert copy == value
    assert type(copy) is type(value)
    assert repr(copy) == repr(value)
    try:
        expected = hash(value)
    except TypeError:
        return
    assert hash(copy) == expected


def parts(predicates: Predicates) -> Any:
    """Return all of a compiled policy; its rows and their effects are compared by identity elsewhere."""
    places = {id(instance): place for place, instance in enumerate(predicates.instances)}
    rows = []
    for row in predicates.instances:
        effects = [[getattr(effect, name) for name in names_of(Effect)] for effect in row.effects]
        fields = [getattr(row, name) for name in names_of(Instance) if name not in ("effects", "overriders")]
        rows.append([fields, effects, [places[id(other)] for other in row.overriders]])
    rest = [getattr(predicates, name) for name in names_of(Predicates) if name != "instances"]
    return [rest, rows, len({id(row.active) for row in predicates.instances})]


def names_of(form: type) -> list[str]:
    return [field.name for field in attrs.fields(form)]


def assert_forms_survive(text: str, folder: Path) -> None:
    """Assert that the three forms of a text's policy, and the policy, survive."""
    problems = Problems()
    with deep_stack():
        source = Source("policy", text)
        checked = check(Loader().load(source, folder, "policy", ("policy",)), problems)
        assert checked is not None
        predicates = compile_policy(checked, problems)
        assert predicates is not None
        for form in (parse(source), checked, policylang.loads(text)):
            assert_same_after_pickling(form)
        assert parts(again(predicates)) == parts(predicates)


@pytest.mark.parametrize("name", shipped())
def test_the_forms_of_a_shipped_policy(name: str) -> None:
    path = find(name)
    assert_forms_survive(path.read_text(encoding="utf-8"), path.parent)


@given(policies())
def test_the_forms_of_a_random_policy(policy: policylang.Policy) -> None:
    assert_forms_survive(policy.text, Path())


@given(policies(SCHEMA), records(), st.sampled_from([TODAY, None]))
def test_records_decisions_and_proofs(policy: policylang.Policy, data: Any, today: date | None) -> None:
    decision = policy.decide(data, today=today)
    for value in (policy.record(data), decision, decision.proof):
        assert_same_after_pickling(value)
    copy = again(decision)
    assert copy.to_dict() == decision.to_dict()
    assert copy.proof == decision.proof
    assert [copy.missing(action) for action in policy.actions] == list(map(decision.missing, policy.actions))
    policylang.verify(again(decision.proof), again(policy), data, today=today)


@given(policies(SCHEMA), st.lists(records(), min_size=2, max_size=3))
def test_decisions_of_a_history(policy: policylang.Policy, states: list[Any]) -> None:
    pairs = [(TODAY + timedelta(days=day), state) for day, state in enumerate(states)]
    for decision in policy.decide_history(pairs):
        assert_same_after_pickling(decision)
        assert again(decision).to_dict() == decision.to_dict()


@pytest.mark.parametrize("card", demo.cards(), ids=lambda card: card.id)
def test_a_policy_that_was_pickled_decides_the_same(card: demo.Card) -> None:
    for name, record in card.records.items():
        policy = policy_of(name)
        decision, copy = (one.decide(record, today=card.published) for one in (policy, again(policy)))
        assert copy == decision
        assert copy.to_dict() == decision.to_dict()  # with the places of the rules


def test_spans_survive() -> None:
    file = parse(Source("policy", "post_mitigation >= High\n  -> forbid deploy"))
    assert [node.span for node in again(file).statements] == [node.span for node in file.statements]
    policy = policylang.loads("post_mitigation >= High\n  -> forbid deploy")
    assert again(policy).rules[0].span == policy.rules[0].span


def test_errors() -> None:
    with pytest.raises(policylang.PolicyError) as refused:
        policylang.loads("post_mitigation >= Hgh -> forbid delpoy")
    copy = again(refused.value)
    assert copy.diagnostics == refused.value.diagnostics
    assert str(copy) == str(refused.value)
    with pytest.raises(policylang.RecordError) as bad:
        policylang.load("preparedness").record({"model": 3, "scores": []})
    assert again(bad.value).problems == bad.value.problems
    assert str(again(bad.value)) == str(bad.value)
