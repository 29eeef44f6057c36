"""The independent checker: follows a proof node by node, trusting only the policy and the record.

It imports neither the evaluator nor the compiler nor any engine, decides nothing, and evaluates
nothing that the proof left out. There are three rules: a fact stands in the record, an atom follows
from facts (`policylang.proof.atoms`), and everything else is a count of operands. docs/proof.md has
the argument why an accepted proof is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from policylang.core.content import Content
from policylang.language import checked as c
from policylang.proof import proof as p
from policylang.proof.atoms import TODAY, Facts, where_of
from policylang.proof.proof import Gate, Given, Held, InForce, Predicated, Proof, ProofError, TodayIs
from policylang.truth import FALSE, TRUE, UNKNOWN
from policylang.values import Entries

if TYPE_CHECKING:
    from policylang.core.policy import Policy
    from policylang.core.record import Record, Steps

Weigh = Callable[[p.Statement], int | None]
"""How many operands a statement is: so many below zero when it counts negatively, None for no operand."""


def verify(
    proof: Proof,
    policy: Policy,
    record: Mapping[str, Any] | Record,
    *,
    today: date | None = None,
    history: Iterable[tuple[date, Mapping[str, Any] | Record]] | None = None,
) -> None:
    """Accept a proof that shows its outcomes right; ProofError with the first bad node otherwise.

    ``history`` are the dated records that the decision was made over, its own among them; a proof
    over a history is refused without. RecordError when a record is none of the policy's.
    """
    present, content = policy.record(record), policy.content
    _check(proof.policy == policy.digest, "policy.digest", "this is the proof of another policy")
    _check(proof.record == present.digest, "record.digest", "this is the proof for another record")
    _check(proof.today == today, "today", "this is the proof for another date")
    for digest, shallow in proof.predicates.items():
        if digest not in content.shallow or not p.same_json(shallow, content.shallow[digest]):
            raise ProofError(f"policy.predicates.{p.named(digest)}", "the policy has no such predicate")
    _check(p.same_json(proof.content, content.json), "policy", "the content is not the policy's")
    past = [] if history is None else _past(proof, policy, present, history)
    checker = _Checker(proof, content, [*past, (today, present)])
    for place, node in enumerate(proof.nodes):
        # Without its history a proof can only show what holds without a past.
        if history is not None or node.statement.on is None:
            checker.check(place)
    checker.check_use()
    _check(bool(proof.conclusions), "actions", "the proof concludes nothing")
    for one in proof.conclusions:
        checker.conclude(one, f"actions.{p.named(one.action)}", with_history=history is not None)


def _past(proof: Proof, policy: Policy, present: Record, history: Iterable[Any]) -> list[Any]:
    """Return the dated records before the decision's own; ProofError when the proof has others."""
    pairs = [(day, policy.record(data)) for day, data in history]
    days = [day for day, _ in pairs]
    _check(days == sorted(set(days)), "history", "the dates do not rise")
    pairs = [pair for pair in pairs if proof.today is not None and pair[0] <= proof.today]
    own = bool(pairs) and pairs[-1][0] == proof.today and pairs[-1][1].digest == present.digest
    _check(own, "history", "the history has no such record on the date of the proof")
    shown = [(day, one.digest) for day, one in pairs] if len(pairs) > 1 else []
    _check(list(proof.history) == shown, "history", "this is the proof for another history")
    return pairs[:-1]


def _check(holds: bool, path: str, message: str) -> None:
    if not holds:
        raise ProofError(path, message)


