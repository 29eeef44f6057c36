"""Minimal sets of record paths, as they are shown: smallest first, no more than a limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policylang.analysis.implicants import places
from policylang.analysis.minimal import Exhausted
from policylang.analysis.solver import NotDecided

MAX_SETS = 200  # of one question


class Ways(tuple[tuple[str, ...], ...]):
    """Minimal sets of record paths, smallest first; ``is_complete`` says that there are no others."""

    is_complete: bool = True


def ways(found: Iterator[int], texts: Sequence[str], is_all: bool = True) -> Ways:
    """Return sets with the texts of their places, those found before a limit where one was reached.

    ``is_all`` is False when there may be others that are not looked for.
    """
    sets: list[list[int]] = []
    is_complete = is_all
    try:
        for one in found:
            if len(sets) == MAX_SETS:
                raise Exhausted
            sets.append(places(one))
    except (Exhausted, NotDecided):
        is_complete = False
    sets.sort(key=lambda places: (len(places), places))
    result = Ways(tuple(texts[place] for place in one) for one in sets)
    result.is_complete = is_complete
    return result
