"""How a record is drawn: the declared shape with a pool for each leaf and a size for each list.

Every choice is an integer, and the integers mean the same whether they are drawn freely or within the
runs of an aim (`aims`): so a record that was found by aiming shrinks as if it had been drawn freely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, assert_never

import attrs
from hypothesis import strategies as st

from policylang.core.record import Steps
from policylang.language import schema as types
from policylang.testing.cuts import Cuts, Place
from policylang.testing.pools import ABSENT, Pool, pool_of

Run = tuple[int, int]
Runs = Mapping[Steps, Run]
"""For some paths the lowest and the highest choice: of a pool, of `CONTAINER`, of the size of a list."""

Draw = Callable[[st.SearchStrategy[Any]], Any]

CONTAINER = ("as its fields", "absent", "present")
"""The choices for a group, table or row whose absence some rule asks for."""

NO_LIST = 0  # the choices for a list: absent, and one more than the number of its entries
MAX_SIZE_TOGETHER = 6  # entries of a list with several counts, for them to hold at once


@attrs.frozen(eq=False)
class LeafPlan:
    """A leaf with its pool; one that no rule reads is drawn with the others of its kind or not at all."""

    name: str
    pool: Pool
    is_read: bool
    is_key: bool


@attrs.frozen(eq=False)
class GroupPlan:
    """A group, table or row."""

    name: str
    inner: Fields
    is_tested: bool


@attrs.frozen(eq=False)
class ListPlan:
    """A list with the plan of each entry."""

    name: str
    entry: str
    inner: Fields
    most: int
    is_read: bool
    key: LeafPlan | None


Plan = LeafPlan | GroupPlan | ListPlan


@attrs.frozen(eq=False)
class Fields:
    """Plans in the order declared, and in the order in which they are drawn.

    What is drawn first is made small first, so the last fields and members are; lists are drawn last,
    as a shorter one moves the choices behind it.
    """

    declared: tuple[Plan, ...]
    drawn: tuple[Plan, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        lists = tuple(plan for plan in self.declared if isinstance(plan, ListPlan))
        others = tuple(plan for plan in reversed(self.declared) if not isinstance(plan, ListPlan))
        object.__setattr__(self, "drawn", (*others, *lists))


@attrs.frozen(eq=False, slots=False)
class RecordPlan:
    """The plan of whole records as of a day.

    Those of a ``complete`` plan have all that is declared, exact and of use.
    """

    schema: types.Schema
    cuts: Cuts
    today: date | None
    complete: bool
    inner: Fields = attrs.field(init=False)
    by_place: dict[Place, Plan] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "inner", self._plans(self.schema.fields, None, ()))

    def _plans(
        self, fields: tuple[types.Field, ...], entry: str | None, at: tuple[str, ...], keys: int = 0
    ) -> Fields:
        return Fields(tuple(self._plan(field, entry, (*at, field.name), keys) for field in fields))

    def _plan(self, field: types.Field, entry: str | None, at: tuple[str, ...], keys: int = 0) -> Plan:
        """Return the plan of a field and note its place; a key has to have so many values."""
        place: Place = (entry, at)
        plan: Plan
        match field.type:
            case types.Group(fields):
                plan = GroupPlan(field.name, self._plans(fields, entry, at), place in self.cuts.tested)
            case types.Table(over, fields):
                rows = tuple(self._row(member, fields, entry, (*at, member)) for member in over.members)
                plan = GroupPlan(field.name, Fields(rows), place in self.cuts.tested)
            case types.List(name, fields):
                plan = self._list(field, name, fields, place)
            case leaf:
                texts = keys if field.key else 0
                pool = pool_of(leaf, place, self.cuts, self.today, complete=self.complete, texts=texts)
                plan = LeafPlan(field.name, pool, place in self.cuts.read, field.key)
        self.by_place[place] = plan
        return plan

    def _row(
        self, member: str, fields: tuple[types.Field, ...], entry: str | None, at: tuple[str, ...]
    ) -> Plan:
        plan = GroupPlan(member, self._plans(fields, entry, at), (entry, at) in self.cuts.tested)
        self.by_place[entry, at] = plan
        return plan

    def _list(self, field: types.Field, name: str, fields: tuple[types.Field, ...], place: Place) -> ListPlan:
        counts = self.cuts.counts.get(place, {0})
        most = max(1, max(counts) + 1, min(sum(counts), MAX_SIZE_TOGETHER))
        inner = self._plans(fields, name, (), most)
        keys = [plan for plan in inner.declared if isinstance(plan, LeafPlan) and plan.is_key]
        for key in keys:
            most = min(most, sum(choice.is_exact for choice in key.pool.choices))
        return ListPlan(field.name, name, inner, most, place in self.cuts.read, keys[0] if keys else None)

    def by_path(self, path: Steps) -> Plan:
        """Return the plan at a path of a record."""
        for end in range(len(path), 0, -1):
            if isinstance(path[end - 1], int):
                around = self.by_path(path[: end - 1])
                assert isinstance(around, ListPlan)
                return self.by_place[around.entry, tuple(map(str, path[end:]))]
        return self.by_place[None, tuple(map(str, path))]

    def draw(self, draw: Draw, aim: Runs | None) -> dict[str, Any]:
        """Draw a record, within the runs of an aim if there is one."""
        others = self.complete or draw(integers(0, 3)) == 3
        return Drawing(draw, aim or {}, self.complete, others).fields(self.inner, ())


@lru_cache(maxsize=4096)
def integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


@attrs.frozen(eq=False)
class Drawing:
    """One record that is being drawn. ``others``: also what no rule reads."""

    draw: Draw
    aim: Runs
    complete: bool
    others: bool

    def within(self, path: Steps, low: int, high: int) -> int:
        """Draw one choice, within the aim's run for this path."""
        found: int = self.draw(integers(*self.aim.get(path, (low, high))))
        return found

    def leaf(self, pool: Pool, path: Steps) -> Any:
        """Draw a kind of value, then a value; an aim is within one kind."""
        aim = self.aim.get(path)
        kinds = (0, len(pool.weights) - 1) if aim is None else pool.kinds_at(aim[0])
        low, high = pool.weights[self.draw(integers(*kinds)) if len(pool.weights) > 1 else 0]
        least, most = (low, high) if aim is None else aim
        return fresh(pool.choices[low + self.draw(integers(least - low, most - low))].data)

    def fields(self, plans: Fields, at: Steps) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for plan in plans.drawn:
            path = (*at, plan.name)
            match plan:
                case LeafPlan(name, pool, is_read, is_key):
                    if is_key:
                        continue  # drawn with its entry
                    if is_read or self.others:
                        data = self.leaf(pool, path)
                        if data is not ABSENT:
                            found[name] = data
                case GroupPlan(name, inner, is_tested):
                    state = self.within(path, 0, 2) if is_tested and not self.complete else 0
                    below = self.fields(inner, path)
                    if CONTAINER[state] != "absent" and (below or state or self.complete):
                        found[name] = below
                case ListPlan(name, is_read=is_read):
                    if is_read or self.others:
                        entries = self.list(plan, path)
                        if entries is not None:
                            found[name] = entries
                case _:
                    assert_never(plan)
        return {plan.name: found[plan.name] for plan in plans.declared if plan.name in found}

    def list(self, plan: ListPlan, path: Steps) -> list[Any] | None:
        """Draw the size of a list, or that it is absent, and then each entry as a part of its own.

        So an entry can be left out with all that was drawn for it.
        """
        size = self.within(path, NO_LIST + 1 if self.complete else NO_LIST, plan.most + 1)
        if size == NO_LIST:
            return None
        used: set[int] = set()
        return [self.draw(_entries(self, plan, (*path, i), used)) for i in range(size - 1)]

    def key(self, plan: ListPlan, leaf: LeafPlan, at: Steps, used: set[int]) -> st.SearchStrategy[int]:
        """Return the strategy for an entry's key, which is none of those used."""
        own = self.aim.get((*at, leaf.name))
        if own is not None:
            return integers(*own)
        # What the aim has for other entries is theirs.
        aimed = (self.aim.get((*at[:-1], i, leaf.name)) for i in range(plan.most))
        taken = used | {run[0] for run in aimed if run is not None}
        free = [i for i, choice in enumerate(leaf.pool.choices) if choice.is_exact and i not in taken]
        return integers(0, len(free) - 1).map(free.__getitem__)


@st.composite
def _entries(draw: Draw, drawing: Drawing, plan: ListPlan, at: Steps, used: set[int]) -> dict[str, Any]:
    """Draw one entry, its key first."""
    found: dict[str, Any] = {}
    if plan.key is not None:
        key = draw(drawing.key(plan, plan.key, at, used))
        used.add(key)
        found[plan.key.name] = plan.key.pool.choices[key].data
    return {**found, **drawing.fields(plan.inner, at)}


def fresh(data: Any) -> Any:
    """Return data that nobody else holds."""
    return dict(data) if isinstance(data, dict) else data


def rising(plan: LeafPlan) -> list[Any]:
    """Return the exact values of a level, number or date that rules can read, lowest first."""
    usable = [choice for choice in plan.pool.choices if choice.is_usable]
    return [choice.data for choice in sorted(usable, key=lambda choice: choice.value.low)]  # type: ignore[union-attr]
