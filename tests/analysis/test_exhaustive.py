"""Small records, all of them: a question has an answer exactly when one of the records is it.

Lists are enumerated with more entries than the analysis takes into account.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang.analysis.outcomes import Outcomes, space_of

from exact import questions

DECLARATIONS = """
scale L: low < middle < high
record {
  a: L
  b: bool
  items: list of item { f: bool, g: bool }
}
action gate: permitted unless forbidden
action closed: forbidden unless permitted
action wide widens gate: forbidden unless permitted
define unsaid = unspecified "nobody says"
"""


@cache
def records() -> list[dict[str, Any]]:
    entries = [
        {k: v for k, v in zip("fg", values, strict=True) if v is not None}
        for values in product((None, False, True), repeat=2)
    ]
    lists = [list(chosen) for n in range(5) for chosen in combinations_with_replacement(entries, n)]
    found = []
    for a, b, items in product((None, "low", "middle", "high"), (None, False, True), (None, *lists)):
        values = {"a": a, "b": b, "items": items}
        found.append({key: value for key, value in values.items() if value is not None})
    return found


ATOMS = ["a >= middle", "a < high", "a = middle", "b", "not b", "a is missing", "items is missing", "unsaid"]
INNER = ["f", "g", "not f", "f and g", "f or not g", "(f and b)", "(g or a >= high)"]
quantifiers = st.builds(
    "{} item ({})".format,
    st.sampled_from(["any", "every", "no", "at least 2", "at most 1", "exactly 1", "exactly 2"]),
    st.sampled_from(INNER),
)
atoms = st.one_of(st.sampled_from(ATOMS), quantifiers, quantifiers)


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(parts, st.sampled_from(["and", "or"]), parts)
    return st.one_of(pairs.map(lambda p: f"({' '.join(p)})"), parts.map(lambda p: f"not ({p})"))


conditions = st.recursive(atoms, joined, max_leaves=4)
rules = st.one_of(
    st.builds("{} -> forbid gate and closed".format, conditions),
    st.builds("{} -> require {} for gate".format, conditions, conditions),
    st.builds("{} -> permit closed and wide".format, conditions),
    st.builds("{} -> forbid wide unless {}".format, conditions, conditions),
)


@settings(max_examples=max(12, settings().max_examples // 8))
@given(st.lists(rules, min_size=1, max_size=3))
def test_a_question_has_an_answer_exactly_when_a_record_is_it(written: list[str]) -> None:
    """Analysis equals brute force over every record with up to four entries."""
    try:
        policy = policylang.loads(DECLARATIONS + "\n".join(written))
    except policylang.PolicyError:
        return  # absence would permit
    space = space_of(policy.predicates)
    asked = list(questions(policy, Outcomes(space, policy.predicates)))
    decisions = [policy.decide(record) for record in records()]
    for question in asked:
        found = space.ask(question.literal)
        expected = any(question.holds_on(decision) for decision in decisions)
        few = all(count <= 4 for count in space.demands.counts.values())
        if found is None:
            assert not expected
        else:
            assert question.holds_on(policy.decide(found.record, today=found.today))
            assert expected or not few


@pytest.mark.parametrize(
    ("condition", "entries"),
    [
        ("at least 2 item (f and not g) and at least 2 item (g and not f)", 4),
        ("exactly 2 item (f)", 3),
        ("at least 2 item (f) or at least 3 item (f)", 3),
        ("every item (f)", 1),
        ("at least 0 item (f)", 0),
    ],
)
def test_so_many_entries_are_enough(condition: str, entries: int) -> None:
    """Counts of different conditions add up, and of one condition the greatest is enough."""
    policy = policylang.loads(f"{DECLARATIONS}{condition} -> forbid gate")
    counts = space_of(policy.predicates).demands.counts
    assert sum(counts.values()) == entries


def test_lists_in_a_circle_are_not_decided() -> None:
    """Where two lists are counted inside of each other's entries no bound is known."""
    policy = policylang.loads("""
        record { ones: list of one { x: number }, twos: list of two { y: number } }
        action gate: permitted unless forbidden
        every one (any two (one.x < two.y)) and every two (any one (two.y < one.x)) -> forbid gate
    """)
    report = policylang.analysis.check(policy)
    assert [f.code for f in report] == ["PL390"]
    assert not report.holds
