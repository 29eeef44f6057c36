"""Which truths the examples saw: of every rule instance, and of every condition as it is written.

A condition is whatever has a truth of its own in the text: a comparison, a quantifier, an operand of
`and`, `or` and `not`, inside of quantifiers too. It stands once however many instances or definitions
make of it. For each it is counted how many examples saw it true, false and unknown; what no record
can show, by the exact analysis, is no gap. Only the policy's own file counts, not what it extends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import monotonic

import attrs

from policylang.analysis.outcomes import space_of
from policylang.analysis.solver import NotDecided, deadline_in
from policylang.analysis.space import Space
from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Instance, Predicate, Predicates
from policylang.core.record import Steps
from policylang.language import checked as c
from policylang.language import syntax as s
from policylang.source import Source, Span
from policylang.testing.mutation import TIME_LIMIT, Subject, label_of
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Entries

TRUTHS = (TRUE, FALSE, UNKNOWN)


@attrs.frozen
class Row:
    """A rule instance or a condition: how many examples saw each truth, and what no record shows."""

    name: str
    within: str  # the rule or definition
    at: Span
    seen: Mapping[Truth, int]
    impossible: frozenset[Truth]

    @property
    def gaps(self) -> tuple[Truth, ...]:
        """The truths that some record shows and no example."""
        return tuple(t for t in TRUTHS if not self.seen[t] and t not in self.impossible)


@attrs.frozen
class Coverage:
    """The rows of a policy; what was not decided to be impossible counts as possible."""

    policy: str
    examples: int
    instances: tuple[Row, ...]
    conditions: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.instances + self.conditions

    @property
    def possible(self) -> int:
        return sum(len(TRUTHS) - len(row.impossible) for row in self.rows)

    @property
    def seen(self) -> int:
        return self.possible - sum(len(row.gaps) for row in self.rows)

    @property
    def share(self) -> float | None:
        """The share of the possible truths that an example saw, in percent; None for no rules."""
        return 100 * self.seen / self.possible if self.possible else None


@attrs.frozen(eq=False)
class Occurrence:
    """A predicate that a condition became, and the lists whose entries are at hand there, outermost first."""

    predicate: Predicate
    lists: tuple[tuple[str, c.Path], ...] = ()


def coverage(subject: Subject, *, time_limit: float | None = TIME_LIMIT) -> Coverage:
    """Return what the examples saw. RecordError when the file of an example cannot be read."""
    source, file = subject.loaded.source, subject.loaded.file
    instances = [i for i in subject.policy.predicates.instances if i.rule.span.source == source.name]
    evaluators = [Evaluator(case.record, case.example.on) for case in subject.cases]
    deadline = deadline_in(time_limit)
    written: dict[Span, list[Occurrence]] = {}
    for instance in instances:
        for occurrence in _occurrences(instance):
            if occurrence.predicate.span.source == source.name:
                written.setdefault(occurrence.predicate.span, []).append(occurrence)
    every = [occurrence for found in written.values() for occurrence in found]
    asked = _Asked(subject.policy.predicates, every, deadline)

    def row(name: str, at: Span, found: list[Occurrence]) -> Row:
        seen = dict.fromkeys(TRUTHS, 0)
        for evaluator in evaluators:
            for truth in {truth for one in found for truth in _truths(one, evaluator)}:
                seen[truth] += 1
        impossible = {t for t in TRUTHS if not seen[t] and not any(asked.can_be(one, t) for one in found)}
        return Row(name, _within(file, at), at, seen, frozenset(impossible))

    return Coverage(
        subject.policy.name,
        len(evaluators),
        tuple(row(_instance_name(i), i.rule.span, [Occurrence(i.active)]) for i in instances),
        tuple(row(text_at(source, at), at, found) for at, found in sorted(written.items(), key=_place)),
    )


def _place(item: tuple[Span, object]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Sort by the place in the text, the whole before its parts."""
    end = item[0].end
    return item[0].start, (-end[0], -end[1])


def _instance_name(instance: Instance) -> str:
    members = f"[{', '.join(instance.members.values())}]" if instance.members else ""
    return f"{instance.rule.label}{members}"


