"""Text to syntax: a File, or a PolicyError with every problem of the text.

The text is scanned once for what no grammar should meet: comments, strings without an end,
characters that hide text, and nesting. It is then cut before each reserved word that begins a
statement, so that one bad statement does not hide the next.
"""

from __future__ import annotations

from bisect import bisect_right
import json
import re
from typing import Any
import unicodedata

import attrs

from policylang import messages
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.language import grammar, hints, syntax
from policylang.language.grammar import Failure
from policylang.language.lexical import END_OF_WORD, NAME, NUMBER, STATEMENT_WORDS, STRING, Chunk
from policylang.language.losses import EVERYTHING, NOTHING, STATEMENT, Losses, losses_of
from policylang.messages import Message
from policylang.source import Source, Span, deep_stack

MAX_SIZE = 8 * 2**20  # bytes; ten thousand rules are about one
MAX_PARENTHESES = 100  # section 3 of the language
MAX_DEPTH = 300  # brackets and `not`s together
MAX_ERRORS = 100
MAX_INDENT = 1000

# Characters that a reader does not see as they are read: other line ends, and those that reverse
# the direction of text (the "Trojan Source" ones).
HIDING = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
BLANKS = "\u00a0\u2000-\u200a\u202f\u205f\u3000"  # they look like blanks and are read so
LEXEMES = re.compile(
    rf"""(?P<string>{STRING})
    |(?P<comment>\#[^\n\r]*)
    |(?P<unclosed>\"\"\"[\s\S]*|"[^\n\r]*)
    |(?P<hiding>[{HIDING}]+)
    |(?P<blank>[{BLANKS}])""",
    re.VERBOSE,
)
NESTING = re.compile(
    rf"""(?P<string>{STRING})
    |(?P<nots>(?:(?<![\w.\-])(?:not{END_OF_WORD}\s*)+)?)(?P<opening>[(\[{{])
    |(?P<run>(?<![\w.\-])(?:not{END_OF_WORD}\s*)+)
    |(?P<closing>[)\]}}])
    |(?<![\w\-])(?P<word>(?:{"|".join(STATEMENT_WORDS)}){END_OF_WORD})(?!\s*:)""",
    re.VERBOSE,
)
# A line that begins as a statement does; one that only goes on begins with `and`, `->`, a clause, a bracket.
STATEMENT_LINE = re.compile(
    rf"\s*(?:rule\s*:|role\s+{NAME}|record\s*\{{|(?:(?:any|every|no|at|exactly|fewer|more|not|true|false"
    rf"|today|upper|lower|point){END_OF_WORD}|{NAME}|{NUMBER}|[(\"!]|-(?!>))"
    rf".*(?:[-=]>|\u2192|\b(?:forbid|permit|require|oblige|warn)\s))"
)


@attrs.define
class Scan:
    """What a look over the text found, before any grammar."""

    text: str = ""  # comments blanked, offsets kept
    comments: list[syntax.Comment] = attrs.Factory(list)
    unclosed: list[tuple[int, int]] = attrs.Factory(list)  # strings without an end
    cuts: list[int] = attrs.Factory(list)
    problems: list[Diagnostic] = attrs.Factory(list)
    is_too_deep: bool = False

    def note(self, message: Message, span: Span) -> None:
        if len(self.problems) <= MAX_ERRORS:
            self.problems.append(diagnostic(message, span))


@attrs.define
class Reading:
    """What could be read of a text, and what is lost with the statements that do not parse."""

    file: syntax.File = syntax.File(None, ())
    nodes: list[Any] = attrs.Factory(list)
    problems: list[Diagnostic] = attrs.Factory(list)
    losses: Losses = NOTHING  # what they may have declared


def decode(data: bytes, name: str) -> str:
    """Return the text of a file's bytes; PolicyError when they are too many or no UTF-8."""
    if len(data) > MAX_SIZE:
        raise refusal(name, messages.too_large(MAX_SIZE))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(name, messages.not_text(f"byte {error.start + 1} cannot be read")) from None


def refusal(name: str, message: Message) -> PolicyError:
    """Return the error of a text that cannot be read at all."""
    span = Span(name, 1, 1, 1, 1)
    return PolicyError([diagnostic(message, span)], {})


def diagnostic(message: Message, span: Span) -> Diagnostic:
    return Diagnostic(message.code, "error", message.text, span, message.hint)


