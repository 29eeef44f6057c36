"""The declared shape of a record: its fields and their types, with all names settled."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
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
Place = tuple[str | int, ...]
"""The steps of a path in a record; a number counts the entries of a list."""


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
    def _types(self) -> dict[Place, Type]:
        return {}

    def type_at(self, path: Place) -> Type | None:
        """Return the type of a path, None when there is none; all entries of a list have the same."""
        place = self._place(path, self._types)
        found = self._types.get(place)
        if found is None:
            found = type_at(self.fields, place)
            if found is not None:
                self._types[place] = found
        return found

    @cached_property
    def _adjustable(self) -> dict[Place, bool]:
        return {}

    def is_adjustable(self, path: Place) -> bool:
        """Return whether a path leads to an adjustable field."""
        place = self._place(path, self._adjustable)
        if place not in self._adjustable:
            self._adjustable[place] = _is_adjustable(self.fields, place)
        return self._adjustable[place]

    @cached_property
    def changing(self) -> frozenset[tuple[str | None, Place]]:
        """The paths of adjustable fields and of what they stand in, from the record or an entry."""
        return frozenset(_changing(self.fields, None, ()))

    def _place(self, path: Place, known: Container[Place]) -> Place:
        """Return a path in the first entry of each list; one that is known is returned as it is."""
        return path if path in known else tuple([0 if type(step) is int else step for step in path])


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


def type_at(fields: tuple[Field, ...], path: Place) -> Type | None:
    """Return the type of a path in a record of these fields, None when there is none."""
    at: Type | None = Group(fields)
    for step in path:
        if at is None:
            break
        at = below(at, step)
    return at


def _is_adjustable(fields: tuple[Field, ...], path: Place) -> bool:
    """Return whether a path leads to an adjustable field."""
    inner: tuple[Field, ...] = fields
    for at, step in enumerate(path):
        field = field_named(inner, step) if isinstance(step, str) else None
        if field is None:  # a member or an entry
            continue
        if not isinstance(field.type, Group | Table | List):
            return field.adjustable and at == len(path) - 1
        inner = field.type.fields
    return False


def _changing(fields: tuple[Field, ...], entry: str | None, at: Place) -> Iterator[tuple[str | None, Place]]:
    """Yield the paths of adjustable fields and of what they stand in, from the record or an entry."""
    for field in fields:
        path = (*at, field.name)
        below: list[tuple[str | None, Place]] = []
        match field.type:
            case Group(inner):
                below = list(_changing(inner, entry, path))
            case Table(over, inner):
                for member in over.members:
                    row = list(_changing(inner, entry, (*path, member)))
                    below += [*row, (entry, (*path, member))] if row else []
            case List(entry=name, fields=inner):
                yield from _changing(inner, name, ())
            case _ if field.adjustable:
                below = [(entry, path)]
            case _:
                pass
        yield from below
        if below:
            yield entry, path


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
