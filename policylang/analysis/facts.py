"""What one record says, as literals of a space: where questions about a single decision begin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from policylang.analysis.gates import TRUE
from policylang.analysis.regions import TODAY, Regions
from policylang.analysis.space import Space
from policylang.core.record import Record, Steps
from policylang.language import schema as types
from policylang.values import Attestation, Entries, Range, Value, shift

Facts = dict[Steps, tuple[int, ...]]


def entry_counts(record: Record) -> dict[Steps, int]:
    """Return how many entries each list of a record has: the least that a space for it must have."""
    return {path: value.count for path, value in record.values.items() if isinstance(value, Entries)}


def facts(space: Space, record: Record, today: date | None) -> Facts:
    """Return for each path that predicates read the literals that hold on this record, and today's.

    A path that the record lacks has the literal of its absence; `TODAY` is there too. A bounded value
    has the literals that some exact value within the bounds has for sure. The space must have been made
    with at least `entry_counts` entries.
    """
    regions = space.regions
    found: Facts = {}
    for path in list(regions.absents):
        if path == TODAY:
            found[path] = _today(regions, today)
        elif isinstance(path[0], str) and _slots_hold(record, path):
            found[path] = tuple(literals_of(regions, path, record[path], today))
    return found


def _today(regions: Regions, today: date | None) -> tuple[int, ...]:
    absent = regions.absent(TODAY)
    return (absent,) if today is None else (-absent, *_on_day(regions, TODAY, today, today))


def _slots_hold(record: Record, path: Steps) -> bool:
    """Return whether every entry on a path is one that the record has."""
    for at, step in enumerate(path):
        if isinstance(step, int):
            known = record[path[:at]]
            if not isinstance(known, Entries) or step >= known.count:
                return False
    return True


def literals_of(regions: Regions, path: Steps, value: Value | None, today: date | None) -> Iterator[int]:
    """Yield the literals that hold where a path has a value, that of its presence first."""
    absent = regions.absent(path)
    if value is None:
        yield absent
        return
    yield -absent
    match value:
        case Entries(count):
            yield from (x if i < count else -x for i, x in enumerate(regions.slots.get(path, [])))
        case Range(low, high):
            yield from _of_range(regions, path, low, high)
        case Attestation():
            for part, literal in regions.attestations.get(path, {}).items():
                yield literal if _has(regions, path, value, part, today) else -literal
        case _:
            pass


def _of_range(regions: Regions, path: Steps, low: Any, high: Any) -> Iterator[int]:
    for type_ in regions.types_at(path):
        match type_:
            case types.Scale():
                ranks = regions.ranks(path, type_)
                yield from ranks[:low]
                yield from (-x for x in ranks[high:])
            case types.Set():
                yield from (x if m == low else -x for m, x in regions.values(path, type_).items())
            case types.Bool():
                yield regions.holds(path) if low else -regions.holds(path)
            case types.Number():
                parts = {regions.variable(path): Fraction(1)}
                if isinstance(low, Fraction):
                    yield regions.above(parts, low, strict=False)
                if isinstance(high, Fraction):
                    yield -regions.above(parts, high, strict=True)
            case types.Date():
                yield from _on_day(regions, path, low, high)
            case types.Text():
                yield regions.same_text(path, low)
            case _:
                pass


def _on_day(regions: Regions, path: Steps, low: date, high: date) -> tuple[int, ...]:
    from_low = regions.later(path, (), None, (), low.toordinal())
    return tuple(x for x in (from_low, -regions.later(path, (), None, (), high.toordinal() + 1)) if x != TRUE)


def _has(regions: Regions, path: Steps, value: Attestation, part: str, today: date | None) -> bool:
    """Return whether an attestation has a part; one by nobody, or out of its time, has no role."""
    match part:
        case "holds":
            return value.holds
        case _:
            in_time = today is not None and value.on <= today and bool(value.by.strip())
            for type_ in regions.types_at(path):
                if isinstance(type_, types.Attestation) and type_.within and today is not None:
                    oldest = shift(today, type_.within, -1)
                    in_time = in_time and oldest is not None and oldest <= value.on
            return part == f"`{value.role}`" and in_time
