"""The grammar of sections 1 to 3 of the language: the only module that imports pyparsing.

It reads *prepared* text: comments are blanked, so that offsets stay, and statements come in chunks
(see `parser`). Parse actions build nodes and do nothing else. Spans are taken from the offsets at
which tokens stand; a closing bracket leaves its end as a `Mark`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
import math
import re
from typing import Any

import attrs
import pyparsing as pp

from policylang.language import syntax as s
from policylang.language.lexical import (
    DATE,
    DIGITS,
    DURATION,
    END_OF_WORD,
    MAX_DIGITS,
    NAME,
    NUMBER,
    PATH_GOES_ON,
    STATEMENT_WORDS,
    STEP,
    STRING,
    UNIT,
    WORD,
    Chunk,
    Mark,
    number_value,
    string_value,
)
from policylang.source import Span
from policylang.values import Duration


class Unacceptable(pp.ParseFatalException):
    """A token of the right shape that says nothing: an impossible date, an infinite number."""


# --- tokens -------------------------------------------------------------------------------------

Action = Callable[[str, int, Any], Any]


def token(pattern: str, name: str, build: Callable[[str, Span], Any]) -> pp.ParserElement:
    """Return an element for one regular expression, which builds from its text and span."""

    def action(text: Any, start: int, tokens: Any) -> Any:
        return build(tokens[0], text.span(start, start + len(tokens[0])))

    return pp.Regex(pattern).set_parse_action(action).set_name(name)


def word(*texts: str) -> pp.ParserElement:
    """Return an element for words of the grammar where they are asked for, kept as a Mark."""
    alternatives = "|".join(r"\s+".join(text.split()) for text in texts)
    shown = " or ".join(f"`{text}`" for text in texts)
    return token(rf"(?:{alternatives}){END_OF_WORD}", shown, lambda t, p: Mark(" ".join(t.split()), p))


def sign(pattern: str, name: str) -> pp.ParserElement:
    return token(pattern, name, Mark)


def quiet(pattern: str) -> pp.ParserElement:
    """Return an element for a sign that leaves nothing behind."""
    return pp.Regex(pattern).suppress().set_name(f"`{pattern.replace(chr(92), '')}`")


def fatal(text: Any, start: int, what: str) -> Unacceptable:
    return Unacceptable(text, start, what)


def build_number(text: Any, start: int, tokens: Any) -> s.Number:
    written = tokens[0]
    exponent = re.search(r"[eE][+-]?([0-9]+)", written)
    value = math.inf if exponent and len(exponent[1]) > MAX_DIGITS else number_value(written)
    if not math.isfinite(value):
        raise fatal(text, start, "number")
    shown = re.sub(r"\s+", "", written)
    return s.Number(value + 0.0, shown, span=text.span(start, start + len(written)))


def build_count(text: Any, start: int, tokens: Any) -> Mark:
    if len(tokens[0]) > MAX_DIGITS:
        raise fatal(text, start, "number")
    return Mark(tokens[0].replace("_", ""), text.span(start, start + len(tokens[0])))


def build_date(text: Any, start: int, tokens: Any) -> s.DateLiteral:
    written = tokens[0]
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
            raise ValueError
        value = date.fromisoformat(written)
    except ValueError:
        raise fatal(text, start, "date") from None
    return s.DateLiteral(value, span=text.span(start, start + len(written)))


def build_duration(text: Any, start: int, tokens: Any) -> s.DurationLiteral:
    found = re.fullmatch(DURATION, tokens[0])
    assert found is not None
    if len(found[1]) > MAX_DIGITS:
        raise fatal(text, start, "number")
    duration = Duration(int(found[1].replace("_", "")), found[2])
    return s.DurationLiteral(duration, span=text.span(start, start + len(tokens[0])))


def build_string(text: Any, start: int, tokens: Any) -> s.String:
    try:
        value = string_value(tokens[0])
    except ValueError:
        raise fatal(text, start, "string") from None
    return s.String(value, span=text.span(start, start + len(tokens[0])))


def build_path(text: Any, start: int, tokens: Any) -> s.Path:
    written = tokens[0]
    pieces = STEP.findall(written)
    try:
        steps = tuple(s.Step(string_value(p), True) if p[0] == '"' else s.Step(p) for p in pieces)
    except ValueError:
        raise fatal(text, start, "string") from None
    return s.Path(steps, span=text.span(start, start + len(written)))


name = token(NAME, "a name", lambda t, p: s.Name(t, span=p))
plain_word = token(WORD, "a field name", lambda t, p: s.Name(t, span=p))
number = pp.Regex(rf"-\s*{NUMBER}|{NUMBER}").set_parse_action(build_number).set_name("a number")
plain_number = pp.Regex(NUMBER).set_parse_action(build_number).set_name("a number")
count = (
    pp.Regex(rf"{DIGITS}(?![A-Za-z0-9_.%]|\s+{UNIT})")
    .set_parse_action(build_count)
    .set_name("a whole number")
)
date_literal = pp.Regex(DATE).set_parse_action(build_date).set_name("a date")
duration = pp.Regex(DURATION).set_parse_action(build_duration).set_name("a duration such as `90 days`")
string = pp.Regex(STRING).set_parse_action(build_string).set_name("a string")
truth = token(
    rf"(?:true|false){END_OF_WORD}", "`true` or `false`", lambda t, p: s.BoolLiteral(t == "true", span=p)
)
path = pp.Regex(rf"{NAME}(?:\s*\.\s*(?:{WORD}|{STRING}))*").set_parse_action(build_path).set_name("a path")

opening, closing = sign(r"\(", "`(`"), sign(r"\)", "`)`")
brace, end_brace = sign(r"\{", "`{`"), sign(r"\}", "`}`")
bracket, end_bracket = sign(r"\[", "`[`"), sign(r"\]", "`]`")
comma, colon, dot, equals = (
    quiet(","),
    quiet(":"),
    quiet(r"\."),
    pp.Regex("==?(?!=)").suppress().set_name("`=`"),
)
arrow = pp.Regex("->|\N{RIGHTWARDS ARROW}").suppress().set_name("`->`")
less = pp.Regex("<(?!=)").suppress().set_name("`<`")

SIGNS = {
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{NOT EQUAL TO}": "!=",
    "==": "=",
}
comparator = token(
    ">=|<=|!=|==|[><=\u2265\u2264\u2260]", "a comparison such as `>=`", lambda t, p: Mark(SIGNS.get(t, t), p)
)
plus_minus = token(r"[+](?!\+)|-(?!>)", "`+` or `-`", Mark)


def node(build: Callable[..., Any]) -> Action:
    """Return a parse action that spans from the first token to the last and builds from them all."""

    def action(text: Any, start: int, tokens: Any) -> Any:
        parts = tokens.as_list()
        return build([inner(part) for part in parts], parts[0].span.to(parts[-1].span))

    return action


@attrs.frozen(slots=True)
class Bracketed:
    """A condition in brackets, which belong to what it is a part of and not to itself."""

    condition: Any
    span: Span


def inner(part: Any) -> Any:
    """Return a part of a node without the brackets around it."""
    return part.condition if isinstance(part, Bracketed) else part


def listed(element: pp.ParserElement, separator: pp.ParserElement) -> pp.ParserElement:
    """Return one or more of an element; after a separator there must be another."""
    return element + pp.ZeroOrMore(separator - element)


def only(parts: list[Any], *kinds: type) -> tuple[Any, ...]:
    return tuple(p for p in parts if isinstance(p, kinds))


def first(parts: list[Any], *kinds: type) -> Any:
    return next((p for p in parts if isinstance(p, kinds)), None)


def after(parts: list[Any], *words: str) -> Any:
    """Return what stands behind one of these words, None when the word is absent."""
    for mark, item in pairwise(parts):
        if isinstance(mark, Mark) and mark.text in words:
            return item
    return None


# --- terms and conditions -----------------------------------------------------------------------

condition = pp.Forward()
condition.set_name("a condition")

today = token(rf"today{END_OF_WORD}", "`today`", lambda t, p: s.Today(span=p))
bound = (
    (word("upper", "lower") - opening - path - comma - number - closing)
    | (word("point") - opening - path - closing)
).set_parse_action(node(lambda p, at: s.Bound(p[0].text, first(p, s.Path), first(p, s.Number), span=at)))
bound.set_name("a bound")
plain_atom = path | plain_number | string | truth | today | bound
plain_atom.set_name("a value")
scaled = (
    pp.Regex(r"-\s*" + NUMBER + r"|" + NUMBER).set_parse_action(build_number)
    + pp.Opt(pp.Regex(r"\*").suppress() - plain_atom.set_name("a value"))
).set_parse_action(node(lambda p, at: s.Term(p[1], p[0], span=at) if len(p) == 2 else s.Term(p[0], span=at)))
scaled.set_name("a value")
term = (
    (path | date_literal | duration | string | truth | today | bound).set_parse_action(
        lambda tokens: s.Term(tokens[0], span=tokens[0].span)
    )
    | scaled
).set_name("a value")


def build_sum(parts: list[Any], at: Span) -> s.Sum:
    terms = [("+", parts[0])] + [(op.text, t) for op, t in zip(parts[1::2], parts[2::2], strict=True)]
    return s.Sum(tuple(terms), span=at)


total = (term + pp.ZeroOrMore(plus_minus - term)).set_parse_action(node(build_sum)).set_name("a value")

level = (name | string).set_name("a level or member")
literal = (truth | date_literal | duration | number | string | name).set_name("a literal")


@attrs.frozen(slots=True)
class Tail:
    """What follows a sum in a comparison."""

    kind: str
    parts: tuple[Any, ...]
    span: Span


def tail(kind: str) -> Action:
    return node(lambda p, at: Tail(kind, tuple(p), at))


comparison_tail = (
    (comparator - total).set_parse_action(tail("compare"))
    | (word("in") - brace - listed(literal, comma) - end_brace).set_parse_action(tail("in"))
    | (word("is") - word("missing", "known")).set_parse_action(tail("is"))
)
comparison_tail.set_name("a comparison such as `>=`")


def build_comparison(text: Any, start: int, tokens: Any) -> Any:
    left: s.Sum = tokens[0]
    found: Tail | None = tokens[1] if len(tokens) > 1 else None
    atom = left.terms[0][1].atom if len(left.terms) == 1 and left.terms[0][1].coefficient is None else None
    if found is None or found.kind == "is":
        if isinstance(atom, s.Path):
            if found is None:
                return s.PathCondition(atom, span=atom.span)
            return s.Presence(atom, found.parts[1].text == "missing", span=atom.span.to(found.span))
        if found is None and isinstance(atom, s.BoolLiteral):
            return atom
        behind = start if found else offset_behind(text, left)
        raise fatal(text, behind, "path" if found else "comparison")
    at = left.span.to(found.span)
    if found.kind == "compare":
        return s.Comparison(found.parts[0].text, left, found.parts[1], span=at)
    return s.Membership(left, found.parts[2:-1], span=at)


def offset_behind(text: Any, node: s.Node) -> int:
    """Return the chunk's offset of what follows a node."""
    offset = int(text.source.line_starts[node.span.end_line - 1]) + node.span.end_column - 1 - int(text.base)
    return offset + len(text[offset:]) - len(text[offset:].lstrip())


