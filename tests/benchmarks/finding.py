"""How soon planted faults are found, by aimed records and plain ones: ``python tests/benchmarks/finding.py``.

For each fault of `tests/testing/faults`: in how many of ten seeds the law that it breaks finds it with
Hypothesis's default settings; how many records are enough for that, of 1, 2, 5, 10 … (the median of the
seeds); and how many plain records are enough for the same law, which knows the claims as well. A fault
that no record shows, such as a rule that never fires, is found by the exact analysis whatever was drawn:
there the numbers would say nothing, and are not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cached_property
from math import inf
from pathlib import Path
from statistics import median
import sys
from typing import Any, NamedTuple

import attrs
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from policylang import testing
from policylang.testing.cuts import cuts_of, predicates_of
from policylang.testing.failures import LawBroken
from policylang.testing.laws.claims import never_looser
from policylang.testing.strategies import Sampler
from policylang.testing.subjects import with_claims
from policylang.testing.trials import Trial

from sampling import plain_records

sys.path.append(str(Path(__file__).parents[1] / "testing"))  # not a package
from faults import Fault, all_faults

SEEDS = 10
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # records that are tried
TODAY = date(2026, 1, 1)


@attrs.define(eq=False, slots=False)
class Observed(Trial):
    """A trial that knows whether a record that was drawn breaks the law; otherwise the analysis does."""

    is_shown: bool = False

    def each(self, strategy: Any, holds: Callable[[Any], Any], *, complete: bool = False) -> None:
        def observed(drawn: Any) -> LawBroken | None:
            broken: LawBroken | None = holds(drawn)
            self.is_shown = self.is_shown or broken is not None
            return broken

        super().each(strategy, observed, complete=complete)


@attrs.define(eq=False)
class PlainSampler(Sampler):
    """Draws plain records, all decided on one day."""

    def cases(self) -> st.SearchStrategy[Any]:
        texts = tuple(sorted(self.cuts.texts))
        return st.tuples(plain_records(self.schema.fields, texts), st.just(TODAY))


class Plain(Observed):
    """A trial of plain records."""

    @cached_property
    def sampler(self) -> Sampler:
        return PlainSampler(self.policy.schema, cuts_of(predicates_of(self.policy)), ())

    def cases(self, *_: Any, **__: Any) -> st.SearchStrategy[Any]:
        return self.sampler.cases()


class Found(NamedTuple):
    """What a law found with so many records at most; ``is_shown``: by a record."""

    is_found: bool
    is_shown: bool


def find(fault: Fault, kind: type[Observed], seed: int, most: int) -> Found:
    """Try the law that a fault breaks on so many records at most."""
    chosen = settings(
        settings.get_profile("default"),
        max_examples=most,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck) if kind is Plain else [],
    )
    trial = kind(with_claims(fault.faulty, fault.claims), chosen, seed)
    try:
        if fault.is_compared:
            never_looser(trial, fault.original, fault.original.name)
        else:
            next(law for law in testing.LAWS if law.name == fault.law).on(trial)
    except LawBroken:
        return Found(True, trial.is_shown)
    return Found(False, trial.is_shown)


def enough(fault: Fault, kind: type[Observed], seed: int, steps: Sequence[int]) -> float:
    """Return how many records are enough, infinity where the most are not."""
    return next((most for most in steps if find(fault, kind, seed, most).is_found), inf)


class Row(NamedTuple):
    fault: Fault
    times: int
    seeds: int
    ours: float | None  # None where the analysis finds it
    plain: float | None


def rows(seeds: int = SEEDS, steps: Sequence[int] = STEPS) -> Iterator[Row]:
    default = settings.get_profile("default").max_examples
    for fault in all_faults():
        found = [find(fault, Observed, seed, default) for seed in range(seeds)]
        times = sum(one.is_found for one in found)
        ours = plain = None
        if any(one.is_shown for one in found):
            ours, plain = (
                median(enough(fault, kind, seed, steps) for seed in range(seeds))
                for kind in (Observed, Plain)
            )
        yield Row(fault, times, seeds, ours, plain)


def shown(number: float | None) -> str:
    return "-" if number is None else f"> {STEPS[-1]}" if number == inf else f"{number:.0f}"


if __name__ == "__main__":
    print(f"{'fault':24}  {'law':24}  {'found':>8}  {'records':>7}  {'plain':>6}")  # noqa: T201
    for fault, times, seeds, ours, plain in rows():
        told = (fault.name.ljust(24), fault.law.ljust(24), f"{times} of {seeds}".rjust(8))
        print(*told, shown(ours).rjust(7), shown(plain).rjust(6), sep="  ", flush=True)  # noqa: T201
