"""The form of a proof: statements with their truths, each resting on earlier ones.

A proof is a list of nodes, each with the places of its premises, which stand before it, so that
what is shared is written once and no reader recurses. docs/proof.md says what each statement
means, what makes a node good and why an accepted proof is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
import json
import math
import re
from typing import TYPE_CHECKING, Any, assert_never

import attrs

from policylang.core.content import EffectId
from policylang.core.record import Steps
from policylang.language import schema as types
from policylang.truth import Truth
from policylang.values import Attestation, Entries, FrozenMap, Present, Range, Value

if TYPE_CHECKING:
    from policylang.core.decision import Decision

FORMAT = "policylang-proof/1"
OUTCOMES = {Truth.TRUE: "permitted", Truth.FALSE: "forbidden", Truth.UNKNOWN: "undetermined"}


class ProofError(ValueError):
    """A proof that is refused: ``path`` leads to the first bad node, ``message`` says what is wrong."""

    def __init__(self, path: str, message: str) -> None:
        self.path, self.message = path, message
        super().__init__(path, message)

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


# --- statements ---------------------------------------------------------------------------------
#
# ``on`` is None for what is said of the decision's own record and date as if there were no past,
# else the place in the history of the date that is spoken of, with its past.


@attrs.frozen(slots=True)
class Given:
    """A fact of a record: what it holds at a path, in JSON; None for an absent value."""

    path: Steps
    value: Any
    on: int | None = None


@attrs.frozen(slots=True)
class TodayIs:
    """A fact of the decision: its date, None when none was given."""

    day: str | None
    on: int | None = None


@attrs.frozen(slots=True, cache_hash=True)
class Predicated:
    """A predicate of the policy, by its digest, at the entries at hand that it needs."""

    predicate: str
    entries: tuple[tuple[str, Steps], ...] = ()
    on: int | None = None


@attrs.frozen(slots=True, cache_hash=True)
class InForce:
    """An effect of a rule instance: active, or with a past still held by it."""

    effect: EffectId
    on: int | None = None


@attrs.frozen(slots=True, cache_hash=True)
class Held:
    """A prohibition that was in force at the date before and is not released."""

    effect: EffectId
    on: int


@attrs.frozen(slots=True, cache_hash=True)
class Gate:
    """Of an action: ``prohibited`` and ``allowed`` by some effect, ``clear`` by its own rules, or
    ``open`` with all that it widens, which is the outcome.
    """

    kind: str
    action: str
    on: int | None = None


Statement = Given | TodayIs | Predicated | InForce | Held | Gate

GIVEN, READ, ENOUGH, TOO_FEW, UNDECIDED, UNLISTED = (
    "given",
    "read",
    "enough",
    "too few",
    "undecided",
    "unlisted",
)


def rule_of(truth: Truth) -> str:
    """Return the rule by which operands give a truth."""
    return ENOUGH if truth is Truth.TRUE else TOO_FEW if truth is Truth.FALSE else UNDECIDED


@attrs.frozen(slots=True)
class Node:
    """A statement, its truth (None for a fact), the rule of inference, and the premises' places."""

    statement: Statement
    truth: Truth | None
    by: str
    premises: tuple[int, ...] = ()
    at: str = attrs.field(default="", eq=False)  # where the policy's text asks for it


@attrs.frozen
class Conclusion:
    """The outcome of an action, and the nodes that state it: without a past, and with it."""

    action: str
    outcome: str
    constrained: bool
    plain: int | None
    with_past: int | None = None


