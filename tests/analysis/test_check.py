"""Findings about rules and actions against brute force: over every small record, or there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang import Decision, Outcome, Policy, analysis
from policylang.analysis import check
from policylang.truth import FALSE, TRUE, Truth, disjunction

from enumerated import loaded, rules, tried


def heard(policy: Policy, decision: Decision, label: str | None) -> dict[tuple[str, bool], Truth]:
    """Return for each action what forbids it and what permits it, of all rules but one."""
    truths: dict[tuple[str, bool], list[Truth]] = {}
    for finding in decision.findings:
        for action in finding.effect.actions:
            key = (action, finding.effect.kind == "permit")
            if finding.instance.rule.label != label:
                truths.setdefault(key, []).append(finding.active)
    every = [(action, is_permit) for action in policy.actions for is_permit in (False, True)]
    return {key: disjunction(truths.get(key, [FALSE])) for key in every}


def is_active(decision: Decision, label: str) -> bool:
    active = (i.active for i in decision.policy.predicates.instances if i.rule.label == label)
    return any(decision.evaluator.evaluate(one) is TRUE for one in active)


@settings(max_examples=max(20, settings().max_examples // 8))
@given(st.lists(rules, min_size=1, max_size=4))
def test_findings_are_those_of_trying_every_record(written: list[str]) -> None:
    """Dead and shadowed rules, conflicts, and gates that never open or never close."""
    policy = loaded([one.replace("unsaid", "b") for one in written])
    if policy is None:
        return
    records, are_enough = tried(policy)
    if not are_enough:
        return
    decided = [policy.decide(record) for record in records]
    expected = set()
    for rule in policy.rules:
        if not any(is_active(decision, rule.label) for decision in decided):
            expected.add(("dead", rule.label))
        elif all(heard(policy, d, None) == heard(policy, d, rule.label) for d in decided):
            expected.add(("shadowed", rule.label))
    for action in policy.actions:
        outcomes = {decision[action] for decision in decided}
        if policy.is_constrained(action):
            missing = {Outcome.PERMITTED, Outcome.FORBIDDEN} - outcomes
            expected |= {(f"never {outcome}", action) for outcome in missing}
        for decision in decided:
            true = [f for f in decision.findings if f.active is TRUE and action in f.effect.actions]
            if {"permit", "forbid"} <= {f.effect.kind for f in true}:
                sides = {f.instance.rule.label for f in true if f.effect.kind in ("permit", "forbid")}
                expected |= {("conflict", action, label) for label in sides}
    names = {
        "PL301": "dead",
        "PL302": "dead",
        "PL303": "shadowed",
        "PL307": "never permitted",
        "PL308": "never forbidden",
    }
    report = check(policy)
    found = {(names[f.code], f.action or f.rules[0]) for f in report if f.code in names}
    conflicts = [one for one in report if one.code == "PL306"]
    found |= {("conflict", str(one.action), label) for one in conflicts for label in one.rules}
    assert found == expected


CONFLICTS = """
    set part: one, two
    record { passed: bool, trusted: bool, risk: number, parts: per part { leaked: bool, known: bool } }
    action deploy: forbidden unless permitted
    rule tested: passed -> permit deploy
    rule risky: risk > 3 -> forbid deploy
    rule partner: trusted -> permit deploy
    rule fine: risk < 1 and not passed and not trusted -> permit deploy
    rule stolen: every part (known) -> forbid deploy unless passed or trusted
    rule open: any part (leaked) -> forbid deploy overrides tested, partner, fine
"""


def test_every_rule_that_is_in_a_conflict_is_named_with_a_record_of_its_own() -> None:
    """A second conflict about an action is not hidden by the first, nor told once for each member."""
    policy = policylang.loads(CONFLICTS)
    found = [one for one in check(policy) if one.code == "PL306"]
    told = [(one.rules, one.span) for one in found]
    spans = {rule.label: rule.span for rule in policy.rules}
    assert told == [
        (("tested", "risky"), spans["tested"]),
        (("partner", "risky"), spans["partner"]),
        (("fine", "stolen"), spans["fine"]),
    ]
    for one in found:
        assert one.witness is not None
        decision = policy.decide(one.witness.record, today=one.witness.today)
        assert {f.rule for f in decision.fired} == set(one.rules)


def test_a_prohibition_that_joins_a_conflict_is_told_where_it_stands() -> None:
    text = """
        record { passed: bool, risk: number, leaked: bool }
        action deploy: forbidden unless permitted
        rule tested: passed -> permit deploy
        rule risky: risk > 3 -> forbid deploy
    """
    before = [one.rules for one in check(policylang.loads(text)) if one.code == "PL306"]
    policy = policylang.loads(text + "rule stolen: leaked -> forbid deploy")
    found = {one.rules: one.span.line for one in check(policy) if one.code == "PL306"}
    assert before == [("tested", "risky")]
    assert found == {("tested", "risky"): 4, ("tested", "stolen"): 6}


def test_of_very_many_conflicts_the_fifth_names_the_rules_of_all_others() -> None:
    rules = [f"rule yes{i}: a{i} -> permit go\nrule no{i}: b{i} -> forbid go" for i in range(20)]
    fields = ", ".join(f"a{i}: bool, b{i}: bool" for i in range(20))
    policy = policylang.loads(
        f"record {{ {fields} }}\naction go: forbidden unless permitted\n" + "\n".join(rules)
    )
    found = [one for one in check(policy) if one.code == "PL306"]
    assert {label for one in found for label in one.rules} == {rule.label for rule in policy.rules}
    assert len(found) == 5
    *shown, last = found
    assert not any("on other records" in one.message for one in shown)
    assert last.message.endswith("and `no19`")


def test_a_rule_that_latches_is_shadowed_only_by_one_that_latches_as_long() -> None:
    """In a history a prohibition stays in force until it is released."""
    text = """
        rule gate: post_mitigation >= High -> forbid deploy until {}
        rule again: post_mitigation >= Critical -> forbid deploy until post_mitigation <= Medium
    """
    for release, is_shadowed in (("post_mitigation <= Medium", True), ("post_mitigation <= High", False)):
        policy = policylang.loads(text.format(release))
        assert any(f.code == "PL303" for f in check(policy)) == is_shadowed


def test_a_finding_on_an_action_stands_at_the_action_and_not_at_what_it_widens() -> None:
    policy = policylang.loads("""
