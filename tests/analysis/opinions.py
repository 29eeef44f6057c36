"""Second opinions: the questions of `check` and `compare`, put to z3 and to decision diagrams.

Nothing of `policylang.analysis` is used here. Fields have finitely many values that rules can tell
apart; what an atom is worth at each of them is asked of the reference evaluator. z3 reads sums of
numbers as real arithmetic.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from fractions import Fraction
from functools import cached_property, reduce
from itertools import pairwise, product
from typing import Any, Generic, Protocol, TypeVar

import z3
from oxidd.bcdd import BCDDFunction, BCDDManager

from cuts import Cut, Steps, collect

from policylang import Policy, Truth
from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Effect, Instance
from policylang.language import checked as c
from policylang.language import schema as types

F = TypeVar("F")
Rails = tuple[F, F]


class Logic(Protocol[F]):
    """What a second opinion needs of an engine."""

    false: F

    def bit(self, name: Hashable) -> F: ...
    def neg(self, one: F) -> F: ...
    def disj(self, parts: list[F]) -> F: ...
    def demand(self, one: F) -> None: ...
    def possible(self, *all_of: F) -> bool: ...


class Z3:
    """z3's solver, incrementally: each gate is a literal that is defined once, a question assumes some."""

    def __init__(self) -> None:
        self.solver = z3.Solver()
        self.false = z3.Bool("false")
        self.solver.add(z3.Not(self.false))
        self._bits: dict[Hashable, Any] = {}
        self._gates: dict[frozenset[int], Any] = {}

    def bit(self, name: Hashable) -> Any:
        if name not in self._bits:
            self._bits[name] = z3.Bool(f"b{len(self._bits)}")
        return self._bits[name]

    def real(self, name: Hashable) -> Any:
        return z3.Real(f"r{name}")

    def neg(self, one: Any) -> Any:
        return one.arg(0) if z3.is_not(one) else z3.Not(one)

    def disj(self, parts: list[Any]) -> Any:
        if len(parts) < 2:
            return parts[0] if parts else self.false
        key = frozenset(one.get_id() for one in parts)
        if key not in self._gates:
            gate = self._gates[key] = z3.FreshBool()
            self.solver.add(gate == z3.Or(*parts))
        return self._gates[key]

    def demand(self, one: Any) -> None:
        self.solver.add(one)

    def possible(self, *all_of: Any) -> bool:
        answer = self.solver.check(*all_of)
        assert answer != z3.unknown, self.solver.reason_unknown()
        return bool(answer == z3.sat)


class Diagrams:
    """OxiDD's decision diagrams; what is demanded of all records is put to each question.

    Negations cost nothing. The bits stand in the order in which they are first asked for.
    """

    def __init__(self, nodes: int = 1 << 22) -> None:
        self.manager = BCDDManager(nodes, nodes >> 2, 1)
        self.false: BCDDFunction = self.manager.false()
        self.valid: BCDDFunction = self.manager.true()
        self._bits: dict[Hashable, BCDDFunction] = {}

    def bit(self, name: Hashable) -> BCDDFunction:
        if name not in self._bits:
            added = self.manager.add_vars(1)
            self._bits[name] = self.manager.var(added.start)
        return self._bits[name]

    def neg(self, one: BCDDFunction) -> BCDDFunction:
        return ~one

    def disj(self, parts: list[BCDDFunction]) -> BCDDFunction:
        """Join neighbours first: what reads few fields stays small, and is known when it comes again."""
        while len(parts) > 1:
            pairs = zip(parts[::2], parts[1::2], strict=False)
            parts = [a | b for a, b in pairs] + parts[len(parts) & ~1 :]
        return parts[0] if parts else self.false

    def demand(self, one: BCDDFunction) -> None:
        self.valid &= one

    def possible(self, *all_of: BCDDFunction) -> bool:
        return bool(reduce(lambda a, b: a & b, all_of, self.valid).satisfiable())

    def count(self, one: BCDDFunction) -> int:
        return int((one & self.valid).sat_count(self.manager.num_vars()))


