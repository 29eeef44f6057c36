"""Decision to proof: for each truth just the premises that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from policylang.core.content import EffectId
from policylang.core.decision import Decision, decide
from policylang.core.outcomes import widening
from policylang.core.evaluator import steps
from policylang.core.predicates import Predicate
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
    used = {digest for digest, _, _ in prover.predicates}
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
        self.content = history[-1].policy.content
        self.history, self.last = history, len(history) - 1
        self.nodes: list[p.Node] = []
        self.gates: dict[tuple[str, str, int | None], Operand] = {}
        self.effects: dict[tuple[EffectId, int | None], int] = {}
        self.predicates: dict[tuple[str, tuple[tuple[str, Steps], ...], int | None], int] = {}
        self.facts: dict[tuple[Steps | None, int | None], int] = {}

    def add(
        self, statement: p.Statement, truth: Truth | None, by: str, premises: tuple[int, ...], at: str = ""
    ) -> int:
        self.nodes.append(p.Node(statement, truth, by, premises, at))
        return len(self.nodes) - 1

    def count(self, statement: p.Statement, n: int, operands: list[Operand]) -> Operand:
        """Return whether at least ``n`` of the operands hold, to be proved from as few as show it."""
        truths = [truth for truth, _ in operands]
        result = at_least(n, truths)
        place = None

        def prove_it() -> int:
            nonlocal place
            if place is None:
                chosen = [operands[i][1]() for i, _ in _enough(n, len(operands), truths, result)]
                place = self.add(statement, result, p.rule_of(result), tuple(dict.fromkeys(chosen)))
            return place

        return result, prove_it

    # --- actions and effects --------------------------------------------------------------------

    def is_plain(self, action: str, outcome: str) -> bool:
        """Return whether the outcome is the same without a past."""
        if self.last == 0:
            return True
        present = self.history[-1]
        plain = decide(present.policy, present.record, present.today)
        return plain[action].value == outcome

    def root(self, action: str, on: int | None) -> int:
        return self.gate("open", action, on)[1]()

    def gate(self, kind: str, action: str, on: int | None) -> Operand:
        key = (kind, action, on)
        if key not in self.gates:
            operands = list(self.gate_operands(kind, action, on))
            n = 1 if kind in ("prohibited", "allowed") else len(operands)
            self.gates[key] = self.count(p.Gate(kind, action, on), n, operands)
        return self.gates[key]

    def gate_operands(self, kind: str, action: str, on: int | None) -> Iterator[Operand]:
        actions = self.content.actions
        match kind:
            case "open":
                for one in widening(actions, action):
                    yield self.gate("clear", one, on)
            case "clear":
                truth, prove_it = self.gate("prohibited", action, on)
                yield ~truth, prove_it
                if not actions[action].permitted:
                    yield self.gate("allowed", action, on)
            case _:
                for place in self.content.places_of[action, kind == "allowed"]:
                    yield self.in_force(place, on)

    def in_force(self, place: int, on: int | None) -> Operand:
        """Return an effect's truth; with a past it is proved forward from where the past matters."""
        finding = self.decided(on).findings[place]
        if on is None:
            return finding.active, lambda: self.now(place, None)
        start = on
        while self.needs_past(place, start):
            start -= 1
        return finding.force, lambda: [self.now(place, at) for at in range(start, on + 1)][-1]

    def needs_past(self, place: int, on: int) -> bool:
        _, effect = self.content.effects[place]
        if on == 0 or effect.until is None or self.history[on].findings[place].active is TRUE:
            return False
        return self.history[on].evaluator.evaluate(effect.until) is not TRUE

    def now(self, place: int, on: int | None) -> int:
        key, effect = self.content.effects[place]
        if (key, on) not in self.effects:
            active = self.decided(on).findings[place].active
            ways: list[Operand] = [(active, lambda: self.predicate(effect.predicate, {}, on, active))]
            if on and effect.until is not None:
                ways.append(self.held(place, on, effect.until))
            self.effects[key, on] = self.count(p.InForce(key, on), 1, ways)[1]()
        return self.effects[key, on]

    def held(self, place: int, on: int, until: Predicate) -> Operand:
        key, _ = self.content.effects[place]
        released = self.history[on].evaluator.evaluate(until)
        before = self.history[on - 1].findings[place].force
        operands: list[Operand] = [
            (~released, lambda: self.predicate(until, {}, on, released)),
            (before, lambda: self.effects[key, on - 1]),
        ]
        return self.count(p.Held(key, on), 2, operands)

    # --- predicates -----------------------------------------------------------------------------

    def predicate(self, node: Predicate, at_hand: AtHand, on: int | None, truth: Truth) -> int:
        digest = self.content.digest_of[id(node)]
        if on == self.last:
            on = None  # the same record and date, with or without a past
        entries = tuple([(name, at_hand[name]) for name in self.content.entries[digest]])
        place = self.predicates.get((digest, entries, on))
        if place is None:
            place = self.state(p.Predicated(digest, entries, on), node, at_hand, truth)
            self.predicates[digest, entries, on] = place
        return place

    def state(self, statement: p.Predicated, node: Predicate, at_hand: AtHand, truth: Truth) -> int:
        on, at, fact = statement.on, str(node.span), None
        decision = self.decided(on)
        match node:
            case c.Not():
                premise = self.predicate(node.operand, at_hand, on, ~truth)
                return self.add(statement, truth, p.rule_of(truth), (premise,), at)
            case c.And():
                n, cases = len(node.operands), [(one, at_hand) for one in node.operands]
            case c.Or():
                n, cases = 1, [(one, at_hand) for one in node.operands]
            case c.AtLeast():
                n, cases = node.n, [(one, at_hand) for one in node.operands]
            case c.AtLeastEntries(n, path, entry, body):
                where = steps(path, at_hand)
                known, fact = decision.record[where], self.given(where, on, at)
                if not isinstance(known, Entries):
                    return self.add(statement, truth, p.ENOUGH if n <= 0 else p.UNLISTED, (fact,), at)
                cases = [(body, {**at_hand, entry: (*where, i)}) for i in range(known.count)]
            case _:
                assert isinstance(node, c.Atom)
                return self.add(statement, truth, p.READ, self.read(node, at_hand, on, at, truth), at)
        evaluate = decision.evaluator.evaluate
        chosen = _enough(n, len(cases), (evaluate(*case) for case in cases), truth)
        proved = [self.predicate(*cases[i], on, found) for i, found in chosen]
        if fact is not None:
            proved.insert(0, fact)
        return self.add(statement, truth, p.rule_of(truth), tuple(dict.fromkeys(proved)), at)

    # --- facts ----------------------------------------------------------------------------------

    def decided(self, on: int | None) -> Decision:
        return self.history[-1 if on is None else on]

    def given(self, path: Steps, on: int | None, at: str) -> int:
        place = self.facts.get((path, on))
        if place is None:
            type_ = self.content.schema.type_at(path)
            assert type_ is not None
            value = p.fact_json(self.decided(on).record[path], type_)
            place = self.facts[path, on] = self.add(p.Given(path, value, on), None, p.GIVEN, (), at)
        return place

    def today_is(self, on: int | None, at: str) -> int:
        place = self.facts.get((None, on))
        if place is None:
            today = self.decided(on).today
            day = today.isoformat() if today else None
            place = self.facts[None, on] = self.add(p.TodayIs(day, on), None, p.GIVEN, (), at)
        return place

    def read(self, node: c.Atom, at_hand: AtHand, on: int | None, at: str, truth: Truth) -> tuple[int, ...]:
        """Return the facts that an atom's truth needs: one unknown value, or all that it reads."""
        decision = self.decided(on)
        match node:
            case c.Fixed():
                return ()
            case c.Missing() | c.Holds():
                return (self.given(steps(node.path, at_hand), on, at),)
            case c.Attested():
                where = steps(node.path, at_hand)
                fact = self.given(where, on, at)
                return (fact,) if decision.record[where] is None else (fact, self.today_is(on, at))
        values = [term for term in atoms(node) if not isinstance(term, c.Constant)]
        if truth is UNKNOWN:
            unknown = (one for one in values if decision.evaluator.range_of(one, at_hand) is None)
            values = list(islice(unknown, 1)) or values
        found: list[int] = []
        needs_today = False
        for term in values:
            if isinstance(term, c.FieldValue):
                where = steps(term.path, at_hand)
                found.append(self.given(where, on, at))
                is_past = isinstance(term.type, types.Date) and term.type.past
                needs_today |= is_past and decision.record[where] is not None
            else:
                needs_today |= isinstance(term, c.Today)
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


def _enough(n: int, total: int, truths: Iterable[Truth], result: Truth) -> list[tuple[int, Truth]]:
    """Return the operands that show whether at least ``n`` hold: all unknown ones where none decides.

    Each comes with its truth. No truth is asked for that tells nothing new.
    """
    fails = total - n + 1  # so many that do not hold leave fewer than n
    if result is not UNKNOWN:
        needed = max(n if result is TRUE else fails, 0)
        found = range(total) if needed == total else (i for i, x in enumerate(truths) if x is result)
        return [(i, result) for i in islice(found, needed)]
    known = list(enumerate(truths))
    unknown = [one for one in known if one[1] is UNKNOWN]
    true = [one for one in known if one[1] is TRUE][: max(n - len(unknown), 0)]
    false = [one for one in known if one[1] is FALSE][: max(fails - len(unknown), 0)]
    return unknown + true + false
