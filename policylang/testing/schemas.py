"""Drawing record types: every kind of field, in groups, tables and lists, under awkward names."""

from __future__ import annotations

from collections.abc import Iterator

from policylang.language import schema as types
from policylang.testing.choices import Chooser
from policylang.testing.plans import Draw
from policylang.testing.conditions import DURATIONS

SCALES = (
    types.Scale("risk", ("low", "medium", "high", "critical")),
    types.Scale("SL", ("SL 1", "SL2+", "for", "at-once")),
)
SETS = (types.Set("area", ("cyber", "bio")), types.Set("site", ("rome", "Public PoC", "level")))
ROLES = ("board", "lab")
ENTRIES = ("run", "safeguard", "note")
NAMES = ("rate", "title", "for", "level", "low", "open", "on", "text", "today", "cost", "due", "per", "sound")
MOST_DEEP = 2


class SchemaWriter(Chooser):
    """Writes one record type, from no field at all; names of fields may come back in other parts of it."""

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
        self.entries = list(ENTRIES)
        self.parts = 0

    def schema(self) -> types.Schema:
        return types.Schema(self.fields(0, 5))

    def fields(self, depth: int, most: int, least: int = 0) -> tuple[types.Field, ...]:
        leaves = [self.leaf(name) for name in self.some(NAMES, least, most)]
        return (*leaves, *self.containers(depth))

    def containers(self, depth: int) -> Iterator[types.Field]:
        while depth < MOST_DEEP and self.chance(45 - 15 * depth):
            self.parts += 1
            yield types.Field(f"part-{self.parts}", self.container(depth))

    def container(self, depth: int) -> types.Type:
        kind = self.one(("table", "list", "group"))
        if kind == "list" and self.entries:
            entry = self.entries.pop(0)
            return types.List(entry, self.keyed(self.fields(depth + 1, 3, least=1)))
        fields = self.fields(depth + 1, 3, least=1)
        return types.Group(fields) if kind == "group" else types.Table(self.one(SETS), fields)

    def keyed(self, fields: tuple[types.Field, ...]) -> tuple[types.Field, ...]:
        """Return the fields of an entry, perhaps with a key."""
        first = fields[0]
        leaf = types.Text | types.Number | types.Date | types.Scale | types.Set
        is_key = isinstance(first.type, leaf) and not first.adjustable and self.chance(50)
        if not is_key or first.type == types.Date(past=True):
            return fields
        return (types.Field(first.name, first.type, key=True), *fields[1:])

    def leaf(self, name: str) -> types.Field:
        choices: list[types.Leaf] = [
            *SCALES,
            types.Number(),
            types.Bool(),
            types.Date(),
            types.Date(past=True),
            types.Text(),
            *SETS,
            types.Attestation(self.one(ROLES), self.one((None, *DURATIONS))),
        ]
        return types.Field(name, self.one(choices), adjustable=self.chance(15))
