"""Our analysis beside the second opinions, on generated policies: what tests and the script both run."""

from __future__ import annotations

from collections.abc import Sequence
import hashlib
import json
import re
from typing import Any, NamedTuple

import generated
from oxidd.util import DDMemoryError
from opinions import VERDICTS, Diagrams, Opinion, Reading, Z3, changes, cuts_of, verdicts
from proved import steps_to_equivalence

import policylang
from policylang import Policy
from policylang.analysis import Baseline, Report, check, compare
from policylang.analysis.comparing import STRICTNESS

NAMES = {
    "PL301": "dead",
    "PL302": "dead",
    "PL303": "shadowed",
    "PL306": "conflict",
    "PL307": "never permitted",
    "PL308": "never forbidden",
    "PL316": "both ways",
}


def found_by(report: Report) -> list[tuple[str, ...]]:
    """Return our findings in the words of the second opinions."""
    found = []
    for one in report:
        assert one.code != "PL390", one.message
        name = NAMES.get(one.code)
        if name == "both ways":
            path = re.findall(r"`([^`]+)`", one.message)[0]
            found.append((name, str(one.action), path))
        elif name == "conflict":
            found += [(name, str(one.action), label) for label in one.rules]
        elif name is not None:
            found.append((name, str(one.action or one.rules[0])))
    return sorted(set(found))


def hashed(answers: Sequence[object]) -> str:
    """Return one short text for all answers, equal when they are."""
    return hashlib.sha256(json.dumps(answers).encode()).hexdigest()[:16]


def policy_of(lines: list[str]) -> Policy:
    return policylang.loads("\n".join(lines))


NODES = 1 << 22  # of diagrams, some 150 MB; they outgrow that in seconds or not at all


class Agreed(NamedTuple):
    """All engines found so much; ``third`` says how often OxiDD was one of them."""

    findings: int
    third: bool


def compare_checks(lines: list[str], *, real: bool = False) -> Agreed:
    """Put all questions on one policy to us, to z3, and to OxiDD where its diagrams have room."""
    policy = policy_of(lines)
    ours = found_by(check(policy, time_limit=None))
    theirs = Opinion(Reading(Z3(), (policy,), real=real), policy).findings()
    assert hashed(ours) == hashed(theirs), (ours, theirs)
    if real:
        return Agreed(len(ours), False)
    try:
        third = Opinion(Reading(Diagrams(NODES), (policy,)), policy).findings()
    except DDMemoryError:
        return Agreed(len(ours), False)
    assert hashed(ours) == hashed(third), (ours, third)
    return Agreed(len(ours), True)


class Verdicts(NamedTuple):
    """Of so many mutants all engines said the same; OxiDD, where its diagrams have room, of ``third``.

    For some it had numbers. That actions are as they were is proved in so many steps, which a checker
    has accepted.
    """

    equivalent: int
    third: int
    counted: int
    steps: int

    def __str__(self) -> str:
        numbers = f"{self.third} by OxiDD, {self.counted} with numbers, {self.steps} steps of proofs"
        return f"{self.equivalent} equivalent, {numbers}"


def compare_verdicts(lines: list[str], seeds: Sequence[int], *, counts: bool, real: bool = False) -> Verdicts:
    """Put mutants of one policy to us and to the others; return how many do not change anything."""
    old, equivalent, third, counted, steps = policy_of(lines), 0, 0, 0, 0
    for seed in seeds:
        new = policy_of(generated.mutant(lines, seed))
        comparison = compare(old, new, time_limit=None, count_limit=60 if counts else 0)
        ours = [(one.action, one.verdict) for one in comparison.actions]
        assert hashed(ours) == hashed(_verdicts(old, new, Z3(), real)), (seed, ours)
        equivalent += comparison.verdict == "equivalent"
        if not real:
            third += _third_agrees(old, new, ours)
            same = [action for action, verdict in ours if verdict == "equivalent"]
            steps += steps_to_equivalence(old, new, same)
        counted += counts and _compare_counts(old, new)
    return Verdicts(equivalent, third, counted, steps)


def _verdicts(old: Policy, new: Policy, engine: Z3 | Diagrams, real: bool) -> list[tuple[str, str]]:
    reading: Reading[Any] = Reading(engine, (old, new), real=real)
    return verdicts(Opinion(reading, old), Opinion(reading, new))


def _third_agrees(old: Policy, new: Policy, ours: list[tuple[str, str]]) -> bool:
    """Compare verdicts with those of OxiDD; False when the diagrams grew too large."""
    try:
        assert hashed(ours) == hashed(_verdicts(old, new, Diagrams(NODES), False)), ours
    except DDMemoryError:
        return False
    return True


def _compare_counts(old: Policy, new: Policy) -> bool:
    """Compare each number of region-records that change; False when the diagrams grew too large."""
    try:
        Counted(old, new).compare(new)
    except DDMemoryError:
        return False
    return True


def _is_read(reading: Reading[Any], policy: Policy) -> None:
    for path, cuts in cuts_of(policy).items():
        assert cuts <= reading.cuts[path], "the reading tells too little apart"


class Judged:
    """A policy whose mutants its baseline judges, one after the other, and z3 in one solver too."""

    def __init__(self, old: Policy) -> None:
        self.old = old
        self.baseline = Baseline(old)
        self.reading = Reading(Z3(), (old,))
        self.before = Opinion(self.reading, old)

    def opinion(self, new: Policy) -> list[tuple[str, str]]:
        """Return how each action changes, as z3 says."""
        _is_read(self.reading, new)
        return verdicts(self.before, Opinion(self.reading, new))

    def compare(self, new: Policy) -> str:
        """Compare verdicts, decide the records that are shown again, and return what the change is."""
        found = self.baseline.compare(new, time_limit=None, fewest=False)
        ours = [(one.action, one.verdict) for one in found.actions]
        assert hashed(ours) == hashed(self.opinion(new)), ours
        for one in found.actions:
            directions = (one.looser is not None, one.stricter is not None)
            assert VERDICTS[directions] == one.verdict
            for change, way in ((one.looser, 1), (one.stricter, -1)):
                if change is not None:
                    before, after = (p.decide(change.record, today=change.today) for p in (self.old, new))
                    assert (before[one.action], after[one.action]) == (change.old, change.new)
                    assert way * (STRICTNESS[change.new] - STRICTNESS[change.old]) > 0
        return found.verdict


class Counted:
    """A policy whose changes OxiDD counts too, over all fields; those that the rules read are some.

    What its mutants share is made into diagrams once.
    """

    def __init__(self, old: Policy, *others: Policy, nodes: int = 1 << 22) -> None:
        self.old = old
        self.diagrams = Diagrams(nodes)
        self.reading = Reading(self.diagrams, (old, *others))
        self.before = Opinion(self.reading, old)
        self.whole = self.diagrams.count(~self.diagrams.false)

    def compare(self, new: Policy) -> int:
        """Compare the numbers for each action; return how many digits the largest has over all fields."""
        _is_read(self.reading, new)
        after, most = Opinion(self.reading, new), 0
        for one in compare(self.old, new, time_limit=None, count_limit=60).actions:
            numbers = [self.diagrams.count(x) for x in changes(self.before, after, one.action)]
            if one.counts is None:
                assert numbers == [0, 0]
                continue
            looser, stricter, total = one.counts.looser, one.counts.stricter, one.counts.total
            assert looser is not None and stricter is not None and total is not None, one.counts.reason
            assert [looser * self.whole, stricter * self.whole] == [n * total for n in numbers]
            most = max(most, *numbers)
        self.diagrams.manager.gc()
        return len(str(most))
