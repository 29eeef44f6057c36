"""The first form of a policy: what was written, with spans and nothing looked up.

It has lost layout; comments stand apart, by their place. Every node is frozen; spans take no part
in equality.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs

from policylang.source import Span
from policylang.values import Duration

NOWHERE = Span("", 1, 1, 1, 1)


@attrs.frozen(kw_only=True)
class Node:
    """Anything that was written somewhere."""

    span: Span = attrs.field(default=NOWHERE, eq=False, repr=False)


# --- literals and terms -------------------------------------------------------------------------


@attrs.frozen
class Name(Node):
    """A name where only a name can stand: a declaration's, an action's, a level's."""

    text: str


@attrs.frozen
class Number(Node):
    """``12``, ``5%``: the double it stands for, and as it was written."""

    value: float = attrs.field(eq=repr)
    text: str


@attrs.frozen
class String(Node):
    """``"…"`` or ``\"""…\"""``."""

    value: str


@attrs.frozen
class DateLiteral(Node):
    """``2023-12-18``."""

    value: date


@attrs.frozen
class DurationLiteral(Node):
    """``90 days``."""

    value: Duration


@attrs.frozen
class BoolLiteral(Node):
    """``true`` or ``false``, as a value or as a condition."""

    value: bool


@attrs.frozen
class Null(Node):
    """``null`` in an example's record."""


@attrs.frozen
class Today(Node):
    """``today``."""


@attrs.frozen
class Step(Node):
    """One step of a path; a quoted one is always a member."""

    text: str
    quoted: bool = False


@attrs.frozen
class Path(Node):
    """``scores.cbrn.post_mitigation``; a single step may turn out to be a level or a define."""

    steps: tuple[Step, ...]


@attrs.frozen
class Bound(Node):
    """``upper(p, 95%)``, ``lower(p, 95%)`` or ``point(p)`` of an estimate."""

    kind: str
    path: Path
    confidence: Number | None = None


Literal = Number | String | DateLiteral | DurationLiteral | BoolLiteral | Name
Atom = Number | String | DateLiteral | DurationLiteral | BoolLiteral | Path | Today | Bound


@attrs.frozen
class Term(Node):
    """``NUMBER * atom``, or the atom alone."""

    atom: Atom
    coefficient: Number | None = None


@attrs.frozen
class Sum(Node):
    """``term {(+|-) term}``: the signs are ``+`` for the first and as written for the others."""

    terms: tuple[tuple[str, Term], ...]


# --- conditions ---------------------------------------------------------------------------------


@attrs.frozen
class And(Node):
    """``a and b …``."""

    operands: tuple[Condition, ...]


@attrs.frozen
class Or(Node):
    """``a or b …``."""

    operands: tuple[Condition, ...]


@attrs.frozen
class Not(Node):
    """``not a``."""

    operand: Condition


@attrs.frozen
class Quantified(Node):
    """``any x where (c) (d)``, ``at least n x (d)`` and their kin; number is None for the first."""

    quantifier: str  # any, every, no, at least, at most, exactly, fewer than, more than
    number: int | None
    over: Name
    where: Condition | None
    body: Condition


@attrs.frozen
class Comparison(Node):
    """``sum op sum``."""

    op: str  # >= > <= < = !=
    left: Sum
    right: Sum


@attrs.frozen
class Membership(Node):
    """``sum in {literal, …}``."""

    item: Sum
    literals: tuple[Literal, ...]


@attrs.frozen
class Presence(Node):
    """``path is missing`` or ``path is known``."""

    path: Path
    missing: bool


@attrs.frozen
class PathCondition(Node):
    """``path``: a bool field, an attestation or a define."""

    path: Path


Condition = And | Or | Not | Quantified | Comparison | Membership | Presence | PathCondition | BoolLiteral


# --- declarations -------------------------------------------------------------------------------


@attrs.frozen
class Header(Node):
    """``policy NAME title "…" …``: the clauses in the order written."""

    name: Name
    clauses: tuple[tuple[str, String | DateLiteral], ...] = ()


@attrs.frozen
class Extends(Node):
    """``extends NAME``, ``strengthens "path"``."""

    target: Name | String
    strengthens: bool = False


@attrs.frozen
class Scale(Node):
    """``scale NAME: LEVEL < LEVEL …``, lowest first."""

    name: Name
    levels: tuple[Name | String, ...]


@attrs.frozen
class Set(Node):
    """``set NAME: MEMBER, …``."""

    name: Name
    members: tuple[Name | String, ...]


@attrs.frozen
class Role(Node):
    """``role NAME, …``."""

    names: tuple[Name, ...]


@attrs.frozen
class NamedType(Node):
    """``text``, ``number``, ``bool``, ``date``, ``past date``, ``estimate``, a scale or a set."""

    name: str


@attrs.frozen
class AttestationType(Node):
    """``attestation by ROLE within DURATION``."""

    role: Name
    within: DurationLiteral | None = None


@attrs.frozen
class Group(Node):
    """``{ fields }``."""

    fields: tuple[Field, ...]


