"""Drawing conditions that are well-typed where they stand; written as syntax.

What is drawn first is what an author calls simpler, so that conditions shrink to one plain comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs

from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.absence import AGAINST, FOR
from policylang.testing.choices import Chooser
from policylang.testing.plans import Draw
from policylang.testing.pools import SOME_DAY
from policylang.testing.vocabulary import ROW, Place, Vocabulary
from policylang.values import Duration

NUMBERS = ("0", "1", "2", "10", "0.5", "5%", "0.1", "0.2", "0.3", "1_000", "1e26", "0.05")
SIGNED = (*NUMBERS, "-1", "-0.5")
TEXTS = ("a", "b", "")
DAYS = tuple(SOME_DAY + timedelta(days=days) for days in (0, -90, -1, 1, 30))
DURATIONS = (
    Duration(90, "day"),
    Duration(1, "day"),
    Duration(2, "week"),
    Duration(1, "month"),
    Duration(1, "year"),
)
ORDER = (">=", ">", "<=", "<", "=", "!=")
NUMBERED = ("at least", "at most", "exactly", "fewer than", "more than")
EXCHANGING = ("no", "at most", "fewer than")  # the conditions inside count the other way round
MOST_COUNTED = 3
ORDERED = types.Scale | types.Number | types.Date

Sides = frozenset[str]


def exchanged(sides: Sides) -> Sides:
    return frozenset(FOR if side == AGAINST else AGAINST for side in sides)


@attrs.define(eq=False)
class Needs:
    """What conditions need around them: sets and entries at hand; and the absences that they ask for."""

    sets: set[str] = attrs.field(factory=set)
    entries: set[str] = attrs.field(factory=set)
    tests_absence: bool = False

    def add(self, other: Needs, but: str | None = None) -> None:
        """Take over the needs of a part, but for the set or entry that is at hand there."""
        self.sets |= other.sets - {but}
        self.entries |= other.entries - {but}
        self.tests_absence = self.tests_absence or other.tests_absence


@attrs.frozen(eq=False)
class Scope:
    """What a condition may use where it stands.

    ``sets`` are those whose table fields it may use, ``named`` those whose name may stand for the member
    at hand. ``sides`` says on which sides of permission it counts: none where absence may be asked for
    freely.
    """

    needs: Needs
    sets: frozenset[str]
    sides: Sides = frozenset()
    entries: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()

    def exchanged(self) -> Scope:
        return attrs.evolve(self, sides=exchanged(self.sides))


@attrs.frozen
class Defined:
    """A define or grade, and where it may be used."""

    name: str
    needs: Needs
    sides: Sides  # of a define that tests absence
    scale: types.Scale | None = None

    def fits(self, scope: Scope) -> bool:
        if not self.needs.entries <= set(scope.entries) or not self.needs.sets <= scope.sets:
            return False
        return not self.needs.tests_absence or scope.sides <= self.sides


class Writer(Chooser):
    """Writes conditions in the words of a schema."""

    def __init__(self, draw: Draw, words: Vocabulary) -> None:
        super().__init__(draw)
        self.words = words
        self.defines: list[Defined] = []
        self.grades: list[Defined] = []

    # --- conditions -----------------------------------------------------------------------------

    def condition(self, scope: Scope, depth: int) -> s.Condition:
        makers: list[Callable[[Scope, int], s.Condition]] = [self.simple] * 5
        makers += [self.absence, self.defined]
        if depth > 0:
            makers += [self.junction] * 4 + [self.negation] + [self.quantified] * 4
        return self.one(makers)(scope, depth)

    def junction(self, scope: Scope, depth: int) -> s.Condition:
        kind = s.Or if self.chance(50) else s.And
        return kind(tuple(self.condition(scope, depth - 1) for _ in range(self.count(2, 3))))

    def negation(self, scope: Scope, depth: int) -> s.Condition:
        return s.Not(self.condition(scope.exchanged(), depth - 1))

    def absence(self, scope: Scope, depth: int) -> s.Condition:
        ways = [missing for missing, side in ((True, FOR), (False, AGAINST)) if side not in scope.sides]
        fitting = self.fitting(self.words.places, scope)
        if not ways or not fitting:
            return self.simple(scope, depth)
        scope.needs.tests_absence = True
        return s.Presence(self.path(self.one(fitting), scope), self.one(ways))

    def defined(self, scope: Scope, depth: int) -> s.Condition:
        fitting = [define for define in self.defines if define.fits(scope)]
        if not fitting:
            return self.simple(scope, depth)
        return s.PathCondition(self.use(self.one(fitting), scope))

    def use(self, defined: Defined, scope: Scope) -> s.Path:
        scope.needs.add(defined.needs)
        return s.Path((s.Step(defined.name),))

    def quantified(self, scope: Scope, depth: int) -> s.Condition:
        word = self.one(("any", "every", "no", *NUMBERED))
        inner = scope.exchanged() if word in EXCHANGING else scope
        if word == "exactly" and scope.sides:
            inner = attrs.evolve(scope, sides=frozenset({AGAINST, FOR}))
        lists = [
            p
            for p in self.fitting(self.words.lists, scope, as_lists=True)
            if entry_of(p) not in scope.entries
        ]
        sets = list(self.words.sets)
        if not lists and not sets:
            return self.simple(scope, depth)
        choices: list[Place | str] = [*sets, *lists]
        over = self.one(choices)
        needs = Needs()
        if isinstance(over, str):
            name, hand = over, frozenset({over})
            inner = attrs.evolve(inner, needs=needs, sets=inner.sets | hand, named=inner.named | hand)
        else:
            name = entry_of(over)
            self.note(over, {}, scope)
            inner = attrs.evolve(inner, needs=needs, entries=(*inner.entries, name))
        where = None
        if self.chance(25):
            where = self.condition(inner.exchanged() if word == "every" else inner, 0)
        body = self.condition(inner, depth - 1)
        scope.needs.add(needs, but=name)
        number = self.count(0, MOST_COUNTED) if word in NUMBERED else None
        return s.Quantified(word, number, s.Name(name), where, body)

    # --- comparisons ----------------------------------------------------------------------------

    def simple(self, scope: Scope, depth: int) -> s.Condition:
        """Return a comparison, a membership, or what is a condition by itself."""
        leaves = [place for place in self.words.places if _is_leaf(place)]
        near = [
            place for place in leaves if place.path.entry is not None and place.path.entry in scope.entries
        ]
        fitting = self.fitting(near if near and self.chance(70) else leaves, scope)
        if scope.named and (not fitting or self.chance(15)):
            return self.of_member(self.one(sorted(scope.named)))
        if not fitting or self.chance(3):
            return self.of_nothing()
        place = self.one(fitting)
        match place.type:
            case types.Attestation():
                return s.PathCondition(self.path(place, scope))
            case types.Bool() if not self.chance(20):
                return s.PathCondition(self.path(place, scope))
            case _:
                return self.compared(place, scope)

    def of_nothing(self) -> s.Condition:
        """Return a condition that reads nothing of the record."""
        if self.chance(50):
            return s.Comparison(self.one(ORDER), side(s.Today()), side(s.DateLiteral(self.one(DAYS))))
        return s.BoolLiteral(self.chance(50))

    def of_member(self, over: str) -> s.Condition:
        """Return a condition on the member at hand."""
        hand, members = side(s.Path((s.Step(over),))), self.words.sets[over].members
        if self.chance(25):
            return s.Membership(hand, tuple(self.level(member) for member in self.some(members, 1, 2)))
        member = side(self.words.side(self.one(members), self.chance(20)))
        return s.Comparison(self.one(("=", "!=")), hand, member)

    def compared(self, place: Place, scope: Scope) -> s.Condition:
        type_ = place.type
        left = self.side(place, scope)
        if self.chance(15):
            literals = tuple(self.literal(type_) for _ in range(self.count(1, 3)))
            return s.Membership(left, literals)
        op = self.one(ORDER if isinstance(type_, ORDERED) else ("=", "!="))
        right = self.other_side(place, scope)
        if self.chance(15):
            left, right = right, left
        return s.Comparison(op, left, right)

    def side(self, place: Place, scope: Scope) -> s.Sum:
        match place.type:
            case types.Number():
                return self.total(place, scope)
            case types.Date():
                return self.moved(self.path(place, scope), 20)
            case _:
                return side(self.path(place, scope))

    def other_side(self, place: Place, scope: Scope) -> s.Sum:
        """Return what a place is compared with: a literal, today, a grade, or another place."""
        type_ = place.type
        alike = [other for other in self.words.places if _kind(other.type) == _kind(type_) and other != place]
        alike = self.fitting(alike, scope)
        if alike and self.chance(20):
            return self.side(self.one(alike), scope)
        match type_:
            case types.Scale():
                grades = [grade for grade in self.grades if grade.scale == type_ and grade.fits(scope)]
                if grades and self.chance(30):
                    return side(self.use(self.one(grades), scope))
                return side(self.words.side(self.one(type_.levels), self.chance(20)))
            case types.Set(members=members):
                return side(self.words.side(self.one(members), self.chance(20)))
            case types.Date():
                base = s.DateLiteral(self.one(DAYS)) if self.chance(50) else s.Today()
                return self.moved(base, 60)
            case types.Number():
                return side(number(self.one(SIGNED)))
            case _:
                literal = self.literal(type_)
                assert isinstance(literal, s.String | s.BoolLiteral)
                return side(literal)

    def total(self, place: Place, scope: Scope) -> s.Sum:
        """Return a sum of numbers that begins with a place."""
        terms = [("+", self.term(self.path(place, scope)))]
        numbers = [other for other in self.words.places if isinstance(other.type, types.Number)]
        fitting = self.fitting(numbers, scope)
        while self.chance(30):
            atom = self.path(self.one(fitting), scope) if self.chance(70) else number(self.one(NUMBERS))
            terms.append((self.one(("+", "-")), self.term(atom)))
        return s.Sum(tuple(terms))

    def term(self, atom: s.Path | s.Number) -> s.Term:
        return s.Term(atom, number(self.one(("2", "0.1", "-1", "0"))) if self.chance(20) else None)

    def moved(self, base: s.Path | s.Today | s.DateLiteral, percent: int) -> s.Sum:
        """Return a date, moved by durations."""
        terms: list[tuple[str, s.Term]] = [("+", s.Term(base))]
        while self.chance(percent) and len(terms) < 3:
            terms.append((self.one(("-", "+")), s.Term(s.DurationLiteral(self.one(DURATIONS)))))
        return s.Sum(tuple(terms))

    def literal(self, type_: Any) -> s.Literal:
        match type_:
            case types.Scale(levels=names) | types.Set(members=names):
                return self.level(self.one(names))
            case types.Number():
                return number(self.one(NUMBERS))
            case types.Date():
                return s.DateLiteral(self.one(DAYS))
            case types.Bool():
                return s.BoolLiteral(self.chance(50))
            case _:
                return s.String(self.one(TEXTS))

    def level(self, text: str) -> s.Name | s.String:
        return self.words.literal(text, self.chance(20))

    # --- places ---------------------------------------------------------------------------------

    def fitting(self, places: Sequence[Place], scope: Scope, *, as_lists: bool = False) -> list[Place]:
        """Return the places that can be read in a scope; a list is read at the members at hand only."""
        found = []
        for place in places:
            if place.path.entry is not None and place.path.entry not in scope.entries:
                continue
            if as_lists and not all(self.is_at_hand(over, scope) for over in place.sets):
                continue
            if as_lists or self.words.forms(place, self.must_be_named(place, scope)):
                found.append(place)
        return found

    def is_at_hand(self, over: str, scope: Scope) -> bool:
        return over in scope.sets and not self.words.must_name(over)

    def must_be_named(self, place: Place, scope: Scope) -> dict[str, str]:
        """Return a member for each set of which none is at hand."""
        return {
            over: self.words.sets[over].members[0]
            for over in sorted(place.sets)
            if not self.is_at_hand(over, scope)
        }

    def path(self, place: Place, scope: Scope) -> s.Path:
        """Return a way to write a place; now and then a member is named that could be at hand."""
        members = {}
        for over in sorted(place.sets):
            if not self.is_at_hand(over, scope) or self.chance(7):
                members[over] = self.one(self.words.sets[over].members)
        self.note(place, members, scope)
        return self.one(self.words.forms(place, members))

    def note(self, place: Place, members: Mapping[str, str], scope: Scope) -> None:
        """Note what a place needs at hand where some members are named."""
        scope.needs.sets |= place.sets - members.keys()
        if place.path.entry is not None:
            scope.needs.entries.add(place.path.entry)


def entry_of(place: Place) -> str:
    assert isinstance(place.type, types.List)
    return place.type.entry


def _is_leaf(place: Place) -> bool:
    return place.type != ROW and not isinstance(place.type, types.Group | types.Table | types.List)


def _kind(type_: Any) -> Any:
    """Return what two sides of a comparison have in common."""
    return type_ if isinstance(type_, types.Scale | types.Set) else type(type_)


def side(atom: s.Atom) -> s.Sum:
    return s.Sum((("+", s.Term(atom)),))


def number(text: str) -> s.Number:
    """Return a number as written; ``5%`` stands for 0.05."""
    plain = text.replace("_", "")
    value = float(f"{plain[:-1]}e-2") if plain.endswith("%") else float(plain)
    return s.Number(value, text)
