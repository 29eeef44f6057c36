"""Records: what is decided on, once it is checked.

A record is a flat table from paths to values. What is absent or null is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
import json
import re
from typing import Any, NoReturn

import attrs

from policylang.core.canonical import digest
from policylang.language import schema as types
from policylang.values import (
    Entries,
    Present,
    Range,
    Value,
)

Steps = tuple[str | int, ...]
"""A path into a record: names, members and the index of a list's entry."""


class FrozenTable(dict[Steps, Value]):
    """A dictionary that is written once."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a record does not change")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenTable, (dict(self),)


@attrs.frozen(eq=False)
class Record:
    """A record that is valid under a schema: what is known at each path, and its plain JSON.

    Two are equal when their JSON is.
    """

    schema: types.Schema = attrs.field(repr=False)
    values: FrozenTable
    data: Any = attrs.field(repr=False)

    @cached_property
    def digest(self) -> str:
        """The digest of the record's canonical JSON."""
        return digest(self.data)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Record) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __getitem__(self, path: Steps) -> Value | None:
        """Return what is known at a path, None when it is absent."""
        return self.values.get(path)


def path_text(path: Steps) -> str:
    """Return a path as people write it: ``scores.cbrn.rate``, ``mitigations[0].name``."""
    pieces: list[str] = []
    for step in path:
        if isinstance(step, int):
            pieces.append(f"[{step}]")
        else:
            plain_name = re.fullmatch(r"[A-Za-z_](?:[A-Za-z0-9_]|-(?=[A-Za-z0-9_]))*", step)
            pieces.append("." + (step if plain_name else json.dumps(step, ensure_ascii=False)))
    return "".join(pieces).removeprefix(".")


# --- JSON text ----------------------------------------------------------------------------------


def past_dates(fields: tuple[types.Field, ...], record: Record) -> Iterator[tuple[Steps, Range]]:
    """Yield every past date that a record holds."""

    def walk(inner: tuple[types.Field, ...], at: Steps) -> Iterator[tuple[Steps, Range]]:
        for field in inner:
            path = (*at, field.name)
            value = record[path]
            match field.type, value:
                case types.Date(past=True), Range():
                    yield path, value
                case types.Group(below), Present():
                    yield from walk(below, path)
                case types.Table(over, below), Present():
                    for member in over.members:
                        yield from walk(below, (*path, member))
                case types.List(fields=below), Entries(count):
                    for i in range(count):
                        yield from walk(below, (*path, i))
                case _:
                    pass

    return walk(fields, ())
