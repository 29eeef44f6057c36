"""The same said otherwise: changes of a text that leave the meaning, made on its syntax."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import attrs

from policylang.language import syntax as s
from policylang.language.formatter import format_condition, format_effect, format_file


@attrs.frozen
class Rewording:
    """A change of one part of a file; what stood there and what stands there now, as text."""

    kind: str
    before: str
    after: str
    file: s.File


def rewordings(file: s.File, random: Random) -> Iterator[Rewording]:
    """Yield changes of a file that leave its meaning, the plainest first."""
    yield Rewording("layout", "", "", attrs.evolve(file, comments=()))
    yield Rewording("order", "", "", reordered(file, random))
    told = attrs.evolve(file, header=None, statements=tuple(_untold(file.statements)))
    if told != file:
        yield Rewording("what is only told", "", "", told)
    conditions = {node.name.text: node.condition for node in file.statements if isinstance(node, s.Define)}
    for kind, change in (
        ("order of a part", _turned),
        ("quantifier", _quantified),
        ("define written out", lambda node: _written_out(node, conditions)),
    ):
        for place, statement in enumerate(file.statements):
            for before, after, node in _each(statement, change):
                statements = (*file.statements[:place], node, *file.statements[place + 1 :])
                changed = attrs.evolve(file, statements=statements)
                yield Rewording(kind, _text(before), _text(after), changed)


def _text(node: s.Node) -> str:
    match node:
        case s.Rule():
            return format_file(s.File(None, (node,))).rstrip()
        case s.Forbid() | s.Permit() | s.Require():
            return format_effect(node)
        case _:
            return format_condition(node)  # type: ignore[arg-type]  # nothing else is changed


def _each(node: s.Node, change: Callable[[s.Node], Any]) -> Iterator[tuple[s.Node, s.Node, Any]]:
    """Yield a node with one part changed, for each part that can be: the part, its new form, the whole."""
    new = change(node)
    if new is not None:
        yield node, new, new
    for name in attrs.fields_dict(type(node)):
        if name != "span":
            for before, after, value in _each_within(getattr(node, name), change):
                yield before, after, attrs.evolve(node, **{name: value})


def _each_within(value: Any, change: Callable[[s.Node], Any]) -> Iterator[tuple[s.Node, s.Node, Any]]:
    if isinstance(value, s.Node):
        yield from _each(value, change)
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            for before, after, new in _each_within(item, change):
                yield before, after, (*value[:place], new, *value[place + 1 :])


# --- order --------------------------------------------------------------------------------------


def reordered(file: s.File, random: Random) -> s.File:
    """Return a file with statements, clauses and operands in another order."""
    statements = [_shuffled(node, random) for node in file.statements]
    random.shuffle(statements)
    return attrs.evolve(file, statements=tuple(statements))


def _shuffled(node: Any, random: Random) -> Any:
    """Return syntax with clauses, operands and the terms of sums of numbers in another order."""
    if isinstance(node, tuple):
        return tuple(_shuffled(item, random) for item in node)
    if not isinstance(node, s.Node):
        return node
    changes = {
        field.name: _shuffled(getattr(node, field.name), random)
        for field in attrs.fields(type(node))
        if field.name != "span"
    }
    match node:
        case s.And() | s.Or():
            changes["operands"] = _any_order(changes["operands"], random)
        case s.Rule():
            changes["clauses"] = _any_order(changes["clauses"], random)
        case s.Sum(terms) if not any(isinstance(term.atom, s.DurationLiteral) for _, term in terms):
            added = [pair for pair in changes["terms"] if pair[0] == "+"]
            taken = [pair for pair in changes["terms"] if pair[0] != "+"]
            changes["terms"] = (*_any_order(added, random), *taken)
        case _:
            pass
    return attrs.evolve(node, **changes)


def _any_order(items: Any, random: Random) -> tuple[Any, ...]:
    return tuple(random.sample(items, len(items)))


def _turned(node: s.Node) -> s.Node | None:
    """Return a part with what it joins in reverse order; None for what joins nothing."""
    match node:
        case s.And(items) | s.Or(items) if items != items[::-1]:
            return attrs.evolve(node, operands=items[::-1])
        case s.Membership(_, literals) if literals != literals[::-1]:
            return attrs.evolve(node, literals=literals[::-1])
        case s.Forbid(names) | s.Permit(names) | s.Require(actions=names) if names != names[::-1]:
            return attrs.evolve(node, actions=names[::-1])
        case s.Rule(effects=effects, clauses=clauses) if len(effects) > 1 or len(clauses) > 1:
            return attrs.evolve(node, effects=effects[::-1], clauses=clauses[::-1])
        case _:
            return None


# --- other words --------------------------------------------------------------------------------


def _quantified(node: s.Node) -> s.Node | None:
    """Return the other way to say a quantified condition; None where there is none."""
    match node:
        case s.Quantified("every", where=where, body=body):
            return attrs.evolve(node, quantifier="no", where=where, body=s.Not(body))
        case s.Quantified(where=where, body=body) if where is not None:
            parts = body.operands if isinstance(body, s.And) else (body,)
            return attrs.evolve(node, where=None, body=s.And((where, *parts)))
        case s.Quantified("more than", int() as number):
            return attrs.evolve(node, quantifier="at least", number=number + 1)
        case s.Quantified("at most", int() as number):
            return attrs.evolve(node, quantifier="fewer than", number=number + 1)
        case _:
            return None


def _written_out(node: s.Node, conditions: dict[str, s.Condition | s.Unspecified]) -> s.Node | None:
    """Return what a define says in the place of its name."""
    if not isinstance(node, s.PathCondition) or len(node.path.steps) > 1:
        return None
    condition = conditions.get(node.path.steps[0].text)
    return None if isinstance(condition, s.Unspecified) else condition


def _untold(statements: tuple[s.Statement, ...]) -> Iterator[s.Statement]:
    """Yield the statements without titles, reasons, claims and examples."""
    for node in statements:
        match node:
            case s.AlwaysOutcome() | s.AlwaysTightens() | s.Example():
                continue
            case s.Rule(clauses=clauses):
                kept = tuple(clause for clause in clauses if not isinstance(clause, s.Because | s.Cites))
                yield attrs.evolve(node, title=None, clauses=kept)
            case _:
                yield node
