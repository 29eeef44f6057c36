"""The independent checker: follows a proof node by node, trusting only the policy and the record.

It imports neither the evaluator nor the compiler nor any engine, decides nothing, and evaluates
nothing that the proof left out. There are three rules: a fact stands in the record, an atom follows
from facts (`policylang.proof.atoms`), and everything else is a count of operands. docs/proof.md has
the argument why an accepted proof is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from policylang.core.content import EffectId
from policylang.language import checked as c
from policylang.proof import proof as p
from policylang.proof.proof import Gate, Given, Held, InForce, Predicated, Proof, ProofError, TodayIs
from policylang.proof.atoms import Facts, where_of
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Entries

if TYPE_CHECKING:
    from policylang.core.policy import Policy
    from policylang.core.record import Record

OTHER = "the node shows another outcome"
FOREIGN = "a premise is none of what it rests on"
Signed = tuple[p.Statement, bool]  # an operand, and whether it counts as it is or exchanged


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
    present = policy.record(record)
    _check(proof.policy == policy.digest, "policy.digest", "this is the proof of another policy")
    _check(proof.record == present.digest, "record.digest", "this is the proof for another record")
    _check(proof.today == today, "today", "this is the proof for another date")
    _check(p.same(proof.content, policy.content.json), "policy", "the content is not the policy's")
    for digest, shallow in proof.predicates.items():
        known = policy.content.shallow.get(digest)
        _check(p.same(shallow, known), f"policy.predicates.{digest}", "the policy has no such predicate")
    _check(bool(proof.conclusions), "actions", "the proof concludes nothing")
    past = [] if history is None else _past(proof, policy, present, history)
    checker = _Checker(proof, policy, [*past, (today, present)])
    for place, node in enumerate(proof.nodes):
        # Without its history a proof can only show what holds without a past.
        if history is not None or node.statement.on is None:
            checker.check(place, node)
    _check((idle := proof.idle_node()) is None, idle or 0, "nothing rests on the node")
    for one in proof.conclusions:
        path = f"actions.{one.action}"
        alone = history is not None or one.plain is not None
        _check(alone, path, "the past decides this: its history is needed")
        _check((one.with_past is None) == (not proof.history), path, "a history and only it has a past")
        if proof.history:
            checker.conclude(one, one.with_past, len(proof.history) - 1, path)
        if one.plain is not None or not proof.history:
            checker.conclude(one, one.plain, None, path)


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


def _check(holds: bool, path: str | int, message: str) -> None:
    if not holds:
        raise ProofError(path if isinstance(path, str) else f"nodes[{path}]", message)


class _Checker:
    def __init__(self, proof: Proof, policy: Policy, history: Sequence[tuple[date | None, Record]]) -> None:
        self.proof, self.policy, self.history = proof, policy, history
        self.content = policy.content
        self.actions = dict(policy.actions)
        self.effects = dict(self.content.effects)
        self.bearing: dict[tuple[str, bool], list[EffectId]] = {}
        for key, effect in self.content.effects:
            for action in effect.actions:
                self.bearing.setdefault((action, effect.kind == "permit"), []).append(key)

    def conclude(self, one: p.Conclusion, root: int | None, on: int | None, path: str) -> None:
        """Check that a root states the outcome of the action, without a past or with it."""
        _check(one.action in self.actions, path, "the policy declares no such action")
        chain = self.chain(one.action)
        bound = any((a, False) in self.bearing or not self.actions[a].permitted for a in chain)
        _check(one.constrained == bound, path, "whether the action is constrained is misstated")
        _check(root is not None and 0 <= root < len(self.proof.nodes), path, "no node states the outcome")
        node = self.proof.nodes[root or 0]
        _check(node.statement == Gate("open", one.action, on), path, "the node states another thing")
        _check(node.truth is not None and p.OUTCOMES[node.truth] == one.outcome, path, OTHER)

    def check(self, place: int, node: p.Node) -> None:
        """Check that a node follows from its premises, which stand before it and were checked."""
        statement, on, path = node.statement, node.statement.on, place
        _check(all(0 <= i < place for i in node.premises), path, "a premise does not stand before it")
        _check(on is None or 0 <= on < len(self.history), path, "the history has no such date")
        premises = [self.proof.nodes[i] for i in node.premises]
        # Two nodes that say the same are one premise, or what holds once would count twice.
        _check(len({one.statement for one in premises}) == len(premises), path, "a premise stands twice")
        match statement:
            case Predicated(digest, entries):
                names = self.content.entries.get(digest)
                shown = names is not None and digest in self.proof.predicates
                _check(shown, path, "its predicate is not shown")
                _check(tuple([name for name, _ in entries]) == names, path, "other entries are at hand")
                predicate = self.content.predicates[digest]
                if isinstance(predicate, c.Atom):
                    found = self.read(predicate, statement, premises, path)
                    _check((node.truth, node.by) == (found, p.READ), path, "the facts say another thing")
                elif isinstance(predicate, c.AtLeastEntries):
                    self.check_list(predicate, statement, node, premises, path)
                else:
                    self.check_parts(predicate, statement, node, premises, path)
            case Given() | TodayIs():
                _check((node.truth, node.by, premises) == (None, p.GIVEN, []), path, "a fact has no premises")
                _check(self.is_fact(statement), path, "the record or the date differs")
            case _:
                n, operands = self.operands(statement, path)
                signs, weighed = dict(operands), []
                for one in premises:
                    sign = signs.get(one.statement)
                    if sign is None:
                        raise ProofError(f"nodes[{path}]", FOREIGN)
                    weighed.append((one.truth if sign or one.truth is None else ~one.truth, 1))
                # Rules that are alike in all are one operand here, and count as one: a disjunction.
                _check_count(node, n, len(signs), weighed, path)

    # --- counting: whether at least n of the operands hold ---------------------------------------

    def operands(self, statement: Gate | InForce | Held, path: int) -> tuple[int, list[Signed]]:
        """Return n and the operands of a statement: it holds when at least n of them do.

        An operand that is taken negatively holds when its statement is false.
        """
        on = statement.on
        match statement:
            case Gate("open", action) if action in self.actions:
                chain = self.chain(action)
                return len(chain), [(Gate("clear", one, on), True) for one in chain]
            case Gate("clear", action) if action in self.actions:
                needed: list[Signed] = [(Gate("prohibited", action, on), False)]
                if not self.actions[action].permitted:
                    needed.append((Gate("allowed", action, on), True))
                return len(needed), needed
            case Gate("prohibited" | "allowed" as kind, action) if action in self.actions:
                found = self.bearing.get((action, kind == "allowed"), [])
                return 1, [(InForce(key, on), True) for key in found]
            case InForce(key) if key in self.effects:
                effect = self.effects[key]
                ways: list[Signed] = [(self.root(effect.predicate, on), True)]
                if on and effect.until is not None:
                    ways.append((Held(key, on), True))
                return 1, ways
            case Held(key, day) if day and key in self.effects:
                until = self.effects[key].until
                if until is None:
                    raise ProofError(f"nodes[{path}]", "nothing holds an effect without `until`")
                return 2, [(self.root(until, day), False), (InForce(key, day - 1), True)]
        raise ProofError(f"nodes[{path}]", "the policy knows no such statement")

    def root(self, predicate: c.Condition, on: int | None) -> Predicated:
        """Return a predicate's statement; the decision's own date is the same with a past or without."""
        day = None if on == len(self.history) - 1 else on
        return Predicated(self.content.digest_of[id(predicate)], (), day)

    def check_parts(
        self, predicate: c.Condition, statement: Predicated, node: p.Node, premises: list[p.Node], path: int
    ) -> None:
        """Check a negation, conjunction, disjunction or count: it rests on conditions right below it."""
        below = [self.content.digest_of[id(x)] for x in c.children(predicate)]
        parts, total = set(below), len(below)
        match predicate:
            case c.And():
                n = total
            case c.AtLeast(n):
                pass
            case _:  # a disjunction; a negation, which counts what is below it as false
                n = 1
        is_positive = not isinstance(predicate, c.Not)
        weighed = []
        for one in premises:
            part = one.statement
            if not isinstance(part, Predicated) or part.predicate not in parts or part.on != statement.on:
                raise ProofError(f"nodes[{path}]", FOREIGN)
            _check(all(e in statement.entries for e in part.entries), path, FOREIGN)
            weight = 1 if len(parts) == total else below.count(part.predicate)
            weighed.append((one.truth if is_positive or one.truth is None else ~one.truth, weight))
        _check_count(node, n, total, weighed, path)

    def check_list(
        self,
        predicate: c.AtLeastEntries,
        statement: Predicated,
        node: p.Node,
        premises: list[p.Node],
        path: int,
    ) -> None:
        """Check a count over a list: one premise gives the list, the others are about its entries."""
        at, on = dict(statement.entries), statement.on
        where = where_of(predicate.list, at)
        facts = [one.statement for one in premises if isinstance(one.statement, Given)]
        _check([(f.path, f.on) for f in facts] == [(where, on)], path, "the list is not given")
        known = self.history[-1 if on is None else on][1][where]
        rest = [one for one in premises if not isinstance(one.statement, Given)]
        if not isinstance(known, Entries):
            expected = (TRUE, p.ENOUGH) if predicate.n <= 0 else (UNKNOWN, p.UNLISTED)
            _check(not rest and (node.truth, node.by) == expected, path, "the list is unknown")
            return
        body, entry = self.content.digest_of[id(predicate.body)], predicate.entry
        weight = 1 if entry in self.content.entries[body] else known.count
        outer = [e for e in statement.entries if e[0] != entry]
        weighed = []
        for one in rest:
            part = one.statement
            if not isinstance(part, Predicated) or (part.predicate, part.on) != (body, on):
                raise ProofError(f"nodes[{path}]", FOREIGN)
            for name, step in part.entries:
                is_entry = name == entry and step[:-1] == where and step[-1] in range(known.count)
                _check(is_entry or (name, step) in outer, path, FOREIGN)
            weighed.append((one.truth, weight))
        _check_count(node, predicate.n, known.count, weighed, path)

    # --- facts, and what is read from them -------------------------------------------------------

    def is_fact(self, statement: Given | TodayIs) -> bool:
        on = statement.on
        if isinstance(statement, TodayIs):
            today = self.history[-1 if on is None else on][0]
            return statement.day == (today.isoformat() if today else None)
        type_ = p.type_at(self.policy.schema, statement.path)
        value = self.history[-1 if on is None else on][1][statement.path]
        return type_ is not None and p.same(statement.value, p.fact_json(value, type_))

    def chain(self, action: str) -> list[str]:
        """Return an action and all that it widens, in turn."""
        found = [action]
        while (wider := self.actions[found[-1]].widens) is not None:
            found.append(wider)
        return found

    def read(self, atom: c.Atom, statement: Predicated, premises: list[p.Node], path: int) -> Truth:
        """Return what an atom says of the facts among its premises."""
        on, facts = statement.on, Facts(dict(statement.entries))
        for one in premises:
            match one.statement:
                case Given(where, _, when) if when == on:
                    facts.values[where] = self.history[-1 if on is None else on][1][where]
                case TodayIs(_, when) if when == on:
                    facts.today = self.history[-1 if on is None else on][0]
                case _:
                    _check(False, path, FOREIGN)
        found = facts.truth(atom)
        if found is None:
            raise ProofError(f"nodes[{path}]", "it needs a value that no premise gives")
        return found


def _check_count(
    node: p.Node, n: int, total: int, weighed: list[tuple[Truth | None, int]], path: int
) -> None:
    """Check that so many true, false and unknown operands give the node's truth."""
    true = sum([weight for truth, weight in weighed if truth is TRUE])
    false = sum([weight for truth, weight in weighed if truth is FALSE])
    unknown = sum([weight for truth, weight in weighed if truth is UNKNOWN])
    fails = total - n + 1  # so many that do not hold leave fewer than n
    match node.truth:
        case Truth.TRUE:
            follows = node.by == p.ENOUGH and true >= n
        case Truth.FALSE:
            follows = node.by == p.TOO_FEW and false >= fails
        case Truth.UNKNOWN:
            follows = node.by == p.UNDECIDED and true + unknown >= n and false + unknown >= fails
        case None:
            follows = False
    _check(follows, path, "this does not follow from its premises")
