"""A search for satisfying assignments in plain Python, for small policies without the extra.

Conflict-driven clause learning with two watched literals, after "An Extensible SAT-solver"
(Eén and Sörensson, 2003). Literals are non-zero integers; a variable is a positive one.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

RESTART = 100  # conflicts of the first run; later runs grow by half
DECAY = 0.95


class Search:
    """Clauses, and questions about them under assumptions."""

    def __init__(self) -> None:
        self.values: list[int] = [0]  # of each variable: 1 true, -1 false, 0 open
        self.levels: list[int] = [0]
        self.reasons: list[list[int] | None] = [None]
        self.phases: list[int] = [1]
        self.scores: list[float] = [0.0]
        self.watches: dict[int, list[list[int]]] = {}
        self.trail: list[int] = []
        self.marks: list[int] = []  # where each level of the trail begins
        self.head = 0
        self.step = 1.0
        self.queue: list[tuple[float, int]] = []
        self.consistent = True
        self.conflicts = 0
        self.failed: list[int] = []

    def add(self, clause: Iterable[int]) -> None:
        """Add a clause; the assignment goes back to what holds always."""
        self._back_to(0)
        literals = sorted(set(clause), key=abs)
        for literal in literals:
            self._declare(abs(literal))
        if any(-x in literals for x in literals) or any(self._value(x) > 0 for x in literals):
            return
        literals = [x for x in literals if self._value(x) == 0]
        if not literals:
            self.consistent = False
        elif len(literals) == 1:
            self._assign(literals[0], None)
            self.consistent = self.consistent and self._propagate() is None
        else:
            self._watch(literals)

    def solve(self, assumptions: list[int], budget: int) -> bool | None:
        """Return whether all clauses can hold; None when so many conflicts did not tell."""
        self._back_to(0)
        self.failed = []
        for literal in assumptions:
            self._declare(abs(literal))
        self.queue = [(-self.scores[v], v) for v in range(1, len(self.values)) if not self.values[v]]
        heapify(self.queue)
        end, limit = self.conflicts + budget, float(RESTART)
        restart = self.conflicts + RESTART
        while self.consistent:
            conflict = self._propagate()
            if conflict is not None:
                self.conflicts += 1
                if not self.marks:
                    self.consistent = False
                    break
                self._learn(conflict)
            elif self.conflicts >= end:
                return None
            elif self.conflicts >= restart:
                limit *= 1.5
                restart = self.conflicts + int(limit)
                self._back_to(0)
            elif (found := self._decide(assumptions)) is not None:
                return found
        return False

    def prefer(self, literals: list[int]) -> None:
        """Let these literals be tried first."""
        for literal in literals:
            self._declare(abs(literal))
            self.phases[abs(literal)] = 1 if literal > 0 else -1

    def model(self) -> list[int]:
        """Return the literal of each variable that holds, after a solve that succeeded."""
        return [v if self.values[v] > 0 else -v for v in range(1, len(self.values))]

    def core(self) -> list[int]:
        """Return the assumptions that cannot hold together, after a solve that failed."""
        return self.failed

    # --- the assignment -------------------------------------------------------------------------

    def _declare(self, variable: int) -> None:
        while len(self.values) <= variable:
            self.values.append(0)
            self.levels.append(0)
            self.reasons.append(None)
            self.phases.append(1)
            self.scores.append(0.0)

    def _value(self, literal: int) -> int:
        return self.values[literal] if literal > 0 else -self.values[-literal]

    def _assign(self, literal: int, reason: list[int] | None) -> None:
        variable = abs(literal)
        self.values[variable] = 1 if literal > 0 else -1
        self.levels[variable] = len(self.marks)
        self.reasons[variable] = reason
        self.trail.append(literal)

    def _back_to(self, level: int) -> None:
        if len(self.marks) <= level:
            return
        start = self.marks[level]
        for literal in self.trail[start:]:
            variable = abs(literal)
            self.phases[variable] = self.values[variable]
            self.values[variable] = 0
            heappush(self.queue, (-self.scores[variable], variable))
        del self.trail[start:], self.marks[level:]
        self.head = min(self.head, start)

    def _watch(self, clause: list[int]) -> None:
        for literal in clause[:2]:
            self.watches.setdefault(literal, []).append(clause)

    def _propagate(self) -> list[int] | None:
        """Assign what follows; return a clause that is violated, None when there is none."""
        while self.head < len(self.trail):
            false = -self.trail[self.head]
            self.head += 1
            watching = self.watches.get(false, [])
            kept: list[list[int]] = []
            for place, clause in enumerate(watching):
                if clause[0] == false:
                    clause[0], clause[1] = clause[1], clause[0]
                if self._value(clause[0]) > 0:
                    kept.append(clause)
                    continue
                for k in range(2, len(clause)):
                    if self._value(clause[k]) >= 0:
                        clause[1], clause[k] = clause[k], clause[1]
                        self.watches.setdefault(clause[1], []).append(clause)
                        break
                else:
                    kept.append(clause)
                    if self._value(clause[0]) < 0:
                        self.watches[false] = kept + watching[place + 1 :]
                        return clause
                    self._assign(clause[0], clause)
            self.watches[false] = kept
        return None

    # --- decisions and conflicts ----------------------------------------------------------------

    def _decide(self, assumptions: list[int]) -> bool | None:
        """Assign one more literal; return True when all are assigned, False for a failed assumption."""
        while len(self.marks) < len(assumptions):
            literal = assumptions[len(self.marks)]
            value = self._value(literal)
            if value < 0:
                self.failed = self._blamed(literal)
                return False
            self.marks.append(len(self.trail))
            if value == 0:
                self._assign(literal, None)
                return None
        while self.queue:
            _, variable = heappop(self.queue)
            if not self.values[variable]:
                self.marks.append(len(self.trail))
                self._assign(variable if self.phases[variable] > 0 else -variable, None)
                return None
        return True

    def _blamed(self, literal: int) -> list[int]:
        """Return the assumptions from which the negation of one follows, itself included."""
        found, seen = [literal], {abs(literal)}
        for other in reversed(self.trail):
            variable = abs(other)
            if variable not in seen or self.levels[variable] == 0:
                continue
            reason = self.reasons[variable]
            if reason is None:
                found.append(other)
            else:
                seen.update(abs(x) for x in reason)
        return list(dict.fromkeys(found))

    def _learn(self, conflict: list[int]) -> None:
        """Add the clause of the first unique implication point, and go back to where it says something."""
        seen: set[int] = set()
        learned: list[int] = []
        open_, place, clause = 0, len(self.trail) - 1, conflict
        level = len(self.marks)
        skip = 0
        while True:
            for literal in clause:
                variable = abs(literal)
                if literal == skip or variable in seen or self.levels[variable] == 0:
                    continue
                seen.add(variable)
                self._bump(variable)
                if self.levels[variable] == level:
                    open_ += 1
                else:
                    learned.append(literal)
            while abs(self.trail[place]) not in seen:
                place -= 1
            skip = self.trail[place]
            place -= 1
            open_ -= 1
            if open_ == 0:
                break
            reason = self.reasons[abs(skip)]
            assert reason is not None
            clause = reason
        self.step /= DECAY
        learned.sort(key=lambda x: -self.levels[abs(x)])
        self._back_to(self.levels[abs(learned[0])] if learned else 0)
        clause = [-skip, *learned]
        if learned:
            self._watch(clause)
        self._assign(-skip, clause if learned else None)

    def _bump(self, variable: int) -> None:
        self.scores[variable] += self.step
        if self.scores[variable] > 1e100:
            self.scores = [score * 1e-100 for score in self.scores]
            self.step *= 1e-100
