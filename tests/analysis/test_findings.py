"""What `check` says of any policy, over any record type, is contradicted by no record aimed at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang import Decision, Outcome, Policy, RecordError, Truth, testing
from policylang.analysis import Finding, Report, check
from policylang.core import outcomes
from policylang.core.examples import claim_counterexample
from policylang.language import checked as c

from exact import exact_only

ORDER = [Truth.FALSE, Truth.UNKNOWN, Truth.TRUE]


def contradicted(report: Report, decision: Decision) -> Iterator[str]:
    """Yield what a report says and a decision on one record shows to be wrong."""
    for one in report:
        if NEVER.get(one.code, lambda *_: False)(one, decision):
            yield one.message
    said = {(label, one.action) for one in report if one.code == "PL306" for label in one.rules}
    for action in decision.policy.actions:
        fired = [f for f in decision.findings if f.active is Truth.TRUE and bears(f, action)]
        if {"permit", "forbid"} <= {f.effect.kind for f in fired}:
            sides = [f.instance.rule.label for f in fired if f.effect.kind in ("permit", "forbid")]
            yield from (f"{x} is in no conflict about {action}" for x in sides if (x, action) not in said)
    proved = [one for one in decision.policy.claims if one.text in report.proved]
    for claim in (one for one in proved if isinstance(one, c.OutcomeClaim)):
        if claim_counterexample(decision.policy, claim, decision.record, decision.today) is not None:
            yield claim.text


def bears(found: outcomes.Finding, action: str) -> bool:
    return action in found.effect.actions


def is_active(one: Finding, decision: Decision) -> bool:
    """Return whether a rule that is never active is."""
    evaluate = decision.evaluator.evaluate
    instances = decision.policy.predicates.instances
    return any(evaluate(i.active) is Truth.TRUE for i in instances if i.rule.label == one.rules[0])


def is_released(one: Finding, decision: Decision) -> bool:
    """Return whether an `until` that never holds does."""
    own = (f for f in decision.findings if f.instance.rule.label == one.rules[0])
    releases = [f.effect.until for f in own if f.effect.until is not None]
    return any(decision.evaluator.evaluate(one) is Truth.TRUE for one in releases)


def is_met(one: Finding, decision: Decision) -> bool:
    """Return whether all that a rule requires is met, of which one thing can never be."""
    evaluate = decision.evaluator.evaluate
    needs = [f for f in decision.findings if f.instance.rule.label == one.rules[0]]
    active = [f for f in needs if f.effect.kind == "require" and evaluate(f.instance.active) is Truth.TRUE]
    return bool(active) and all(f.active is Truth.FALSE for f in active)


def is_heard(one: Finding, decision: Decision) -> bool:
    """Return whether a shadowed rule says more than those named together, of any action."""
    label, *others = one.rules
    for action in decision.policy.predicates.actions:
        for kinds in (("forbid", "require"), () if action.permitted else ("permit",)):
            bearing = [f for f in decision.findings if f.effect.kind in kinds and bears(f, action.name)]
            own = [ORDER.index(f.active) for f in bearing if f.instance.rule.label == label]
            rest = [ORDER.index(f.active) for f in bearing if f.instance.rule.label in others]
            if max(own, default=0) > max(rest, default=0):
                return True
    return False


NEVER = {
    "PL301": is_active,
    "PL302": is_active,
    "PL303": is_heard,
    "PL304": is_met,
    "PL307": lambda one, decision: decision[str(one.action)] is Outcome.PERMITTED,
    "PL308": lambda one, decision: decision[str(one.action)] is Outcome.FORBIDDEN,
    "PL311": is_released,
}
"""What proves a finding wrong that says that no record does something."""


@settings(max_examples=max(60, settings().max_examples * 3 // 5))
@given(testing.policies(), st.data())
def test_no_record_contradicts_a_finding(policy: Policy, data: st.DataObject) -> None:
    """What is never so is so on none; what is not reported, a conflict, is nowhere; proved claims hold."""
    report = check(policy, time_limit=None)
    if any(one.code == "PL390" for one in report):
        return
    for _ in range(6):
        record, today = data.draw(testing.cases(policy))
        try:
            decision = policy.decide(exact_only(record), today=today)
        except RecordError:
            continue  # a key had bounds
        assert list(contradicted(report, decision)) == []


@settings(max_examples=max(20, settings().max_examples // 5))
@given(testing.policies())
def test_both_solvers_find_the_same(policy: Policy) -> None:
    """The search in Python finds for the same rules and actions what CaDiCaL finds."""
    reports = [check(policy, time_limit=None, plain=plain) for plain in (False, True)]
    found = [sorted((x.code, x.action or "", x.rules[:1]) for x in report) for report in reports]
    assert any(one.code == "PL390" for one in (*reports[0], *reports[1])) or found[0] == found[1]


SMALL = """
record { a: number, ok: bool }
action deploy: permitted unless forbidden
action open: forbidden unless permitted
rule x: a > 1 -> forbid deploy until a < 0
rule y: a > 2 -> require ok for deploy
rule z: a > 4 -> permit open
rule w: a > 5 -> forbid open
always deploy permitted when ok
"""


@pytest.mark.parametrize(
    ("code", "rules", "record"),
    [
        ("PL301", ("x",), {"a": 2}),
        ("PL302", ("x",), {"a": 2}),
        ("PL303", ("x", "y"), {"a": 2}),
        ("PL304", ("y",), {"a": 3, "ok": True}),
        ("PL307", (), {"a": 0}),
        ("PL308", (), {"a": 2}),
        ("PL311", ("x",), {"a": -1}),
    ],
)
def test_a_wrong_finding_is_contradicted(code: str, rules: tuple[str, ...], record: dict[str, Any]) -> None:
    """Each kind by a record, and no finding by an empty record."""
    policy = policylang.loads(SMALL)
    wrong = Finding(code, "warning", "wrong", policy.rules[0].span, None, rules, "deploy")
    assert list(contradicted(Report((wrong,)), policy.decide(record))) == ["wrong"]
    assert list(contradicted(Report((wrong,)), policy.decide({}))) == []


def test_what_a_report_lacks_is_contradicted() -> None:
    """A conflict that it does not report, and a claim that it calls proved."""
    policy = policylang.loads(SMALL)
    silent = Report((), ("always deploy permitted when ok",))
    both = [
        "z is in no conflict about open",
        "w is in no conflict about open",
        "always deploy permitted when ok",
    ]
    assert list(contradicted(silent, policy.decide({"a": 6, "ok": True}))) == both
    assert list(contradicted(check(policy), policy.decide({"a": 6, "ok": True}))) == []


LISTED = """
record { a: number, items: list of item { ok: bool } }
action deploy: permitted unless forbidden
action open: forbidden unless permitted
"""


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("a > 1 -> forbid deploy unless every item (ok)", "exception"),
        ("a > 1 -> forbid deploy unless no item (not ok)", "exception"),
        ("a > 1 -> forbid deploy unless any item (ok)", None),
        ("a > 1 -> forbid deploy unless no item (true) or every item (ok)", None),
        ("a > 1 -> forbid deploy unless any item (true) and every item (ok)", None),
        ("a > 1 -> forbid deploy unless a > 5 and every item (ok)", "exception"),
        ("a > 1 -> require every item (ok) for deploy", "requirement"),
        ("a > 1 -> require any item (ok) for deploy unless no item (not ok)", "exception"),
        ("a > 1 and every item (ok) -> permit open", "permission"),
        ("any item (ok) -> forbid deploy", None),
    ],
)
def test_what_passes_by_an_empty_list_is_found(rule: str, what: str | None) -> None:
    """With a record whose list is empty, on which the rule lets pass what it stops without the list."""
    policy = policylang.loads(f"{LISTED}rule r: {rule}")
    found = [one for one in check(policy) if one.code == "PL313"]
    assert [one.message for one in found] == (
        [f"an empty list is enough for the {what} of `r`"] if what else []
    )
    for one in found:
        assert one.witness is not None
        assert one.witness.record["items"] == []
        passes = policy.decide(one.witness.record, today=one.witness.today)
        stops = policy.decide({"a": one.witness.record["a"]}, today=one.witness.today)
        action = "open" if what == "permission" else "deploy"
        assert (passes[action], stops[action]) == (Outcome.PERMITTED, Outcome.UNDETERMINED)


NESTED = """
set kind: code, weights
record {
  a: number
  audits: list of audit {
    subject: kind
    by: text
    steps: list of step { done: bool, signers: list of signer { ok: bool } }
  }
}
action deploy: permitted unless forbidden
action open: forbidden unless permitted
"""
KEYED = NESTED.replace("subject: kind", "subject: kind key")


def emptied(record: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Yield a record without each of the empty lists of a name that stand in its entries."""
    for i, audit in enumerate(record["audits"]):
        if audit.get(name) == []:
            fewer = {key: value for key, value in audit.items() if key != name}
            yield record | {"audits": [*record["audits"][:i], fewer, *record["audits"][i + 1 :]]}
        for j, step in enumerate(audit.get("steps", ())):
            if step.get(name) == []:
                rest = {key: value for key, value in step.items() if key != name}
                steps = [*audit["steps"][:j], rest, *audit["steps"][j + 1 :]]
                audits = [*record["audits"][:i], audit | {"steps": steps}, *record["audits"][i + 1 :]]
                yield record | {"audits": audits}


