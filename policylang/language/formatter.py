"""Syntax back to text, in canonical form; comments keep their places between the lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
import json
from typing import assert_never

import attrs

from policylang.language import syntax as s

WIDTH = 100


# --- conditions and terms, on one line ----------------------------------------------------------


def format_string(text: str) -> str:
    """Return a string literal that reads back as this text."""
    if "\n" in text and '"' not in text and "\\" not in text and text.replace("\n", "").isprintable():
        return f'"""{text}"""'
    return json.dumps(text, ensure_ascii=not text.replace("\n", "").isprintable())


def format_name(node: s.Name | s.String) -> str:
    return format_string(node.value) if isinstance(node, s.String) else node.text


def format_path(path: s.Path) -> str:
    return ".".join(format_string(step.text) if step.quoted else step.text for step in path.steps)


def format_literal(node: s.JsonValue | s.DurationLiteral) -> str:
    match node:
        case s.Number(text=text) | s.Name(text=text):
            return text
        case s.String(value):
            return format_string(value)
        case s.DateLiteral(value):
            return value.isoformat()
        case s.DurationLiteral(duration):
            return str(duration)
        case s.BoolLiteral(value):
            return "true" if value else "false"
        case s.Null():
            return "null"
        case s.JsonObject(members):
            inner = ", ".join(f"{format_name(key)}: {format_literal(value)}" for key, value in members)
            return f"{{{inner}}}"
        case s.JsonArray(items):
            return f"[{', '.join(format_literal(item) for item in items)}]"
        case _:
            assert_never(node)


def format_sum(node: s.Sum) -> str:
    pieces = [_term(node.terms[0][1])]
    for sign, term in node.terms[1:]:
        pieces += [sign, _term(term)]
    return " ".join(pieces)


def _term(term: s.Term) -> str:
    match term.atom:
        case s.Path():
            text = format_path(term.atom)
        case s.Today():
            text = "today"
        case s.Bound(kind, path, confidence):
            inner = format_path(path) + (f", {confidence.text}" if confidence else "")
            text = f"{kind}({inner})"
        case literal:
            text = format_literal(literal)
    return f"{term.coefficient.text} * {text}" if term.coefficient else text


def format_condition(node: s.Condition) -> str:
    """Return a condition on one line, in the author's words."""
    match node:
        case s.And(operands):
            return " and ".join(_operand(x) for x in operands)
        case s.Or(operands):
            return " or ".join(_operand(x) for x in operands)
        case s.Not(operand):
            return f"not {_operand(operand)}"
        case s.Quantified(quantifier, number, over, where, body):
            count = "" if number is None else f" {number}"
            filtered = "" if where is None else f" where ({format_condition(where)})"
            return f"{quantifier}{count} {over.text}{filtered} ({format_condition(body)})"
        case s.Comparison(op, left, right):
            return _safe(f"{format_sum(left)} {op} {format_sum(right)}")
        case s.Membership(item, literals):
            return _safe(f"{format_sum(item)} in {{{', '.join(format_literal(x) for x in literals)}}}")
        case s.Presence(path, missing):
            return f"{format_path(path)} is {'missing' if missing else 'known'}"
        case s.PathCondition(path):
            return format_path(path)
        case s.BoolLiteral(value):
            return "true" if value else "false"
        case _:
            assert_never(node)


def _safe(text: str) -> str:
    """Return a comparison; behind the last term of another rule a leading `-` would subtract."""
    return f"({text})" if text.startswith("-") else text


def _operand(node: s.Condition) -> str:
    text = format_condition(node)
    return f"({text})" if isinstance(node, s.And | s.Or) else text


# --- statements, as lines -----------------------------------------------------------------------


@attrs.frozen
class Line:
    """One line of output, and where its first token stood."""

    indent: int
    text: str
    start: tuple[int, int]

    def __str__(self) -> str:
        return "  " * self.indent + self.text


def format_file(file: s.File) -> str:
    """Return the whole text in canonical form, with every comment."""
    lines: list[Line | None] = []  # None: an empty line
    nodes: list[s.Header | s.Statement] = [file.header] if file.header else []
    nodes += file.statements
    previous: s.Header | s.Statement | None = None
    for node in nodes:
        if previous is not None and not _belong_together(previous, node):
            lines.append(None)
        lines += _statement(node)
        previous = node
    return _with_comments(lines, file.comments)


def _belong_together(a: s.Node, b: s.Node) -> bool:
    close = (s.Scale, s.Set, s.Role, s.Action, s.AlwaysOutcome, s.AlwaysTightens, s.Extends)
    if isinstance(a, s.Rule) and isinstance(b, s.Rule):
        return all(len(list(_statement(rule))) == 1 for rule in (a, b))
    declarations = (s.Scale, s.Set, s.Role)
    return isinstance(a, close) and (
        type(a) is type(b) or (isinstance(a, declarations) and isinstance(b, declarations))
    )


