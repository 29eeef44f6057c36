"""What a policy over a schema can speak of: its declarations, and each place with the ways to write it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
import re
from typing import Literal

import attrs

from policylang.language import checked as c
from policylang.language import lexical
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.names import Frame, visible

Row = Literal["row"]
ROW: Row = "row"


@attrs.frozen
class Place:
    """A field, or a table's row; the path has the members at hand of the tables that it leads through."""

    path: c.Path
    type: types.Type | Row

    @property
    def sets(self) -> frozenset[str]:
        """The sets whose member at hand it needs."""
        return frozenset(step.over for step in self.path.steps if isinstance(step, c.AtHand))


def places(
    fields: tuple[types.Field, ...], entry: str | None = None, at: tuple[str | c.AtHand, ...] = ()
) -> Iterator[Place]:
    """Yield every place of a record, those of the entries of its lists included."""
    for field in fields:
        path = c.Path((*at, field.name), entry)
        yield Place(path, field.type)
        match field.type:
            case types.Group(inner):
                yield from places(inner, entry, path.steps)
            case types.Table(over, inner):
                row = (*path.steps, c.AtHand(over.name))
                yield Place(c.Path(row, entry), ROW)
                yield from places(inner, entry, row)
            case types.List(name, inner):
                yield from places(inner, name)
            case _:
                pass


class Vocabulary:
    """The words of a schema, and which of them are free for what a policy defines itself."""

    def __init__(self, schema: types.Schema) -> None:
        self.schema = schema
        self.places = tuple(places(schema.fields))
        kinds = [place.type for place in self.places if place.type != ROW]
        scales = [kind for kind in kinds if isinstance(kind, types.Scale)]
        sets = [kind.over if isinstance(kind, types.Table) else kind for kind in kinds]
        self.scales = {scale.name: scale for scale in scales}
        self.sets = {one.name: one for one in sets if isinstance(one, types.Set)}
        self.roles = dict.fromkeys(kind.role for kind in kinds if isinstance(kind, types.Attestation))
        self.lists = tuple(place for place in self.places if isinstance(place.type, types.List))
        entries = [one.entry for one in types.lists(schema.fields)]
        frames = [Frame(None, schema.fields)]
        frames += [Frame(one.entry, one.fields) for one in types.lists(schema.fields)]
        self.heads = Counter(name for frame in frames for name, _, _ in visible(frame))
        levels = {level for scale in self.scales.values() for level in scale.levels}
        members = {member for one in self.sets.values() for member in one.members}
        self.declared = {*self.scales, *self.sets, *self.roles, *entries}
        self.values = levels | members
        self.fields = {step for place in self.places for step in place.path.steps if isinstance(step, str)}

    def free(self, names: Iterator[str]) -> str:
        """Return the first name that nothing has."""
        return next(n for n in names if n not in self.declared | self.values | self.fields)

    # --- paths ----------------------------------------------------------------------------------

    def forms(self, place: Place, members: dict[str, str]) -> list[s.Path]:
        """Return the ways to write a place, the shortest first; ``members`` are named instead of at hand."""
        found: list[s.Path] = []
        path = place.path
        is_short = not members and isinstance(path.steps[-1], str) and self._is_visible(path)
        last = path.steps[-1]
        if is_short and isinstance(last, str) and self._is_plain(last):
            found.append(s.Path((s.Step(last),)))
        steps = tuple(self._step(step, members) for step in path.steps)
        head = path.steps[0]
        if path.entry is not None:
            return [*found, s.Path((s.Step(path.entry), *steps))]
        if len(steps) > 1 and isinstance(head, str) and self._is_plain(head):
            found.append(s.Path(steps))
        if "record" not in self.heads and "record" not in self.declared:
            found.append(s.Path((s.Step("record"), *steps)))
        return found

    def _is_visible(self, path: c.Path) -> bool:
        """Return whether all steps before the last lead through tables of the record or the entry."""
        tables = [isinstance(step, c.AtHand) for step in path.steps[1::2]]
        return all(tables) and len(path.steps) % 2 == 1

    def _is_plain(self, head: str) -> bool:
        """Return whether a name can only be the one field that is called so."""
        is_other = head in self.declared or head in self.values
        return self.heads[head] == 1 and not is_other and re.fullmatch(lexical.NAME, head) is not None

    def _step(self, step: str | c.AtHand, members: dict[str, str]) -> s.Step:
        if isinstance(step, str):
            return s.Step(step)
        if step.over in members:
            member = members[step.over]
            return s.Step(member, quoted=member == step.over or not re.fullmatch(lexical.NAME, member))
        return s.Step(step.over)

    def must_name(self, over: str) -> bool:
        """Return whether the name of a set is also a member's, so that no path has its member at hand."""
        return over in self.sets[over].members

    def literal(self, text: str, quoted: bool) -> s.Name | s.String:
        """Return a level or member as a literal."""
        is_name = re.fullmatch(lexical.NAME, text) is not None
        return s.Name(text) if is_name and not quoted else s.String(text)

    def side(self, text: str, quoted: bool) -> s.Path | s.String:
        """Return a level or member as it stands alone on a side of a comparison."""
        is_name = re.fullmatch(lexical.NAME, text) is not None
        if is_name and not quoted and text not in self.declared and not self.heads[text]:
            return s.Path((s.Step(text),))
        return s.String(text)

    # --- declarations ---------------------------------------------------------------------------

    def statements(self) -> list[s.Statement]:
        """Return the declarations of the schema."""
        found: list[s.Statement] = []
        for scale in self.scales.values():
            found.append(s.Scale(s.Name(scale.name), tuple(self.literal(x, False) for x in scale.levels)))
        for one in self.sets.values():
            found.append(s.Set(s.Name(one.name), tuple(self.literal(x, False) for x in one.members)))
        if self.roles:
            found.append(s.Role(tuple(map(s.Name, self.roles))))
        found.append(s.Record(_fields(self.schema.fields)))
        return found


def _fields(fields: tuple[types.Field, ...]) -> tuple[s.Field, ...]:
    return tuple(s.Field(s.Name(f.name), _type(f.type), f.key, f.adjustable) for f in fields)


def _type(type_: types.Type) -> s.Type:
    match type_:
        case types.Group(fields):
            return s.Group(_fields(fields))
        case types.Table(over, fields):
            return s.Table(s.Name(over.name), _fields(fields))
        case types.List(entry, fields):
            return s.List(s.Name(entry), _fields(fields))
        case types.Attestation(role, within):
            return s.AttestationType(s.Name(role), s.DurationLiteral(within) if within else None)
        case types.Scale(name) | types.Set(name):
            return s.NamedType(name)
        case types.Date(past):
            return s.NamedType("past date" if past else "date")
        case types.Text():
            return s.NamedType("text")
        case types.Number():
            return s.NamedType("number")
        case types.Bool():
            return s.NamedType("bool")
