"""Policies that are drawn, and edits that keep their meaning or change it."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang.core.examples import example_record
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.parser import parse
from policylang.source import Source
from policylang.testing import edits, policies
from policylang.testing.editing import Edits
from policylang.testing.histories import HistoryDifference
from policylang.testing.vocabulary import places

SEARCH = settings(phases=[Phase.generate, Phase.shrink], max_examples=3000, deadline=None, database=None)
TEXT = """\
scale Risk: Low < Medium < High < "Critical, or worse"
set area: cyber, bio, level
role assessor
record {
  for: number
  model: text
  evaluated_on: past date
  due: date
  open: bool adjustable
  checked: attestation by assessor within 30 days
  scores: per area { level: Risk  trend: number  runs: list of run { passed: bool  at: date } }
  safeguards: list of safeguard { name: text key  covers: area  limit: { strength: Risk } }
}
action deploy: permitted unless forbidden
level >= High -> forbid deploy
"""
SCHEMA = policylang.loads(TEXT).schema


def file_of(policy: policylang.Policy) -> s.File:
    return parse(Source("policy", policy.text))


def nodes(node: s.Node) -> Any:
    yield node
    for child in s.children(node):
        yield from nodes(child)


# --- policies -----------------------------------------------------------------------------------


@given(policies())
def test_a_policy_stands_in_canonical_form_and_its_examples_come_out(policy: policylang.Policy) -> None:
    assert str(policy) == policy.text
    for example in policy.examples:
        decision = policy.decide(example_record(example), today=example.on)
        assert {action: decision[action].value for action in policy.actions} == dict(example.expected)


@given(policies(SCHEMA, actions=["deploy"], max_rules=2))
def test_a_policy_is_over_the_schema_that_is_given(policy: policylang.Policy) -> None:
    assert policy.schema == SCHEMA
    assert list(policy.actions) == ["deploy"]
    assert len(policy.rules) <= 2


# What a policy can say only with files beside it, and what policylang does not read yet.
NEVER = {s.Node, s.File, s.Comment, s.Extends, s.Waivable, s.Bound}


def test_whatever_can_be_said_is_drawn() -> None:
    """Each kind of syntax with each word and sign that it can have, and each field of the record."""
    seen: set[Any] = set()

    @settings(max_examples=400, derandomize=True, deadline=None, database=None, phases=[Phase.generate])
    @given(policies(SCHEMA))
    def look(policy: policylang.Policy) -> None:
        file = file_of(policy)
        for statement in (*file.statements, *filter(None, [file.header])):
            for node in nodes(statement):
                seen.add(type(node))
                match node:
                    case s.Step(text):
                        seen.add(("step", text))
                    case s.Quantified(word, where=where):
                        seen.update([word, ("where", where is not None)])
                    case s.Comparison(op=sign) | s.AlwaysOutcome(outcome=sign):
                        seen.add(sign)
                    case s.Presence(missing=flag) | s.AlwaysTightens(rises=flag) | s.Action(permitted=flag):
                        seen.add((type(node), flag))
                    case s.Header(clauses=clauses):
                        seen.update(word for word, _ in clauses)
                    case s.Oblige(within=within, of=of):
                        seen.add(("oblige", within is None, of is None))
                    case s.Rule(name, title):
                        seen.add(("rule", name is None, title is None))
                    case _:
                        pass

    look()
    kinds = {kind for kind in vars(s).values() if isinstance(kind, type) and issubclass(kind, s.Node)}
    assert kinds - seen == NEVER
    words = "any|every|no|at least|at most|exactly|fewer than|more than|title|version|source|effective"
    signs = ">=|>|<=|<|=|!=|permitted|forbidden|undetermined|not permitted"
    assert {*words.split("|"), *signs.split("|")} <= seen
    assert {
        (kind, flag) for kind in (s.Presence, s.AlwaysTightens, s.Action) for flag in (True, False)
    } <= seen
    steps = {step for place in places(SCHEMA.fields) for step in place.path.steps if isinstance(step, str)}
    assert {("step", step) for step in steps} <= seen
    assert {("where", False), ("where", True)} <= seen
    assert {("oblige", True, True), ("oblige", False, True), ("oblige", False, False)} <= seen
    assert {("rule", True, True), ("rule", False, True), ("rule", False, False)} <= seen


def test_a_record_without_fields_has_policies() -> None:
    @settings(max_examples=50, deadline=None)
    @given(policies(types.Schema()))
    def law(policy: policylang.Policy) -> None:
        assert policy.schema == types.Schema()

    law()


def test_policies_shrink_to_one_plain_rule() -> None:
    def has_release(policy: policylang.Policy) -> bool:
        return any(instance.effects[0].until for instance in policy.predicates.instances)

    found = find(
        policies(policylang.loads("record { risk: number } action a: permitted unless forbidden").schema),
        has_release,
        settings=SEARCH,
    )
    rules = [node for node in file_of(found).statements if isinstance(node, s.Rule)]
    assert len(rules) == 1
    assert len(found.text) < 200


def test_a_policy_has_an_action() -> None:
    with pytest.raises(ValueError, match="has an action"):
        policies(SCHEMA, actions=[])


@settings(max_examples=20, suppress_health_check=(), deadline=None)
@given(policies(SCHEMA))
def test_no_health_check_fails(policy: policylang.Policy) -> None:
    assert policy.actions


def test_a_policy_that_breaks_a_property_is_shown_as_its_text() -> None:
    @settings(SEARCH, max_examples=100)
    @given(policies(SCHEMA))
    def law(policy: policylang.Policy) -> None:
        assert not policy.rules

    with pytest.raises(AssertionError) as broken:
        law()
    note = "\n".join(broken.value.__notes__)
    assert 'policy=policylang.loads("""' in note
    assert " deploy\n" in note