def _within(file: s.File, at: Span) -> str:
    """Return the label of the rule, definition or grade that a place is in."""
    return next(
        label_of(file, place)
        for place, node in enumerate(file.statements)
        if node.span.start <= at.start and at.end <= node.span.end
    )


def text_at(source: Source, span: Span) -> str:
    """Return what stands at a place, on one line."""
    start, end = (source.line_starts[line - 1] + column - 1 for line, column in (span.start, span.end))
    return " ".join(source.text[start:end].split())


# --- what became of a condition -----------------------------------------------------------------


def _occurrences(instance: Instance) -> Iterator[Occurrence]:
    """Yield what the conditions of a rule became in one of its instances."""
    yield from _parts(Occurrence(instance.condition))
    if instance.unless is not None:
        yield from _parts(Occurrence(instance.unless))
    seen: list[Predicate] = []
    for effect in instance.effects:
        if effect.kind == "require":
            assert isinstance(effect.predicate, c.And), "a requirement forbids by `active and not C`"
            unmet = effect.predicate.operands[-1]
            assert isinstance(unmet, c.Not)
            yield from _parts(Occurrence(unmet.operand))
        if effect.until is not None and effect.until not in seen:
            seen.append(effect.until)
            yield from _parts(Occurrence(effect.until))


def _parts(whole: Occurrence, around: Span | None = None) -> Iterator[Occurrence]:
    """Yield a predicate that stands for something written, and those below it.

    What has the place of what is around it is a step of unfolding a quantifier, and not written; a
    `not` is told by what it negates.
    """
    node = whole.predicate
    negates = isinstance(node, c.Not) and node.operand.span != node.span
    if node.span != around and not negates:
        yield whole
    lists = (*whole.lists, (node.entry, node.list)) if isinstance(node, c.AtLeastEntries) else whole.lists
    for child in c.children(node):
        yield from _parts(Occurrence(child, lists), node.span)


def _truths(one: Occurrence, evaluator: Evaluator) -> Iterator[Truth]:
    """Yield the truth of a predicate on a record, for each entry that comes to hand."""

    def over(lists: tuple[tuple[str, c.Path], ...], at_hand: dict[str, Steps]) -> Iterator[Truth]:
        if not lists:
            yield evaluator.evaluate(one.predicate, at_hand)
            return
        (entry, path), *rest = lists
        where = steps(path, at_hand)
        known = evaluator.record[where]
        for place in range(known.count if isinstance(known, Entries) else 0):
            yield from over(tuple(rest), {**at_hand, entry: (*where, place)})

    return over(one.lists, {})


# --- what no record shows -----------------------------------------------------------------------


@attrs.define
class _Asked:
    """Questions about single predicates; after the limit of time everything counts as possible."""

    policy: Predicates
    occurrences: list[Occurrence]
    deadline: float | None
    space: Space | None = None
    is_over: bool = False

    def can_be(self, one: Occurrence, truth: Truth) -> bool:
        """Return whether some record gives a predicate a truth, or that is not decided."""
        try:
            return self.is_over or self._can_be(one, truth)
        except NotDecided:
            is_late = self.deadline is not None and monotonic() >= self.deadline
            self.is_over = is_late or self.space is None
            return True

    def _can_be(self, one: Occurrence, truth: Truth) -> bool:
        if self.space is None:
            entries = [_some_entry(other) for other in self.occurrences if other.lists]
            made = space_of(self.policy, others=entries, deadline=self.deadline)
            for predicate in entries:
                made.rails(predicate)
            self.space = made
        space, literals, at_hand = self.space, list[int](), dict[str, Steps]()
        for entry, path in one.lists:  # one entry is at hand in each list, the first
            where = steps(path, at_hand)
            literals += [space.regions.slots[where][0], -space.regions.absent(where)]
            at_hand[entry] = (*where, 0)
        rails = space.rails(one.predicate, at_hand=at_hand)
        literals += {
            TRUE: [rails.true],
            FALSE: [-rails.possible],
            UNKNOWN: [rails.possible, -rails.true],
        }[truth]
        return space.possible(*literals)


def _some_entry(one: Occurrence) -> Predicate:
    """Return the predicate that some entry has the condition: what counts it must have room for one."""
    predicate = one.predicate
    for entry, path in reversed(one.lists):
        predicate = c.AtLeastEntries(1, path, entry, predicate, span=predicate.span)
    return predicate
