"""Counts of the records that change, against counting them one by one."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang.analysis import compare
from policylang.analysis import count as counting
from policylang.analysis.comparing import STRICTNESS

import generated

# Each policy has the first rule, so that the regions are always the same.
DECLARATIONS = """
scale L: low < middle < high
set s: x, y
record { a: L, b: bool, n: number, m: s, t: text, d: date }
action gate: permitted unless forbidden
define unsaid = unspecified "nobody says"
a >= high and b and n >= 1 and n > 2 and m = x and t = "p" and d >= 2024-01-01 -> forbid gate
"""
VALUES = {
    "a": ["low", "middle", "high"],
    "b": [False, True],
    "n": [0, 1.5, 3],
    "m": ["x", "y"],
    "t": ["p", "q"],
    "d": ["2023-12-31", "2024-01-01"],
}


@cache
def region_records() -> list[dict[str, Any]]:
    found = [
        dict(zip(VALUES, values, strict=True)) for values in product(*([None, *v] for v in VALUES.values()))
    ]
    return [{key: value for key, value in one.items() if value is not None} for one in found]


ATOMS = [
    "a >= middle",
    "a = high",
    "b",
    "not b",
    "n >= 1",
    "n > 2",
    "m = x",
    't != "p"',
    "d < 2024-01-01",
    "unsaid",
]
atoms = st.sampled_from([*ATOMS, "b is missing", "n is missing"])


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, parts, st.sampled_from(["and", "or"]), parts)


rules = st.recursive(atoms, joined, max_leaves=5).map("{} -> forbid gate".format)


def counted(old: policylang.Policy, new: policylang.Policy, action: str, most: int) -> counting.Counts | None:
    """Return the counts where only formulas with so many choices are counted by tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "MAX_TABLE", most)
        return compare(old, new, time_limit=None, count_limit=60)[action].counts


