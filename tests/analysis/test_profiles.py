"""Lists by the profiles of their entries: the same answers as entry by entry."""

from __future__ import annotations

from itertools import combinations_with_replacement, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang import Outcome, Policy
from policylang.analysis import check, compare, profiling
from policylang.analysis.outcomes import Outcomes, space_of

from enumerated import loaded
from exact import questions
import lists

DECLARATIONS = """
scale L: low < middle < high
set kind: x, y
role auditor
record {
  b: bool
  parts: list of part {
    id: text key
    f: bool
    of: kind
    n: number
    done: date
    word: attestation by auditor
    level: L
  }
}
action gate: permitted unless forbidden
action closed: forbidden unless permitted
"""
INNER = [
    "f", "not f", "of = x", "of = y and f", "n > 1", "n + 1 >= 3", "n = 2", "word", "not word", "f and word",
    "done >= 2026-01-01", "done + 1 month > 2026-02-01", "level > low", "f is missing",
    "level = high or f", "true",
]  # fmt: skip
counts = st.sampled_from(["any", "every", "no", "at least 2", "at most 1", "exactly 2", "more than 2"])
quantified = st.builds("{} part ({})".format, counts, st.sampled_from(INNER))
joined = st.lists(quantified, min_size=2, max_size=3).flatmap(
    lambda parts: st.sampled_from([" and ", " or "]).map(lambda op: op.join(parts))
)
rules = st.one_of(
    st.builds("{} -> forbid gate".format, joined),
    st.builds("{} -> permit closed".format, joined),
    st.builds("b -> require {} for gate".format, joined),
    st.builds("{} -> forbid gate unless {}".format, quantified, quantified),
)


def policy_of(written: list[str]) -> Policy | None:
    try:
        return policylang.loads(DECLARATIONS + "\n".join(written))
    except policylang.PolicyError:
        return None  # absence would permit


@settings(max_examples=max(30, settings().max_examples // 2))
@given(st.lists(rules, min_size=1, max_size=3))
def test_profiles_and_entries_give_the_same_answers(written: list[str]) -> None:
    """Each question has an answer by profiles exactly when it has one entry by entry."""
    policy = policy_of(written)
    if policy is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiling, "FEW", 1)
        by_profiles = space_of(policy.predicates, by_profiles=True)
        found = [(one.code, one.rules, one.action) for one in check(policy)]
        patch.setattr(profiling, "FEW", 1000)
        by_entries = space_of(policy.predicates, by_profiles=True)
        assert found == [(one.code, one.rules, one.action) for one in check(policy)]
    assert not by_entries.demands.profiled
    asked = zip(
        *(questions(policy, Outcomes(space, policy.predicates)) for space in (by_profiles, by_entries)),
        strict=True,
    )
    for question, other in asked:
        answer = by_profiles.ask(question.literal)
        assert (answer is None) == (by_entries.ask(other.literal) is None)
        if answer is not None:
            assert question.holds_on(policy.decide(answer.record, today=answer.today))


@settings(max_examples=max(20, settings().max_examples // 3))
@given(st.lists(rules, min_size=1, max_size=2), st.lists(rules, min_size=1, max_size=2))
def test_two_policies_compare_alike_by_profiles_and_by_entries(first: list[str], second: list[str]) -> None:
    """Verdicts and outcomes are the same; each record shown is decided so by both policies."""
    old, new = policy_of(first), policy_of([*first[1:], *second])
    if old is None or new is None:
        return
    found = []
    for few in (1, 1000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(profiling, "FEW", few)
            comparison = compare(old, new, count_limit=0)
        for change in comparison.changes:
            outcomes = [p.decide(change.record, today=change.today)[change.action] for p in (old, new)]
            assert outcomes == [change.old, change.new]
        changes = [(change.action, change.old, change.new) for change in comparison.changes]
        found.append(([(one.action, one.verdict) for one in comparison.actions], changes))
    assert found[0] == found[1]


ENTRIES = [{"f": f, "g": g} for f, g in product((False, True), repeat=2)] + [{}, {"f": True}]
MORE = 3  # entries beyond those that are enough
plain = st.sampled_from(["f", "g", "not f", "f and g", "f or not g"])
few = st.builds("{} item ({})".format, st.sampled_from(["any", "every", "at least 2", "exactly 1"]), plain)


@settings(max_examples=max(15, settings().max_examples // 6))
@given(st.lists(few, min_size=1, max_size=4), st.sampled_from([" and ", " or "]))
def test_no_longer_list_has_an_outcome_that_shorter_ones_have_not(parts: list[str], joint: str) -> None:
    """With three entries more than the bound says nothing new is found."""
    policy = loaded([f"{joint.join(parts)} -> forbid gate and closed"])
    assert policy is not None
    space = space_of(policy.predicates)
    (bound,) = space.demands.counts.values()
    outcomes = Outcomes(space, policy.predicates)
    possible = {o for o in Outcome if space.possible(outcomes.is_outcome("gate", o))}
    longest = min(bound + MORE, 7)
    lists: list[Any] = [
        list(one) for n in range(longest + 1) for one in combinations_with_replacement(ENTRIES, n)
    ]
    assert {policy.decide({"items": one})["gate"] for one in lists} | {policy.decide({})["gate"]} == possible


@pytest.mark.parametrize("seed", range(8))
def test_policies_say_of_longer_lists_what_they_say_of_those_that_are_enough(seed: int) -> None:
    """Up to four quantifiers of every kind, also inside of each other and with what stands around them."""
    lists.compared(seed)


def test_what_reads_more_than_the_entry_is_taken_entry_by_entry() -> None:
    """And so is a list whose entries a rule tells apart by their key."""
    for condition in ("f and b", "done < today", 'id = "a"', "f or unsaid"):
        text = f"""{DECLARATIONS}
            define unsaid = unspecified "nobody says"
            at least 5 part ({condition}) -> forbid gate"""
        space = space_of(policylang.loads(text).predicates, by_profiles=True)
        assert not space.demands.profiled
        assert space.demands.counts == {("parts",): 5}


def test_a_list_of_more_entries_than_are_taken_one_by_one_is_decided_by_profiles() -> None:
    """The bound on entries is none on profiles."""
    policy = policylang.loads(f"{DECLARATIONS}at least 300 part (f) and at most 299 part (f) -> forbid gate")
    assert [one.code for one in check(policy) if one.rules] == ["PL301"]
