"""Where Hypothesis is stuck: a list that a record only has in place of a single value.

Its shrinker changes one thing at a time. A requirement that is met by three entries may as well not
apply, with one more value known; that takes two changes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from policylang.core.record import Steps
from policylang.diagnostics import RecordError
from policylang.testing.nearby import found_at, placed, places
from policylang.testing.plans import Fields, GroupPlan, LeafPlan, ListPlan, RecordPlan
from policylang.testing.pools import ABSENT

Json = dict[str, Any]
MAX_TRIES = 3000


def smaller(record: Json, plan: RecordPlan, breaks: Callable[[Json], bool]) -> Json:
    """Return a record that breaks a law with fewer lists, and with nothing that it can do without."""
    tries = 0

    def does(candidate: Json) -> bool:
        nonlocal tries
        tries += 1
        try:
            return tries <= MAX_TRIES and breaks(candidate)
        except RecordError:
            return False  # an entry cannot do without its key

    while True:
        found = next((one for one in _without_a_list(record, plan) if does(one)), None)
        if found is None:
            return _in_order(record, plan.inner)
        record = found
        for path in list(_present(plan, record)):
            without = placed(record, path, ABSENT)
            if found_at(record, path) is not None and does(without):
                record = without


def _without_a_list(record: Json, plan: RecordPlan) -> Iterator[Json]:
    """Yield the record with one list fewer and another value at one leaf."""
    there = list(places(plan.inner, record, ()))
    lists = [path for path, at in there if isinstance(at, ListPlan) and found_at(record, path) is not None]
    for path in lists:
        rest = placed(record, path, ABSENT)
        for leaf, at in there:
            if isinstance(at, LeafPlan) and leaf[: len(path)] != path:
                for choice in at.pool.choices:
                    if choice.is_exact and choice.data != found_at(record, leaf):
                        yield placed(rest, leaf, choice.data)


def _present(plan: RecordPlan, record: Json) -> Iterator[Steps]:
    yield from (path for path, _ in places(plan.inner, record, ()) if found_at(record, path) is not None)


def _in_order(record: Json, plans: Fields) -> Json:
    """Return a record with its fields outside of lists in the order declared."""
    found = {plan.name: record[plan.name] for plan in plans.declared if plan.name in record}
    for plan in plans.declared:
        inner = found.get(plan.name)
        if isinstance(plan, GroupPlan) and inner is not None:
            found[plan.name] = _in_order(inner, plan.inner)
    return found
