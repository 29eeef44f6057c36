"""Conditions and terms: what each name is, which types meet, in which scope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

import attrs

from policylang import messages
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.names import (
    Frame,
    Names,
    Places,
    Problems,
    Scope,
    Unresolved,
    written,
    written_path,
)
from policylang.source import Span
from policylang.truth import Truth, truth_of
from policylang.values import exactly, number_of

MEANT_TRUTHS = {"yes": "true", "true": "true", "on": "true", "false": "false", "off": "false"}
MAX_CONDITION_DEPTH = 1000  # levels of a condition with its defines written out


class Resolver(Places):
    """Turns conditions as written into checked ones; notes every problem on the way."""

    def __init__(self, names: Names, problems: Problems) -> None:
        super().__init__(names, problems)
        self._defines: dict[tuple[str, Scope], c.Condition | None] = {}
        self._grades: dict[tuple[str, Scope], c.Graded | None] = {}

    # --- terms ----------------------------------------------------------------------------------

    def lone_name(self, side: s.Sum) -> s.Path | s.String | None:
        """Return the name or string that a side consists of, None when it is anything else."""
        if len(side.terms) == 1 and side.terms[0][1].coefficient is None:
            atom = side.terms[0][1].atom
            if isinstance(atom, s.String) or (isinstance(atom, s.Path) and len(atom.steps) == 1):
                return atom
        return None

    def is_value(self, path: s.Path, scope: Scope) -> bool:
        """Return whether a bare name is anything but a level or member."""
        name = path.steps[0].text
        return bool(
            self.fields_called(name, scope)
            or name in self.names.defines
            or name in self.names.grades
            or name in self.names.sets
            or name in self.names.losses
            or any(frame.entry == name for frame in scope)
        )

    def comparison_sides(self, left: s.Sum, right: s.Sum, scope: Scope) -> tuple[c.Term, c.Term]:
        """Return both sides of a comparison; levels and members take the other side's type."""
        open_sides = [self._is_open(side, scope) for side in (left, right)]
        if all(open_sides):
            return self._two_literals(left, right, scope)
        if open_sides[0]:
            other = self.term(right, scope)
            return self.literal_side(left, other.type, scope), other
        if open_sides[1]:
            other = self.term(left, scope)
            return other, self.literal_side(right, other.type, scope)
        terms: list[c.Term] = []
        failed = False
        for side in (left, right):
            try:
                terms.append(self.term(side, scope))
            except Unresolved:
                failed = True
        if failed:
            raise Unresolved
        a, b = terms
        self._refuse_level_names(left, a, b, scope)
        self._refuse_level_names(right, b, a, scope)
        return a, b

    def _refuse_level_names(self, side: s.Sum, term: c.Term, other: c.Term, scope: Scope) -> None:
        """Refuse a name of a value that is also a level or member of the other side's type."""
        name = self.lone_name(side)
        if isinstance(name, s.Path) and name.steps[0].text in self.names.levels(other.type):
            forms = [written(p) for p, _ in self.fields_called(name.steps[0].text, scope)]
            forms.append(f'"{name.steps[0].text}"')
            raise self.refuse(messages.ambiguous(name.steps[0].text, forms), term.span)

    def _is_open(self, side: s.Sum, scope: Scope) -> bool:
        name = self.lone_name(side)
        return isinstance(name, s.String) or (name is not None and not self.is_value(name, scope))

    def _two_literals(self, left: s.Sum, right: s.Sum, scope: Scope) -> tuple[c.Term, c.Term]:
        names = [self.lone_name(left), self.lone_name(right)]
        if all(isinstance(name, s.String) for name in names):
            text = types.Text()
            return self.literal_side(left, text, scope), self.literal_side(right, text, scope)
        declared: tuple[types.Type, ...] = (*self.names.scales.values(), *self.names.sets.values())
        levels = {name for type_ in declared for name in self.names.levels(type_)}
        unknown = [n for n in names if isinstance(n, s.Path) and n.steps[0].text not in levels]
        paths = unknown or [n for n in names if isinstance(n, s.Path)][:1]
        for path in paths:
            self.unknown(path, scope)
        raise Unresolved

    def literal_side(self, side: s.Sum, type_: types.Type, scope: Scope) -> c.Constant:
        """Return a lone name or string as a literal of a type."""
        name = self.lone_name(side)
        assert name is not None
        if isinstance(name, s.String):
            return self.literal(name, type_)
        text = name.steps[0].text
        if isinstance(type_, types.Bool) and text.casefold() in MEANT_TRUTHS:
            forms = [MEANT_TRUTHS[text.casefold()]]
            raise self.refuse(messages.unknown_name(text, (), None, forms), name.span)
        takes_names = isinstance(type_, types.Scale | types.Set | types.Text)
        if text not in self.names.levels(type_) and (not takes_names or self.entry_of(text, scope)):
            raise self.unknown(name, scope)
        return self.literal(s.Name(text, span=name.span), type_)

    def literal(self, node: s.Literal, type_: types.Type) -> c.Constant:
        """Return a literal's value, read against a type."""
        match node, type_:
            case ((s.Name(text) | s.String(text)), types.Scale() | types.Set()) if (
                text not in self.names.levels(type_) and text in self.names.losses.names
            ):
                raise Unresolved
            case ((s.Name(text) | s.String(text)), types.Scale(name, levels)):
                if text not in levels:
                    raise self.refuse(messages.unknown_level("level", text, name, levels), node.span)
                return c.Constant(exactly(levels.index(text)), type_, span=node.span)
            case ((s.Name(text) | s.String(text)), types.Set(name, members)):
                if text not in members:
                    raise self.refuse(messages.unknown_level("member", text, name, members), node.span)
                return c.Constant(exactly(text), type_, span=node.span)
            case s.String(text), types.Text():
                return c.Constant(exactly(text), type_, span=node.span)
            case s.Number(value), types.Number():
                return c.Constant(exactly(number_of(value)), type_, span=node.span)
            case s.DateLiteral(day), types.Date():
                return c.Constant(exactly(day), types.Date(), span=node.span)
            case s.BoolLiteral(fact), types.Bool():
                return c.Constant(exactly(fact), type_, span=node.span)
            case s.Name(text), types.Text():
                raise self.refuse(messages.quoted_only(text), node.span)
            case s.Name(text), _:
                raise self.refuse(messages.type_clash(types.describe(type_), f"`{text}`"), node.span)
            case s.DurationLiteral(), _:
                raise self.refuse(messages.bare_duration(), node.span)
            case _:
                found = {s.String: "a text", s.Number: "a number", s.DateLiteral: "a date"}
                shown = found.get(type(node), "true or false")
                raise self.refuse(messages.type_clash(types.describe(type_), shown), node.span)

    def term(self, side: s.Sum, scope: Scope) -> c.Term:
        """Return a side that stands for a value by itself."""
        first = side.terms[0][1]
        if len(side.terms) == 1 and first.coefficient is None:
            return self.atom(first.atom, scope)
        rest_is_durations = all(
            isinstance(t.atom, s.DurationLiteral) and t.coefficient is None for _, t in side.terms[1:]
        )
        if len(side.terms) > 1 and first.coefficient is None and rest_is_durations:
            return self._date_sum(side, scope)
        parts, failed = [], False
        for sign, term in side.terms:
            try:
                parts.append(self._summand(sign, term, scope))
            except Unresolved:
                failed = True
        if failed:
            raise Unresolved
        return c.Sum(tuple(parts), span=side.span)

    def _date_sum(self, side: s.Sum, scope: Scope) -> c.DateSum:
        base = self.atom(side.terms[0][1].atom, scope)
        if not isinstance(base.type, types.Date) or isinstance(base, c.DateSum):
            raise self.refuse(messages.bare_duration(), side.terms[1][1].span)
        shifts = []
        for sign, term in side.terms[1:]:
            assert isinstance(term.atom, s.DurationLiteral)
            shifts.append((1 if sign == "+" else -1, term.atom.value))
        assert isinstance(base, c.Constant | c.FieldValue | c.Today)
        return c.DateSum(base, tuple(shifts), span=side.span)

    def _summand(self, sign: str, term: s.Term, scope: Scope) -> tuple[Fraction, c.Constant | c.FieldValue]:
        if isinstance(term.atom, s.DurationLiteral):
            raise self.refuse(messages.bare_duration(), term.span)
        atom = self.atom(term.atom, scope)
        if not isinstance(atom.type, types.Number) or not isinstance(atom, c.Constant | c.FieldValue):
            if isinstance(atom.type, types.Date):
                raise self.refuse(messages.date_takes_durations(), term.span)
            raise self.refuse(messages.not_a_quantity(types.describe(atom.type)), term.span)
        coefficient = number_of(term.coefficient.value) if term.coefficient else Fraction(1)
        return coefficient if sign == "+" else -coefficient, atom

    def atom(self, atom: s.Atom, scope: Scope) -> c.Term:
        """Return an atom that stands for a value by itself."""
        match atom:
            case s.Number():
                return self.literal(atom, types.Number())
            case s.DateLiteral():
                return self.literal(atom, types.Date())
            case s.BoolLiteral():
                return self.literal(atom, types.Bool())
            case s.String():
                return self.literal(atom, types.Text())
            case s.Today():
                return c.Today(span=atom.span)
            case s.DurationLiteral():
                raise self.refuse(messages.bare_duration(), atom.span)
            case s.Bound(kind):
                raise self.refuse(messages.not_yet(f"`{kind}(…)` of an estimate"), atom.span)
            case s.Path():
                return self._path_value(atom, scope)

    def _path_value(self, path: s.Path, scope: Scope) -> c.Term:
        name = path.steps[0].text
        if len(path.steps) == 1:
            fields = self.fields_called(name, scope)
            declared = name in self.names.grades or name in self.names.sets or name in self.names.defines
            if fields and declared:
                raise self.refuse(messages.ambiguous(name, (written(p) for p, _ in fields)), path.span)
            if not fields and name in self.names.grades:
                graded = self.grade(name, scope)
                if graded is None:
                    raise Unresolved
                return attrs.evolve(graded, span=path.span)
            if not fields and name in self.names.sets:
                return c.MemberValue(c.AtHand(name), self.names.sets[name], span=path.span)
            if not fields and name in self.names.defines:
                raise self.refuse(messages.not_a_value(name, "a condition"), path.span)
            if not fields and any(frame.entry == name for frame in scope):
                raise self.refuse(messages.not_a_value(name, "an entry of a list"), path.span)
        place = self.place(path, scope)
        if isinstance(place.type, types.Group | types.Table | types.List | types.Attestation):
            shown = types.describe(place.type)
            raise self.refuse(messages.not_a_value(written_path(path), shown), path.span)
        return c.FieldValue(place.path, place.type, span=path.span)

    # --- conditions -----------------------------------------------------------------------------

    def condition(self, node: s.Condition, scope: Scope) -> c.Condition:
        """Return a checked condition; Unresolved when some part of it was refused."""
        match node:
            case s.And(operands):
                return c.And(self._operands(operands, scope), span=node.span)
            case s.Or(operands):
                return c.Or(self._operands(operands, scope), span=node.span)
            case s.Not(operand):
                return c.Not(self.condition(operand, scope), span=node.span)
            case s.BoolLiteral(value):
                return c.Fixed(truth_of(value), span=node.span)
            case s.Presence(path, missing):
                place = self.place(path, scope)
                absent = c.Missing(place.path, span=node.span)
                return absent if missing else c.Not(absent, span=node.span)
            case s.PathCondition(path):
                return self._path_condition(path, scope)
            case s.Comparison(op, left, right):
                return self._comparison(op, left, right, node.span, scope)
            case s.Membership(item, literals):
                return self._membership(item, literals, node.span, scope)
            case s.Quantified():
                return self._quantified(node, scope)

    def _operands(self, nodes: tuple[s.Condition, ...], scope: Scope) -> tuple[c.Condition, ...]:
        results, failed = [], False
        for node in nodes:
            try:
                results.append(self.condition(node, scope))
            except Unresolved:
                failed = True
        if failed:
            raise Unresolved
        return tuple(results)

    def _comparison(self, op: str, left: s.Sum, right: s.Sum, span: Span, scope: Scope) -> c.Compare:
        a, b = self.comparison_sides(left, right, scope)
        if not _comparable(a.type, b.type):
            raise self.refuse(messages.type_clash(types.describe(a.type), types.describe(b.type)), span)
        if op not in ("=", "!=") and isinstance(a.type, types.Text | types.Set | types.Bool):
            raise self.refuse(messages.no_order(types.describe(a.type)), span)
        return c.Compare(op, a, b, span=span)

    def _membership(self, item: s.Sum, literals: tuple[s.Literal, ...], span: Span, scope: Scope) -> c.OneOf:
        name = self.lone_name(item)
        if isinstance(name, s.Path) and not self.is_value(name, scope):
            raise self.unknown(name, scope)
        term = self.term(item, scope)
        values, failed = [], False
        for literal in literals:
            try:
                values.append(self.literal(literal, term.type))
            except Unresolved:
                failed = True
        if failed:
            raise Unresolved
        return c.OneOf(term, tuple(values), span=span)

    def _path_condition(self, path: s.Path, scope: Scope) -> c.Condition:
        name = path.steps[0].text
        if len(path.steps) == 1:
            fields = self.fields_called(name, scope)
            if name in self.names.defines:
                if fields:
                    forms = [written(p) for p, _ in fields]
                    raise self.refuse(messages.ambiguous(name, forms), path.span)
                body = self.define(name, scope)
                if body is None:
                    raise Unresolved
                return body
            entries = {frame.entry for frame in scope}
            kinds = (("a grade", name in self.names.grades), ("a set", name in self.names.sets))
            for what, is_one in (*kinds, ("an entry of a list", name in entries)):
                if is_one and not fields:
                    raise self.refuse(messages.not_a_condition(name, what), path.span)
        place = self.place(path, scope)
        match place.type:
            case types.Bool():
                return c.Holds(place.path, span=path.span)
            case types.Attestation(role, within):
                return c.Attested(place.path, role, within, span=path.span)
            case _:
                what = types.describe(place.type)
                raise self.refuse(messages.not_a_condition(written_path(path), what), path.span)

    def _quantified(self, node: s.Quantified, scope: Scope) -> c.Condition:
        name = node.over.text
        if name in self.names.sets:
            inner = scope
        elif name in self.names.entries:
            inner = (*scope, Frame(name, self.names.entries[name].fields))
        elif name in self.names.losses:
            raise Unresolved
        else:
            known = self.names.losses.suggestible(name, (*self.names.sets, *self.names.entries))
            raise self.refuse(messages.not_quantifiable(name, known), node.over.span)
        where_list = None if name in self.names.sets else self.list_path(node.over, scope)
        parts = (node.body,) if node.where is None else (node.where, node.body)
        bodies = self._operands(parts, inner)
        span = node.span

        def at_least(n: int, body: c.Condition) -> c.Condition:
            if where_list is None:
                return c.AtLeastMembers(n, self.names.sets[name], body, span=span)
            return c.AtLeastEntries(n, where_list, name, body, span=span)

        both = bodies[0] if len(bodies) == 1 else c.And(bodies, span=span)
        n = node.number or 0
        match node.quantifier:
            case "any":
                return at_least(1, both)
            case "no":
                return c.Not(at_least(1, both), span=span)
            case "every":
                broken: c.Condition = c.Not(bodies[-1], span=span)
                if len(bodies) == 2:
                    broken = c.And((bodies[0], broken), span=span)
                return c.Not(at_least(1, broken), span=span)
            case "at least":
                return at_least(n, both)
            case "more than":
                return at_least(n + 1, both)
            case "at most":
                return c.Not(at_least(n + 1, both), span=span)
            case "fewer than":
                return c.Not(at_least(n, both), span=span)
            case _:  # exactly
                upper = c.Not(at_least(n + 1, both), span=span)
                return c.And((at_least(n, both), upper), span=span)

    def actions(self, names: tuple[s.Name, ...]) -> tuple[str, ...]:
        """Return the names of actions, each once; refuse those that are not declared."""
        for name in names:
            if name.text not in self.names.actions and name.text not in self.names.losses:
                known = self.names.losses.suggestible(name.text, self.names.actions)
                self.problems.add(messages.unknown_action(name.text, known), name.span)
        return tuple(dict.fromkeys(name.text for name in names))

    # --- defines and grades ---------------------------------------------------------------------

    def defined(self) -> Iterator[tuple[str, Scope]]:
        """Yield the definitions that were used, each with the scope of its use."""
        yield from self._defines
        yield from self._grades

    def define(self, name: str, scope: Scope) -> c.Condition | None:
        """Return a define's condition in a scope; None when it was refused there."""
        key = (name, scope)
        if key not in self._defines:
            self._defines[key] = None
            node = self.names.defines[name]
            if isinstance(node.condition, s.Unspecified):
                self._defines[key] = c.Fixed(Truth.UNKNOWN, name, span=node.span)
            else:
                # its problem is noted; every use is refused with it.
                with suppress(Unresolved):
                    self._defines[key] = self.condition(node.condition, scope)
        return self._defines[key]

    def grade(self, name: str, scope: Scope) -> c.Graded | None:
        """Return a grade in a scope; None when it was refused there."""
        key = (name, scope)
        if key not in self._grades:
            self._grades[key] = None
            # its problem is noted; every use is refused with it.
            with suppress(Unresolved):
                self._grades[key] = self._graded(self.names.grades[name], scope)
        return self._grades[key]

    def _graded(self, node: s.Grade, scope: Scope) -> c.Graded:
        scale = self.names.scales.get(node.scale.text)
        if scale is None and node.scale.text in self.names.losses:
            raise Unresolved
        if scale is None:
            known = self.names.losses.suggestible(node.scale.text, self.names.scales)
            raise self.refuse(messages.unknown_type("scale", node.scale.text, known), node.scale.span)
        name = self.lone_name(node.subject)
        if isinstance(name, s.Path) and not self.is_value(name, scope):
            raise self.unknown(name, scope)
        subject = self.term(node.subject, scope)
        if not isinstance(subject, c.Constant | c.FieldValue | c.Sum) or not isinstance(
            subject.type, types.Number
        ):
            raise self.refuse(messages.not_a_quantity(types.describe(subject.type)), node.subject.span)
        bounds = []
        for level, number in node.bounds:
            rank = self.literal(level, scale).value.low
            bounds.append((rank, number_of(number.value), level.span))
        bounds.sort(key=lambda b: b[0])
        for i, (rank, bound, span) in enumerate(bounds):
            if rank == 0:
                raise self.refuse(messages.grade_bounds("name the lowest level"), span)
            if i and rank == bounds[i - 1][0]:
                raise self.refuse(messages.grade_bounds("name a level twice"), span)
            if i and bound <= bounds[i - 1][1]:
                raise self.refuse(messages.grade_bounds("do not rise with its levels"), span)
        pairs = tuple((bound, rank) for rank, bound, _ in bounds)
        return c.Graded(node.name.text, subject, pairs, scale, span=node.span)


def _comparable(a: types.Leaf, b: types.Leaf) -> bool:
    return type(a) is type(b) and (not isinstance(a, types.Scale | types.Set) or a == b)
