"""Decision to proof: for each truth just the premises that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from policylang.core.content import EffectId
from policylang.core.decision import Decision, decide, widening
from policylang.core.evaluator import steps
from policylang.core.predicates import Effect, Predicate
from policylang.core.record import Steps
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.proof import proof as p
from policylang.source import deep_stack
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth, at_least
from policylang.values import Entries

AtHand = Mapping[str, Steps]
Operand = tuple[Truth, Callable[[], int]]
"""A truth, and how to prove it: the place of its node."""


def prove(decision: Decision, actions: Iterable[str] | None = None) -> p.Proof:
    """Return the proof of the outcomes of some actions, by default of all."""
    policy, content = decision.policy, decision.policy.content
    history = decision.history
    prover = _Prover(history)
    last = len(history) - 1
    conclusions = []
    with deep_stack():
        for action in policy.actions if actions is None else actions:
            outcome = decision[action].value
            with_past = prover.root(action, last) if last else None
            plain = prover.root(action, None) if prover.is_plain(action, outcome) else None
            conclusions.append(
                p.Conclusion(action, outcome, decision.is_constrained(action), plain, with_past)
            )
    used = {n.statement.predicate for n in prover.nodes if isinstance(n.statement, p.Predicated)}
    return p.Proof(
        policy.digest,
        decision.record.digest,
        decision.today,
        tuple((d.today, d.record.digest) for d in history if d.today is not None) if last else (),
        tuple(conclusions),
        tuple(prover.nodes),
        content.json,
        {digest: content.shallow[digest] for digest in sorted(used)},
        decision,
    )


class _Prover:
    def __init__(self, history: tuple[Decision, ...]) -> None:
        policy = history[-1].policy
        self.content = policy.content
        self.schema = policy.schema
        self.actions = dict(policy.actions)
        self.history = history
        self.nodes: list[p.Node] = []
        self.places: dict[p.Statement, int] = {}
        self.predicates: dict[tuple[str, tuple[tuple[str, Steps], ...], int | None], int] = {}
        self.facts: dict[tuple[Any, int | None], int] = {}
        self.effects: dict[tuple[str, bool], list[int]] = {}
        for place, (_, effect) in enumerate(self.content.effects):
            for action in effect.actions:
                self.effects.setdefault((action, effect.kind == "permit"), []).append(place)

    def add(
        self, statement: p.Statement, truth: Truth | None, by: str, premises: tuple[int, ...], at: str = ""
    ) -> int:
        self.nodes.append(p.Node(statement, truth, by, premises, at))
        return len(self.nodes) - 1

    def count(
        self,
        statement: p.Statement,
        n: int,
        total: int,
        operands: Iterable[Operand],
        result: Truth | None = None,
        facts: tuple[int, ...] = (),
        at: str = "",
    ) -> int:
        """Prove whether at least ``n`` of the operands hold, from as few of them as show it."""
        if result is None:
            operands = list(operands)
            result = at_least(n, (truth for truth, _ in operands))
        chosen = _enough(n, total, operands, result)
        premises = (*facts, *dict.fromkeys([prove_it() for _, prove_it in chosen]))
        return self.add(statement, result, p.COUNTING[result], premises, at)

    # --- actions and effects --------------------------------------------------------------------

    def is_plain(self, action: str, outcome: str) -> bool:
        """Return whether the outcome is the same without a past."""
        if len(self.history) == 1:
            return True
        present = self.history[-1]
        plain = decide(present.policy, present.record, present.today)
        return plain[action].value == outcome

    def root(self, action: str, on: int | None) -> int:
        return self.gate("open", action, on)[1]()

    def gate(self, kind: str, action: str, on: int | None) -> Operand:
        operands = list(self.gate_operands(kind, action, on))
        n = 1 if kind in ("prohibited", "allowed") else len(operands)
        truth = at_least(n, (truth for truth, _ in operands))
        statement = p.Gate(kind, action, on)

        def prove_it() -> int:
            if statement not in self.places:
                self.places[statement] = self.count(statement, n, len(operands), operands, truth)
            return self.places[statement]

        return truth, prove_it

    def gate_operands(self, kind: str, action: str, on: int | None) -> Iterator[Operand]:
        match kind:
            case "open":
                for one in widening(self.actions, action):
                    yield self.gate("clear", one, on)
            case "clear":
                truth, prove_it = self.gate("prohibited", action, on)
                yield ~truth, prove_it
                if not self.actions[action].permitted:
                    yield self.gate("allowed", action, on)
            case _:
                for place in self.effects.get((action, kind == "allowed"), []):
                    yield self.in_force(place, on)

    def in_force(self, place: int, on: int | None) -> Operand:
        """Return an effect's truth; with a past it is proved forward from where the past matters."""
        key, effect = self.content.effects[place]
        finding = self.decided(on).findings[place]
        if on is None:
            return finding.active, lambda: self.now(key, effect, None, [])
        start = on
        while self.needs_past(place, start):
            start -= 1

        def forward() -> int:
            node = -1
            for at in range(start, on + 1):
                node = self.now(key, effect, at, [self.held(place, at)] if at and effect.until else [])
            return node

        return finding.force, forward

    def needs_past(self, place: int, on: int) -> bool:
        _, effect = self.content.effects[place]
        if on == 0 or effect.until is None or self.history[on].findings[place].active is TRUE:
            return False
        return self.history[on].evaluator.evaluate(effect.until) is not TRUE

    def now(self, key: EffectId, effect: Effect, on: int | None, held: list[Operand]) -> int:
        statement = p.InForce(key, on)
        if statement not in self.places:
            ways = [self.operand(effect.predicate, {}, on), *held]
            self.places[statement] = self.count(statement, 1, len(ways), ways)
        return self.places[statement]

    def held(self, place: int, on: int) -> Operand:
        key, effect = self.content.effects[place]
        assert effect.until is not None
        released, release = self.operand(effect.until, {}, on)
        before = self.history[on - 1].findings[place].force
        statement = p.Held(key, on)
        operands: list[Operand] = [
            (~released, release),
            (before, lambda: self.places[p.InForce(key, on - 1)]),
        ]
        return ~released & before, lambda: self.count(statement, 2, 2, operands)

    # --- predicates -----------------------------------------------------------------------------

    def operand(self, node: Predicate, at_hand: AtHand, on: int | None) -> Operand:
        truth = self.decided(on).evaluator.evaluate(node, at_hand)
        return truth, lambda: self.predicate(node, at_hand, on, truth)

    def predicate(self, node: Predicate, at_hand: AtHand, on: int | None, truth: Truth) -> int:
        digest = self.content.digest_of[id(node)]
        if on == len(self.history) - 1:
            on = None  # the same record and date, with or without a past
        entries = tuple([(name, at_hand[name]) for name in self.content.entries[digest]])
        key = (digest, entries, on)
        if key not in self.predicates:
            statement = p.Predicated(digest, entries, on)
            self.predicates[key] = self.state(statement, node, at_hand, truth)
        return self.predicates[key]

    def state(self, statement: p.Predicated, node: Predicate, at_hand: AtHand, truth: Truth) -> int:
        on, at = statement.on, str(node.span)
        match node:
            case c.Not(operand):
                return self.count(statement, 1, 1, [self.negative(operand, at_hand, on)], truth, at=at)
            case c.And(operands):
                n = len(operands)
            case c.Or(operands):
                n = 1
            case c.AtLeast(n, operands):
                pass
            case c.AtLeastEntries(n, path, entry, body):
                where = steps(path, at_hand)
                known = self.decided(on).record[where]
                fact = self.given(where, p.fact_json(known, types.List(entry, ())), on, at)
                if not isinstance(known, Entries):
                    return self.add(statement, truth, p.ENOUGH if n <= 0 else p.UNLISTED, (fact,), at)
                hands = ({**at_hand, entry: (*where, i)} for i in range(known.count))
                cases = (self.operand(body, hand, on) for hand in hands)
                return self.count(statement, n, known.count, cases, truth, (fact,), at)
            case _:
                assert isinstance(node, c.Atom)
                return self.add(statement, truth, p.READ, self.read(node, at_hand, on, at), at)
        parts = (self.operand(x, at_hand, on) for x in operands)
        return self.count(statement, n, len(operands), parts, truth, at=at)

    def negative(self, node: Predicate, at_hand: AtHand, on: int | None) -> Operand:
        truth, prove_it = self.operand(node, at_hand, on)
        return ~truth, prove_it

    # --- facts ----------------------------------------------------------------------------------

    def decided(self, on: int | None) -> Decision:
        return self.history[-1 if on is None else on]

    def given(self, path: Steps, value: Any, on: int | None, at: str) -> int:
        place = self.facts.get((path, on))
        if place is None:
            place = self.facts[path, on] = len(self.nodes)
            self.nodes.append(p.Node(p.Given(path, value, on), None, p.GIVEN, (), at))
        return place

    def today_is(self, on: int | None, at: str) -> int:
        place = self.facts.get(("today", on))
        if place is None:
            today = self.decided(on).today
            place = self.facts["today", on] = len(self.nodes)
            day = today.isoformat() if today else None
            self.nodes.append(p.Node(p.TodayIs(day, on), None, p.GIVEN, (), at))
        return place

    def read(self, node: c.Atom, at_hand: AtHand, on: int | None, at: str) -> tuple[int, ...]:
        """Return the facts that an atom's truth needs: one unknown value, or all that it reads."""
        decision = self.decided(on)
        match node:
            case c.Fixed():
                return ()
            case c.Missing(path) | c.Holds(path) | c.Attested(path):
                where = steps(path, at_hand)
                type_ = p.type_at(self.schema, where)
                assert type_ is not None
                fact = self.given(where, p.fact_json(decision.record[where], type_), on, at)
                return (fact, self.today_is(on, at)) if isinstance(node, c.Attested) else (fact,)
        found: list[int] = []
        values = [term for term in atoms(node) if not isinstance(term, c.Constant)]
        unknown = [term for term in values if decision.evaluator.range_of(term, at_hand) is None]
        needs_today = False
        for term in unknown[:1] or values:
            is_past = isinstance(term.type, types.Date) and term.type.past
            match term:
                case c.FieldValue(path, type_):
                    where = steps(path, at_hand)
                    value = decision.record[where]
                    found.append(self.given(where, p.fact_json(value, type_), on, at))
                    needs_today |= is_past and value is not None
                case c.Today():
                    needs_today = True
        if needs_today:
            found.append(self.today_is(on, at))
        return tuple(dict.fromkeys(found))


def atoms(node: c.Condition) -> Iterator[c.Term]:
    """Yield the terms of a comparison that stand for one value each."""
    pending = list(reversed(c.terms(node)))
    while pending:
        match pending.pop():
            case c.Sum(parts):
                pending += [atom for _, atom in reversed(parts)]
            case c.DateSum(base):
                pending.append(base)
            case c.Graded(subject=subject):
                pending.append(subject)
            case term:
                yield term


def _enough(n: int, total: int, operands: Iterable[Operand], result: Truth) -> list[Operand]:
    """Return operands that show whether at least ``n`` hold: all unknown ones where none decides."""
    fails = total - n + 1  # so many that do not hold leave fewer than n
    if result is not UNKNOWN:
        return list(islice((o for o in operands if o[0] is result), max(n if result is TRUE else fails, 0)))
    operands = list(operands)
    unknown = [o for o in operands if o[0] is UNKNOWN]
    true = [o for o in operands if o[0] is TRUE][: max(n - len(unknown), 0)]
    false = [o for o in operands if o[0] is FALSE][: max(fails - len(unknown), 0)]
    return unknown + true + false