class Reading(Generic[F]):
    """What predicates are worth, as formulas of an engine: surely true, and not false.

    A field with k values has k - 1 bits, "its place is at least j"; the first value is its absence.
    ``real`` leaves numbers to z3.
    """

    def __init__(self, logic: Any, policies: tuple[Policy, ...], *, real: bool = False) -> None:
        self.logic = logic
        self.policy = policies[0]
        self.real = real
        self.cuts = cuts = cuts_of(*policies)
        self.twin: Steps | None = None  # the path at which the other record of a pair is meant
        self._memo: dict[tuple[Any, Steps | None], Rails[F]] = {}
        self._reads: dict[Any, frozenset[Steps]] = {}
        values = {
            path: [None, *_values(type_, cuts.get(path, set()))]
            for path, type_ in leaves(self.policy.schema.fields)
            if not (real and isinstance(type_, types.Number))
        }
        self.domains: dict[Steps, list[Any]] = {path: values[path] for path in self._ordered(list(values))}
        self._places = {path: place for place, path in enumerate(self.domains)}
        for path, domain in self.domains.items():
            for j in range(1, len(domain)):
                logic.bit((path, j))
        for path in reversed(self.domains):
            self._demand(path, path)

    def _ordered(self, paths: list[Steps]) -> list[Steps]:
        """Return fields as diagrams like them: what far more rules read than others do comes first."""
        uses = dict.fromkeys(paths, 0)
        for instance in self.policy.predicates.instances:
            for path in self.reads(instance.condition):
                if path in uses:
                    uses[path] += 1
        mean = sum(uses.values()) / max(1, len(uses))
        return sorted(paths, key=lambda path: uses[path] <= 4 * mean)

    def place(self, node: Any) -> int:
        """Return where the last of the fields stands that a predicate reads."""
        return max((self._places.get(path, 0) for path in self.reads(node)), default=0)

    def _demand(self, path: Steps, name: Hashable) -> None:
        for j in range(2, len(self.domains[path])):
            lower, higher = self.logic.bit((name, j - 1)), self.logic.bit((name, j))
            self.logic.demand(self.logic.disj([lower, self.logic.neg(higher)]))

    # --- joins ------------------------------------------------------------------------------------

    def disj(self, parts: Iterable[F]) -> F:
        found: F = self.logic.disj(list(parts))
        return found

    def conj(self, parts: Iterable[F]) -> F:
        neg = self.logic.neg
        found: F = neg(self.logic.disj([neg(one) for one in parts]))
        return found

    def either(self, parts: list[Rails[F]]) -> Rails[F]:
        return self.disj(t for t, _ in parts), self.disj(p for _, p in parts)

    def not_(self, one: Rails[F]) -> Rails[F]:
        return self.logic.neg(one[1]), self.logic.neg(one[0])

    # --- predicates -------------------------------------------------------------------------------

    def reads(self, node: Any) -> frozenset[Steps]:
        if node not in self._reads:
            own = frozenset(tuple(map(str, path.steps)) for path in c.paths(node))
            self._reads[node] = own.union(*(self.reads(child) for child in c.children(node)))
        return self._reads[node]

    def rails(self, node: Any) -> Rails[F]:
        twin = self.twin if self.twin in self.reads(node) else None
        key = (node, twin)
        if key not in self._memo:
            self._memo[key] = self._rails(node)
        return self._memo[key]

    def _rails(self, node: Any) -> Rails[F]:
        match node:
            case c.Not(operand):
                return self.not_(self.rails(operand))
            case c.Or(operands):
                return self.either([self.rails(one) for one in operands])
            case c.And(operands):
                return self.not_(self.either([self.not_(self.rails(one)) for one in operands]))
            case c.AtLeast(n, operands):
                rails = [self.rails(one) for one in operands]
                return self.at_least(n, [t for t, _ in rails]), self.at_least(n, [p for _, p in rails])
            case c.Compare(op, left, right) if self.real and self._is_number(left):
                return self._sums(op, left, right)
            case _:
                return self._by_values(node)

    def at_least(self, n: int, parts: list[F]) -> F:
        """Return that at least ``n`` of some formulas hold, by the first of them."""
        if n <= 0:
            return self.logic.neg(self.logic.false)  # type: ignore[no-any-return]
        if len(parts) < n:
            return self.logic.false  # type: ignore[no-any-return]
        with_first = self.conj([parts[0], self.at_least(n - 1, parts[1:])])
        return self.disj([with_first, self.at_least(n, parts[1:])])

    def _by_values(self, node: Any) -> Rails[F]:
        """Return the rails of an atom from its truth at all values of what it reads."""
        paths = sorted(self.reads(node))
        true, possible = [], []
        for places in product(*(range(len(self.domains[path])) for path in paths)):
            truth = self._truth(node, paths, places)
            if truth is not Truth.FALSE:
                at = self.conj(self.is_at(path, place) for path, place in zip(paths, places, strict=True))
                possible.append(at)
                if truth is Truth.TRUE:
                    true.append(at)
        return self.disj(true), self.disj(possible)

    def _truth(self, node: Any, paths: list[Steps], places: tuple[int, ...]) -> Truth:
        data: dict[str, Any] = {}
        for path, place in zip(paths, places, strict=True):
            value = self.domains[path][place]
            if value is not None:
                at = data
                for step in path[:-1]:
                    at = at.setdefault(step, {})
                at[path[-1]] = value
        return Evaluator(self.policy.record(data), None).evaluate(node)

    def is_at(self, path: Steps, place: int) -> F:
        """Return that a field has one of its values."""
        name = (path, "twin") if path == self.twin else path
        parts = [self.logic.bit((name, place))] if place else []
        if place + 1 < len(self.domains[path]):
            parts.append(self.logic.neg(self.logic.bit((name, place + 1))))
        return self.conj(parts)

    # --- sums -------------------------------------------------------------------------------------

    def _is_number(self, term: Any) -> bool:
        return isinstance(term.type, types.Number)

    def _sums(self, op: str, left: Any, right: Any) -> Rails[F]:
        (a, known_a), (b, known_b) = self._sum(left), self._sum(right)
        holds = {">=": a >= b, ">": a > b, "<=": a <= b, "<": a < b, "=": a == b, "!=": a != b}[op]
        known = self.conj([*known_a, *known_b])
        return self.conj([known, holds]), self.disj([self.logic.neg(known), holds])

    def _sum(self, term: Any) -> tuple[Any, list[F]]:
        match term:
            case c.Constant(value):
                return z3.RealVal(str(Fraction(value.low))), []
            case c.FieldValue(path):
                steps = tuple(map(str, path.steps))
                return self.logic.real(steps), [self.logic.bit((steps, "known"))]
            case c.Sum(parts):
                made = [(z3.RealVal(str(factor)), *self._sum(one)) for factor, one in parts]
                return z3.Sum([k * one for k, one, _ in made]), [x for *_, known in made for x in known]
        raise AssertionError(term)


