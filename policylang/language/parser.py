"""Text to syntax: a File, or a PolicyError with every problem of the text.

The text is scanned once for what no grammar should meet: comments, strings without an end,
characters that hide text, and nesting. It is then cut before each reserved word that begins a
statement, so that one bad statement does not hide the next.
"""

from __future__ import annotations

import re
from typing import Any
import unicodedata

import attrs

from policylang import messages
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.language import grammar, syntax
from policylang.language.grammar import END_OF_WORD, NUMBER, STATEMENT_WORDS, STRING, WORD, Chunk
from policylang.messages import Message
from policylang.source import Source, Span, deep_stack

MAX_SIZE = 8 * 2**20  # bytes; ten thousand rules are about one
MAX_PARENTHESES = 100  # section 3 of the language
MAX_DEPTH = 300  # brackets and `not`s together
MAX_ERRORS = 100

# Characters that a reader does not see as they are read: other line ends, and those that reverse
# the direction of text (the "Trojan Source" ones).
HIDING = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
)
SCAN = re.compile(
    rf"""(?P<string>{STRING})
    |(?P<comment>\#[^\n\r]*)
    |(?P<unclosed>\"\"\"[\s\S]*|"[^\n\r]*)
    |(?P<hiding>[{HIDING}])
    |(?<![\w.\-])(?P<nots>(?:not{END_OF_WORD}\s*)*)(?P<opening>[(\[{{])
    |(?<![\w.\-])(?P<run>(?:not{END_OF_WORD}\s*)+)
    |(?P<plain_opening>[(\[{{])
    |(?P<closing>[)\]}}])
    |(?<![\w\-])(?P<word>(?:{"|".join(STATEMENT_WORDS)}){END_OF_WORD})(?!\s*:)""",
    re.VERBOSE,
)
STATEMENT = re.compile(
    rf"(?<![\w.\-])({'|'.join(STATEMENT_WORDS)}|record(?=\s*\{{)|role(?=\s+{grammar.NAME})){END_OF_WORD}"
)
TOKEN = re.compile(rf"{STRING}|{WORD}|[0-9][\w.%-]*|->|[<>!=]=|=>|\|\||&&|\S")
CONDITION_START = re.compile(
    rf"\s*(?:role\s+{grammar.NAME}|record\s*\{{|(?:(?:any|every|no|at|exactly|fewer|more|not|true|false"
    rf"|today|upper|lower|point){END_OF_WORD}|{grammar.NAME}|{NUMBER}|[(\"\-]).*(?:->|\u2192))"
)


@attrs.define
class Scan:
    """What one pass over the text found."""

    text: str = ""  # comments blanked, offsets kept
    cuts: list[int] = attrs.Factory(list)
    comments: list[syntax.Comment] = attrs.Factory(list)
    problems: list[Diagnostic] = attrs.Factory(list)
    is_too_deep: bool = False


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
    file, problems = parse_leniently(source)
    if problems:
        raise PolicyError(problems, {source.name: source})
    return file


def parse_leniently(source: Source) -> tuple[syntax.File, list[Diagnostic]]:
    """Return the statements that parse, and the problems of those that do not."""
    if len(source.text) > MAX_SIZE:
        return syntax.File(None, ()), [diagnostic(messages.too_large(MAX_SIZE), source.span(0, 0))]
    scanned = scan(source)
    problems = scanned.problems
    if scanned.is_too_deep:
        return syntax.File(None, ()), problems
    nodes: list[Any] = []
    with deep_stack():
        for start, end in zip([0, *scanned.cuts], [*scanned.cuts, len(scanned.text)], strict=True):
            nodes += parse_chunk(Chunk.of(source, scanned.text[start:end], start), problems)
            if len(problems) > MAX_ERRORS:
                problems.append(diagnostic(messages.too_many_errors(MAX_ERRORS), source.span(end, end)))
                break
    # What follows a string without an end on its line was read as part of it.
    unclosed = {d.span.line for d in problems if d.code == "PL102"}
    problems = [d for d in problems if d.code != "PL101" or d.span.line not in unclosed]
    header = None
    for place, node in enumerate(nodes):
        if isinstance(node, syntax.Header):
            if place == 0:
                header = node
            else:
                problems.append(diagnostic(messages.policy_not_first(), node.span))
    statements = tuple(n for n in nodes if not isinstance(n, syntax.Header))
    problems.sort(key=lambda d: d.span.start)
    return syntax.File(header, statements, tuple(scanned.comments)), problems


