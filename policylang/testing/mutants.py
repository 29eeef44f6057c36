"""Mutants: the policies that differ from one by a single small fault, made on its syntax.

An `Edit` is a fault of one statement, by kind:

- ``threshold``: one level up or down, a number by one unit of its last digit, a duration or date by one;
- ``comparison``: reversed, or with its bound taken in or left out;
- ``quantifier`` (any, every, no), ``connective`` (and, or), ``count`` (one more, one fewer);
- ``part dropped``: an operand of `and` or `or`, a filter `where`, a `not`;
- ``clause dropped``: `unless`, `until`, a name behind `overrides`;
- ``rule dropped``;
- ``effect``: forbid for permit and the reverse, a requirement made a prohibition, an effect or action less;
- ``member``: a literal of `in {…}` less; a rule or quantifier over a set that leaves one member out.

Only the policy's own file is edited, not what it extends; rules that only oblige or warn bear on no
outcome and are left alone, as are declarations, claims and examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
import operator
import re
from typing import Any, assert_never

import attrs

from policylang.language import checked as c
from policylang.language import lexical
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.formatter import format_condition, format_effect
from policylang.source import Span
from policylang.testing.steps import number_steps, sum_steps

BOUNDS = {">=": ">", ">": ">=", "<=": "<", "<": "<="}
REVERSED = {">=": "<", "<": ">=", ">": "<=", "<=": ">", "=": "!=", "!=": "="}
MIRRORED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "=": "=", "!=": "!="}
ACTING = s.Forbid | s.Permit | s.Require


@attrs.frozen
class Edit:
    """One fault: what stood there, what stands there instead ("" for nothing), and the node with it.

    The node is None where the whole statement goes.
    """

    kind: str
    before: str
    after: str
    node: Any


@attrs.frozen
class Draft:
    """An edit of one statement of a file; drafts are numbered from 1 in the order of the text."""

    number: int
    place: int  # of the statement in its file
    edit: Edit


@attrs.frozen
class Facts:
    """What the checked policy tells of the syntax."""

    levels: Mapping[Span, tuple[str, ...]]  # of each literal that is a level, those of its scale
    instances: Mapping[Span, tuple[types.Set, ...]]  # of each rule, the sets that it has instances over
    sets: Mapping[str, tuple[str, ...]]
    values: frozenset[str]  # names that, written bare, are no level or member


def drafts(file: s.File, policy: c.CheckedPolicy) -> list[Draft]:
    """Return every edit of a file's own statements; ``policy`` is the file checked."""
    editor = _Editor(facts(file, policy))
    edits = ((place, e) for place, node in enumerate(file.statements) for e in editor.statement(node))
    return [Draft(number, place, edit) for number, (place, edit) in enumerate(edits, start=1)]


def edited(file: s.File, draft: Draft) -> s.File:
    """Return the file with one edit; what overrides a rule that goes no longer does."""
    before = file.statements[draft.place]
    statements = list(file.statements)
    if draft.edit.node is not None:
        statements[draft.place] = draft.edit.node
    else:
        del statements[draft.place]
        if isinstance(before, s.Rule) and before.name is not None:
            statements = [_without_override(node, before.name.text) for node in statements]
    return attrs.evolve(file, statements=tuple(statements))


def _without_override(node: s.Statement, name: str) -> s.Statement:
    if not isinstance(node, s.Rule):
        return node
    clauses: list[s.Clause] = []
    for clause in node.clauses:
        if isinstance(clause, s.Overrides):
            rules = tuple(rule for rule in clause.rules if rule.text != name)
            clauses += [attrs.evolve(clause, rules=rules)] if rules else []
        else:
            clauses.append(clause)
    return attrs.evolve(node, clauses=tuple(clauses))


# --- what the checked policy tells --------------------------------------------------------------


def facts(file: s.File, policy: c.CheckedPolicy) -> Facts:
    """Return the facts that edits need, looked up by the places of the text."""
    levels: dict[Span, tuple[str, ...]] = {}
    parts: list[c.Condition | None] = []
    for rule in policy.rules:
        parts += [rule.condition, rule.unless, rule.until, *(effect.condition for effect in rule.effects)]
    for node in c.each(part for part in parts if part is not None):
        for term in c.terms(node):
            if isinstance(term, c.Constant) and isinstance(term.type, types.Scale):
                levels[term.span] = term.type.levels
    sets = {over.name: over.members for rule in policy.rules for over in _sets_of(rule)}
    declared = [node.name.text for node in file.statements if isinstance(node, s.Define | s.Grade | s.Set)]
    values = frozenset([*_field_names(policy.schema.fields), *declared, *sets])
    return Facts(levels, {rule.span: rule.sets for rule in policy.rules}, sets, values)


def _sets_of(rule: c.Rule) -> Iterator[types.Set]:
    yield from rule.sets
    waiting = [rule.condition, rule.unless, rule.until, *(effect.condition for effect in rule.effects)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, c.AtLeastMembers):
            yield node.over
        if node is not None:
            waiting += c.children(node)


