"""Examples: the records that they give, and what they change and expect."""

from __future__ import annotations

from typing import Any

from policylang import messages
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.library import Loaded
from policylang.language.names import Unresolved, written_path
from policylang.language.resolver import Resolver
from policylang.source import Span
from policylang.values import BareName


def check_examples(resolver: Resolver, one: Loaded) -> list[c.Example]:
    """Return the examples of a file; their records are checked later, against the whole schema."""
    results = []
    for node in one.file.statements:
        if isinstance(node, s.Example):
            places: dict[str, Span] = {}
            given: Any
            if isinstance(node.given, s.String):
                given = node.given.value
            else:
                given = _json(resolver, node.given, "", places)
            changes = [_change(resolver, path, literal) for path, literal in node.changes]
            resolver.actions(tuple(name for name, _ in node.expected))
            results.append(
                c.Example(
                    node.title.value,
                    given,
                    tuple(change for change in changes if change is not None),
                    node.on.value if node.on else None,
                    tuple((name.text, outcome) for name, outcome in node.expected),
                    str(one.folder),
                    tuple(places.items()),
                    span=node.span,
                )
            )
    return results


def _json(resolver: Resolver, node: s.JsonValue, path: str, places: dict[str, Span]) -> Any:
    places[path] = node.span
    match node:
        case s.JsonObject(members):
            result: dict[str, Any] = {}
            for name, value in members:
                key = name.text if isinstance(name, s.Name) else name.value
                if key in result:
                    twice = messages.duplicate_key(key)
                    resolver.problems.add(messages.bad_example_record(path, twice.text, None), name.span)
                result[key] = _json(resolver, value, f"{path}.{key}" if path else key, places)
            return result
        case s.JsonArray(items):
            return [_json(resolver, item, f"{path}[{i}]", places) for i, item in enumerate(items)]
        case s.Null():
            return None
        case s.Name(text):
            return BareName(text)
        case s.Number(value) | s.String(value) | s.DateLiteral(value) | s.BoolLiteral(value):
            return value


def _change(resolver: Resolver, path: s.Path, literal: s.Literal) -> tuple[tuple[str, ...], Any] | None:
    """Return the steps and the value of a `with`; its path starts at the record."""
    steps = path.steps[1:] if path.steps[0].text == "record" and len(path.steps) > 1 else path.steps
    fields: tuple[types.Field, ...] = resolver.names.schema.fields
    type_: types.Type = types.Group(fields)
    for step in steps:
        match type_:
            case types.Group(inner):
                field = types.field_named(inner, step.text)
                if field is None and step.text in resolver.names.losses:
                    return None
                if field is None:
                    known = resolver.names.losses.suggestible(step.text, (f.name for f in inner))
                    resolver.problems.add(messages.no_such_path(written_path(path), known), path.span)
                    return None
                type_ = field.type
            case types.Table(over, inner) if step.text in over.members:
                type_ = types.Group(inner)
            case types.Table() if step.text in resolver.names.losses:
                return None
            case types.Table(over):
                unknown = messages.unknown_level("member", step.text, over.name, over.members)
                resolver.problems.add(unknown, path.span)
                return None
            case _:
                resolver.problems.add(messages.no_such_path(written_path(path), ()), path.span)
                return None
    try:
        resolver.literal(literal, type_)
    except Unresolved:
        return None
    value = literal.text if isinstance(literal, s.Name) else literal.value
    return tuple(step.text for step in steps), value
