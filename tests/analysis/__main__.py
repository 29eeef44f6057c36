"""Longer runs than a test may take.

``python tests/analysis brute`` compares every answer on random policies with trying all their records;
``python tests/analysis opinions`` compares with z3 and OxiDD on policies of up to a thousand rules.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))

import brute
import comparisons
import generated

SIZES = [
    (generated.structured, 10, 20),
    (generated.clauses, 10, 20),
    (generated.sums, 10, 5),
    (generated.structured, 50, 20),
    (generated.structured, 50, 50),
    (generated.clauses, 50, 20),
    (generated.sums, 30, 10),
    (generated.structured, 200, 50),
    (generated.structured, 200, 200),
    (generated.clauses, 50, 50),
    (generated.sums, 100, 30),
    (generated.threshold, 210, 50),
]
LARGE = [
    (generated.structured, 1000, 200),
    (generated.clauses, 200, 50),
    (generated.clauses, 200, 200),
    (generated.threshold, 430, 100),
]
MANY = 40  # policies for one large one


def opinions(count: int, first: int) -> Iterator[str]:
    """Compare findings and verdicts on so many policies, some of them large."""
    for place, small in enumerate(islice(cycle(SIZES), count)):
        seed = first + place
        is_large = place % MANY == MANY - 1
        make, rules, size = LARGE[place // MANY % len(LARGE)] if is_large else small
        lines, real = make(rules, size, seed), make is generated.sums
        findings = comparisons.compare_checks(lines, real=real)
        agreed = comparisons.Agreed(0, 0)
        if make is not generated.threshold:
            counts = make is generated.structured and rules <= 200
            agreed = comparisons.compare_verdicts(lines, range(2), counts=counts, real=real)
        yield f"{make.__name__} {rules} {size} {seed}: {findings} findings; of 2 mutants {agreed}"


def tried(count: int, first: int) -> Iterator[str]:
    """Compare every answer on so many policies with trying all records of each."""
    for seed in range(first, first + count):
        done = brute.compared(seed)
        if done is None:
            yield f"{seed}: refused"
        else:
            yield f"{seed}: {done.records} records, {done.findings} findings, a change that is {done.verdict}"


def main() -> None:
    """Run what is asked for, a line for each policy; the first disagreement ends it with both answers."""
    parser = argparse.ArgumentParser(prog="python tests/analysis", description=__doc__)
    parser.add_argument("what", choices=["brute", "opinions"])
    parser.add_argument("--policies", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--seed", type=int, default=0, help="of the first one (default: 0)")
    asked = parser.parse_args()
    done = 0
    lines = {"brute": tried, "opinions": opinions}[asked.what](asked.policies, asked.seed)
    for line in lines:
        done += 1
        print(f"{done}/{asked.policies} {line}", flush=True)  # noqa: T201
    print(f"{done} policies, no disagreement")  # noqa: T201


if __name__ == "__main__":
    main()
