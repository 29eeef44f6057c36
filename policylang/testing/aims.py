"""Aims: for some goals the choices with which a record meets them, by propagation and by guesses.

A goal is a predicate and the truth wanted of it. What has only one way to be met narrows the choices
of a leaf; where there are several ways one is guessed. When guesses leave a part without a way, the
search starts again with that part first. An aim that is found is right by construction; that none is
found proves nothing, and no law takes it for a proof.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from math import prod
from random import Random

import attrs

from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Predicate
from policylang.core.record import FrozenTable, Record, Steps
from policylang.language import checked as c
from policylang.testing.cuts import place_of
from policylang.testing.plans import NO_LIST, GroupPlan, LeafPlan, ListPlan, Plan, RecordPlan, Run, Runs
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth, conjunction, disjunction, truth_of
from policylang.values import Value

Goal = tuple[Predicate, Truth]
Truths = frozenset[Truth]

RESTARTS = 15
MAX_JOINT = 600  # combinations of the values that one comparison reads which are all looked at
SAMPLES = 200  # of more combinations than that
EVERY: Truths = frozenset((FALSE, UNKNOWN, TRUE))


@attrs.frozen
class Task:
    """A part with the truth wanted of it, where the entries at hand are, and whose part it is."""

    node: Predicate
    want: Truth
    at_hand: tuple[tuple[str, Steps], ...]
    root: tuple[int, Truth]  # the part that had to be met, however what came before was guessed

    def below(self, node: Predicate, want: Truth) -> Task:
        return Task(node, want, self.at_hand, self.root)


class Missed(Exception):
    """A part has no way left to be met."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task


@attrs.define(eq=False)
class Table:
    """An atom, the paths that it reads, and what was found out about it."""

    node: c.Atom
    paths: tuple[c.Path, ...]
    truths: dict[tuple[int, ...], Truth] = attrs.field(factory=dict)
    possible: dict[tuple[tuple[int, ...], ...], Truths] = attrs.field(factory=dict)


class Atoms:
    """What the atoms of a plan's predicates are worth at each choice; each found out once."""

    def __init__(self, plan: RecordPlan) -> None:
        self.plan = plan
        self._tables: dict[int, Table] = {}

    def leaf(self, path: c.Path) -> Plan:
        return self.plan.by_place[place_of(path)]

    def table(self, node: c.Atom) -> Table:
        found = self._tables.get(id(node))
        if found is None:
            found = self._tables[id(node)] = Table(node, tuple(dict.fromkeys(c.paths(node))))
        return found

    def truth(self, table: Table, choices: tuple[int, ...]) -> Truth:
        """Return an atom's truth with a choice for the leaf at each of its paths."""
        found = table.truths.get(choices)
        if found is None:
            entries = {path.entry: (path.entry,) for path in table.paths if path.entry}
            values: dict[Steps, Value] = {}
            for path, choice in zip(table.paths, choices, strict=True):
                leaf = self.leaf(path)
                assert isinstance(leaf, LeafPlan)
                value = leaf.pool.choices[choice].value
                if value is not None:
                    values[steps(path, entries)] = value
            evaluator = Evaluator(Record(self.plan.schema, FrozenTable(values), None), self.plan.today)
            found = table.truths[choices] = evaluator.evaluate(table.node, entries)
        return found

    def possible(self, table: Table, choices: tuple[tuple[int, ...], ...]) -> Truths:
        """Return the truths that an atom has with some choices for each of its paths, or all three."""
        found = table.possible.get(choices)
        if found is None:
            joints = product(*choices) if prod(map(len, choices)) <= MAX_JOINT else ()
            found = frozenset(self.truth(table, joint) for joint in joints) or EVERY
            table.possible[choices] = found
        return found


def aim_at(goals: Iterable[Goal], atoms: Atoms, random: Random) -> Runs | None:
    """Return runs of choices with which a record meets all goals; None when none was found."""
    wanted = [Task(node, want, (), (id(node), want)) for node, want in goals]
    misses: Counter[tuple[int, Truth]] = Counter()
    for _ in range(RESTARTS):
        search = Search(atoms, random)
        try:
            search.meet(wanted, misses)
        except Missed as missed:
            if search.certain:
                return None
            misses[missed.task.root] += 1
            continue
        return search.runs()
    return None