# --- edits --------------------------------------------------------------------------------------

GATE = """\
policy gate title "A gate"
record { risk: number, safe: bool, checked: bool }
action deploy: permitted unless forbidden
define fine = safe and checked
rule gate "Above 2": risk > 2 -> forbid deploy unless fine because "it is risky"
rule shadowed: risk > 5 and not fine -> forbid deploy
rule late: risk > 1 and risk <= 2 -> forbid deploy until safe
example "at it" { given {risk: 0} expect deploy permitted }
"""


def is_shown(policy: policylang.Policy, found: Any) -> bool:
    """Return whether the witness of an edit shows that another outcome follows; by the evaluator alone."""
    witness = found.witness
    if isinstance(witness, HistoryDifference):
        before, after = (p.decide_history(witness.steps)[-1] for p in (policy, found.policy))
        return any(before[action] is not after[action] for action in policy.actions)
    before, after = (p.decide(witness.record, today=witness.today) for p in (policy, found.policy))
    return before[witness.action] is not after[witness.action]


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(policies(), st.data())
def test_an_edit_keeps_the_digest_or_has_a_witness(policy: policylang.Policy, data: st.DataObject) -> None:
    found = data.draw(edits(policy))
    if found.keeps_meaning:
        assert found.policy.digest == policy.digest
        assert policylang.analysis.compare(policy, found.policy).verdict == "equivalent"
    else:
        assert found.policy.digest != policy.digest
        assert is_shown(policy, found)


def test_each_edit_of_a_policy_is_what_it_says() -> None:
    policy = policylang.loads(GATE)
    found = Edits(policy)
    kept = [found.keeping(place) for place in range(len(found.rewordings))]
    assert {"layout", "order", "what is only told", "order of a part", "define written out"} == {
        edit.kind for edit in kept
    }
    changed = [found.changing(place) for place in range(len(found.drafts))]
    assert all(edit is None or is_shown(policy, edit) for edit in changed)
    kinds = {edit.kind for edit in changed if edit is not None}
    assert {"threshold", "comparison", "rule dropped", "part dropped", "clause dropped", "effect"} <= kinds
    # Without `shadowed` every record is decided alike: that is no change of meaning, and no rewording.
    without = next(place for place, draft in enumerate(found.drafts) if draft.edit.before == "shadowed")
    assert changed[without] is None
    told = policylang.loads(kept[2].policy.text)
    assert "title" not in told.text and "because" not in told.text and not told.examples


def test_a_release_that_is_dropped_shows_in_a_history() -> None:
    policy = policylang.loads(GATE)

    def drops_release(edit: Any) -> bool:
        return bool(edit.before == "until safe")

    found = find(edits(policy, keeps_meaning=False), drops_release, settings=SEARCH)
    assert isinstance(found.witness, HistoryDifference)
    assert is_shown(policy, found)


@pytest.mark.parametrize("keeps_meaning", [True, False])
def test_one_kind_of_edits_is_drawn_alone(keeps_meaning: bool) -> None:
    policy = policylang.loads(GATE)

    @settings(max_examples=20)
    @given(edits(policy, keeps_meaning=keeps_meaning))
    def law(edit: Any) -> None:
        assert edit.keeps_meaning is keeps_meaning

    law()


def test_a_policy_that_nothing_changes_has_edits_that_keep_its_meaning() -> None:
    policy = policylang.loads("record { risk: number } action deploy: permitted unless forbidden")
    assert find(edits(policy), lambda edit: True, settings=SEARCH).keeps_meaning


def test_a_policy_that_extends_a_file_is_edited_beside_it(tmp_path: Any) -> None:
    (tmp_path / "base.policy").write_text(GATE, encoding="utf-8")
    own = tmp_path / "own.policy"
    own.write_text('extends "base.policy"\nrule own: risk = 0 -> forbid deploy\n', encoding="utf-8")
    policy = policylang.load(own)
    found = find(edits(policy, keeps_meaning=False), lambda edit: edit.kind == "comparison", settings=SEARCH)
    assert found.policy.text.startswith('extends "base.policy"')
    assert found.policy.decide({"risk": 0}, today=date(2026, 1, 1))["deploy"] is policylang.Outcome.PERMITTED
