"""`near`: a real record, varied a little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, assert_never

from hypothesis import strategies as st

from policylang.core.policy import Policy
from policylang.core.record import Record, Steps
from policylang.testing.cuts import cuts_of, predicates_of
from policylang.testing.plans import (
    Draw,
    Fields,
    GroupPlan,
    LeafPlan,
    ListPlan,
    Plan,
    RecordPlan,
    fresh,
    integers,
)
from policylang.testing.pools import ABSENT, SOME_DAY

CHANGES = 3


def near(
    policy: Policy, record: Mapping[str, Any] | Record, *, today: date | None = SOME_DAY
) -> st.SearchStrategy[dict[str, Any]]:
    """Draw variations of a record: up to three of its values changed, taken out or added.

    New values are at and around what the policy can see as of ``today``; an entry of a list may be
    taken out or, where entries have no key, doubled. Shrinks to the record itself. RecordError when
    the record does not fit the policy.
    """
    plan = RecordPlan(policy.schema, cuts_of(predicates_of(policy)), today, complete=False)
    return _near(plan, policy.record(record).data)


@st.composite
def _near(draw: Draw, plan: RecordPlan, data: dict[str, Any]) -> dict[str, Any]:
    for _ in range(draw(integers(0, CHANGES))):
        found = list(places(plan.inner, data, ()))
        if not found:
            break
        path, at = found[draw(integers(0, len(found) - 1))]
        values = list(_values(at, found_at(data, path)))
        data = placed(data, path, values[draw(integers(0, len(values) - 1))])
    return data


def places(plans: Fields, data: Any, at: Steps) -> Iterator[tuple[Steps, Plan]]:
    """Yield everything that can be changed in a record, what it lacks included."""
    for plan in plans.declared:
        path = (*at, plan.name)
        inner = data.get(plan.name) if isinstance(data, Mapping) else None
        match plan:
            case LeafPlan(is_key=True):
                continue
            case LeafPlan():
                yield path, plan
            case GroupPlan():
                yield path, plan
                yield from places(plan.inner, inner, path)
            case ListPlan():
                yield path, plan
                for i, entry in enumerate(inner or ()):
                    yield from places(plan.inner, entry, (*path, i))
            case _:
                assert_never(plan)


def _values(plan: Plan, now: Any) -> Iterator[Any]:
    """Yield what may stand at a place; first what does."""
    yield ABSENT if now is None else now
    match plan:
        case LeafPlan(pool=pool):
            yield from (fresh(choice.data) for choice in pool.choices)
        case GroupPlan():
            yield from (ABSENT, {})
        case ListPlan():
            entries = list(now or ())
            yield from (entries[:i] + entries[i + 1 :] for i in range(len(entries)))
            if plan.key is None:
                yield from ([*entries, entry] for entry in entries)
            yield from (ABSENT, [])
        case _:
            assert_never(plan)


def found_at(data: Any, path: Steps) -> Any:
    """Return what stands at a path of plain JSON, None for nothing."""
    for step in path:
        if data is None:
            return None
        data = data[step] if isinstance(step, int) else data.get(step)
    return data


def placed(data: Any, path: Steps, value: Any) -> Any:
    """Return plain JSON with a value at a path, which is made where it is absent; `ABSENT` takes it out."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [*data[:step], placed(data[step], rest, value), *data[step + 1 :]]
    inner = dict(data or {})
    below = placed(inner.get(step), rest, value) if rest or value is not ABSENT else ABSENT
    if below is ABSENT:
        inner.pop(step, None)
    else:
        inner[step] = below
    return inner
