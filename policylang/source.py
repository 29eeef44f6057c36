"""Policy text and places in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
import re
import sys
from threading import Lock

import attrs


@attrs.frozen(slots=True)
class Span:
    """A stretch of a source: lines and columns count from 1, the end column is just behind."""

    source: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"

    @property
    def start(self) -> tuple[int, int]:
        return (self.line, self.column)

    @property
    def end(self) -> tuple[int, int]:
        return (self.end_line, self.end_column)

    def to(self, other: Span) -> Span:
        """Return the stretch from the start of this span to the end of the other."""
        return Span(self.source, self.line, self.column, other.end_line, other.end_column)


def _with_line_feeds(text: str) -> str:
    """Return a text in which a carriage return that alone ends a line is a line feed; offsets stay."""
    return re.sub(r"\r(?!\n)", "\n", text) if "\r" in text else text


@attrs.frozen(slots=True)
class Source:
    """A named text. ``line_starts`` are the offsets at which its lines begin."""

    name: str
    text: str = attrs.field(repr=False, converter=_with_line_feeds)
    line_starts: tuple[int, ...] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        starts = [0]
        starts.extend(i + 1 for i, c in enumerate(self.text) if c == "\n")
        object.__setattr__(self, "line_starts", tuple(starts))

    def span(self, start: int, end: int) -> Span:
        """Return the span between two offsets."""
        starts = self.line_starts
        line = bisect_right(starts, start)
        end_line = line if line == len(starts) or end < starts[line] else bisect_right(starts, end)
        return Span(self.name, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def line(self, number: int) -> str:
        """Return a line's text without its end, "" beyond the text."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")


# The depth of a parsed condition is bounded (parser.MAX_DEPTH), but a hundred nested parentheses
# still take the grammar and pickle through more frames than Python's default limit of 1,000.
DEEP_STACK_FRAMES = 20_000
_lock = Lock()
_depth: list[int] = []  # the limits to return to, one for each call under way


@contextmanager
def deep_stack() -> Iterator[None]:
    """Allow deep recursion inside the block; the old limit returns when the last block ends."""
    with _lock:
        _depth.append(sys.getrecursionlimit())
        sys.setrecursionlimit(max(DEEP_STACK_FRAMES, _depth[0]))
    try:
        yield
    finally:
        with _lock:
            if len(_depth) == 1:
                sys.setrecursionlimit(_depth[0])
            _depth.pop()
