"""The declared shape of a record: its fields and their types, with all names settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import attrs

from policylang.values import Duration


@attrs.frozen
class Scale:
    """Levels, lowest first; a level's rank is its index."""

    name: str
    levels: tuple[str, ...]


@attrs.frozen
class Set:
    """Members, in the order declared."""

    name: str
    members: tuple[str, ...]


@attrs.frozen
class Text:
    """Any text."""


@attrs.frozen
class Number:
    """A finite IEEE double."""


@attrs.frozen
class Bool:
    """True or false."""


@attrs.frozen
class Date:
    """A calendar date; a past one is unknown while it lies after today."""

    past: bool = False


@attrs.frozen
class Attestation:
    """Somebody's word in a role, good for a while."""

    role: str
    within: Duration | None = None


@attrs.frozen
class Group:
    """Fields under one name."""

    fields: tuple[Field, ...]


@attrs.frozen
class Table:
    """One row of fields for each member of a set."""

    over: Set
    fields: tuple[Field, ...]


@attrs.frozen
class List:
    """Any number of entries; ``entry`` is what one of them is called."""

    entry: str
    fields: tuple[Field, ...]


Leaf = Text | Number | Bool | Date | Scale | Set | Attestation
Type = Leaf | Group | Table | List


@attrs.frozen
class Field:
    """A named place of a record."""

    name: str
    type: Type
    key: bool = False
    adjustable: bool = False


@attrs.frozen
class Schema:
    """The whole record."""

    fields: tuple[Field, ...] = ()

    @cached_property
    def _types(self) -> dict[tuple[str | int, ...], Type]:
        return {}

    def type_at(self, path: tuple[str | int, ...]) -> Type | None:
        """Return the type of a path, None when there is none; all entries of a list have the same."""
        place = path if path in self._types else tuple([0 if type(s) is int else s for s in path])
        found = self._types.get(place)
        if found is None:
            found = type_at(self.fields, place)
            if found is not None:
                self._types[place] = found
        return found


def field_named(fields: tuple[Field, ...], name: str) -> Field | None:
    """Return the field of that name, None when there is none."""
    return next((f for f in fields if f.name == name), None)


def below(
    at: Type, step: str | int, named: Callable[[tuple[Field, ...], str], Field | None] = field_named
) -> Type | None:
    """Return the type a step further down, None when there is none; a row or an entry is a group."""
    match at:
        case Group(fields) if isinstance(step, str):
            field = named(fields, step)
            return None if field is None else field.type
        case Table(over, fields) if step in over.members:
            return Group(fields)
        case List(fields=fields) if isinstance(step, int):
            return Group(fields)
        case _:
            return None


def type_at(fields: tuple[Field, ...], path: tuple[str | int, ...]) -> Type | None:
    """Return the type of a path in a record of these fields, None when there is none."""
    at: Type | None = Group(fields)
    for step in path:
        if at is None:
            break
        at = below(at, step)
    return at


def describe(type_: Type) -> str:
    """Return what a type is called in a sentence."""
    match type_:
        case Scale(name):
            return f"a level of `{name}`"
        case Set(name):
            return f"a member of `{name}`"
        case Text():
            return "a text"
        case Number():
            return "a number"
        case Bool():
            return "true or false"
        case Date():
            return "a date"
        case Attestation():
            return "an attestation"
        case Group():
            return "a group"
        case Table(over):
            return f"a table per `{over.name}`"
        case List(entry):
            return f"a list of `{entry}`"


def lists(fields: tuple[Field, ...]) -> Iterator[List]:
    """Yield every list of the fields, those inside of others included."""
    for field in fields:
        if isinstance(field.type, List):
            yield field.type
        if isinstance(field.type, Group | Table | List):
            yield from lists(field.type.fields)
