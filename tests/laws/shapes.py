"""The record that random policies are written over, and random records of it.

One fixed record holds every kind of field, so that rules, records and the second semantics of
`meaning` can be drawn independently of each other. Records are plain JSON.
"""

from __future__ import annotations

from datetime import date, timedelta
import math
from typing import Any

from hypothesis import strategies as st

import policylang

LEVELS = ["low", "middle", "SL 2+", "top"]
SETS = {"s": ["m1", "m2"], "t": ["n1", "n2", "n3"]}
TODAY = date(2026, 3, 31)

# A field is a type word, or a tuple: a group, a table over a set, a list of entries. Attestations
# carry their role and how many days they are good for.
Shape = dict[str, Any]
RECORD: Shape = {
    "lvl": "L",
    "num": "N",
    "flag": "B",
    "day": "D",
    "done": "E",
    "txt": "T",
    "cat": "S",
    "att": ("att", "r", 30),
    "tab": (
        "per",
        "s",
        {"x": "L", "y": "N", "ok": "B", "g": ("group", {"z": "L"}), "notes": ("list", "note", {"v": "N"})},
    ),
    "tub": ("per", "t", {"w": "L", "at": "D"}),
    "grp": ("group", {"k": "N", "tt": ("per", "s", {"q": "L"})}),
    "items": (
        "list",
        "item",
        {"c": "S", "lv": "L", "n2": "N", "a": ("att", "q", None), "subs": ("list", "sub", {"u": "N"})},
    ),
}

DECLARATIONS = """
scale L: low < middle < "SL 2+" < top
set s: m1, m2
set t: n1, n2, n3
role r, q
record {
  lvl: L  num: number  flag: bool  day: date  done: past date  txt: text  cat: s
  att: attestation by r within 30 days
  tab: per s { x: L  y: number  ok: bool  g: { z: L }  notes: list of note { v: number } }
  tub: per t { w: L adjustable, at: date }
  grp: { k: number, tt: per s { q: L } }
  items: list of item { c: s  lv: L  n2: number  a: attestation by q  subs: list of sub { u: number } }
}
action open: permitted unless forbidden
action closed: forbidden unless permitted
action wide widens open: permitted unless forbidden
action wider widens wide: forbidden unless permitted
define unsaid = unspecified "nobody says"
grade graded: L from num + 2 * grp.k: "SL 2+" at 0.5, middle at 0.1
"""

SCHEMA = policylang.loads(DECLARATIONS).schema  # for policies of `policylang.testing`

NUMBERS = [0.0, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, -1.0, 1e26, 0.30000000000000004]
DAYS = [TODAY + timedelta(days=d) for d in (-400, -90, -31, -30, -29, -1, 0, 1, 40)]

numbers = st.sampled_from(NUMBERS)
days = st.sampled_from(DAYS)


@st.composite
def bounds(draw: st.DrawFn, values: list[Any]) -> dict[str, Any]:
    """Draw bounds around values of a list that rises; some value is always left."""
    low, high = sorted((draw(st.integers(0, len(values) - 1)), draw(st.integers(0, len(values) - 1))))
    found = {}
    sides = draw(st.sampled_from(["low", "high", "both"]))
    if sides != "high":
        open_end = low > 0 and draw(st.booleans())
        found["above" if open_end else "at_least"] = values[low - 1] if open_end else values[low]
    if sides != "low":
        open_end = high < len(values) - 1 and draw(st.booleans())
        found["below" if open_end else "at_most"] = values[high + 1] if open_end else values[high]
    return found


def exact(kind: str) -> st.SearchStrategy[Any]:
    match kind:
        case "L":
            return st.sampled_from(LEVELS)
        case "N":
            return numbers
        case "B":
            return st.booleans()
        case "D" | "E":
            return days.map(date.isoformat)
        case "T":
            return st.sampled_from(["", "p", "q"])
        case _:
            return st.sampled_from(SETS["s"])


def blurred(kind: str) -> st.SearchStrategy[Any]:
    match kind:
        case "L":
            return bounds(LEVELS)
        case "N":
            return bounds(sorted(NUMBERS))
        case "D" | "E":
            return bounds([day.isoformat() for day in DAYS])
        case _:
            return exact(kind)


@st.composite
def attestations(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "holds": draw(st.booleans()),
        "by": draw(st.sampled_from(["A. Assessor", "A. Assessor", " "])),
        "role": draw(st.sampled_from(["r", "q", "r", "q", "x"])),
        "on": draw(days).isoformat(),
    }


def values(kind: Any, gaps: bool) -> st.SearchStrategy[Any]:
    """Draw what a field may hold; ``gaps`` allows absent, null and bounded values."""
    if kind == "B" or not isinstance(kind, tuple):
        return st.one_of(exact(kind), exact(kind), blurred(kind)) if gaps else exact(kind)
    match kind[0]:
        case "att":
            return attestations()
        case "group":
            return objects(kind[1], gaps)
        case "per":
            return objects(dict.fromkeys(SETS[kind[1]], ("group", kind[2])), gaps)
        case _:
            return st.lists(objects(kind[2], gaps), max_size=3)


@st.composite
def objects(draw: st.DrawFn, shape: Shape, gaps: bool) -> dict[str, Any]:
    found = {}
    for name, kind in shape.items():
        gap = draw(st.integers(0, 9)) if gaps else 9
        if gap == 1:
            found[name] = None
        elif gap != 0:
            found[name] = draw(values(kind, gaps))
    return found


def records() -> st.SearchStrategy[dict[str, Any]]:
    """Draw records, half of them complete."""
    return st.booleans().flatmap(lambda gaps: objects(RECORD, gaps))


def next_double(value: float, up: bool) -> float:
    return math.nextafter(value, math.inf if up else -math.inf)
