"""How the records of two policies fit together: fields are matched by their paths.

A field of one side only is free. Levels and members are matched by name, and a value that the other
side does not know is no record of both. What has another kind of value on the other side is absent
from every record of both.
"""

from __future__ import annotations

from collections.abc import Iterator

from policylang.core.record import Steps, path_text
from policylang.language import schema as types


def differences(old: types.Schema, new: types.Schema) -> tuple[str, ...]:
    """Return a sentence for each difference of two record types."""
    return tuple(_fields(old.fields, new.fields, ()))


def _fields(old: tuple[types.Field, ...], new: tuple[types.Field, ...], at: Steps) -> Iterator[str]:
    for name in dict.fromkeys(f.name for f in (*old, *new)):
        before, after = types.field_named(old, name), types.field_named(new, name)
        path = (*at, name)
        if before is None or after is None:
            yield f"only {'NEW' if before is None else 'OLD'} has `{path_text(path)}`"
        else:
            yield from _types(before.type, after.type, path)


def _types(old: types.Type, new: types.Type, path: Steps) -> Iterator[str]:
    where = f"`{path_text(path)}`"
    match old, new:
        case types.Scale(levels=before), types.Scale(levels=after):
            yield from _names("levels", before, after, where)
            if set(before) == set(after) and before != after:
                yield f"{where} has its levels in another order"
        case types.Set(members=before), types.Set(members=after):
            yield from _names("members", before, after, where)
        case types.Group(before), types.Group(after):
            yield from _fields(before, after, path)
        case types.List(fields=before), types.List(fields=after):
            yield from _fields(before, after, path)
        case types.Table(over, before), types.Table(other, after):
            yield from _names("rows", over.members, other.members, where)
            yield from _fields(before, after, path)
        case types.Attestation(), types.Attestation() if old != new:
            yield f"{where} is attested by another role or for another time"
        case types.Date(past), types.Date(other) if past != other:
            yield f"{where} is a past date only in {'OLD' if past else 'NEW'}"
        case _ if type(old) is not type(new):
            kinds = f"{types.describe(old)} in OLD and {types.describe(new)} in NEW"
            yield f"{where} is {kinds}: only records without it are compared"
        case _:
            pass


def _names(what: str, old: tuple[str, ...], new: tuple[str, ...], where: str) -> Iterator[str]:
    for side, own, other in (("OLD", old, new), ("NEW", new, old)):
        extra = [f"`{name}`" for name in own if name not in other]
        if extra:
            yield f"{where} has the {what} {', '.join(extra)} only in {side}"
