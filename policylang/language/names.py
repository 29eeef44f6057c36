"""Names: what is declared, what a bare name can be in a scope, and where a path leads."""

from __future__ import annotations

from collections.abc import Iterator
import re
from typing import Any

import attrs

from policylang import messages
from policylang.diagnostics import Diagnostic, Label
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.losses import Losses
from policylang.messages import Message
from policylang.source import Span

MAX_FORMS = 3  # more ways to write a name in full are no help


class Problems:
    """The problems found so far, each once."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str, Span], Diagnostic] = {}

    def add(self, message: Message, span: Span, labels: tuple[Label, ...] = ()) -> None:
        key = (message.code, message.text, span)
        self.found.setdefault(
            key, Diagnostic(message.code, "error", message.text, span, message.hint, labels)
        )

    def note(self, problem: Diagnostic) -> None:
        self.found.setdefault((problem.code, problem.message, problem.span), problem)

    def have(self, *codes: str) -> bool:
        """Return whether a problem with one of the codes was found."""
        return any(code in codes for code, _, _ in self.found)


@attrs.frozen(cache_hash=True)
class Frame:
    """One level of scope: the record's fields, or those of an entry at hand."""

    entry: str | None
    fields: tuple[types.Field, ...]


Scope = tuple[Frame, ...]


@attrs.frozen
class Names:
    """Everything that is declared."""

    schema: types.Schema
    scales: dict[str, types.Scale]
    sets: dict[str, types.Set]
    roles: dict[str, Span]
    actions: dict[str, c.Action]
    defines: dict[str, s.Define]
    grades: dict[str, s.Grade]
    entries: dict[str, types.List]
    losses: Losses

    def levels(self, type_: types.Type) -> tuple[str, ...]:
        """Return the levels or members of a type, none for the others."""
        match type_:
            case types.Scale(levels=names) | types.Set(members=names):
                return names
            case _:
                return ()


class Unresolved(Exception):
    """A part that was refused; its problem is noted."""


@attrs.frozen
class Place:
    """What a path leads to: a field or a table's row."""

    path: c.Path
    type: types.Type


def visible(frame: Frame) -> Iterator[tuple[str, c.Path, types.Field]]:
    """Yield the names of a frame: its fields, and those of its tables at the member at hand."""

    def walk(fields: tuple[types.Field, ...], steps: tuple[str | c.AtHand, ...]) -> Iterator[Any]:
        for field in fields:
            yield field.name, c.Path((*steps, field.name), frame.entry), field
            if isinstance(field.type, types.Table):
                yield from walk(field.type.fields, (*steps, field.name, c.AtHand(field.type.over.name)))

    return walk(frame.fields, ())


def written(path: c.Path) -> str:
    """Return a path in full, as an author writes it."""
    steps = [step.over if isinstance(step, c.AtHand) else _step(step) for step in path.steps]
    return ".".join([path.entry or "record", *steps] if path.entry or len(steps) == 1 else steps)


def _step(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z_](?:[A-Za-z0-9_]|-(?=[A-Za-z0-9_]))*", text) else f'"{text}"'


