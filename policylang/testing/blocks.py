"""Records as `example` blocks: what a test found, to be pasted into the policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
import json
import re
from typing import Any

from policylang.core.policy import Policy
from policylang.language import lexical
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.formatter import format_file

NO_TYPE = types.Text()  # of the parts of a value that is more than one leaf: their strings are texts


def example(
    policy: Policy, title: str, record: Mapping[str, Any], today: date | None, expected: Mapping[str, str]
) -> s.Example:
    """Return the example that a record of plain JSON is decided so; levels and members are bare names."""
    return s.Example(
        s.String(title),
        _fields(record, policy.schema.fields),
        (),
        None if today is None else s.DateLiteral(today),
        tuple((s.Name(action), outcome) for action, outcome in expected.items()),
    )


def block(node: s.Example) -> str:
    """Return an example's text in canonical form."""
    return format_file(s.File(None, (node,)))


def _fields(value: Mapping[str, Any], fields: tuple[types.Field, ...]) -> s.JsonObject:
    kinds = {field.name: field.type for field in fields}
    return s.JsonObject(tuple((_key(key), json_node(inner, kinds[key])) for key, inner in value.items()))


def _key(text: str) -> s.Name | s.String:
    return s.Name(text) if re.fullmatch(lexical.WORD, text) else s.String(text)


def json_node(value: Any, type_: types.Type) -> s.JsonValue:
    """Return a JSON value of a type as it stands in an example."""
    match value, type_:
        case Mapping(), types.Group(fields):
            return _fields(value, fields)
        case Mapping(), types.Table(_, fields):
            row = types.Group(fields)
            return s.JsonObject(tuple((_key(m), json_node(inner, row)) for m, inner in value.items()))
        case Mapping(), types.Scale() | types.Number() | types.Date():  # a bound
            return s.JsonObject(tuple((_key(k), json_node(inner, type_)) for k, inner in value.items()))
        case Mapping(), _:
            return s.JsonObject(tuple((_key(k), json_node(inner, NO_TYPE)) for k, inner in value.items()))
        case list(), types.List(fields=fields):
            return s.JsonArray(tuple(json_node(entry, types.Group(fields)) for entry in value))
        case None, _:
            return s.Null()
        case bool(), _:
            return s.BoolLiteral(value)
        case int() | float(), _:
            return s.Number(float(value), json.dumps(value))
        case str(), types.Scale() | types.Set() if re.fullmatch(lexical.NAME, value) and value != "null":
            return s.Name(value)
        case str(), _:
            return s.String(value)
        case _:
            raise AssertionError(f"{value!r} is not of the type {type_!r}")


def with_examples(text: str, file: s.File, examples: Iterable[s.Example]) -> str:
    """Return a policy's text with examples added behind its last one; all else stays as it is."""
    ends = [node.span.end_line for node in file.statements if isinstance(node, s.Example)]
    lines = text.splitlines(keepends=True)
    place = ends[-1] if ends else len(lines)
    before, after = "".join(lines[:place]), "".join(lines[place:])
    added = "\n".join(block(node) for node in examples)
    head = f"{before.rstrip()}\n\n" if before.strip() else ""
    tail = f"\n{after.lstrip()}" if after.strip() else ""
    return f"{head}{added}{tail}"