comparison = (total + pp.Opt(comparison_tail)).set_parse_action(build_comparison)
comparison.set_name("a condition")

quantifier = word("any", "every", "no") | (
    word("at least", "at most", "exactly", "fewer than", "more than") - count
)
quantifier.set_name("a quantifier")


def build_quantified(parts: list[Any], at: Span) -> s.Quantified:
    conditions = only(parts, *CONDITIONS)
    number = int(parts[1].text) if isinstance(parts[1], Mark) else None
    where = conditions[0] if len(conditions) == 2 else None
    return s.Quantified(parts[0].text, number, first(parts, s.Name), where, conditions[-1], span=at)


quantified = (
    quantifier - name - pp.Opt(word("where") - opening - condition - closing) - opening - condition - closing
).set_parse_action(node(build_quantified))
quantified.set_name("a condition")
CONDITIONS = (
    s.And,
    s.Or,
    s.Not,
    s.Quantified,
    s.Comparison,
    s.Membership,
    s.Presence,
    s.PathCondition,
    s.BoolLiteral,
)

parenthesised = (opening - condition - closing).set_parse_action(node(lambda p, at: Bracketed(p[1], at)))
parenthesised.set_name("a condition")
unary = pp.Forward()
unary.set_name("a condition")


def build_unary(text: Any, start: int, tokens: Any) -> Any:
    result = tokens[-1]
    for mark in reversed(tokens[:-1]):
        result = s.Not(inner(result), span=mark.span.to(result.span))
    return result


