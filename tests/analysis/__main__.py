"""Longer runs than a test may take.

``python tests/analysis brute`` compares every answer on random policies with trying all their records;
``python tests/analysis opinions`` compares with z3 and OxiDD on policies of up to a thousand rules;
``python tests/analysis sums`` compares with z3 on policies whose rules compare sums of numbers;
``python tests/analysis mutants`` compares a policy of 200 rules over 200 fields with its mutants, by one
baseline, and the verdicts with those of z3;
``python tests/analysis counts`` compares the numbers of records that change with those of OxiDD, for
mutants of a policy of 200 rules and 200 fields (600 MB);
``python tests/analysis lists`` tries policies that count the entries of lists on longer lists than
the analysis takes, and compares profiles with entries;
``python tests/analysis dates`` finds all ways in which a date can stand to twelve dates, most of them
relative to today, and compares them with scanning the calendar.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
import resource
import sys

sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))

import brute
import comparisons
import dates
import generated
import lists

SIZES = [
    (generated.structured, 10, 20),
    (generated.clauses, 10, 20),
    (generated.clauses, 20, 5),
    (generated.threshold, 60, 15),
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
SUMS = [
    (10, 8, 3),
    (20, 10, 4),
    (30, 20, 20),
    (30, 20, 4),
    (50, 15, 6),
    (50, 30, 20),
    (100, 30, 5),
    (100, 30, 20),
]
MANY = 40  # policies for one large one


def opinions(place: int, seed: int) -> str:
    """Compare findings and verdicts on one policy, which at some places is a large one."""
    is_large = place % MANY == MANY - 1
    make, rules, size = LARGE[place // MANY % len(LARGE)] if is_large else SIZES[place % len(SIZES)]
    lines, real = make(rules, size, seed), make is generated.sums
    found = comparisons.compare_checks(lines, real=real)
    told = f"{make.__name__} {rules} {size} {seed}: {found.findings} findings"
    if found.third:
        told += ", by OxiDD too"
    if make is generated.threshold:
        return told
    counts = make is generated.structured and rules <= 200
    mutants = range(2 * seed, 2 * seed + 2)
    return f"{told}; of 2 mutants {comparisons.compare_verdicts(lines, mutants, counts=counts, real=real)}"


def sums(place: int, seed: int) -> str:
    """Compare findings and verdicts on one policy over sums of numbers with z3's real arithmetic."""
    rules, atoms, numbers = SUMS[place % len(SUMS)]
    lines = generated.sums(rules, atoms, seed, numbers)
    findings = comparisons.compare_checks(lines, real=True).findings
    agreed = comparisons.compare_verdicts(lines, range(seed, seed + 2), counts=False, real=True)
    size = f"{rules} rules, {atoms} sums of {numbers} numbers"
    return f"{size}, {seed}: {findings} findings; {agreed.equivalent} of 2 mutants change nothing"


@cache
def judged() -> tuple[list[str], comparisons.Judged]:
    """Return a policy of 200 rules over 200 fields, and what judges its mutants."""
    lines = generated.structured(200, 200, 0)
    return lines, comparisons.Judged(comparisons.policy_of(lines))


def mutants(_: int, seed: int) -> str:
    """Compare what one mutant changes with what z3 says, and decide the records that show it."""
    lines, old = judged()
    return f"{seed}: {old.compare(comparisons.policy_of(generated.mutant(lines, seed)))}"


@cache
def counted() -> tuple[list[str], comparisons.Counted]:
    """Return a policy of 200 rules over 200 fields, and its diagrams."""
    lines = generated.structured(200, 200, 0)
    return lines, comparisons.Counted(comparisons.policy_of(lines), nodes=1 << 24)


def counts(_: int, seed: int) -> str:
    """Compare the numbers of records that one mutant changes with those of decision diagrams."""
    lines, old = counted()
    digits = old.compare(comparisons.policy_of(generated.mutant(lines, seed)))
    return f"{seed}: numbers of up to {digits} {'digit' if digits == 1 else 'digits'}"


def listed(_: int, seed: int) -> str:
    """Compare what two policies say of lists with trying lists of all lengths that can matter."""
    done = lists.compared(seed)
    told = f"{seed}: {done.quantifiers} quantifiers, {done.records} records, {done.verdict}"
    return f"{told}, also by profiles" if done.is_profiled else told


def dated(_: int, seed: int) -> str:
    """Find all ways in which a date can stand to others, and compare them with those of a scan."""
    done = dates.compared(seed)
    return f"{seed}: {done.ways} ways, found and proved to be all in {done.seconds:.2f} s"


def tried(_: int, seed: int) -> str:
    """Compare every answer on one policy with trying all its records."""
    done = brute.compared(seed)
    return f"{seed}: {done.records} records, {done.findings} findings, a change that is {done.verdict}"


RUNS = {
    "brute": tried,
    "opinions": opinions,
    "sums": sums,
    "mutants": mutants,
    "counts": counts,
    "lists": listed,
    "dates": dated,
}


def main() -> None:
    """Run what is asked for, a line for each policy; the first disagreement ends it with both answers."""
    parser = argparse.ArgumentParser(prog="python tests/analysis", description=__doc__)
    parser.add_argument("what", choices=list(RUNS))
    parser.add_argument("--policies", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--seed", type=int, default=0, help="of the first one (default: 0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    asked = parser.parse_args()
    one = RUNS[asked.what]
    places = range(asked.policies)
    with ProcessPoolExecutor(asked.jobs) as pool:
        lines = pool.map(one, places, range(asked.seed, asked.seed + asked.policies))
        for done, line in enumerate(lines, start=1):
            print(f"{done}/{asked.policies} {line}", flush=True)  # noqa: T201
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    print(f"{asked.policies} policies, no disagreement; {seconds:.0f} s of processor time")  # noqa: T201


if __name__ == "__main__":
    main()