@attrs.frozen
class Table(Node):
    """``per SET { fields }``."""

    over: Name
    fields: tuple[Field, ...]


@attrs.frozen
class List(Node):
    """``list of ENTRY { fields }``."""

    entry: Name
    fields: tuple[Field, ...]


Type = NamedType | AttestationType | Group | Table | List


@attrs.frozen
class Field(Node):
    """``NAME: type [key] [adjustable]``."""

    name: Name
    type: Type
    key: bool = False
    adjustable: bool = False


@attrs.frozen
class Record(Node):
    """``record { fields }``."""

    fields: tuple[Field, ...]


@attrs.frozen
class Action(Node):
    """``action NAME, … [widens NAME]: permitted unless forbidden``, or the reverse."""

    names: tuple[Name, ...]
    widens: Name | None
    permitted: bool  # the default: permitted unless forbidden


@attrs.frozen
class Unspecified(Node):
    """``unspecified "what the source leaves open"``."""

    text: String


@attrs.frozen
class Define(Node):
    """``define NAME = condition``."""

    name: Name
    condition: Condition | Unspecified


@attrs.frozen
class Grade(Node):
    """``grade NAME: SCALE from sum: LEVEL at NUMBER, …``."""

    name: Name
    scale: Name
    subject: Sum
    bounds: tuple[tuple[Name | String, Number], ...]


# --- rules --------------------------------------------------------------------------------------


@attrs.frozen
class Forbid(Node):
    """``forbid ACTION and …``."""

    actions: tuple[Name, ...]


@attrs.frozen
class Permit(Node):
    """``permit ACTION and …``."""

    actions: tuple[Name, ...]


@attrs.frozen
class Require(Node):
    """``require condition for ACTION and …``."""

    condition: Condition
    actions: tuple[Name, ...]


@attrs.frozen
class Oblige(Node):
    """``oblige "…" within DURATION of path``."""

    text: String
    within: DurationLiteral | None = None
    of: Path | None = None


@attrs.frozen
class Warn(Node):
    """``warn "…"``."""

    text: String


Effect = Forbid | Permit | Require | Oblige | Warn


@attrs.frozen
class Until(Node):
    """``until condition``: the release of a prohibition."""

    condition: Condition


@attrs.frozen
class Unless(Node):
    """``unless condition``."""

    condition: Condition


@attrs.frozen
class Overrides(Node):
    """``overrides NAME, …``."""

    rules: tuple[Name, ...]


@attrs.frozen
class Because(Node):
    """``because "…"``."""

    text: String


@attrs.frozen
class Cites(Node):
    """``cites "…"``."""

    text: String


@attrs.frozen
class Waivable(Node):
    """``waivable by ROLE and … at most DURATION except condition``."""

    roles: tuple[Name, ...]
    at_most: DurationLiteral | None = None
    exception: Condition | None = None


Clause = Until | Unless | Overrides | Because | Cites | Waivable


@attrs.frozen
class Rule(Node):
    """``rule NAME "title": condition -> effect, … clauses``; the name may be left out."""

    name: Name | None
    title: String | None
    condition: Condition
    effects: tuple[Effect, ...]
    clauses: tuple[Clause, ...] = ()


@attrs.frozen
class AlwaysOutcome(Node):
    """``always ACTION outcome when condition``."""

    action: Name
    outcome: str  # permitted, forbidden, undetermined, not permitted
    condition: Condition


@attrs.frozen
class AlwaysTightens(Node):
    """``always ACTION tightens as path rises``, or ``falls``."""

    action: Name
    path: Path
    rises: bool


@attrs.frozen
class JsonObject(Node):
    """``{key: value, …}`` of an example."""

    members: tuple[tuple[Name | String, JsonValue], ...]


@attrs.frozen
class JsonArray(Node):
    """``[value, …]`` of an example."""

    items: tuple[JsonValue, ...]


JsonValue = JsonObject | JsonArray | Number | String | DateLiteral | BoolLiteral | Null | Name


@attrs.frozen
class Example(Node):
    """``example "…" { given … with … on … expect … }``."""

    title: String
    given: String | JsonObject
    changes: tuple[tuple[Path, Literal], ...]
    on: DateLiteral | None
    expected: tuple[tuple[Name, str], ...]


Statement = (
    Extends
    | Scale
    | Set
    | Role
    | Record
    | Action
    | Define
    | Grade
    | Rule
    | AlwaysOutcome
    | AlwaysTightens
    | Example
)


@attrs.frozen
class Comment(Node):
    """``# …`` to the end of the line; ``own_line`` when nothing stands before it there."""

    text: str
    own_line: bool


@attrs.frozen
class File(Node):
    """A whole text."""

    header: Header | None
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = attrs.field(default=(), eq=False)


def children(node: Any) -> tuple[Node, ...]:
    """Return the nodes right below a node, in the order written."""
    found: list[Node] = []

    def collect(value: Any) -> None:
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            for item in value:
                collect(item)

    for name in attrs.fields_dict(type(node)):
        if name != "span":
            collect(getattr(node, name))
    return tuple(found)