def _statement(node: s.Header | s.Statement) -> Iterator[Line]:
    at = node.span.start
    match node:
        case s.Header(name, clauses):
            yield Line(0, f"policy {name.text}", at)
            width = max((len(word) for word, _ in clauses), default=0)
            for word, value in clauses:
                yield Line(1, f"{word:{width}} {format_literal(value)}", _before(value))
        case s.Extends(target, strengthens):
            yield Line(0, f"{'strengthens' if strengthens else 'extends'} {format_name(target)}", at)
        case s.Scale(name, levels):
            yield Line(0, f"scale {name.text}: {' < '.join(format_name(x) for x in levels)}", at)
        case s.Set(name, members):
            yield Line(0, f"set {name.text}: {', '.join(format_name(x) for x in members)}", at)
        case s.Role(names):
            yield Line(0, f"role {_names(names)}", at)
        case s.Record(fields):
            yield Line(0, "record {", at)
            yield from _fields(fields, 1)
            yield Line(0, "}", _end(node))
        case s.Action(names, widens, permitted):
            wider = f" widens {widens.text}" if widens else ""
            default = "permitted unless forbidden" if permitted else "forbidden unless permitted"
            yield Line(0, f"action {_names(names)}{wider}: {default}", at)
        case s.Define(name, condition):
            if isinstance(condition, s.Unspecified):
                text = format_string(condition.text.value)
                yield Line(0, f"define {name.text} = unspecified {text}", at)
            else:
                yield from _headed(f"define {name.text} =", condition, "", 0, at)
        case s.Grade(name, scale, subject, bounds):
            pairs = ", ".join(f"{format_name(level)} at {number.text}" for level, number in bounds)
            yield Line(0, f"grade {name.text}: {scale.text} from {format_sum(subject)}: {pairs}", at)
        case s.Rule():
            yield from _rule(node)
        case s.AlwaysOutcome(action, outcome, condition):
            yield from _headed(f"always {action.text} {outcome} when", condition, "", 0, at)
        case s.AlwaysTightens(action, path, rises):
            way = "rises" if rises else "falls"
            yield Line(0, f"always {action.text} tightens as {format_path(path)} {way}", at)
        case s.Example():
            yield from _example(node)
        case _:
            assert_never(node)


def _before(node: s.Node) -> tuple[int, int]:
    """Return a place right before a node, where the word that leads to it stands."""
    return (node.span.line, max(1, node.span.column - 1))


def _end(node: s.Node) -> tuple[int, int]:
    return (node.span.end_line, max(1, node.span.end_column - 1))


def _names(names: tuple[s.Name, ...]) -> str:
    return ", ".join(name.text for name in names)


def _fields(fields: tuple[s.Field, ...], indent: int) -> Iterator[Line]:
    for field in fields:
        at = field.span.start
        marks = (" key" if field.key else "") + (" adjustable" if field.adjustable else "")
        match field.type:
            case s.NamedType(name):
                yield Line(indent, f"{field.name.text}: {name}{marks}", at)
            case s.AttestationType(role, within):
                limit = f" within {within.value}" if within else ""
                yield Line(indent, f"{field.name.text}: attestation by {role.text}{limit}{marks}", at)
            case s.Group(inner) | s.Table(_, inner) | s.List(_, inner):
                yield Line(indent, f"{field.name.text}: {_container(field.type)}{{", at)
                yield from _fields(inner, indent + 1)
                yield Line(indent, f"}}{marks}", _end(field.type))
            case _:
                assert_never(field.type)


def _container(type_: s.Group | s.Table | s.List) -> str:
    match type_:
        case s.Group():
            return ""
        case s.Table(over):
            return f"per {over.text} "
        case s.List(entry):
            return f"list of {entry.text} "


def _headed(head: str, condition: s.Condition, tail: str, indent: int, at: tuple[int, int]) -> Iterator[Line]:
    """Yield a head, a condition and a tail: on one line where it fits, else an operand a line."""
    text = format_condition(condition)
    one = f"{head} {text}{tail}".strip()
    if len(one) + 2 * indent <= WIDTH or not isinstance(condition, s.And | s.Or):
        if head and len(one) + 2 * indent > WIDTH:
            yield Line(indent, head, at)
            yield Line(indent + 1, text + tail, condition.span.start)
        else:
            yield Line(indent, one, at)
        return
    if head:
        yield Line(indent, head, at)
        indent += 1
    word = "and" if isinstance(condition, s.And) else "or"
    last = len(condition.operands) - 1
    for place, operand in enumerate(condition.operands):
        lead = "" if place == 0 else f"{word} "
        end = tail if place == last else ""
        start = at if place == 0 and not head else operand.span.start
        yield Line(indent, f"{lead}{_operand(operand)}{end}", start)