class Places:
    """Finds what names and paths stand for; notes the problems of those that stand for nothing."""

    def __init__(self, names: Names, problems: Problems) -> None:
        self.names = names
        self.problems = problems
        self.root: Scope = (Frame(None, names.schema.fields),)
        self._visible: dict[Scope, dict[str, list[tuple[c.Path, types.Field]]]] = {}
        self._homes = dict(_entry_fields(names.schema.fields))

    def refuse(self, message: Message, span: Span, labels: tuple[Label, ...] = ()) -> Unresolved:
        self.problems.add(message, span, labels)
        return Unresolved()

    def fields_called(self, name: str, scope: Scope) -> list[tuple[c.Path, types.Field]]:
        """Return every field that a bare name can be, in this scope."""
        if scope not in self._visible:
            table: dict[str, list[tuple[c.Path, types.Field]]] = {}
            # An inner entry of the same name hides the outer one.
            frames = {frame.entry: frame for frame in scope}
            for frame in frames.values():
                for field_name, path, field in visible(frame):
                    table.setdefault(field_name, []).append((path, field))
            self._visible[scope] = table
        return self._visible[scope].get(name, [])

    def known_names(self, scope: Scope) -> list[str]:
        self.fields_called("", scope)
        return [*self._visible[scope], *self.names.defines, *self.names.grades]

    def unknown(self, path: s.Path, scope: Scope) -> Unresolved:
        """Refuse a name that is nothing in this scope, with the hint that fits best."""
        name = path.steps[0].text
        if name in self.names.losses:
            return Unresolved()
        entry = self.entry_of(name, scope)
        if entry is not None:
            return self.refuse(messages.unquantified(written_path(path), entry), path.span)
        forms = self.full_forms(path)
        known = self.names.losses.suggestible(name, self.known_names(scope))
        return self.refuse(messages.unknown_name(name, known, meant_arithmetic(name), forms), path.span)

    def full_forms(self, path: s.Path) -> list[str]:
        """Return the full forms of the fields that a path's steps lead to when some are left out."""
        steps = [step.text for step in path.steps]
        for order in (steps, steps[::-1]):
            found = dict.fromkeys(_full_forms(self.names.schema.fields, order, ()))
            if 0 < len(found) <= MAX_FORMS:
                return list(found)
        return []

    def entry_of(self, name: str, scope: Scope) -> str | None:
        """Return the entry that must be at hand for a name to be it, or to be a field of it."""
        at_hand = {frame.entry for frame in scope}
        homes = ((entry, fields) for entry, fields in self._homes.items() if entry not in at_hand)
        return next((entry for entry, fields in homes if name == entry or name in fields), None)

    def place(self, path: s.Path, scope: Scope) -> Place:
        """Return what a path that must lead into the record leads to."""
        head = path.steps[0]
        rest = path.steps[1:]
        entries = {frame.entry: frame for frame in scope}
        starts: list[tuple[c.Path, types.Type]] = [
            (where, field.type) for where, field in self.fields_called(head.text, scope)
        ]
        if head.text in entries and rest:
            starts.append((c.Path((), head.text), types.Group(entries[head.text].fields)))
        if head.text == "record" and rest:
            starts.append((c.Path(()), types.Group(entries[None].fields)))
            if len(starts) > 1:  # a field or an entry is called so too: what has the next step is meant
                starts = [start for start in starts if _has_step(start[1], rest[0])] or starts[-1:]
        if not starts:
            raise self.unknown(path, scope)
        if len(starts) > 1:
            raise self.refuse(messages.ambiguous(head.text, (written(p) for p, _ in starts)), path.span)
        return self._walk(*starts[0], rest, path, scope)

    def _walk(
        self, at: c.Path, type_: types.Type, steps: tuple[s.Step, ...], path: s.Path, scope: Scope
    ) -> Place:
        for step in steps:
            match type_:
                case types.Group(fields):
                    at, type_ = self._into_field(at, fields, step, path)
                case types.Table(over, fields):
                    at = attrs.evolve(at, steps=(*at.steps, self._row(over, step, path)))
                    type_ = types.Group(fields)
                case types.List(entry):
                    raise self.refuse(messages.unquantified(step.text, entry), path.span)
                case _:
                    shown = f"{written(at)}.{step.text}"
                    raise self.refuse(messages.no_such_path(shown, (), self.full_forms(path)), path.span)
        return Place(at, type_)

    def _into_field(
        self, at: c.Path, fields: tuple[types.Field, ...], step: s.Step, path: s.Path
    ) -> tuple[c.Path, types.Type]:
        field = types.field_named(fields, step.text)
        if field is None and step.text in self.names.losses:
            raise Unresolved
        if field is None:
            known = self.names.losses.suggestible(step.text, (f.name for f in fields))
            forms = self.full_forms(path)
            raise self.refuse(messages.unknown_name(step.text, known, None, forms), path.span)
        return attrs.evolve(at, steps=(*at.steps, field.name)), field.type

    def _row(self, over: types.Set, step: s.Step, path: s.Path) -> str | c.AtHand:
        is_member = step.text in over.members
        if not step.quoted and step.text == over.name:
            if is_member:
                raise self.refuse(messages.ambiguous(step.text, [f'"{step.text}"']), path.span)
            return c.AtHand(over.name)
        if not is_member and step.text in self.names.losses:
            raise Unresolved
        if not is_member:
            forms = self.full_forms(path)
            unknown = messages.unknown_level("member", step.text, over.name, over.members, forms)
            raise self.refuse(unknown, path.span)
        return step.text

    def list_path(self, over: s.Name, scope: Scope) -> c.Path:
        """Return the path of the list whose entries are called so."""
        frames = {frame.entry: frame for frame in scope}
        for frame in reversed(frames.values()):
            found = _list_path(frame.fields, over.text, c.Path((), frame.entry))
            if found is not None:
                return found
        raise self.refuse(messages.list_out_of_reach(over.text), over.span)


def meant_arithmetic(name: str) -> str | None:
    """Return the subtraction that a name such as `today-90` was meant to be, None for others."""
    minus = re.fullmatch(r"([A-Za-z_]\w*)-([0-9]\w*)", name)
    if minus is None:
        return None
    return f"{minus[1]} - {minus[2]} days" if minus[1] == "today" else f"{minus[1]} - {minus[2]}"


def _full_forms(fields: tuple[types.Field, ...], steps: list[str], at: tuple[str, ...]) -> Iterator[str]:
    """Yield the paths below ``at`` that end in the last step and hold the others, in their order."""
    for field in fields:
        rest = steps[1:] if steps[0] == field.name and len(steps) > 1 else steps
        below = (*at, field.name)
        match field.type:
            case types.Group(inner):
                yield from _full_forms(inner, rest, below)
            case types.Table(over, inner):
                row = rest[0] if rest[0] in (over.name, *over.members) and len(rest) > 1 else over.name
                after = rest[1:] if row == rest[0] and len(rest) > 1 else rest
                yield from _full_forms(inner, after, (*below, row))
            case types.List():
                pass
            case _ if steps == [field.name]:
                yield ".".join(_step(step) for step in below)
            case _:
                pass


def _has_step(type_: types.Type, step: s.Step) -> bool:
    match type_:
        case types.Group(fields):
            return types.field_named(fields, step.text) is not None
        case types.Table(over):
            return step.text in (over.name, *over.members)
        case _:
            return False


def written_path(path: s.Path) -> str:
    """Return a path as its author wrote it."""
    return ".".join(f'"{step.text}"' if step.quoted else step.text for step in path.steps)


def _list_path(fields: tuple[types.Field, ...], entry: str, at: c.Path) -> c.Path | None:
    for field in fields:
        below = attrs.evolve(at, steps=(*at.steps, field.name))
        match field.type:
            case types.List(name):
                if name == entry:
                    return below
            case types.Group(inner):
                found = _list_path(inner, entry, below)
                if found is not None:
                    return found
            case types.Table(over, inner):
                row = attrs.evolve(below, steps=(*below.steps, c.AtHand(over.name)))
                found = _list_path(inner, entry, row)
                if found is not None:
                    return found
            case _:
                pass
    return None


def _entry_fields(fields: tuple[types.Field, ...]) -> Iterator[tuple[str, set[str]]]:
    for list_ in types.lists(fields):
        names = {name for name, _, _ in visible(Frame(list_.entry, list_.fields))}
        yield list_.entry, names
