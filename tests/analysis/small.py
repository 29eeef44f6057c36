"""A small type of records, all of whose values can be tried: for questions about one decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import combinations_with_replacement, product
import re
from typing import Any

from hypothesis import strategies as st

from policylang import Decision, Outcome

TODAY = date(2026, 3, 31)
BEFORE = date(2026, 3, 1)
DECLARATIONS = """
scale L: low < middle < high
set s: m, n
role r, q
record {
  a: L adjustable
  b: bool adjustable
  t: per s { x: L adjustable }
  g: { k: number adjustable, c: s }
  h: number
  done: past date
  word: attestation by r within 30 days
  items: list of item { f: bool, e: L }
}
action gate: permitted unless forbidden
action closed: forbidden unless permitted
action wide widens gate: forbidden unless permitted
define unsaid = unspecified "nobody says"
grade graded: L from g.k + h: middle at 1, high at 2
"""
LEVELS = ["low", "middle", "high"]
NUMBERS = [half / 2 for half in range(-9, 12)]
DAYS = ["2025-01-01", "2026-03-30", "2026-03-31"]


def word(holds: bool, role: str = "r", on: str = "2026-03-20") -> dict[str, Any]:
    return {"holds": holds, "by": "A. Assessor", "role": role, "on": on}


ENTRIES = [{"f": f, "e": e} for f in (False, True) for e in LEVELS]


def lists(longest: int) -> list[Any]:
    """Return all lists of so many entries at most; their order makes no difference."""
    return [list(one) for n in range(longest + 1) for one in combinations_with_replacement(ENTRIES, n)]


def entries_needed(written: list[str]) -> int:
    """Return how many entries tell apart all that counts can: what they count, added up."""
    counts = set(re.findall(r"(?:any|every|no|at least 2) item", " ".join(written)))
    return sum(2 if "2" in one else 1 for one in counts)


DOMAINS: dict[str, list[Any]] = {
    "a": LEVELS,
    "b": [False, True],
    "t.m.x": LEVELS,
    "t.n.x": LEVELS,
    "g.k": NUMBERS,
    "g.c": ["m", "n"],
    "h": NUMBERS,
    "done": DAYS,
    "word": [word(False), word(True)],
    "items": lists(2),
}
"""Values enough to tell apart all that the conditions below can tell apart."""


# --- policies -----------------------------------------------------------------------------------

ATOMS = [
    "a >= middle", "a = high", "a != low", "b", "not b", "t.m.x > a", "t.m.x <= t.n.x", "t.n.x = high",
    "a in {low, high}", "g.k >= 1", "g.k + h > 2", "g.k < h", "h - g.k = 1", "g.k + h in {1, 2}",
    "graded >= middle", "graded in {low, high}", "graded = a", "g.c = m", "done < today - 30 days",
    "done = today", "word", "not word", "unsaid", "any item (f)", "every item (f and e >= middle)",
    "at least 2 item (f or e > a)", "no item (e = high)", "any s (t.s.x = high)", "every s (t.s.x < a)",
]  # fmt: skip
ABSENT = [
    "a is missing",
    "t is missing",
    "t.m is missing",
    "g is missing",
    "items is missing",
    "h is missing",
]


GROUPS = ("t", "t.m", "g")
FIXED = {"g.c = m": "g.c", "h > 2": "h", "done = today": "done", "word": "word"}
"""Conditions on fields that are not adjustable, each with its field."""


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(parts, st.sampled_from(["and", "or"]), parts).map(lambda p: f"({' '.join(p)})")


def conditions(atoms: list[str]) -> st.SearchStrategy[str]:
    return st.recursive(st.sampled_from(atoms), joined, max_leaves=4)


against = conditions(ATOMS * 2 + ABSENT)
for_it = conditions(ATOMS)
rules = st.one_of(
    st.builds("{} -> forbid gate and closed".format, against),
    st.builds("{} -> require {} for gate".format, against, for_it),
    st.builds("{} -> permit closed and wide".format, for_it),
    st.builds("{} -> forbid wide unless {}".format, against, for_it),
)

latching_rules = st.builds("{} -> forbid gate and closed until {}".format, against, for_it)


# --- records ------------------------------------------------------------------------------------

BLURRED: dict[str, list[Any]] = {
    "a": [{"below": "high"}, {"at_least": "middle"}],
    "t.m.x": [{"below": "high"}],
    "t.n.x": [{"at_least": "middle"}],
    "g.k": [{"at_least": 0, "at_most": 1}, {"above": 1}],
    "h": [{"at_most": 1}],
    "done": ["2026-05-01", {"at_least": "2026-03-30", "at_most": "2026-04-30"}],
    "word": [word(True, "q"), word(True, "r", "2025-01-01")],
    "items": [[{"e": "low"}], [{"f": True}, {"e": "high"}]],
}


BETWEEN = [one for one in ATOMS if sum(path in one for path in ("a", "m.x", "n.x", "k", "h", "graded")) > 1]
"""Those that compare several values with each other."""


@st.composite
def blurred_records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a record with a few bounded and absent values among those that are compared with each other."""
    data = draw(records())
    for path in draw(st.lists(st.sampled_from(["a", "t.m.x", "t.n.x", "g.k", "h"]), max_size=3, unique=True)):
        data = put(data, path.split("."), draw(st.sampled_from([None, *BLURRED[path], *BLURRED[path]])))
    return data


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a record with at most four unknown values beside those of its entries."""
    paths = list(DOMAINS)
    gaps = draw(st.lists(st.sampled_from(paths), max_size=4, unique=True))
    data: dict[str, Any] = {}
    for path in paths:
        if path not in gaps:
            known = [0, 1, 2] if DOMAINS[path] is NUMBERS else DOMAINS[path]
            data = put(data, path.split("."), draw(st.sampled_from(known)))
        elif path in BLURRED and draw(st.booleans()):
            data = put(data, path.split("."), draw(st.sampled_from(BLURRED[path])))
    return data


def put(data: Any, steps: list[Any], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(data, list):
        return [put(inner, rest, value) if i == step else inner for i, inner in enumerate(data)]
    inner = data.get(step) if data else None
    return {**(data or {}), step: put(inner if rest else None, rest, value)}


def at(data: Any, steps: list[Any]) -> Any:
    for step in steps:
        data = data[step] if isinstance(step, int) else (data or {}).get(step)
    return data


# --- brute force --------------------------------------------------------------------------------


def unknown(data: Mapping[str, Any], written: list[str]) -> dict[str, list[Any]]:
    """Return every unknown value's path with all values that it may turn out to be.

    Among them are groups, tables and rows that rules ask about: such a one may be there and empty.
    """
    asked = [group for group in GROUPS if f"{group} is missing" in " ".join(written)]
    found: dict[str, list[Any]] = {group: [{}] for group in asked if at(data, group.split(".")) is None}
    for path, domain in {**DOMAINS, "items": lists(entries_needed(written))}.items():
        value = at(data, path.split("."))
        fitting = [one for one in domain if fits(value, one)]
        if value is None or (path != "items" and fitting != [value]):
            found[path] = fitting
    for i, entry in enumerate(data.get("items") or []):
        for name, domain in {"f": [False, True], "e": LEVELS}.items():
            if name not in entry:
                found[f"items[{i}].{name}"] = domain
    return found


def fits(known: Any, value: Any) -> bool:
    """Return whether a value is among those that are known to be possible."""
    match known:
        case None:
            return True
        case dict() if "holds" in known:
            in_force = known["role"] == "r" and known["on"] >= "2026-03-01"
            return not in_force or known == value
        case dict():
            place = LEVELS.index if isinstance(value, str) and value in LEVELS else lambda x: x
            at_least = place(known["at_least"]) <= place(value) if "at_least" in known else True
            above = place(known["above"]) < place(value) if "above" in known else True
            at_most = place(value) <= place(known["at_most"]) if "at_most" in known else True
            below = place(value) < place(known["below"]) if "below" in known else True
            return at_least and above and at_most and below
        case "2026-05-01":
            return True
        case _:
            return bool(known == value)


def steps_of(path: str) -> list[Any]:
    steps: list[Any] = []
    for piece in path.replace("[", ".[").split("."):
        steps.append(int(piece[1:-1]) if piece.startswith("[") else piece)
    return steps


def filled(data: dict[str, Any], domains: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Yield the record with every combination of values at these paths."""
    for chosen in product(*domains.values()):
        made = data
        for path, value in zip(domains, chosen, strict=True):
            made = put(made, steps_of(path), value)
        yield made


