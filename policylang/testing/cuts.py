"""Where a policy looks: for each place of a record the values at which its rules change their mind.

A place is a leaf, group, row, table or list, by its steps from the record or from a list's entry
(`Place`). All entries of a list are one place. Cuts are exact; what a double or a day can hold is for
`pools` to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import attrs

from policylang.core.compiler import Grounder, bindings
from policylang.core.policy import Policy
from policylang.core.predicates import Predicate
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.values import Duration, shift

Place = tuple[str | None, tuple[str, ...]]
"""The entry that the steps start from, None for the record, and the steps."""

Shifts = tuple[tuple[int, Duration], ...]
BASES_TRIED = 3  # values of the other fields of a sum for which a field's own cut is found


@attrs.frozen
class Moved:
    """A field's date, moved by ``shifts``, is compared with a day, or with today, moved by ``others``."""

    shifts: Shifts
    day: date | None  # None: today
    others: Shifts


@attrs.define(eq=False)
class Cuts:
    """What the predicates of a policy compare each place with."""

    read: set[Place] = attrs.field(factory=set)
    tested: set[Place] = attrs.field(factory=set)  # `is missing` and `is known`
    numbers: dict[Place, set[Fraction]] = attrs.field(factory=dict)
    dates: dict[Place, set[Moved]] = attrs.field(factory=dict)
    todays: set[date] = attrs.field(factory=set)  # days around which today makes a difference itself
    texts: set[str] = attrs.field(factory=set)
    counts: dict[Place, set[int]] = attrs.field(factory=dict)


Form = tuple[dict[Place, Fraction], Fraction]
"""Coefficients and a constant: a sum that is compared with 0."""


def predicates_of(policy: Policy) -> Iterator[Predicate]:
    """Yield every predicate that a policy's outcomes, releases and claims depend on."""
    for instance in policy.predicates.instances:
        yield instance.active
        for effect in instance.effects:
            yield effect.predicate
            if effect.until is not None:
                yield effect.until
    for claim in policy.claims:
        if isinstance(claim, c.OutcomeClaim):
            yield from claim_conditions(claim)


def claim_conditions(claim: c.OutcomeClaim) -> list[Predicate]:
    """Return the condition of a claim, one for each instance."""
    grounder = Grounder()
    return [grounder.ground(claim.condition, members) for members in bindings(claim.sets)]


def cuts_of(predicates: Iterable[Predicate]) -> Cuts:
    """Return what predicates compare each place with; each shared part is read once."""
    cuts, forms = Cuts(), list[Form]()
    for node in c.each(predicates):
        _read(node, cuts, forms)
    _cut_by_sums(forms, cuts)
    return cuts


def place_of(path: c.Path) -> Place:
    """Return the place of a predicate's path, whose steps are names."""
    return path.entry, path.steps  # type: ignore[return-value]


def _read(node: Predicate, cuts: Cuts, forms: list[Form]) -> None:
    cuts.read.update(place_of(path) for path in c.paths(node))
    match node:
        case c.Compare(_, left, right):
            _compared(left, right, cuts, forms)
        case c.OneOf(item, values):
            for value in values:
                _compared(item, value, cuts, forms)
        case c.Missing(path):
            cuts.tested.add(place_of(path))
        case c.AtLeastEntries(n, path):
            cuts.counts.setdefault(place_of(path), set()).add(n)
        case _:
            pass


def _compared(left: c.Term, right: c.Term, cuts: Cuts, forms: list[Form]) -> None:
    for term in (left, right):
        if isinstance(term, c.Graded):
            subject = _form(term.subject)
            forms += [_minus(subject, ({}, bound)) for bound, _ in term.bounds]
    if isinstance(left, c.Graded) or isinstance(right, c.Graded):
        return
    match left.type:
        case types.Number():
            forms.append(_minus(_form(left), _form(right)))
        case types.Date():
            _dated(left, right, cuts)
            _dated(right, left, cuts)
        case types.Text():
            cuts.texts.update(t.value.low for t in (left, right) if isinstance(t, c.Constant))
        case _:
            pass  # every level, member and bool is tried anyway


# --- numbers ------------------------------------------------------------------------------------


def _form(term: c.Term) -> Form:
    match term:
        case c.Constant(value):
            return {}, value.low
        case c.FieldValue(path):
            return {place_of(path): Fraction(1)}, Fraction(0)
        case c.Sum(parts):
            total: Form = ({}, Fraction(0))
            for coefficient, atom in parts:
                fields, constant = _form(atom)
                scaled = {place: -coefficient * k for place, k in fields.items()}
                total = _minus(total, (scaled, -coefficient * constant))
            return total
        case _:
            raise AssertionError("only numbers are added")


def _minus(a: Form, b: Form) -> Form:
    fields = dict(a[0])
    for place, k in b[0].items():
        fields[place] = fields.get(place, Fraction(0)) - k
    return {place: k for place, k in fields.items() if k}, a[1] - b[1]


def _cut_by_sums(forms: list[Form], cuts: Cuts) -> None:
    """Note where each field of a sum crosses 0: alone, or with the other fields at values of their own."""
    for fields, constant in sorted(forms, key=lambda form: len(form[0])):
        for place, k in fields.items():
            others = [(other, j) for other, j in fields.items() if other != place]
            bases = [[Fraction(0), *sorted(cuts.numbers.get(other, ()))[:BASES_TRIED]] for other, _ in others]
            for tried in range(max(map(len, bases), default=1)):
                rest = sum(
                    (j * base[tried % len(base)] for (_, j), base in zip(others, bases, strict=True)),
                    start=constant,
                )
                cuts.numbers.setdefault(place, set()).add(-rest / k)


# --- dates --------------------------------------------------------------------------------------


def _dated(own: c.Term, other: c.Term, cuts: Cuts) -> None:
    """Note where a field's date, or today, passes the other side of a comparison."""
    base, shifts = _base(own)
    against, others = _base(other)
    day = against.value.low if isinstance(against, c.Constant) else None
    match base:
        case c.FieldValue(path):
            # Another field's date is taken to be around today, where its own values are.
            cuts.dates.setdefault(place_of(path), set()).add(Moved(shifts, day, others))
        case c.Today() if day is not None:
            cuts.todays.update(crossings(Moved(shifts, day, others), day))
        case _:
            pass


def _base(term: c.Term) -> tuple[Any, Shifts]:
    return (term.base, term.shifts) if isinstance(term, c.DateSum) else (term, ())


def crossings(moved: Moved, today: date) -> Iterator[date]:
    """Yield the first day that, moved, is not before the other side; nothing outside the calendar."""
    target = shifted(moved.day or today, moved.others)
    if target is None:
        return
    back = tuple((-sign, duration) for sign, duration in reversed(moved.shifts))
    guess = shifted(target, back)
    if guess is None:
        return
    # Months have unequal lengths, so that going back may miss by a few days for each duration.
    reach = 4 * len(moved.shifts)
    for offset in range(-reach, reach + 1):
        try:
            day = guess + timedelta(days=offset)
        except OverflowError:
            continue
        at = shifted(day, moved.shifts)
        if at is not None and at >= target:
            yield day
            return


def shifted(day: date, shifts: Shifts) -> date | None:
    """Return a day with durations applied left to right; None outside the calendar."""
    found: date | None = day
    for sign, duration in shifts:
        if found is None:
            return None
        found = shift(found, duration, sign)
    return found
