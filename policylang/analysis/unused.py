"""What a text declares and no rule uses: fields, levels, members, defines.

Only what the policy's own text declares is reported, at the place where it does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
import re

import attrs

from policylang.analysis import messages
from policylang.analysis.findings import Finding, finding
from policylang.analysis.inquiry import Inquiry
from policylang.analysis.regions import FieldsByName
from policylang.core.predicates import Predicate
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.lexical import NAME
from policylang.language.parser import parse
from policylang.source import Source, deep_stack

Where = tuple[str, ...]
"""A field of the schema: names, with ``*`` for the member of a table or the entry of a list."""


class Uses:
    """What the rules of a policy read."""

    def __init__(self, inquiry: Inquiry) -> None:
        self.fields: set[Where] = set()
        self.ranks: dict[tuple[str, ...], set[int]] = {}  # of scales: ranks told from the rank below
        self.members: dict[str, set[str]] = {}
        self.schema = inquiry.policy.schema
        self._named = FieldsByName()
        self._seen: set[tuple[int, tuple[tuple[str, Where], ...]]] = set()
        for _, effect in inquiry.policy.predicates.effects:
            self._read(effect.predicate, {})
            if effect.until is not None:
                self._read(effect.until, {})
            if effect.of is not None:
                self._path(effect.of, {})

    def _read(self, node: Predicate, entries: dict[str, Where]) -> None:
        key = (id(node), tuple(entries.items()))
        if key in self._seen:
            return
        self._seen.add(key)
        for path in c.paths(node):
            self._path(path, entries)
        self._terms(node)
        inner = entries
        if isinstance(node, c.AtLeastEntries):
            inner = {**entries, node.entry: (*self._where(node.list, entries), "*")}
        for child in c.children(node):
            self._read(child, inner)

    def _path(self, path: c.Path, entries: dict[str, Where]) -> None:
        where = self._where(path, entries)
        for end in range(1, len(where) + 1):
            self.fields.add(where[:end])

    def _where(self, path: c.Path, entries: dict[str, Where]) -> Where:
        """Return a path with ``*`` for members, and note the members."""
        found: list[str] = list(entries[path.entry]) if path.entry else []
        at: types.Type = types.Group(self.schema.fields)
        for name in found:
            at = self._below(at, name)
        for name in map(str, path.steps):
            if isinstance(at, types.Table):
                self.members.setdefault(at.over.name, set()).add(name)
                at = types.Group(at.fields)
                found.append("*")
            else:
                at = self._below(at, name)
                found.append(name)
        return tuple(found)

    def _below(self, at: types.Type, name: str) -> types.Type:
        match at:
            case types.Group(fields) | types.List(fields=fields) | types.Table(fields=fields):
                field = self._named(fields, name)
                return types.Group(fields) if field is None else field.type
            case _:
                return at

    def _terms(self, node: Predicate) -> None:
        parts = list(c.terms(node))
        scales = [
            t.type
            for t in parts
            if isinstance(t, c.FieldValue | c.Graded) and isinstance(t.type, types.Scale)
        ]
        constants = [t for t in parts if isinstance(t, c.Constant)]
        for constant in constants:
            match constant.type:
                case types.Scale(levels=levels):
                    self.ranks.setdefault(levels, set()).update(_told(node, constant.value.low))
                case types.Set(name):
                    self.members.setdefault(name, set()).add(constant.value.low)
                case _:
                    pass
        if len(scales) == 2:
            self.ranks.setdefault(scales[0].levels, set()).update(range(len(scales[0].levels)))

    @property
    def everything(self) -> bool:
        """Whether each field is read, each level told from the next, and each member used."""
        return all(self._all_used(field, ()) for field in self.schema.fields)

    def _all_used(self, field: types.Field, at: Where) -> bool:
        where = (*at, field.name)
        if where not in self.fields:
            return field.key or isinstance(field.type, types.Text)
        match field.type:
            case types.Scale(levels=levels):
                return set(range(1, len(levels))) <= self.ranks.get(levels, set())
            case types.Set(name, members):
                return set(members) <= self.members.get(name, set())
            case types.Group(inner):
                return all(self._all_used(one, where) for one in inner)
            case types.Table(over, inner):
                used = set(over.members) <= self.members.get(over.name, set())
                return used and all(self._all_used(one, (*where, "*")) for one in inner)
            case types.List(fields=inner):
                return all(self._all_used(one, (*where, "*")) for one in inner)
            case _:
                return True


def _mentioned_once(text: str) -> bool:
    """Return whether a declared name stands nowhere else in a text, comments and strings included."""
    names = re.findall(rf"\b(?:define|grade|scale|set)\s+({NAME})", text)
    counts = Counter(re.findall(NAME, text)) if names else Counter[str]()
    return any(counts[name] < 2 for name in names)


def _told(node: Predicate, rank: int) -> set[int]:
    """Return the ranks that a comparison with a level tells from the rank below."""
    if not isinstance(node, c.Compare) or node.op in ("=", "!="):
        return {rank, rank + 1}
    is_left = isinstance(node.left, c.Constant)
    above = node.op in ((">=", "<") if not is_left else ("<=", ">"))
    return {rank if above else rank + 1}


def unused(inquiry: Inquiry) -> Iterator[Finding]:
    """Report what the policy's own text declares and no rule uses."""
    if not inquiry.rules:
        return  # a vocabulary for policies that extend it
    uses = Uses(inquiry)
    if uses.everything and not _mentioned_once(inquiry.policy.text):
        return  # so that a long text need not be read again for places in it
    file = _syntax(Source(inquiry.own_source, inquiry.policy.text))
    used = _used_names(file)
    is_own = not any(isinstance(statement, s.Extends) for statement in file.statements)
    for statement in file.statements:
        match statement:
            case s.Record(fields):
                yield from _unused_fields(fields, (), uses)
            case s.Scale(name, levels):
                texts = tuple(_text(level) for level in levels)
                told = uses.ranks.get(texts, set())
                if is_own and name.text not in used:
                    yield finding(messages.unused_name(name.text), name.span)
                for rank in range(1, len(texts)):
                    if rank not in told and told:
                        message = messages.untold_levels(name.text, texts[rank - 1], texts[rank])
                        yield finding(message, levels[rank].span)
            case s.Set(name, members):
                if is_own and name.text not in used:
                    yield finding(messages.unused_name(name.text), name.span)
                for member in members:
                    named = uses.members.get(name.text, set())
                    if named and _text(member) not in named:
                        yield finding(messages.unused_member(_text(member), name.text), member.span)
            case s.Define(name=name) | s.Grade(name=name) if is_own and name.text not in used:
                # A policy that extends another may fill a define of that one in.
                if not (isinstance(statement, s.Define) and isinstance(statement.condition, s.Unspecified)):
                    yield finding(messages.unused_name(name.text), name.span)
            case _:
                pass