negation = pp.OneOrMore(word("not"))
operand = (quantified | parenthesised | comparison).set_name("a condition")
unary <<= (negation - operand | operand).set_parse_action(build_unary).set_name("a condition")

connective = word("and", "or")


def build_condition(text: Any, start: int, tokens: Any) -> Any:
    parts = tokens.as_list()
    if len(parts) == 1:
        return parts[0]
    kind = parts[1].text
    for mark in parts[3::2]:
        if mark.text != kind:
            raise fatal(text, offset_in(text, mark.span), "mixed")
    build = s.And if kind == "and" else s.Or
    return build(tuple(map(inner, parts[::2])), span=parts[0].span.to(parts[-1].span))


def offset_in(text: Any, span: Span) -> int:
    return int(text.source.line_starts[span.line - 1]) + span.column - 1 - int(text.base)


condition <<= (
    (unary + pp.ZeroOrMore(connective - unary)).set_parse_action(build_condition).set_name("a condition")
)

# --- declarations -------------------------------------------------------------------------------

HEADER_CLAUSE = (
    rf"(?:title|version|source|effective){END_OF_WORD}(?!{PATH_GOES_ON})|{NAME}{END_OF_WORD}(?=\s*[\"0-9])"
)


def build_header_clause(text: Any, start: int, tokens: Any) -> Mark:
    if tokens[0] not in ("title", "version", "source", "effective"):
        raise fatal(text, start, "header")
    return Mark(tokens[0], text.span(start, start + len(tokens[0])))


