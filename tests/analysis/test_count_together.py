"""Counts over values that have regions only together: sums, dates, texts, groups and lists.

Records are put together by which values they have and how every comparison comes out, as the evaluator
says; one of each such kind is decided by both policies.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import attrs
from hypothesis import example, given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang import Outcome, Policy
from policylang.analysis import compare, domains
from policylang.analysis.comparing import STRICTNESS

Dated = tuple[dict[str, Any], date | None]
Key = tuple[Any, ...]
HEAD = "action gate: permitted unless forbidden\n"


@attrs.frozen(eq=False)
class Kind:
    """Fields with all comparisons that policies make, and records for each way these can come out."""

    fields: str
    comparisons: tuple[str, ...]
    records: tuple[Dated, ...]

    def policy(self, rules: Iterable[str]) -> Policy:
        """Return a policy that makes all comparisons, so that the regions are always the same."""
        all_of = " and ".join(f"({one})" for one in self.comparisons)
        lines = [f"record {{ {self.fields} }} {HEAD}", *(f"{x} -> forbid gate" for x in (all_of, *rules))]
        return policylang.loads("\n".join(lines))

    def by_key(self) -> dict[Key, list[Dated]]:
        """Return the records that nothing tells apart, put together."""
        lines = [f"record {{ {self.fields} }}"]
        for place, one in enumerate(self.comparisons):
            lines.append(f"action a{place}: permitted unless forbidden {one} -> forbid a{place}")
        probe = policylang.loads("\n".join(lines))
        found: dict[Key, list[Dated]] = {}
        for record, today in self.records:
            outcomes = probe.decide(record, today=today).outcomes.values()
            key = (today is None, *present(record), *(outcome.value for outcome in outcomes))
            found.setdefault(key, []).append((record, today))
        return found


def present(record: dict[str, Any], at: str = "") -> list[str]:
    """Return the paths of all that a record has."""
    found = []
    for name, value in record.items():
        found.append(f"{at}{name}")
        if isinstance(value, dict):
            found += present(value, f"{at}{name}.")
    return sorted(found)


def tried(values: dict[str, list[Any]], todays: Iterable[date | None] = (None,)) -> tuple[Dated, ...]:
    """Return the records with each of some values, or without it, on each day."""
    found = []
    for *chosen, today in product(*([None, *v] for v in values.values()), todays):
        record = {k: v for k, v in zip(values, chosen, strict=True) if v is not None}
        found.append((record, today))
    return tuple(found)


BOOLS = [True, False]
HALVES = [1.25, *(n / 2 for n in range(-6, 9))]
SPRING = [f"{year}-{month:02}-{day:02}" for year in (2023, 2024) for month in (2, 3) for day in (1, 2, 28)]
WINTER = [f"2024-{month:02}-{day:02}" for month in (1, 2, 3) for day in (1, 2, 15, 28, 29)]
ENDS = ["0001-01-01", "9999-12-15", "9999-12-31"]  # of the calendar
ODD = ["2023-02-14", "2024-10-01", "2025-02-14"]  # between 90 days and 3 months before a day
DAYS = [
    None,
    *(date(2023, 5, day) for day in (15, 28, 29, 31)),
    *(date(2024, 5, day) for day in (29, 30, 31)),
    *(date(2024, 6, 2), date(2024, 12, 31), date(2025, 5, 15)),
    *(date(1, 1, 1), date(1, 1, 31), date(1, 3, 31), date(1, 4, 1), date(9999, 12, 31)),
]
INNER = [{}, {"y": False}, {"y": True}]
GROUPS = [x | h for x in ({}, {"x": False}, {"x": True}) for h in ({}, *({"h": y} for y in INNER))]
KINDS = {
    "sums": Kind(
        "x: number, y: number, b: bool",
        ("x + y > 2", "x > 1", "x - y >= 1", "b"),
        tried({"x": HALVES, "y": HALVES, "b": BOOLS}),
    ),
    "today": Kind(
        "d: date, b: bool",
        (
            "d < today - 90 days",
            "d >= today - 3 months",
            "d >= 2024-03-01",
            "b",
            "today - 90 days >= 0001-01-01",  # whether it is a date
        ),
        tried({"d": [*SPRING, *ENDS, *ODD], "b": BOOLS}, DAYS),
    ),
    "todays": Kind(
        "d: date, e: date",
        (
            "d < today - 90 days",
            "e >= today - 1 month",
            "e < today",
            "today - 90 days >= 0001-01-01",
            "today - 1 month >= 0001-01-01",
        ),
        tried({"d": [*SPRING, *ENDS, "0001-03-01"], "e": [*SPRING, *ENDS, "0001-03-01"]}, DAYS),
    ),
    "past": Kind(
        "d: past date, e: date, b: bool",
        ("d >= 2024-05-30", "e < today", "b"),
        tried({"d": ["2024-05-29", "2024-05-30"], "e": ["2024-05-28", "2024-06-03"], "b": BOOLS}, DAYS),
    ),
    "dates": Kind(
        "d: date, e: date",
        ("d + 1 month > e", "d >= 2024-02-01", "e < 2024-02-29", "d + 1 month >= 0001-01-01"),
        tried({"d": [*WINTER, *ENDS], "e": [*WINTER, *ENDS]}),
    ),
    "texts": Kind(
        "p: text, q: text, r: text",
        ("p = q", 'p = "a"', 'q = "b"', "q != r"),
        tried({"p": [*"abcd"], "q": [*"abcd"], "r": [*"abcde"]}),
    ),
    "groups": Kind(
        "g: { x: bool, h: { y: bool } }, z: bool",
        ("g is missing", "g.h is missing", "g.x", "g.h.y", "not g.x", "not g.h.y", "z", "not z"),
        tuple(
            (z | g, None)
            for z in ({}, {"z": False}, {"z": True})
            for g in ({}, *({"g": inner} for inner in GROUPS))
        ),
    ),
}
by_key = cache(Kind.by_key)


def changed(old: Policy, new: Policy, records: dict[Key, list[Dated]]) -> tuple[int, int, int]:
    """Return how many keys become looser, how many stricter, of how many; records of one key are alike."""
    changes = []
    for found in records.values():
        both = {(old.decide(r, today=t)["gate"], new.decide(r, today=t)["gate"]) for r, t in found}
        assert len(both) == 1, found
        ((before, after),) = both
        changes.append(STRICTNESS[after] - STRICTNESS[before])
    return sum(x > 0 for x in changes), sum(x < 0 for x in changes), len(changes)


def numbers(old: Policy, new: Policy) -> tuple[int | None, int | None, int | None] | None:
    counts = compare(old, new)["gate"].counts
    if counts is None:
        return None
    assert counts.reason is None, counts.reason
    return counts.looser, counts.stricter, counts.total


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=max(5, settings().max_examples // 25))
@given(st.data())
def test_what_is_compared_with_each_other_is_counted_together(name: str, data: st.DataObject) -> None:
    """One for each way in which all comparisons can come out, with what is absent."""
    kind = KINDS[name]
    atoms = st.sampled_from(kind.comparisons)
    joined = st.recursive(
        atoms, lambda x: st.builds("({} {} {})".format, x, st.sampled_from(["and", "or"]), x), max_leaves=3
    )
    first, second = (data.draw(st.lists(joined, max_size=2)) for _ in range(2))
    old, new = kind.policy(first), kind.policy(second)
    looser, stricter, total = changed(old, new, by_key(kind))
    found = numbers(old, new)
    if found is None:
        assert looser == stricter == 0
    else:
        assert found == (looser, stricter, total)


def test_dates_that_only_today_ties_together_have_regions_of_their_own() -> None:
    """Thirty dates that may be too old: absent or not in the first 90 days of all, else one more way each."""
    dates = [f"d{i}" for i in range(30)]
    head = f"record {{ {', '.join(f'{d}: date' for d in dates)} }} {HEAD}"
    rule = f"{' or '.join(f'{d} < today - 90 days' for d in dates)} -> forbid gate"
    total = 2**30 + 2**30 + 3**30  # without today, in those days, and later
    assert numbers(policylang.loads(head), policylang.loads(head + rule)) == (0, total - 1, total)


SAID = [
    *(f"{d} < today - {n}" for d in "de" for n in ("90 days", "3 months")),
    *(
        "f > today",
        "d >= 2024-03-01",
        "e + 1 month > today",
        "f + 40 days >= today - 1 month",
        "today > 2024-06-01",
    ),
]


@settings(max_examples=max(10, settings().max_examples // 10))
@given(st.lists(st.sampled_from(SAID), min_size=2, max_size=4, unique=True), st.booleans())
@example(SAID[:4], False)  # no day has dates on both sides between 90 days and 3 months ago
def test_dates_taken_apart_have_the_numbers_of_dates_taken_together(said: list[str], is_past: bool) -> None:
    """Whether or not they can be taken apart."""
    head = f"record {{ d: {'past ' * is_past}date, e: date, f: date }} {HEAD}"
    old, new = (policylang.loads(f"{head} {op.join(said)} -> forbid gate") for op in (" and ", " or "))
    found = numbers(old, new)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(domains._Builder, "_apart", lambda *_: False)
        assert found == numbers(old, new)


# --- lists --------------------------------------------------------------------------------------

LISTED = "role r record { items: list of item { id: text key, f: bool, w: attestation by r }, b: bool } "
WORD = {"by": "A. Assessor", "role": "r", "on": "2026-01-01"}
ENTRIES: list[dict[str, Any]] = [
    {key: value for key, value in (("f", f), ("w", w)) if value is not None}
    for f, w in product((None, False, True), (None, {**WORD, "holds": False}, {**WORD, "holds": True}))
]
ON = date(2026, 1, 2)
LIMITS = {"f": 2, "f and w": 1}  # how far the conditions on entries are counted
CONDITIONS = [
    "any item (f)",
    "at least 2 item (f)",
    "at most 1 item (f)",
    "exactly 1 item (f)",
    "no item (f and w)",
    "any item (f and w)",
    "items is missing",
    "b",
]


def listed(rules: Iterable[str]) -> Policy:
    """Return a policy that counts each condition up to its limit."""
    counts = " and ".join(f"at least {n} item ({one})" for one, n in LIMITS.items())
    lines = [f"{LISTED} {HEAD}", *(f"{rule} -> forbid gate" for rule in (f"{counts} and b", *rules))]
    return policylang.loads("\n".join(lines))


@cache
def kinds_of_lists() -> dict[Key, list[Dated]]:
    """Return records by how many entries of each profile they have, as far as that is counted."""
    lines = [LISTED]
    for place, one in enumerate(LIMITS):
        lines.append(f"action a{place}: permitted unless forbidden any item ({one}) -> forbid a{place}")
    probe = policylang.loads("\n".join(lines))
    profiles = {
        (place, today): tuple(probe.decide({"items": [{"id": "x", **entry}]}, today=today).outcomes.values())
        for place, entry in enumerate(ENTRIES)
        for today in (None, ON)
    }

    def key(chosen: tuple[int, ...], today: date | None) -> Key:
        found: dict[Key, int] = {}
        for place in chosen:
            profile = profiles[place, today]
            seen = [n for n, o in zip(LIMITS.values(), profile, strict=True) if o is not Outcome.PERMITTED]
            if seen:
                found[profile] = min(max(seen), found.get(profile, 0) + 1)
        return tuple(sorted((*(o.value for o in profile), n) for profile, n in found.items()))

    records: dict[Key, list[Dated]] = {}
    for today in (None, ON):
        first = {profiles[place, today]: place for place in range(len(ENTRIES))}
        some = {
            tuple(sorted(c)) for n in range(3) for c in combinations_with_replacement(range(len(ENTRIES)), n)
        }
        for numbers in product(range(3), repeat=len(first)):
            some.add(tuple(sorted(p for p, n in zip(first.values(), numbers, strict=True) for _ in range(n))))
        for chosen in (None, *sorted(some)):
            items = (
                {}
                if chosen is None
                else {"items": [{"id": f"i{i}", **ENTRIES[p]} for i, p in enumerate(chosen)]}
            )
            own = (today is None, None if chosen is None else key(chosen, today))
            for b in (None, False, True):
                record = items if b is None else {**items, "b": b}
                records.setdefault((*own, b), []).append((record, today))
    return {key: found[:3] for key, found in records.items()}


@settings(max_examples=max(3, settings().max_examples // 50))
@given(*[st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=2).map(" and ".join)] * 2)
def test_lists_are_counted_by_how_many_entries_are_of_each_kind(first: str, second: str) -> None:
    """With and without today, which an attestation in an entry is in force by."""
    old, new = listed([first]), listed([second])
    looser, stricter, total = changed(old, new, kinds_of_lists())
    found = numbers(old, new)
    assert found == (looser, stricter, total) if found else looser == stricter == 0


def test_an_attestation_is_in_force_on_some_days_only() -> None:
    """The days too early for six months to be taken off are a region of today, as is that none is given."""
    head = f"role r\nrecord {{ ok: attestation by r within 6 months }} {HEAD}"
    old, new = (policylang.loads(head + rule) for rule in ("true -> require ok for gate", ""))
    expected = total = 0
    for today in (None, date(1, 3, 1), date(2026, 1, 1)):
        on = {"by": "A. Assessor", "on": str(today or "2026-01-01")}
        for word in (
            None,
            *({**on, "role": r, "holds": h} for r, h in (("s", True), ("r", True), ("r", False))),
        ):
            total += 1
            before, after = (p.decide({"ok": word}, today=today)["gate"] for p in (old, new))
            expected += STRICTNESS[after] > STRICTNESS[before]
    counts = compare(old, new)["gate"].counts
    assert (expected, total) == (11, 12)
    assert (counts.looser, counts.stricter, counts.total) == (expected, 0, total)


@pytest.mark.parametrize(
    ("other", "regions"), [("", 4), ("action next: permitted unless forbidden x >= 9 -> forbid next", 5)]
)
def test_a_number_has_a_region_for_what_rules_on_other_actions_ask(other: str, regions: int) -> None:
    old, new = (
        policylang.loads(f"record {{ x: number }} {HEAD} x >= {n} -> forbid gate {other}") for n in (1, 2)
    )
    counts = compare(old, new)["gate"].counts
    assert (counts.looser, counts.stricter, counts.total) == (1, 0, regions)