def parse(source: Source) -> syntax.File:
    """Return the text's syntax; PolicyError with every problem."""
    reading = read(source)
    if reading.problems:
        raise PolicyError(reading.problems, {source.name: source})
    return reading.file


def read(source: Source) -> Reading:
    """Return the statements that parse, and the problems of those that do not."""
    if len(source.text) > MAX_SIZE:
        too_large = diagnostic(messages.too_large(MAX_SIZE), source.span(0, 0))
        return Reading(problems=[too_large], losses=EVERYTHING)
    scanned = scan(source)
    if scanned.is_too_deep:
        return Reading(problems=scanned.problems, losses=EVERYTHING)
    reading = Reading(problems=scanned.problems)
    with deep_stack():
        for start, end in zip([0, *scanned.cuts], [*scanned.cuts, len(scanned.text)], strict=True):
            read_chunk(Chunk.of(source, scanned.text[start:end], start), scanned.unclosed, reading)
            if len(reading.problems) > MAX_ERRORS:
                too_many = diagnostic(messages.too_many_errors(MAX_ERRORS), source.span(end, end))
                reading.problems.append(too_many)
                reading.losses |= EVERYTHING
                break
    if not reading.losses.has_all:
        take_back_unclosed(source, scanned, reading)
    header = None
    for place, node in enumerate(reading.nodes):
        if isinstance(node, syntax.Header):
            if place == 0:
                header = node
            else:
                reading.problems.append(diagnostic(messages.policy_not_first(), node.span))
    statements = tuple(n for n in reading.nodes if not isinstance(n, syntax.Header))
    reading.problems.sort(key=lambda d: d.span.start)
    reading.file = syntax.File(header, statements, tuple(scanned.comments))
    return reading


def scan(source: Source) -> Scan:
    """Look over the text; see `Scan`."""
    result = Scan()
    scan_lexemes(source, result)
    scan_nesting(source, result)
    return result


def scan_lexemes(source: Source, result: Scan) -> None:
    """Blank the comments, end the strings that have no end, and refuse what hides text."""
    text, pieces, copied = source.text, [], 0
    for found in LEXEMES.finditer(text):
        start, end = found.span()
        kind = found.lastgroup
        for hidden in re.finditer(rf"([{HIDING}])\1*", found.group()):
            if len(result.problems) > MAX_ERRORS:
                break
            first, last = start + hidden.start(), start + hidden.end()
            message = messages.forbidden_character(character_name(text[first]), json.dumps(text[first])[1:-1])
            result.note(message, source.span(first, last))
        if kind == "string":
            continue
        mended = " " * (end - start)
        if kind == "comment":
            line_start = text.rfind("\n", 0, start) + 1
            line_start = max(line_start, text.rfind("\r", line_start, start) + 1)
            own_line = not text[line_start:start].strip()
            comment = syntax.Comment(found.group().rstrip(), own_line, span=source.span(start, end))
            result.comments.append(comment)
        elif kind == "unclosed":
            result.note(messages.unclosed_string(), source.span(start, end))
            result.unclosed.append((start, end))
            if end - start > 1:
                mended = '"' + "_" * (end - start - 2) + '"'
        pieces += [text[copied:start], mended]
        copied = end
    pieces.append(text[copied:])
    result.text = "".join(pieces)


def scan_nesting(source: Source, result: Scan) -> None:
    """Find where statements begin, and refuse what is nested too deep for a reader and a stack."""
    depths: list[int] = []
    for found in NESTING.finditer(result.text):
        start, end = found.span()
        match found.lastgroup:
            case "word":
                before = start - 1
                while before >= 0 and result.text[before].isspace():
                    before -= 1
                if start and result.text[before : before + 1] != ".":
                    result.cuts.append(start)
            case "closing":
                del depths[-1:]
            case "opening" | "run" as kind:
                nots = len(re.findall("not", found.group()))
                if kind == "opening":
                    depths.append(nots + 1)
                too_many = len(depths) > MAX_PARENTHESES
                if too_many or sum(depths) + (nots if kind == "run" else 0) > MAX_DEPTH:
                    limit = MAX_PARENTHESES if too_many else MAX_DEPTH
                    span = source.span(end - 1 if kind == "opening" else start, end)
                    result.note(messages.nested_too_deep(limit), span)
                    result.is_too_deep = True
                    return
            case _:
                pass


def character_name(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name.lower()})" if name else "")


