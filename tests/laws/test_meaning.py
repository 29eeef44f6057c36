"""The library agrees with a second semantics on random policies, records and histories."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import meaning
from policies import Rule, policies, policy_text
from shapes import TODAY, records

import policylang

DAYS = st.sampled_from([TODAY, TODAY, TODAY, None])


def entries(found: list[meaning.Effect], forces: list[meaning.Truth], truth: meaning.Truth) -> list[Any]:
    return [
        (e.label, dict(e.instance), e.word, e.actions)
        for e, force in zip(found, forces, strict=True)
        if force == truth
    ]


def agree(decision: policylang.Decision, found: list[meaning.Effect], forces: list[meaning.Truth]) -> None:
    """Assert that outcomes, fired and undecided instances are the same, in the same order."""
    shown = policylang.Decision.__getitem__
    assert {a: shown(decision, a).value for a in decision.policy.actions} == meaning.outcomes(found, forces)
    for entries_of, truth in ((decision.fired, meaning.TRUE), (decision.undecided, meaning.UNKNOWN)):
        ours = [(f.rule, dict(f.instance), f.effect, f.actions) for f in entries_of]
        assert ours == entries(found, forces, truth)


@given(policies(), records(), DAYS)
def test_decisions(rules: list[Rule], record: Any, today: date | None) -> None:
    """Every outcome, every fired and undecided instance and effect is that of the second semantics."""
    policy = policylang.loads(policy_text(rules))
    found = meaning.effects(rules, record, today)
    agree(policy.decide(record, today=today), found, [e.truth for e in found])


@given(policies(), records(), DAYS)
def test_duties(rules: list[Rule], record: Any, today: date | None) -> None:
    """What is to be done, when, and what is warned of is that of the second semantics."""
    decision = policylang.loads(policy_text(rules)).decide(record, today=today)
    found = [e for e in meaning.effects(rules, record, today) if e.truth != meaning.FALSE]
    duties = [(d.text, d.rule, dict(d.instance), d.due, d.certain) for d in decision.obligations]
    assert duties == [
        (e.tree[1], e.label, dict(e.instance), meaning.due(e, today), e.truth == meaning.TRUE)
        for e in found
        if e.word == "oblige"
    ]
    warnings = [(w.rule, dict(w.instance), w.certain) for w in decision.warnings if w.rule is not None]
    assert warnings == [
        (e.label, dict(e.instance), e.truth == meaning.TRUE) for e in found if e.word == "warn"
    ]


@given(policies(), st.lists(st.tuples(st.integers(1, 60), records()), min_size=2, max_size=4))
def test_histories(rules: list[Rule], past: list[tuple[int, Any]]) -> None:
    """In a history each prohibition with `until` is in force until its release, in three values."""
    policy = policylang.loads(policy_text(rules))
    day, pairs = TODAY - timedelta(days=100), []
    for step, record in past:
        day += timedelta(days=step)
        pairs.append((day, record))
    before: list[meaning.Truth | None] = []
    for (day, record), decision in zip(pairs, policy.decide_history(pairs), strict=True):
        found = meaning.effects(rules, record, day)
        before = before or [None] * len(found)
        forces = [meaning.next_force(b, e) for b, e in zip(before, found, strict=True)]
        agree(decision, found, forces)
        latched = [f.latched for f in decision.fired]
        assert latched == [
            e.truth != meaning.TRUE for e, f in zip(found, forces, strict=True) if f == meaning.TRUE
        ]
        before = list(forces)