@pytest.mark.parametrize("declared", [NESTED, KEYED], ids=["plain", "keyed"])
@pytest.mark.parametrize(
    ("rule", "lists"),
    [
        ("any audit (every step (done)) -> permit open", ["steps"]),
        ("any audit (every step (done) and subject = weights) -> permit open", ["steps"]),
        ("at least 2 audit (every step (done)) -> permit open", ["steps"]),
        ("any audit (subject = code and no step (not done)) -> permit open", ["steps"]),
        ("a > 1 -> require any audit (every step (done)) for deploy", ["steps"]),
        ("a > 1 -> forbid deploy unless any audit (every step (done))", ["steps"]),
        ("any audit (any step (every signer (ok))) -> permit open", ["signers"]),
        ("any audit (every step (every signer (ok))) -> permit open", ["steps"]),
        ("any audit (any step (true) and every step (every signer (ok))) -> permit open", ["signers"]),
        ("any audit (any step (true)) and any audit (every step (done)) -> permit open", ["steps"]),
        ("any audit (any step (true) and every step (done)) -> permit open", []),
        ("any audit (at least 2 step (true) and every step (done)) -> permit open", []),
        ("any audit (no step (true) or every step (done)) -> permit open", []),
        ("any audit (any step (done)) -> permit open", []),
        ("any audit (any step (any signer (true) and every signer (ok))) -> permit open", []),
    ],
)
def test_what_passes_by_an_entrys_empty_list_is_found(declared: str, rule: str, lists: list[str]) -> None:
    """With a record that passes by an entry's empty list, and does not where it is absent."""
    policy = policylang.loads(f"{declared}rule r: {rule}")
    found = [one for one in check(policy) if one.code == "PL313"]
    assert len(found) == len(lists)
    action = "open" if "open" in rule else "deploy"
    for one, name in zip(found, lists, strict=True):
        assert one.hint is not None
        assert f"`any {name.removesuffix('s')} (true)`" in one.hint
        assert one.witness is not None
        on = one.witness.today
        stopped = [policy.decide(x, today=on)[action] for x in emptied(one.witness.record, name)]
        assert Outcome.UNDETERMINED in stopped
