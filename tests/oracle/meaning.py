"""The meaning of a policy, sections 4 to 7 of the language reference without estimates and waivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from .model import (
    Absence,
    And,
    At,
    AtHand,
    Compare,
    Condition,
    Const,
    Duration,
    Effect,
    Fixed,
    Graded,
)
from .model import (
    Holds,
    Literal,
    Named,
    Not,
    Or,
    Path,
    Policy,
    Quantified,
    Rule,
    Sum,
    Term,
    Today,
    Type,
    Within,
)
from .model import rule_sets
from .spans import NO, OPEN, YES, Span, Truth, Value, added, among, both, compared, day, either, exact, flip
from .spans import moved, scaled, span

Instance = tuple[tuple[str, str], ...]


class Here(NamedTuple):
    """Which entries and members are at hand."""

    entries: Mapping[str, Any]
    members: Mapping[str, str]


class Reading:
    """One record read at one day: the truth of conditions and of rule instances."""

    def __init__(self, policy: Policy, record: Any, today: date | None) -> None:
        self.policy, self.record = policy, record
        self.today = None if today is None else today.toordinal()
        self.memo: dict[tuple[Rule, Instance], Truth] = {}

    def find(self, path: Path, here: Here) -> Any:
        node = here.entries[path.anchor] if path.anchor else self.record
        for step in path.steps:
            if node is None:
                return None
            match step:
                case At(name):
                    node = node.get(here.members[name])
                case Fixed(member):
                    node = node.get(member)
                case _:
                    node = node.get(step)
        return node

    def value(self, path: Path, here: Here) -> Value:
        raw = self.find(path, here)
        return (
            None if raw is None else self.usable(path.type, span(path.type, self.policy.schema.scales, raw))
        )

    def usable(self, type: Type, value: Value) -> Value:
        if not type.past:
            return value
        assert isinstance(value, tuple)
        return None if self.today is None or value[1] > self.today else value  # type: ignore[operator]

    # conditions

    def truth(self, condition: Condition, here: Here) -> Truth:
        match condition:
            case Const(value):
                return YES if value else NO
            case Not(part):
                return flip(self.truth(part, here))
            case And(parts):
                return both(self.truth(part, here) for part in parts)
            case Or(parts):
                return either(self.truth(part, here) for part in parts)
            case Named(name):
                meant = self.policy.defines[name].condition
                return OPEN if meant is None else self.truth(meant, here)
            case Holds(path):
                return self.holds(path, here)
            case Absence(path, missing):
                return YES if (self.find(path, here) is None) == missing else NO
            case Compare(op, left, right):
                return compared(op, self.sum(left, here), self.sum(right, here))
            case Within(left, choices):
                return among(self.sum(left, here), [self.literal(c, left.of) for c in choices])
            case Quantified():
                return self.quantified(condition, here)

    def holds(self, path: Path, here: Here) -> Truth:
        raw = self.find(path, here)
        if path.type.kind == "attestation" and raw is not None:
            raw = raw["holds"] if self.attested(path.type, raw) else None
        return OPEN if raw is None else YES if raw else NO

    def attested(self, type: Type, raw: Mapping[str, Any]) -> bool:
        if self.today is None or raw["role"] != type.of or not raw["by"].strip():
            return False
        since = 1 if type.within is None else moved(self.today, -1, type.within)
        return since is not None and since <= day(raw["on"]) <= self.today

    def quantified(self, condition: Quantified, here: Here) -> Truth:
        places = self.places(condition, here)
        where = Const(True) if condition.where is None else condition.where
        if places is None:  # an unknown list: any number of entries, of any kind
            return counted(condition, 0, None)
        truths = [both([self.truth(where, p), self.truth(condition.body, p)]) for p in places]
        if condition.kind == "every":  # no entry that passes the filter and fails
            failing = [both([self.truth(where, p), flip(self.truth(condition.body, p))]) for p in places]
            return flip(either(failing))
        return counted(condition, truths.count(YES), len(truths) - truths.count(NO))

    def places(self, condition: Quantified, here: Here) -> list[Here] | None:
        over = condition.over
        if condition.list is None:
            members = self.policy.schema.sets[over]
            return [here._replace(members={**here.members, over: member}) for member in members]
        entries = self.find(condition.list, here)
        if entries is None:
            return None
        return [here._replace(entries={**here.entries, over: entry}) for entry in entries]

    # sums

    def sum(self, sum: Sum, here: Here) -> Value:
        values = [(term, self.atom(term, sum.of, here)) for term in sum.terms]
        if any(value is None for _, value in values):
            return None
        if sum.kind == "number":
            parts = [scaled(value, term.sign * factor(term)) for term, value in timed(values)]
            total: Span = (Fraction(0), Fraction(0))
            for part in parts:
                total = added(total, part)
            return total
        first = values[0][1]
        if sum.kind != "date" or len(values) == 1:
            return first
        assert isinstance(first, tuple)
        low, high = (shifted(end, sum.terms[1:]) for end in first)
        return None if low is None or high is None else (low, high)

    def atom(self, term: Term, of: str, here: Here) -> Value:
        match term.atom:
            case Path() as path:
                return self.value(path, here)
            case Literal() as literal:
                return self.literal(literal, of)
            case Today():
                return None if self.today is None else (self.today, self.today)
            case AtHand(name):
                return [here.members[name]]
            case Graded(name):
                return self.grade(name, here)
        return (0, 0)  # a duration, added by the sum

    def literal(self, literal: Literal, of: str) -> Value:
        return span(Type(literal.kind, of), self.policy.schema.scales, literal.value)

    def grade(self, name: str, here: Here) -> Value:
        grade = self.policy.grades[name]
        scale = self.policy.schema.scales[grade.scale]
        measured = self.sum(grade.sum, here)
        if measured is None:
            return None
        ends = [
            {0} | {scale.index(level) for level, at in grade.bounds if end is None or end >= exact(at)}
            for end in measured
        ]
        return (0 if measured[0] is None else max(ends[0])), max(ends[1])

    # rules

    def instances(self, rule: Rule) -> Iterator[Instance]:
        sets = rule_sets(self.policy, rule)
        for members in product(*(self.policy.schema.sets[name] for name in sets)):
            yield tuple(zip(sets, members, strict=True))

    def active(self, rule: Rule, instance: Instance) -> Truth:
        if (rule, instance) not in self.memo:
            here = Here({}, dict(instance))
            parts = [self.truth(rule.condition, here), flip(self.release(rule.unless, here))]
            parts += [flip(truth) for truth in self.overriding(rule, instance)]
            self.memo[rule, instance] = both(parts)
        return self.memo[rule, instance]

    def release(self, condition: Condition | None, here: Here) -> Truth:
        return NO if condition is None else self.truth(condition, here)

    def overriding(self, rule: Rule, instance: Instance) -> Iterator[Truth]:
        for other in self.policy.rules:
            if rule.name and rule.name in other.overrides:
                for there in self.instances(other):
                    if all(dict(instance).get(name, member) == member for name, member in there):
                        yield self.active(other, there)

    def effective(self, rule: Rule, instance: Instance, effect: Effect) -> Truth:
        active = self.active(rule, instance)
        if effect.kind != "require":
            return active
        assert effect.condition is not None
        return both([active, flip(self.truth(effect.condition, Here({}, dict(instance))))])


def counted(condition: Quantified, low: int, high: int | None) -> Truth:
    def at_least(n: int) -> Truth:
        return (high is None or high >= n), not low >= n

    count = condition.number
    match condition.kind:
        case "any":
            return at_least(1)
        case "no":
            return flip(at_least(1))
        case "least":
            return at_least(count)
        case "most":
            return flip(at_least(count + 1))
        case "fewer":
            return flip(at_least(count))
        case "more":
            return at_least(count + 1)
        case "exactly":
            return both([at_least(count), flip(at_least(count + 1))])
    return OPEN  # every, over an unknown list


def timed(values: list[tuple[Term, Value]]) -> Iterator[tuple[Term, Span]]:
    for term, value in values:
        assert isinstance(value, tuple)
        yield term, value


def factor(term: Term) -> Fraction:
    return Fraction(1) if term.times is None else exact(term.times)


def shifted(end: Any, terms: tuple[Term, ...]) -> int | None:
    """A day moved by durations, from left to right."""
    for term in terms:
        assert isinstance(term.atom, Duration)
        end = None if end is None else moved(end, term.sign, term.atom)
    return end  # type: ignore[no-any-return]
