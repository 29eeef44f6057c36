"""A decision table that is equal to a policy for one action.

Each row says which comparisons hold and which do not, and the outcome that this gives whatever the
others are. It is minimal in two ways: no condition can be left out of a row, and no row of the table;
a table with fewer rows may exist. A record that no row fits is undetermined. As everything that is
asked of a policy, it speaks of records whose values are exact or absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.reading import atoms, effects_on
from policylang.analysis.solver import NotDecided, deadline_in
from policylang.core.outcomes import Outcome
from policylang.core.evaluator import Evaluator
from policylang.core.policy import Policy, policy_given
from policylang.core.predicates import Predicate
from policylang.language import checked as c
from policylang.proof.words import predicate_text
from policylang.truth import FALSE, TRUE, Truth

MAX_ROWS = 200
SECONDS = 10.0


@attrs.frozen
class Row:
    """An outcome where each predicate has its truth, true or false."""

    conditions: tuple[tuple[Predicate, Truth], ...]
    outcome: Outcome

    @property
    def texts(self) -> tuple[str, ...]:
        """The conditions in the policy's words."""
        return tuple(_stated(predicate, truth) for predicate, truth in self.conditions)


OPPOSITE = {">=": "<", "<": ">=", ">": "<=", "<=": ">", "=": "!=", "!=": "="}


def _stated(predicate: Predicate, truth: Truth) -> str:
    """Return what it says that a predicate has a truth; only known values satisfy either."""
    if truth is TRUE:
        return _text(predicate)
    if isinstance(predicate, c.Compare):
        return _text(attrs.evolve(predicate, op=OPPOSITE[predicate.op]))
    text = _text(predicate)
    return (
        f"not {text}" if isinstance(predicate, c.Holds | c.Attested | c.AtLeastEntries) else f"not ({text})"
    )


def _text(node: Predicate) -> str:
    """Return a predicate with all that is below it."""
    match node:
        case c.Not(operand):
            return f"not ({_text(operand)})"
        case c.And(operands):
            return " and ".join(f"({_text(x)})" for x in operands)
        case c.Or(operands):
            return " or ".join(f"({_text(x)})" for x in operands)
        case c.AtLeast(n, operands):
            return f"at least {n} of {', '.join(f'({_text(x)})' for x in operands)}"
        case c.AtLeastEntries(body=body):
            return f"{predicate_text(node, _entries(node))} ({_text(body)})"
        case _:
            return predicate_text(node, _entries(node))


def _entries(node: Predicate) -> dict[str, tuple[str]]:
    """Return the entries that a predicate itself reads; a text names them as they are called."""
    return {path.entry: (path.entry,) for path in c.paths(node) if path.entry is not None}


@attrs.frozen
class Table:
    """The rows for one action; equal to the policy where ``reason`` is None, else not finished."""

    policy: Policy = attrs.field(repr=False)
    action: str
    rows: tuple[Row, ...]
    reason: str | None = None

    @property
    def is_complete(self) -> bool:
        return self.reason is None

    def outcome(self, record: Mapping[str, Any], *, today: date | None = None) -> Outcome:
        """Return the outcome that the table gives a record; ValueError for one that is not finished."""
        if self.reason is not None:
            raise ValueError(f"the table is not finished: {self.reason}")
        evaluator = Evaluator(self.policy.record(record), today)
        for row in self.rows:
            if all(evaluator.evaluate(predicate) is truth for predicate, truth in row.conditions):
                return row.outcome
        return Outcome.UNDETERMINED

    def to_dict(self) -> dict[str, Any]:
        rows = [{"when": list(row.texts), "outcome": row.outcome.value} for row in self.rows]
        return {
            "action": self.action,
            "rows": rows,
            "otherwise": Outcome.UNDETERMINED.value,
            "complete": self.is_complete,
            "reason": self.reason,
        }


def table(policy: Policy, action: str, *, time_limit: float | None = SECONDS) -> Table:
    """Return a decision table for an action; KeyError for an undeclared one."""
    name = policy_given(policy).actions[action].name
    rows: list[Row] = []
    try:
        search = _Search(policy, name, deadline_in(time_limit))
        for outcome in (Outcome.FORBIDDEN, Outcome.PERMITTED):
            rows += search.rows(outcome, MAX_ROWS - len(rows))
    except NotDecided as limit:
        return Table(policy, name, tuple(rows), str(limit))
    return Table(policy, name, tuple(rows))


class _Search:
    def __init__(self, policy: Policy, action: str, deadline: float | None) -> None:
        self.space = space_of(policy.predicates, deadline=deadline)
        self.outcomes = Outcomes(self.space, policy.predicates)
        self.action = action
        self.cells: dict[int, tuple[Predicate, Truth]] = {}
        for atom in atoms(effect.predicate for _, effect in effects_on(policy, action)):
            rails = self.space.rails(atom)
            self.cells.setdefault(rails.true, (atom, TRUE))
            self.cells.setdefault(-rails.possible, (atom, FALSE))

    def rows(self, outcome: Outcome, most: int) -> list[Row]:
        """Return rows that fit exactly the records with an outcome."""
        target, gates = self.outcomes.is_outcome(self.action, outcome), self.space.gates
        found: dict[int, list[int]] = {}
        while self.space.possible(target, *(-row for row in found)):
            if len(found) == most:
                raise NotDecided(f"there are more than {MAX_ROWS} rows")
            row = self._shortest([x for x in self.cells if self.space.holds(x)], target)
            found[gates.conj(row)] = row
        for one in list(found):
            others = [-row for row in found if row != one]
            if not self.space.possible(one, *others):
                del found[one]
        return [Row(tuple(self.cells[x] for x in row), outcome) for row in found.values()]

    def _shortest(self, row: list[int], target: int) -> list[int]:
        """Return conditions of a row that give its outcome, none of which can be left out."""
        for cell in list(row):
            fewer = [x for x in row if x != cell]
            if cell in row and not self.space.possible(-target, *fewer):
                core = set(self.space.core())
                row = [x for x in fewer if x in core]
        return row