@settings(max_examples=max(8, settings().max_examples // 12))
@given(
    st.lists(rules, max_size=3),
    st.lists(rules, min_size=1, max_size=3),
    st.sampled_from([0, 12, counting.MAX_TABLE]),
)
def test_counts_are_those_of_counting_one_by_one(first: list[str], second: list[str], most: int) -> None:
    """In each direction, over every region of each field, absent included, with tables and without."""
    old, new = (policylang.loads("\n".join([DECLARATIONS, *written])) for written in (first, second))
    counts = counted(old, new, "gate", most)
    changes = [
        STRICTNESS[new.decide(record)["gate"]] - STRICTNESS[old.decide(record)["gate"]]
        for record in region_records()
    ]
    looser, stricter = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
    if counts is None:
        assert looser == stricter == 0
    else:
        assert (counts.looser, counts.stricter, counts.total) == (looser, stricter, len(region_records()))


def test_a_member_counts_even_where_only_its_absence_is_asked_for() -> None:
    """A set of three members has four values, whether or not a rule names them."""
    head = "set s: x, y, z record { m: s, b: bool } action go: permitted unless forbidden"
    old, new = (policylang.loads(f"{head} {one} -> forbid go") for one in ("b", "b or m is missing"))
    counts = compare(old, new)["go"].counts
    assert counts is not None
    assert (counts.looser, counts.stricter, counts.total) == (0, 2, 12)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_tables_do_not_change_a_number(seed: int) -> None:
    """Rules of ten groups of fields hang together by four fields, over which tables are then taken apart."""
    lines = generated.structured(60, 50, 0)
    old, new = (policylang.loads("\n".join(x)) for x in (lines, generated.mutant(lines, seed)))
    changed = [one.action for one in compare(old, new, count_limit=0).actions if one.verdict != "equivalent"]
    assert changed
    for action in changed:
        plain, small, large = (counted(old, new, action, most) for most in (0, 100, counting.MAX_TABLE))
        assert plain is not None and plain.total is not None and plain.reason is None
        assert plain == small == large


def test_counts_have_as_many_digits_as_they_need() -> None:
    """Two hundred fields in a row: the number is that of adding up over the row."""
    fields = [f"f{i}" for i in range(200)]
    record = f"record {{ {', '.join(f'{f}: bool' for f in fields)} }} action go: permitted unless forbidden"
    rest = "\n".join(f"{a} and {b} -> forbid go" for a, b in pairwise(fields))
    old, new = policylang.loads(f"{record}\n{rest}"), policylang.loads(f"{record}\n{rest}\nf0 -> forbid go")
    counts = compare(old, new)["go"].counts
    assert counts is not None
    assert (counts.looser, counts.total) == (0, 3**200)
    # Of the rows so far, by the last value and the worst pair: 0 all false, 1 one unknown, 2 one true.
    stricter = 0
    for first, spared in ((2, 1), (1, 0)):  # a true f0 forbids, an unknown one leaves open what was permitted
        rows = {(first, 0): 1}
        for _ in fields[1:]:
            longer: dict[tuple[int, int], int] = {}
            for (last, worst), count in rows.items():
                for value in range(3):
                    at = (value, max(worst, min(last, value)))
                    longer[at] = longer.get(at, 0) + count
            rows = longer
        stricter += sum(count for (_, worst), count in rows.items() if worst <= spared)
    assert counts.stricter == stricter
    assert len(str(stricter)) > 50


DATES = [f"d{i}" for i in range(8)]


@pytest.mark.parametrize(
    ("record", "rule", "reason"),
    [
        ("items: list of item { f: bool }", "any item (f and z) -> forbid go", "the entries of `items`"),
        (
            "items: list of item { parts: list of part { f: bool } }",
            "any item (any part (f)) -> forbid go",
            "the entries of `items`",
        ),
        (
            ", ".join(f"{d}: date" for d in DATES),
            f"{' and '.join(f'{d} < {e}' for d, e in pairwise(DATES))} -> forbid go",
            "more than 1,000 cases of `d0`, ",
        ),
    ],
)
def test_what_is_not_counted_says_so(record: str, rule: str, reason: str) -> None:
    """The verdict is exact all the same."""
    head = f"record {{ z: bool, {record} }} action go: permitted unless forbidden"
    old, new = policylang.loads(f"{head} z -> forbid go"), policylang.loads(f"{head} z -> forbid go {rule}")
    found = compare(old, new)["go"]
    assert found.verdict == "stricter"
    assert found.counts is not None and found.counts.stricter is None and reason in str(found.counts.reason)


def test_a_field_that_has_another_kind_of_value_on_the_other_side_is_absent() -> None:
    """No record of both has it, so that it does not multiply anything."""
    head = "record {{ b: bool, x: {} }} action go: permitted unless forbidden {}"
    old = policylang.loads(head.format("bool", "b -> forbid go x -> forbid go"))
    new = policylang.loads(head.format("number", "x > 1 -> forbid go"))
    counts = compare(old, new)["go"].counts
    assert counts is not None
    assert (counts.looser, counts.stricter, counts.total) == (1, 0, 3)


def test_past_its_limit_a_count_is_not_finished() -> None:
    """Then there is no number, and the verdict stands."""
    source = random.Random(1)
    fields = [f"f{i}" for i in range(40)]
    lines = [f"record {{ {', '.join(f'{f}: bool' for f in fields)} }} action go: permitted unless forbidden"]
    for _ in range(120):
        lines.append(f"{' and '.join(source.sample(fields, 3))} -> forbid go")
    old, new = (
        policylang.loads("\n".join(lines)),
        policylang.loads("\n".join([*lines, "f0 and f1 -> forbid go"])),
    )
    found = compare(old, new, count_limit=0.2)["go"]
    assert found.verdict == "stricter"
    assert found.counts is not None and (found.counts.stricter, found.counts.reason) == (None, "not finished")


def test_random_clauses_over_many_fields_are_not_counted_in_time() -> None:
    """Counting is hard in general: where it does not end there is no number, and the verdict stands."""
    lines = generated.clauses(50, 50, 0)
    old, new = (policylang.loads("\n".join(x)) for x in (lines, generated.mutant(lines, 0)))
    found = compare(old, new, count_limit=0.5)["deploy"]
    assert found.verdict == "looser"
    assert found.counts is not None
    assert (found.counts.looser, found.counts.stricter, found.counts.reason) == (None, None, "not finished")
