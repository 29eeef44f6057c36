"""What the rules say of each member of a set and each action: the rows of a table.

A cell speaks of the rules alone: a permission it does not give. Where no rule stands against an
action, the cell says "no objection".
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from policylang.core.decision import Decision
from policylang.core.outcomes import Finding, widening
from policylang.language import schema as types
from policylang.proof.words import printable, value_text
from policylang.truth import FALSE, Truth
from policylang.values import Range

MAX_ROWS = 200


@attrs.frozen
class Cell:
    """Whether the rules object to an action, and which: unknown where that is open."""

    objection: Truth | None  # None where no rule bears on the action
    rules: tuple[str, ...]


@attrs.frozen
class Row:
    """A member with its values and a cell for each action."""

    name: str
    values: tuple[str, ...]
    cells: tuple[Cell, ...]


@attrs.frozen
class Table:
    """The rows over some sets; ``left_out`` counts those beyond the first."""

    sets: tuple[str, ...]
    fields: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int

    @property
    def name(self) -> str:
        return ", ".join(self.sets)


def tables(decision: Decision, actions: tuple[str, ...]) -> list[Table]:
    """Return a table for each combination of sets that rules have instances over."""
    groups: dict[tuple[str, ...], dict[tuple[str, ...], list[Finding]]] = {}
    for finding in decision.findings:
        if finding.effect.kind in ("forbid", "require"):
            members = finding.instance.members
            rows = groups.setdefault(tuple(members), {})
            rows.setdefault(tuple(members.values()), []).append(finding)
    return [_table(decision, actions, sets, rows) for sets, rows in groups.items()]


def record_values(decision: Decision) -> list[tuple[str, str]]:
    """Return the values that stand at the top of a record, those that it has."""
    found = []
    for field in decision.policy.schema.fields:
        value = decision.record[(field.name,)]
        if value is not None and not isinstance(field.type, types.Group | types.Table | types.List):
            # A text that stands alone needs no quotes.
            is_text = isinstance(field.type, types.Text) and isinstance(value, Range)
            text = str(value.low) if is_text and isinstance(value, Range) else value_text(value, field.type)
            found.append((field.name, printable(text)))
    return found


def _table(
    decision: Decision,
    actions: tuple[str, ...],
    sets: tuple[str, ...],
    rows: Mapping[tuple[str, ...], list[Finding]],
) -> Table:
    fields = _fields(decision.policy.schema.fields, sets[0]) if len(sets) == 1 else {}
    made = tuple(
        Row(
            printable(", ".join(members)) if members else "as a whole",
            tuple(_value(decision, table, field, members[0]) for table, field in fields.values()),
            tuple(_cell(decision, action, found) for action in actions),
        )
        for members, found in list(rows.items())[:MAX_ROWS]
    )
    return Table(sets, tuple(map(printable, fields)), made, len(rows) - len(made))


def _fields(
    fields: tuple[types.Field, ...], over: str, at: tuple[str, ...] = ()
) -> dict[str, tuple[tuple[str, ...], types.Field]]:
    """Return the leaves of all tables over a set, by the name of their column."""
    found: dict[str, tuple[tuple[str, ...], types.Field]] = {}
    for field in fields:
        match field.type:
            case types.Group(inner):
                found |= _fields(inner, over, (*at, field.name))
            case types.Table(set_, inner) if set_.name == over:
                for leaf in inner:
                    if not isinstance(leaf.type, types.Group | types.Table | types.List):
                        name = leaf.name if leaf.name not in found else f"{field.name}.{leaf.name}"
                        found[name] = ((*at, field.name), leaf)
            case _:
                pass
    return found


def _value(decision: Decision, table: tuple[str, ...], field: types.Field, member: str) -> str:
    return printable(value_text(decision.record[(*table, member, field.name)], field.type))


def _cell(decision: Decision, action: str, findings: list[Finding]) -> Cell:
    chain = set(widening(decision.policy.actions, action))
    bearing = [f for f in findings if chain & set(f.effect.actions)]
    if not bearing:
        return Cell(None, ())
    truth = FALSE
    for finding in bearing:
        truth |= finding.force
    rules = dict.fromkeys(f.instance.rule.label for f in bearing if f.force is truth)
    return Cell(truth, tuple(rules) if truth is not FALSE else ())
