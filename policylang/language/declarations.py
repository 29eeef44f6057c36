"""Declarations: scales, sets, roles, actions and the record, joined over extended files."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

import attrs

from policylang import messages
from policylang.diagnostics import Label
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.losses import Losses
from policylang.language.names import Names, Problems
from policylang.source import Span

BUILT_IN = ("text", "number", "bool", "date", "estimate", "attestation")


class Declarations:
    """Collects what the files declare, bases first; refuses every name that stands twice."""

    def __init__(self, problems: Problems, losses: Losses) -> None:
        self.problems = problems
        self.names = Names(types.Schema(), {}, {}, {}, {}, {}, {}, {}, losses)
        self.fields: tuple[types.Field, ...] = ()
        self._declared: dict[str, Span] = {}  # scales, sets, entries, defines, grades, roles
        self._wider_spans: dict[str, Span] = {}  # where an action says what it widens
        self._open: dict[str, int] = {}  # unspecified defines, and the file that leaves them so
        self._losses = losses

    def add_file(self, place: int, nodes: tuple[s.Statement, ...], bases: set[int]) -> None:
        """Take over the declarations of one file; its bases, by their places, have come before it."""
        fillable = {name for name, home in self._open.items() if home in bases}
        for node in nodes:
            self._add(node, fillable)
        records = [node for node in nodes if isinstance(node, s.Record)]
        for extra in records[1:]:
            self.problems.add(messages.second_record(), extra.span)
        for record in records[:1]:
            self.fields = self._merge(self.fields, record.fields)
        for name, define in self.names.defines.items():
            if isinstance(define.condition, s.Unspecified):
                self._open.setdefault(name, place)
            else:
                self._open.pop(name, None)

    def _add(self, node: s.Statement, fillable: set[str]) -> None:
        match node:
            case s.Scale(name, levels):
                if self._declare("scale", name):
                    self.names.scales[name.text] = types.Scale(name.text, self._distinct("level", levels))
            case s.Set(name, members):
                if self._declare("set", name):
                    self.names.sets[name.text] = types.Set(name.text, self._distinct("member", members))
            case s.Role(names):
                for name in names:
                    if self._declare("role", name):
                        self.names.roles[name.text] = name.span
            case s.Define(name):
                if name.text in fillable and not isinstance(node.condition, s.Unspecified):
                    fillable.discard(name.text)
                    self.names.defines[name.text] = node
                elif self._declare("define", name):
                    self.names.defines[name.text] = node
            case s.Grade(name):
                if self._declare("grade", name):
                    self.names.grades[name.text] = node
            case s.Action(names, widens, permitted):
                for name in names:
                    self._add_action(name, widens, permitted)
            case _:
                pass

    def _add_action(self, name: s.Name, widens: s.Name | None, permitted: bool) -> None:
        if name.text in self.names.actions:
            first = (Label("first declared here", self.names.actions[name.text].span),)
            self.problems.add(messages.declared_twice("action", name.text), name.span, first)
            return
        self._wider_spans[name.text] = (widens or name).span
        self.names.actions[name.text] = c.Action(
            name.text, permitted, widens.text if widens else None, span=name.span
        )

    def _declare(self, kind: str, name: s.Name) -> bool:
        if kind in ("scale", "set") and name.text in BUILT_IN:
            self.problems.add(messages.not_adjustable_type(name.text), name.span)
            return False
        if name.text in self._declared:
            first = (Label("first declared here", self._declared[name.text]),)
            self.problems.add(messages.declared_twice(kind, name.text), name.span, first)
            return False
        self._declared[name.text] = name.span
        return True

    def _distinct(self, kind: str, names: tuple[s.Name | s.String, ...]) -> tuple[str, ...]:
        seen: dict[str, Span] = {}
        for name in names:
            text = name.value if isinstance(name, s.String) else name.text
            if text in seen:
                label = (Label("first declared here", seen[text]),)
                self.problems.add(messages.declared_twice(kind, text), name.span, label)
            else:
                seen[text] = name.span
        return tuple(seen)

    # --- the record -----------------------------------------------------------------------------

    def _merge(
        self, base: tuple[types.Field, ...], nodes: tuple[s.Field, ...], in_list: bool = False
    ) -> tuple[types.Field, ...]:
        """Return the base's fields with the new ones added, also inside what is already there."""
        fields = {field.name: field for field in base}
        first: dict[str, Span] = {}
        for node in nodes:
            name = node.name.text
            if name == "waivers":
                self.problems.add(messages.reserved_field(name), node.name.span)
            if name in first:
                label = (Label("first declared here", first[name]),)
                self.problems.add(messages.declared_twice("field", name), node.name.span, label)
                continue
            first[name] = node.name.span
            if name in fields:
                merged = self._deepen(fields[name], node)
                if merged is None:
                    self.problems.add(messages.base_cannot_change("field", name), node.name.span)
                else:
                    fields[name] = merged
                continue
            type_ = self._type(node.type)
            self._check_modifiers(node, type_, in_list)
            if type_ is None:
                self._lose(node)
            else:
                fields[name] = types.Field(name, type_, node.key, node.adjustable)
        self._check_keys(tuple(fields.values()), nodes, in_list)
        return tuple(fields.values())

    def _deepen(self, base: types.Field, node: s.Field) -> types.Field | None:
        """Return a base's group, table or list with more fields; None when it is another type."""
        if node.key or node.adjustable:
            return None
        match base.type, node.type:
            case types.Group(fields), s.Group(inner):
                return attrs.evolve(base, type=types.Group(self._merge(fields, inner)))
            case types.Table(over, fields), s.Table(name, inner) if over.name == name.text:
                return attrs.evolve(base, type=types.Table(over, self._merge(fields, inner)))
            case types.List(entry, fields), s.List(name, inner) if entry == name.text:
                return attrs.evolve(base, type=types.List(entry, self._merge(fields, inner, True)))
            case _:
                return None

    def _type(self, node: s.Type) -> types.Type | None:
        match node:
            case s.NamedType(name):
                return self._named_type(name, node.span)
            case s.AttestationType(role, within):
                if role.text not in self.names.roles:
                    self._unknown_type("role", role.text, self.names.roles, role.span)
                return types.Attestation(role.text, within.value if within else None)
            case s.Group(fields):
                return types.Group(self._merge((), fields))
            case s.Table(over, fields):
                inner = self._merge((), fields)
                set_ = self.names.sets.get(over.text)
                if set_ is None:
                    self._unknown_type("set", over.text, self.names.sets, over.span)
                    self._losses = self._losses.with_names([over.text])
                    return None
                return types.Table(set_, inner)
            case s.List(entry, fields):
                self._declare("entry", entry)
                return types.List(entry.text, self._merge((), fields, True))

    def _named_type(self, name: str, span: Span) -> types.Type | None:
        match name:
            case "text":
                return types.Text()
            case "number":
                return types.Number()
            case "bool":
                return types.Bool()
            case "date" | "past date":
                return types.Date(past=name != "date")
            case "estimate":
                self.problems.add(messages.not_yet("the type `estimate`"), span)
                return None
        found = self.names.scales.get(name) or self.names.sets.get(name)
        if found is None:
            self._unknown_type(
                "type", name, (*BUILT_IN, "past date", *self.names.scales, *self.names.sets), span
            )
        return found

    def _unknown_type(self, kind: str, name: str, known: Iterable[str], span: Span) -> None:
        losses = self.names.losses
        if name not in losses:
            self.problems.add(messages.unknown_type(kind, name, losses.suggestible(name, known)), span)

    def _lose(self, node: s.Field) -> None:
        """Note that a field is lost, with all that is declared in it."""
        self._losses = attrs.evolve(self._losses.with_names([node.name.text]), has_types=True)
        if isinstance(node.type, s.List):
            self._losses = self._losses.with_names([node.type.entry.text])
        if isinstance(node.type, s.Group | s.Table | s.List):
            for inner in node.type.fields:
                self._lose(inner)

    def _check_modifiers(self, node: s.Field, type_: types.Type | None, in_list: bool) -> None:
        leaf = types.Text | types.Number | types.Date | types.Scale | types.Set
        if node.key and not (in_list and (type_ is None or isinstance(type_, leaf))):
            what = "a field outside of a list" if not in_list else "such a type"
            self.problems.add(messages.misplaced_modifier("key", what), node.name.span)
        if node.adjustable and isinstance(type_, types.Group | types.Table | types.List):
            self.problems.add(
                messages.misplaced_modifier("adjustable", types.describe(type_)), node.name.span
            )

    def _check_keys(self, fields: tuple[types.Field, ...], nodes: tuple[s.Field, ...], in_list: bool) -> None:
        keys = [node for node in nodes if node.key]
        if in_list and sum(field.key for field in fields) > 1 and keys:
            self.problems.add(messages.misplaced_modifier("key", "a second field"), keys[-1].name.span)

    # --- at the end -----------------------------------------------------------------------------

    def finish(self, record_spans: dict[str, Span]) -> Names:
        """Return all names; refuse field names that clash, and circles of `widens`."""
        names = attrs.evolve(self.names, schema=types.Schema(self.fields), losses=self._losses)
        for list_ in types.lists(self.fields):
            names.entries.setdefault(list_.entry, list_)
        for field_name, span in record_spans.items():
            for kind, table in (("set", names.sets), ("entry", names.entries)):
                if field_name in table:
                    self.problems.add(
                        messages.declared_twice(f"the name of a field and {kind}", field_name), span
                    )
        for action in names.actions.values():
            widened = action.widens
            if widened is not None and widened not in names.actions and widened not in names.losses:
                known = names.losses.suggestible(widened, names.actions)
                self.problems.add(messages.unknown_action(widened, known), self._wider_spans[action.name])
        graph = {a.name: {a.widens} if a.widens else set() for a in names.actions.values()}
        circle = find_cycle(graph)
        if circle:
            message = messages.cycle("actions widen each other", circle)
            self.problems.add(message, self._wider_spans[circle[0]])
        return names


def find_cycle(graph: dict[str, set[str]]) -> list[str] | None:
    """Return the names along a circle of the graph, the first repeated at the end; or None."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return None
