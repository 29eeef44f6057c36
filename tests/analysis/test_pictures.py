"""Frontiers and decision tables, against trying all small records."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import small

import policylang
from policylang import Outcome, Policy
from policylang.analysis import frontier, table

from exact import exact_only

ATOMS = ["a >= middle", "a = high", "b", "not b", "t.m.x > a", "t.m.x < high", "a in {low, high}", "unsaid"]
ABSENT = ["a is missing", "t.m is missing"]
rules = st.one_of(
    st.builds("{} -> forbid gate and closed".format, small.conditions([*ATOMS, *ABSENT])),
    st.builds("{} -> permit closed".format, small.conditions(ATOMS)),
    st.builds("{} -> require {} for gate".format, small.conditions(ATOMS), small.conditions(ATOMS)),
)


@cache
def records() -> list[dict[str, Any]]:
    levels = [None, *small.LEVELS]
    found = []
    for a, b, row in product(levels, [None, False, True], [None, {}, *({"x": x} for x in small.LEVELS)]):
        values = {"a": a, "b": b, "t": None if row is None else {"m": row}}
        found.append({key: value for key, value in values.items() if value is not None})
    return found


def loaded(written: list[str]) -> Policy | None:
    try:
        return policylang.loads(small.DECLARATIONS + "\n".join(written))
    except policylang.PolicyError:
        return None  # absence would permit


@settings(max_examples=max(60, settings().max_examples))
@given(st.lists(rules, min_size=1, max_size=3))
def test_a_frontier_has_the_maximal_permitted_points(written: list[str]) -> None:
    """Equal to brute force over all records."""
    policy = loaded(written)
    if policy is None:
        return
    for action in ("gate", "closed"):
        found = frontier(policy, action)
        permitted = {
            tuple(levels)
            for record in records()
            if policy.decide(record)[action] is Outcome.PERMITTED
            and None not in (levels := [small.at(record, small.steps_of(f)) for f in found.fields])
        }
        rank = small.LEVELS.index
        maximal = {
            one
            for one in permitted
            if not any(
                other != one and all(rank(x) >= rank(y) for x, y in zip(other, one, strict=True))
                for other in permitted
            )
        }
        assert found.is_complete
        assert {tuple(point[f] for f in found.fields) for point in found.points} == maximal


@settings(max_examples=max(60, settings().max_examples))
@given(st.lists(rules, min_size=1, max_size=3))
def test_a_table_is_minimal(written: list[str]) -> None:
    """No condition can be left out of a row, and no row of the table: some record shows it."""
    policy = loaded(written)
    if policy is None:
        return
    for action in ("gate", "closed"):
        found = table(policy, action)
        assert found.is_complete
        decisions = [(policy.decide(record), record) for record in records()]
        for decision, record in decisions:
            assert found.outcome(record) is decision[action], record

        def fits(conditions: Any, decision: policylang.Decision) -> bool:
            return all(decision.evaluator.evaluate(predicate) is truth for predicate, truth in conditions)

        for row in found.rows:
            for condition in row.conditions:
                fewer = [one for one in row.conditions if one != condition]
                assert any(fits(fewer, d) and d[action] is not row.outcome for d, _ in decisions)
            others = [one for one in found.rows if one != row]
            assert any(
                fits(row.conditions, d) and not any(fits(o.conditions, d) for o in others)
                for d, _ in decisions
            )


@settings(max_examples=max(40, settings().max_examples))
@given(st.lists(small.rules, min_size=1, max_size=3), st.lists(small.records(), min_size=8, max_size=8))
def test_a_table_is_equal_to_the_policy(written: list[str], given_records: list[Any]) -> None:
    """On random records of every kind of field."""
    policy = loaded(written)
    if policy is None:
        return
    for action in policy.actions:
        found = table(policy, action)
        if not found.is_complete:
            continue
        for data in map(exact_only, given_records):
            expected = policy.decide(data, today=small.TODAY)[action]
            assert found.outcome(data, today=small.TODAY) is expected, (written, data, action)


def test_a_table_tells_of_lists_inside_of_lists() -> None:
    policy = policylang.loads("""
        record { teams: list of team { checks: list of check { passed: bool } } }
        action go: permitted unless forbidden
        rule r: any team (no check (passed)) -> forbid go
    """)
    inner = "at least 1 check of team.checks (check.passed)"
    told = [one.texts for one in table(policy, "go").rows]
    assert told == [
        (f"at least 1 team of teams (not ({inner}))",),
        (f"not at least 1 team of teams (not ({inner}))",),
    ]


def test_what_counts_further_than_a_list_is_followed_is_not_finished() -> None:
    policy = policylang.loads(
        "record { entries: list of entry { sound: bool } }\n"
        "action gate: permitted unless forbidden\n"
        f"at most {'9' * 50} entry (sound) -> forbid gate"
    )
    for found in (frontier(policy, "gate"), table(policy, "gate")):
        assert not found.is_complete
        assert found.reason is not None
        assert "more than 256 entries" in found.reason


def test_a_count_that_a_set_never_reaches_is_decided() -> None:
    policy = policylang.loads(f"at most {'9' * 50} category (post_mitigation >= High) -> forbid deploy")
    assert [row.outcome for row in table(policy, "deploy").rows] == [Outcome.FORBIDDEN]
    assert not frontier(policy, "deploy").points
