"""Gates over literals, each made once: equal parts of two policies become one literal.

A literal is a non-zero integer and its negation the negated integer. ``TRUE`` and ``FALSE`` fold
away wherever they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from operator import neg

from policylang.analysis.solver import Solver

TRUE = 1
FALSE = -1
WIDE = 16  # inputs of one gate
DIGIT = 4  # bits, so that a gate of groups has no more


class Gates:
    """Conjunctions, disjunctions and counts of literals, as clauses of a solver."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        assert solver.fresh() == TRUE
        solver.add([TRUE])
        self._conjunctions: dict[frozenset[int], int] = {}
        self._made_of: dict[tuple[int, ...], frozenset[int]] = {}
        self.inputs: dict[int, frozenset[int]] = {}  # of each gate, the literals it is the conjunction of
        self._conjuncts: dict[int, frozenset[int]] = {}
        self.implied: dict[int, int] = {}

    def conj(self, literals: Iterable[int]) -> int:
        """Return a literal that holds exactly when all of these do."""
        parts = frozenset(literals)
        if TRUE in parts:
            parts -= {TRUE}
        gate = self._conjunctions.get(parts)
        if gate is not None:
            return gate
        if not parts:
            return TRUE
        if FALSE in parts or not parts.isdisjoint(map(neg, parts)):
            return FALSE
        if len(parts) == 1:
            return next(iter(parts))
        if len(parts) > WIDE:
            gate = self._wide(parts)
        else:
            gate = self.solver.fresh()
            self.inputs[gate] = parts
            for part in parts:
                self.solver.add((-gate, part))
            self.solver.add((gate, *(-part for part in parts)))
        self._conjunctions[parts] = gate
        return gate

    def _wide(self, parts: frozenset[int]) -> int:
        """Return the conjunction of many literals, joined by the leading digits of their variables.

        Two conjunctions of many literals that differ in few then share almost all gates.
        """
        digits = (max(map(abs, parts)).bit_length() - 1) // DIGIT * DIGIT
        while True:
            groups: dict[int, list[int]] = {}
            for part in parts:
                groups.setdefault(abs(part) >> digits, []).append(part)
            if len(groups) > 1:
                return self.conj(self.conj(group) for group in groups.values())
            digits -= DIGIT

    def made_of(self, *literals: int) -> frozenset[int]:
        """Return the literals that are no gates from which `and` and `or` alone make these."""
        if literals not in self._made_of:
            found = self._unfolded(literals, lambda inputs, _: {-x for x in inputs})
            self._made_of[literals] = frozenset(found)
        return self._made_of[literals]

    def conjuncts(self, literal: int) -> frozenset[int]:
        """Return the literals, none of them a conjunction, that all hold exactly when this one does."""
        if literal not in self._conjuncts:
            seen, pending = {literal}, [literal]
            while pending:
                new = self.inputs.get(pending.pop(), frozenset()) - seen
                seen |= new
                pending += new
            self._conjuncts[literal] = frozenset(x for x in seen if x not in self.inputs)
        return self._conjuncts[literal]

    def imply(self, literal: int, implied: int) -> None:
        """Demand that a literal holds only where another one does, which is the only one known to be so."""
        self.clause(-literal, implied)
        self.implied[literal] = implied

    def implies(self, literal: int, other: int) -> bool:
        """Return whether a literal, or an input of its gate, is known to hold only where another does."""
        causes = (literal, *self.inputs.get(literal, ()))
        return any(self.implied.get(one) == other for one in causes)

    def support(self, literals: Iterable[int]) -> set[int]:
        """Return literals that are no gates, hold in the last model, and alone make these hold."""
        model = self.solver.model

        def chosen(inputs: frozenset[int], seen: set[int]) -> Set[int]:
            """Return one part that holds, which is enough; what is seen holds, and costs nothing more."""
            if not seen.isdisjoint(map(neg, inputs)):
                return frozenset()
            return {next(-x for x in inputs if model[abs(x) - 1] == -x)}

        return self._unfolded(literals, chosen)

    def _unfolded(
        self, literals: Iterable[int], chosen: Callable[[frozenset[int], set[int]], Set[int]]
    ) -> set[int]:
        """Return what literals are made of that is no gate; of the negation of a gate only what is chosen.

        It is chosen from the negations of the gate's inputs, with those literals at hand that are seen.
        """
        found, pending = set[int](), list(literals)
        seen = set(pending)
        while pending:
            at = pending.pop()
            inputs = self.inputs.get(abs(at))
            if inputs is None:
                found.add(at)
                continue
            wanted = (inputs if at > 0 else chosen(inputs, seen)) - seen
            pending += wanted
            seen |= wanted
        return found

    def disj(self, literals: Iterable[int]) -> int:
        """Return a literal that holds exactly when one of these does."""
        return -self.conj(-x for x in literals)

    def at_least(self, n: int, literals: Sequence[int]) -> int:
        """Return a literal that holds exactly when at least ``n`` of these do."""
        if n <= 0:
            return TRUE
        if n > len(literals):  # also where a policy counts further than a list can be long
            return FALSE
        if n == 1:
            return self.disj(literals)
        row = [TRUE] + [FALSE] * n  # row[k]: at least k of the literals seen
        for literal in literals:
            row = [TRUE] + [self.disj((row[k], self.conj((row[k - 1], literal)))) for k in range(1, n + 1)]
        return row[n]

    def at_least_counted(self, n: int, counters: Iterable[Sequence[int]]) -> int:
        """Return a literal that holds exactly when numbers add up to at least ``n``.

        A number is given by the literals that it is at least 1, 2, …; the later ones imply the earlier.
        """
        row = [TRUE] + [FALSE] * n  # row[k]: the numbers seen add up to at least k
        for counter in counters:
            row = [TRUE] + [
                self.disj(
                    self.conj((row[k - more], counter[more - 1] if more else TRUE))
                    for more in range(min(k, len(counter)) + 1)
                )
                for k in range(1, n + 1)
            ]
        return row[n]

    def clause(self, *literals: int) -> None:
        """Demand that one of the literals holds, always."""
        if TRUE not in literals:
            self.solver.add([x for x in literals if x != FALSE])

    def at_most_one(self, literals: Sequence[int]) -> None:
        """Demand that no two of the literals hold."""
        for place, one in enumerate(literals):
            for other in literals[place + 1 :]:
                self.clause(-one, -other)
