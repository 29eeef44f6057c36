"""Ratios of two things done in turn on this machine, now: ``python tests/benchmarks``.

Absolute times mean nothing elsewhere and are not shown.
"""

from collections.abc import Iterator

import analysing
import deciding
import parsing
import proving
import questions
from ratios import Ratio
import sampling
import starting


def all_ratios() -> Iterator[Ratio]:
    yield from parsing.ratios(size=1000, rounds=5)
    yield from deciding.ratios(times=200, rounds=9)
    yield from analysing.ratios(size=200, rounds=5)
    yield from proving.ratios(times=50, rounds=15)
    yield from questions.ratios(count=120, rounds=3)
    yield from starting.ratios(rounds=15)
    yield from sampling.ratios(times=100, rounds=9)


if __name__ == "__main__":
    print(f"{'what':60}  {'ratio':>6}  {'limit':>6}")  # noqa: T201
    for what, ratio, limit in all_ratios():
        print(f"{what:60}  {ratio:6.1f}  {limit:6.1f}")  # noqa: T201