def read_chunk(chunk: Chunk, unclosed: list[tuple[int, int]], reading: Reading) -> None:
    """Read the statements of a chunk; note the problems of those that do not parse."""
    while len(reading.problems) <= MAX_ERRORS:
        result = grammar.parse_statements(chunk)
        if not isinstance(result, Failure):
            reading.nodes += result
            return
        whole = grammar.parse_statements(chunk.part(0, result.start))
        assert not isinstance(whole, Failure), "what stands before the first failure parses"
        reading.nodes += whole
        result = with_what_stands_before(chunk, result, reading.nodes)
        follows_rule = bool(reading.nodes) and isinstance(reading.nodes[-1], syntax.Rule)
        if follows_rule and reading.nodes[-1].name:
            # What fails may be a clause of it, by which it has more instances.
            reading.losses |= Losses(frozenset([reading.nodes[-1].name.text]))
        stop = hints.stop_at(chunk, result, follows_rule=follows_rule)
        # A string without an end has swallowed the rest of its statement: no second complaint.
        first, last = chunk.base + result.start, chunk.base + result.offset
        swallowed = [end - chunk.base for start, end in unclosed if first <= start <= last]
        if not swallowed:
            reading.problems.append(diagnostic(*hints.explain(stop, result.is_fatal)))
        resumed = resume(chunk, result.start, swallowed[0] if swallowed else result.offset)
        lost = chunk.part(result.start, len(chunk) if resumed is None else resumed)
        is_clause = follows_rule and reading.nodes[-1].span.end_line == lost.span(0, 0).line
        reading.losses |= losses_of(lost, "rule" if is_clause else hints.misspelt(stop))
        if resumed is None:
            return
        chunk = chunk.part(resumed, len(chunk))


def with_what_stands_before(chunk: Chunk, failure: Failure, nodes: list[Any]) -> Failure:
    """Return the failure; that of the statement before when what fails can only be a part of it.

    What was read of that statement is taken back, as it may not be what was meant.
    """
    start = failure.start + len(chunk[failure.start :]) - len(chunk[failure.start :].lstrip())
    if not nodes or STATEMENT.match(chunk, start):
        return failure
    last = nodes[-1]
    begin, end = grammar.offset_in(chunk, last.span), grammar.offset_behind(chunk, last)
    if begin < 0 or chunk[end:start].strip():
        return failure
    on_its_line = last.span.end_line == chunk.span(start, start).line
    if on_its_line and type(last) in SEPARATORS:
        del nodes[-1]
        return Failure(begin, start, f"{SEPARATORS[type(last)]}the next statement", False)
    is_statement = failure.offset > start and (isinstance(last, syntax.Rule) or not on_its_line)
    if is_statement or failure.is_fatal:
        return failure
    del nodes[-1]
    return attrs.evolve(failure, start=begin)


def take_back_unclosed(source: Source, scanned: Scan, reading: Reading) -> None:
    """Take back the statements with a string that has no end: what it swallowed was meant to be read."""
    for start, end in scanned.unclosed:
        place = bisect_right(reading.nodes, source.span(start, end).start, key=lambda node: node.span.start)
        if place and source.span(start, end).start < reading.nodes[place - 1].span.end:
            node = reading.nodes.pop(place - 1)
            first = source.line_starts[node.span.line - 1] + node.span.column - 1
            last = source.line_starts[node.span.end_line - 1] + node.span.end_column - 1
            reading.losses |= losses_of(Chunk.of(source, scanned.text[first:last], first), None)


SEPARATORS: dict[type[syntax.Node], str] = {
    syntax.Scale: "`<` or ",
    syntax.Set: "`,` or ",
    syntax.Role: "`,` or ",
    syntax.Record: "",
    syntax.Extends: "",
}


def resume(chunk: Chunk, start: int, offset: int) -> int | None:
    """Return where the next statement may begin: a line like one, no deeper than that of the failed one."""
    text = chunk.source.text
    line_start = text.rfind("\n", 0, chunk.base + start + 1) + 1
    first = text[line_start : line_start + MAX_INDENT]
    depth = len(first) - len(first.lstrip())
    at = chunk.find("\n", offset) + 1
    while at:
        end = chunk.find("\n", at)
        line = chunk[at : end if end >= 0 else len(chunk)]
        if len(line) - len(line.lstrip()) <= depth and STATEMENT_LINE.match(line):
            return at
        at = end + 1
    return None
