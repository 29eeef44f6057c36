"""The record of a model: what the literals that hold say, as plain JSON, and each schema's part of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from policylang.analysis import theory
from policylang.analysis.profiles import Profiled, entry_on
from policylang.analysis.regions import Regions, TextAtom, original, twin
from policylang.core.record import Steps
from policylang.language import schema as types

ASSESSOR = "A. Assessor"  # who signs the attestations of records that the analysis makes
NO_ROLE = "another role"  # of attestations that are not in force: with a blank, it is no name of a role

Sides = tuple[tuple[types.Field, ...], ...]
"""The fields that each schema has at one place."""


class Maker:
    """Makes the record of the solver's last model, with the values that its theory found."""

    def __init__(
        self,
        regions: Regions,
        values: theory.Solution,
        profiled: Mapping[Steps, Profiled],
        today: date | None,
        *,
        whole: bool = False,
        kept: frozenset[Steps] | None = None,
    ) -> None:
        self.regions = regions
        self.solver = regions.gates.solver
        self.values = values
        self.profiled = profiled
        self.today = today
        self.whole = whole
        self.kept = kept

    def record(self, twins: frozenset[Steps]) -> dict[str, Any]:
        """Return the record; at ``twins`` it has what the other of the pair has."""
        return self._fields(tuple(s.fields for s in self.regions.schemas), (), twins)

    def _is_there(self, path: Steps) -> bool:
        literal = self.regions.absents.get(path)
        return literal is not None and not self.solver.holds(literal)

    def _fields(self, sides: Sides, at: Steps, twins: frozenset[Steps]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        matched: dict[Steps, list[types.Field]] = {}
        for field in (one for fields in sides for one in fields):
            path = (*at, field.name)
            if self.kept is None or path in self.kept:
                matched.setdefault(path, []).append(field)
        for path, found in matched.items():
            name = found[0].name
            where = twin(path) if path in twins else path
            kinds = [field.type for field in found]
            if self._is_there(where):
                made[name] = self.value(kinds, where, twins)
            elif any(field.key for field in found):
                made[name] = self._key(kinds[0], where)
        return made

    def value(self, kinds: list[types.Type], path: Steps, twins: frozenset[Steps]) -> Any:
        """Return the value at a path that is in the record, given what each schema says of it."""
        match kinds[0]:
            case types.Group():
                return self._fields(tuple(k.fields for k in kinds if isinstance(k, types.Group)), path, twins)
            case types.Table():
                tables = [k for k in kinds if isinstance(k, types.Table)]
                rows = {}
                for member in dict.fromkeys(m for k in tables for m in k.over.members):
                    if self.kept is not None and (*path, member) not in self.kept:
                        continue
                    if self._is_there((*path, member)):
                        sides = tuple(k.fields for k in tables if member in k.over.members)
                        rows[member] = self._fields(sides, (*path, member), twins)
                return rows
            case types.List():
                sides = tuple(k.fields for k in kinds if isinstance(k, types.List))
                if path in self.regions.counters:
                    return self._counted(path, kinds)
                slots = self.regions.slots.get(path, [])
                count = sum(self.solver.holds(slot) for slot in slots)
                return [self._fields(sides, (*path, i), twins) for i in range(count)]
            case leaf:
                return self._leaf(leaf, path)

    def _counted(self, path: Steps, kinds: list[types.Type]) -> list[Any]:
        """Return entries of each profile, as many as the last model says."""
        holds, regions = self.solver.holds, self.regions
        profiles = self.profiled[original(path)].profiles
        found: list[Any] = []
        for profile, counter in zip(profiles, regions.counters[path], strict=True):
            made = profile.whole if self.whole else profile.entry
            found += [made] * sum(holds(x) for x in counter)
        keys = [f for kind in kinds if isinstance(kind, types.List) for f in kind.fields if f.key]
        entries = []
        for place, made in enumerate(found):
            own = {field.name: self._key(field.type, (*path, place, field.name)) for field in keys}
            entries.append({**entry_on(made, self.today), **own})
        return entries

    def _leaf(self, type_: types.Leaf, path: Steps) -> Any:
        regions, holds = self.regions, self.solver.holds
        variable = regions.numbers[path]
        match type_:
            case types.Scale():
                if path not in regions.levels:
                    regions_types = [t for t in regions.types_at(path) if isinstance(t, types.Scale)]
                    return next(x for x in type_.levels if all(x in t.levels for t in regions_types))
                levels, ranks = regions.levels[path]
                return levels[sum(holds(x) for x in ranks)]
            case types.Set():
                if path not in regions.members:
                    sets = [t for t in regions.types_at(path) if isinstance(t, types.Set)]
                    return next(x for x in type_.members if all(x in t.members for t in sets))
                return next(m for m, literal in regions.members[path].items() if holds(literal))
            case types.Bool():
                return path in regions.bools and holds(regions.bools[path])
            case types.Number():
                value = (self.values.numbers or {}).get(variable)
                if value is None:
                    value = regions.simplest(variable)
                return int(value) if value.denominator == 1 and abs(value.numerator) < 2**53 else float(value)
            case types.Date():
                ordinal = self.values.days.get(variable)
                return (date.fromordinal(ordinal) if ordinal else date(2025, 1, 1)).isoformat()
            case types.Text():
                text = self.values.texts.get(variable, variable)
                return text if isinstance(text, str) else self._free_texts.get(text, "text")
            case types.Attestation():
                return self._attestation(path)

    @cached_property
    def _free_texts(self) -> dict[int, str]:
        """Return a text for each variable that is compared, each another one, and none that a rule names."""
        named, variables = set[str](), set[int]()
        for _, atom in self.regions.relations[TextAtom]:
            for one in (atom.first, atom.second):
                if isinstance(one, str):
                    named.add(one)
                else:
                    variables.add(one)
        numbers = range(1, len(named) + len(variables) + 1)
        free = (text for text in (f"text-{number}" for number in numbers) if text not in named)
        return dict(zip(sorted(variables), free, strict=False))

    def _attestation(self, path: Steps) -> dict[str, Any]:
        regions, holds = self.regions, self.solver.holds
        parts = {part: holds(x) for part, x in regions.attestations.get(path, {}).items()}
        role = next((part[1:-1] for part, true in parts.items() if true and part.startswith("`")), NO_ROLE)
        ordinal = self.values.days.get(regions.numbers[path])
        on = date.fromordinal(ordinal) if ordinal else self.today or date(2026, 1, 1)
        return {
            "holds": parts.get("holds", False),
            "by": ASSESSOR,
            "role": role,
            "on": on.isoformat(),
        }

    def _key(self, type_: types.Type, path: Steps) -> Any:
        """Return a key that no other entry has, where no predicate reads it."""
        place = next(step for step in reversed(path) if isinstance(step, int))
        match type_:
            case types.Text():
                return f"{path[-1]}-{place + 1}"
            case types.Number():
                return place + 1
            case types.Date():
                return date.fromordinal(date(2025, 1, 1).toordinal() + place).isoformat()
            case _:
                raise AssertionError("levels and members are kept apart by literals")


def projected(record: dict[str, Any], schema: types.Schema) -> dict[str, Any]:
    """Return what a schema knows of a record."""
    return _projected_fields(record, schema.fields)


def _projected_fields(record: dict[str, Any], fields: tuple[types.Field, ...]) -> dict[str, Any]:
    return {f.name: _projected(record[f.name], f.type) for f in fields if f.name in record}


def _projected(value: Any, type_: types.Type) -> Any:
    match type_:
        case types.Group(fields) if isinstance(value, dict):
            return _projected_fields(value, fields)
        case types.Table(over, fields) if isinstance(value, dict):
            return {m: _projected_fields(row, fields) for m, row in value.items() if m in over.members}
        case types.List(fields=fields) if isinstance(value, list):
            return [_projected_fields(entry, fields) for entry in value]
        case _:
            return value
