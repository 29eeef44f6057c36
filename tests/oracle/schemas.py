"""Random declarations, and records that fit them: complete ones, and ones with holes and bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from .model import At, Duration, Field, Path, Schema, Step, Type

T = TypeVar("T")

NUMBERS = (-1.0, 0.0, 0.1, 0.2, 0.30000000000000004, 0.3, 1.0, 2.0, 3.0, 1000.0, 1e26)
NEAR = (0.1, 0.2, 0.30000000000000004, 0.3)  # a sum of doubles is not the sum of what is written
DAYS = tuple(date(2024, 1, 29) + timedelta(days) for days in (0, 1, 2, 3, 30, 31, 32, 59, 61, 62))
TEXTS = ("alpha", "beta", 'Ünï "q"', "")
DURATIONS = tuple(
    Duration(*pair)
    for pair in [(1, "month"), (30, "day"), (2, "week"), (1, "day"), (1, "year"), (9000, "year")]
)
WORDS = """
    model rate score size notes seen tested owner kind flag_2 x-1 pass_rate grown
    Low Critical A for rule and any known missing past list number per is by adjustable on with require
"""
NAMES = WORDS.split()
PLAIN = NAMES[:13]
KINDS = ("number", "level", "bool", "date", "text", "member", "past", "attestation")
SCALES = {"Risk": ("Low", "Medium", "High", "Critical"), "Tier": ("SL1", "SL2+", "Low")}
SETS = {"domain": ("cyber", "bio", "Public PoC"), "region": ("east", "west"), "only": ("one",)}
ENTRIES = ("mitigation", "run", "evidence", "item")


class Chooser:
    """Draws, said briefly."""

    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw

    def one(self, choices: Sequence[T]) -> T:
        return choices[self.count(0, len(choices) - 1)]

    def count(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high)) if low < high else low

    def chance(self, percent: int) -> bool:
        return self.count(0, 99) >= 100 - percent

    def some(self, choices: Sequence[T], low: int, high: int) -> list[T]:
        left, chosen = list(choices), []
        for _ in range(min(self.count(low, high), len(left))):
            chosen.append(left.pop(self.count(0, len(left) - 1)))
        return chosen


class Declaring(Chooser):
    """One random record type. Names are unlike each other, but for those in several places."""

    def __init__(self, draw: DrawFn) -> None:
        super().__init__(draw)
        self.left = PLAIN + (NAMES[13:] if self.chance(40) else [])
        self.kinds = [*KINDS, *[self.one(KINDS)] * self.one((0, 6, 20)), "level", "number"]
        self.entries = list(ENTRIES)
        self.sets = dict(self.some(list(SETS.items()), 1, 2))
        self.scales = dict(self.some(list(SCALES.items()), 1, 2))
        self.containers = iter(f"part_{number}" for number in range(100))

    def schema(self) -> Schema:
        fields = [*self.leaves(3, 5), self.table(1)]
        makers = (self.group, self.table, self.list, self.list)
        fields += [self.one(makers)(1) for _ in range(self.count(1, 3))]
        return Schema(self.scales, self.sets, ("board", "lab"), tuple(self.some(fields, 99, 99)))

    def name(self) -> str:
        name = self.one(self.left)
        if not self.chance(5) and len(self.left) > 1:
            self.left.remove(name)
        return name

    def leaves(self, low: int, high: int) -> list[Field]:
        fields: dict[str, Field] = {}
        for _ in range(self.count(low, high)):
            name = self.name()
            fields[name] = Field(name, self.leaf(), adjustable=self.chance(10))
        return list(fields.values())

    def leaf(self) -> Type:
        kind = self.one(self.kinds)
        match kind:
            case "level":
                return Type(kind, self.one(list(self.scales)))
            case "member":
                return Type(kind, self.one(list(self.sets)))
            case "past":
                return Type("date", past=True)
            case "attestation":
                within = self.one(DURATIONS) if self.chance(50) else None
                return Type(kind, self.one(("board", "lab")), within=within)
        return Type(kind)

    def inner(self, depth: int) -> tuple[Field, ...]:
        fields = self.leaves(1, 3)
        if depth < 3 and self.chance(35):
            fields.append(self.one((self.group, self.table, self.list))(depth + 1))
        return tuple(fields)

    def group(self, depth: int) -> Field:
        return Field(next(self.containers), Type("group", fields=self.inner(depth)))

    def table(self, depth: int) -> Field:
        return Field(
            next(self.containers), Type("table", self.one(list(self.sets)), fields=self.inner(depth))
        )

    def list(self, depth: int) -> Field:
        if not self.entries:
            return self.group(depth)
        name = next(self.containers)
        entry, fields = self.entries.pop(), self.inner(depth)
        first = fields[0]
        if first.type.kind in ("text", "number", "date", "level", "member") and not first.type.past:
            fields = (first._replace(key=self.chance(40)), *fields[1:])
        return Field(name, Type("list", entry, fields=fields))


def nodes(fields: Sequence[Field], anchor: str = "", steps: tuple[Step, ...] = ()) -> Iterator[Path]:
    """Every path of a record, to leaves, groups, tables, rows and lists, members at hand."""
    for field in fields:
        path = Path(anchor, (*steps, field.name), field.type)
        yield path
        match field.type.kind:
            case "group":
                yield from nodes(field.type.fields, anchor, path.steps)
            case "table":
                row = (*path.steps, At(field.type.of))
                yield Path(anchor, row, Type("row"))
                yield from nodes(field.type.fields, anchor, row)
            case "list":
                yield from nodes(field.type.fields, field.type.of)


class Recording(Chooser):
    """One random record of a schema; `holes` and `vague` are percentages of what is absent or bounded."""

    def __init__(self, draw: DrawFn, schema: Schema, *, holes: int, vague: int) -> None:
        super().__init__(draw)
        self.schema, self.holes, self.vague = schema, holes, vague
        self.numbers = self.one((NUMBERS, NEAR))

    def record(self) -> dict[str, Any]:
        return self.row(self.schema.fields)

    def row(self, fields: Sequence[Field]) -> dict[str, Any]:
        row = {}
        for field in fields:
            if field.key or not self.chance(self.holes):
                row[field.name] = self.value(field)
            elif self.chance(30):
                row[field.name] = None
        return row

    def value(self, field: Field) -> Any:
        type = field.type
        match type.kind:
            case "group":
                return self.row(type.fields)
            case "table":
                rows = [
                    Field(member, Type("group", fields=type.fields)) for member in self.schema.sets[type.of]
                ]
                return self.row(rows)
            case "list":
                return self.entries(type.fields)
            case "attestation":
                return self.attestation(type)
        ordered = type.kind in ("number", "date", "level")
        if ordered and not field.key and self.chance(self.vague):
            return self.bounds(type)
        return self.spelled(self.one(self.pool(type)))

    def entries(self, fields: Sequence[Field]) -> list[Any]:
        entries = [self.row(fields) for _ in range(self.count(0, 3))]
        for field in fields:
            if field.key:  # one entry for each key
                entries = list({one_form(entry[field.name]): entry for entry in entries}.values())
        return entries

    def pool(self, type: Type) -> Sequence[Any]:
        match type.kind:
            case "number":
                return self.numbers
            case "date":
                return DAYS
            case "level":
                return self.schema.scales[type.of]
            case "member":
                return self.schema.sets[type.of]
            case "bool":
                return (True, False)
        return TEXTS

    def spelled(self, value: Any) -> Any:
        """A value in one of its forms: a whole number as an integer, a date as text."""
        if isinstance(value, float) and value == int(value) and self.chance(50):
            return int(value)
        return value.isoformat() if isinstance(value, date) and self.chance(50) else value

    def bounds(self, type: Type) -> dict[str, Any]:
        pool = self.pool(type)
        low = self.count(0, len(pool) - 1)
        high = self.count(low, len(pool) - 1)
        if type.kind == "number":
            pool = sorted(pool)
        lower = {"above": pool[low - 1]} if low and self.chance(50) else {"at_least": pool[low]}
        upper = {"at_most": pool[high]}
        if high + 1 < len(pool) and self.chance(50):
            upper = {"below": pool[high + 1]}
        chosen = self.one((lower, upper, {**lower, **upper}))
        return {key: self.spelled(value) for key, value in chosen.items()}

    def attestation(self, type: Type) -> dict[str, Any]:
        holds, fitting = self.chance(70), self.chance(90)
        role = type.of if fitting else "lab" if type.of == "board" else "board"
        by, on = "A. Person" if self.chance(93) else " ", self.spelled(self.one(DAYS))
        return {"holds": holds, "by": by, "role": role, "on": on, "basis": "a review"}


def one_form(value: Any) -> Any:
    """A date and its text are one key, and so are 1 and 1.0."""
    return value.isoformat() if isinstance(value, date) else value


@st.composite
def records(draw: DrawFn, schema: Schema) -> dict[str, Any]:
    holes, vague = draw(st.sampled_from([0, 0, 5, 15, 40])), draw(st.sampled_from([0, 5, 20, 60]))
    return Recording(draw, schema, holes=holes, vague=vague).record()


def values(fields: Sequence[Field], row: dict[str, Any], sets: dict[str, Any]) -> Iterator[tuple[Any, Field]]:
    """Every value that a record has, as the row that it stands in and its field."""
    for field in fields:
        value, type = row.get(field.name), field.type
        if value is not None and not field.key:
            yield row, field
            if type.kind == "table":
                rows = tuple(Field(member, Type("group", fields=type.fields)) for member in sets[type.of])
                yield from values(rows, value, sets)
            elif type.fields:
                for inner in value if type.kind == "list" else [value]:
                    yield from values(type.fields, inner, sets)


@st.composite
def poorer(draw: DrawFn, schema: Schema, record: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The record with one value less, and true; or with one value known less closely, and false."""
    record, chooser = deepcopy(record), Chooser(draw)
    found = list(values(schema.fields, record, schema.sets))
    if not found:
        return record, True
    row, field = chooser.one(found)
    value = row.pop(field.name)
    if field.type.kind not in ("number", "date", "level") or chooser.chance(50):
        if chooser.chance(30):
            row[field.name] = None
        return record, True
    ends = value if isinstance(value, dict) else {"at_least": value, "at_most": value}
    kept = chooser.one(sorted(ends))
    row[field.name] = {kept: ends[kept]}
    return record, False


@st.composite
def todays(draw: DrawFn) -> date | None:
    late = st.sampled_from([*DAYS, DAYS[-1], date(2024, 4, 2), date(2024, 12, 31)])
    return draw(st.one_of(late, late, late, st.none()))
