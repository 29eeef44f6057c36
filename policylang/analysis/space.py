"""All records at once: questions about predicates, answered with a record or with a proof.

`Space` joins the solver, the regions and the rails. `Space.ask` finds a record (and a date) on which
literals hold, as `Found`; None says that no record does, and `NotDecided` that a limit was reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

import attrs

from policylang.analysis import linear, theory
from policylang.analysis.gates import FALSE, Gates
from policylang.analysis.profiles import Profiled, entry_on
from policylang.analysis.demands import NO_LISTS, AtHand, Demands
from policylang.analysis.rails import Encoder, Rails
from policylang.analysis.regions import TODAY, NumberAtom, Regions, TextAtom, original, twin, unspecified
from policylang.analysis.solver import NotDecided, Solver
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import schema as types
from policylang.source import deep_stack

NO_PATHS: frozenset[Steps] = frozenset()
NOTHING: AtHand = {}  # never written
NO_ENTRIES: Mapping[Steps, int] = {}  # never written
OUR_TIMES = (date(1900, 1, 1), date(2300, 1, 1))  # dates of complete records
MAX_OUT_OF_REACH = 20  # models of one question for whose sums no doubles were found
OUT_OF_REACH = "real numbers would do, and no numbers of a record were found that do"
MAX_WISHES = 400  # questions for a record that is easier to read
MAX_WORK = 500_000  # variables of all these questions: in a large space there are fewer
ASSESSOR = "A. Assessor"  # who signs the attestations of records that the analysis makes
NO_ROLE = "another role"  # of attestations that are not in force: with a blank, it is no name of a role


@attrs.frozen
class Found:
    """A record as plain JSON, and the date; ``other`` is the record's twin where two are compared."""

    record: dict[str, Any]
    today: date | None
    other: dict[str, Any] | None = None