def _rule(node: s.Rule) -> Iterator[Line]:
    at = node.span.start
    effects = [format_effect(effect) for effect in node.effects]
    indent = 0
    if node.name:
        title = f" {format_string(node.title.value)}" if node.title else ""
        yield Line(0, f"rule {node.name.text}{title}:", at)
        indent = 1
        at = node.condition.span.start
    joined = ", ".join(effects)
    one = f"{format_condition(node.condition)} -> {joined}"
    if len(one) + 2 * indent <= WIDTH:
        yield Line(indent, one, at)
    else:
        yield from _headed("", node.condition, "", indent, at)
        lead = "-> "
        for place, (effect, text) in enumerate(zip(node.effects, effects, strict=True)):
            comma = "," if place < len(effects) - 1 else ""
            yield Line(indent + 1, f"{lead}{text}{comma}", effect.span.start)
            lead = "   "
    for clause in node.clauses:
        yield Line(1, _clause(clause), clause.span.start)


def format_effect(effect: s.Effect) -> str:
    match effect:
        case s.Forbid(actions):
            return f"forbid {_joined(actions)}"
        case s.Permit(actions):
            return f"permit {_joined(actions)}"
        case s.Require(condition, actions):
            return f"require {format_condition(condition)} for {_joined(actions)}"
        case s.Oblige(text, within, of):
            due = f" within {within.value}" if within else ""
            after = f" of {format_path(of)}" if of else ""
            return f"oblige {format_string(text.value)}{due}{after}"
        case s.Warn(text):
            return f"warn {format_string(text.value)}"


def _joined(names: tuple[s.Name, ...]) -> str:
    return " and ".join(name.text for name in names)


def _clause(clause: s.Clause) -> str:
    match clause:
        case s.Until(condition):
            return f"until {format_condition(condition)}"
        case s.Unless(condition):
            return f"unless {format_condition(condition)}"
        case s.Overrides(rules):
            return f"overrides {_names(rules)}"
        case s.Because(text):
            return f"because {format_string(text.value)}"
        case s.Cites(text):
            return f"cites {format_string(text.value)}"
        case s.Waivable(roles, at_most, exception):
            limit = f" at most {at_most.value}" if at_most else ""
            but = f" except {format_condition(exception)}" if exception else ""
            return f"waivable by {_joined(roles)}{limit}{but}"


def _example(node: s.Example) -> Iterator[Line]:
    yield Line(0, f"example {format_string(node.title.value)} {{", node.span.start)
    given = format_literal(node.given)
    if len(given) + 8 <= WIDTH or isinstance(node.given, s.String):
        yield Line(1, f"given {given}", _before(node.given))
    else:
        yield Line(1, "given {", _before(node.given))
        yield from _json_members(node.given, 2)
        yield Line(1, "}", _end(node.given))
    for path, literal in node.changes:
        yield Line(1, f"with {format_path(path)} = {format_literal(literal)}", _before(path))
    if node.on:
        yield Line(1, f"on {node.on.value.isoformat()}", _before(node.on))
    expected = ", ".join(f"{action.text} {outcome}" for action, outcome in node.expected)
    yield Line(1, f"expect {expected}", _before(node.expected[0][0]))
    yield Line(0, "}", _end(node))


def _json_members(node: s.JsonObject, indent: int) -> Iterator[Line]:
    for place, (key, value) in enumerate(node.members):
        comma = "," if place < len(node.members) - 1 else ""
        text = f"{format_name(key)}: {format_literal(value)}{comma}"
        if len(text) + 2 * indent <= WIDTH or not isinstance(value, s.JsonObject):
            yield Line(indent, text, key.span.start)
        else:
            yield Line(indent, f"{format_name(key)}: {{", key.span.start)
            yield from _json_members(value, indent + 1)
            yield Line(indent, f"}}{comma}", _end(value))


# --- comments -----------------------------------------------------------------------------------


def _with_comments(lines: list[Line | None], comments: tuple[s.Comment, ...]) -> str:
    """Return the lines with their comments.

    A comment behind code ends the line that prints that code. One on a line of its own, and a
    second one behind what became one line, stands before the next line.
    """
    starts = [line.start for line in lines if line is not None]
    behind: dict[int, s.Comment] = {}
    before: dict[int, list[s.Comment]] = {}
    for comment in comments:
        place = bisect_right(starts, comment.span.start) - 1
        if comment.own_line or place < 0 or place in behind:
            before.setdefault(place + 1, []).append(comment)
        else:
            behind[place] = comment
    result: list[str] = []
    place = 0
    for line in lines:
        if line is None:
            result.append("")
            continue
        result += ["  " * line.indent + comment.text for comment in before.get(place, ())]
        result.append(f"{line}  {behind[place].text}" if place in behind else str(line))
        place += 1
    left = [comment.text for comment in before.get(place, ())]
    result += ["", *left] if left and result else left
    return "".join(f"{text}\n" for text in result)
