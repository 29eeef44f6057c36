"""One record and a predicate that is unknown on it: which values are open, and what they may be."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import islice, product
import math
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any

import attrs

from policylang.analysis.folding import NOWHERE, concrete, open_steps
from policylang.analysis.reading import atoms
from policylang.core.outcomes import Finding, widening
from policylang.core.evaluator import Evaluator, compare
from policylang.core.predicates import Predicate
from policylang.core.record import Record, Steps
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.truth import FALSE, UNKNOWN, Truth
from policylang.values import Attestation, Entries, Present, Range, Value, exactly, next_double, number_of

if TYPE_CHECKING:
    from policylang.analysis.opened import Undecided
    from policylang.core.policy import Policy

MAX_OPEN = 4_000  # unknown values of a record that are looked at: the first ones that rules read
MAX_GUESSES = 48  # values that are tried before the solver is asked
Nodes = types.Group | types.Table
MIRRORED = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "=": "=", "!=": "!="}
OPERATORS = {">=": ge, ">": gt, "<=": le, "<": lt, "=": eq, "!=": ne}


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


def may_of(
    policy: Policy, findings: Sequence[Finding], action: str, force: Callable[[Finding], Predicate] = force_of
) -> Predicate:
    """Return the predicate that an action is permitted (section 6 of the language)."""
    actions = policy.actions
    parts: list[Predicate] = []
    for name in widening(actions, action):
        bearing = [f for f in findings if name in f.effect.actions]
        forbidding = [force(f) for f in bearing if f.effect.kind != "permit"]
        parts.append(c.Not(c.Or(tuple(forbidding), span=NOWHERE), span=NOWHERE))
        if not actions[name].permitted:
            permitting = [force(f) for f in bearing if f.effect.kind == "permit"]
            parts.append(c.Or(tuple(permitting), span=NOWHERE))
    return c.And(tuple(parts), span=NOWHERE)


# --- which values are open ----------------------------------------------------------------------


def open_value(path: Steps, type_: types.Type, evaluator: Evaluator) -> Open | None:
    """Return what an unknown value of a type may become; None where the value is exact and of use.

    A past date or an attestation that only lacks today is no other value's matter.
    """
    value, today = evaluator.record[path], evaluator.today
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
    type_ = schema.type_at(path)
    assert type_ is not None
    unknown = open_value(path, type_, evaluator)
    return Open(path, type_, None, evaluator.record[path] if unknown is None else unknown.now)


def ends_known(folded: Predicate, today: date | None) -> bool:
    """Return whether a predicate is sure to be true or false once its values are known.

    False also where that is not simple to say: where a date sum may leave the calendar, and where dates
    and attestations are read without a today.
    """
    for node in c.each([folded]):
        is_open = isinstance(node, c.Fixed) and node.truth is UNKNOWN
        if is_open or (isinstance(node, c.Attested) and today is None):
            return False
        if not all(_ends_known(term, today) for term in c.terms(node)):
            return False
    return True


def _ends_known(term: c.Term, today: date | None) -> bool:
    match term:
        case c.Constant(value):
            return value.is_exact
        case c.FieldValue(type=type_):
            return today is not None or not isinstance(type_, types.Date)
        case c.Sum(parts):
            return all(_ends_known(part, today) for _, part in parts)
        case c.Graded(subject=subject):
            return _ends_known(subject, today)
        case _:
            return False


# --- values that are tried ----------------------------------------------------------------------


Reading = tuple[Predicate, list[Steps]]
"""An atom and the open paths that it reads."""


@attrs.frozen
class Aim:
    """An atom of a folded predicate that is to come to a truth."""

    atom: Predicate
    truth: Truth


Told = tuple[int, int, int]
"""Samples that make an atom false, unknown and true, a bit for each; indexed by `Truth.value`."""


class Values:
    """A few values for each open path, and which of them give atoms which truths.

    Of a scale, a set or a bool they are all the values there are.
    """

    def __init__(self, evaluator: Evaluator, everything: Undecided) -> None:
        self.evaluator = evaluator
        self.everything = everything
        self._samples: dict[Steps, list[Value]] = {}
        self._told: dict[tuple[int, Steps], tuple[Told, Predicate]] = {}
        self._alike: dict[tuple[Any, ...], Told] = {}

    def samples(self, value: Open) -> list[Value]:
        if value.path not in self._samples:
            is_compared = isinstance(value.type, types.Text | types.Number | types.Date)
            constants = self.everything.compared.get(value.path, ()) if is_compared else ()
            self._samples[value.path] = samples(value, constants, self.evaluator.today)
        return self._samples[value.path]

    def giving(self, aim: Aim, value: Open) -> int:
        """Return which samples of one path give an atom a truth, the rest as it is: a bit for each."""
        return self.told(aim.atom, value)[aim.truth.value]

    def told(self, atom: Predicate, value: Open) -> Told:
        """Return which samples of one path make an atom false, unknown and true, the rest as it is."""
        key = (id(atom), value.path)
        found = self._told.get(key)
        if found is None:
            found = self._told[key] = (self._told_by(atom, value), atom)
        return found[0]

    def _told_by(self, atom: Predicate, value: Open) -> Told:
        if isinstance(atom, c.Compare) and is_listed(value.type):
            match atom.left, atom.right:
                case _, c.Constant(known):
                    return _compared(atom.op, self.samples(value), known)
                case c.Constant(known), _:
                    return _compared(MIRRORED[atom.op], self.samples(value), known)
        alike = _alike(atom)
        if alike is not None and alike in self._alike:
            return self._alike[alike]
        told = _told(self._truths(atom, value))
        if alike is not None:
            self._alike[alike] = told
        return told

    def _truths(self, atom: Predicate, value: Open) -> Iterator[Truth]:
        """Yield the truth of an atom with each sample in turn."""
        chosen: dict[Steps, Value] = {value.path: Present()}
        record, today = patched(self.evaluator, chosen).record, self.evaluator.today
        for one in self.samples(value):
            chosen[value.path] = one
            yield Evaluator(record, today).evaluate(atom)  # a new one: it remembers what it evaluated

    def may_be(self, aim: Aim, value: Open) -> bool:
        """Return whether some value gives an atom a truth; also true where that is not simple to say."""
        return not is_listed(value.type) or bool(self.giving(aim, value))

    def meet(self, aims: Iterable[tuple[Aim, list[Open]]]) -> dict[Steps, Value] | None:
        """Return samples that meet all aims, each by values at the paths beside it; None if none did."""
        allowed: dict[Steps, tuple[Open, int]] = {}
        several: list[Aim] = []
        for aim, values in aims:
            for value in values:
                fit = self.giving(aim, value) if len(values) == 1 else -1
                fit &= allowed[value.path][1] if value.path in allowed else -1
                if not fit:
                    return None
                allowed[value.path] = (value, fit)
            if len(values) > 1:
                several.append(aim)
        return self._meet_together(several, list(allowed.values()))

    def _meet_together(self, aims: list[Aim], allowed: list[tuple[Open, int]]) -> dict[Steps, Value] | None:
        choices = [
            [(value.path, one) for place, one in enumerate(self.samples(value)) if fit >> place & 1]
            for value, fit in allowed
        ]
        for chosen in islice(product(*choices), MAX_GUESSES if aims else 1):
            evaluator = patched(self.evaluator, dict(chosen)) if aims else self.evaluator
            if all(evaluator.evaluate(aim.atom) is aim.truth for aim in aims):
                return dict(chosen)
        return None


# --- samples ------------------------------------------------------------------------------------


def is_listed(type_: types.Type) -> bool:
    """Return whether the samples of a type are all values that it has."""
    return isinstance(type_, types.Scale | types.Set | types.Bool)


def _told(truths: Iterable[Truth]) -> Told:
    """Return which samples have which truth, from the truth of each in turn."""
    found = [0, 0, 0]
    for place, truth in enumerate(truths):
        found[truth.value] |= 1 << place
    return found[0], found[1], found[2]


def _compared(op: str, samples: list[Value], constant: Range) -> Told:
    """Return which samples make a comparison with a constant false, unknown and true; they are exact."""
    if not constant.is_exact:
        return _told(compare(op, one, constant) for one in samples)  # type: ignore[arg-type]
    holds, right = OPERATORS[op], constant.low
    fit = [1 << place for place, one in enumerate(samples) if holds(one.low, right)]  # type: ignore[union-attr]
    true = sum(fit)
    return (1 << len(samples)) - 1 - true, 0, true


def _alike(atom: Predicate) -> tuple[Any, ...] | None:
    """Return what the truths of an atom depend on where its path does not matter, None elsewhere."""
    match atom:
        case c.Holds():
            return (c.Holds,)
        case c.Attested(_, role, within):
            return (c.Attested, role, within)
        case _:
            return None


def patched(evaluator: Evaluator, values: Mapping[Steps, Value]) -> Evaluator:
    """Return an evaluator of the record with other values at some paths, inside of what is then there."""
    record = evaluator.record
    there = {path[:n]: Present() for path in values for n in range(1, len(path))}
    found: Any = ChainMap(values, record.values, there)  # type: ignore[arg-type]  # read, and never written
    return Evaluator(Record(record.schema, found, None), evaluator.today)


def constants(folded: Iterable[Predicate]) -> dict[Steps, tuple[Any, ...]]:
    """Return for each open path the ends of the constants that atoms compare it with."""
    found: dict[Steps, list[Any]] = {}
    for atom in atoms(folded):
        ends = list(_constants(atom))
        for path in open_steps(atom):
            found.setdefault(path, []).extend(ends)
    return {path: tuple(dict.fromkeys(ends)) for path, ends in found.items()}


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
