"""Records as literals: what is absent, which level, which side of each number that a policy names.

A path of the record is known by its steps. The first step of what is no field is a number: `TODAY`,
an `unspecified` define, and the twin of a path where a question compares two records that differ
there. What a solver cannot see in single literals, that is sums of several numbers, dates relative
to each other and equal texts, is checked on its answers by `Regions.contradiction`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import attrs

from policylang.analysis import days, linear
from policylang.analysis.days import Shifts
from policylang.analysis.gates import FALSE, TRUE, Gates
from policylang.analysis.linear import Interval
from policylang.analysis.profiles import Profile
from policylang.analysis.simplex import Simplex
from policylang.core.record import Steps
from policylang.language import schema as types

TODAY: Steps = (0,)
NO_BOUND = (None, False, 0)


def unspecified(name: str) -> Steps:
    """Return where the truth of an `unspecified` define stands, absent in every record."""
    return (1, name)


def twin(path: Steps) -> Steps:
    """Return where the other record of a pair has its value."""
    return (2, *path)


def original(path: Steps) -> Steps:
    """Return the path of the record that a path or its twin stands for."""
    return path[1:] if path[:1] == (2,) else path


Form = tuple[tuple[int, Fraction], ...]
"""A sum of coefficient * variable; the first coefficient is 1."""


@attrs.frozen
class NumberAtom:
    """The sum is at least the bound, or above it where strict."""

    form: Form
    bound: Fraction
    strict: bool


@attrs.frozen
class DayAtom:
    """The first date, moved, is at least ``more`` days behind the second, moved, or the day ``more``."""

    first: int
    shifts: Shifts
    second: int | None
    second_shifts: Shifts
    more: int


@attrs.frozen
class TextAtom:
    """The text is the same as the other path's, or as a constant."""

    first: int
    second: int | str


Atom = NumberAtom | DayAtom | TextAtom