record { x: bool }
action a: permitted unless forbidden
action b widens a: permitted unless forbidden
x -> forbid a
true -> forbid b
""")
    (found,) = (f for f in check(policy) if f.action == "b")
    assert (found.span.line, found.span.column, found.span.end_column) == (4, 8, 9)


def test_made_up_texts_and_roles_are_none_that_the_policy_names() -> None:
    texts = [f"text-{number}" for number in range(8)]
    policy = policylang.loads(f"""
        role nobody
        record {{ a: text, b: text, ok: attestation by nobody }}
        action go: forbidden unless permitted
        action stay: permitted unless forbidden
        rule r: not a in {{{", ".join(f'"{text}"' for text in texts)}}} and a != b -> permit go
        rule s: ok or not ok -> forbid stay
        always go not permitted when true
        always stay forbidden when ok is known
    """)
    assert [one.code for one in check(policy) if one.code == "PL330"] == ["PL330"] * 2


IN_VAIN = """
    record {{ safe: bool, bad: bool }}
    action deploy, publish: permitted unless forbidden
    rule gate: bad -> forbid deploy
    rule cleared: safe -> permit {}
"""


def test_a_permission_that_overrides_a_prohibition_is_not_in_vain() -> None:
    """It changes outcomes as an exception; for an action of which it overrides nothing it does not."""
    for effect, vain in (
        ("deploy overrides gate", []),
        ("deploy and publish overrides gate", ["publish"]),
        ("deploy", ["deploy"]),
    ):
        report = check(policylang.loads(IN_VAIN.format(effect)))
        assert [one.action for one in report if one.code == "PL315"] == vain


def test_what_only_unused_names_use_is_unused_too() -> None:
    report = check(
        policylang.loads("""
            scale Never: A < B
            scale Level: Low < High
            set nobody: p, q
            set place: north, south
            record { n: number, of: per place { level: Level } }
            action deploy: permitted unless forbidden
            define base = n > 3
            define built = base and n < 8
            define used = n > 5
            define around = used and n < 9
            grade idle: Level from n: High at 3
            any place (level >= High) and around -> forbid deploy
        """)
    )
    found = {one.message for one in report if one.code == "PL320"}
    assert found == {f"nothing uses `{name}`" for name in ("Never", "nobody", "base", "built", "idle")}


def test_the_pair_of_a_score_that_permits_both_ways_shows_the_rise_that_permits() -> None:
    """That a fall permits is what most scales are for, and no surprise."""
    (found,) = check(
        policylang.loads("""
            scale Risk: Low < High < Critical
            record { score: Risk adjustable }
            action deploy: permitted unless forbidden
            score = High -> forbid deploy
        """)
    )
    assert found.code == "PL316" and found.witness is not None and found.other is not None
    assert (found.witness.record, found.other.record) == ({"score": "High"}, {"score": "Critical"})
    assert found.witness.outcomes["deploy"] == Outcome.FORBIDDEN.value
    assert found.other.outcomes["deploy"] == Outcome.PERMITTED.value


@pytest.mark.parametrize("given_", [None, "preparedness", {}])
def test_what_is_no_policy_is_told_by_a_sentence(given_: Any) -> None:
    """As the path of a policy, which is easily given in its place; and at once."""
    policy = policylang.load("preparedness")
    calls: list[Callable[[], object]] = [
        lambda: check(given_),
        lambda: analysis.compare(policy, given_),
        lambda: analysis.compare(given_, policy),
        lambda: analysis.Baseline(given_),
        lambda: analysis.Baseline(policy).compare(given_),
        lambda: analysis.frontier(given_, "deploy"),
        lambda: analysis.table(given_, "deploy"),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"a policy is needed, as policylang\.load"):
            call()