def cuts_of(*policies: Policy) -> dict[Steps, set[Cut]]:
    """Return where the rules of some policies cut the line of each number."""
    cuts: dict[Steps, set[Cut]] = {}
    for policy in policies:
        for instance in policy.predicates.instances:
            for effect in instance.effects:
                collect(effect.predicate, cuts, set())
            collect(instance.active, cuts, set())
    return cuts


def leaves(fields: tuple[types.Field, ...], at: Steps = ()) -> Iterator[tuple[Steps, types.Type]]:
    for field in fields:
        path = (*at, field.name)
        match field.type:
            case types.Group(inner):
                yield from leaves(inner, path)
            case types.Table(over, inner):
                for member in over.members:
                    yield from leaves(inner, (*path, member))
            case leaf:
                yield path, leaf


def _values(type_: types.Type, cuts: set[Cut]) -> list[Any]:
    """Return one value of each region that rules tell apart."""
    match type_:
        case types.Scale(levels=levels):
            return list(levels)
        case types.Set(members=members):
            return list(members)
        case types.Bool():
            return [False, True]
        case types.Number():
            listed = sorted(cuts)
            if not listed:
                return [0]
            found = [listed[0][0] - 1]
            for (low, above), (high, _) in pairwise([*listed, (listed[-1][0] + 1, False)]):
                found.append((low + high) / 2 if above else low)
            return [float(x) for x in found]
    raise AssertionError(type_)


