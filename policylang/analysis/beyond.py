"""What NEW permits on records that OLD cannot read: by a level, member or kind only NEW knows, or a lost key.

A comparison is over the records that fit both policies. A gate that may not get looser has to look
beyond them: what OLD refuses to read it does not permit. Of what no rule of OLD reads nothing is asked,
as OLD would say the same without it.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.reading import effects_on, paths_read
from policylang.analysis.smallest import dated
from policylang.analysis.solver import NotDecided
from policylang.analysis.space import Space
from policylang.core.outcomes import Outcome
from policylang.core.policy import Policy
from policylang.core.record import Steps, path_text
from policylang.language import schema as types
from policylang.messages import ticked


@attrs.frozen
class Unread:
    """A place of NEW at which OLD cannot read ``values``, nor any where these are None.

    Of a list, what OLD cannot read stands in its entries.
    """

    path: Steps
    values: tuple[str, ...] | None
    is_list: bool = False

    def __str__(self) -> str:
        where = f"`{path_text(self.path)}`"
        if self.values is None:
            return f"{where} is given"
        return f"{where} is {ticked(self.values)}"


def unread(old: types.Schema, new: types.Schema) -> tuple[Unread, ...]:
    """Return the places of NEW of which OLD cannot read every value; what only NEW has is free."""
    return tuple(_fields(old.fields, new.fields, ()))


def _fields(old: tuple[types.Field, ...], new: tuple[types.Field, ...], at: Steps) -> Iterator[Unread]:
    for field in new:
        before = types.field_named(old, field.name)
        if before is not None:
            yield from _types(before.type, field.type, (*at, field.name))


def _types(old: types.Type, new: types.Type, path: Steps) -> Iterator[Unread]:
    match old, new:
        case types.Scale(levels=before), types.Scale(levels=after):
            yield from _names(before, after, path)
        case types.Set(members=before), types.Set(members=after):
            yield from _names(before, after, path)
        case types.Group(before), types.Group(after):
            yield from _fields(before, after, path)
        case types.Table(over, before), types.Table(other, after):
            for member in other.members:
                if member in over.members:
                    yield from _fields(before, after, (*path, member))
        case types.List(fields=before), types.List(fields=after):
            if _keys(before) - _keys(after) or any(True for _ in _fields(before, after, path)):
                yield Unread(path, None, is_list=True)
        case _ if type(old) is not type(new):
            yield Unread(path, None)
        case _:
            pass


def _keys(fields: tuple[types.Field, ...]) -> set[str]:
    """Return which field each entry must have, and no two alike: none or one."""
    return {field.name for field in fields if field.key}


def _names(old: tuple[str, ...], new: tuple[str, ...], path: Steps) -> Iterator[Unread]:
    extra = tuple(name for name in new if name not in old)
    if extra:
        yield Unread(path, extra)


def permits_beyond(
    old: Policy, new: Policy, action: str, plain: bool, deadline: float | None
) -> Unread | None:
    """Return a place where NEW permits an action by what OLD cannot read there, None if there is none.

    NotDecided past a limit, and of what stands in entries of lists where NEW permits with such a list.
    """
    read = paths_read(effects_on(old, action))
    places = [
        one for one in unread(old.schema, new.schema) if any(p[: len(one.path)] == one.path for p in read)
    ]
    if not places:
        return None
    space = space_of(new.predicates, plain=plain, deadline=deadline, by_profiles=True)
    permitted = Outcomes(space, new.predicates).may[action].true
    for one in places:
        found = space.ask(permitted, _holds(space, one, new.schema))
        if found is not None:
            if one.is_list:
                raise NotDecided(f"entries of `{path_text(one.path)}` may have what OLD cannot read")
            dated(found, lambda record, today: new.decide(record, today=today)[action] is Outcome.PERMITTED)
            return one
    return None


def _holds(space: Space, one: Unread, schema: types.Schema) -> int:
    """Return the literal that a record has what cannot be read."""
    present = space.present(one.path)
    if one.values is None:
        return present
    type_ = schema.type_at(one.path)
    assert isinstance(type_, types.Scale | types.Set)
    literals = space.regions.values(one.path, type_)
    keys = [type_.levels.index(x) if isinstance(type_, types.Scale) else x for x in one.values]
    return space.gates.conj((present, space.gates.disj(literals[key] for key in keys)))