@lru_cache(maxsize=8)
def _syntax(source: Source) -> s.File:
    """Return a text's nodes, read again for their places; a policy is often checked more than once."""
    with deep_stack():
        return parse(source)


def _unused_fields(fields: tuple[s.Field, ...], at: Where, uses: Uses) -> Iterator[Finding]:
    for field in fields:
        where = (*at, field.name.text)
        identifies = field.key or (isinstance(field.type, s.NamedType) and field.type.name == "text")
        if where not in uses.fields:
            if not identifies:
                yield finding(messages.unused_field(".".join(w for w in where if w != "*")), field.name.span)
            continue
        match field.type:
            case s.Group(inner):
                yield from _unused_fields(inner, where, uses)
            case s.Table(_, inner) | s.List(_, inner):
                yield from _unused_fields(inner, (*where, "*"), uses)
            case _:
                pass


def _text(level: s.Name | s.String) -> str:
    return level.text if isinstance(level, s.Name) else level.value


def _used_names(file: s.File) -> set[str]:
    """Return the names that a file uses: those of a define or grade count where that one is used."""
    bodies = {one.name.text: one for one in file.statements if isinstance(one, s.Define | s.Grade)}
    found: set[str] = set()
    pending: list[s.Node] = [one for one in file.statements if not isinstance(one, s.Define | s.Grade)]
    while pending:
        fresh = {name for one in pending for name in _names(one)} - found
        found |= fresh
        pending = [bodies[name] for name in fresh if name in bodies]
    return found


def _names(statement: s.Node) -> Iterator[str]:
    """Yield the names with which paths begin, and those of scales and sets where a type is given."""
    pending: list[object] = [statement]
    while pending:
        match pending.pop():
            case tuple() as several:
                pending += several
            case s.Path(steps=(first, *_)):
                yield first.text
            case s.Node() as node:
                match node:
                    case s.NamedType(name):
                        yield name
                    case s.Table(over=over):
                        yield over.text
                    case s.Grade(scale=scale):
                        yield scale.text
                    case _:
                        pass
                pending += [getattr(node, f.name) for f in attrs.fields(type(node)) if f.name != "span"]
            case _:
                pass