class Opinion(Generic[F]):
    """What an engine says of one policy, of those that a reading is for."""

    def __init__(self, reading: Reading[F], policy: Policy) -> None:
        self.reading = reading
        self.policy = policy
        self.possible = reading.logic.possible

    def rails(self, effect: Effect) -> Rails[F]:
        return self.reading.rails(effect.predicate)

    def bearing(self, action: str, *kinds: str) -> list[tuple[Instance, Effect]]:
        return [
            (instance, effect)
            for instance in self.policy.predicates.instances
            for effect in instance.effects
            if effect.kind in kinds and action in effect.actions
        ]

    def _at_odds(self, action: str) -> set[str]:
        """Return the rules that permit an action where another forbids it, and the other way round."""
        kinds = ("permit", "forbid")
        sides = {
            kind: self.reading.disj(self.rails(e)[0] for _, e in self.bearing(action, kind)) for kind in kinds
        }
        return {
            instance.rule.label
            for kind, other in zip(kinds, reversed(kinds), strict=True)
            for instance, effect in self.bearing(action, kind)
            if self.possible(self.rails(effect)[0], sides[other])
        }

    def own(self, action: str) -> Rails[F]:
        """Return the rails of "may" for an action; those of the policies made here widen none."""
        reading = self.reading
        forbidden = self._any(action, "forbid", "require")
        if self.policy.actions[action].permitted:
            return reading.not_(forbidden)
        permitted = self._any(action, "permit")
        return reading.not_(reading.either([forbidden, reading.not_(permitted)]))

    def _any(self, action: str, *kinds: str) -> Rails[F]:
        """Return that some effect is there; those that read the same fields stand together."""
        place = self.reading.place
        effects = sorted((e for _, e in self.bearing(action, *kinds)), key=lambda e: place(e.predicate))
        return self.reading.either([self.rails(e) for e in effects])

    @cached_property
    def may(self) -> dict[str, Rails[F]]:
        return {action: self.own(action) for action in self.policy.actions}

    # --- check ------------------------------------------------------------------------------------

    def findings(self) -> list[tuple[str, ...]]:
        """Return dead and shadowed rules, conflicts, gates that never open or close, scores both ways."""
        found: list[tuple[str, ...]] = []
        dead = {rule.label for rule in self.policy.rules if not self._lives(rule.label)}
        found += [("dead", label) for label in dead]
        found += [("shadowed", label) for label in self._shadowed() - dead]
        for action in self.policy.actions:
            found += [("conflict", action, label) for label in self._at_odds(action)]
            if self.policy.is_constrained(action):
                true, possible = self.may[action]
                if not self.possible(true):
                    found.append(("never permitted", action))
                if not self.possible(self.reading.logic.neg(possible)):
                    found.append(("never forbidden", action))
            found += [("both ways", action, ".".join(path)) for path in self._both_ways(action)]
        return sorted(found)

    def _lives(self, label: str) -> bool:
        own = (i for i in self.policy.predicates.instances if i.rule.label == label)
        return bool(self.possible(self.reading.disj(self.reading.rails(i.active)[0] for i in own)))

    def _shadowed(self) -> set[str]:
        reading, neg = self.reading, self.reading.logic.neg
        silent, heard = set[str](), set[str]()
        for action in self.policy.predicates.actions:
            sides = [("forbid", "require")] if action.permitted else [("forbid", "require"), ("permit",)]
            for kinds in sides:
                rules: dict[str, list[Rails[F]]] = {}
                for instance, effect in self.bearing(action.name, *kinds):
                    rules.setdefault(instance.rule.label, []).append(self.rails(effect))
                rails = {label: reading.either(found) for label, found in rules.items()}
                silent |= rails.keys()
                for (label, (true, possible)), others in zip(rails.items(), self._others(rails), strict=True):
                    if self.possible(true, neg(others[0])) or self.possible(possible, neg(others[1])):
                        heard.add(label)
        return silent - heard

    def _others(self, rails: dict[str, Rails[F]]) -> list[Rails[F]]:
        """Return for each rule what all the others say."""
        none = (self.reading.logic.false, self.reading.logic.false)
        before, after = [none], [none]
        listed = list(rails.values())
        if not listed:
            return []
        for one in listed[:-1]:
            before.append(self.reading.either([before[-1], one]))
        for one in listed[:0:-1]:
            after.append(self.reading.either([after[-1], one]))
        return [self.reading.either([a, b]) for a, b in zip(before, reversed(after), strict=True)]

    def _both_ways(self, action: str) -> Iterator[Steps]:
        """Yield each adjustable level whose rise alone can permit an action, and whose fall can."""
        reading, neg = self.reading, self.reading.logic.neg
        low = self.may[action][0]
        read = frozenset[Steps]().union(
            *(reading.reads(e.predicate) for _, e in self.bearing(action, "forbid", "require", "permit"))
        )
        for path in read:
            if path not in reading.domains or not self._is_adjustable_level(path):
                continue
            reading.twin = path
            reading._demand(path, (path, "twin"))
            high = self.own(action)[0]
            rises = self._rises(path)
            reading.twin = None
            if self.possible(rises, low, neg(high)) and self.possible(rises, neg(low), high):
                yield path

    def _is_adjustable_level(self, path: Steps) -> bool:
        """Return whether a level may be changed, by the field's own word; groups here have none."""
        fields = self.policy.schema.fields
        for step in path:
            for field in fields:
                if field.name == step:
                    if isinstance(field.type, types.Scale):
                        return field.adjustable
                    fields = getattr(field.type, "fields", ())
                    break
        return False

    def _rises(self, path: Steps) -> F:
        reading = self.reading
        size = len(reading.domains[path])
        pairs = []
        for low, high in product(range(1, size), repeat=2):
            if low < high:
                reading.twin = None
                first = reading.is_at(path, low)
                reading.twin = path
                pairs.append(reading.conj([first, reading.is_at(path, high)]))
        return reading.disj(pairs)


VERDICTS = {
    (False, False): "equivalent",
    (True, False): "looser",
    (False, True): "stricter",
    (True, True): "incomparable",
}


def changes(old: Opinion[F], new: Opinion[F], action: str) -> tuple[F, F]:
    """Return which records a change of policies makes looser, and which stricter."""
    reading = old.reading
    neg, conj = reading.logic.neg, reading.conj
    (true, possible), (new_true, new_possible) = old.may[action], new.may[action]
    looser = reading.disj([conj([neg(true), new_true]), conj([neg(possible), new_possible])])
    stricter = reading.disj([conj([true, neg(new_true)]), conj([possible, neg(new_possible)])])
    return looser, stricter


def verdicts(old: Opinion[F], new: Opinion[F]) -> list[tuple[str, str]]:
    """Return how each action changes."""
    found = []
    for action in old.policy.actions:
        looser, stricter = (bool(old.possible(one)) for one in changes(old, new, action))
        found.append((action, VERDICTS[looser, stricter]))
    return found