@attrs.frozen
class Proof:
    """Why each outcome of a decision is what it is. `policylang.verify` checks it."""

    policy: str  # digests
    record: str
    today: date | None
    history: tuple[tuple[date, str], ...]  # dates and digests of records, when there is a past
    conclusions: tuple[Conclusion, ...]
    nodes: tuple[Node, ...]
    # The parts of the policy that the nodes speak of, as the digests are over them.
    content: Mapping[str, Any] = attrs.field(eq=False, repr=False)
    predicates: Mapping[str, Any] = attrs.field(eq=False, repr=False)
    decision: Decision | None = attrs.field(eq=False, repr=False, default=None)

    def root(self, action: str) -> int:
        """Return the place of the node that states an action's outcome.

        KeyError for an action that the proof does not conclude on, ProofError when no node states it.
        """
        for one in self.conclusions:
            if one.action == action:
                place = one.plain if one.with_past is None else one.with_past
                if place is None or place >= len(self.nodes):
                    raise ProofError(f"actions.{action}", "no node states the outcome")
                return place
        raise KeyError(action)

    def to_dict(self) -> dict[str, Any]:
        """Return the proof as JSON of the format that docs/proof.md describes."""
        from policylang.proof.format import proof_json

        return proof_json(self)

    @classmethod
    def from_dict(cls, data: Any) -> Proof:
        """Return the proof that a JSON value is; ProofError for anything that is not of the format.

        That it is well-formed says nothing about its truth: see `policylang.verify`.
        """
        from policylang.proof.format import proof_from

        return proof_from(data)

    def explain(self, *, full: bool = False) -> str:
        """Return the outcomes in plain sentences; with ``full`` all of them, and the whole proof.

        A proof that was read from JSON has no decision, so that it tells the whole proof always;
        ProofError when it is so wrong that it cannot be told.
        """
        from policylang.proof.telling import explain, explain_fully
        from policylang.proof.tree import tree_lines

        if self.decision is None:
            return "\n".join(tree_lines(self))
        actions = [one.action for one in self.conclusions]
        return (explain_fully if full else explain)(self.decision, actions)

    def _repr_html_(self) -> str:
        """Return the proof for a notebook: a badge and a foldable tree for each outcome; cut where huge."""
        from policylang.render.html import proof_fragment

        return proof_fragment(self)


# --- facts --------------------------------------------------------------------------------------


def fact_json(value: Value | None, type_: types.Type) -> Any:
    """Return what a record holds at a path: the value as a record writes it, or closed bounds."""
    match value:
        case None:
            return None
        case Range():
            low = exact_json(value.low, type_)
            if value.is_exact:
                return low
            bounds = {"at_least": low, "at_most": exact_json(value.high, type_)}
            return FrozenMap({key: end for key, end in bounds.items() if end is not None})
        case Attestation(holds, by, role, on):
            return FrozenMap({"holds": holds, "by": by, "role": role, "on": on.isoformat()})
        case Entries(count):
            return FrozenMap({"entries": count})
        case Present():
            return FrozenMap({"present": True})
        case _:
            assert_never(value)


def exact_json(value: Any, type_: types.Type) -> Any:
    """Return one value of a leaf; None for the open end of a number's range."""
    match type_:
        case types.Scale(levels=levels):
            return levels[value]
        case types.Date():
            return value.isoformat()
        case types.Number() if isinstance(value, Fraction):
            return float(value)
        case types.Number():
            return None if math.isinf(value) else value
        case _:
            return value


def named(name: str) -> str:
    """Return a name that stands in a proof, for a message: it may be anything, of any length."""
    return name if re.fullmatch(r"[A-Za-z0-9_:-]{1,80}", name) else json.dumps(name[:80])


def same_fact(a: Any, b: Any) -> bool:
    """Return whether two facts are the same: 1 and 1.0 are, 1 and true are not."""
    if isinstance(a, FrozenMap) and isinstance(b, FrozenMap):
        return a.keys() == b.keys() and all(same_fact(a[key], b[key]) for key in a)
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


_text = json.JSONEncoder(sort_keys=True).encode


def same_json(a: Any, b: Any) -> bool:
    """Return whether two values are the same JSON; what is no JSON is the same as nothing."""
    try:
        return a is b or _text(a) == _text(b)
    except (TypeError, ValueError, RecursionError):
        return False