def _field_names(fields: tuple[types.Field, ...]) -> Iterator[str]:
    for field in fields:
        yield field.name
        if isinstance(field.type, types.List):
            yield field.type.entry
        if isinstance(field.type, types.Group | types.Table | types.List):
            yield from _field_names(field.type.fields)


# --- the edits ----------------------------------------------------------------------------------


def _inside(parent: Any, field: str, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Yield the edits of a node as edits of what it is a field of."""
    for edit in edits:
        yield attrs.evolve(edit, node=attrs.evolve(parent, **{field: edit.node}))


def _each(parent: Any, field: str, edits_of: Callable[[Any], Iterable[Edit]]) -> Iterator[Edit]:
    """Yield the edits of each item of a field; an item without a node left is left out."""
    items = getattr(parent, field)
    for place, item in enumerate(items):
        for edit in edits_of(item):
            new = () if edit.node is None else (edit.node,)
            yield attrs.evolve(
                edit, node=attrs.evolve(parent, **{field: (*items[:place], *new, *items[place + 1 :])})
            )


@attrs.frozen
class _Editor:
    facts: Facts

    def statement(self, node: s.Statement) -> Iterator[Edit]:
        match node:
            case s.Rule():
                yield from self.rule(node)
            case s.Define(condition=condition) if not isinstance(condition, s.Unspecified):
                yield from _inside(node, "condition", self.condition(condition))
            case s.Grade(bounds=bounds):
                for place, (level, number) in enumerate(bounds):
                    for step in number_steps(number):
                        new = (*bounds[:place], (level, step), *bounds[place + 1 :])
                        name = level.text if isinstance(level, s.Name) else level.value
                        before, after = (f"{name} at {n.text}" for n in (number, step))
                        yield Edit("threshold", before, after, attrs.evolve(node, bounds=new))
            case _:
                return

    # --- rules ------------------------------------------------------------------------------

    def rule(self, node: s.Rule) -> Iterator[Edit]:
        acting = [effect for effect in node.effects if isinstance(effect, ACTING)]
        if not acting:
            return
        yield Edit("rule dropped", node.name.text if node.name else "the rule", "", None)
        yield from _inside(node, "condition", self.condition(node.condition))
        for over in self.facts.instances.get(node.span, ()):
            for member in over.members:
                narrowed = self.narrowed(node.condition, over.name, member)
                whole = f"every {over.name}"
                yield Edit("member", whole, f"{whole} but {member}", attrs.evolve(node, condition=narrowed))
        yield from _each(node, "effects", self.effect)
        if len(acting) > 1:
            yield from _each(node, "effects", _dropped_effect)
        yield from _each(node, "clauses", self.clause)

    def effect(self, node: s.Effect) -> Iterator[Edit]:
        if not isinstance(node, ACTING):
            return
        before = format_effect(node)
        others: list[s.Effect] = []
        match node:
            case s.Forbid(actions):
                others.append(s.Permit(actions, span=node.span))
            case s.Permit(actions) | s.Require(actions=actions):
                others.append(s.Forbid(actions, span=node.span))
            case _:
                assert_never(node)
        if len(actions) > 1:
            for action in actions:
                others.append(attrs.evolve(node, actions=tuple(a for a in actions if a is not action)))
        for other in others:
            yield Edit("effect", before, format_effect(other), other)
        if isinstance(node, s.Require):
            yield from _inside(node, "condition", self.condition(node.condition))

    def clause(self, node: s.Clause) -> Iterator[Edit]:
        match node:
            case s.Unless(condition):
                yield Edit("clause dropped", f"unless {format_condition(condition)}", "", None)
                yield from _inside(node, "condition", self.condition(condition))
            case s.Until(condition):
                yield Edit("clause dropped", f"until {format_condition(condition)}", "", None)
                yield from _inside(node, "condition", self.condition(condition))
            case s.Overrides(rules):
                for rule in rules:
                    left = tuple(other for other in rules if other is not rule)
                    fewer = attrs.evolve(node, rules=left) if left else None
                    yield Edit("clause dropped", f"overrides {rule.text}", "", fewer)
            case s.Because() | s.Cites() | s.Waivable():
                return
            case _:
                assert_never(node)

    # --- conditions -------------------------------------------------------------------------

    def condition(self, node: s.Condition) -> Iterator[Edit]:
        match node:
            case s.And(operands) | s.Or(operands):
                kind = s.Or if isinstance(node, s.And) else s.And
                yield _change("connective", node, kind(operands, span=node.span))
                for operand in operands:
                    left = tuple(other for other in operands if other is not operand)
                    fewer = left[0] if len(left) == 1 else attrs.evolve(node, operands=left)
                    yield Edit("part dropped", format_condition(operand), "", fewer)
                yield from _each(node, "operands", self.condition)
            case s.Not(operand):
                yield _change("part dropped", node, operand)
                yield from _inside(node, "operand", self.condition(operand))
            case s.Quantified():
                yield from self.quantified(node)
            case s.Comparison():
                yield from self.comparison(node)
            case s.Membership(_, literals) if len(literals) > 1:
                for literal in literals:
                    left_in = tuple(other for other in literals if other is not literal)
                    yield _change("member", node, attrs.evolve(node, literals=left_in))
            case s.Membership() | s.Presence() | s.PathCondition() | s.BoolLiteral():
                return
            case _:
                assert_never(node)

    def quantified(self, node: s.Quantified) -> Iterator[Edit]:
        for other in {"any": ("every",), "every": ("any",), "no": ("any",)}.get(node.quantifier, ()):
            yield _change("quantifier", node, attrs.evolve(node, quantifier=other))
        if node.number is not None:
            for number in (node.number - 1, node.number + 1):
                if number >= 0:
                    yield _change("count", node, attrs.evolve(node, number=number))
        for member in self.facts.sets.get(node.over.text, ()):
            where = self.unequal(node.over.text, member)
            if node.where is not None:
                where = self.narrowed(node.where, node.over.text, member)
            whole = f"every {node.over.text}"
            yield Edit("member", whole, f"{whole} but {member}", attrs.evolve(node, where=where))
        if node.where is not None:
            yield Edit(
                "part dropped", f"where ({format_condition(node.where)})", "", attrs.evolve(node, where=None)
            )
            yield from _inside(node, "where", self.condition(node.where))
        yield from _inside(node, "body", self.condition(node.body))

    def narrowed(self, condition: s.Condition, over: str, member: str) -> s.Condition:
        """Return a condition that holds for the same members but one."""
        operands = condition.operands if isinstance(condition, s.And) else (condition,)
        return s.And((self.unequal(over, member), *operands), span=condition.span)

    def unequal(self, over: str, member: str) -> s.Condition:
        at_hand = s.Sum((("+", s.Term(s.Path((s.Step(over),)))),))
        return s.Comparison("!=", at_hand, s.Sum((("+", s.Term(self.lone(member))),)))

    def lone(self, name: str) -> s.Path | s.String:
        """Return a level or member as it stands alone on a side of a comparison."""
        if re.fullmatch(lexical.NAME, name) and name not in self.facts.values:
            return s.Path((s.Step(name),))
        return s.String(name)

    # --- comparisons ------------------------------------------------------------------------

    def comparison(self, node: s.Comparison) -> Iterator[Edit]:
        for levels_on_the_left in (False, True):
            atom = _alone(node.left if levels_on_the_left else node.right)
            levels = None if atom is None else self.facts.levels.get(atom.span)
            if atom is not None and levels is not None:
                yield from self.level_comparison(node, levels, atom, levels_on_the_left)
                return
        others = [attrs.evolve(node, op=op) for op in (BOUNDS.get(node.op), REVERSED[node.op]) if op]
        for other in others:
            yield _change("comparison", node, other)
        others = [attrs.evolve(node, left=new) for new in sum_steps(node.left)]
        others += [attrs.evolve(node, right=new) for new in sum_steps(node.right)]
        for other in others:
            yield _change("threshold", node, other)

    def level_comparison(
        self, node: s.Comparison, levels: tuple[str, ...], atom: s.Path | s.String, on_the_left: bool
    ) -> Iterator[Edit]:
        """Yield what compares with another level or in another way, each meaning once.

        `> High` is `>= Critical`: only where there is no next level does the bound itself change.
        """
        op = MIRRORED[node.op] if on_the_left else node.op
        rank = levels.index(atom.steps[0].text if isinstance(atom, s.Path) else atom.value)
        seen = {satisfying(op, rank, len(levels))}
        others = [other for other in (BOUNDS.get(op), REVERSED[op]) if other]
        for other, place in [(op, rank + 1), (op, rank - 1), *((other, rank) for other in others)]:
            ranks = satisfying(other, place, len(levels))
            if not 0 <= place < len(levels) or ranks in seen:
                continue
            seen.add(ranks)
            level = s.Sum((("+", s.Term(atom if place == rank else self.lone(levels[place]))),))
            if on_the_left:
                new = attrs.evolve(node, left=level, op=MIRRORED[other])
            else:
                new = attrs.evolve(node, right=level, op=other)
            yield _change("comparison" if place == rank else "threshold", node, new)


def _change(kind: str, before: s.Condition, after: s.Condition) -> Edit:
    return Edit(kind, format_condition(before), format_condition(after), after)


def _dropped_effect(node: s.Effect) -> Iterator[Edit]:
    if isinstance(node, ACTING):
        yield Edit("effect", format_effect(node), "", None)


def _alone(side: s.Sum) -> s.Path | s.String | None:
    """Return the name or string that a side consists of, None when it is anything else."""
    if len(side.terms) == 1 and side.terms[0][1].coefficient is None:
        atom = side.terms[0][1].atom
        if isinstance(atom, s.String) or (isinstance(atom, s.Path) and len(atom.steps) == 1):
            return atom
    return None


COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
    "!=": operator.ne,
}


def satisfying(op: str, rank: int, count: int) -> frozenset[int]:
    """Return the ranks of a scale of so many levels that compare so with one."""
    return frozenset(x for x in range(count) if COMPARED[op](x, rank))
