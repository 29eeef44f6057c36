"""The mutation score of a policy: how many small faults its examples would notice.

A mutant is killed when an example no longer comes out as expected, or a claim is contradicted on an
example's record: when `policylang test` would fail. One that no example notices is compared with the
policy over all records: either it is proved to decide every record alike (``equivalent``), or there is
a record that it decides otherwise, and with it an example that would kill it (``survived``). What is
past the limit of time is ``not decided``, and counts as not killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
import difflib
from functools import cached_property
from itertools import repeat
import json
from multiprocessing import get_context
from pathlib import Path
import random
from typing import Any

import attrs

from policylang.analysis.baseline import Baseline
from policylang.analysis.comparing import STRICTNESS, Change, essential, fact_text
from policylang.analysis.solver import NotDecided
from policylang.analysis.witness import confirmed
from policylang.core.decision import Decision
from policylang.core.examples import claim_counterexample, example_record
from policylang.core.loader import policy_at, policy_of, syntax_of
from policylang.core.policy import Policy
from policylang.core.record import Record
from policylang.language import syntax as s
from policylang.language.checked import Example, OutcomeClaim
from policylang.language.checker import check
from policylang.language.formatter import format_file
from policylang.language.library import Loaded
from policylang.language.names import Problems
from policylang.source import Source, deep_stack
from policylang.testing import blocks
from policylang.testing.histories import HistoryDifference, history_difference
from policylang.testing.mutants import Draft, drafts, edited

TIME_LIMIT = 10.0  # seconds for the comparison of one mutant
MOST_INSTANCES = 100  # of a policy, for the records of its survivors to have the fewest facts
MAX_FACTS = 3  # in the title of an example
MIN_SHARE = 20  # drafts for one process at a time: fewer are not worth the start of one
SHARES = 4  # of each process, so that progress is seen and none waits long for the last

KILLED, SURVIVED, EQUIVALENT, NOT_DECIDED, NO_POLICY = (
    "killed",
    "survived",
    "equivalent",
    "not decided",
    "no policy",
)


@attrs.frozen
class Difference:
    """A record that policy and mutant decide differently, with the outcomes of both."""

    record: dict[str, Any]
    today: date | None
    expected: dict[str, str]  # of the policy, for the actions on which they differ
    mutated: dict[str, str]
    example: s.Example  # with the record and the policy's outcomes: it kills the mutant


@attrs.frozen
class Verdict:
    """What came of one draft."""

    status: str
    digest: str = ""
    killer: str | None = None  # the example or claim that notices
    difference: Difference | None = None
    history: HistoryDifference | None = None  # where only histories tell an equivalent mutant
    reason: str | None = None  # why something was not decided: the mutant, or an equivalent one's histories


@attrs.frozen
class Mutant:
    """One mutant of the report."""

    number: int
    kind: str
    label: str  # of the rule, definition or grade that it is in
    at: str
    before: str
    after: str
    diff: tuple[str, ...]
    verdict: Verdict

    @property
    def status(self) -> str:
        return self.verdict.status


@attrs.frozen
class Report:
    """All mutants of one policy; ``drafts`` counts the edits, ``tried`` those that were chosen."""

    policy: str
    mutants: tuple[Mutant, ...]
    drafts: int
    tried: int

    def having(self, status: str) -> tuple[Mutant, ...]:
        return tuple(mutant for mutant in self.mutants if mutant.status == status)

    @property
    def counted(self) -> int:
        """The mutants that count: all that are not equivalent."""
        return len(self.mutants) - len(self.having(EQUIVALENT))

    @property
    def score(self) -> float | None:
        """The share of the mutants that were killed, in percent; None when none counts."""
        return 100 * len(self.having(KILLED)) / self.counted if self.counted else None


@attrs.frozen
class Case:
    """An example with its record, read once."""

    example: Example
    record: Record


@attrs.frozen(slots=False, eq=False)
class Subject:
    """A policy that loads, ready to be mutated."""

    origin: tuple[Source, Path, str]
    loaded: Loaded
    policy: Policy

    @classmethod
    def of(cls, source: Source, folder: Path, stem: str) -> Subject:
        """Return the subject of a policy's text, see `located`; PolicyError when it does not load."""
        policy = policy_at(source, folder, stem)
        return cls((source, folder, stem), syntax_of(source, folder, stem), policy)

    @cached_property
    def drafts(self) -> list[Draft]:
        with deep_stack():
            checked = check(self.loaded, Problems())
            assert checked is not None, "a subject loads"
            return drafts(self.loaded.file, checked)

    @cached_property
    def baseline(self) -> Baseline:
        """The policy, ready to be compared with many mutants."""
        return Baseline(self.policy)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The examples; RecordError when the file of one cannot be read."""
        return tuple(Case(one, self.policy.record(example_record(one))) for one in self.policy.examples)

    def mutant(self, draft: Draft) -> Policy | None:
        """Return the policy with one edit, None when it does not load."""
        return policy_of(attrs.evolve(self.loaded, file=edited(self.loaded.file, draft)))

    def judge(self, draft: Draft, time_limit: float | None = TIME_LIMIT) -> Verdict:
        """Return what comes of one edit."""
        mutant = self.mutant(draft)
        if mutant is None:
            return Verdict(NO_POLICY)
        if mutant.digest == self.policy.digest:
            return Verdict(EQUIVALENT, mutant.digest)
        killer = self.killer(mutant)
        if killer is not None:
            return Verdict(KILLED, mutant.digest, killer)
        comparison = self.baseline.compare(mutant, time_limit=time_limit, fewest=False)
        if comparison.verdict == "equivalent":
            try:
                history = history_difference(self.policy, mutant, time_limit=time_limit)
            except NotDecided as error:
                return Verdict(EQUIVALENT, mutant.digest, reason=str(error))
            return Verdict(EQUIVALENT, mutant.digest, history=history)
        if not comparison.changes:
            reasons = [one.reason for one in comparison.actions if one.reason is not None]
            return Verdict(NOT_DECIDED, mutant.digest, reason=reasons[0])
        changes = self.changes(mutant, time_limit) or comparison.changes
        found = [self.difference(mutant, change, self.label(draft)) for change in changes]
        return Verdict(SURVIVED, mutant.digest, difference=min(found, key=_size))

    def changes(self, mutant: Policy, time_limit: float | None) -> tuple[Change, ...]:
        """Return records that tell a mutant apart, the same whatever was asked before.

        They have the fewest facts unless the policy is large; then finding such takes seconds.
        """
        fewest = len(self.policy.predicates.instances) <= MOST_INSTANCES
        alone = Baseline(self.policy, is_shared=False)
        return alone.compare(mutant, time_limit=time_limit, fewest=fewest).changes

    def killer(self, mutant: Policy) -> str | None:
        """Return the title of the first example, or the text of a claim, that notices the mutant."""
        for case in self.cases:
            if is_noticed(mutant, case.record, case.example.on, dict(case.example.expected)):
                return case.example.title
        for claim in mutant.claims:
            if isinstance(claim, OutcomeClaim):
                for case in self.cases:
                    if claim_counterexample(mutant, claim, case.record, case.example.on) is not None:
                        return claim.text
        return None

    def difference(self, mutant: Policy, change: Change, label: str) -> Difference:
        """Return a difference with the facts that make it: the policy still says what it says of them."""

        def shows(record: dict[str, Any], today: date | None) -> bool:
            before, after = (p.decide(record, today=today)[change.action] for p in (self.policy, mutant))
            return before is change.old and after is not before

        today = None if shows(change.record, None) else change.today
        record = confirmed(change.record, lambda fewer: shows(fewer, today))
        before, after = (policy.decide(record, today=today) for policy in (self.policy, mutant))
        actions = [action for action in self.policy.actions if before[action] is not after[action]]
        expected = {action: before[action].value for action in actions}
        mutated = {action: after[action].value for action in actions}
        title = f"{label}: {_told(before, after, change.action)}"
        example = blocks.example(self.policy, title, record, today, expected)
        return Difference(record, today, expected, mutated, example)

    def label(self, draft: Draft) -> str:
        """Return the name or label of what an edit is in."""
        return label_of(self.loaded.file, draft.place)

    def described(self, draft: Draft, verdict: Verdict) -> Mutant:
        statement = self.loaded.file.statements[draft.place]
        edit = draft.edit
        return Mutant(
            draft.number,
            edit.kind,
            self.label(draft),
            str(statement.span),
            edit.before,
            edit.after,
            tuple(diff(statement, edit.node, str(statement.span))),
            verdict,
        )


def _size(difference: Difference) -> int:
    return len(json.dumps(difference.record))


def _told(before: Decision, after: Decision, action: str) -> str:
    """Return the facts that make the stricter outcome in words, for a title; else the other's, if few."""
    for decision in sorted((before, after), key=lambda decision: STRICTNESS[decision[action]]):
        facts = [fact_text(decision, path) for path in essential(decision, action)]
        if 0 < len(facts) <= MAX_FACTS:
            return ", ".join(facts)
    return f"{action} {before[action]}"


