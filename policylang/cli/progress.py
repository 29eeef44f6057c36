"""How far a long command is: a line on standard error that leaves nothing behind, only on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
import sys
import time

import attrs

SECONDS = 0.1  # between two changes of the line
CLEAR_LINE = "\r\x1b[K"


@attrs.define
class Progress:
    """Counts what is done; writes nothing when nobody would see it."""

    what: str
    is_shown: bool
    count: int = 0
    _due: float = attrs.field(factory=lambda: time.monotonic() + SECONDS)
    _is_written: bool = False

    def advance(self) -> None:
        """Count one more, and show the count now and then."""
        self.count += 1
        if self.is_shown and time.monotonic() >= self._due:
            self._due = time.monotonic() + SECONDS
            self._is_written = True  # before the line: an interrupt may come right behind it
            self._write(f"{CLEAR_LINE}{self.count:,} {self.what}")

    def clear(self) -> None:
        """Take the line away, before something else is printed."""
        if self._is_written:
            self._write(CLEAR_LINE)
            self._is_written = False

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def progress(what: str, *, prints_results: bool) -> Iterator[Progress]:
    """Show progress inside of the block; results that a terminal shows at once are progress enough."""
    sees_results = prints_results and is_terminal(sys.stdout)
    shown = is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb" and not sees_results
    line = Progress(what, shown)
    try:
        yield line
    finally:
        line.clear()


def is_terminal(stream: object) -> bool:
    """Return whether someone watches a stream, which may be closed from the start."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty())
