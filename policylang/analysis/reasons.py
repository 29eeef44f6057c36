"""Why an outcome is what it is: minimal sets of facts of the record that give it, whatever the rest says.

"Whatever" includes that the rest is missing or known less closely. Taking a value away never turns a
truth into its opposite (law 1 of the language), so a set of values gives an outcome exactly when the
evaluator finds it with all others missing. And a part of a predicate keeps its truth then exactly
when enough of the parts below it keep theirs: that is a monotone formula over the facts.

`is missing` looks at absence itself. There "x is missing" is a fact of its own, named by the path of
what is missing, and a part that looks at another absence is not counted on. So each set still gives
the outcome whatever the rest says; only that none smaller does is not sure for policies that ask both
whether a value is missing and what it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from policylang.analysis.formulas import Formulas, Threshold, every, some
from policylang.analysis.implicants import Compiler, places, smallest_sets
from policylang.analysis.unknowns import may_of
from policylang.analysis.ways import Ways, ways
from policylang.analysis.witness import Unconfirmed
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome
from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Predicate
from policylang.core.record import FrozenTable, Record, Steps, path_text
from policylang.core.support import AtHand
from policylang.language import checked as c
from policylang.source import deep_stack
from policylang.truth import FALSE, TRUE, Truth
from policylang.values import Entries, Present

CONFIRMED = 3  # of the smallest sets: the evaluator runs on each alone


def reasons(decision: Decision, action: str) -> Ways:
    """Return the minimal sets of facts that give an outcome, smallest first; none for an open one.

    A fact is a value of the record, a list with the number of its entries, or an absence that a rule
    asks about; each stands by its path.
    """
    outcome = decision[action]
    if outcome is Outcome.UNDETERMINED:
        return Ways()
    truth = TRUE if outcome is Outcome.PERMITTED else FALSE
    predicate = may_of(decision.policy, decision.findings, action)
    with deep_stack():
        facts = _Facts(decision.evaluator)
        formula = facts.of(predicate, truth)
        if facts.looked_at:
            formula = _Facts(decision.evaluator, {**facts.values, **facts.looked_at}).of(predicate, truth)
    elements = tuple(dict.fromkeys([*facts.values, *facts.looked_at]))

    def found() -> Iterator[int]:
        compiled = Compiler({path: place for place, path in enumerate(elements)}).node(formula)
        for number, one in enumerate(smallest_sets(compiled, lambda _: None)):
            chosen = frozenset(elements[place] for place in places(one))
            if number < CONFIRMED and _alone(decision.evaluator, chosen).evaluate(predicate) is not truth:
                raise Unconfirmed(repr(sorted(chosen, key=repr)))
            yield one

    with deep_stack():
        return ways(found(), [path_text(path) for path in elements])


def _alone(evaluator: Evaluator, facts: frozenset[Steps]) -> Evaluator:
    """Return an evaluator of the record with these facts alone; what they stand in is there too."""
    around = {path[:n] for path in facts if evaluator.record[path] is not None for n in range(1, len(path))}
    values = evaluator.record.values
    kept = {path: value for path, value in values.items() if path in facts or path in around}
    lists = [(path, value.count) for path, value in kept.items() if isinstance(value, Entries)]
    entries = {(*path, i): Present() for path, count in lists for i in range(count)}
    return Evaluator(Record(evaluator.record.schema, FrozenTable({**entries, **kept}), None), evaluator.today)


class _Facts(Formulas):
    """Formulas of facts that keep a truth as it is; ``known`` are those found in a first pass."""

    def __init__(self, evaluator: Evaluator, known: dict[Steps, None] | None = None) -> None:
        super().__init__(evaluator)
        self.known = known or {}
        self.values: dict[Steps, None] = {}
        self.looked_at: dict[Steps, None] = {}  # by `is missing`

    def made(self, node: Predicate, truth: Truth, at_hand: AtHand) -> Threshold:
        if self.evaluator.evaluate(node, at_hand) is not truth:
            return some(())  # nor does it come about with fewer facts
        return super().made(node, truth, at_hand)

    def atom(self, atom: Predicate, truth: Truth, at_hand: AtHand) -> Threshold:
        if isinstance(atom, c.Missing):
            return self._presence(steps(atom.path, at_hand), truth)
        return every([self._value(steps(path, at_hand)) for path in c.paths(atom)])

    def entries(self, node: c.AtLeastEntries, truth: Truth, at_hand: AtHand) -> Threshold:
        if node.n <= 0:
            return every(())
        where = steps(node.list, at_hand)
        return every([self._value(where), self.counted(node.n, node, truth, at_hand)])

    def _value(self, path: Steps) -> Steps:
        self.values[path] = None
        return path

    def _presence(self, path: Steps, truth: Truth) -> Threshold:
        """Return the formula that something is there or is missing.

        A value makes what it stands in present; what is missing has nothing in it.
        """
        self.looked_at[path] = None
        if truth is FALSE:
            # A value inside of a list counts with its list, which is a fact of its own.
            there = (p for p in self.known if self.record[p] is not None)
            below = [p for p in there if len(p) > len(path) and p[: len(path)] == path]
            others = [p for p in below if all(isinstance(step, str) for step in p[len(path) :])]
        else:
            around = (path[:n] for n in range(1, len(path)))
            others = [p for p in around if p in self.known and self.record[p] is None]
        return some([path, *others])
