"""Strategies for policies: over a schema, with everything that a policy can say of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import attrs
from hypothesis import strategies as st

from policylang.core.loader import loads
from policylang.core.policy import Policy
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.absence import AGAINST, FOR
from policylang.language.formatter import format_file
from policylang.testing.blocks import example
from policylang.testing.cuts import cuts_of, predicates_of
from policylang.testing.drawn import Drawn
from policylang.testing.plans import Draw, RecordPlan
from policylang.testing.pools import SOME_DAY
from policylang.testing.schemas import SchemaWriter
from policylang.testing.vocabulary import Vocabulary
from policylang.testing.conditions import (
    DAYS,
    DURATIONS,
    NUMBERS,
    ORDERED,
    Defined,
    Needs,
    Scope,
    Sides,
    Writer,
    entry_of,
    exchanged,
    number,
)

ACTIONS = ("deploy", "develop", "release")
OUTCOMES = ("not permitted", "forbidden", "permitted", "undetermined")
PROSE = ("it is risky", "as the board decided", 'the "second" clause,\nin full')
ACTING = s.Forbid | s.Permit | s.Require
ACTING_WORDS = ("forbid", "permit", "require")
TELLING = ("warn", "oblige")
PROHIBITING = s.Forbid | s.Require


@attrs.frozen(eq=False)
class Written:
    """A rule with what others have to know to override it."""

    node: s.Rule
    sets: frozenset[str]
    actions: frozenset[str]
    sides: Sides


class PolicyWriter(Writer):
    """Writes the statements of one policy."""

    def file(self, actions: Sequence[str], most: int) -> s.File:
        """Return a policy with at most so many rules, without examples."""
        declared = self.action_statements(self.some(actions, 1, len(actions)))
        names = tuple(name.text for node in declared for name in node.names)
        definitions: list[s.Statement] = []
        for _ in range(self.count(0, 2)):
            definitions += self.grade()
        for _ in range(self.count(0, 2)):
            definitions.append(self.define())
        rules: list[Written] = []
        for place in range(self.count(0, most)):
            rules.append(self.rule(f"gate-{place + 1}" if self.chance(70) else None, names, rules))
        statements = [
            *self.words.statements(),
            *declared,
            *definitions,
            *(rule.node for rule in self.some(rules, len(rules), len(rules))),
            *self.claims(names),
        ]
        return s.File(self.header(), tuple(statements))

    def header(self) -> s.Header | None:
        if not self.chance(30):
            return None
        clauses: list[tuple[str, s.String | s.DateLiteral]] = [
            ("title", s.String("A policy")),
            ("version", s.String("1")),
            ("source", s.String(self.one(PROSE))),
            ("effective", s.DateLiteral(self.one(DAYS))),
        ]
        return s.Header(s.Name("drawn"), tuple(self.some(clauses, 0, len(clauses))))

    def action_statements(self, names: list[str]) -> list[s.Action]:
        found: list[s.Action] = []
        left = list(names)
        while left:
            together = 2 if len(left) > 1 and self.chance(30) else 1
            own, left = left[:together], left[together:]
            before = [name for node in found for name in node.names]
            widens = self.one(before) if before and self.chance(30) else None
            found.append(s.Action(tuple(map(s.Name, own)), widens, not self.chance(35)))
        return found

    # --- definitions ----------------------------------------------------------------------------

    def around(self) -> Scope:
        """Return the scope of a definition: the record, or also the entries of a list at hand."""
        sides = self.one((frozenset({AGAINST}), frozenset({FOR}), frozenset({AGAINST, FOR})))
        entries: tuple[str, ...] = ()
        if self.words.lists and self.chance(35):
            outer = {entry_of(place): place.path.entry for place in self.words.lists}
            entry: str | None = self.one(list(outer))
            while entry is not None:
                entries, entry = (entry, *entries), outer[entry]
        return Scope(Needs(), frozenset(self.words.sets), sides, entries)

    def define(self) -> s.Define:
        name = self.words.free(f"sound-{place}" for place in count(len(self.defines) + 1))
        scope = self.around()
        is_open = self.chance(10)
        condition = s.Unspecified(s.String("nobody says")) if is_open else self.condition(scope, 2)
        self.defines.append(Defined(name, scope.needs, scope.sides))
        return s.Define(s.Name(name), condition)

    def grade(self) -> Iterator[s.Grade]:
        scope = self.around()
        numbers = [place for place in self.words.places if isinstance(place.type, types.Number)]
        fitting = self.fitting(numbers, scope)
        if not fitting or not self.words.scales:
            return
        scale = self.one(list(self.words.scales.values()))
        ranks = sorted(self.some(range(1, len(scale.levels)), 1, 3))
        bounds = sorted({number(text).value: text for text in NUMBERS}.items())
        places = sorted(self.some(range(len(bounds)), len(ranks), len(ranks)))
        pairs = [
            (self.level(scale.levels[rank]), number(bounds[place][1]))
            for rank, place in zip(ranks, places, strict=True)
        ]
        name = self.words.free(f"grade-{place}" for place in count(len(self.grades) + 1))
        subject = self.total(self.one(fitting), scope)
        self.grades.append(Defined(name, scope.needs, scope.sides, scale))
        yield s.Grade(
            s.Name(name), s.Name(scale.name), subject, tuple(self.some(pairs, len(pairs), len(pairs)))
        )

    # --- rules ----------------------------------------------------------------------------------

    def rule(self, name: str | None, actions: tuple[str, ...], before: list[Written]) -> Written:
        named = [rule for rule in before if rule.node.name is not None]
        over = self.some(named, 1, 2) if named and self.chance(35) else []
        needed = frozenset(action for rule in over for action in rule.actions)
        words = self.effect_words(is_acting=bool(needed))
        sets = frozenset(self.words.sets)
        for other in over:
            sets &= other.sets
        if "permit" in words:
            sets = frozenset()
        effects = [self.effect(word, actions) for word in words]
        effects[0] = self.with_actions(effects[0], needed)
        sides = frozenset(FOR if word == "permit" else AGAINST for word in words if word in ACTING_WORDS)
        for other in over:
            sides |= exchanged(other.sides)
        scope = Scope(Needs(), sets, sides)
        condition, clauses, effects = self.conditions(scope, effects)
        if over:
            clauses.append(s.Overrides(tuple(self._name(rule) for rule in over)))
        clauses += self.prose()
        node = s.Rule(
            None if name is None else s.Name(name),
            s.String("A title") if name is not None and self.chance(30) else None,
            condition,
            tuple(effects),
            tuple(self.some(clauses, len(clauses), len(clauses))),
        )
        acted = frozenset(a.text for one in effects if isinstance(one, ACTING) for a in one.actions)
        return Written(node, frozenset(scope.needs.sets), acted, sides)

    @staticmethod
    def _name(rule: Written) -> s.Name:
        assert rule.node.name is not None
        return rule.node.name

    def conditions(
        self, scope: Scope, effects: list[s.Effect]
    ) -> tuple[s.Condition, list[s.Clause], list[s.Effect]]:
        """Return a rule's condition, `unless` and `until`, and its effects with what they require.

        Each may name the members that the ones before it have at hand.
        """
        clauses: list[s.Clause] = []
        condition = self.condition(scope, 2)
        if scope.needs.sets and self.chance(20):
            more = self.of_member(self.one(sorted(scope.needs.sets)))
            condition = s.And((more, condition))
        if self.chance(25):
            clauses.append(s.Unless(self.condition(self.handed(scope).exchanged(), 1)))
        done: list[s.Effect] = []
        for one in effects:
            match one:
                case s.Require():
                    required = attrs.evolve(self.handed(scope), sides=frozenset({FOR}))
                    done.append(attrs.evolve(one, condition=self.condition(required, 1)))
                case s.Oblige():
                    done.append(self.due(one, scope))
                case _:
                    done.append(one)
        if any(isinstance(one, PROHIBITING) for one in effects) and self.chance(40):
            sets = frozenset(scope.needs.sets)
            release = Scope(Needs(), sets, frozenset({FOR}), named=sets)
            clauses.append(s.Until(self.condition(release, 1)))
        return condition, clauses, done

    def handed(self, scope: Scope) -> Scope:
        return attrs.evolve(scope, named=frozenset(scope.needs.sets))

    def effect_words(self, *, is_acting: bool) -> list[str]:
        first = self.one(
            ("forbid", "forbid", "require", "permit", *(() if is_acting else ("warn", "oblige")))
        )
        words = [first]
        while len(words) < 3 and self.chance(25):
            more = (
                ("warn", "oblige") if first in ("warn", "oblige") else ("require", "warn", "oblige", "forbid")
            )
            words.append(self.one(more))
        return words

    def effect(self, word: str, actions: tuple[str, ...]) -> s.Effect:
        names = tuple(map(s.Name, self.some(actions, 1, 2)))
        match word:
            case "forbid":
                return s.Forbid(names)
            case "permit":
                return s.Permit(names)
            case "require":
                return s.Require(s.BoolLiteral(True), names)  # filled in later
            case "oblige":
                within = s.DurationLiteral(self.one(DURATIONS)) if self.chance(60) else None
                return s.Oblige(s.String("test again"), within)
            case _:
                return s.Warn(s.String(self.one(PROSE)))

    def with_actions(self, effect: s.Effect, needed: frozenset[str]) -> s.Effect:
        """Return an effect on some more actions, those of the rules that its rule overrides."""
        if not isinstance(effect, ACTING):
            return effect
        names = dict.fromkeys([*(name.text for name in effect.actions), *sorted(needed)])
        return attrs.evolve(effect, actions=tuple(map(s.Name, names)))

    def due(self, node: s.Oblige, scope: Scope) -> s.Oblige:
        dates = [place for place in self.words.places if isinstance(place.type, types.Date)]
        fitting = self.fitting(dates, scope)
        if node.within is None or not fitting or not self.chance(50):
            return node
        return attrs.evolve(node, of=self.path(self.one(fitting), scope))

    def prose(self) -> Iterator[s.Clause]:
        if self.chance(20):
            yield s.Because(s.String(self.one(PROSE)))
        while self.chance(15):
            yield s.Cites(s.String("clause 1"))

    # --- claims ---------------------------------------------------------------------------------

    def claims(self, actions: tuple[str, ...]) -> Iterator[s.Statement]:
        while self.chance(35):
            action = s.Name(self.one(actions))
            scope = Scope(Needs(), frozenset(self.words.sets))
            scores = [
                place
                for place in self.words.places
                if isinstance(place.type, ORDERED) and place.path.entry is None
            ]
            fitting = self.fitting(scores, scope)
            if fitting and self.chance(30):
                path = self.path(self.one(fitting), scope)
                yield s.AlwaysTightens(action, path, self.chance(50))
            else:
                yield s.AlwaysOutcome(action, self.one(OUTCOMES), self.condition(scope, 1))


def policies(
    schema: types.Schema | None = None, *, actions: Sequence[str] = ACTIONS, max_rules: int = 4
) -> st.SearchStrategy[Policy]:
    """Draw policies over the record type of another one, ``policy.schema``, or over any.

    They say whatever can be said of it, and have some of the ``actions``, at most so many rules with
    effects and clauses of every kind, definitions, grades, claims and examples. What is drawn loads, and
    its examples come out; its claims may not hold, its rules may be at odds. Policies shrink to fewer
    rules and plainer conditions.
    """
    if not actions:
        raise ValueError("a policy has an action")
    return _policies(schema, tuple(actions), max_rules)


@st.composite
def _policies(draw: Draw, schema: types.Schema | None, actions: tuple[str, ...], most: int) -> Policy:
    if schema is None:
        schema = SchemaWriter(draw).schema()
    writer = PolicyWriter(draw, Vocabulary(schema))
    file = writer.file(actions, most)
    policy = loads(format_file(file))
    examples = [_example(draw, policy, place + 1) for place in range(writer.count(0, 1))]
    if not examples:
        return Drawn.of(policy)
    return Drawn.of(loads(format_file(attrs.evolve(file, statements=(*file.statements, *examples)))))


def _example(draw: Draw, policy: Policy, place: int) -> s.Example:
    plan = RecordPlan(policy.schema, cuts_of(predicates_of(policy)), SOME_DAY, False)
    record = plan.draw(draw, None)
    decision = policy.decide(record, today=SOME_DAY)
    expected = {action: outcome.value for action, outcome in decision.outcomes.items()}
    return example(policy, f"example {place}", record, SOME_DAY, expected)