def is_noticed(mutant: Policy, record: Record, today: date | None, expected: dict[str, str]) -> bool:
    """Return whether the mutant decides a record otherwise than expected."""
    decision = mutant.decide(record, today=today)
    return any(decision[action].value != outcome for action, outcome in expected.items())


def label_of(file: s.File, place: int) -> str:
    """Return a rule's name or label, or the name of a definition or grade."""
    node = file.statements[place]
    if isinstance(node, s.Rule) and node.name is None:
        earlier = file.statements[: place + 1]
        return f"rule-{sum(isinstance(one, s.Rule) and one.name is None for one in earlier)}"
    assert isinstance(node, s.Rule | s.Define | s.Grade) and node.name is not None
    return node.name.text


def diff(before: s.Statement, after: s.Statement | None, at: str) -> Iterator[str]:
    """Yield a unified diff of a statement's canonical text."""
    old, new = (
        [] if node is None else format_file(s.File(None, (node,))).splitlines() for node in (before, after)
    )
    yield from difflib.unified_diff(old, new, at, f"{at} mutated", lineterm="")


# --- the whole run ------------------------------------------------------------------------------

Progress = Callable[[int, int], None]


def mutate(
    subject: Subject,
    *,
    limit: int | None = None,
    seed: int = 0,
    jobs: int = 1,
    time_limit: float | None = TIME_LIMIT,
    progress: Progress = lambda done, of: None,
) -> Report:
    """Return what comes of a policy's mutants, or of ``limit`` of its edits chosen by ``seed``.

    The report is the same for every number of ``jobs``.
    """
    tried = chosen(subject.drafts, limit, seed)
    verdicts: list[tuple[Draft, Verdict]] = []
    for done in _judged(subject, tried, jobs, time_limit):
        verdicts += done
        progress(len(verdicts), len(tried))
    return report(subject, verdicts, len(tried))


