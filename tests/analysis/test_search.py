"""The search in Python answers as trying all assignments does."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st
import pytest

from policylang.analysis.search import Search
from policylang.analysis.solver import NotDecided, Solver

VARIABLES = 6
literals = st.integers(1, VARIABLES).flatmap(lambda v: st.sampled_from([v, -v]))
clauses = st.lists(st.lists(literals, min_size=1, max_size=3), max_size=24)


@given(clauses, clauses, st.lists(literals, max_size=3))
def test_clauses_and_assumptions(first: list[list[int]], second: list[list[int]], assumed: list[int]) -> None:
    """Also when clauses are added between two questions, and with the failed assumptions named."""
    search = Search()
    given_so_far: list[list[int]] = []
    for more in (first, second):
        for clause in more:
            search.add(clause)
        given_so_far += more
        found = search.solve(assumed, 1000)
        assert found == satisfiable(given_so_far, assumed)
        if found:
            model = set(search.model()) | set(assumed)
            assert all(any(x in model for x in clause) for clause in given_so_far)
            assert not any(-x in model for x in model)
        else:
            assert set(search.core()) <= set(assumed)
            assert not satisfiable(given_so_far, search.core())


def satisfiable(given_clauses: list[list[int]], assumed: list[int]) -> bool:
    for signs in product((1, -1), repeat=VARIABLES):
        model = {sign * v for v, sign in enumerate(signs, start=1)}
        if model >= set(assumed) and all(any(x in model for x in c) for c in given_clauses):
            return True
    return False


def pigeons(solver: Solver, holes: int) -> None:
    """Demand that each of one more pigeon than there are holes has a hole of its own."""
    place = [[solver.fresh() for _ in range(holes)] for _ in range(holes + 1)]
    for own in place:
        solver.add(own)
    for hole in range(holes):
        for i in range(holes + 1):
            for j in range(i):
                solver.add([-place[i][hole], -place[j][hole]])


def test_what_takes_too_long_is_not_decided() -> None:
    """A question past the limit ends in a reason, which is no answer."""
    solver = Solver(plain=True, conflicts=300)
    pigeons(solver, 9)
    with pytest.raises(NotDecided, match="needs policylang"):
        solver.solve([])


def test_past_the_deadline_nothing_is_decided() -> None:
    solver = Solver(deadline=0.0)
    with pytest.raises(NotDecided, match="time limit"):
        solver.solve([solver.fresh()])
