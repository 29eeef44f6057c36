"""What single literals do not say: whether the sums, the dates and the texts of a model exist.

A model of the clauses picks a truth for each atom. Those of several numbers, dates or texts at once
may contradict each other; then some of them, few, become a new clause and the solver is asked again.
There are finitely many atoms, so that ends; and as every clause added is true of all records, an
answer that nothing is possible is a proof.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

import attrs

from policylang.analysis import days, linear
from policylang.analysis.days import End, Step
from policylang.analysis.gates import TRUE
from policylang.analysis.regions import TODAY, DayAtom, NumberAtom, Regions, TextAtom
from policylang.analysis.simplex import Bound
from policylang.analysis.solver import Solver


MANY = 100  # contradictions of one model, each found by a search through equal texts


@attrs.frozen
class Solution:
    """Numbers, days and equal texts for a model; ``numbers`` is None where no doubles were found."""

    numbers: Mapping[int, Fraction] | None
    days: Mapping[int, int]
    texts: Mapping[int, str | int]  # a constant, or a number that equal texts share


def solve(regions: Regions) -> Solution | list[tuple[int, ...]]:
    """Return values for the last model, or sets of its literals that cannot hold together."""
    texts = _texts(regions)
    if isinstance(texts, list):
        return texts
    placed = _days(regions)
    if isinstance(placed, tuple):
        return [placed]
    numbers = _numbers(regions)
    if isinstance(numbers, tuple):
        return [numbers]
    return Solution(numbers, placed, texts)


def _present(regions: Regions, variables: list[int]) -> bool:
    """Return whether all these variables are in the record of the last model."""
    solver = regions.gates.solver
    for variable in variables:
        path = regions.paths[variable]
        if path in regions.absents and solver.holds(regions.absents[path]):
            return False
        for at, step in enumerate(path):
            slots = regions.slots.get(path[:at])
            if slots is not None and isinstance(step, int) and not solver.holds(slots[step]):
                return False
    return True


# --- texts --------------------------------------------------------------------------------------


def _texts(regions: Regions) -> dict[int, str | int] | list[tuple[int, ...]]:
    """Merge what is equal; return the paths of equalities between texts that must differ."""
    solver = regions.gates.solver
    links: dict[int | str, list[tuple[int | str, int]]] = {}
    differ: list[tuple[int, int | str, int]] = []
    for literal, atom in regions.relations[TextAtom]:
        both = [atom.first] + ([atom.second] if isinstance(atom.second, int) else [])
        if not _present(regions, both):
            continue
        if solver.holds(literal):
            links.setdefault(atom.first, []).append((atom.second, literal))
            links.setdefault(atom.second, []).append((atom.first, literal))
        else:
            links.setdefault(atom.first, [])
            differ.append((atom.first, atom.second, -literal))
    merged: dict[int | str, str | int] = {}
    contradictions: list[tuple[int, ...]] = []
    for start in links:
        if isinstance(start, str) or start in merged:
            continue
        reached = _reached(links, start)
        constants = [one for one in reached if isinstance(one, str)]
        for one, other in pairwise(constants):
            contradictions.append(tuple({*_way(reached, one), *_way(reached, other)}))
        name = constants[0] if constants else min(one for one in reached if isinstance(one, int))
        merged.update(dict.fromkeys(reached, name))
    for first, second, literal in differ:
        if merged[first] == merged.get(second, second) and len(contradictions) < MANY:
            contradictions.append((*_way(_reached(links, first), second), literal))
    return contradictions or {text: name for text, name in merged.items() if isinstance(text, int)}


Reached = dict[int | str, tuple[int | str, int] | None]


def _reached(links: Mapping[int | str, list[tuple[int | str, int]]], start: int | str) -> Reached:
    """Return all that is equal to a text, each with its neighbour on the way back and the literal."""
    found: Reached = {start: None}
    pending = deque([start])
    while pending:
        at = pending.popleft()
        for other, literal in links.get(at, []):
            if other not in found:
                found[other] = (at, literal)
                pending.append(other)
    return found


def _way(reached: Reached, end: int | str) -> list[int]:
    way = []
    step = reached[end]
    while step is not None:
        way.append(step[1])
        step = reached[step[0]]
    return way


# --- dates --------------------------------------------------------------------------------------


def _days(regions: Regions) -> dict[int, int] | tuple[int, ...]:
    solver = regions.gates.solver
    ends: list[End] = []
    steps: list[Step] = []
    for literal, atom in regions.relations[DayAtom]:
        variables = [atom.first] + ([] if atom.second is None else [atom.second])
        if not _present(regions, variables):
            continue
        holds = solver.holds(literal)
        own = literal if holds else -literal
        if atom.second is None:
            ends.append(End(atom.first, atom.more - (not holds), holds, own))
        elif not all(map(solver.holds, _in_calendar(regions, atom))):
            continue  # a date that leaves the calendar: the atom says nothing
        elif holds:
            steps.append(Step(atom.first, atom.shifts, atom.second, atom.second_shifts, atom.more, own))
        else:
            steps.append(Step(atom.second, atom.second_shifts, atom.first, atom.shifts, 1 - atom.more, own))
    today = regions.numbers.get(TODAY, -1)
    causes, found = days.infeasible(ends, steps, today, solver.look_at_the_clock)
    if causes is None:
        return found
    conditions: set[int] = set()
    for cause in causes:
        atom = regions.atoms[abs(cause)]
        if isinstance(atom, DayAtom) and atom.second is not None:
            conditions.update(_in_calendar(regions, atom))
    return (*causes, *conditions)


def _in_calendar(regions: Regions, atom: DayAtom) -> list[int]:
    """Return the literals that both dates of an atom, moved, are still dates."""
    found = []
    for variable, shifts in ((atom.first, atom.shifts), (atom.second, atom.second_shifts)):
        assert variable is not None
        if shifts:
            found += regions.in_calendar(regions.paths[variable], shifts)
    return found


# --- numbers ------------------------------------------------------------------------------------


def _numbers(regions: Regions) -> dict[int, Fraction] | tuple[int, ...] | None:
    """Return values for what stands in sums together; None when there are real ones and no doubles."""
    variables = _bound(regions)
    if isinstance(variables, frozenset):
        return tuple(variables)
    if not variables:
        return {}
    tick = regions.gates.solver.look_at_the_clock
    causes = linear.impossible(regions.sums, variables, tick)
    return linear.numbers(regions.sums, variables, tick, plain=False) if causes is None else tuple(causes)


def plain_numbers(regions: Regions) -> dict[int, Fraction] | None:
    """Return values of few digits for what stands in sums together in the last model, if it is easy."""
    variables = _bound(regions)
    assert not isinstance(variables, frozenset), "the model has been looked at"
    tick = regions.gates.solver.look_at_the_clock
    return linear.numbers(regions.sums, variables, tick, plain=True) if variables else {}


def _bound(regions: Regions) -> list[int] | frozenset[int]:
    """Put the bounds of the last model to the sums; return the numbers in them, or what contradicts."""
    solver, sums = regions.gates.solver, regions.sums
    bounds = []
    variables: dict[int, None] = {}
    for literal, atom in regions.relations[NumberAtom]:
        if _present(regions, [v for v, _ in atom.form]):
            bounds.append(_side(sums.sum_of(atom.form), atom.bound, atom.strict, literal, solver))
            variables.update((v, None) for v, _ in atom.form)
    for variable in variables:
        for bound, strict, literal in regions.bounds_of(variable):
            bounds.append(_side(variable, bound, strict, literal, solver))
        bounds += [Bound(variable, sign * linear.LARGEST, False, sign > 0, TRUE) for sign in (-1, 1)]
    causes = sums.contradiction(bounds, solver.look_at_the_clock)
    return list(variables) if causes is None else causes


def _side(variable: int, value: Fraction, strict: bool, literal: int, solver: Solver) -> Bound:
    """Return on which side of a bound the last model has a variable."""
    if solver.holds(literal):
        return Bound(variable, value, strict, False, literal)
    return Bound(variable, value, not strict, True, -literal)
