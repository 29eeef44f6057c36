"""A small record type with all its records, and random rules over it.

Lists are enumerated with one more entry than the analysis takes into account.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

import policylang
from policylang import Policy
from policylang.analysis.outcomes import space_of

MAX_ENTRIES = 4 if settings().max_examples > 1000 else 3
DECLARATIONS = """
scale L: low < middle < high
record {
  a: L adjustable
  b: bool
  items: list of item { f: bool, g: bool }
}
action gate: permitted unless forbidden
action closed: forbidden unless permitted
action wide widens gate: forbidden unless permitted
define unsaid = unspecified "nobody says"
"""


@cache
def records(longest: int = MAX_ENTRIES) -> list[dict[str, Any]]:
    entries = [
        {k: v for k, v in zip("fg", values, strict=True) if v is not None}
        for values in product((None, False, True), repeat=2)
    ]
    lists = [list(x) for n in range(longest + 1) for x in combinations_with_replacement(entries, n)]
    found = []
    for a, b, items in product((None, "low", "middle", "high"), (None, False, True), (None, *lists)):
        values = {"a": a, "b": b, "items": items}
        found.append({key: value for key, value in values.items() if value is not None})
    return found


def tried(*policies: Policy) -> tuple[list[dict[str, Any]], bool]:
    """Return the records to try policies with, and whether they have as many entries as are needed."""
    counts = space_of(*(policy.predicates for policy in policies)).demands.counts
    needed = sum(counts.values())
    return records(min(needed + 1, MAX_ENTRIES)), needed <= MAX_ENTRIES


def loaded(rules: list[str]) -> Policy | None:
    """Return the policy of some rules, None where absence would permit."""
    try:
        return policylang.loads(DECLARATIONS + "\n".join(rules))
    except policylang.PolicyError:
        return None


ATOMS = ["a >= middle", "a < high", "a = middle", "b", "not b", "a is missing", "items is missing", "unsaid"]
INNER = ["f", "g", "not f", "f and g", "f or not g", "(f and b)", "(g or a >= high)"]
quantifiers = st.builds(
    "{} item ({})".format,
    st.sampled_from(["any", "every", "no", "at least 2", "at most 1", "exactly 1", "exactly 2"]),
    st.sampled_from(INNER),
)
atoms = st.one_of(st.sampled_from(ATOMS), quantifiers, quantifiers)


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(parts, st.sampled_from(["and", "or"]), parts)
    return st.one_of(pairs.map(lambda p: f"({' '.join(p)})"), parts.map(lambda p: f"not ({p})"))


conditions = st.recursive(atoms, joined, max_leaves=4)
rules = st.one_of(
    st.builds("{} -> forbid gate and closed".format, conditions),
    st.builds("{} -> require {} for gate".format, conditions, conditions),
    st.builds("{} -> permit closed and wide".format, conditions),
    st.builds("{} -> forbid wide unless {}".format, conditions, conditions),
)