def outcomes(
    decide: Callable[[dict[str, Any]], Decision], data: dict[str, Any], domains: Mapping[str, list[Any]]
) -> dict[str, set[Outcome]]:
    """Return for each action the outcomes that values at these paths can give."""
    found: dict[str, set[Outcome]] = defaultdict(set)
    for made in filled(data, domains):
        for action, outcome in decide(made).outcomes.items():
            found[action].add(outcome)
    return found


def facts(data: dict[str, Any]) -> list[str]:
    """Return the paths of all that a record holds; an entry's values have paths of their own."""
    found = [path for path in DOMAINS if at(data, path.split(".")) is not None]
    entries = enumerate(data.get("items") or [])
    return found + [f"items[{i}].{name}" for i, entry in entries for name in entry]


def only(data: dict[str, Any], kept: frozenset[str]) -> dict[str, Any]:
    """Return a record with these facts alone."""
    made: dict[str, Any] = {}
    for group in GROUPS:  # what is there, and no more of it
        if group in kept and at(data, steps_of(group)) is not None:
            made = put(made, steps_of(group), {})
    for path in facts(data):
        if path in kept and not path.startswith("items"):
            made = put(made, steps_of(path), at(data, steps_of(path)))
    if "items" in kept and data.get("items") is not None:
        entries = enumerate(data["items"])
        made["items"] = [{k: v for k, v in one.items() if f"items[{i}].{k}" in kept} for i, one in entries]
    return made