class Space:
    """The records that fit some schemas, as far as some predicates can tell them apart.

    ``predicates`` are all that will be asked about; ``entries`` gives lists that must have room for so
    many, and ``room`` for one more condition on each list; ``profiled`` has those to be taken by the
    profiles of their entries. ``plain`` keeps to the search in Python.
    """

    def __init__(
        self,
        schemas: tuple[types.Schema, ...],
        predicates: Iterable[Predicate],
        *,
        entries: Mapping[Steps, int] = NO_ENTRIES,
        plain: bool = False,
        deadline: float | None = None,
        room: bool = False,
        profiled: Mapping[Steps, Profiled] = NO_LISTS,
    ) -> None:
        self.schemas = schemas
        self.solver = Solver(plain=plain, deadline=deadline)
        self.gates = Gates(self.solver)
        self.regions = Regions(self.gates, schemas)
        with deep_stack():
            tick = self.solver.look_at_the_clock
            self.demands = Demands(list(predicates), entries, room=room, profiled=profiled, tick=tick)
        self._is_whole = False  # whether the records made have no value missing
        self._encoders = {NO_PATHS: Encoder(self.gates, self.regions, self.demands)}
        self._core: list[int] = []
        self.values = theory.Solution({}, {}, {})  # of the last model

    def rails(
        self, predicate: Predicate, renamed: frozenset[Steps] = NO_PATHS, at_hand: AtHand = NOTHING
    ) -> Rails:
        """Return the rails of a predicate; with ``renamed`` these paths are those of the twin record."""
        if renamed not in self._encoders:
            base = self._encoders.get(NO_PATHS)
            self._encoders[renamed] = Encoder(self.gates, self.regions, self.demands, renamed, base)
        with deep_stack():
            return self._encoders[renamed].rails(predicate, at_hand)

    def present(self, path: Steps) -> int:
        """Return the literal that a path is in the record."""
        return -self.regions.absent(path)

    def unspecified(self) -> list[int]:
        """Return the literals that each `unspecified` define is unknown, as it is in every record."""
        return [self.regions.absent(unspecified(name)) for name in self.demands.unspecified]

    def complete(self) -> list[int]:
        """Return literals that every value the rules read is there and of use, in our times."""
        regions = self.regions
        found = [x for parts in regions.attestations.values() for part, x in parts.items() if part != "holds"]
        for path, absent in list(regions.absents.items()):
            if path[:1] == (2,):
                continue
            found.append(-absent)
            dates = [t for t in regions.types_at(path) if isinstance(t, types.Date)]
            if dates or path == TODAY:
                found.append(regions.later(path, (), None, (), OUR_TIMES[0].toordinal()))
                found.append(-regions.later(path, (), None, (), OUR_TIMES[1].toordinal()))
            if any(t.past for t in dates):
                found.append(regions.later(TODAY, (), path, (), 0))
        for where, counters in regions.counters.items():
            profiles = self.demands.profiled[original(where)].profiles
            found += [-x[0] for one, x in zip(profiles, counters, strict=True) if one.whole is None]
        return found

    # --- questions ------------------------------------------------------------------------------

    def ask(
        self,
        *literals: int,
        as_specified: bool = False,
        twins: frozenset[Steps] = NO_PATHS,
        thin: bool = False,
        whole: bool = False,
        needed: bool = False,
    ) -> Found | None:
        """Return a record on which all literals hold, None when there is none.

        ``as_specified`` lets `unspecified` defines be true or false too: then the record is one of a
        policy that says more. ``twins`` are the paths at which the other record of the pair differs.
        A record is ``thin`` when none of its facts can be left out; that takes a question for each.
        ``whole`` is for questions that ask for a `complete` record, ``needed`` for a record of those facts
        alone that are seen at once to make the literals hold.
        """
        if not self.possible(*literals, as_specified=as_specified):
            return None
        if thin:
            model, values = self.solver.model, self.values
            try:
                self._thin_out(literals, as_specified)
            except NotDecided:  # the record found is right, if not as thin as can be
                self.solver.model, self.values = model, values
        return self._found(twins, whole=whole, kept=self._needed(literals) if needed else None)

    def _thin_out(self, literals: tuple[int, ...], as_specified: bool) -> None:
        """Ask for a model with fewer facts, then with plainer values; the last one that there was stays."""
        settled = list(literals)
        questions = min(MAX_WISHES, MAX_WORK // self.solver.variables)
        for wishes in (self.regions.gaps(), self.regions.plain_values()):
            questions = self._grant(wishes, settled, questions, as_specified)

    def _grant(self, wishes: list[int], settled: list[int], questions: int, as_specified: bool) -> int:
        """Settle each wish that can hold besides those before it, in so many questions; return those left.

        Several wishes are one question as long as that goes well. A single one among the causes of a
        failure cannot be granted; of more than one the last has to wait.
        """
        solver, pending, several = self.solver, wishes[::-1], 8
        while pending:
            if solver.holds(pending[-1]):
                settled.append(pending.pop())
                continue
            if not questions:
                break
            questions -= 1
            asked = pending[: -several - 1 : -1]
            model, values = solver.model, self.values
            if self.possible(*settled, *asked, as_specified=as_specified):
                settled += asked
                del pending[-several:]
                several *= 2
                continue
            solver.model, self.values = model, values
            causes = set(self.core())
            places = [place for place, wish in enumerate(asked) if wish in causes]
            if len(places) == 1:
                del pending[-1 - places[0]]
            else:
                several = places[-1]
        return questions

    def possible(self, *literals: int, as_specified: bool = False) -> bool:
        """Return whether some record has all literals hold; the solver's model is that record's."""
        if FALSE in literals:
            self._core = [FALSE]
            return False
        assumptions = list(literals) if as_specified else [*literals, *self.unspecified()]
        out_of_reach, guard = 0, 0
        while self.solver.solve([*assumptions, guard] if guard else assumptions):
            solution = theory.solve(self.regions)
            if isinstance(solution, theory.Solution):
                if solution.numbers is not None:
                    self.values = solution
                    return True
                guard = guard or self.solver.fresh()
                out_of_reach += 1
                if out_of_reach > MAX_OUT_OF_REACH:
                    raise NotDecided(OUT_OF_REACH)
                self.solver.add([-guard, *(-x for x in self._sums())])
            else:
                for contradiction in solution:
                    self.solver.add([-x for x in contradiction])
            self.solver.look_at_the_clock()
        asked = set(literals)
        self._core = [x for x in self.solver.core() if x in asked]
        if out_of_reach:
            raise NotDecided(OUT_OF_REACH)
        return False

    def core(self) -> list[int]:
        """Return which of the last question's literals cannot hold together, after it failed."""
        return self._core

    def _sums(self) -> tuple[int, ...]:
        """Return the literals of all number atoms in the last model."""
        holds = self.solver.holds
        atoms = self.regions.atoms.items()
        return tuple(x if holds(x) else -x for x, atom in atoms if isinstance(atom, NumberAtom))

    # --- the record of a model ------------------------------------------------------------------

    def _needed(self, literals: tuple[int, ...]) -> frozenset[Steps] | None:
        """Return the paths that the last model needs for the literals; None, for all, where lists are."""
        if self.regions.slots or self.regions.counters:
            return None
        paths = self.regions.paths_of(self.gates.support(literals))
        return frozenset(path[:n] for path in paths for n in range(1, len(path) + 1))

    def _found(self, twins: frozenset[Steps], *, whole: bool, kept: frozenset[Steps] | None = None) -> Found:
        numbers = theory.plain_numbers(self.regions)
        if numbers is not None:
            self.values = attrs.evolve(self.values, numbers=numbers)
        today = None
        if TODAY in self.regions.numbers and not self.solver.holds(self.regions.absent(TODAY)):
            ordinal = self.values.days.get(self.regions.numbers[TODAY])
            today = date.fromordinal(ordinal) if ordinal else date(2026, 1, 1)
        elif TODAY not in self.regions.numbers:
            today = date(2026, 1, 1)
        maker = _Maker(self, today, whole=whole, kept=kept)
        record = maker.record(frozenset())
        return Found(record, today, maker.record(twins) if twins else None)

    def value(self, path: Steps, today: date | None) -> Any:
        """Return what the record of the last question has at a path, as plain JSON."""
        return _Maker(self, today)._value(self.regions.types_at(path), path, NO_PATHS)

    def holds(self, literal: int) -> bool:
        """Return a literal's truth in the record of the last question."""
        return self.solver.holds(literal)


Sides = tuple[tuple[types.Field, ...], ...]
"""The fields that each schema has at one place."""


class _Maker:
    """Makes the record of the last model."""

    def __init__(
        self,
        space: Space,
        today: date | None,
        *,
        whole: bool = False,
        kept: frozenset[Steps] | None = None,
    ) -> None:
        self.space = space
        self.whole = whole
        self.kept = kept
        self.regions = space.regions
        self.today = today
        self.values = space.values

    def record(self, twins: frozenset[Steps]) -> dict[str, Any]:
        """Return the record; at ``twins`` it has what the other of the pair has."""
        return self._fields(tuple(s.fields for s in self.space.schemas), (), twins)

    def _is_there(self, path: Steps) -> bool:
        literal = self.regions.absents.get(path)
        return literal is not None and not self.space.solver.holds(literal)

    def _fields(self, sides: Sides, at: Steps, twins: frozenset[Steps]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        named: dict[str, list[types.Field]] = {}
        for field in (one for fields in sides for one in fields):
            named.setdefault(field.name, []).append(field)
        for name, found in named.items():
            path = (*at, name)
            if self.kept is not None and path not in self.kept:
                continue
            where = twin(path) if path in twins else path
            kinds = [field.type for field in found]
            if self._is_there(where):
                made[name] = self._value(kinds, where, twins)
            elif any(field.key for field in found):
                made[name] = self._key(kinds[0], where)
        return made

    def _value(self, kinds: list[types.Type], path: Steps, twins: frozenset[Steps]) -> Any:
        match kinds[0]:
            case types.Group():
                return self._fields(tuple(k.fields for k in kinds if isinstance(k, types.Group)), path, twins)
            case types.Table():
                tables = [k for k in kinds if isinstance(k, types.Table)]
                rows = {}
                for member in dict.fromkeys(m for k in tables for m in k.over.members):
                    if self.kept is not None and (*path, member) not in self.kept:
                        continue
                    if self._is_there((*path, member)):
                        sides = tuple(k.fields for k in tables if member in k.over.members)
                        rows[member] = self._fields(sides, (*path, member), twins)
                return rows
            case types.List():
                sides = tuple(k.fields for k in kinds if isinstance(k, types.List))
                if path in self.regions.counters:
                    return self._counted(path, kinds)
                slots = self.regions.slots.get(path, [])
                count = sum(self.space.solver.holds(slot) for slot in slots)
                return [self._fields(sides, (*path, i), twins) for i in range(count)]
            case leaf:
                return self._leaf(leaf, path)

    def _counted(self, path: Steps, kinds: list[types.Type]) -> list[Any]:
        """Return entries of each profile, as many as the last model says."""
        holds, regions = self.space.solver.holds, self.regions
        profiles = self.space.demands.profiled[original(path)].profiles
        found: list[Any] = []
        for profile, counter in zip(profiles, regions.counters[path], strict=True):
            made = profile.whole if self.whole else profile.entry
            found += [made] * sum(holds(x) for x in counter)
        keys = [f for kind in kinds if isinstance(kind, types.List) for f in kind.fields if f.key]
        entries = []
        for place, made in enumerate(found):
            own = {field.name: self._key(field.type, (*path, place, field.name)) for field in keys}
            entries.append({**entry_on(made, self.today), **own})
        return entries

    def _leaf(self, type_: types.Leaf, path: Steps) -> Any:
        regions, holds = self.regions, self.space.solver.holds
        variable = regions.numbers[path]
        match type_:
            case types.Scale():
                if path not in regions.levels:
                    regions_types = [t for t in regions.types_at(path) if isinstance(t, types.Scale)]
                    return next(x for x in type_.levels if all(x in t.levels for t in regions_types))
                levels, ranks = regions.levels[path]
                return levels[sum(holds(x) for x in ranks)]
            case types.Set():
                if path not in regions.members:
                    sets = [t for t in regions.types_at(path) if isinstance(t, types.Set)]
                    return next(x for x in type_.members if all(x in t.members for t in sets))
                return next(m for m, literal in regions.members[path].items() if holds(literal))
            case types.Bool():
                return path in regions.bools and holds(regions.bools[path])
            case types.Number():
                value = (self.values.numbers or {}).get(variable)
                if value is None:
                    value = linear.simplest(regions.interval(variable))
                assert value is not None
                return int(value) if value.denominator == 1 and abs(value) < 2**53 else float(value)
            case types.Date():
                ordinal = self.values.days.get(variable)
                return (date.fromordinal(ordinal) if ordinal else date(2025, 1, 1)).isoformat()
            case types.Text():
                text = self.values.texts.get(variable, variable)
                return text if isinstance(text, str) else self._free_texts.get(text, "text")
            case types.Attestation():
                return self._attestation(path)

    @cached_property
    def _free_texts(self) -> dict[int, str]:
        """Return a text for each variable that is compared, each another one, and none that a rule names."""
        named, variables = set[str](), set[int]()
        for _, atom in self.regions.relations[TextAtom]:
            for one in (atom.first, atom.second):
                if isinstance(one, str):
                    named.add(one)
                else:
                    variables.add(one)
        numbers = range(1, len(named) + len(variables) + 1)
        free = (text for text in (f"text-{number}" for number in numbers) if text not in named)
        return dict(zip(sorted(variables), free, strict=False))

    def _attestation(self, path: Steps) -> dict[str, Any]:
        regions, holds = self.regions, self.space.solver.holds
        parts = {part: holds(x) for part, x in regions.attestations.get(path, {}).items()}
        role = next((part[1:-1] for part, true in parts.items() if true and part.startswith("`")), NO_ROLE)
        ordinal = self.values.days.get(regions.numbers[path])
        on = date.fromordinal(ordinal) if ordinal else self.today or date(2026, 1, 1)
        return {
            "holds": parts.get("holds", False),
            "by": ASSESSOR,
            "role": role,
            "on": on.isoformat(),
        }

    def _key(self, type_: types.Type, path: Steps) -> Any:
        """Return a key that no other entry has, where no predicate reads it."""
        place = next(step for step in reversed(path) if isinstance(step, int))
        match type_:
            case types.Text():
                return f"{path[-1]}-{place + 1}"
            case types.Number():
                return place + 1
            case types.Date():
                return date.fromordinal(date(2025, 1, 1).toordinal() + place).isoformat()
            case _:
                raise AssertionError("levels and members are kept apart by literals")


def projected(record: dict[str, Any], schema: types.Schema) -> dict[str, Any]:
    """Return what a schema knows of a record."""
    return _projected_fields(record, schema.fields)


def _projected_fields(record: dict[str, Any], fields: tuple[types.Field, ...]) -> dict[str, Any]:
    return {f.name: _projected(record[f.name], f.type) for f in fields if f.name in record}


def _projected(value: Any, type_: types.Type) -> Any:
    match type_:
        case types.Group(fields) if isinstance(value, dict):
            return _projected_fields(value, fields)
        case types.Table(over, fields) if isinstance(value, dict):
            return {m: _projected_fields(row, fields) for m, row in value.items() if m in over.members}
        case types.List(fields=fields) if isinstance(value, list):
            return [_projected_fields(entry, fields) for entry in value]
        case _:
            return value
