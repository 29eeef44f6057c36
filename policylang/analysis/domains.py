"""The fields that some literals are made of, each with the finitely many values that are told apart.

A *region-record* gives each of these fields a value: absent, a level, a member, true or false, or a
region, that is all numbers (dates, texts) between two neighbouring ones that are compared with. The
regions are those of all the literals together, so that they do not depend on what is counted. Fields
that are compared with each other, or with today, have their values together: each way in which all
those comparisons can come out. A list has the numbers of its entries of each profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from time import monotonic
from typing import Any

import attrs

from policylang.analysis import days, linear
from policylang.analysis.linear import Interval
from policylang.analysis.regions import TODAY, DayAtom, NumberAtom, Regions, TextAtom, agree
from policylang.analysis.solver import NotDecided
from policylang.analysis.space import Space
from policylang.core.record import Steps, path_text
from policylang.language import schema as types

MAX_TOGETHER = 1000  # values of fields that are compared with each other
Leaf = tuple[int, int]
"""A field, and the bits of some of its values."""


class Uncountable(Exception):
    """Why the records that some literals tell apart are not counted."""


class NotFinished(Exception):
    """The time for counting is over."""


@attrs.frozen
class Domains:
    """How many values each field has, and for each literal its field and the values where it holds.

    ``always`` are clauses that hold of every record: what is below something absent is absent.
    """

    sizes: tuple[int, ...]
    literals: Mapping[int, Leaf]
    always: tuple[tuple[Leaf, ...], ...]


def domains_of(space: Space, literals: Iterable[int], deadline: float | None) -> Domains:
    """Return the domains of the fields that literals belong to; Uncountable for what has none."""
    return _Builder(space, {abs(x) for x in literals} - {1}, deadline).build()


class _Builder:
    def __init__(self, space: Space, wanted: set[int], deadline: float | None) -> None:
        self.space = space
        self.regions = space.regions
        self.wanted = wanted
        self.deadline = deadline
        self.sizes: list[int] = []
        self.found: dict[int, Leaf] = {}
        self.absent: dict[Steps, Leaf] = {}
        self.always: list[tuple[Leaf, ...]] = []
        self.singles: dict[int, list[tuple[int, Any]]] = {}  # of each variable, atoms on it alone
        for kind in (DayAtom, TextAtom):
            for literal, atom in self.regions.relations[kind]:
                if not isinstance(atom.second, int):
                    self.singles.setdefault(atom.first, []).append((literal, atom))

    def build(self) -> Domains:
        counted = self._counted_lists()
        groups = self._together()
        for paths, atoms in groups:
            self._joint(paths, atoms)
        joint = {path for paths, _ in groups for path in paths}
        for path, absent in list(self.regions.absents.items()):
            if path not in joint and not self.wanted.isdisjoint((absent, *self._own(path))):
                self._single(path, absent)
        for where in counted:
            self._list(where)
        missing = self.wanted - self.found.keys()
        if missing:
            raise Uncountable(_entry_by_entry(self.regions))
        self._nest()
        return Domains(tuple(self.sizes), self.found, tuple(self.always))

    def _add(self, size: int) -> int:
        self.sizes.append(size)
        return len(self.sizes) - 1

    def _nest(self) -> None:
        """Demand that what is below something absent is absent, and what is in no list."""
        for path, leaf in self.absent.items():
            for end in range(len(path) - 1, 0, -1):
                above = self.absent.get(path[:end])
                if above is not None:
                    self.always.append((self._not(above), leaf))
                    break

    def _not(self, leaf: Leaf) -> Leaf:
        field, values = leaf
        return field, ((1 << self.sizes[field]) - 1) & ~values

    # --- fields by themselves -------------------------------------------------------------------

    def _own(self, path: Steps) -> list[int]:
        """Return the literals of one field but its absence."""
        regions = self.regions
        found = [*regions.levels.get(path, ((), []))[1], *regions.members.get(path, {}).values()]
        found += regions.attestations.get(path, {}).values()
        if path in regions.bools:
            found.append(regions.bools[path])
        if path in regions.numbers:
            variable = regions.numbers[path]
            found += [literal for *_, literal in regions.bounds_of(variable)]
            found += [literal for literal, _ in self.singles.get(variable, ())]
        return found

    def _single(self, path: Steps, absent: int) -> None:
        if any(isinstance(step, int) for step in path[1:]):
            raise Uncountable(_entry_by_entry(self.regions))
        found = self.regions.types_at(path) if isinstance(path[0], str) else []
        masks, size = self._values(path, found) if agree(found) else (dict.fromkeys(self._own(path), 0), 1)
        field = self._add(size)
        for literal, mask in masks.items():
            self.found[literal] = (field, mask)
        self.found[absent] = self.absent[path] = (field, 1)

    def _values(self, path: Steps, found: list[types.Type]) -> tuple[dict[int, int], int]:
        """Return for each literal of a field the values where it holds, and how many there are."""
        regions = self.regions
        if not found:
            if path == TODAY:
                return self._regions(path)
            return {regions.bools[path]: 0} if path in regions.bools else {}, 1  # an `unspecified` define
        match found[0]:
            case types.Scale():
                levels, ranks = regions.levels.get(path, (found[0].levels, []))
                shared = [t.levels for t in found if isinstance(t, types.Scale)]
                present = [i for i, level in enumerate(levels) if all(level in one for one in shared)]
                masks = {
                    literal: sum(2 << place for place, level in enumerate(present) if level >= rank)
                    for rank, literal in enumerate(ranks, start=1)
                }
                return masks, 1 + len(present)
            case types.Set(members=members):  # all of them, even where only the absence is asked for
                shared = [t.members for t in found if isinstance(t, types.Set)]
                named = regions.members.get(path, {}).values()
                size = 1 + sum(all(member in one for one in shared) for member in members)
                return {literal: 2 << place for place, literal in enumerate(named)}, size
            case types.Bool():
                return {regions.bools[path]: 4} if path in regions.bools else {}, 3
            case types.Attestation():
                return _attested(regions.attestations.get(path, {}))
            case types.Text():
                literals = [x for x, _ in self.singles.get(regions.numbers[path], ())]
                return {literal: 4 << place for place, literal in enumerate(literals)}, 2 + len(literals)
            case types.Number() | types.Date():
                return self._regions(path)
            case _:
                return {}, 2  # a group, table, row or list: absent or there

    def _regions(self, path: Steps) -> tuple[dict[int, int], int]:
        """Return for each bound of a number or date where it is reached, and how many regions there are."""
        variable = self.regions.numbers[path]
        bounds = self.regions.bounds_of(variable)
        if not bounds:
            dates = sorted((atom.more, literal) for literal, atom in self.singles.get(variable, ()))
            size = len(dates) + 2
            return {literal: _from(place, size) for place, (_, literal) in enumerate(dates, start=2)}, size
        ends = [(None, False), *((bound, strict) for bound, strict, _ in bounds), (None, True)]
        places, size = [], 1
        for low, (high, is_below) in pairwise(ends):
            places.append(size)
            size += not linear.is_empty(Interval(*low, high, not is_below))
        reached = {literal: place for (_, _, literal), place in zip(bounds, places[1:], strict=True)}
        return {literal: _from(place, size) for literal, place in reached.items()}, size

    # --- lists ----------------------------------------------------------------------------------

    def _counted_lists(self) -> list[Steps]:
        """Return the lists that are counted by profiles; they need their own absence, some that of today."""
        found = []
        for where, counters in self.regions.counters.items():
            if not self.wanted.isdisjoint(literal for counter in counters for literal in counter):
                found.append(where)
                self.wanted.add(self.regions.absent(where))
                if any(one.needs_today for one in self.space.demands.profiled[where].profiles):
                    self.wanted.add(self.regions.absent(TODAY))
        return found

    def _list(self, where: Steps) -> None:
        """Give each profile the numbers of its entries that are told apart; there are none without a list."""
        profiles = self.space.demands.profiled[where].profiles
        for profile, counter in zip(profiles, self.regions.counters[where], strict=True):
            field = self._add(1 + len(counter))
            for place, literal in enumerate(counter, start=1):
                self.found[literal] = (field, _from(place, 1 + len(counter)))
            self.always.append((self._not(self.absent[where]), (field, 1)))
            if profile.needs_today:
                self.always.append((self._not(self.absent[TODAY]), (field, 1)))

    # --- fields together ------------------------------------------------------------------------

    def _together(self) -> list[tuple[list[Steps], list[int]]]:
        """Return the fields that are compared with each other, in groups, with what compares them."""
        groups: list[tuple[set[int], list[int]]] = []
        for kind in (NumberAtom, DayAtom, TextAtom):
            for literal, atom in self.regions.relations[kind]:
                read = _variables(atom)
                if literal in self.wanted and len(read) > 1:
                    own = [literal]
                    for other, literals in [group for group in groups if group[0] & read]:
                        read, own = read | other, own + literals
                    groups = [group for group in groups if not group[0] & read]
                    groups.append((read, own))
        return [([self.regions.paths[v] for v in sorted(read)], own) for read, own in groups]

    def _joint(self, paths: list[Steps], atoms: list[int]) -> None:
        """Give fields one domain: each way in which all that is said of them can come out."""
        if any(isinstance(step, int) for path in paths for step in path[1:]):
            raise Uncountable(_entry_by_entry(self.regions))
        if any(path in self.regions.attestations for path in paths):
            raise Uncountable("attestations that each policy reads in its own way are not counted")
        if TODAY in paths and len(paths) > 2 and self._apart(paths, atoms):
            return
        told = self._told(paths, atoms)
        self._fill(told, self._ways(list(told.values()), paths), paths)

    def _fill(self, told: Mapping[int, int], values: list[frozenset[int]], paths: Iterable[Steps]) -> int:
        """Add a field with these values for what is told of some paths."""
        field = self._add(len(values))
        for literal, seen in told.items():
            self.found[literal] = (field, _bits(seen in true for true in values))
        for path in paths:
            self.absent[path] = self.found[self.regions.absent(path)]
        return field

    def _told(self, paths: Iterable[Steps], atoms: Iterable[int]) -> dict[int, int]:
        """Return for each literal of some fields one that holds only where it says something."""
        conj = self.space.gates.conj
        told = {x: conj((x, *self._read(path))) for path in paths for x in self._own(path)}
        told |= {x: conj((x, *self._compared(x))) for x in atoms}
        return told | {x: x for x in map(self.regions.absent, paths)}

    def _apart(self, paths: list[Steps], atoms: list[int]) -> bool:
        """Give dates that are compared with today alone a domain each; False where that would not be exact.

        The values of a date also say in which part of the calendar today is. Where that part has a day
        on which each date can stand in every way in which it can on any day of it, all ways go together.
        """
        regions, today = self.regions, self.regions.numbers[TODAY]
        own: dict[Steps, list[int]] = {path: [] for path in paths if path != TODAY}
        for literal in atoms:
            atom = regions.atoms[literal]
            (variable, *others) = _variables(atom) - {today}
            if others or not isinstance(atom, DayAtom):
                return False
            own[regions.paths[variable]].append(literal)
        told_today = self._told([TODAY], [])
        seen_today = frozenset(told_today.values())
        parts = self._ways(list(seen_today), [TODAY])
        dates = []
        for path, literals in own.items():
            told = self._told([TODAY, path], literals)
            dates.append((path, told, self._ways(list(told.values()), [TODAY, path])))
        for part in parts:
            if regions.absent(TODAY) not in part and not any(
                all(
                    {way for way in ways if way & seen_today == part}
                    <= {part | way for way in self._ways_on(day, path, told)}
                    for path, told, ways in dates
                )
                for day in self._days_of(part, told_today)
            ):
                return False
        field = self._fill(told_today, parts, [TODAY])
        for path, told, ways in dates:
            date = self._fill({x: y for x, y in told.items() if x not in told_today}, ways, [path])
            for place, part in enumerate(parts):
                fitting = _bits(way & seen_today == part for way in ways)
                self.always.append((self._not((field, 1 << place)), (date, fitting)))
        return True

    def _days_of(self, part: frozenset[int], told: Mapping[int, int]) -> list[int]:
        """Return a few days of a part of the calendar."""
        low, high = days.FIRST, days.LAST
        for literal, atom in self.singles.get(self.regions.numbers[TODAY], ()):
            if told[literal] in part:
                low = max(low, atom.more)
            else:
                high = min(high, atom.more - 1)
        return [(low + high) // 2, low, high]

    def _ways_on(self, today: int, path: Steps, told: Mapping[int, int]) -> set[frozenset[int]]:
        """Return the ways in which a date can stand on one day, without what is said of the day itself."""
        variable = self.regions.numbers[path]
        atoms = [(x, self.regions.atoms[x]) for x in told if x in self.regions.atoms]
        relevant = [(x, a) for x, a in atoms if isinstance(a, DayAtom) and variable in _variables(a)]
        is_past = len(self._read(path)) > 1
        found = {frozenset({self.regions.absent(path)})}
        for at in {days.FIRST, *(_cut(atom, variable, today) for _, atom in relevant)}:
            if days.FIRST <= at <= days.LAST:
                said = [(x, a) for x, a in relevant if a.second is not None or not is_past or at <= today]
                found.add(frozenset(told[x] for x, a in said if _holds(a, variable, at, today)))
        return found

    def _read(self, path: Steps) -> list[int]:
        """Return the literals that a field has a value; a date that has to be past has none in the future."""
        found = [-self.regions.absent(path)]
        kinds = self.regions.types_at(path) if path != TODAY else []
        if kinds and all(isinstance(kind, types.Date) and kind.past for kind in kinds):
            found += [-self.regions.absent(TODAY), self.regions.later(TODAY, (), path, (), 0)]
        return found

    def _compared(self, literal: int) -> list[int]:
        """Return the literals that what an atom compares is there, and in the calendar."""
        atom, regions = self.regions.atoms[literal], self.regions
        found = [-regions.absent(regions.paths[variable]) for variable in _variables(atom)]
        if isinstance(atom, DayAtom) and atom.second is not None:
            for variable, shifts in ((atom.first, atom.shifts), (atom.second, atom.second_shifts)):
                found += regions.in_calendar(regions.paths[variable], shifts) if shifts else []
        return found

    def _ways(self, literals: list[int], paths: list[Steps]) -> list[frozenset[int]]:
        """Return which of some literals can hold at a time: every such set of them."""
        space = self.space
        guard = space.solver.fresh()
        found: list[frozenset[int]] = []
        try:
            while space.possible(guard):
                found.append(frozenset(x for x in literals if space.holds(x)))
                space.solver.add([-guard, *(-x if x in found[-1] else x for x in literals)])
                if len(found) > MAX_TOGETHER:
                    names = ", ".join(f"`{path_text(p)}`" if p != TODAY else "today" for p in paths)
                    raise Uncountable(f"there are more than {MAX_TOGETHER:,} cases of {names} together")
                if self.deadline is not None and monotonic() > self.deadline:
                    raise NotFinished
        except NotDecided as error:
            raise Uncountable(str(error)) from None
        return found


def _variables(atom: NumberAtom | DayAtom | TextAtom) -> set[int]:
    if isinstance(atom, NumberAtom):
        return {variable for variable, _ in atom.form}
    return {atom.first} | ({atom.second} if isinstance(atom.second, int) else set())


def _holds(atom: DayAtom, variable: int, at: int, today: int) -> bool:
    """Return whether an atom holds of a date on a day."""
    first = days.moved(at if atom.first == variable else today, atom.shifts)
    if atom.second is None or first is None:
        return first is not None and first >= atom.more
    second = days.moved(at if atom.second == variable else today, atom.second_shifts)
    return second is not None and first >= second + atom.more


def _cut(atom: DayAtom, variable: int, today: int) -> int:
    """Return the first date from which an atom's truth is another one on a day; none is 0."""
    if atom.second is None:
        return atom.more
    if atom.first == variable:
        second = days.moved(today, atom.second_shifts)
        return 0 if second is None else days.inverse(second + atom.more, atom.shifts)
    first = days.moved(today, atom.shifts)
    return 0 if first is None else days.inverse(first - atom.more + 1, atom.second_shifts)


def _attested(parts: Mapping[str, int]) -> tuple[dict[int, int], int]:
    """Return the values of an attestation: absent, not in force, or in force by a role with what it says."""
    roles = [literal for part, literal in parts.items() if part != "holds"]
    masks = {literal: 3 << (2 * place + 2) for place, literal in enumerate(roles)}
    if "holds" in parts:  # what a word without force says is the same for all that asks
        masks[parts["holds"]] = sum(8 << (2 * place) for place in range(len(roles)))
    return masks, 2 + 2 * len(roles)


def _entry_by_entry(regions: Regions) -> str:
    """Return why some lists are not counted: they are taken entry by entry."""
    lists = ", ".join(f"`{path_text(where)}`" for where in regions.slots) or "lists"
    return f"the entries of {lists} are not counted: conditions read more than each alone, or tell many kinds"


def _bits(truths: Iterable[bool]) -> int:
    """Return the bits of the places where something is true."""
    return sum(1 << place for place, truth in enumerate(truths) if truth)


def _from(place: int, size: int) -> int:
    """Return the bits of the values from one on."""
    return (1 << size) - (1 << place)
