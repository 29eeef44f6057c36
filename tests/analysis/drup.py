"""A checker of DRUP proofs: that clauses contradict each other, as a solver says, step by step.

Each step of a proof is a clause that follows by reverse unit propagation: were all its literals
false, unit clauses alone would lead to a contradiction. The last one is empty. The checker shares no
code with any solver. Steps that delete a clause are passed over, as to keep it is sound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

Clause = Sequence[int]


class Clauses:
    """Clauses with all that follows from them by unit propagation.

    Each clause of two literals or more is watched at two of them, the first two in its list. Neither is
    false while the clause can still become a unit; what is undone last was found false last.
    """

    def __init__(self, clauses: Iterable[Clause]) -> None:
        self.true: set[int] = set()  # literals
        self.trail: list[int] = []  # the same, in the order in which they were found
        self.watched: dict[int, list[list[int]]] = defaultdict(list)
        self.contradict = False
        for clause in clauses:
            self.add(clause)

    def add(self, clause: Clause) -> None:
        """Demand a clause, and take what follows from it by units."""
        literals = [x for x in dict.fromkeys(clause) if -x not in self.true]
        if self.contradict or any(x in self.true for x in literals):
            return  # what is settled here is never undone
        if len(literals) > 1:
            for one in literals[:2]:
                self.watched[one].append(literals)
        elif not literals or not self._propagate(literals):
            self.contradict = True

    def imply(self, clause: Clause) -> bool:
        """Return whether a clause follows by reverse unit propagation."""
        if self.contradict or any(x in self.true for x in clause):
            return True
        settled = len(self.trail)
        is_implied = not self._propagate([-x for x in clause])
        for literal in self.trail[settled:]:
            self.true.discard(literal)
        del self.trail[settled:]
        return is_implied

    def _propagate(self, literals: Iterable[int]) -> bool:
        """Take literals as true, and all that they lead to; return whether nothing contradicts."""
        at = len(self.trail)
        if not all(self._take(one) for one in literals):
            return False
        while at < len(self.trail):
            if not self._visit(-self.trail[at]):
                return False
            at += 1
        return True

    def _take(self, literal: int) -> bool:
        if -literal in self.true:
            return False
        if literal not in self.true:
            self.true.add(literal)
            self.trail.append(literal)
        return True

    def _visit(self, false: int) -> bool:
        """Find another literal to watch for each clause that watches a false one; take what is forced."""
        kept: list[list[int]] = []
        pending = self.watched[false]
        for place, clause in enumerate(pending):
            if clause[0] == false:
                clause[0], clause[1] = clause[1], clause[0]
            other = clause[0]
            free = other not in self.true and next(
                (i for i in range(2, len(clause)) if -clause[i] not in self.true), None
            )
            if free:
                clause[1], clause[free] = clause[free], clause[1]
                self.watched[clause[1]].append(clause)
                continue
            kept.append(clause)
            if not self._take(other):
                self.watched[false] = kept + pending[place + 1 :]
                return False
        self.watched[false] = kept
        return True


def refutes(proof: Iterable[str], clauses: Iterable[Clause]) -> bool:
    """Return whether the lines of a proof show that no assignment meets all the clauses."""
    known = Clauses(clauses)
    for line in proof:
        if line.startswith("d"):
            continue
        *literals, end = map(int, line.split())
        if end != 0 or not known.imply(literals):
            return False
        known.add(literals)
    return known.contradict