class FieldsByName:
    """What `field_named` finds, at once also where there are many fields and all are asked for."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[tuple[types.Field, ...], dict[str, types.Field]]] = {}

    def __call__(self, fields: tuple[types.Field, ...], name: str) -> types.Field | None:
        if id(fields) not in self._found:  # the fields are kept, so that their id is
            self._found[id(fields)] = (fields, {field.name: field for field in fields})
        return self._found[id(fields)][1].get(name)


class Regions:
    """The literals of all records that fit every one of some schemas.

    What is asked for first gets its literals and clauses then. It is kept when it has all of them: a limit
    may be reached in between.
    """

    def __init__(self, gates: Gates, schemas: tuple[types.Schema, ...]) -> None:
        self.gates = gates
        self.schemas = schemas
        self._roots: list[types.Type] = [types.Group(schema.fields) for schema in schemas]
        self._types: dict[Steps, list[types.Type]] = {}
        self._named = FieldsByName()
        self.paths: list[Steps] = []
        self.numbers: dict[Steps, int] = {}  # of paths: their place among the variables
        self.absents: dict[Steps, int] = {}
        self.levels: dict[Steps, tuple[tuple[str, ...], list[int]]] = {}
        self.members: dict[Steps, dict[str, int]] = {}
        self.bools: dict[Steps, int] = {}
        self.attestations: dict[Steps, dict[str, int]] = {}
        self.slots: dict[Steps, list[int]] = {}
        self.counters: dict[Steps, list[list[int]]] = {}  # of lists by profiles: at least 1, 2, … of each
        self.atoms: dict[int, Atom] = {}
        self._present: dict[int, Steps] = {}  # of each literal that a path is in the record, the path
        self.relations: dict[type[Atom], list[tuple[int, Any]]] = {NumberAtom: [], DayAtom: [], TextAtom: []}
        self.sums = Simplex()
        self._literals: dict[Atom, int] = {}
        self._chains: dict[object, list[tuple[tuple[Any, bool], int]]] = {}
        self._simplest: dict[tuple[int, int], Fraction] = {}  # between the bounds of two literals

    # --- what there is --------------------------------------------------------------------------

    def variable(self, path: Steps) -> int:
        """Return a path's number; `paths` has them in the order first asked for."""
        if path not in self.numbers:
            self.numbers[path] = len(self.paths)
            self.paths.append(path)
        return self.numbers[path]

    def types_at(self, path: Steps) -> list[types.Type]:
        """Return what each schema that has the path says of it; a row or an entry is a group."""
        where = original(path)
        if where not in self._types:
            self._types[where] = self._below(where[:-1], where[-1]) if where else self._roots
        return self._types[where]

    def _below(self, above: Steps, step: str | int) -> list[types.Type]:
        found = (types.below(at, step, self._named) for at in self.types_at(above))
        return [one for one in found if one is not None]

    def absent(self, path: Steps) -> int:
        """Return the literal of a path's absence; what is below something absent is absent too."""
        if path and isinstance(path[-1], int) and path[:1] not in ((0,), (1,)):
            return FALSE  # an entry
        if path not in self.absents:
            above = path[:-1]
            around = self.absent(above) if above and not isinstance(above[-1], int) else FALSE
            own = self.absents[path] = self._leaf(preferred=path != TODAY)
            self._present[-own] = path
            self.variable(path)
            self.gates.clause(-around, own)
            if not agree(self.types_at(path)):
                self.gates.clause(own)
        return self.absents[path]

    def paths_of(self, literals: Iterable[int]) -> set[Steps]:
        """Return the paths that are in every record on which the literals hold, and those of their atoms."""
        found: set[Steps] = set()
        for x in literals:
            match self.atoms.get(abs(x)):
                case NumberAtom() as atom:
                    found.update([self.paths[variable] for variable, _ in atom.form])
                case DayAtom(first, _, second) | TextAtom(first, second):
                    found.add(self.paths[first])
                    if isinstance(second, int):
                        found.add(self.paths[second])
                case None:
                    present = self.gates.implied.get(x, x)
                    if present in self._present:
                        found.add(self._present[present])
        return found

    def gaps(self) -> list[int]:
        """Return literals that say what a record leaves out: groups before their parts, then entries."""
        paths = [path for path in reversed(self.absents) if isinstance(path[0], str)]
        found = [self.absents[path] for path in sorted(paths, key=len)]
        counters = [counter for counters in self.counters.values() for counter in counters]
        return found + [-x for slots in (*self.slots.values(), *counters) for x in reversed(slots)]

    def plain_values(self) -> list[int]:
        """Return literals that each level of the last model's record is a low one, and each bool false."""
        holds = self.gates.solver.holds
        levels = [ranks for path, (_, ranks) in self.levels.items() if not holds(self.absent(path))]
        found = [-x for ranks in reversed(levels) for x in ranks]
        return found + [-x for path, x in self.bools.items() if not holds(self.absent(path))]

    def entries(self, where: Steps, count: int, key: types.Field | None) -> list[int]:
        """Return the literals of a list's first entries; with a key they stand in its order."""
        if where not in self.slots:
            gates = self.gates
            slots = [self._leaf() for _ in range(count)]
            for one in slots[:1]:
                gates.clause(-self.absent(where), -one)
            for one, after in pairwise(slots):
                gates.clause(-after, one)
            if key is not None:
                self._keep_apart([(*where, i, key.name) for i in range(count)], slots, key.type)
            self.slots[where] = slots
        return self.slots[where]

    def of_each_profile(self, where: Steps, profiles: tuple[Profile, ...]) -> list[list[int]]:
        """Return for each profile the literals that a list has at least 1, 2, … entries of it."""
        if where not in self.counters:
            gates, absent = self.gates, self.absent(where)
            counters = [[self._leaf() for _ in range(one.most)] for one in profiles]
            for profile, counter in zip(profiles, counters, strict=True):
                gates.clause(-absent, -counter[0])
                if profile.needs_today:
                    gates.clause(-self.absent(TODAY), -counter[0])
                for fewer, more in pairwise(counter):
                    gates.clause(-more, fewer)
            self.counters[where] = counters
        return self.counters[where]

    def emptiness(self, where: Steps) -> list[int]:
        """Return literals that a list which is there has no entry."""
        first = [slots[0] for slots in (self.slots.get(where), *self.counters.get(where, ())) if slots]
        return [-x for x in first]

    def _keep_apart(self, paths: list[Steps], slots: list[int], type_: types.Type) -> None:
        """Demand a key of each entry, and that no two are the same."""
        gates = self.gates
        for path, slot in zip(paths, slots, strict=True):
            gates.clause(-slot, -self.absent(path))
        match type_:
            case types.Scale() | types.Set():
                values = [self.values(path, type_) for path in paths]
                for value in values[0] if values else ():
                    gates.at_most_one([gates.conj((s, v[value])) for s, v in zip(slots, values, strict=True)])
            case types.Number():
                for i in range(1, len(paths)):
                    before, after = self.variable(paths[i - 1]), self.variable(paths[i])
                    parts = {after: Fraction(1), before: Fraction(-1)}
                    gates.clause(-slots[i], self.above(parts, Fraction(0), strict=True))
            case types.Date():
                for i in range(1, len(paths)):
                    gates.clause(-slots[i], self.later(paths[i], (), paths[i - 1], (), 1))
            case _:
                for i, path in enumerate(paths):
                    for j in range(i):
                        gates.clause(-slots[i], -self.same_text(path, paths[j]))

    # --- leaves of finitely many values ---------------------------------------------------------

    def ranks(self, path: Steps, scale: types.Scale) -> list[int]:
        """Return for each rank from 1 the literal that the level is at least there."""
        if path not in self.levels:
            gates, absent = self.gates, self.absent(path)
            found = [self._leaf() for _ in scale.levels[1:]]
            for lower, higher in pairwise(found):
                gates.clause(-higher, lower)
            for one in found:
                gates.imply(one, -absent)
            for other in self.types_at(path):
                if isinstance(other, types.Scale):
                    for i, level in enumerate(scale.levels):
                        if level not in other.levels:
                            gates.clause(absent, -self._is_rank(found, i))
            self.levels[path] = (scale.levels, found)
        levels, found = self.levels[path]
        if levels == scale.levels:
            return found
        own = [self._is_rank(found, levels.index(x)) if x in levels else FALSE for x in scale.levels]
        return [self.gates.disj(own[j:]) for j in range(1, len(own))]

    def _is_rank(self, ranks: list[int], rank: int) -> int:
        reached = ranks[rank - 1] if rank else TRUE
        return self.gates.conj((reached, -ranks[rank])) if rank < len(ranks) else reached

    def values(self, path: Steps, type_: types.Scale | types.Set | types.Bool) -> dict[object, int]:
        """Return for each value (a rank, a member, a bool) its literal; one holds unless it is absent."""
        match type_:
            case types.Scale(levels=levels):
                ranks = self.ranks(path, type_)
                return {rank: self._is_rank(ranks, rank) for rank in range(len(levels))}
            case types.Bool():
                return {True: self.holds(path), False: -self.holds(path)}
            case types.Set(members=members):
                return {member: self._members(path, members).get(member, FALSE) for member in members}

    def _members(self, path: Steps, members: tuple[str, ...]) -> dict[str, int]:
        if path not in self.members:
            gates, absent = self.gates, self.absent(path)
            shared = [t.members for t in self.types_at(path) if isinstance(t, types.Set)]
            allowed = [m for m in members if all(m in other for other in shared)]
            found = self.members[path] = {member: self._leaf() for member in allowed}
            gates.clause(absent, *found.values())
            for one in found.values():
                gates.imply(one, -absent)
            gates.at_most_one(list(found.values()))
        return self.members[path]

    def holds(self, path: Steps) -> int:
        """Return the literal that a bool is true."""
        if path not in self.bools:
            absent = self.absent(path)
            self.bools[path] = self._leaf()
            self.gates.imply(self.bools[path], -absent)
        return self.bools[path]

    def attestation(self, path: Steps, part: str) -> int:
        """Return the literal of a part of an attestation: ``holds``, or in ticks a role it has force in."""
        parts = self.attestations.setdefault(path, {})
        if part not in parts:
            absent = self.absent(path)
            own = parts[part] = self._leaf()
            self.gates.clause(-absent, -own)
            if part.startswith("`"):
                for other, literal in parts.items():
                    if other.startswith("`") and other != part:
                        self.gates.clause(-own, -literal)
        return parts[part]

    # --- numbers --------------------------------------------------------------------------------

    def above(self, parts: dict[int, Fraction], bound: Fraction, *, strict: bool) -> int:
        """Return the literal that a sum of numbers reaches a bound, or is above it."""
        parts = {v: k for v, k in sorted(parts.items()) if k != 0}
        if not parts:
            return TRUE if bound < 0 or (bound == 0 and not strict) else FALSE
        first = next(iter(parts.values()))
        form = tuple((v, k / first) for v, k in parts.items())
        if first < 0:  # -x >= c says that x is not above -c
            return -self._chained(NumberAtom(form, bound / first, not strict))
        return self._chained(NumberAtom(form, bound / first, strict))

    def _chained(self, atom: NumberAtom | DayAtom) -> int:
        """Return an atom's literal; the atoms of one sum or one date are ordered by their bounds."""
        if atom in self._literals:
            return self._literals[atom]
        key: object
        place: tuple[Any, bool]
        if isinstance(atom, NumberAtom):
            alone = len(atom.form) == 1
            key, place = atom.form[0][0] if alone else atom.form, (atom.bound, atom.strict)
        else:
            key, place = (atom.first, atom.shifts, atom.second, atom.second_shifts), (atom.more, False)
        own = self._register(atom)
        chain = self._chains.setdefault(key, [])
        at = bisect_left(chain, place, key=lambda one: one[0])
        if at > 0:
            self.gates.clause(-own, chain[at - 1][1])
        if at < len(chain):
            self.gates.clause(-chain[at][1], own)
        chain.insert(at, (place, own))
        if isinstance(atom, NumberAtom) and len(atom.form) == 1:
            self._drop_empty(chain, at)
        return own

    def _register(self, atom: Atom) -> int:
        own = self._literals[atom] = self._leaf(preferred=isinstance(atom, DayAtom) and self._is_recent(atom))
        self.atoms[own] = atom
        if not isinstance(atom, NumberAtom) or len(atom.form) > 1:
            self.relations[type(atom)].append((own, atom))
        return own

    def _is_recent(self, atom: DayAtom) -> bool:
        """Return whether an atom holds of dates that a reader would call recent."""
        first, second = (
            self._recent(v, s) for v, s in ((atom.first, atom.shifts), (atom.second, atom.second_shifts))
        )
        return first >= second + atom.more

    def _recent(self, variable: int | None, shifts: Shifts) -> int:
        if variable is None:
            return 0
        return days.moved(days.SOON if self.paths[variable] == TODAY else days.RECENT, shifts) or 0

    def _leaf(self, preferred: bool = False) -> int:
        """Return a new literal, false in models that are free to have it so: a record of few facts."""
        own = self.gates.solver.fresh()
        self.gates.solver.prefer(own if preferred else -own)
        return own

    def bounds_of(self, variable: int) -> list[tuple[Fraction, bool, int]]:
        """Return the bounds that a number alone is compared with: each, whether it is strict, its literal."""
        return [(*place, literal) for place, literal in self._chains.get(variable, ())]

    def _drop_empty(self, chain: list[tuple[tuple[Fraction, bool], int]], at: int) -> None:
        """Exclude the regions beside a new bound of a single number that hold no double."""
        for left in (at - 1, at):
            low = chain[left] if left >= 0 else None
            high = chain[left + 1] if left + 1 < len(chain) else None
            interval = Interval(
                *(low[0] if low else (None, False)),
                *((high[0][0], not high[0][1]) if high else (None, False)),
            )
            if linear.is_empty(interval):
                self.gates.clause(-(low[1] if low else TRUE), high[1] if high else FALSE)

    def simplest(self, variable: int) -> Fraction:
        """Return a number of few digits between those of its own bounds where the last model has it."""
        low: tuple[Fraction | None, bool, int] = NO_BOUND
        high: tuple[Fraction | None, bool, int] = NO_BOUND
        for bound in self.bounds_of(variable):
            if not self.gates.solver.holds(bound[2]):
                high = bound
                break
            low = bound
        between = (low[2], high[2])
        if between not in self._simplest:
            value = linear.simplest(Interval(low[0], low[1], high[0], not high[1]))
            assert value is not None, "regions without a number are excluded"
            self._simplest[between] = value
        return self._simplest[between]

    def moves_both_ways(self, path: Steps, literal: int) -> bool:
        """Return whether a literal may become true by a rise of a level or number and by a fall too.

        False is sure: then what the literal is made of reads the value in one direction only.
        """
        variable = self.variable(path)
        if any(v == variable for _, atom in self.relations[NumberAtom] for v, _ in atom.form):
            return True
        steps = [x for _, _, x in self.bounds_of(variable)] + list(self.levels.get(path, ((), []))[1])
        made_of = self.gates.made_of(literal)
        return any(x in made_of for x in steps) and any(-x in made_of for x in steps)

    # --- dates ----------------------------------------------------------------------------------

    def later(self, path: Steps, shifts: Shifts, other: Steps | None, other_shifts: Shifts, more: int) -> int:
        """Return the literal that a date, moved, is at least ``more`` days behind another, moved.

        Without another it is that the date, moved, is not before the day ``more``.
        """
        first = self.variable(path)
        if other is None:
            least = days.inverse(more, shifts)
            if least <= days.FIRST:
                return TRUE
            return FALSE if least > days.LAST else self._chained(DayAtom(first, (), None, (), least))
        second = self.variable(other)
        whole, other_whole = days.whole_days(shifts), days.whole_days(other_shifts)
        if whole is not None and other_whole is not None:
            more, shifts, other_shifts = more + other_whole - whole, (), ()
            if first == second:
                return TRUE if more <= 0 else FALSE
        if (second, repr(other_shifts)) < (first, repr(shifts)):
            return -self._chained(DayAtom(second, other_shifts, first, shifts, 1 - more))
        return self._chained(DayAtom(first, shifts, second, other_shifts, more))

    def in_calendar(self, path: Steps, shifts: Shifts) -> list[int]:
        """Return the literals that a date, moved, is still one."""
        ends = days.defined(shifts)
        if ends is None:
            return [FALSE]
        first, last = ends
        return [self.later(path, (), None, (), first), -self.later(path, (), None, (), last + 1)]

    # --- texts ----------------------------------------------------------------------------------

    def same_text(self, path: Steps, other: Steps | str) -> int:
        """Return the literal that a text is another path's, or a constant."""
        first = self.variable(path)
        if isinstance(other, str):
            atom = TextAtom(first, other)
        else:
            second = self.variable(other)
            if first == second:
                return TRUE
            atom = TextAtom(min(first, second), max(first, second))
        found = self._literals.get(atom)
        return self._register(atom) if found is None else found


def agree(found: list[types.Type]) -> bool:
    """Return whether some value can fit all types."""
    kinds = {type(one) for one in found}
    if len(kinds) > 1:
        return False
    domains = [set(t.levels) for t in found if isinstance(t, types.Scale)]
    domains += [set(t.members) for t in found if isinstance(t, types.Set)]
    return not domains or bool(set.intersection(*domains))
