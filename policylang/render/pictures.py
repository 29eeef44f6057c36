"""Pictures of a policy: its frontiers, its decision tables, and what depends on what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from policylang.analysis.frontiers import Frontier, frontier
from policylang.analysis.reading import paths_read
from policylang.analysis.tables import Table, table
from policylang.core.policy import Policy
from policylang.core.record import Steps, path_text
from policylang.language import schema as types
from policylang.proof.words import path_steps, printable


@attrs.frozen
class Picture:
    """An action with its frontier and its table."""

    action: str
    frontier: Frontier
    table: Table


def pictures(policy: Policy, actions: tuple[str, ...]) -> list[Picture]:
    return [Picture(action, frontier(policy, action), table(policy, action)) for action in actions]


def as_json(policy: Policy, found: list[Picture]) -> dict[str, Any]:
    return {
        "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest},
        "actions": {p.action: {"frontier": p.frontier.to_dict(), "table": p.table.to_dict()} for p in found},
        "drawing": "\n".join(drawing(policy)),
    }


def as_text(policy: Policy, found: list[Picture]) -> Iterator[str]:
    for picture in found:
        yield f"{picture.action} is permitted at most with"
        yield from (f"  {line}" for line in _points(policy, picture.frontier))
        yield f"{picture.action} as a table:"
        rows = picture.table.rows
        width = max((len(row.outcome.value) for row in rows), default=0)
        for row in rows:
            yield f"  {row.outcome.value:{width}}  {_conditions(row.texts)}"
        yield f"  {_rest(picture.table)}"
        yield ""
    yield from drawing(policy)


def as_markdown(policy: Policy, found: list[Picture]) -> Iterator[str]:
    yield f"# {_cell(policy.name)}"
    for picture in found:
        yield from ("", f"## {_cell(picture.action)}", "", "Permitted at most with", "")
        yield from (f"- {_cell(line)}" for line in _points(policy, picture.frontier))
        yield from ("", "| outcome | when |", "|---|---|")
        for row in picture.table.rows:
            yield f"| {row.outcome.value} | {_cell(_conditions(row.texts))} |"
        yield from ("", f"{_cell(_rest(picture.table))}.")
    yield from ("", "```mermaid", *drawing(policy), "```")


def _points(policy: Policy, found: Frontier) -> Iterator[str]:
    for place, point in enumerate(found.points):
        limits = _limits(policy, found.limits(point))
        yield ("or " if place else "") + (", ".join(limits) if limits else "any levels")
    if found.reason is not None:
        yield f"not finished: {found.reason}"
    elif not found.points:
        yield "no levels: no record whose levels are all known is permitted"


def _limits(policy: Policy, limits: dict[str, str]) -> list[str]:
    """Return what a point allows; what all rows of a table have in common is said once."""
    alike: dict[tuple[str, str], list[str]] = {}
    sizes: dict[str, int] = {}
    for field, level in limits.items():
        general, over = _general(policy, path_steps(field))
        alike.setdefault((general, level), []).append(field)
        sizes[general] = len(over.members) if over else 1
    found = []
    for (general, level), fields in alike.items():
        if len(fields) == sizes[general] > 1:
            found.append(f"{printable(general)} {printable(level)} throughout")
        else:
            found += [f"{printable(field)} {printable(level)}" for field in fields]
    return found


def _general(policy: Policy, path: Steps) -> tuple[str, types.Set | None]:
    """Return a path with the name of its table's set in place of the member, and the set."""
    for at in range(1, len(path)):
        type_ = policy.schema.type_at(path[:at])
        if isinstance(type_, types.Table):
            return path_text((*path[:at], type_.over.name, *path[at + 1 :])), type_.over
    return path_text(path), None


def _conditions(texts: tuple[str, ...]) -> str:
    return "when " + " and ".join(printable(text) for text in texts) if texts else "always"


def _rest(found: Table) -> str:
    return "undetermined  otherwise" if found.reason is None else f"not finished: {found.reason}"


def _cell(text: str) -> str:
    """Return a text that no Markdown reader takes for anything else."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+!|~&" else sign for sign in printable(text))


# --- what depends on what -----------------------------------------------------------------------


def drawing(policy: Policy) -> Iterator[str]:
    """Yield a Mermaid flowchart: fields, the rules that read them, the actions that these bear on."""
    fields: dict[str, str] = {}
    rules = {rule.label: f"rule{i}" for i, rule in enumerate(policy.rules)}
    actions = {action: f"action{i}" for i, action in enumerate(policy.actions)}
    reading: dict[tuple[str, str], None] = {}
    bearing: dict[tuple[str, str, str], None] = {}
    for instance in policy.predicates.instances:
        rule = rules[instance.rule.label]
        for path in paths_read((instance, effect) for effect in instance.effects):
            names = {member: over for over, member in instance.members.items()}
            general = path_text(tuple(names.get(str(step), step) for step in path))
            reading[fields.setdefault(general, f"field{len(fields)}"), rule] = None
        for effect in instance.effects:
            for action in effect.actions:
                bearing[rule, effect.kind, actions[action]] = None
    yield "flowchart LR"
    yield from (f'  {key}["{_label(text)}"]' for text, key in fields.items())
    yield from (f'  {key}(["{_label(text)}"])' for text, key in rules.items())
    yield from (f'  {key}{{{{"{_label(text)}"}}}}' for text, key in actions.items())
    yield from (f"  {field} --> {rule}" for field, rule in reading)
    yield from (f"  {rule} -->|{kind}| {action}" for rule, kind, action in bearing)
    for name, one in policy.actions.items():
        if one.widens is not None:
            yield f"  {actions[one.widens]} -.->|widened by| {actions[name]}"


def _label(text: str) -> str:
    """Return a text as a Mermaid label: what could end it is written by its number."""
    return "".join(c if c.isalnum() or c in " ._-…" else f"#{ord(c)};" for c in printable(text))
