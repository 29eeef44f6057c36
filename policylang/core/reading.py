"""JSON to a record: checked against the declared shape, every problem at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
import json
import math
from typing import Any


from policylang import messages
from policylang.core.canonical import plain
from policylang.diagnostics import Problem, RecordError
from policylang.language import schema as types
from policylang.messages import Message
from policylang.values import (
    Attestation,
    BareName,
    Entries,
    Present,
    Range,
    Value,
    date_of,
    exactly,
    next_double,
    number_of,
)

from policylang.core.record import FrozenTable, Record, Steps, path_text

BOUNDS = ("at_least", "above", "at_most", "below")
BOUNDED = (types.Scale, types.Number, types.Date)
PLAIN = (str, int, float)  # what most leaves are; whether something is a mapping takes longer to tell
ATTESTATION: dict[str, types.Leaf] = {
    "holds": types.Bool(),
    "by": types.Text(),
    "role": types.Text(),
    "on": types.Date(),
    "basis": types.Text(),  # the one that may be absent
}

MAX_SIZE = 64 * 2**20  # bytes of one JSON document


def parse_json(data: str | bytes) -> Any:
    """Return the value of one JSON document; RecordError for anything that is not strict JSON."""
    if len(data) > MAX_SIZE:
        raise _refused(messages.record_too_large(MAX_SIZE))
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        return json.loads(text, object_pairs_hook=JsonObject, parse_constant=float, parse_int=float)
    except RecursionError:
        raise _refused(messages.not_json("it is nested too deep")) from None
    except UnicodeDecodeError as error:
        raise _refused(messages.not_json(f"byte {error.start + 1} is no UTF-8")) from None
    except json.JSONDecodeError as error:
        reason = messages.place_in_json(error.lineno, error.colno, error.msg)
        raise _refused(messages.not_json(reason)) from None


class JsonObject(dict[str, Any]):
    """An object read from JSON text that remembers which of its keys stood twice."""

    duplicates: tuple[str, ...] = ()

    def __init__(self, found: Mapping[str, Any] | list[tuple[str, Any]]) -> None:
        super().__init__(found)
        if isinstance(found, JsonObject):
            self.duplicates = found.duplicates
        elif isinstance(found, list) and len(found) > len(self):
            counts = Counter(key for key, _ in found)
            self.duplicates = tuple(key for key, count in counts.items() if count > 1)


def _refused(message: Message) -> RecordError:
    return RecordError([_problem((), message)])


def _problem(path: Steps, message: Message) -> Problem:
    return Problem(path_text(path), message.text, message.hint)


# --- validation ---------------------------------------------------------------------------------


def read_record(schema: types.Schema, data: object) -> Record:
    """Return the record of a mapping; RecordError with every problem and its path.

    A record that was read under another schema is read again: its ranks are those of other scales.
    """
    if isinstance(data, Record):
        if data.schema is schema or data.schema == schema:
            return data
        data = data.data
    reader = _Reader()
    if not isinstance(data, Mapping):
        raise _refused(messages.wrong_type("an object", found_json(data)))
    if isinstance(data, JsonObject):
        reader.duplicates(data)
    reader.fields(schema.fields, data, ())
    if reader.problems:
        raise RecordError(reader.problems)
    return Record(schema, FrozenTable(reader.values), plain(data))


def found_json(value: object) -> str:
    """Return what a value is, in JSON's words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            shown = value if len(value) <= 40 else value[:39] + "…"
            return f"the text {json.dumps(shown, ensure_ascii=False)}"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
        case datetime():
            return "a date with a time"
        case date():
            return "a date"
        case _:
            return "something that is no JSON"