def scan(source: Source) -> Scan:
    """Look once over the text; see `Scan`."""
    result, text, pieces, copied = Scan(), source.text, [], 0
    depths: list[int] = []

    def note(message: Message, start: int, end: int) -> None:
        result.problems.append(diagnostic(message, source.span(start, end)))

    for found in SCAN.finditer(text):
        start, end = found.span()
        kind = found.lastgroup
        if kind in ("string", "comment"):
            hidden = re.search(f"[{HIDING}]", found.group())
            if hidden:
                at = start + hidden.start()
                note(messages.forbidden_character(character_name(text[at])), at, at + 1)
        if kind == "comment":
            line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
            own_line = not text[line_start:start].strip()
            comment = syntax.Comment(found.group().rstrip(), own_line, span=source.span(start, end))
            result.comments.append(comment)
            pieces += [text[copied:start], " " * (end - start)]
            copied = end
        elif kind == "unclosed":
            note(messages.unclosed_string(), start, end)
            mended = '"' + "_" * (end - start - 2) + '"' if end - start > 1 else " "
            pieces += [text[copied:start], mended]
            copied = end
        elif kind == "hiding":
            note(messages.forbidden_character(character_name(text[start])), start, end)
            pieces += [text[copied:start], " "]
            copied = end
        elif kind == "word":
            before = start - 1
            while before >= 0 and text[before].isspace():
                before -= 1
            if start and (before < 0 or text[before] != "."):
                result.cuts.append(start)
        elif kind == "closing":
            if depths:
                depths.pop()
        elif kind in ("opening", "plain_opening", "run"):
            nots = len(re.findall("not", found.group()))
            if kind != "run":
                depths.append(nots + 1)
            too_many = len(depths) > MAX_PARENTHESES
            if too_many or sum(depths) + (nots if kind == "run" else 0) > MAX_DEPTH:
                limit = MAX_PARENTHESES if too_many else MAX_DEPTH
                note(messages.nested_too_deep(limit), end - 1 if kind != "run" else start, end)
                result.is_too_deep = True
                break
    pieces.append(text[copied:])
    result.text = "".join(pieces)
    return result


def character_name(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name.lower()})" if name else "")


def parse_chunk(chunk: Chunk, problems: list[Diagnostic]) -> list[syntax.Node]:
    """Return the statements of a chunk that parse; note the problems of the others."""
    result = grammar.parse_statements(chunk)
    if not isinstance(result, grammar.Failure):
        return result
    nodes: list[syntax.Node] = []
    offset = 0
    while chunk[offset:].strip() and len(problems) <= MAX_ERRORS:
        rest = Chunk.of(chunk.source, chunk[offset:], chunk.base + offset)
        one = grammar.parse_statement(rest)
        if isinstance(one, grammar.Failure):
            problems.append(failure_diagnostic(rest, one))
            resumed = resume(rest, one.offset)
            if resumed is None:
                break
            offset += resumed
        else:
            nodes += one
            offset = grammar.offset_behind(chunk, one[-1])
    return nodes


def resume(chunk: Chunk, offset: int) -> int | None:
    """Return where the next statement of the chunk may begin: a line that looks like one."""
    at = chunk.find("\n", offset) + 1
    while at:
        end = chunk.find("\n", at)
        if CONDITION_START.match(chunk[at : end if end >= 0 else len(chunk)]):
            return at
        at = end + 1
    return None


def failure_diagnostic(chunk: Chunk, failure: grammar.Failure) -> Diagnostic:
    """Return the sentence for a place where the grammar stopped."""
    text = chunk.source.text
    start = chunk.base + failure.offset
    while start < len(text) and (text[start].isspace() or text[start] == "#"):
        if text[start] == "#":
            line_end = text.find("\n", start)
            start = len(text) if line_end < 0 else line_end
        else:
            start += 1
    token = TOKEN.match(text, start)
    written = token.group() if token else ""
    shown = written if len(written) <= 40 else written[:39] + "…"
    span = chunk.source.span(start, start + max(1, len(written.split("\n")[0])) if written else start)
    if failure.is_fatal:
        return diagnostic(_fatal(failure.expected, shown), span)
    found = f"`{shown}`" if written else "the end of the text"
    minus = re.search(rf"({WORD})\s*$", text[max(0, start - 80) : start])
    joined = re.fullmatch(r"([A-Za-z_]\w*)-([0-9]+)", minus[1]) if minus else None
    if joined and re.fullmatch("(day|week|month|year)s?", written):
        hint: str | None = f"write `{joined[1]} - {joined[2]} {written}`, with blanks around the minus"
    else:
        hint = _hint(written, failure.expected)
    return diagnostic(messages.unexpected(failure.expected, found, hint), span)


def _fatal(kind: str, written: str) -> Message:
    match kind:
        case "number":
            return messages.bad_number(written)
        case "date":
            return messages.no_such_date(written)
        case "string":
            return messages.bad_string(written)
        case "mixed":
            return messages.mixed_connectives(written)
        case "nested":
            return messages.nested_too_deep(MAX_DEPTH)
        case "path":
            return messages.only_paths_are_missing()
        case _:
            return messages.unexpected(
                "a comparison such as `>=`", f"`{written}`" if written else "the end of the text", None
            )


_MEANT = {"=>": "`->`", "&&": "`and`", "||": "`or`", "!": "`not`", "&": "`and`", "|": "`or`", ";": None}


def _hint(written: str, expected: str) -> str | None:
    if _MEANT.get(written):
        return f"write {_MEANT[written]}"
    if written in grammar.RESERVED and expected in (
        "a name",
        "a level or member",
        "a value",
        "a condition",
        "a path",
    ):
        return (
            f"`{written}` is a reserved word; write the field as `record.{written}`, quote a level or member"
        )
    joined = re.fullmatch(r"([0-9]+)(days?|weeks?|months?|years?)", written)
    return f"write `{joined[1]} {joined[2]}`, with a blank" if joined else None
