"""The adjustable fields of one record: what can be changed, and predicates in which it is left open."""

from __future__ import annotations

from collections.abc import Iterator

from policylang.analysis.folding import Folder, read
from policylang.analysis.pairs import leaves
from policylang.analysis.regions import type_at
from policylang.analysis.unknowns import Open, adjustable_value
from policylang.core.decision import Decision
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import schema as types


def adjustable(fields: tuple[types.Field, ...], path: Steps) -> bool:
    """Return whether a path leads to an adjustable field."""
    inner: tuple[types.Field, ...] = fields
    for at, step in enumerate(path):
        field = types.field_named(inner, step) if isinstance(step, str) else None
        if field is None:  # a member or an entry
            continue
        if not isinstance(field.type, types.Group | types.Table | types.List):
            return field.adjustable and at == len(path) - 1
        inner = field.type.fields
    return False


def has_adjustable(fields: tuple[types.Field, ...]) -> bool:
    """Return whether some field is adjustable, those of lists included."""
    nodes = types.Group | types.Table | types.List
    return any(f.adjustable or (isinstance(f.type, nodes) and has_adjustable(f.type.fields)) for f in fields)


class Adjusting:
    """What the counterfactuals of one decision share."""

    def __init__(self, decision: Decision) -> None:
        self.evaluator = decision.evaluator
        self.record = decision.record
        self.schema = decision.policy.schema
        self.fields = self.schema.fields
        self._folder = Folder(
            self.evaluator,
            self._is_open,
            changes=True,
            changing=frozenset(_changing(self.fields, None, ())),
            needs=decision.policy.needs,
        )
        self._opens: dict[Steps, Open] = {}

    def folded(self, predicate: Predicate) -> Predicate:
        """Return a predicate in which only what can be changed is left."""
        return self._folder.fold(predicate, {})

    def opens(self, folded: Predicate) -> dict[Steps, Open]:
        """Return what may become of each path that a predicate reads, and of the fields below it."""
        paths = read([folded])
        groups = [path for path in paths if self.is_group(path)]
        paths.update((leaf, None) for group in groups for leaf in self._below(group))
        for path in paths:
            if path not in self._opens:
                self._opens[path] = adjustable_value(path, self.evaluator, self.schema)
        return {path: self._opens[path] for path in paths}

    def is_group(self, path: Steps) -> bool:
        """Return whether a path that is left open can be changed only by what is below it."""
        return not adjustable(self.fields, path)

    def _is_open(self, path: Steps) -> bool:
        """Return whether a value can be changed, or what is missing be made by giving a value in it."""
        return adjustable(self.fields, path) or (self.record[path] is None and bool(self._below(path)))

    def _below(self, path: Steps) -> list[Steps]:
        """Return the adjustable fields in a group, a table or a row."""
        type_ = type_at(self.fields, path)
        if not isinstance(type_, types.Group | types.Table):
            return []
        inner = leaves((types.Field(str(path[-1]), type_),), path[:-1])
        return [leaf.steps for leaf in inner if leaf.adjustable]


def _changing(
    fields: tuple[types.Field, ...], entry: str | None, at: Steps
) -> Iterator[tuple[str | None, Steps]]:
    """Yield the paths of adjustable fields and of what they stand in, from the record or an entry."""
    for field in fields:
        path = (*at, field.name)
        below: list[tuple[str | None, Steps]] = []
        match field.type:
            case types.Group(inner):
                below = list(_changing(inner, entry, path))
            case types.Table(over, inner):
                for member in over.members:
                    row = list(_changing(inner, entry, (*path, member)))
                    below += [*row, (entry, (*path, member))] if row else []
            case types.List(entry=name, fields=inner):
                yield from _changing(inner, name, ())
            case _ if field.adjustable:
                below = [(entry, path)]
            case _:
                pass
        yield from below
        if below:
            yield entry, path