def chosen(found: Sequence[Draft], limit: int | None, seed: int) -> list[Draft]:
    """Return at most so many drafts, the same for the same seed, in the order of the text."""
    if limit is None or len(found) <= limit:
        return list(found)
    return sorted(random.Random(seed).sample(found, limit), key=lambda draft: draft.number)


def _judged(
    subject: Subject, tried: list[Draft], jobs: int, time_limit: float | None
) -> Iterator[list[tuple[Draft, Verdict]]]:
    """Yield the verdicts in the order of the drafts, a share at a time."""
    if jobs == 1 or len(tried) < MIN_SHARE:
        for draft in tried:
            yield [(draft, subject.judge(draft, time_limit))]
        return
    size = max(MIN_SHARE, len(tried) // (jobs * SHARES))
    shares = [tried[start : start + size] for start in range(0, len(tried), size)]
    numbers = [[draft.number for draft in share] for share in shares]
    # Processes are spawned, not forked: no thread or lock of this one comes along.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found = pool.map(_share, repeat(subject.origin), numbers, repeat(time_limit))
        for share, verdicts in zip(shares, found, strict=True):
            yield list(zip(share, verdicts, strict=True))


def _share(origin: tuple[Source, Path, str], numbers: list[int], time_limit: float | None) -> list[Verdict]:
    subject = Subject.of(*origin)
    return [subject.judge(subject.drafts[number - 1], time_limit) for number in numbers]


def report(subject: Subject, verdicts: Iterable[tuple[Draft, Verdict]], tried: int) -> Report:
    """Return the report: what is no policy is no mutant, and of several alike the first counts."""
    seen: set[str] = set()
    mutants = []
    for draft, verdict in verdicts:
        if verdict.status != NO_POLICY and verdict.digest not in seen:
            seen.add(verdict.digest)
            mutants.append(subject.described(draft, verdict))
    return Report(subject.policy.name, tuple(mutants), len(subject.drafts), tried)


def killing_examples(subject: Subject, mutants: Iterable[Mutant]) -> tuple[s.Example, ...]:
    """Return examples that together kill the survivors: one's own only where no earlier one kills it."""
    found: list[tuple[s.Example, Difference]] = []
    for mutant in mutants:
        difference = mutant.verdict.difference
        policy = subject.mutant(subject.drafts[mutant.number - 1])
        assert policy is not None and difference is not None, "a survivor has a record"
        if not any(
            is_noticed(policy, policy.record(one.record), one.today, one.expected) for _, one in found
        ):
            found.append((difference.example, difference))
    return tuple(example for example, _ in found)