class _Checker:
    def __init__(self, proof: Proof, content: Content, history: Sequence[tuple[date | None, Record]]) -> None:
        self.proof, self.content, self.history = proof, content, history
        self.nodes, self.last = proof.nodes, len(history) - 1
        self.place = 0  # of the node that is being checked

    def refuse(self, message: str) -> NoReturn:
        raise ProofError(f"nodes[{self.place}]", message)

    def check_use(self) -> None:
        """Refuse a node that no other and no outcome rests on, and a predicate that no node speaks of."""
        idle = set(range(len(self.nodes))).difference(*[node.premises for node in self.nodes])
        idle -= {place for one in self.proof.conclusions for place in (one.plain, one.with_past)}
        if idle:
            self.place = min(idle)
            self.refuse("nothing rests on the node")
        spoken = {n.statement.predicate for n in self.nodes if isinstance(n.statement, Predicated)}
        _check(spoken >= self.proof.predicates.keys(), "policy.predicates", "no node speaks of one of them")

    def conclude(self, one: p.Conclusion, path: str, *, with_history: bool) -> None:
        """Check that roots state the outcome of an action: without a past, with it, or both."""
        actions, bearing, last = self.content.actions, self.content.bearing, len(self.proof.history) - 1
        _check(one.action in actions, path, "the policy declares no such action")
        bound = any(bearing[a, False] or not actions[a].permitted for a in self.chain(one.action))
        _check(one.constrained == bound, path, "whether the action is constrained is misstated")
        _check(with_history or one.plain is not None, path, "the past decides this: its history is needed")
        _check((one.with_past is None) == (last < 0), path, "a history and only it has a past")
        roots = [(one.plain, None)] if one.plain is not None or last < 0 else []
        for root, on in [*roots, (one.with_past, last)] if last >= 0 else roots:
            if root is None or not 0 <= root < len(self.nodes):
                raise ProofError(path, "no node states the outcome")
            node = self.nodes[root]
            _check(node.statement == Gate("open", one.action, on), path, "the node states another thing")
            shows = node.truth is not None and p.OUTCOMES[node.truth] == one.outcome
            _check(shows, path, "the node shows another outcome")

    def check(self, place: int) -> None:
        """Check that a node follows from its premises, which stand before it and were checked."""
        self.place, node = place, self.nodes[place]
        statement, premises = node.statement, node.premises
        if premises and not 0 <= min(premises) <= max(premises) < place:
            self.refuse("a premise does not stand before it")
        # Two nodes that say the same are one premise, or what holds once would count twice.
        if len(premises) > 1 and len({self.nodes[i].statement for i in premises}) < len(premises):
            self.refuse("a premise stands twice")
        if statement.on is not None and not 0 <= statement.on <= self.last:
            self.refuse("the history has no such date")
        match statement:
            case Predicated():
                self.check_predicate(node, statement)
            case Given() | TodayIs():
                if node.truth is not None or node.by != p.GIVEN or premises:
                    self.refuse("a fact has no premises")
                if not self.is_fact(statement):
                    self.refuse("the record or the date differs")
            case _:
                n, operands = self.operands(statement)
                self.count(node, premises, n, len(operands), operands.get)

    # --- counting: whether at least n of the operands hold ---------------------------------------

    def count(self, node: p.Node, premises: Iterable[int], n: int, total: int, weigh: Weigh) -> None:
        """Check that the operands among the premises give the node's truth."""
        true = false = unknown = 0
        for i in premises:
            one = self.nodes[i]
            weight = weigh(one.statement)
            if not weight or one.truth is None:
                self.refuse("a premise is none of what it rests on")
            if one.truth is UNKNOWN:
                unknown += abs(weight)
            elif (one.truth is TRUE) == (weight > 0):
                true += abs(weight)
            else:
                false += abs(weight)
        fails = total - n + 1  # so many that do not hold leave fewer than n
        if node.truth is TRUE:
            follows = node.by == p.ENOUGH and true >= n
        elif node.truth is FALSE:
            follows = node.by == p.TOO_FEW and false >= fails
        else:
            undecided = node.truth is UNKNOWN and node.by == p.UNDECIDED
            follows = undecided and true + unknown >= n and false + unknown >= fails
        if not follows:
            self.refuse("this does not follow from its premises")

    def operands(self, statement: Gate | InForce | Held) -> tuple[int, dict[p.Statement, int]]:
        """Return n and the operands of a statement: it holds when at least n of them do."""
        on, actions, effect_of = statement.on, self.content.actions, self.content.effect_of
        found: dict[p.Statement, int] = {}
        match statement:
            case Gate() if (action := statement.action) in actions:
                if (kind := statement.kind) in ("prohibited", "allowed"):
                    # Rules that are alike in all are one operand here, and count as one: a disjunction.
                    return 1, {InForce(key, on): 1 for key in self.content.bearing[action, kind == "allowed"]}
                if kind == "open":
                    found = {Gate("clear", one, on): 1 for one in self.chain(action)}
                elif kind == "clear":
                    found[Gate("prohibited", action, on)] = -1
                    if not actions[action].permitted:
                        found[Gate("allowed", action, on)] = 1
                if found:
                    return len(found), found
            case InForce() if (effect := effect_of.get(statement.effect)) is not None:
                found[self.root(effect.predicate, on)] = 1
                if on and effect.until is not None:
                    found[Held(statement.effect, on)] = 1
                return 1, found
            case Held(key, day) if key in effect_of and day and (until := effect_of[key].until) is not None:
                return 2, {InForce(key, day - 1): 1, self.root(until, day): -1}
        self.refuse("the policy knows no such statement")

    def chain(self, action: str) -> list[str]:
        """Return an action and all that it widens, in turn."""
        found = [action]
        while (wider := self.content.actions[found[-1]].widens) is not None:
            found.append(wider)
        return found

    def root(self, predicate: c.Condition, on: int | None) -> Predicated:
        """Return a predicate's statement; the decision's own date is the same with a past or without."""
        return Predicated(self.content.digest_of[id(predicate)], (), None if on == self.last else on)

    # --- predicates ------------------------------------------------------------------------------

    def check_predicate(self, node: p.Node, statement: Predicated) -> None:
        digest, entries = statement.predicate, statement.entries
        if digest not in self.proof.predicates:
            self.refuse("its predicate is not shown")
        if tuple([name for name, _ in entries]) != self.content.entries[digest]:
            self.refuse("other entries are at hand")
        match predicate := self.content.predicates[digest]:
            case c.And():
                self.check_parts(node, statement, len(predicate.operands), 1)
            case c.Or():
                self.check_parts(node, statement, 1, 1)
            case c.Not():
                self.check_parts(node, statement, 1, -1)
            case c.AtLeast():
                self.check_parts(node, statement, predicate.n, 1)
            case c.AtLeastEntries():
                self.check_list(node, statement, predicate)
            case _:
                self.check_atom(node, statement, predicate)

    def check_parts(self, node: p.Node, statement: Predicated, n: int, sign: int) -> None:
        """Check a count of the conditions right below; one that stands twice counts twice."""
        entries, on, parts = statement.entries, statement.on, self.content.below(statement.predicate)

        def weigh(part: p.Statement) -> int | None:
            if isinstance(part, Predicated) and part.on == on and all(e in entries for e in part.entries):
                return sign * parts[part.predicate]
            return None

        self.count(node, node.premises, n, parts.total(), weigh)

    def check_list(self, node: p.Node, statement: Predicated, predicate: c.AtLeastEntries) -> None:
        """Check a count over a list: one premise gives the list, the others are about its entries."""
        entry, on = predicate.entry, statement.on
        where = where_of(predicate.list, dict(statement.entries))
        stated = [self.nodes[i].statement for i in node.premises]
        if [(one.path, one.on) for one in stated if isinstance(one, Given)] != [(where, on)]:
            self.refuse("the list is not given")
        known = self.at(on)[1].get(where)
        if not isinstance(known, Entries):
            follows = (TRUE, p.ENOUGH) if predicate.n <= 0 else (UNKNOWN, p.UNLISTED)
            if len(stated) > 1 or (node.truth, node.by) != follows:
                self.refuse("the list is unknown")
            return
        body = self.content.digest_of[id(predicate.body)]
        weight = 1 if entry in self.content.entries[body] else known.count
        outer = [e for e in statement.entries if e[0] != entry]

        def weigh(part: p.Statement) -> int | None:
            if not isinstance(part, Predicated) or part.predicate != body or part.on != on:
                return None
            for name, at in part.entries:
                mine = name == entry and at[:-1] == where and at[-1] in range(known.count)
                if not mine and (name, at) not in outer:
                    return None
            return weight

        rest = [i for i in node.premises if not isinstance(self.nodes[i].statement, Given)]
        self.count(node, rest, predicate.n, known.count, weigh)

    # --- facts, and what is read from them -------------------------------------------------------

    def at(self, on: int | None) -> tuple[date | None, Mapping[Steps, Any]]:
        """Return the date, and what its record holds."""
        today, record = self.history[-1 if on is None else on]
        return today, record.values

    def is_fact(self, statement: Given | TodayIs) -> bool:
        today, values = self.at(statement.on)
        if isinstance(statement, TodayIs):
            return statement.day == (today.isoformat() if today else None)
        path, type_ = statement.path, self.content.schema.type_at(statement.path)
        return type_ is not None and p.same_fact(statement.value, p.fact_json(values.get(path), type_))

    def check_atom(self, node: p.Node, statement: Predicated, atom: c.Condition) -> None:
        """Check what an atom says of the facts among its premises, which it must all ask for."""
        on, facts = statement.on, Facts(dict(statement.entries))
        today, values = self.at(on)
        for i in node.premises:
            fact = self.nodes[i].statement
            if isinstance(fact, Given) and fact.on == on:
                facts.given[fact.path] = values.get(fact.path)
            elif isinstance(fact, TodayIs) and fact.on == on:
                facts.given[TODAY] = today
            else:
                self.refuse("a premise is no fact that it reads")
        truth = facts.truth(atom)
        if not facts.asked.issuperset(facts.given):
            self.refuse("a premise is no fact that it reads")
        if truth is None:
            self.refuse("it needs a value that no premise gives")
        if node.truth is not truth or node.by != p.READ:
            self.refuse("the facts say another thing")
