"""Dates compared with many expressions of today: all ways they can stand, by scanning the calendar.

The scan is a plain one: each day of 400 years before and after all absolute dates, as the calendar
repeats after so many, and the days at the ends of the calendar, where durations lead out of it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
import random
from time import process_time
from typing import NamedTuple

import policylang
from policylang import Outcome, Policy
from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.regions import TODAY

EXPRESSIONS = 12
ABSOLUTE = 3
DURATIONS = [
    *(f"{n} days" for n in (1, 27, 28, 30, 31, 59, 60, 61, 89, 90, 91, 92, 180, 184, 365, 366, 730, 1461)),
    *(f"{n} months" for n in (1, 2, 3, 6, 12, 13, 24)),
    "1 year",
    "4 years",
    "13 weeks",
]
DATES = ["2023-12-31", "2024-02-28", "2024-02-29", "2024-03-01", "2025-02-28", "2026-06-30"]
SCANNED = [
    (date(1, 1, 1), date(12, 1, 1)),
    (date(1600, 1, 1), date(2440, 1, 1)),
    (date(9990, 1, 1), date.max),
]
Ways = tuple[Outcome, ...]
"""Of each expression: forbidden when the date is not before it, permitted when it is, undetermined."""


class Done(NamedTuple):
    """How many ways there are, and how long the analysis took for all of them, with the proof of no other."""

    ways: int
    seconds: float


def expressions(seed: int) -> list[str]:
    """Draw dates relative to today, and a few others."""
    source = random.Random(f"dates {seed}")
    moved = source.sample(DURATIONS, EXPRESSIONS - ABSOLUTE)
    sign = source.choice(["-", "-", "+"])
    relative = [f"today {sign if place else '-'} {one}" for place, one in enumerate(moved)]
    return [*relative, *source.sample(DATES, ABSOLUTE)]


def policy_of(found: list[str]) -> Policy:
    """Return a policy with an action for each expression: forbidden when the date is not before it."""
    lines = ["record { d: date }"]
    for place, one in enumerate(found):
        lines.append(f"action a{place}: permitted unless forbidden d >= {one} -> forbid a{place}")
    return policylang.loads("\n".join(lines))


# --- the scan -----------------------------------------------------------------------------------


def moved(day: date, expression: str) -> int | None:
    """Return the ordinal of an expression on a day; None past the ends of the calendar."""
    if expression[0] != "t":
        return date.fromisoformat(expression).toordinal()
    _, sign, count, unit = expression.split()
    number = int(count) if sign == "+" else -int(count)
    if unit in ("days", "weeks"):
        at = day.toordinal() + number * (1 if unit == "days" else 7)
        return at if 1 <= at <= date.max.toordinal() else None
    year, month = divmod(day.year * 12 + day.month - 1 + number * (1 if unit == "months" else 12), 12)
    if not 1 <= year <= 9999:
        return None
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)).toordinal()


def days() -> Iterator[date]:
    for first, last in SCANNED:
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            yield date.fromordinal(ordinal)


def scanned(found: list[str]) -> set[Ways]:
    """Return all ways in which a date can stand to the expressions, on any day."""
    ways: set[Ways] = set()
    seen: set[tuple[int | None, ...]] = set()
    first, last = 1, date.max.toordinal()
    for day in days():
        at = [moved(day, one) for one in found]
        places = sorted({x for x in at if x is not None})
        rank = {x: place for place, x in enumerate(places)}
        order = tuple(-1 if x is None else rank[x] for x in at)
        key = (*order, places[0] == first, places[-1] == last)
        if key in seen:
            continue
        seen.add(key)
        for d in (first, *places):
            ways.add(
                tuple(
                    Outcome.UNDETERMINED if x is None else Outcome.FORBIDDEN if d >= x else Outcome.PERMITTED
                    for x in at
                )
            )
    return ways


# --- the analysis -------------------------------------------------------------------------------


def compared(seed: int) -> Done:
    """Find a record and a day for each way that the scan found, and the proof that there is no other."""
    found = expressions(seed)
    policy, ways = policy_of(found), scanned(found)
    start = process_time()
    space = space_of(policy.predicates)
    outcomes = Outcomes(space, policy.predicates)
    actions = list(policy.actions)
    is_outcome = {(a, o): outcomes.is_outcome(a, o) for a in actions for o in Outcome}
    guard, there = space.solver.fresh(), [space.present(("d",)), -space.regions.absent(TODAY)]
    for way in ways:
        literals = [is_outcome[action, outcome] for action, outcome in zip(actions, way, strict=True)]
        record = space.ask(*there, *literals)
        assert record is not None, (found, way)
        decision = policy.decide(record.record, today=record.today)
        assert tuple(decision.outcomes.values()) == way, (found, way, record)
        space.solver.add([-guard, *(-x for x in literals)])
    other = space.ask(*there, guard)
    assert other is None, (found, other)
    return Done(len(ways), process_time() - start)