class _Reader:
    def __init__(self) -> None:
        self.values: dict[Steps, Value] = {}
        self.problems: list[Problem] = []

    def note(self, path: Steps, message: Message) -> None:
        self.problems.append(_problem(path, message))

    def duplicates(self, data: JsonObject) -> None:
        """Note every key that stood twice in the JSON text."""
        pending: list[tuple[Any, Steps]] = [(data, ())]
        while pending:
            at, where = pending.pop()
            if isinstance(at, JsonObject):
                for key in at.duplicates:
                    self.note((*where, key), messages.duplicate_key(key))
                pending += [(item, (*where, key)) for key, item in reversed(at.items())]
            elif isinstance(at, list):
                pending += [(item, (*where, i)) for i, item in enumerate(at)][::-1]

    def fields(self, fields: tuple[types.Field, ...], data: Mapping[Any, Any], path: Steps) -> None:
        by_name = {field.name: field for field in fields}
        for key, value in data.items():
            if not isinstance(key, str) or key not in by_name:
                if key == "waivers" and not path:
                    self.note((key,), messages.waivers_not_yet())
                else:
                    self.note((*path, str(key)[:80]), messages.unknown_key(str(key)[:80], by_name))
            elif value is not None:
                self.value(by_name[key].type, value, (*path, key))

    def value(self, type_: types.Type, value: Any, path: Steps) -> None:
        match type_:
            case types.Group(fields):
                if self._is_object(value, path):
                    self.values[path] = Present()
                    self.fields(fields, value, path)
            case types.Table(over, fields):
                if self._is_object(value, path):
                    self.values[path] = Present()
                    self._rows(over, fields, value, path)
            case types.List():
                self._list(type_, value, path)
            case types.Attestation():
                self._attestation(type_, value, path)
            case _:
                found = self._leaf(type_, value, path)
                if found is not None:
                    self.values[path] = found

    def _is_object(self, value: Any, path: Steps) -> bool:
        if isinstance(value, Mapping):
            return True
        self.note(path, messages.wrong_type("an object", found_json(value)))
        return False

    def _rows(
        self, over: types.Set, fields: tuple[types.Field, ...], data: Mapping[Any, Any], path: Steps
    ) -> None:
        for key, row in data.items():
            if not isinstance(key, str) or key not in over.members:
                self.note(
                    (*path, str(key)[:80]),
                    messages.no_such_level("member", str(key)[:80], over.name, over.members),
                )
            elif row is not None and self._is_object(row, (*path, key)):
                self.values[(*path, key)] = Present()
                self.fields(fields, row, (*path, key))

    def _list(self, type_: types.List, value: Any, path: Steps) -> None:
        if not isinstance(value, list | tuple):
            self.note(path, messages.wrong_type("a list", found_json(value)))
            return
        self.values[path] = Entries(len(value))
        key_field = next((field for field in type_.fields if field.key), None)
        seen: dict[Any, int] = {}
        for i, entry in enumerate(value):
            at = (*path, i)
            if entry is None:
                self.note(at, messages.null_entry())
                continue
            if not self._is_object(entry, at):
                continue
            self.values[at] = Present()
            self.fields(type_.fields, entry, at)
            if key_field is not None:
                self._key(key_field, entry, at, seen)

    def _key(self, field: types.Field, entry: Mapping[Any, Any], at: Steps, seen: dict[Any, int]) -> None:
        raw = entry.get(field.name)
        if raw is None or isinstance(raw, Mapping):
            self.note(at, messages.key_needed(field.name))
            return
        found = self.values.get((*at, field.name))
        if isinstance(found, Range):
            if found.low in seen:
                self.note(at, messages.key_repeated(field.name, str(raw)))
            seen.setdefault(found.low, 0)

    # --- leaves ---------------------------------------------------------------------------------

    def _leaf(self, type_: types.Leaf, value: Any, path: Steps) -> Range | None:
        if isinstance(type_, BOUNDED) and not isinstance(value, PLAIN) and isinstance(value, Mapping):
            return self._bounds(type_, value, path)
        exact = self._exact(type_, value, path)
        return None if exact is None else exactly(exact)

    def _exact(self, type_: types.Leaf, value: Any, path: Steps) -> Any:
        """Return the exact value: a rank, member, text, Fraction, date or bool; None if refused."""
        match type_:
            case types.Text() if isinstance(value, BareName):
                self.note(path, messages.quoted_only(str(value)))
                return None
            case types.Text() if isinstance(value, str):
                return self._text(value, path)
            case types.Bool() if isinstance(value, bool):
                return value
            case types.Number() if isinstance(value, int | float) and not isinstance(value, bool):
                return self._number(value, path)
            case types.Date() if isinstance(value, BareName):
                pass
            case types.Date() if isinstance(value, str):
                return self._date(value, path)
            case types.Date() if isinstance(value, date) and not isinstance(value, datetime):
                return value
            case types.Scale(name, levels) if isinstance(value, str):
                if value in levels:
                    return levels.index(value)
                self.note(path, messages.no_such_level("level", value[:80], name, levels))
                return None
            case types.Set(name, members) if isinstance(value, str):
                if value in members:
                    return str(value)
                self.note(path, messages.no_such_level("member", value[:80], name, members))
                return None
            case _:
                pass
        self.note(path, messages.wrong_type(types.describe(type_), found_json(value)))
        return None

    def _text(self, value: str, path: Steps) -> str | None:
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            self.note(path, messages.bad_unicode())
            return None
        return value

    def _number(self, value: float, path: Steps) -> Fraction | None:
        try:
            double = float(value)
        except OverflowError:
            double = math.inf
        if not math.isfinite(double):
            self.note(path, messages.not_finite())
            return None
        return number_of(double)

    def _date(self, value: str, path: Steps) -> date | None:
        try:
            return date_of(value)
        except ValueError:
            self.note(path, messages.impossible_date(value[:80]))
            return None

    def _bounds(self, type_: types.Leaf, value: Mapping[Any, Any], path: Steps) -> Range | None:
        before = len(self.problems)
        ends: dict[str, Any] = {}
        for key, bound in value.items():
            if key not in BOUNDS:
                self.note((*path, str(key)[:80]), messages.unknown_key(str(key)[:80], BOUNDS))
            elif bound is None:
                self.note((*path, key), messages.wrong_type(types.describe(type_), "null"))
            else:
                ends[key] = self._exact(type_, bound, (*path, key))
        if not value:
            self.note(path, messages.bad_bounds("do not say what they bound"))
        elif {"at_least", "above"} <= set(value) or {"at_most", "below"} <= set(value):
            self.note(path, messages.bad_bounds("name one side twice"))
        return self._range(type_, ends, path) if len(self.problems) == before else None

    def _range(self, type_: types.Leaf, ends: Mapping[str, Any], path: Steps) -> Range | None:
        low, high = _open_ends(type_)
        for key, end in ends.items():
            moved = end if key in ("at_least", "at_most") else _neighbour(type_, end, key == "above")
            if moved is None:
                self.note(path, messages.bad_bounds("leave no value"))
                return None
            if key in ("at_least", "above"):
                low = moved
            else:
                high = moved
        if low > high:
            self.note(path, messages.bad_bounds("leave no value"))
            return None
        return Range(low, high)

    def _attestation(self, type_: types.Attestation, value: Any, path: Steps) -> None:
        if not self._is_object(value, path):
            return
        before = len(self.problems)
        for key in value:
            if key not in ATTESTATION:
                self.note((*path, str(key)[:80]), messages.unknown_key(str(key)[:80], ATTESTATION))
        parts: dict[str, Any] = {}
        for key, part in ATTESTATION.items():
            if value.get(key) is not None:
                parts[key] = self._exact(part, value[key], (*path, key))
            elif key != "basis":
                self.note(path, messages.attestation_lacks(key))
        if len(self.problems) == before:
            self.values[path] = Attestation(**parts)


def _open_ends(type_: types.Leaf) -> tuple[Any, Any]:
    match type_:
        case types.Scale(levels=levels):
            return 0, len(levels) - 1
        case types.Date():
            return date.min, date.max
        case _:
            return -math.inf, math.inf


def _neighbour(type_: types.Leaf, end: Any, up: bool) -> Any:
    """Return the next value above or below; None when there is none."""
    match type_:
        case types.Scale(levels=levels):
            rank = end + (1 if up else -1)
            return rank if 0 <= rank < len(levels) else None
        case types.Date():
            ordinal = end.toordinal() + (1 if up else -1)
            return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None
        case _:
            double = next_double(float(end), up)
            return number_of(double) if math.isfinite(double) else None
