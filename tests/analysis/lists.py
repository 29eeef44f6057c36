"""Random policies that count the entries of lists, tried on more entries than the analysis takes.

A condition on entries sees no more of an entry than its truth there, as the evaluator says; so one
entry stands for all that each condition sees alike, and lists are tried without regard to order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, product
from math import comb
import random
from typing import Any, NamedTuple

import attrs
from exact import questions

import policylang
from policylang import Outcome, Policy
from policylang.analysis import compare
from policylang.analysis.comparing import STRICTNESS
from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.space import Space

MORE = 3  # entries beyond those that are enough
MOST = 4  # quantifiers of both policies together, without those inside of others
MANY = 3000  # lists; where more would have to be tried another policy is drawn
HEAD = """
record {
  b: bool
  items: list of item { f: bool, g: bool, parts: list of part { h: bool } }
}
action gate: permitted unless forbidden
"""
QUANTIFIERS = {  # with the number of entries that decides it
    "any": 1,
    "every": 1,
    "no": 1,
    "at least 2": 2,
    "at least 3": 3,
    "at most 1": 2,
    "more than 1": 2,
    "exactly 1": 2,
    "exactly 2": 3,
}
OWN = ["f", "g", "not f", "f and g", "f or not g", "f or g"]
WIDER = ["f and b", "g or not b"]
PARTS = ["h", "not h", "h and f", "h or b"]


@attrs.frozen
class Counted:
    """A quantifier over the items; its condition may have another one over the parts of an item."""

    word: str
    condition: str
    parts: tuple[str, str] | None

    def __str__(self) -> str:
        return f"{self.word} item ({self.condition})"


class Done(NamedTuple):
    """How two policies differ; on how many records; and whether profiles were compared with entries."""

    verdict: str
    quantifiers: int
    records: int
    is_profiled: bool


def counted(source: random.Random) -> Counted:
    """Draw a quantifier."""
    kind = source.choice(["own", "own", "own", "wider", "nested"])
    parts = None
    if kind == "nested":
        parts = (source.choice(["any", "every", "no", "at least 2", "exactly 1"]), source.choice(PARTS))
        nested = f"{parts[0]} part ({parts[1]})"
        condition = source.choice([nested, f"f and {nested}", f"not ({nested})"])
    else:
        condition = source.choice(OWN if kind == "own" else WIDER)
    return Counted(source.choice(list(QUANTIFIERS)), condition, parts)


def rule(source: random.Random, parts: list[Counted]) -> str:
    """Draw a condition that has all of some quantifiers."""
    text = str(parts[0])
    for one in parts[1:]:
        text = f"{text} {source.choice(['and', 'or'])} {one}"
        text = source.choice([f"({text})", f"not ({text})"])
    return f"{text} {source.choice(['', 'and b', 'or b'])} -> forbid gate"


def bound(found: list[tuple[str, str]]) -> int:
    """Return how many entries tell all apart that quantifiers can: for each condition, the most it counts."""
    needed: dict[str, int] = {}
    for word, condition in found:
        needed[condition] = max(QUANTIFIERS[word], needed.get(condition, 0))
    return sum(needed.values())


def compared(seed: int) -> Done:
    """Compare what two random policies say of all lists with what the analysis says that they can say."""
    source = random.Random(f"lists {seed}")
    many = source.randint(2, MOST)
    while True:
        drawn = [counted(source) for _ in range(many)]
        cut = source.randint(1, len(drawn) - 1)
        old, new = (policylang.loads(HEAD + rule(source, own)) for own in (drawn[:cut], drawn[cut:]))
        kinds = kinds_of(drawn)
        longest = bound([(one.word, one.condition) for one in drawn]) + MORE
        if sum(comb(longest + len(seen), longest) for _, seen in kinds) <= MANY:
            break
    records = [
        {**rest, "items": list(items)}
        for rest, seen in kinds
        for n in range(longest + 1)
        for items in combinations_with_replacement(seen, n)
    ] + [rest for rest, _ in kinds]
    read = [old.record(one) for one in records]
    both = {(old.decide(one)["gate"], new.decide(one)["gate"]) for one in read}
    for place, policy in enumerate((old, new)):
        outcomes = {one[place] for one in both}
        assert outcomes == possible(policy, space_of(policy.predicates)), (policy, outcomes)
    changes = {STRICTNESS[after] - STRICTNESS[before] for before, after in both}
    looser, stricter = any(x > 0 for x in changes), any(x < 0 for x in changes)
    found = compare(old, new, time_limit=None, count_limit=0)["gate"]
    assert (found.looser is not None, found.stricter is not None) == (looser, stricter), (old, new, found)
    return Done(found.verdict, len(drawn), len(records), any([alike(old), alike(new)]))


def possible(policy: Policy, space: Space) -> set[Outcome]:
    """Return which outcomes some record has, as the analysis says."""
    outcomes = Outcomes(space, policy.predicates)
    return {outcome for outcome in Outcome if space.possible(outcomes.is_outcome("gate", outcome))}


def alike(policy: Policy) -> bool:
    """Compare each question by profiles with the same entry by entry; False where there are no profiles."""
    spaces = [space_of(policy.predicates, by_profiles=x, short_too=x) for x in (True, False)]
    if not spaces[0].demands.profiled:
        return False
    asked = [questions(policy, Outcomes(space, policy.predicates)) for space in spaces]
    for one, other in zip(*asked, strict=True):
        record = spaces[0].ask(one.literal)
        assert (record is None) == (spaces[1].ask(other.literal) is None), (policy, one)
        assert record is None or one.holds_on(policy.decide(record.record, today=record.today))
    return True


def kinds_of(drawn: list[Counted]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return for each rest of a record one entry of each kind that the conditions tell apart."""
    conditions = list(dict.fromkeys(one.condition for one in drawn))
    lines = HEAD.splitlines()[:-1]
    for place, one in enumerate(conditions):
        lines.append(f"action a{place}: permitted unless forbidden any item ({one}) -> forbid a{place}")
    probe = policylang.loads("\n".join(lines))
    parts = bound([one.parts for one in drawn if one.parts])
    found = []
    for rest in ({}, {"b": False}, {"b": True}):
        seen: dict[tuple[Outcome, ...], dict[str, Any]] = {}
        for entry in entries(parts + MORE if parts else 0):
            seen.setdefault(tuple(probe.decide({**rest, "items": [entry]}).outcomes.values()), entry)
        found.append((rest, list(seen.values())))
    return found


def entries(parts: int) -> Iterator[dict[str, Any]]:
    """Yield items with each value of their own, and all lists of so many parts."""
    own = ({}, {"h": False}, {"h": True})
    lists = (
        [list(x) for n in range(parts + 1) for x in combinations_with_replacement(own, n)] if parts else []
    )
    for f, g, inner in product((None, False, True), (None, False, True), (None, *lists)):
        entry = {"f": f, "g": g, "parts": inner}
        yield {key: value for key, value in entry.items() if value is not None}
