"""Outcomes, what fires, what falls due, and dated records with their latches: sections 6 and 7."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from .meaning import Here, Instance, Reading
from .model import Action, Effect, Field, Policy, Rule
from .spans import NO, OPEN, YES, Truth, both, either, flip, moved, span

OUTCOMES = {YES: "permitted", NO: "forbidden", OPEN: "undetermined"}


class Entry(NamedTuple):
    rule: str
    instance: Instance
    effect: str
    actions: tuple[str, ...]
    latched: bool


class Due(NamedTuple):
    text: str
    rule: str
    instance: Instance
    due: date | None
    overdue: bool
    certain: bool
    vague: bool  # in a history it may fall due, and it is not known since when


class Warned(NamedTuple):
    text: str
    rule: str
    instance: Instance
    certain: bool


class Decision(NamedTuple):
    outcomes: dict[str, str]
    constrained: set[str]
    fired: list[Entry]
    undecided: list[Entry]
    obligations: list[Due]
    warnings: list[Warned]
    late: int  # past dates that are not wholly past


Key = tuple[Rule, Instance, int]


class Past(NamedTuple):
    """What a history remembers: which effects are in force, and since when a rule is, or may be, active."""

    force: dict[Key, Truth]
    since: dict[tuple[Rule, Instance, bool], date]  # with whether it is certain


def decide(policy: Policy, record: Any, today: date | None, past: Past | None = None) -> Decision:
    reading = Reading(policy, record, today)
    rows = list(standing(reading, past))
    decision = Decision({}, constrained(policy), [], [], [], [], late(reading, policy.schema.fields, record))
    for rule, instance, effect, truth, active in rows:
        entry = Entry(rule.label, instance, effect.kind, effect.actions, active != YES)
        if truth == YES:
            decision.fired.append(entry)
        elif truth == OPEN:
            decision.undecided.append(entry)
        if truth != NO and effect.kind == "warn":
            decision.warnings.append(Warned(effect.text, rule.label, instance, truth == YES))
        if truth != NO and effect.kind == "oblige":
            since = None if past is None else past.since.get((rule, instance, truth == YES))
            due = due_date(reading, effect, instance, since or today)
            overdue = due is not None and today is not None and due < today
            vague = past is not None and truth != YES and effect.of is None
            row = Due(effect.text, rule.label, instance, due, overdue, truth == YES, vague)
            decision.obligations.append(row)
    for action in policy.actions:
        may = allowed(policy, action, [(effect, truth) for _, _, effect, truth, _ in rows])
        decision.outcomes[action.name] = OUTCOMES[may]
    return decision


def standing(reading: Reading, past: Past | None) -> Iterator[tuple[Rule, Instance, Effect, Truth, Truth]]:
    """Every rule, instance and effect with its force and with the truth that it has without a past."""
    for rule in reading.policy.rules:
        for instance in reading.instances(rule):
            if past is not None:
                remember(reading, past, rule, instance)
            for place, effect in enumerate(rule.effects):
                active = truth = reading.effective(rule, instance, effect)
                if past is not None and rule.until is not None and effect.kind in ("forbid", "require"):
                    before = past.force.get((rule, instance, place), NO)
                    release = reading.truth(rule.until, Here({}, dict(instance)))
                    truth = either([active, both([before, flip(release)])])
                    past.force[rule, instance, place] = truth
                yield rule, instance, effect, truth, active


def remember(reading: Reading, past: Past, rule: Rule, instance: Instance) -> None:
    assert reading.today is not None
    active = reading.active(rule, instance)
    for certain, unbroken in ((True, active == YES), (False, active != NO)):
        if unbroken:
            past.since.setdefault((rule, instance, certain), date.fromordinal(reading.today))
        else:
            past.since.pop((rule, instance, certain), None)


def late(reading: Reading, fields: Iterable[Field], node: Any) -> int:
    """How many past dates of a record may lie after the day of the decision."""
    if reading.today is None:
        return 0
    count = 0
    for field in fields:
        raw, type = (node or {}).get(field.name), field.type
        rows = [raw]
        if type.kind == "table":
            rows = list((raw or {}).values())
        elif type.kind == "list":
            rows = raw or []
        if type.past and raw is not None:
            count += reading.usable(type, span(type, {}, raw)) is None
        count += sum(late(reading, type.fields, row) for row in rows if type.fields)
    return count


def due_date(reading: Reading, effect: Effect, instance: Instance, since: date | None) -> date | None:
    if effect.within is None:
        return None
    start = None if since is None else since.toordinal()
    if effect.of is not None:
        value = reading.value(effect.of, Here({}, dict(instance)))
        exactly = isinstance(value, tuple) and value[0] == value[1]
        start = value[0] if exactly else None  # type: ignore[index,assignment]
    end = None if start is None else moved(start, 1, effect.within)
    return None if end is None else date.fromordinal(end)


def allowed(policy: Policy, action: Action, effects: list[tuple[Effect, Truth]]) -> Truth:
    naming = [(effect.kind, truth) for effect, truth in effects if action.name in effect.actions]
    forbidden = either(truth for kind, truth in naming if kind in ("forbid", "require"))
    permitted = either(truth for kind, truth in naming if kind == "permit")
    parts = [flip(forbidden)] if action.open else [flip(forbidden), permitted]
    if action.widens:
        wider = next(other for other in policy.actions if other.name == action.widens)
        parts.append(allowed(policy, wider, effects))
    return both(parts)


def constrained(policy: Policy) -> set[str]:
    prohibitions = [e for rule in policy.rules for e in rule.effects if e.kind in ("forbid", "require")]
    found = {name for effect in prohibitions for name in effect.actions}
    found |= {action.name for action in policy.actions if not action.open}
    for _ in policy.actions:
        found |= {action.name for action in policy.actions if action.widens in found}
    return found


def history(policy: Policy, pairs: list[tuple[date, Any]]) -> list[Decision]:
    past = Past({}, {})
    return [decide(policy, record, day, past) for day, record in pairs]
