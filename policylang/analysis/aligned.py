"""How the records of two policies fit together: fields are matched by their paths.

A field of one side only is free. Levels and members are matched by name, and a value that the other
side does not know is no record of both. What has another kind of value on the other side is absent
from every record of both.
"""

from __future__ import annotations

from collections.abc import Iterator

from policylang.core.canonical import Digester
from policylang.core.policy import Policy
from policylang.core.record import Steps, path_text
from policylang.language import schema as types
from policylang.messages import ticked


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
            if before.key != after.key:
                yield f"`{path_text(path)}` is a key only in {'OLD' if before.key else 'NEW'}"
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
    if not set(old) & set(new) and what != "rows":
        yield f"{where} has no {what} in common: only records without it are compared"
        return
    for side, own, other in (("OLD", old, new), ("NEW", new, old)):
        extra = [name for name in own if name not in other]
        if extra:
            noun = what if len(extra) > 1 else what.removesuffix("s")
            yield f"{where} has the {noun} {ticked(extra, 'and')} only in {side}"


# --- what no single record shows ----------------------------------------------------------------


def unseen(old: Policy, new: Policy) -> tuple[str, ...]:
    """Return a sentence for each difference that the outcomes of single records do not show."""
    return (*_constrained(old, new), *_releases(old, new))


def _constrained(old: Policy, new: Policy) -> Iterator[str]:
    for action in old.actions:
        if action in new.actions and old.is_constrained(action) != new.is_constrained(action):
            side, other = ("OLD", "NEW") if old.is_constrained(action) else ("NEW", "OLD")
            yield f"only {side} has rules on `{action}`: by {other} no gate passes, as nothing was asked"


def _releases(old: Policy, new: Policy) -> Iterator[str]:
    """Compare what stays in force after a past: each prohibition with an `until`, and its release."""
    latching = [
        [(i.rule, e, e.until) for i, e in policy.predicates.effects if e.until is not None]
        for policy in (old, new)
    ]
    shared = set.intersection(*({rule.digest for rule, *_ in found} for found in latching))
    meaning = Digester().of
    sides = [
        {
            (tuple(sorted(effect.actions)), meaning(effect.predicate), meaning(until)): rule.label
            for rule, effect, until in found
            if rule.digest not in shared
        }
        for found in latching
    ]
    names = [
        [f"`{label}`" for label in dict.fromkeys(own[key] for key in own if key not in other)]
        for own, other in (sides, sides[::-1])
    ]
    told = [f"{', '.join(x)} of {side}" for x, side in zip(names, ("OLD", "NEW"), strict=True) if x]
    if told:
        yield f"in a history the `until` of {' and of '.join(told)} can make a difference of its own"