header = (
    word("policy")
    - name
    - pp.ZeroOrMore(
        pp.Group(
            pp.Regex(HEADER_CLAUSE).set_parse_action(build_header_clause).set_name("a clause such as `title`")
            - (string | date_literal).set_name("a string or a date")
        )
    )
).set_parse_action(
    lambda text, start, tokens: s.Header(
        tokens[1],
        tuple((clause[0].text, clause[1]) for clause in tokens[2:]),
        span=tokens[0].span.to((tokens[-1][1] if len(tokens) > 2 else tokens[1]).span),
    )
)
extends = (
    word("extends", "strengthens") - (name | string).set_name("a policy's name or path")
).set_parse_action(node(lambda p, at: s.Extends(p[1], p[0].text == "strengthens", span=at)))
extends.set_name("a statement")
scale = (word("scale") - name - colon - level - less - listed(level, less)).set_parse_action(
    node(lambda p, at: s.Scale(p[1], tuple(p[2:]), span=at))
)
set_ = (word("set") - name - colon - listed(level, comma)).set_parse_action(
    node(lambda p, at: s.Set(p[1], tuple(p[2:]), span=at))
)
role = (token(rf"role(?=\s+{NAME}){END_OF_WORD}", "`role`", Mark) + listed(name, comma)).set_parse_action(
    node(lambda p, at: s.Role(tuple(p[1:]), span=at))
)

field = pp.Forward()
field.set_name("a field")
fields = brace - pp.ZeroOrMore(field) - end_brace
not_a_field = r"(?!\s*:)"
attestation = (
    token(rf"attestation{END_OF_WORD}", "`attestation`", Mark)
    - word("by")
    - name
    - pp.Opt(word("within") - duration)
).set_parse_action(node(lambda p, at: s.AttestationType(p[2], first(p, s.DurationLiteral), span=at)))
table = (token(rf"per(?=\s+{NAME}\s*\{{)", "`per`", Mark) - name - fields).set_parse_action(
    node(lambda p, at: s.Table(p[1], only(p, s.Field), span=at))
)
list_ = (token(r"list(?=\s+of\b(?!\s*:))", "`list`", Mark) - word("of") - name - fields).set_parse_action(
    node(lambda p, at: s.List(p[2], only(p, s.Field), span=at))
)
group = fields.copy().set_parse_action(node(lambda p, at: s.Group(only(p, s.Field), span=at)))
named_type = token(
    rf"past\s+date{END_OF_WORD}{not_a_field}|{NAME}",
    "a type",
    lambda t, p: s.NamedType(" ".join(t.split()), span=p),
)
field_type = (table | list_ | group | attestation | named_type).set_name("a type")
key_mark = token(rf"key{END_OF_WORD}{not_a_field}", "`key`", Mark)
adjustable_mark = token(rf"adjustable{END_OF_WORD}{not_a_field}", "`adjustable`", Mark)
field <<= (
    plain_word - colon - field_type - pp.Opt(key_mark) - pp.Opt(adjustable_mark) - pp.Opt(comma)
).set_parse_action(
    node(
        lambda p, at: s.Field(
            p[0],
            p[1],
            any(m.text == "key" for m in p[2:]),
            any(m.text == "adjustable" for m in p[2:]),
            span=at,
        )
    )
)
record = (token(r"record(?=\s*\{)", "`record`", Mark) - fields).set_parse_action(
    node(lambda p, at: s.Record(only(p, s.Field), span=at))
)
default = word("permitted unless forbidden", "forbidden unless permitted")
action = (
    word("action") - listed(name, comma) - pp.Opt(word("widens") - name) - colon - default
).set_parse_action(
    node(
        lambda p, at: s.Action(
            tuple(n for n in only(p, s.Name) if n is not after(p, "widens")),
            after(p, "widens"),
            p[-1].text.startswith("permitted"),
            span=at,
        )
    )
)
unspecified = (word("unspecified") - string).set_parse_action(
    node(lambda p, at: s.Unspecified(p[1], span=at))
)
unspecified.set_name("`unspecified`")
define = (
    word("define") - name - equals - (unspecified | condition).set_name("a condition")
).set_parse_action(node(lambda p, at: s.Define(p[1], p[2], span=at)))
grade_bound = pp.Group(level + word("at") - number)


