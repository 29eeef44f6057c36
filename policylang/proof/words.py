"""Values, paths and predicates in the policy's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
import json
import math
import re
import textwrap
from typing import Any

from policylang.core.record import Steps, path_text
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.values import Attestation, Entries, Present, Range, next_double


def number_text(value: Fraction | float) -> str:
    """Return a number as people write it."""
    return repr(float(value)).removesuffix(".0").replace("e+", "e")


def exact_text(value: Any, type_: types.Type) -> str:
    """Return one exact value of a type."""
    match type_:
        case types.Scale(levels=levels):
            return str(levels[value])
        case types.Number():
            return number_text(value)
        case types.Bool():
            return "true" if value else "false"
        case types.Text():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value.isoformat() if isinstance(value, date) else str(value)


# Fillers and joiners that Unicode counts among letters, accents and signs, and nobody sees.
UNSEEN_LETTERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]")


def printable(text: str) -> str:
    """Return a text of a policy or record on one line, safe for any terminal and document.

    Blanks of every kind become one blank; what cannot be seen (controls, reversals of the writing
    direction, halves of characters) becomes the replacement character.
    """
    return visible(" ".join(text.split()))


def visible(text: str) -> str:
    """Return a text in which every blank is a plain one and no character is unseen."""
    text = UNSEEN_LETTERS.sub("\N{REPLACEMENT CHARACTER}", text)
    if text.isprintable():
        return text
    blank, unseen = " ", "\N{REPLACEMENT CHARACTER}"
    return "".join(c if c.isprintable() else blank if c.isspace() else unseen for c in text)


def value_text(value: object, type_: types.Type) -> str:
    """Return what a record holds at a path, as the end of "x is …"."""
    match value:
        case None:
            return "absent"
        case Range(low, high):
            return range_text(low, high, type_)
        case Attestation(holds, by, role, on):
            return f"attested {'true' if holds else 'false'} by {by or 'nobody'} ({role}) on {on}"
        case Entries(count):
            return (
                "a list without entries" if count == 0 else f"a list of {counted(count, 'entry', 'entries')}"
            )
        case Present():
            return "present"
        case _:
            return str(value)


def range_text(low: Any, high: Any, type_: types.Type) -> str:
    """Return a range: one value, or its bounds."""
    if low == high:
        return exact_text(low, type_)
    lowest = low in (-math.inf, date.min) or (isinstance(type_, types.Scale) and low == 0)
    top = len(type_.levels) - 1 if isinstance(type_, types.Scale) else None
    highest = high in (math.inf, date.max, top)
    if lowest and highest:
        return "anything"
    if lowest:
        return _end_text(high, type_, up=True)
    if highest:
        return _end_text(low, type_, up=False)
    ends = _end_text(low, type_, up=False), _end_text(high, type_, up=True)
    if not any(end.startswith(("above", "below")) for end in ends):
        return f"from {exact_text(low, type_)} to {exact_text(high, type_)}"
    return f"{ends[0]} and {ends[1]}"


def _end_text(end: Any, type_: types.Type, up: bool) -> str:
    """Return an end of a range; the double next to a shorter one is told as above or below that."""
    if isinstance(type_, types.Number):
        beyond = next_double(float(end), up)
        if len(repr(beyond)) < len(repr(float(end))) - 2:
            return f"{'below' if up else 'above'} {number_text(beyond)}"
    if isinstance(type_, types.Date):
        return f"{exact_text(end, type_)} or {'earlier' if up else 'later'}"
    return f"at {'most' if up else 'least'} {exact_text(end, type_)}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return "1 rule", "2 rules"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


WIDTH = 100  # columns of a line on a terminal


def wrapped(line: str, width: int = WIDTH) -> list[str]:
    """Return a line as lines of a width, the further ones indented more; words stay whole."""
    indent = line[: len(line) - len(line.lstrip())]
    found = textwrap.wrap(
        line,
        width,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
        expand_tabs=False,
    )
    return found or [""]


MAX_PLACES = 6  # named in one sentence
MAX_NAMES = 64  # characters of their names


def first_names(names: list[str]) -> list[str]:
    """Return the first names, at least one, and the number of the others as the last."""
    shown = names[:MAX_PLACES]
    while len(shown) > 1 and sum(len(name) + 2 for name in shown) > MAX_NAMES:
        shown.pop()
    if len(shown) == MAX_PLACES < len(names):
        shown.pop()
    return shown if len(shown) == len(names) else [*shown, f"{len(names) - len(shown)} more"]


def places_text(places: list[str], last: str = "and") -> str:
    """Return the first places by name and the others by number."""
    return listed(first_names(places), last)


def listed(items: list[str], last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def instance_text(rule: str, members: Mapping[str, str]) -> str:
    """Return how a proof names an instance: ``deployment-gate[cbrn]``."""
    return f"{rule}[{', '.join(members.values())}]" if members else rule


def path_steps(text: str) -> Steps:
    """Return the steps of a path as `path_text` wrote it."""
    found: list[str | int] = []
    for index, quoted, name in re.findall(r'\[(\d+)\]|("(?:[^"\\]|\\.)*")|([^.\[\]"]+)', text):
        found.append(int(index) if index else json.loads(quoted) if quoted else name)
    return tuple(found)


def where_text(path: c.Path, at_hand: Mapping[str, Steps]) -> str:
    start = at_hand[path.entry] if path.entry else ()
    return path_text((*start, *path.steps))  # type: ignore[arg-type]  # a predicate's steps are names


def term_text(term: c.Term, named: Callable[[c.Path], str]) -> str:
    """Return a term, each of its paths as it is named."""
    match term:
        case c.Constant(value, type_):
            return exact_text(value.low, type_)
        case c.FieldValue(path):
            return named(path)
        case c.MemberValue(member):
            return member.over
        case c.Today():
            return "today"
        case c.Graded(name):
            return name
        case c.DateSum(base, shifts):
            moves = "".join(f" {'+' if sign > 0 else '-'} {duration}" for sign, duration in shifts)
            return term_text(base, named) + moves
        case c.Sum(parts):
            text = ""
            for k, atom in parts:
                factor = "" if abs(k) == 1 else f"{number_text(abs(k))} * "
                sign = (" - " if k < 0 else " + ") if text else ("-" if k < 0 else "")
                text += f"{sign}{factor}{term_text(atom, named)}"
            return text


def predicate_text(node: c.Condition, at_hand: Mapping[str, Steps]) -> str:
    """Return what a predicate states, without the statements below it."""

    def named(path: c.Path) -> str:
        return where_text(path, at_hand)

    match node:
        case c.Fixed(truth, unspecified):
            return f"{unspecified} (the source leaves it unspecified)" if unspecified else str(truth)
        case c.Compare(op, left, right):
            return f"{term_text(left, named)} {op} {term_text(right, named)}"
        case c.OneOf(item, values):
            inner = ", ".join(term_text(v, named) for v in values)
            return f"{term_text(item, named)} in {{{inner}}}"
        case c.Missing(path):
            return f"{where_text(path, at_hand)} is missing"
        case c.Holds(path) | c.Attested(path):
            return where_text(path, at_hand)
        case c.Not():
            return "not"
        case c.And(operands):
            return f"all of {len(operands)}"
        case c.Or(operands):
            return f"any of {len(operands)}"
        case c.AtLeast(n, operands):
            return f"at least {n} of {len(operands)}"
        case c.AtLeastEntries(n, path, entry):
            return f"at least {n} {entry} of {where_text(path, at_hand)}"
        case c.AtLeastMembers(n, over):
            return f"at least {n} {over.name}"
