"""The words, signs and literals of section 1 of the language, as patterns, and what a literal stands for."""

from __future__ import annotations

import json
import re

import attrs

from policylang.source import Source, Span

RESERVED = (
    "always",
    "action",
    "and",
    "any",
    "at",
    "because",
    "cites",
    "define",
    "every",
    "exactly",
    "example",
    "except",
    "extends",
    "false",
    "fewer",
    "for",
    "forbid",
    "grade",
    "in",
    "is",
    "lower",
    "more",
    "no",
    "not",
    "oblige",
    "or",
    "overrides",
    "permit",
    "point",
    "policy",
    "require",
    "rule",
    "scale",
    "set",
    "strengthens",
    "today",
    "true",
    "unless",
    "unspecified",
    "until",
    "upper",
    "waivable",
    "warn",
    "where",
    "within",
)
STATEMENT_WORDS = (
    "policy",
    "extends",
    "strengthens",
    "scale",
    "set",
    "action",
    "define",
    "grade",
    "rule",
    "always",
    "example",
)
END_OF_WORD = r"(?![A-Za-z0-9_]|-[A-Za-z0-9_])"
WORD = r"[A-Za-z_](?:[A-Za-z0-9_]|-(?=[A-Za-z0-9_]))*"
NAME = rf"(?!(?:{'|'.join(RESERVED)}){END_OF_WORD}){WORD}"
STRING = r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""|"(?:[^"\\\n]|\\.)+"|""(?!")'
DIGITS = r"[0-9]+(?:_[0-9]+)*"
DATE = r"[0-9]+-[0-9]+-[0-9]+(?![A-Za-z0-9_])"
NUMBER = rf"(?!{DATE}){DIGITS}(?:\.{DIGITS})?(?:[eE][+-]?[0-9]+)?%?(?![A-Za-z0-9_.%])"
UNIT = rf"(day|week|month|year)s?{END_OF_WORD}"
DURATION = rf"({DIGITS})\s+{UNIT}"
# What stands behind a path that begins a rule; behind a clause's word stands nothing of it.
PATH_GOES_ON = rf"\s*(?:[-+=<>!.\u2265\u2264\u2260\u2192]|(?:and|or|in|is){END_OF_WORD})"
STEP = re.compile(rf"{STRING}|{WORD}")
# Python refuses to read integers of more than 4,300 digits; no count or duration needs a hundred.
MAX_DIGITS = 100


class Chunk(str):
    """A piece of a source's prepared text that knows where it stands."""

    source: Source
    base: int

    @classmethod
    def of(cls, source: Source, text: str, base: int) -> Chunk:
        chunk = cls(text)
        chunk.source, chunk.base = source, base
        return chunk

    def part(self, start: int, end: int) -> Chunk:
        return Chunk.of(self.source, self[start:end], self.base + start)

    def span(self, start: int, end: int) -> Span:
        return self.source.span(self.base + start, self.base + end)


@attrs.frozen(slots=True)
class Mark:
    """The place of a word or bracket that is no node of its own."""

    text: str
    span: Span


def string_value(text: str) -> str:
    """Return what a string literal stands for; ValueError for a bad escape or half a surrogate."""
    if text.startswith('"""'):
        escaped = re.sub(r'\\[\s\S]|["\n\r\t]', _escaped, text[3:-3].replace("\r\n", "\n"))
    else:
        escaped = text[1:-1].replace("\t", "\\t")
    value = json.loads(f'"{escaped}"')
    value.encode("utf-8")
    return str(value)


def _escaped(match: re.Match[str]) -> str:
    text = match.group()
    return text if text.startswith("\\") else json.dumps(text)[1:-1]


def number_value(text: str) -> float:
    """Return the double nearest to what is written; a percent sign moves the decimal point."""
    digits = "".join(text.replace("_", "").split()).lower()
    if digits.endswith("%"):
        mantissa, _, exponent = digits[:-1].partition("e")
        digits = f"{mantissa}e{int(exponent or 0) - 2}"
    return float(digits)
