"""Claims that policies are equivalent, each with a proof that the checker of `drup` accepts.

What is proved is about the clauses that the analysis makes of two policies; that these speak of all records
is what the other tests here are about. Sums of numbers are left out: their clauses come with the questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unittest.mock import patch

from drup import refutes
from pysat.solvers import Cadical195

from policylang import Policy
from policylang.analysis import solver
from policylang.analysis.outcomes import Outcomes, space_of


class Recorded(solver.CaDiCaL):
    """CaDiCaL, with all clauses that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.clauses: list[list[int]] = []

    def add(self, clause: Sequence[int]) -> None:
        self.clauses.append(list(clause))
        super().add(clause)


def differing(old: Policy, new: Policy, action: str) -> list[list[int]]:
    """Return clauses that hold exactly for the records on which an action's outcomes differ."""
    with patch.object(solver, "CaDiCaL", Recorded):
        space = space_of(old.predicates, new.predicates)
    before, after = (Outcomes(space, policy.predicates).may[action] for policy in (old, new))
    pairs = ((before.true, after.true), (before.possible, after.possible))
    conj = space.gates.conj
    space.gates.clause(space.gates.disj(conj((x, -y)) for a, b in pairs for x, y in ((a, b), (b, a))))
    engine = space.solver._engine
    assert isinstance(engine, Recorded)
    return [*engine.clauses, *([one] for one in space.unspecified())]


def steps_to_equivalence(old: Policy, new: Policy, actions: Iterable[str]) -> int:
    """Return how many steps the accepted proofs have that outcomes are equal; AssertionError without one."""
    steps = 0
    for action in actions:
        clauses = differing(old, new, action)
        with Cadical195(bootstrap_with=clauses, with_proof=True) as engine:
            assert not engine.solve(), (action, "some record differs")
            proof = engine.get_proof()
        assert refutes(proof, clauses), (action, "the proof has a gap")
        steps += len(proof)
    return steps
