"""The fields that some literals are made of, each with the finitely many values that are told apart.

A *region-record* gives each of these fields a value: absent, a level, a member, true or false, or a
region, that is all numbers (dates, texts) between two neighbouring ones that are compared with. The
regions are those of all the literals together, so that they do not depend on what is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import attrs

from policylang.analysis import linear
from policylang.analysis.linear import Interval
from policylang.analysis.regions import TODAY, DayAtom, NumberAtom, Regions, TextAtom
from policylang.core.record import Steps, path_text
from policylang.language import schema as types


class Uncountable(Exception):
    """Why the records that some literals tell apart are not counted."""


@attrs.frozen
class Domains:
    """How many values each field has, and for each literal its field and the values where it holds.

    Values are bits, of which the lowest is the absent value.
    """

    sizes: tuple[int, ...]
    literals: dict[int, tuple[int, int]]

    @property
    def total(self) -> int:
        """The number of region-records."""
        found = 1
        for size in self.sizes:
            found *= size
        return found


def domains_of(regions: Regions, literals: Iterable[int]) -> Domains:
    """Return the domains of the fields that literals belong to; Uncountable for what has none."""
    wanted = {abs(x) for x in literals} - {1}
    for kind, reason in REASONS.items():
        for literal, atom in regions.relations[kind]:
            is_joint = not isinstance(atom, DayAtom | TextAtom) or isinstance(atom.second, int)
            if literal in wanted and is_joint:
                raise Uncountable(reason)
    sizes: list[int] = []
    found: dict[int, tuple[int, int]] = {}
    for path, absent in regions.absents.items():
        masks = _masks(regions, path)
        if not wanted & {absent, *masks}:
            continue
        if any(isinstance(t, types.List) for t in regions.types_at(path)):
            raise Uncountable("lists are not counted")
        if isinstance(path[0], str) and not _is_leaf(regions, path):
            raise Uncountable(f"whether `{path_text(path)}` is there is not counted")
        if any(isinstance(step, int) for step in path[1:]):
            raise Uncountable("lists are not counted")
        values = _values(regions, path)
        for literal, mask in masks.items():
            found[literal] = (len(sizes), mask)
        found[absent] = (len(sizes), 1)
        sizes.append(values)
    if not wanted <= found.keys():
        raise Uncountable("lists are not counted")
    return Domains(tuple(sizes), found)


REASONS: dict[type, str] = {
    NumberAtom: "sums of several numbers are not counted",
    DayAtom: "dates relative to each other are not counted",
    TextAtom: "texts compared with each other are not counted",
}


def _is_leaf(regions: Regions, path: Steps) -> bool:
    return not any(isinstance(t, types.Group | types.Table) for t in regions.types_at(path))


def _masks(regions: Regions, path: Steps) -> dict[int, int]:
    """Return for each literal of a field but its absence the values where it holds."""
    found: dict[int, int] = {}
    if path in regions.levels:
        levels, ranks = regions.levels[path]
        present = [i for i, level in enumerate(levels) if _is_shared(regions, path, level)]
        for rank, literal in enumerate(ranks, start=1):
            found[literal] = sum(2 << place for place, level in enumerate(present) if level >= rank)
    for place, literal in enumerate(regions.members.get(path, {}).values()):
        found[literal] = 2 << place
    if path in regions.bools:
        found[regions.bools[path]] = (
            4 if isinstance(path[0], str) else 0
        )  # no define that is unspecified holds
    if path in regions.attestations:
        parts = regions.attestations[path]
        roles = [literal for part, literal in parts.items() if part != "holds"]
        for place, literal in enumerate(roles):
            found[literal] = 3 << (2 * place + 2)
        if "holds" in parts:  # what a word without force says is the same for all that asks
            found[parts["holds"]] = sum(8 << (2 * place) for place in range(len(roles)))
    if path in regions.numbers:
        variable = regions.numbers[path]
        found |= _regions(regions, variable)[0]
        texts = [
            x
            for x, atom in regions.relations[TextAtom]
            if atom.first == variable and isinstance(atom.second, str)
        ]
        for place, literal in enumerate(texts):
            found[literal] = 4 << place
    return found


def _is_shared(regions: Regions, path: Steps, level: str) -> bool:
    return all(level in t.levels for t in regions.types_at(path) if isinstance(t, types.Scale))


def _is_a_member(regions: Regions, path: Steps, member: str) -> bool:
    return all(member in t.members for t in regions.types_at(path) if isinstance(t, types.Set))


def _values(regions: Regions, path: Steps) -> int:
    """Return how many values a field has, absence included."""
    if path == TODAY:
        return 1 + _regions(regions, regions.numbers[path])[1]
    if not isinstance(path[0], str):
        return 1  # an `unspecified` define
    match regions.types_at(path)[0]:
        case types.Scale(levels=levels):
            return 1 + sum(_is_shared(regions, path, level) for level in levels)
        case types.Set(members=members):  # all of them, even where only the absence is asked for
            return 1 + sum(_is_a_member(regions, path, member) for member in members)
        case types.Bool():
            return 3
        case types.Attestation():
            return 2 + 2 * sum(part != "holds" for part in regions.attestations.get(path, {}))
        case types.Text():
            variable = regions.numbers.get(path)
            return 2 + sum(bool(atom.first == variable) for _, atom in regions.relations[TextAtom])
        case _:
            return 1 + _regions(regions, regions.numbers[path])[1]


def _regions(regions: Regions, variable: int) -> tuple[dict[int, int], int]:
    """Return for each bound of a number or date in which regions it is reached, and how many there are."""
    bounds = regions.bounds_of(variable)
    if not bounds:
        days = sorted(
            (atom.more, literal)
            for literal, atom in regions.relations[DayAtom]
            if atom.first == variable and atom.second is None
        )
        count = len(days) + 1
        return {literal: _from(place, count) for place, (_, literal) in enumerate(days, start=1)}, count
    ends = [(None, False), *((bound, strict) for bound, strict, _ in bounds), (None, True)]
    places, count = [], 0
    for low, (high, is_below) in pairwise(ends):
        places.append(count)
        count += linear.simplest(Interval(*low, high, not is_below)) is not None
    reached = {literal: place for (_, _, literal), place in zip(bounds, places[1:], strict=True)}
    return {literal: _from(place, count) for literal, place in reached.items()}, count


def _from(place: int, count: int) -> int:
    """Return the bits of the regions from one on."""
    return (2 << count) - (2 << place)
