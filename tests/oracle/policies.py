"""Random policies as models: well-formed by construction, or wild, with every law broken at times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from .model import Absence, Action, And, At, AtHand, Atom, Compare, Condition, Const, Define, Duration, Effect
from .model import (
    Fixed,
    Grade,
    Graded,
    Holds,
    Literal,
    Named,
    Not,
    Or,
    Path,
    Policy,
    Quantified,
    Rule,
    Schema,
)
from .model import Sum, Term, Today, Within, acts, children, free_sets, required, rule_sets
from .refusals import AGAINST, FOR, Sides, exchanged, sides_of
from .schemas import DAYS, DURATIONS, NEAR, NUMBERS, TEXTS, Chooser, Declaring, nodes

EITHER = frozenset({AGAINST, FOR})
ACTIONS = ("deploy", "develop", "open-weights", "title")
ORDERED = ("number", "date", "level")


class Scope(NamedTuple):
    """What a condition may use where it stands."""

    entries: tuple[str, ...] = ()
    sets: frozenset[str] = frozenset()  # whose table fields may be used
    at_hand: frozenset[str] = frozenset()  # whose names stand for a member
    sides: Sides | None = frozenset()  # None: any absence may be asked for


def free_entries(policy: Policy, *parts: object) -> set[str]:
    """The entries that parts use outside of a quantifier over them."""
    found: set[str] = set()
    for part in parts:
        match part:
            case Path(anchor):
                found |= {anchor} if anchor else set()
            case Quantified(_, _, over, path, where, body):
                found |= (free_entries(policy, where, body) - {over}) | free_entries(policy, path)
            case None | Const() | Literal() | AtHand() | Today() | Duration():
                pass
            case _:
                found |= free_entries(policy, *children(policy, part))  # type: ignore[arg-type]
    return found


def unsigned(term: Term) -> Term:
    """A literal after `*` has no sign of its own."""
    if term.times is None or not isinstance(term.atom, Literal):
        return term
    assert isinstance(term.atom.value, float)
    return term._replace(atom=term.atom._replace(value=abs(term.atom.value)))


class Writing(Chooser):
    """One random policy."""

    def __init__(self, draw: DrawFn, schema: Schema, *, wild: bool, latching: bool) -> None:
        super().__init__(draw)
        self.loose = wild  # absences may stand anywhere; the other laws break in every other such policy
        self.wild, self.latching = wild and self.chance(50), latching
        self.policy = Policy(schema, self.actions(), {}, {}, ())
        self.numbers_used = self.one((NUMBERS, NEAR))
        self.sides: dict[str, Sides] = {}  # of the defines
        self.paths = list(nodes(schema.fields))
        self.leaves = [path for path in self.paths if path.type.kind not in ("group", "table", "row", "list")]
        self.lists = [path for path in self.paths if path.type.kind == "list"]
        self.all_sets = frozenset(schema.sets)

    def actions(self) -> tuple[Action, ...]:
        names = self.some(ACTIONS, 1, 3)
        return tuple(
            Action(name, self.chance(65), names[place - 1] if place and self.chance(30) else "")
            for place, name in enumerate(names)
        )

    def write(self) -> Policy:
        for number in range(self.count(0, 2)):
            self.write_grade(f"graded_{number}")
        for number in range(self.count(0, 3)):
            self.write_define(f"meant_{number}")
        rules: list[Rule] = []
        for number in range(self.count(1, 4)):
            rules.append(self.rule(f"rule_{number}" if self.chance(70) else "", rules))
        rules = self.some(rules, 99, 99)
        if self.wild and self.chance(20):
            rules = [self.entangled(rule, rules) for rule in rules]
        unnamed = [rule for rule in rules if not rule.name]
        labels = {id(rule): f"rule-{number}" for number, rule in enumerate(unnamed, 1)}
        labelled = tuple(rule._replace(label=rule.name or labels[id(rule)]) for rule in rules)
        return self.policy._replace(rules=labelled)

    def entangled(self, rule: Rule, rules: list[Rule]) -> Rule:
        names = [other.name for other in rules if other.name]
        return rule._replace(overrides=(self.one(names),)) if names and self.chance(40) else rule

    # declarations

    def around(self) -> Scope:
        """The scope of a define: nothing, or the entries of a list and of those that enclose it."""
        sides = self.one((frozenset({AGAINST}), frozenset({FOR}), EITHER))
        entries: tuple[str, ...] = ()
        if self.lists and self.chance(35):
            around = {path.type.of: path.anchor for path in self.lists}
            entry = self.one(sorted(around))
            while entry:
                entries, entry = (entry, *entries), around[entry]
        return Scope(entries, self.all_sets, frozenset(), None if self.loose else sides)

    def write_define(self, name: str) -> None:
        scope = self.around()
        condition = None if self.chance(7) else self.condition(scope, 2)
        self.sides[name] = EITHER if scope.sides is None else scope.sides
        self.policy.defines[name] = Define(name, condition)

    def write_grade(self, name: str) -> None:
        scope = self.around()
        numbers = self.typed(scope, "number")
        if numbers:
            scale = self.one(list(self.policy.schema.scales))
            levels = sorted(self.some(range(1, len(self.policy.schema.scales[scale])), 1, 3))
            bounds = sorted(self.some(NUMBERS, len(levels), len(levels)))
            pairs = [(self.policy.schema.scales[scale][k], at) for k, at in zip(levels, bounds, strict=True)]
            total = self.numbers(self.one(numbers), numbers)
            self.policy.grades[name] = Grade(name, scale, total, tuple(self.some(pairs, 9, 9)))

    # rules

    def rule(self, name: str, before: list[Rule]) -> Rule:
        named = [rule for rule in before if rule.name]
        over = self.some(named, 1, 2) if named and self.chance(35) else []
        soft = self.chance(15) and (self.wild or not any(map(acts, over)))
        permits = not soft and self.chance(30)
        sets = self.all_sets
        for rule in over if not self.wild else []:
            sets &= frozenset(rule_sets(self.policy, rule))
        if permits and not self.wild:
            sets = frozenset()
        kinds = self.kinds(soft, permits)
        needed = {action for rule in over for action in acts(rule)} if not self.wild else set()
        draft = Rule(
            name, Const(True), self.named_effects(kinds, needed), overrides=tuple(r.name for r in over)
        )
        sides = sides_of(self.policy._replace(rules=tuple(before)), draft)
        return self.filled(draft, Scope((), sets, frozenset(), None if self.loose else sides))

    def kinds(self, soft: bool, permits: bool) -> list[str]:
        if soft:
            return [self.one(("warn", "oblige")) for _ in range(self.count(1, 2))]
        kinds = ["permit"] if permits else [self.one(("forbid", "forbid", "require"))]
        if self.chance(35):
            kinds.append(self.one(("forbid", "require", "warn", "oblige", "oblige")))
        return kinds

    def named_effects(self, kinds: list[str], needed: set[str]) -> tuple[Effect, ...]:
        names = [action.name for action in self.policy.actions]
        effects = []
        for kind in kinds:
            if kind in ("warn", "oblige"):
                within = self.one(DURATIONS) if kind == "oblige" and self.chance(70) else None
                effects.append(Effect(kind, text=self.one(("tell them", "Ünï", "look again")), within=within))
            else:
                chosen = self.some(names, 1, 2)
                chosen += [] if effects else sorted(needed - set(chosen))
                effects.append(Effect(kind, tuple(chosen)))
        return tuple(effects)

    def filled(self, draft: Rule, scope: Scope) -> Rule:
        """A rule with its conditions; each may name the members that the former have at hand."""
        condition = self.condition(scope, 3)
        scope = self.handed(scope, condition)
        if self.chance(20):
            condition = And(tuple(self.some([condition, self.condition(scope, 1)], 2, 2)))
        scope = self.handed(scope, condition)
        unless = self.condition(self.sided(scope, exchange=True), 2) if self.chance(25) else None
        scope = self.handed(scope, unless)
        release = scope._replace(sides=None if self.loose else frozenset({FOR}))
        effects = tuple(self.effect(effect, scope, release) for effect in draft.effects)
        rule = draft._replace(condition=condition, unless=unless, effects=effects)
        used = free_sets(self.policy, condition, unless, *required(rule))
        release = release._replace(sets=release.sets if self.wild and self.chance(50) else frozenset(used))
        prohibits = any(effect.kind in ("forbid", "require") for effect in effects)
        if self.chance(90 if self.latching else 40) and (prohibits or (self.wild and self.chance(20))):
            rule = rule._replace(until=self.condition(self.handed(release, *required(rule)), 2))
        return rule

    def handed(self, scope: Scope, *conditions: Condition | None) -> Scope:
        at_hand = scope.at_hand | free_sets(self.policy, *conditions)
        return scope._replace(at_hand=self.all_sets if self.wild and self.chance(5) else at_hand)

    def sided(self, scope: Scope, *, exchange: bool) -> Scope:
        return scope if not exchange or scope.sides is None else scope._replace(sides=exchanged(scope.sides))

    def effect(self, effect: Effect, scope: Scope, release: Scope) -> Effect:
        if effect.kind == "require":
            return effect._replace(condition=self.condition(release._replace(at_hand=scope.at_hand), 2))
        dates = self.typed(scope, "date")
        if effect.kind == "oblige" and effect.within is not None and dates and self.chance(50):
            return effect._replace(of=self.one(dates))
        return effect

    # conditions

    def usable(self, scope: Scope, paths: Sequence[Path]) -> list[Path]:
        """The paths that fit a scope; members that are not at hand are named."""
        fitting = []
        for path in paths:
            if path.anchor and path.anchor not in scope.entries:
                continue
            steps = tuple(self.fixed(step, scope) for step in path.steps)
            fitting += [path._replace(steps=steps)] * (4 if path.anchor else 1)
        return fitting

    def fixed(self, step: str | At | Fixed, scope: Scope) -> str | At | Fixed:
        if isinstance(step, At) and (step.set not in scope.sets or self.chance(7)):
            return Fixed(self.one(self.policy.schema.sets[step.set]))
        return step

    def typed(self, scope: Scope, kind: str) -> list[Path]:
        return self.usable(scope, [leaf for leaf in self.leaves if leaf.type.kind == kind])

    def condition(self, scope: Scope, depth: int) -> Condition:
        makers = [self.simple] * 6 + [self.absence] * 2 + [self.define] * 2
        if depth > 0:
            makers += [self.junction] * 4 + [self.negation] + [self.quantifier] * 5
        if self.chance(2):
            return Const(self.chance(50))
        return self.one(makers)(scope, depth)

    def negation(self, scope: Scope, depth: int) -> Condition:
        return Not(self.condition(self.sided(scope, exchange=True), depth - 1))

    def junction(self, scope: Scope, depth: int) -> Condition:
        parts = tuple(self.condition(scope, depth - 1) for _ in range(self.count(2, 3)))
        return And(parts) if self.chance(50) else Or(parts)

    def absence(self, scope: Scope, depth: int) -> Condition:
        allowed = [
            missing
            for missing in (True, False)
            if scope.sides is None or (FOR if missing else AGAINST) not in scope.sides
        ]
        if not allowed:
            return self.simple(scope, depth)
        return Absence(self.one(self.usable(scope, self.paths)), self.one(allowed))

    def define(self, scope: Scope, depth: int) -> Condition:
        fitting = [
            name
            for name, define in self.policy.defines.items()
            if free_entries(self.policy, define.condition) <= set(scope.entries)
            and free_sets(self.policy, define.condition) <= scope.sets
            and (scope.sides is None or scope.sides <= self.sides[name])
        ]
        return Named(self.one(fitting)) if fitting else self.simple(scope, depth)

    def quantifier(self, scope: Scope, depth: int) -> Condition:
        kind = self.one(("any", "every", "no", "any", "every", "least", "most", "exactly", "fewer", "more"))
        lists = [p for p in self.lists if p.type.of not in scope.entries]
        lists = [p for p in lists if not p.anchor or p.anchor in scope.entries]
        lists = [p for p in lists if all(step.set in scope.sets for step in p.steps if isinstance(step, At))]
        path = self.one(lists) if lists and self.chance(65) else None
        over = self.one(sorted(self.all_sets)) if path is None else path.type.of
        inner = self.sided(scope, exchange=kind in ("no", "most", "fewer"))
        if kind == "exactly" and inner.sides:
            inner = inner._replace(sides=EITHER)
        if path is None:
            inner = inner._replace(sets=inner.sets | {over}, at_hand=inner.at_hand | {over})
        else:
            inner = inner._replace(entries=(*scope.entries, over))
        where = None
        if self.chance(25):
            where = self.condition(self.sided(inner, exchange=kind == "every"), depth - 1)
        return Quantified(kind, self.count(0, 3), over, path, where, self.condition(inner, depth - 1))

    def simple(self, scope: Scope, depth: int) -> Condition:
        if scope.at_hand and self.chance(8):
            return self.compare(AtHand(self.one(sorted(scope.at_hand))), scope)
        if self.chance(4):
            atoms: list[Atom] = [Today(), self.literal("number", "")]
            return self.compare(self.one(atoms), scope)
        path = self.one(self.usable(scope, self.leaves))
        if path.type.kind in ("bool", "attestation") and (path.type.kind != "bool" or self.chance(80)):
            return Holds(path)
        return self.compare(path, scope)

    def compare(self, atom: Atom, scope: Scope) -> Condition:
        match atom:
            case Path(_, _, type):
                kind, of = type.kind, type.of
            case AtHand(name):
                kind, of = "member", name
            case _:
                kind, of = "date" if isinstance(atom, Today) else "number", ""
        left, right = self.side(kind, of, atom, scope), self.other(kind, of, scope)
        if self.chance(15):
            left = right if isinstance(right.terms[0].atom, Graded) else left
            return Within(left, tuple(self.literal(kind, of) for _ in range(self.count(1, 3))))
        op = self.one((">=", ">", "<=", "<", "=", "!=")) if kind in ORDERED else self.one(("=", "!="))
        return Compare(op, right, left) if self.chance(15) else Compare(op, left, right)

    def side(self, kind: str, of: str, atom: Atom, scope: Scope) -> Sum:
        if kind == "number":
            return self.numbers(atom, self.typed(scope, "number"))
        if kind == "date":
            return self.dates(atom, 30)
        return Sum(kind, of, (Term(1, None, atom),))

    def other(self, kind: str, of: str, scope: Scope) -> Sum:
        alike = [path for path in self.typed(scope, kind) if path.type.of == of]
        if kind == "date":
            atoms: list[Atom] = [*alike, Today(), Today(), self.literal(kind, of)]
            return self.dates(self.one(atoms), 55)
        grades = [Graded(grade.name) for grade in self.policy.grades.values() if grade.scale == of]
        fitting = [grade for grade in grades if kind == "level" and self.graded(grade, scope)]
        if fitting and self.chance(60):
            return Sum(kind, of, (Term(1, None, self.one(fitting)),))
        atom = self.one(alike) if alike and self.chance(25) else self.literal(kind, of)
        return self.side(kind, of, atom, scope) if self.chance(20) else Sum(kind, of, (Term(1, None, atom),))

    def graded(self, grade: Graded, scope: Scope) -> bool:
        entries, sets = free_entries(self.policy, grade), free_sets(self.policy, grade)
        return entries <= set(scope.entries) and sets <= scope.sets

    def numbers(self, atom: Atom, alike: list[Path]) -> Sum:
        terms = [Term(1, self.factor(), atom)]
        while alike and self.chance(30):
            more = self.one(alike) if self.chance(70) else self.literal("number", "")
            terms.append(Term(self.one((1, -1)), self.factor(), more))
        terms = [unsigned(term) for term in terms]
        return Sum("number", "", tuple(terms))

    def factor(self) -> float | None:
        return self.one((0.0, -1.0, 2.0, 0.1)) if self.chance(25) else None

    def dates(self, atom: Atom, percent: int) -> Sum:
        terms = [Term(1, None, atom)]
        while self.chance(percent) and len(terms) < 4:
            terms.append(Term(self.one((1, -1)), None, self.one(DURATIONS)))
        return Sum("date", "", tuple(terms))

    def literal(self, kind: str, of: str) -> Literal:
        match kind:
            case "level":
                return Literal(kind, self.one(self.policy.schema.scales[of]))
            case "member":
                return Literal(kind, self.one(self.policy.schema.sets[of]))
            case "number":
                return Literal(kind, self.one(self.numbers_used))
            case "date":
                return Literal(kind, self.one(DAYS))
        return Literal(kind, self.chance(50) if kind == "bool" else self.one(TEXTS))


@st.composite
def policies(draw: DrawFn, *, wild: bool = False, latching: bool = False) -> Policy:
    """Policies that load; wild ones may break any law of `refusals`, latching ones are rich in releases."""
    return Writing(draw, Declaring(draw).schema(), wild=wild, latching=latching).write()
