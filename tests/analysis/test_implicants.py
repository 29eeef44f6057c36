"""The smallest sets that satisfy a formula, against trying every set."""

from __future__ import annotations

from itertools import combinations
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from policylang.analysis import implicants
from policylang.analysis.formulas import Threshold, refusal
from policylang.analysis.implicants import Compiler, smallest_sets
from policylang.analysis.minimal import Exhausted
from policylang.core.record import Steps

PATHS: list[Steps] = [(name,) for name in "abcdefgh"]
PLACES = {path: place for place, path in enumerate(PATHS)}
SETS = [frozenset(one) for size in range(len(PATHS) + 1) for one in combinations(PATHS, size)]


def thresholds(parts: st.SearchStrategy[Threshold | Steps]) -> st.SearchStrategy[Threshold | Steps]:
    some = st.lists(parts, min_size=1, max_size=4)
    return some.flatmap(
        lambda inner: st.integers(0, len(inner) + 1).map(lambda n: Threshold(n, tuple(inner)))
    )


formulas = st.recursive(st.sampled_from(PATHS), thresholds, max_leaves=10).map(
    lambda one: one if isinstance(one, Threshold) else Threshold(1, (one,))
)


def minimal(*wanted: Threshold) -> set[frozenset[Steps]]:
    fit = [one for one in SETS if all(refusal(formula, one) is None for formula in wanted)]
    return {one for one in fit if not any(other < one for other in fit)}


def searched(formula: Threshold, beside: Threshold) -> tuple[list[frozenset[Steps]], bool]:
    """Return the sets found, in order, and whether they are all."""

    def refused(chosen: int) -> int | None:
        lacking = refusal(beside, paths(chosen))
        return None if lacking is None else sum(1 << PLACES[path] for path in lacking)

    found: list[frozenset[Steps]] = []
    try:
        for one in smallest_sets(Compiler(PLACES).node(formula), refused):
            found.append(paths(one))
    except Exhausted:
        return found, False
    return found, True


def paths(number: int) -> frozenset[Steps]:
    return frozenset(path for path, place in PLACES.items() if number >> place & 1)


@given(formulas, formulas)
def test_all_minimal_sets_are_found_smallest_first(formula: Threshold, beside: Threshold) -> None:
    """With a question beside the formula too, whose refusals are all that is known of it."""
    found, are_all = searched(formula, beside)
    assert are_all
    assert len(found) == len(set(found))
    assert set(found) == minimal(formula, beside)
    assert [len(one) for one in found] == sorted(len(one) for one in found)


@given(formulas, formulas, st.integers(1, 3))
def test_where_few_sets_are_kept_those_found_are_right_all_the_same(
    formula: Threshold, beside: Threshold, kept: int
) -> None:
    """Each is minimal, none is passed over that is smaller, and it is said when there may be more."""
    with patch.object(implicants, "MAX_KEPT", kept):
        found, are_all = searched(formula, beside)
    expected = minimal(formula, beside)
    assert len(found) == len(set(found))
    assert set(found) <= expected
    if are_all:
        assert set(found) == expected
    else:
        longest = max(map(len, found), default=0)
        assert {one for one in expected if len(one) < longest} <= set(found)
