"""Proofs that policies are equivalent, and the checker that accepts them."""

from __future__ import annotations

from itertools import product

from drup import refutes
from hypothesis import example, given
from hypothesis import strategies as st
import pytest

pytest.importorskip("pysat", reason="proofs need policylang[analysis]")
import generated
from proved import steps_to_equivalence
from pysat.solvers import Cadical195

import policylang
from policylang.analysis import compare

SIZE = 4
literals = st.builds(lambda x, sign: x * sign, st.integers(1, SIZE), st.sampled_from([1, -1]))
clauses = st.lists(st.lists(literals, max_size=3), max_size=24)


def can_hold(given_clauses: list[list[int]]) -> bool:
    rows = product((1, -1), repeat=SIZE)
    return any(all(any(row[abs(x) - 1] * x > 0 for x in one) for one in given_clauses) for row in rows)


@given(clauses, clauses)
@example([[1], [-1]], [])
@example([[1, 2], [1, -2], [-1, 2], [-1, -2]], [[1], []])
def test_what_can_hold_is_not_refuted(asked: list[list[int]], steps: list[list[int]]) -> None:
    """Whatever the steps are; and what cannot hold is refuted by the steps of a solver."""
    proof = [" ".join(map(str, [*one, 0])) for one in steps]
    if can_hold(asked):
        assert not refutes([*proof, "0"], asked)
    else:
        with Cadical195(bootstrap_with=asked, with_proof=True) as engine:
            assert not engine.solve()
            assert refutes(engine.get_proof(), asked)


def test_a_proof_with_a_gap_is_not_accepted() -> None:
    """Three clauses of eight are needed before the contradiction follows."""
    eight = [list(one) for one in product((1, -1), (2, -2), (3, -3))]
    assert refutes(["1 2 0", "1 0", "2 0", "0"], eight)
    assert not refutes(["1 2 0", "2 0", "0"], eight)
    assert not refutes(["1 2 0", "1 0"], eight)
    assert not refutes(["0"], eight)
    assert not refutes(["1 2", "1 0", "2 0", "0"], eight)


@pytest.mark.parametrize(
    "lines",
    [generated.structured(50, 20, 1), generated.structured(100, 50, 1), generated.clauses(30, 15, 1)],
    ids=["small", "larger", "clauses"],
)
def test_each_claim_of_equivalence_has_a_proof(lines: list[str]) -> None:
    """Of mutants of which some change nothing; where an action changes there is no proof."""
    old = policylang.loads("\n".join(lines))
    steps, changed = 0, []
    for seed in range(6):
        new = policylang.loads("\n".join(generated.mutant(lines, seed)))
        for one in compare(old, new, count_limit=0).actions:
            if one.verdict == "equivalent":
                steps += steps_to_equivalence(old, new, [one.action])
            else:
                changed.append((new, one.action))
    assert steps > 20
    with pytest.raises(AssertionError, match="some record differs"):
        steps_to_equivalence(old, changed[0][0], [changed[0][1]])
