"""Strategies for records: aimed at what a policy can see, and drawn freely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from random import Random
from typing import Any

import attrs
from hypothesis import strategies as st

from policylang.core.policy import Policy
from policylang.core.predicates import Predicate
from policylang.language import schema as types
from policylang.testing.aims import Atoms, aim_at
from policylang.testing.cuts import Cuts, cuts_of, predicates_of
from policylang.testing.goals import Wish, wishes
from policylang.testing.plans import Draw, RecordPlan, Runs, integers
from policylang.testing.pools import SOME_DAY

Json = dict[str, Any]
Case = tuple[Json, date | None]

MONTH_ENDS = (date(2024, 2, 29), date(2026, 3, 31))  # where months of unequal length show
UNAIMED = 3  # there is one record drawn freely for so many that are aimed
WAYS = 8  # aims for each wish at least
TRIED = 2  # ways without success after which no more are tried
PAGE = 180  # aims at least, and at once: Hypothesis draws numbers above 256 less often


@attrs.define(eq=False)
class Aims:
    """The aims of one plan, found when first asked for and kept."""

    plan: RecordPlan
    wishes: Sequence[Wish]
    atoms: Atoms = attrs.field(init=False)
    _found: dict[int, Runs | None] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.atoms = Atoms(self.plan)

    def __getitem__(self, number: int) -> Runs | None:
        """Return an aim, the same for the same number; None where none was found."""
        if number not in self._found:
            self._found[number] = None if self._is_hopeless(number) else self._find(number)
        return self._found[number]

    def _find(self, number: int) -> Runs | None:
        random = Random(number)
        return aim_at(self.wishes[number % len(self.wishes)](random), self.atoms, random)

    def _is_hopeless(self, number: int) -> bool:
        """Return whether the first ways to a wish have failed already: most likely there is none."""
        first = number % len(self.wishes)
        ways = [first + tried * len(self.wishes) for tried in range(TRIED)]
        return number > ways[-1] and all(self[way] is None for way in ways)

    def numbers(self) -> st.SearchStrategy[int]:
        """Return a strategy for the number of an aim, or a negative one for none."""
        count = max(PAGE, WAYS * len(self.wishes))
        unaimed = PAGE // UNAIMED
        numbers = integers(0, unaimed + PAGE - 1)
        if count == PAGE:
            return numbers.map(lambda number: number - unaimed)
        pages = integers(0, (count - 1) // PAGE)
        return st.tuples(numbers, pages).map(
            lambda pair: pair[0] - unaimed + pair[1] * PAGE if pair[0] >= unaimed else -1
        )

    def drawn(self, draw: Draw, number: int) -> Json:
        """Return a record drawn freely, or within one of the aims."""
        return self.plan.draw(draw, self[number] if number >= 0 else None)


@attrs.define(eq=False)
class Sampler:
    """Draws records of a schema for what some predicates can see, aimed at some wishes."""

    schema: types.Schema
    cuts: Cuts
    wishes: Sequence[Wish]
    complete: bool = False
    _aims: dict[date | None, Aims] = attrs.field(init=False, factory=dict)

    def aims(self, today: date | None) -> Aims:
        if today not in self._aims:
            plan = RecordPlan(self.schema, self.cuts, today, self.complete)
            self._aims[today] = Aims(plan, self.wishes)
        return self._aims[today]

    def todays(self) -> list[date | None]:
        """Return the days of decisions worth trying, the plainest first; None is no day given."""
        days = {day for cut in self.cuts.todays for day in _around(cut)}
        found: list[date | None] = [SOME_DAY, *sorted(days - {SOME_DAY}), *MONTH_ENDS]
        return found if self.complete else [*found, None]

    def records(self, today: date | None) -> st.SearchStrategy[Json]:
        return _records(self, today)

    def cases(self) -> st.SearchStrategy[Case]:
        return _cases(self)


def _around(day: date) -> list[date]:
    ordinals = range(max(1, day.toordinal() - 1), min(date.max.toordinal(), day.toordinal() + 1) + 1)
    return [date.fromordinal(ordinal) for ordinal in ordinals]


@st.composite
def _records(draw: Draw, sampler: Sampler, today: date | None) -> Json:
    aims = sampler.aims(today)
    return aims.drawn(draw, draw(aims.numbers()))


@st.composite
def _cases(draw: Draw, sampler: Sampler) -> Case:
    days = sampler.todays()
    # Half of the cases are of the plainest day: what does not depend on the day is found soonest there.
    place = draw(integers(0, 2 * len(days) - 1))
    today = days[place if place < len(days) else 0]
    aims = sampler.aims(today)
    return aims.drawn(draw, draw(aims.numbers())), today


def sampler_of(
    policy: Policy,
    *,
    complete: bool = False,
    aims: Sequence[Wish] | None = None,
    others: Iterable[Predicate] = (),
) -> Sampler:
    """Return the sampler of a policy, aimed at everything it can say unless told otherwise."""
    cuts = cuts_of([*predicates_of(policy), *others])
    return Sampler(policy.schema, cuts, wishes(policy) if aims is None else aims, complete)


def records(
    policy: Policy, *, complete: bool = False, today: date | None = SOME_DAY
) -> st.SearchStrategy[Json]:
    """Draw records of a policy's schema, as plain JSON, at and around everything its rules can see.

    Dates and attestations are drawn around ``today``, the date that the record is to be decided on;
    `cases` draws it too. A ``complete`` record has all that is declared, exact and of use today. Records
    shrink to fewer keys, fewer entries and lower levels.
    """
    return sampler_of(policy, complete=complete).records(today)


def cases(policy: Policy, *, complete: bool = False) -> st.SearchStrategy[Case]:
    """Draw records as `records` does, each with the date that it is to be decided on, or None."""
    return sampler_of(policy, complete=complete).cases()