def build_grade(text: Any, start: int, tokens: Any) -> s.Grade:
    bounds = tuple((bound[0], bound[2]) for bound in tokens[5:])
    return s.Grade(tokens[1], tokens[2], tokens[4], bounds, span=tokens[0].span.to(bounds[-1][1].span))


grade = (
    word("grade") - name - colon - name - word("from") - total - colon - listed(grade_bound, comma)
).set_parse_action(build_grade)

# --- rules --------------------------------------------------------------------------------------

actions = listed(name, word("and").suppress())
forbid = (word("forbid") - actions).set_parse_action(node(lambda p, at: s.Forbid(tuple(p[1:]), span=at)))
permit = (word("permit") - actions).set_parse_action(node(lambda p, at: s.Permit(tuple(p[1:]), span=at)))
require = (word("require") - condition - word("for") - actions).set_parse_action(
    node(lambda p, at: s.Require(p[1], tuple(p[3:]), span=at))
)
due_from = token(rf"of(?=\s+{NAME})", "`of`", Mark)
oblige = (
    word("oblige") - string - pp.Opt(word("within") - duration - pp.Opt(due_from - path))
).set_parse_action(node(lambda p, at: s.Oblige(p[1], after(p, "within"), after(p, "of"), span=at)))
warn = (word("warn") - string).set_parse_action(node(lambda p, at: s.Warn(p[1], span=at)))
effect = (forbid | require | permit | oblige | warn).set_name("an effect such as `forbid deploy`")
effect.set_name("an effect such as `forbid deploy`")

until = (word("until") - condition).set_parse_action(node(lambda p, at: s.Until(p[1], span=at)))
unless = (word("unless") - condition).set_parse_action(node(lambda p, at: s.Unless(p[1], span=at)))
overrides = (word("overrides") - listed(name, comma)).set_parse_action(
    node(lambda p, at: s.Overrides(tuple(p[1:]), span=at))
)
because = (word("because") - string).set_parse_action(node(lambda p, at: s.Because(p[1], span=at)))
cites = (word("cites") - string).set_parse_action(node(lambda p, at: s.Cites(p[1], span=at)))
waivable = (
    word("waivable")
    - word("by")
    - actions
    - pp.Opt(word("at most") - duration)
    - pp.Opt(word("except") - condition)
).set_parse_action(
    node(lambda p, at: s.Waivable(only(p, s.Name), after(p, "at most"), after(p, "except"), span=at))
)
clause = until | unless | overrides | because | cites | waivable
clause.set_name("a clause such as `because`")
rule_name = word("rule") - name - pp.Opt(string) - colon
body = condition + arrow - listed(effect, comma) - pp.ZeroOrMore(clause)


def build_rule(parts: list[Any], at: Span) -> s.Rule:
    named = isinstance(parts[0], Mark)
    head = parts[: 3 if named and isinstance(parts[2], s.String) else 2 if named else 0]
    rest = parts[len(head) :]
    effects = only(rest, s.Forbid, s.Permit, s.Require, s.Oblige, s.Warn)
    return s.Rule(
        head[1] if named else None,
        head[2] if len(head) == 3 else None,
        rest[0],
        effects,
        tuple(rest[1 + len(effects) :]),
        span=at,
    )