def others(data: dict[str, Any], kept: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Yield some records that agree on facts, absences among them, and differ wherever they may."""
    base = only(data, kept)
    absent = tuple(path for path in kept if at(data, steps_of(path)) is None)
    below = tuple(f"{path}." for path in absent)
    open_ = [path for path in DOMAINS if at(base, steps_of(path)) is None]
    free = [path for path in open_ if path not in absent and not path.startswith(below)]
    yield base
    for place in range(3):
        made = base
        for i, path in enumerate(free):
            domain = DOMAINS[path]
            made = put(made, steps_of(path), domain[(place * 5 + i) % len(domain)])
        yield made
    for path in free:
        for value in DOMAINS[path]:
            yield put(base, steps_of(path), value)


ADJUSTABLE = {"a": r"\ba\b", "b": r"\bb\b", "t.m.x": r"\bt\b", "t.n.x": r"\bt\b", "g.k": r"\bg\b|\bgraded\b"}
"""The adjustable fields, and what a text that reads one has in it."""


def changes(
    data: dict[str, Any], weights: Mapping[str, float], written: list[str]
) -> Iterator[tuple[float, dict[str, Any]]]:
    """Yield the record with every change of the adjustable fields that rules read, and what it costs."""
    paths = [path for path, word in ADJUSTABLE.items() if re.search(word, " ".join(written))]
    for chosen in product(*([None, *DOMAINS[path]] for path in paths)):
        made, cost = data, 0.0
        for path, new in zip(paths, chosen, strict=True):
            old = at(data, steps_of(path))
            if new is None or new == old:
                continue
            made = put(made, steps_of(path), new)
            cost += weights.get(path, 1) * distance(path, old, new)
        yield cost, made


def distance(path: str, old: Any, new: Any) -> int:
    """Return how far a level moves, from the farthest one that it may be; 1 for other values."""
    if DOMAINS[path] is not LEVELS:
        return 1
    now = [level for level in LEVELS if fits(old, level)]
    return max(1, *(abs(LEVELS.index(new) - LEVELS.index(level)) for level in now))


def minimal(sets: list[frozenset[str]]) -> set[frozenset[str]]:
    return {one for one in sets if not any(other < one for other in sets)}
