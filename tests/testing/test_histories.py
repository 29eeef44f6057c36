"""What is said of histories of mutants that decide every single record alike."""

from datetime import date, timedelta
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from policylang import Policy, loads
from policylang.analysis import compare
from policylang.analysis.solver import NotDecided
from policylang.testing.histories import history_difference

DECLARED = """
record { risk: number  done: bool }
action deploy: permitted unless forbidden
"""
TRIGGERS = ["risk > 2", "risk > 2 and not done", "not done", "risk > 2 or not done"]
RELEASES = ["risk <= 2", "done", "risk <= 2 and done", "risk <= 2 or done", "risk <= 1", "true", "false"]
VALUES: list[dict[str, Any]] = [
    {key: value for key, value in (("risk", risk), ("done", done)) if value is not None}
    for risk, done in product([None, 1, 2, 3], [None, True, False])
]
DAY = date(2026, 1, 1)


def policy(*rules: str) -> Policy:
    return loads(DECLARED + "\n".join(rules))


def gates(trigger: str, release: str | None) -> str:
    return f"rule gate: {trigger} -> forbid deploy" + ("" if release is None else f" until {release}")


def test_a_release_that_is_the_negated_trigger_says_nothing() -> None:
    assert (
        history_difference(
            policy(gates("risk > 2", "risk <= 2")), policy(gates("risk > 2", None)), time_limit=10
        )
        is None
    )


def test_a_release_that_asks_for_more_is_told_by_a_history() -> None:
    old, new = policy(gates("risk > 2", "done")), policy(gates("risk > 2", None))
    found = history_difference(old, new, time_limit=10)
    assert found is not None
    first, second = found.steps
    assert first[1]["risk"] > 2 and first[0] < second[0]
    assert found.expected == {"deploy": "forbidden"} and found.mutated == {"deploy": "permitted"}


def test_a_masked_trigger_is_told_by_what_it_leaves_behind() -> None:
    """The second rule forbids what the first does, and has no past."""
    mask = "rule mask: risk > 1 -> forbid deploy"
    old, new = policy(gates("risk > 2", "done"), mask), policy(gates("risk > 3", "done"), mask)
    assert compare(old, new).verdict == "equivalent"
    found = history_difference(old, new, time_limit=10)
    assert found is not None and found.expected == {"deploy": "forbidden"}


@pytest.mark.parametrize("trigger", TRIGGERS)
@given(st.sampled_from(RELEASES), st.sampled_from([None, *RELEASES]))
def test_it_agrees_with_all_small_histories(trigger: str, old_release: str, new_release: str | None) -> None:
    """Where it says that none differs none of up to three records does; what differs it shows."""
    old, new = policy(gates(trigger, old_release)), policy(gates(trigger, new_release))
    try:
        found = history_difference(old, new, time_limit=10)
    except NotDecided:
        return
    if found is None:
        for length in (2, 3):
            for records in product(VALUES if length == 2 else VALUES[::2], repeat=length):
                steps = [(DAY + timedelta(n), record) for n, record in enumerate(records)]
                ours, theirs = ([d["deploy"] for d in p.decide_history(steps)] for p in (old, new))
                assert ours == theirs, steps
    else:
        ours, theirs = (p.decide_history(found.steps)[-1]["deploy"].value for p in (old, new))
        assert (found.expected, found.mutated) == ({"deploy": ours}, {"deploy": theirs})
        assert ours != theirs