rule = (rule_name - body | body).set_parse_action(node(build_rule))

# --- claims and examples ------------------------------------------------------------------------

outcome = word("not permitted", "permitted", "forbidden", "undetermined")
always = (
    word("always")
    - name
    - (
        (outcome - word("when") - condition) | (word("tightens") - word("as") - path - word("rises", "falls"))
    ).set_name("an outcome or `tightens`")
)


def build_always(parts: list[Any], at: Span) -> s.AlwaysOutcome | s.AlwaysTightens:
    if parts[2].text == "tightens":
        return s.AlwaysTightens(parts[1], parts[4], parts[5].text == "rises", span=at)
    return s.AlwaysOutcome(parts[1], parts[2].text, parts[4], span=at)


always.set_parse_action(node(build_always))

json_value = pp.Forward()
json_value.set_name("a value")
json_member = pp.Group((plain_word | string).set_name("a key") - colon - json_value)
json_object = (brace - pp.Opt(listed(json_member, comma)) - end_brace).set_parse_action(
    lambda text, start, tokens: s.JsonObject(
        tuple((m[0], m[1]) for m in tokens[1:-1]), span=tokens[0].span.to(tokens[-1].span)
    )
)
json_array = (bracket - pp.Opt(listed(json_value, comma)) - end_bracket).set_parse_action(
    node(lambda p, at: s.JsonArray(tuple(p[1:-1]), span=at))
)
null = token(rf"null{END_OF_WORD}", "`null`", lambda t, p: s.Null(span=p))
json_value <<= (json_object | json_array | null | truth | date_literal | number | string | name).set_name(
    "a value"
)
given = word("given") - (string | json_object).set_name("a record or the path of one")
change = pp.Group(word("with") - path - equals - literal)
expectation = pp.Group(name - word("permitted", "forbidden", "undetermined"))


def build_example(text: Any, start: int, tokens: Any) -> s.Example:
    parts = tokens.as_list()
    groups = [p for p in parts if isinstance(p, list)]
    return s.Example(
        parts[1],
        after(parts, "given"),
        tuple((g[1], g[2]) for g in groups if isinstance(g[0], Mark)),
        after(parts, "on"),
        tuple((g[0], g[1].text) for g in groups if isinstance(g[0], s.Name)),
        span=parts[0].span.to(parts[-1].span),
    )


example = (
    word("example")
    - string
    - brace
    - given
    - pp.ZeroOrMore(change)
    - pp.Opt(word("on") - date_literal)
    - word("expect")
    - listed(expectation, comma)
    - end_brace
).set_parse_action(build_example)

keyword_statement = header | extends | scale | set_ | action | define | grade | always | example
# The cheap look at the first word keeps a rule from being tried as each kind of statement.
statement = (
    pp.Regex(rf"(?=(?:{'|'.join(w for w in STATEMENT_WORDS if w != 'rule')}){END_OF_WORD})").suppress()
    + keyword_statement
    | pp.Regex(rf"(?=role\s+{NAME}|record\s*\{{)").suppress() + (role | record)
    | rule
).set_name("a statement")
statements = pp.ZeroOrMore(statement) + pp.StringEnd().set_name("a statement")
statements.parse_with_tabs()
statement.parse_with_tabs()


@attrs.frozen(slots=True)
class Failure:
    """Where a chunk stops being grammatical, and what was expected there."""

    start: int  # of the statement that fails
    offset: int
    expected: str
    is_fatal: bool  # the token was found and says nothing: ``expected`` tells its kind


def parse_statements(chunk: Chunk) -> list[s.Node] | Failure:
    """Return all statements of the chunk, or why the first that fails does not parse."""
    try:
        return list(statements.parse_string(chunk))
    except pp.ParseBaseException as error:
        return _failure(chunk, getattr(error, "statement_start", error.loc))


def _failure(chunk: Chunk, start: int) -> Failure:
    """Return why the statement that starts here does not parse."""
    rest = chunk.part(start, len(chunk))
    try:
        statement.parse_string(rest)
    except pp.ParseBaseException as error:
        kind = error.msg.removeprefix("Expected ")
        return Failure(start, start + error.loc, kind, kind == error.msg)
    raise AssertionError("a statement that fails among others fails alone")


def _mark_statement(text: str, start: int, element: pp.ParserElement, error: Exception) -> None:
    error.statement_start = start  # type: ignore[attr-defined]


statement.set_fail_action(_mark_statement)
