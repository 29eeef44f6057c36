"""One record and a predicate that is unknown on it: which values are open, and what they may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import islice, product
import math
from typing import Any

import attrs

from policylang.analysis.folding import atoms, concrete, open_steps
from policylang.analysis.formulas import Formulas, Threshold, every, some
from policylang.analysis.regions import type_at
from policylang.core.decision import Decision, Finding, widening
from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Predicate
from policylang.core.record import FrozenTable, Record, Steps
from policylang.core.support import AtHand
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.source import Span
from policylang.truth import FALSE, UNKNOWN, Truth
from policylang.values import Attestation, Entries, Present, Range, Value, exactly, next_double, number_of

NOWHERE = Span("", 1, 1, 1, 1)
MAX_GUESSES = 48  # values that are tried before the solver is asked
Nodes = types.Group | types.Table


@attrs.frozen
class Open:
    """A value that may become another: one within a range, or any of its type.

    ``now`` is what it is as long as it does not; None where that is nothing of use.
    """

    path: Steps
    type: types.Type
    within: Range | None
    now: Value | None


def is_bounded(value: Value | None) -> bool:
    """Return whether a value is known by bounds only."""
    return isinstance(value, Range) and not value.is_exact


def is_settled(value: Value | None) -> bool:
    """Return whether a value is known, exactly."""
    return value is not None and not is_bounded(value)


# --- predicates ---------------------------------------------------------------------------------


def force_of(finding: Finding) -> Predicate:
    """Return the predicate that an effect is in force, on the record of its decision."""
    predicate, until = finding.effect.predicate, finding.effect.until
    if until is None or finding.before is FALSE:
        return predicate
    held = c.And((c.Fixed(finding.before, span=NOWHERE), c.Not(until, span=NOWHERE)), span=NOWHERE)
    return c.Or((predicate, held), span=NOWHERE)


def may_of(decision: Decision, action: str) -> Predicate:
    """Return the predicate that an action is permitted (section 6 of the language)."""
    actions = {a.name: a for a in decision.policy.predicates.actions}
    parts: list[Predicate] = []
    for name in widening(actions, action):
        bearing = [f for f in decision.findings if name in f.effect.actions]
        forbidding = [force_of(f) for f in bearing if f.effect.kind != "permit"]
        parts.append(c.Not(c.Or(tuple(forbidding), span=NOWHERE), span=NOWHERE))
        if not actions[name].permitted:
            permitting = [force_of(f) for f in bearing if f.effect.kind == "permit"]
            parts.append(c.Or(tuple(permitting), span=NOWHERE))
    return c.And(tuple(parts), span=NOWHERE)


# --- which values are open ----------------------------------------------------------------------


def open_value(path: Steps, evaluator: Evaluator, schema: types.Schema) -> Open | None:
    """Return what an unknown value may become; None where the value is exact and of use.

    A past date or an attestation that only lacks today is no other value's matter.
    """
    type_ = type_at(schema.fields, path)
    value, today = evaluator.record[path], evaluator.today
    assert type_ is not None
    match value, type_:
        case None, _:
            return Open(path, type_, None, None)
        case Attestation(), types.Attestation(role, within):
            word = c.Attested(concrete(path), role, within, span=NOWHERE)
            usable = today is None or evaluator.attested(word, value) is not UNKNOWN
            return None if usable else Open(path, type_, None, None)
        case Range(low, high), types.Date(past=True):
            if today is None or high <= today:
                return None if today is None or value.is_exact else Open(path, type_, value, value)
            return Open(path, type_, Range(low, today) if low <= today else None, None)
        case Range(), _:
            return None if value.is_exact else Open(path, type_, value, value)
        case _:
            return None


def adjustable_value(path: Steps, evaluator: Evaluator, schema: types.Schema) -> Open:
    """Return what may become of a value that can be changed to any of its type."""
    type_ = type_at(schema.fields, path)
    assert type_ is not None
    unknown = open_value(path, evaluator, schema)
    return Open(path, type_, None, evaluator.record[path] if unknown is None else unknown.now)


# --- which truths are out of reach --------------------------------------------------------------


class Reach(Formulas):
    """Formulas over open paths that hold wherever a folded predicate may come to a truth.

    They take each atom by itself, so one may hold where no values will do.
    """

    def __init__(self, opens: Mapping[Steps, Open], evaluator: Evaluator) -> None:
        super().__init__(evaluator)
        self.opens = opens

    def entries(self, node: c.AtLeastEntries, truth: Truth, at_hand: AtHand) -> Threshold:
        return every([steps(node.list, at_hand)])

    def atom(self, atom: Predicate, truth: Truth, at_hand: AtHand) -> Threshold:
        if self.evaluator.evaluate(atom) is truth:
            return every(())
        if isinstance(atom, c.Missing):  # what is given below something makes it present
            path = steps(atom.path, at_hand)
            return some([p for p in self.opens if p[: len(path)] == path])
        paths = open_steps(atom)
        if len(paths) == 1 and not _can_be(atom, truth, self.opens[paths[0]], self.evaluator):
            return some(())
        needed = [path for path in paths if self.opens[path].now is None]
        return every(needed) if needed else some(paths)


def _can_be(atom: Predicate, truth: Truth, value: Open, evaluator: Evaluator) -> bool:
    """Return whether some value gives an atom a truth; also true where that is not simple to say."""
    if not isinstance(value.type, types.Scale | types.Set | types.Bool):
        return True
    tried = (patched(evaluator, {value.path: one}) for one in samples(value, (), evaluator.today))
    return any(one.evaluate(atom) is truth for one in tried)


# --- guesses ------------------------------------------------------------------------------------


def patched(evaluator: Evaluator, values: Mapping[Steps, Value]) -> Evaluator:
    """Return an evaluator of the record with other values at some paths."""
    around = {path[:n]: Present() for path in values for n in range(1, len(path))}
    found = {**around, **evaluator.record.values, **values}
    return Evaluator(Record(evaluator.record.schema, FrozenTable(found), None), evaluator.today)


def constants(folded: Predicate) -> dict[Steps, tuple[Any, ...]]:
    """Return for each open path the ends of the constants that atoms compare it with."""
    found: dict[Steps, list[Any]] = {}
    for atom in atoms(folded):
        ends = list(_constants(atom))
        for path in open_steps(atom):
            found.setdefault(path, []).extend(ends)
    return {path: tuple(dict.fromkeys(ends)) for path, ends in found.items()}


def guesses(
    given: list[Open], compared: Mapping[Steps, tuple[Any, ...]], evaluator: Evaluator
) -> Iterator[Evaluator]:
    """Yield evaluators of the record with some values at the open paths given."""
    choices = [samples(value, compared.get(value.path, ()), evaluator.today) for value in given]
    for chosen in islice(product(*choices), MAX_GUESSES):
        yield patched(evaluator, dict(zip((value.path for value in given), chosen, strict=True)))


def _constants(atom: Predicate) -> Iterator[Any]:
    """Yield the ends of all constants that an atom compares with."""
    terms = [*c.terms(atom)]
    while terms:
        match terms.pop():
            case c.Constant(Range(low, high)):
                yield from (low, high)
            case c.Sum(parts):
                terms += [atom for _, atom in parts]
            case c.DateSum(base):
                terms.append(base)
            case c.Graded(subject=subject, bounds=bounds):
                terms.append(subject)
                yield from (bound for bound, _ in bounds)
            case _:
                pass


def samples(value: Open, constants: tuple[Any, ...], today: date | None) -> list[Value]:
    """Return values that an open path may have: every one of a scale, a set or a bool, a few of others."""
    match value.type:
        case types.Scale(levels=levels):
            found: list[Any] = list(reversed(range(len(levels))))
        case types.Bool():
            found = [True, False]
        case types.Set(members=members):
            found = list(members)
        case types.Text():
            found = ["", *(x for x in constants if isinstance(x, str))]
        case types.Number():
            found = _numbers(value.within, constants)
        case types.Date(past=past):
            found = [day for day in _dates(value.within, constants, today) if _is_fit(day, past, today)]
        case types.Attestation(role):
            on = today or date.min
            return [Attestation(holds, "-", role, on) for holds in (False, True)]
        case types.List():
            return [Entries(0)]
        case _:
            return [Present()]
    inside = value.within or Range(None, None)
    return [exactly(x) for x in found if value.within is None or inside.low <= x <= inside.high]


def _numbers(within: Range | None, constants: tuple[Any, ...]) -> list[Fraction]:
    ends = (within.low, within.high) if within else ()
    near = [x for x in (*constants, *ends) if isinstance(x, Fraction) and math.isfinite(float(x))]
    doubles = {float(x) for x in near} | {0.0}
    beside = {next_double(x, up) for x in doubles for up in (True, False)}
    return [number_of(x) for x in sorted(doubles | beside) if math.isfinite(x)]


def _dates(within: Range | None, constants: tuple[Any, ...], today: date | None) -> list[date]:
    ends = (within.low, within.high) if within else ()
    near = {x for x in (*constants, *ends, today) if isinstance(x, date)}
    one = timedelta(days=1)
    beside = {x + one for x in near if x < date.max} | {x - one for x in near if x > date.min}
    return sorted(near | beside)


def _is_fit(day: date, past: bool, today: date | None) -> bool:
    return not past or today is None or day <= today
