"""Diagnostics: what is wrong with a text or a record, where, and what would help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import difflib
from typing import NamedTuple
import unicodedata

import attrs

from policylang.source import Source, Span


@attrs.frozen(slots=True)
class Label:
    """A second place that belongs to a diagnostic, such as the first of two declarations."""

    message: str
    span: Span


@attrs.frozen(slots=True)
class Diagnostic:
    """One finding about a text: a stable code, a severity, a sentence and its place."""

    code: str
    severity: str  # error, warning, note
    message: str
    span: Span
    hint: str | None = None
    labels: tuple[Label, ...] = ()

    def render(self, sources: Mapping[str, Source]) -> str:
        """Return the diagnostic with the source line and a caret line under it."""
        lines = [f"{self.span}: {self.severity}[{self.code}]: {_on_one_line(self.message)}"]
        lines += _snippet(self.span, sources)
        for label in self.labels:
            lines.append(f"{label.span}: note: {_on_one_line(label.message)}")
            lines += _snippet(label.span, sources)
        if self.hint:
            width = len(str(self.span.line))
            lines.append(f" {' ' * width} = hint: {_on_one_line(self.hint)}")
        return "\n".join(lines)


def _on_one_line(text: str) -> str:
    """Return a sentence in which no name or text of a policy ends a line: the next could pass for ours."""
    return " ".join(text.splitlines())


# A caret line is for reading: of a longer source line only the part around the caret is shown.
MAX_SHOWN_COLUMNS = 160


def _snippet(span: Span, sources: Mapping[str, Source]) -> list[str]:
    source = sources.get(span.source)
    if source is None:
        return []
    text = source.line(span.line)
    first = max(0, span.column - 1 - MAX_SHOWN_COLUMNS // 2) if len(text) > MAX_SHOWN_COLUMNS else 0
    shown = text[first : first + MAX_SHOWN_COLUMNS]
    end = span.end_column - 1 if span.end_line == span.line else len(text)
    # Tabs before the caret are repeated, so that the caret stands right whatever their width.
    before, under = span.column - 1 - first, max(1, min(end, first + MAX_SHOWN_COLUMNS) - span.column + 1)
    blank = "".join("\t" if c == "\t" else " " * _cells(c) for c in shown[:before])
    carets = "^" * max(1, sum(map(_cells, shown[before : before + under])))
    number = str(span.line)
    return [f" {number} | {_printable(shown)}", f" {' ' * len(number)} | {blank}{carets}"]


def _cells(character: str) -> int:
    """Return how many places of a terminal a character takes, as it is shown here."""
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0  # an accent on the character before
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


class PolicyError(ValueError):
    """A policy text that is refused. ``diagnostics`` holds every problem that was found."""

    def __init__(
        self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source] | None = None
    ) -> None:
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources or {})
        super().__init__(self.diagnostics, self.sources)

    def __str__(self) -> str:
        return "\n".join(d.render(self.sources) for d in self.diagnostics)


class Problem(NamedTuple):
    """One problem of a record: the path of the value, a sentence, and a hint or None."""

    path: str
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        hint = f" (hint: {self.hint})" if self.hint else ""
        return f"{self.path or 'record'}: {self.message}{hint}"


class RecordError(ValueError):
    """A record that is refused. ``problems`` holds every problem, each with its path."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(p) for p in self.problems)


def suggestion(name: str, known: Iterable[str]) -> str | None:
    """Return a hint: the close names, else what there is; None when there is nothing."""
    names = [other for other in dict.fromkeys(known) if other != name]
    folded: dict[str, str] = {}
    for candidate in names:
        folded.setdefault(candidate.casefold(), candidate)
    close = difflib.get_close_matches(name.casefold()[:200], list(folded), n=2, cutoff=0.7)
    if close:
        return "did you mean " + " or ".join(f"`{folded[c]}`" for c in close) + "?"
    if not names:
        return None
    shown = ", ".join(f"`{n}`" for n in names[:8])
    return f"there is {shown}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")
