"""What long lists of entries about which little is known lack: exact, and within its limits."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import policylang
from policylang import Decision, Outcome
from policylang.analysis import NotDecided
from policylang.analysis.counterfactual import Counterfactual
from policylang.analysis.folding import MAX_ENTRIES
from policylang.analysis.unknowns import MAX_OPEN
from policylang.analysis.ways import MAX_SETS

TODAY = date(2026, 11, 1)
CATEGORIES = ("cybersecurity", "cbrn", "persuasion", "model_autonomy")
FACTS = ("level_alone", "independent", "understood", "generalises", "trained_on_evaluation")
WORD = {"holds": True, "by": "A. Assessor", "role": "independent_assessor", "on": "2026-10-20"}
SOUND = {
    "covers": "cbrn",
    "level_alone": "Low",
    "independent": WORD,
    "understood": WORD,
    "generalises": WORD,
    "trained_on_evaluation": False,
}


@pytest.fixture(scope="module")
def policy() -> policylang.Policy:
    return policylang.load("strict_mitigation")


def record(entries: list[dict[str, Any]]) -> dict[str, Any]:
    low = {"pre_mitigation": "Low", "post_mitigation": "Low"}
    scores = {**dict.fromkeys(CATEGORIES, low), "cbrn": {**low, "pre_mitigation": "High"}}
    named = [{"name": f"m{i}", **entry} for i, entry in enumerate(entries)]
    return {
        "evaluated_on": "2026-10-30",
        "scores": scores,
        "security_hardened": True,
        "mitigations": named,
    }


def entries_of(way: tuple[str, ...]) -> set[str]:
    return {path.split(".")[0] for path in way}


def decide(policy: policylang.Policy, entries: list[dict[str, Any]]) -> Decision:
    decision = policy.decide(record(entries), today=TODAY)
    assert decision["deploy"] is Outcome.UNDETERMINED
    return decision


def test_sets_of_few_entries_are_all_found(policy: policylang.Policy) -> None:
    """Of four entries two have to be sound, and three would have to have a fault: 125 ways and more."""
    decision = decide(policy, [{"covers": "cbrn"}] * 4)
    ways = decision.missing("deploy")
    assert not ways.is_complete  # 4 * 5**3 sets of three faults
    assert all(len(way) == 3 and len(entries_of(way)) == 3 for way in ways)
    three = decide(policy, [{"covers": "cbrn"}] * 3).missing("deploy")
    assert three.is_complete
    assert len(three) == 3 * 5**2  # which are parts of any two whole entries
    assert all(len(way) == 2 and len(entries_of(way)) == 2 for way in three)


@pytest.mark.parametrize("count", [40, 240])
def test_the_smallest_sets_of_a_long_list_are_two_entries(policy: policylang.Policy, count: int) -> None:
    decision = decide(policy, [{"covers": "cbrn"}] * count)
    ways = decision.missing("deploy")
    assert not ways.is_complete
    assert len(ways) == len(set(ways)) == MAX_SETS
    for way in ways:
        first, second = entries_of(way)
        assert set(way) == {f"{entry}.{fact}" for entry in (first, second) for fact in FACTS}
    chosen = {int(entry[12:-1]) for entry in entries_of(ways[-1])}
    filled = [SOUND if i in chosen else {"covers": "cbrn"} for i in range(count)]
    assert policy.decide(record(filled), today=TODAY)["deploy"] is Outcome.PERMITTED
    for fact in FACTS:
        lacking = [{k: v for k, v in entry.items() if k != fact} for entry in filled]
        assert policy.decide(record(lacking), today=TODAY)["deploy"] is Outcome.UNDETERMINED
    assert set(decision.possible("deploy")) == {Outcome.PERMITTED, Outcome.FORBIDDEN}


def test_past_the_limit_the_json_names_every_unknown_value(policy: policylang.Policy) -> None:
    found = decide(policy, [{"covers": "cbrn"}] * 40).to_dict()
    everything = {f"mitigations[{i}].{fact}" for i in range(40) for fact in FACTS}
    assert set(found["actions"]["deploy"]["missing"]) == everything
    assert [set(one["missing"]) for one in found["undecided"]] == [everything]


def test_values_that_several_rules_read_differently_are_told_apart(policy: policylang.Policy) -> None:
    """An entry covers one category: two that could be sound for either are not enough for both."""
    data = record([{**SOUND, "covers": None}] * 3)
    data["scores"]["persuasion"] = data["scores"]["cbrn"]
    decision = policy.decide(data, today=TODAY)
    assert decision.possible("deploy") == (Outcome.FORBIDDEN,)
    data["mitigations"].append({**SOUND, "covers": None, "name": "m3"})
    decision = policy.decide(data, today=TODAY)
    assert set(decision.possible("deploy")) == {Outcome.PERMITTED, Outcome.FORBIDDEN}
    ways = decision.missing("deploy")
    assert ways.is_complete
    assert len(ways) == 4  # three of the four that cover something else leave one for a category
    assert {len(way) for way in ways} == {3}


@pytest.mark.parametrize("count", [MAX_OPEN // len(FACTS) + 100, MAX_ENTRIES + 9_000])
def test_of_a_very_long_list_the_first_entries_are_looked_at(policy: policylang.Policy, count: int) -> None:
    decision = decide(policy, [{"covers": "cbrn"}] * count)
    ways = decision.missing("deploy")
    assert not ways.is_complete
    assert len(ways) == MAX_SETS
    assert {len(way) for way in ways} == {2 * len(FACTS)}
    looked_into = min(count, MAX_ENTRIES)
    assert len(decision.to_dict()["actions"]["deploy"]["missing"]) == looked_into * len(FACTS)
    with pytest.raises(NotDecided):
        decision.possible("deploy")


def test_changes_of_a_long_list_are_found_or_not_decided() -> None:
    """Where the cheapest changes are too many to look for, that is said, and nothing else."""
    policy = policylang.loads(
        "scale L: low < middle < high\n"
        "record { items: list of item { level: L adjustable  fixed: bool }  other: L adjustable }\n"
        "action gate: permitted unless forbidden\n"
        "any item (level >= high and not fixed) -> forbid gate\n"
        "at least 3 item (level > other) -> forbid gate"
    )

    def asked(count: int) -> Counterfactual:
        items = [{"level": "high", "fixed": False}] * count
        return policy.counterfactual({"items": items, "other": "middle"}, action="gate")

    assert asked(40).cost == 40
    with pytest.raises(NotDecided):
        asked(400)