class Search:
    """One attempt: the choices that are still allowed, by path."""

    def __init__(self, atoms: Atoms, random: Random) -> None:
        self.atoms = atoms
        self.random = random
        self.allowed: dict[Steps, tuple[int, ...]] = {}
        self.plans: dict[Steps, Plan] = {}
        self.certain = True  # nothing has been guessed

    def meet(self, tasks: Iterable[Task], misses: Mapping[tuple[int, Truth], int]) -> None:
        """Meet all tasks, those first that were missed most often."""
        open_tasks = [attrs.evolve(t, root=(id(t.node), t.want)) for t in self.narrow(tasks)]
        self.random.shuffle(open_tasks)
        open_tasks.sort(key=lambda task: misses[task.root])
        while open_tasks:
            task = open_tasks.pop()
            if self.possible(task.node, task.at_hand) == {task.want}:
                continue
            ways = list(self.ways(task))
            if not ways:
                raise Missed(task)
            self.certain = self.certain and len(ways) == 1
            open_tasks += self.narrow(self.random.choice(ways))

    def narrow(self, tasks: Iterable[Task]) -> list[Task]:
        """Narrow what has one way to be met; return the tasks that have several."""
        pending, several = list(tasks), list[Task]()
        while pending:
            task = pending.pop()
            match task.node, task.want:
                case c.Not(operand), want:
                    pending.append(task.below(operand, ~want))
                case (c.And(operands), Truth.TRUE) | (c.Or(operands), Truth.FALSE):
                    pending += [task.below(operand, task.want) for operand in operands]
                case c.Missing(path), _ if not isinstance(self.atoms.leaf(path), LeafPlan):
                    self.make_absent(task, path)
                case ((c.Fixed() | c.Compare() | c.OneOf() | c.Missing() | c.Holds() | c.Attested()), _):
                    if not self.narrow_atom(task):
                        several.append(task)
                case _:
                    several.append(task)
        return several

    # --- leaves, containers, lists --------------------------------------------------------------

    def choices(self, path: Steps, plan: Plan) -> tuple[int, ...]:
        """Return the choices at a path that are still allowed."""
        found = self.allowed.get(path)
        if found is not None:
            return found
        match plan:
            case LeafPlan(is_key=True):  # given exactly, in every entry
                return tuple(i for i, choice in enumerate(plan.pool.choices) if choice.is_exact)
            case LeafPlan():
                return _up_to(len(plan.pool))
            case GroupPlan():
                return (0,) if self.atoms.plan.complete else (0, 1, 2)
            case ListPlan():
                return _up_to(plan.most + 2)[1 if self.atoms.plan.complete else 0 :]

    def allow(self, task: Task, path: Steps, plan: Plan, choices: Iterable[int]) -> None:
        """Keep only some of the allowed choices."""
        kept = tuple(choices)
        if not kept:
            raise Missed(task)
        if isinstance(plan, LeafPlan) and plan.is_key:
            kept = self.own_key(task, path, kept)
        self.allowed[path], self.plans[path] = kept, plan
        if isinstance(plan, LeafPlan) and plan.pool.choices[kept[0]].value is not None:
            self.make_present(task, path[:-1])

    def own_key(self, task: Task, path: Steps, choices: tuple[int, ...]) -> tuple[int, ...]:
        """Return one key for an entry that no other entry has."""
        around, name = path[:-2], path[-1]
        taken = {
            kept[0]
            for other, kept in self.allowed.items()
            if other != path and len(other) == len(path) and (other[:-2], other[-1]) == (around, name)
        }
        free = [choice for choice in choices if choice not in taken]
        if not free:
            raise Missed(task)
        return (self.random.choice(free),)

    def make_present(self, task: Task, path: Steps) -> None:
        """Keep what holds a value from being absent."""
        for end in range(len(path), 0, -1):
            if isinstance(path[end - 1], int):
                return
            plan = self.atoms.plan.by_path(path[:end])
            if isinstance(plan, GroupPlan) and plan.is_tested:
                kept = tuple(i for i in self.choices(path[:end], plan) if i != 1)
                if not kept:
                    raise Missed(task)
                self.allowed[path[:end]], self.plans[path[:end]] = kept, plan

    def make_absent(self, task: Task, path: c.Path) -> None:
        """Decide whether a group, row, table or list is absent, as the task wants."""
        where, plan = steps(path, dict(task.at_hand)), self.atoms.leaf(path)
        absent = NO_LIST if isinstance(plan, ListPlan) else 1
        kept = [i for i in self.choices(where, plan) if (i == absent) == (task.want is TRUE)]
        if isinstance(plan, GroupPlan):
            kept = [i for i in kept if i != 0]  # as its fields: either way
        if task.want is UNKNOWN:
            raise Missed(task)
        self.allow(task, where, plan, kept)

    def narrow_atom(self, task: Task) -> bool:
        """Narrow the one leaf of an atom; return False when it reads several."""
        node = task.node
        assert isinstance(node, c.Atom)
        table = self.atoms.table(node)
        if len(table.paths) > 1:
            return False
        if not table.paths:
            if self.atoms.truth(table, ()) is not task.want:
                raise Missed(task)
            return True
        where, plan = steps(table.paths[0], dict(task.at_hand)), self.atoms.leaf(table.paths[0])
        choices = self.choices(where, plan)
        self.allow(task, where, plan, (i for i in choices if self.atoms.truth(table, (i,)) is task.want))
        return True

    def runs(self) -> Runs:
        """Return for each path one run of neighbouring choices of one kind that are all allowed."""
        return {path: self._run(choices, self.plans[path]) for path, choices in self.allowed.items()}

    def _run(self, choices: tuple[int, ...], plan: Plan) -> Run:
        low = high = self.random.choice(choices)
        if isinstance(plan, LeafPlan):
            least, most = plan.pool.weights[plan.pool.kinds_at(low)[0]]
            allowed = {choice for choice in choices if least <= choice <= most}
            while low - 1 in allowed:
                low -= 1
            while high + 1 in allowed:
                high += 1
        return low, high

    # --- what is possible -----------------------------------------------------------------------

    def possible(self, node: Predicate, at_hand: tuple[tuple[str, Steps], ...]) -> Truths:
        """Return truths among which are all that a part has with the choices still allowed."""
        match node:
            case c.Not(operand):
                return frozenset(~truth for truth in self.possible(operand, at_hand))
            case c.And(operands):
                return _joined([self.possible(x, at_hand) for x in operands], FALSE)
            case c.Or(operands):
                return _joined([self.possible(x, at_hand) for x in operands], TRUE)
            case c.AtLeast(n, operands):
                return _counted(n, [self.possible(x, at_hand) for x in operands])
            case c.AtLeastEntries():
                return self._possible_entries(node, at_hand)
            case c.AtLeastMembers():
                raise AssertionError("the compiler unfolds quantifiers over sets")
            case _:
                return self._possible_atom(node, at_hand)

    def _possible_atom(self, node: c.Atom, at_hand: tuple[tuple[str, Steps], ...]) -> Truths:
        table, entries = self.atoms.table(node), dict(at_hand)
        places = [(steps(path, entries), self.atoms.leaf(path)) for path in table.paths]
        if isinstance(node, c.Missing) and not isinstance(places[0][1], LeafPlan):
            where, plan = places[0]
            kept = self.choices(where, plan)
            if isinstance(plan, GroupPlan):
                return frozenset((TRUE, FALSE)) if 0 in kept else frozenset(truth_of(i == 1) for i in kept)
            return frozenset(truth_of(i == NO_LIST) for i in kept)
        return self.atoms.possible(table, tuple(self.choices(where, plan) for where, plan in places))

    def _possible_entries(self, node: c.AtLeastEntries, at_hand: tuple[tuple[str, Steps], ...]) -> Truths:
        if node.n <= 0:
            return frozenset((TRUE,))
        where, plan = steps(node.list, dict(at_hand)), self.atoms.leaf(node.list)
        sizes = self.choices(where, plan)
        if len(sizes) > 1:
            return EVERY if sizes[-1] - 1 >= node.n else frozenset((FALSE, UNKNOWN))
        if sizes[0] == NO_LIST:
            return frozenset((UNKNOWN,))
        bodies = [
            self.possible(node.body, (*at_hand, (node.entry, (*where, i)))) for i in range(sizes[0] - 1)
        ]
        return _counted(node.n, bodies)

    # --- ways -----------------------------------------------------------------------------------

    def ways(self, task: Task) -> Iterator[list[Task]]:
        """Yield ways to meet a task that may still be open."""
        want = task.want
        match task.node:
            case c.And(operands) | c.Or(operands):
                # The truth that one operand is enough for, or unknown beside the other one.
                rest = TRUE if isinstance(task.node, c.And) else FALSE
                for place, operand in enumerate(operands):
                    if want not in self.possible(operand, task.at_hand):
                        continue
                    way = [task.below(operand, want)]
                    if want is UNKNOWN:
                        others = (x for i, x in enumerate(operands) if i != place)
                        way += [self._either(task, other, rest) for other in others]
                    yield way
            case c.AtLeast(n, operands):
                yield from self._count(n, [(x, task.at_hand) for x in operands], task)
            case c.AtLeastEntries():
                yield from self._entries(task.node, task)
            case c.Not() | c.AtLeastMembers():
                raise AssertionError("has one way, or none")
            case atom:
                yield from self._joint(atom, task)

    def _either(self, task: Task, node: Predicate, truth: Truth) -> Task:
        """Return the task that a part has a truth, or where it cannot that it is unknown."""
        can = truth in self.possible(node, task.at_hand)
        return task.below(node, truth if can else UNKNOWN)

    def _count(
        self, n: int, parts: list[tuple[Predicate, tuple[tuple[str, Steps], ...]]], task: Task
    ) -> Iterator[list[Task]]:
        """Yield a way in which at least ``n`` of the parts have a truth, or that this is false or open."""
        left = self.random.sample(parts, len(parts))
        possible = {id(part): self.possible(*part) for part in left}

        def take(want: Truth, most: int) -> list[Task]:
            found = [part for part in left if want in possible[id(part)]][:most]
            left[:] = [part for part in left if part not in found]
            return [Task(node, want, at_hand, task.root) for node, at_hand in found]

        if task.want is not UNKNOWN:
            needed = n if task.want is TRUE else len(parts) - n + 1
            way = take(task.want, max(0, needed))
            if len(way) >= needed:
                yield way
            return
        way = take(UNKNOWN, 1)
        if way:
            way += take(TRUE, n - 1)
            way += take(UNKNOWN, n - len(way))
            is_enough = len(way) >= n
            way += take(FALSE, len(left))
            way += take(UNKNOWN, len(left))
            if is_enough and not left:
                yield way

    def _entries(self, node: c.AtLeastEntries, task: Task) -> Iterator[list[Task]]:
        where, plan = steps(node.list, dict(task.at_hand)), self.atoms.leaf(node.list)
        fitting = [i for i in self.choices(where, plan) if self._fits(i, node.n, task.want)]
        if not fitting:
            return
        size = self.random.choice(fitting)
        self.certain = self.certain and len(fitting) == 1
        self.allow(task, where, plan, (size,))
        if size == NO_LIST or (size - 1 < node.n and task.want is FALSE):
            yield []
            return
        parts = [(node.body, (*task.at_hand, (node.entry, (*where, i)))) for i in range(size - 1)]
        yield from self._count(node.n, parts, task)

    @staticmethod
    def _fits(size: int, n: int, want: Truth) -> bool:
        """Return whether "at least n" may have a truth with a choice of size."""
        match want:
            case Truth.TRUE:
                return size - 1 >= n
            case Truth.FALSE:
                return size != NO_LIST
            case Truth.UNKNOWN:
                return size == NO_LIST or size - 1 >= n

    def _joint(self, node: c.Atom, task: Task) -> Iterator[list[Task]]:
        """Choose the values that a comparison reads together."""
        table, entries = self.atoms.table(node), dict(task.at_hand)
        places = [(steps(path, entries), self.atoms.leaf(path)) for path in table.paths]
        choices = [self.choices(where, plan) for where, plan in places]
        joints: Iterable[tuple[int, ...]]
        if prod(map(len, choices)) <= MAX_JOINT:
            joints = product(*choices)
        else:
            joints = [tuple(self.random.choice(some) for some in choices) for _ in range(SAMPLES)]
        fitting = [joint for joint in joints if self.atoms.truth(table, joint) is task.want]
        if fitting:
            self.certain = self.certain and len(fitting) == 1
            for (where, plan), choice in zip(places, self.random.choice(fitting), strict=True):
                self.allow(task, where, plan, (choice,))
            yield []


@lru_cache(maxsize=1024)
def _up_to(end: int) -> tuple[int, ...]:
    return tuple(range(end))


def _joined(parts: list[Truths], strong: Truth) -> Truths:
    """Return the truths of `and` (strong: false) or `or` (strong: true) over parts."""
    join = conjunction if strong is FALSE else disjunction
    if any(part == {strong} for part in parts):
        return frozenset((strong,))
    found: Truths = frozenset((~strong,))
    for part in parts:
        found = frozenset(join((a, b)) for a in found for b in part)
    return found


def _counted(n: int, parts: list[Truths]) -> Truths:
    """Return truths among which are all that "at least n" of the parts has."""
    surely = sum(part == {TRUE} for part in parts)
    can = sum(TRUE in part for part in parts)
    low = sum(FALSE not in part for part in parts)  # true or unknown, whatever is chosen
    high = sum(part != {FALSE} for part in parts)
    found = set()
    if can >= n:
        found.add(TRUE)
    if low < n:
        found.add(FALSE)
    if surely < n <= high and any(UNKNOWN in part for part in parts):
        found.add(UNKNOWN)
    return frozenset(found)
