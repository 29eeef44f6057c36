"""Policies as plain tuples: what the oracle generates, prints, judges and evaluates. There is no parser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple


class Duration(NamedTuple):
    number: int
    unit: str  # day week month year


class Type(NamedTuple):
    kind: str  # text number bool date level member attestation, or group table list
    of: str = ""  # the scale, set, role or entry name
    past: bool = False
    within: Duration | None = None
    fields: tuple[Field, ...] = ()


class Field(NamedTuple):
    name: str
    type: Type
    key: bool = False
    adjustable: bool = False


class At(NamedTuple):
    """The step of a path to the member at hand."""

    set: str


class Fixed(NamedTuple):
    """The step of a path to one member, named."""

    member: str


Step = str | At | Fixed


class Path(NamedTuple):
    anchor: str  # the entry at hand that the steps start from; empty: the record
    steps: tuple[Step, ...]
    type: Type


class Literal(NamedTuple):
    kind: str
    value: str | float | bool | date


class Today(NamedTuple):
    kind: str = "date"


class Graded(NamedTuple):
    name: str


class AtHand(NamedTuple):
    """The name of a set as a value."""

    set: str


Atom = Path | Literal | Today | Graded | AtHand | Duration


class Term(NamedTuple):
    sign: int
    times: float | None
    atom: Atom


class Sum(NamedTuple):
    kind: str
    of: str  # the scale of a level, the set of a member
    terms: tuple[Term, ...]


class Const(NamedTuple):
    value: bool


class Not(NamedTuple):
    part: Condition


class And(NamedTuple):
    parts: tuple[Condition, ...]
    tag: str = "and"


class Or(NamedTuple):
    parts: tuple[Condition, ...]
    tag: str = "or"


class Holds(NamedTuple):
    """A bool field or an attestation."""

    path: Path


class Named(NamedTuple):
    """A define."""

    define: str


class Compare(NamedTuple):
    op: str
    left: Sum
    right: Sum


class Within(NamedTuple):
    """Membership, `in { ... }`."""

    left: Sum
    choices: tuple[Literal, ...]


class Absence(NamedTuple):
    path: Path
    missing: bool


class Quantified(NamedTuple):
    kind: str  # any every no least most exactly fewer more
    number: int
    over: str  # a set or an entry name
    list: Path | None
    where: Condition | None
    body: Condition


Condition = Const | Not | And | Or | Holds | Named | Compare | Within | Absence | Quantified


class Define(NamedTuple):
    name: str
    condition: Condition | None  # None: unspecified


class Grade(NamedTuple):
    name: str
    scale: str
    sum: Sum
    bounds: tuple[tuple[str, float], ...]


class Effect(NamedTuple):
    kind: str  # forbid permit require oblige warn
    actions: tuple[str, ...] = ()
    condition: Condition | None = None
    text: str = ""
    within: Duration | None = None
    of: Path | None = None


class Rule(NamedTuple):
    name: str
    condition: Condition
    effects: tuple[Effect, ...]
    until: Condition | None = None
    unless: Condition | None = None
    overrides: tuple[str, ...] = ()
    label: str = ""  # as shown: the name, or rule-1, rule-2, ...


class Action(NamedTuple):
    name: str
    open: bool  # permitted unless forbidden
    widens: str = ""


class Schema(NamedTuple):
    scales: dict[str, tuple[str, ...]]
    sets: dict[str, tuple[str, ...]]
    roles: tuple[str, ...]
    fields: tuple[Field, ...]


class Policy(NamedTuple):
    schema: Schema
    actions: tuple[Action, ...]
    defines: dict[str, Define]
    grades: dict[str, Grade]
    rules: tuple[Rule, ...]

    def __repr__(self) -> str:
        return f"Policy({len(self.rules)} rules)"  # the text is what is worth reading


def acts(rule: Rule) -> set[str]:
    """The actions on which a rule has an effect."""
    return {action for effect in rule.effects for action in effect.actions}


def required(rule: Rule) -> Iterator[Condition]:
    for effect in rule.effects:
        if effect.condition is not None:
            yield effect.condition


Part = Condition | Path | Sum | Graded | None


def free_sets(policy: Policy, *parts: Part, named: bool = False) -> set[str]:
    """The sets whose table fields the parts use outside of a quantifier over them; with `named`,
    the sets whose names stand for a member there."""
    found: set[str] = set()
    for part in parts:
        match part:
            case Path(_, steps):
                found |= {step.set for step in steps if isinstance(step, At)} if not named else set()
            case AtHand(name):
                found |= {name} if named else set()
            case Quantified(_, _, over, path, where, body):
                inner = free_sets(policy, where, body, named=named)
                found |= inner - {over} if path is None else inner | free_sets(policy, path, named=named)
            case _:
                found |= free_sets(policy, *children(policy, part), named=named)
    return found


def children(policy: Policy, part: Part) -> tuple[Part, ...]:
    match part:
        case Not(inner):
            return (inner,)
        case And(parts) | Or(parts):
            return parts
        case Holds(path) | Absence(path, _):
            return (path,)
        case Named(name):
            return (policy.defines[name].condition,)
        case Graded(name):
            return (policy.grades[name].sum,)
        case Compare(_, left, right):
            return left, right
        case Within(left, _):
            return (left,)
        case Sum(_, _, terms):
            return tuple(term.atom for term in terms)  # type: ignore[misc]
    return ()


def rule_sets(policy: Policy, rule: Rule) -> tuple[str, ...]:
    """The sets over which a rule has instances, in the order of their declaration."""
    paths = [effect.of for effect in rule.effects]
    used = free_sets(policy, rule.condition, rule.unless, rule.until, *required(rule), *paths)
    return tuple(name for name in policy.schema.sets if name in used)
