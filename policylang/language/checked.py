"""The second form of a policy: names and types settled, before instances are made.

Gained: every path is a path of the record, every literal has its type's value. Lost: defines
(replaced by what they say), quantifier words (`at least n` and negation remain), `is known`.
What still stands for the member at hand is an `AtHand`; the third form has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from policylang.language import schema as types
from policylang.source import Span
from policylang.truth import Truth
from policylang.values import Duration, Range


@attrs.frozen
class AtHand:
    """The member at hand of a set: a step of a path, or a value."""

    over: str


@attrs.frozen
class Path:
    """Steps from the record, or from the entry at hand; a step is a name, or the member at hand."""

    steps: tuple[str | AtHand, ...]
    entry: str | None = None


# --- terms --------------------------------------------------------------------------------------


@attrs.frozen
class Constant:
    """A literal: its exact value and the type it was read against."""

    value: Range
    type: types.Leaf
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class FieldValue:
    """The value at a path."""

    path: Path
    type: types.Leaf
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class MemberValue:
    """The member at hand as a value."""

    member: AtHand
    type: types.Set
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class Today:
    """The date of the decision."""

    span: Span = attrs.field(kw_only=True, eq=False, repr=False)
    type: types.Date = types.Date()


@attrs.frozen
class Sum:
    """Numbers with their coefficients, added exactly."""

    parts: tuple[tuple[Fraction, Constant | FieldValue], ...]
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)
    type: types.Number = types.Number()


@attrs.frozen
class DateSum:
    """A date, then durations with their signs, applied left to right."""

    base: Constant | FieldValue | Today
    shifts: tuple[tuple[int, Duration], ...]
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)
    type: types.Date = types.Date()


@attrs.frozen
class Graded:
    """The greatest level whose bound the number reaches; bounds are (bound, rank), rising."""

    name: str
    subject: Constant | FieldValue | Sum
    bounds: tuple[tuple[Fraction, int], ...]
    type: types.Scale
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


Term = Constant | FieldValue | MemberValue | Today | Sum | DateSum | Graded


# --- conditions ---------------------------------------------------------------------------------


@attrs.frozen
class Fixed:
    """A truth that no record changes; an ``unspecified`` define is unknown and keeps its name."""

    truth: Truth
    unspecified: str | None = None
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class Compare:
    """``term op term``, both sides of one type; ``op`` is one of ``>= > <= < = !=``."""

    op: str
    left: Term
    right: Term
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class OneOf:
    """``term in {…}``."""

    item: Term
    values: tuple[Constant, ...]
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class Missing:
    """``path is missing``: looks at the record itself and is never unknown."""

    path: Path
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class Holds:
    """A bool field."""

    path: Path
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class Attested:
    """An attestation by the role, not in the future and not older than ``within``."""

    path: Path
    role: str
    within: Duration | None
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class Not:
    """The exchange of true and false."""

    operand: Condition
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class And:
    """The minimum; true for none."""

    operands: tuple[Condition, ...]
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class Or:
    """The maximum; false for none."""

    operands: tuple[Condition, ...]
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class AtLeast:
    """At least ``n`` of the operands."""

    n: int
    operands: tuple[Condition, ...]
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class AtLeastEntries:
    """At least ``n`` entries of a list, each at hand in the body in turn."""

    n: int
    list: Path
    entry: str
    body: Condition
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class AtLeastMembers:
    """At least ``n`` members of a set, each at hand in the body in turn; the compiler unfolds it."""

    n: int
    over: types.Set
    body: Condition
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


Atom = Fixed | Compare | OneOf | Missing | Holds | Attested
Condition = Atom | Not | And | Or | AtLeast | AtLeastEntries | AtLeastMembers


def children(node: Condition) -> tuple[Condition, ...]:
    """Return the conditions right below a condition."""
    match node:
        case Not(operand):
            return (operand,)
        case And(operands) | Or(operands) | AtLeast(_, operands):
            return operands
        case AtLeastEntries(body=body) | AtLeastMembers(body=body):
            return (body,)
        case _:
            return ()


def each(nodes: Iterable[Condition]) -> Iterator[Condition]:
    """Yield conditions and all that is below them, in no special order, shared parts once."""
    roots = tuple(nodes)  # kept, so that no other node gets the id of one of them
    pending, seen = list(roots), set[int]()
    while pending:
        node = pending.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            pending += children(node)


def terms(node: Condition) -> tuple[Term, ...]:
    """Return the terms right below a condition."""
    match node:
        case Compare(_, left, right):
            return (left, right)
        case OneOf(item, values):
            return (item, *values)
        case _:
            return ()


def term_paths(term: Term) -> tuple[Path, ...]:
    """Return the paths that a term reads."""
    match term:
        case FieldValue(path):
            return (path,)
        case Sum(parts):
            return tuple(atom.path for _, atom in parts if isinstance(atom, FieldValue))
        case DateSum(base):
            return term_paths(base)
        case Graded(subject=subject):
            return term_paths(subject)
        case _:
            return ()


def paths(node: Condition) -> tuple[Path, ...]:
    """Return the paths that a condition reads itself, those of its children left out."""
    match node:
        case Missing(path) | Holds(path) | Attested(path):
            return (path,)
        case AtLeastEntries(list=path):
            return (path,)
        case _:
            return tuple(path for term in terms(node) for path in term_paths(term))


# --- rules and declarations ---------------------------------------------------------------------


@attrs.frozen
class Effect:
    """One effect of a rule; ``condition`` is that of a ``require``, ``text`` of oblige and warn."""

    kind: str  # forbid, permit, require, oblige, warn
    actions: tuple[str, ...] = ()
    condition: Condition | None = None
    text: str = ""
    within: Duration | None = None
    of: Path | None = None
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class Rule:
    """A rule with its label and the sets it has instances over, in the order declared."""

    label: str
    is_named: bool
    condition: Condition
    unless: Condition | None
    until: Condition | None
    until_text: str | None
    overrides: tuple[str, ...]
    effects: tuple[Effect, ...]
    sets: tuple[types.Set, ...]
    title: str | None
    because: str | None
    cites: tuple[str, ...]
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class Action:
    """An action: its default and what it widens."""

    name: str
    permitted: bool  # permitted unless forbidden
    widens: str | None = None
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class OutcomeClaim:
    """``always ACTION outcome when condition``, for each instance over the sets."""

    action: str
    outcome: str
    condition: Condition
    sets: tuple[types.Set, ...]
    text: str
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class TightensClaim:
    """``always ACTION tightens as path rises`` or falls."""

    action: str
    path: Path
    rises: bool
    text: str
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class StrengthensClaim:
    """``strengthens NAME``: this policy permits no more than that one."""

    target: str
    text: str
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


Claim = OutcomeClaim | TightensClaim | StrengthensClaim


@attrs.frozen
class Example:
    """An example as written: a record or the path of one, changes to it, and what is expected."""

    title: str
    given: Any = attrs.field(eq=False)  # a mapping, or a file's path as text
    changes: tuple[tuple[tuple[str, ...], Any], ...] = attrs.field(eq=False)
    on: date | None
    expected: tuple[tuple[str, str], ...]
    folder: str
    places: tuple[tuple[str, Span], ...] = attrs.field(eq=False, repr=False)
    span: Span = attrs.field(kw_only=True, eq=False, repr=False)


@attrs.frozen
class CheckedPolicy:
    """A whole policy, everything it extends included."""

    name: str
    header: tuple[tuple[str, str], ...]
    schema: types.Schema
    actions: tuple[Action, ...]
    rules: tuple[Rule, ...]
    claims: tuple[Claim, ...]
    examples: tuple[Example, ...]
    text: str = attrs.field(eq=False, repr=False)
