"""What the benchmarks share: two things timed in turn, and their ratio."""

from __future__ import annotations

from collections.abc import Callable
import gc
from statistics import median
from time import perf_counter
from typing import NamedTuple

Run = Callable[[], object]


class Ratio(NamedTuple):
    """How much longer the first takes than the second; ``limit`` is what the project promises."""

    what: str
    ratio: float
    limit: float


def seconds(run: Run) -> float:
    """Return the time of one call, without the garbage of others."""
    gc.collect()
    start = perf_counter()
    run()
    return perf_counter() - start


def ratio(ours: Run, theirs: Run, rounds: int) -> float:
    """Return the median of ours/theirs over rounds of both in turn, after one that does not count."""
    ours(), theirs()
    return median(seconds(ours) / seconds(theirs) for _ in range(rounds))
