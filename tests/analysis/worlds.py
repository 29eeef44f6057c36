"""What trying all records finds, with nothing of `policylang.analysis`.

A set of records is the bits of one integer, so that each question is a few operations on integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import reduce
from itertools import combinations, product
from math import prod
from operator import or_
from typing import Any

from tiny import Field

import policylang
from policylang import Decision, Outcome, Policy, Truth
from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Instance, Predicate
from policylang.language import checked as c

Outcomes = Mapping[Outcome, int]
"""On which records an action has each outcome."""


def looser(before: Outcomes, after: Outcomes) -> int:
    """Return on which records an outcome becomes one that allows more."""
    forbidden, undetermined, permitted = Outcome.FORBIDDEN, Outcome.UNDETERMINED, Outcome.PERMITTED
    return before[forbidden] & ~after[forbidden] | before[undetermined] & after[permitted]


class Records:
    """All records of some fields in a row: the ranks of their values are the digits of a place in it.

    The rank 0 is absence.
    """

    def __init__(self, fields: list[Field]) -> None:
        self.fields = fields
        self.sizes = [len(field.values) + 1 for field in fields]
        self.steps = [prod(self.sizes[i + 1 :]) for i, _ in enumerate(fields)]
        self.count = prod(self.sizes)
        self.all = (1 << self.count) - 1
        self.at = [[self._with_rank(i, rank) for rank in range(size)] for i, size in enumerate(self.sizes)]

    def _with_rank(self, i: int, rank: int) -> int:
        step, size = self.steps[i], self.sizes[i]
        repeated = self.all // ((1 << step * size) - 1)
        return ((1 << step) - 1 << step * rank) * repeated

    def rank(self, place: int, i: int) -> int:
        return place // self.steps[i] % self.sizes[i]

    def data(self, place: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for i, field in enumerate(self.fields):
            if rank := self.rank(place, i):
                at = data
                for step in field.path[:-1]:
                    at = at.setdefault(step, {})
                at[field.path[-1]] = field.values[rank - 1]
        return data

    def told_apart_by(self, fields: list[int]) -> Iterator[tuple[int, int]]:
        """Yield all records with the same values at some fields, and the one that has nothing else."""
        for ranks in product(*(range(self.sizes[i]) for i in fields)):
            alike, place = self.all, 0
            for i, rank in zip(fields, ranks, strict=True):
                alike &= self.at[i][rank]
                place += rank * self.steps[i]
            yield alike, place

    def agreeing(self, place: int, fields: Iterable[int]) -> int:
        """Return the records that have the same as one record, absences too, at some fields."""
        found = self.all
        for i in fields:
            found &= self.at[i][self.rank(place, i)]
        return found

    def present(self, fields: Iterable[int]) -> int:
        """Return the records that have something at some fields."""
        found = self.all
        for i in fields:
            found &= ~self.at[i][0]
        return found

    def rises(self, i: int, outcomes: Outcomes) -> Iterator[tuple[Outcomes, Outcomes]]:
        """Yield what is said of records with a lower value of one field, and then with a higher one."""
        for low, high in combinations(range(1, self.sizes[i]), 2):
            shift = (high - low) * self.steps[i]
            lower = {outcome: (mask & self.at[i][low]) << shift for outcome, mask in outcomes.items()}
            yield lower, {outcome: mask & self.at[i][high] for outcome, mask in outcomes.items()}


class World:
    """What a policy says of all records."""

    def __init__(self, policy: Policy, head: list[str], records: Records) -> None:
        self.policy = policy
        self.head = head  # the declarations of its text
        self.records = records
        self.fields = records.fields
        self._evaluators: dict[int, Evaluator] = {}
        self._masks: dict[int, tuple[int, int]] = {}
        self.outcomes = self._outcomes()

    def decision(self, place: int) -> Decision:
        return self.policy.decide(self.records.data(place))

    def masks(self, predicate: Predicate) -> tuple[int, int]:
        """Return on which records a predicate is true, and on which it is not false.

        One record is tried for all that have the same values where the predicate reads them.
        """
        if id(predicate) not in self._masks:
            read = reads(predicate)
            fields = [i for i, field in enumerate(self.fields) if field.path in read]
            assert len(fields) == len(read)
            true = possible = 0
            for alike, place in self.records.told_apart_by(fields):
                truth = self._evaluator(place).evaluate(predicate)
                true |= alike if truth is Truth.TRUE else 0
                possible |= alike if truth is not Truth.FALSE else 0
            self._masks[id(predicate)] = (true, possible)
        return self._masks[id(predicate)]

    def _evaluator(self, place: int) -> Evaluator:
        if place not in self._evaluators:
            self._evaluators[place] = Evaluator(self.policy.record(self.records.data(place)), None)
        return self._evaluators[place]

    def _outcomes(self) -> dict[str, dict[Outcome, int]]:
        """Return on which records each action has each outcome.

        One record is decided for all on which every effect has the same truth; that it has these truths
        is looked at again, as it is another one than those which the truths were found on.
        """
        groups: dict[tuple[Truth, ...], int] = {(): self.records.all}
        for instance in self.policy.predicates.instances:
            for effect in instance.effects:
                true, possible = self.masks(effect.predicate)
                parts = {Truth.TRUE: true, Truth.UNKNOWN: possible & ~true, Truth.FALSE: ~possible}
                groups = {
                    (*truths, truth): group & mask
                    for truths, group in groups.items()
                    for truth, mask in parts.items()
                    if group & mask
                }
        found = {action: dict.fromkeys(Outcome, 0) for action in self.policy.actions}
        for truths, group in groups.items():
            decision = self.decision(group.bit_length() - 1)
            assert tuple(finding.active for finding in decision.findings) == truths
            for action, outcome in decision.outcomes.items():
                found[action][outcome] |= group
        return found

    # --- check ------------------------------------------------------------------------------------

    def findings(self) -> set[tuple[str, ...]]:
        """Return what `check` has to find."""
        found: set[tuple[str, ...]] = set()
        instances: dict[str, list[Instance]] = {}
        for instance in self.policy.predicates.instances:
            instances.setdefault(instance.rule.label, []).append(instance)
        for label, own in instances.items():
            found |= self._of_rule(label, own)
        for action in self.policy.actions:
            found |= self._of_action(action)
        found |= set(self._of_claims())
        return found

    def _of_rule(self, label: str, own: list[Instance]) -> Iterator[tuple[str, ...]] | set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        if not any(self.masks(i.active)[0] for i in own):
            lives = any(self.masks(i.condition)[0] for i in own)
            return {("swallowed" if lives else "dead", label)}
        for place, effect in enumerate(own[0].effects):
            if effect.kind == "require":
                needed = [(i, i.effects[place].predicate) for i in own]
                if not any(self.masks(i.active)[0] & ~self.masks(p)[1] for i, p in needed):
                    found.add(("never met", label))
        for other in {o.rule.label for i in own for o in i.overriders}:
            if not any(self._meets(i, o) for i in own for o in i.overriders if o.rule.label == other):
                found.add(("never overrides", other))
        found |= self._release(label, own)
        if self._is_shadowed(label, own):
            found.add(("shadowed", label))
        return found

    def _meets(self, instance: Instance, other: Instance) -> int:
        """Return on which records a rule would be active and another overrides it."""
        met = self.masks(instance.condition)[0] & self.masks(other.active)[0]
        return met if instance.unless is None else met & ~self.masks(instance.unless)[1]

    def _release(self, label: str, own: list[Instance]) -> set[tuple[str, ...]]:
        effects = [e for i in own for e in i.effects if e.until is not None]
        if not effects:
            return set()
        releases = [self.masks(e.until)[0] for e in effects if e.until is not None]
        if not any(releases):
            return {("never released", label)}
        forbids = (self.masks(e.predicate)[1] for e in effects)
        return (
            {("not lifted", label)} if any(a & b for a, b in zip(releases, forbids, strict=True)) else set()
        )

    def _is_shadowed(self, label: str, own: list[Instance]) -> bool:
        """Return whether without a rule that says something all others say the same."""
        labels = {i.rule.label for i in self.policy.predicates.instances}
        if any(o.rule.label == label for i in self.policy.predicates.instances for o in i.overriders):
            return False
        timed = any(e.until is not None for i in own for e in i.effects)
        return self.is_covered(label, labels - {label}) and not timed

    def is_covered(self, label: str, others: Set[str]) -> bool:
        """Return whether a rule says something, and some others together all that it says."""
        says = 0
        for action in self.policy.predicates.actions:
            for kinds in [("forbid", "require")] + ([] if action.permitted else [("permit",)]):
                true, possible = self._said(action.name, kinds, {label})
                other_true, other_possible = self._said(action.name, kinds, others)
                if true & ~other_true or possible & ~other_possible:
                    return False
                says |= possible
        return says != 0

    def _said(self, action: str, kinds: Sequence[str], labels: Set[str]) -> tuple[int, int]:
        """Return where rules surely say something of an action, and where they may."""
        masks = [
            self.masks(effect.predicate)
            for instance in self.policy.predicates.instances
            for effect in instance.effects
            if instance.rule.label in labels and effect.kind in kinds and action in effect.actions
        ]
        return reduce(or_, (true for true, _ in masks), 0), reduce(or_, (may for _, may in masks), 0)

    def _of_action(self, name: str) -> set[tuple[str, ...]]:
        outcomes = self.outcomes[name]
        found = set(self._permits_in_vain(name))
        if not self.policy.is_constrained(name):
            return found | {("unconstrained", name)}
        found |= {("never permitted", name)} if not outcomes[Outcome.PERMITTED] else set()
        found |= {("never forbidden", name)} if not outcomes[Outcome.FORBIDDEN] else set()
        if self.records.present(range(len(self.fields))) & outcomes[Outcome.UNDETERMINED]:
            found.add(("gap", name))
        labels = {i.rule.label for i in self.policy.predicates.instances}
        both = self._said(name, ["permit"], labels)[0] & self._said(name, ["forbid"], labels)[0]
        for label in labels:
            if both & self._said(name, ["permit", "forbid"], {label})[0]:
                found.add(("conflict", name, label))
        for i, field in enumerate(self.fields):
            if field.adjustable and field.kind[0] in "LN":
                pairs = list(self.records.rises(i, outcomes))
                permits = [(low[Outcome.PERMITTED], high[Outcome.PERMITTED]) for low, high in pairs]
                if any(a & ~b for a, b in permits) and any(b & ~a for a, b in permits):
                    found.add(("both ways", name, field.text))
        return found

    def _permits_in_vain(self, name: str) -> Iterator[tuple[str, ...]]:
        if self.policy.actions[name].permitted:
            instances = self.policy.predicates.instances
            bearing = [one for one in instances if any(name in effect.actions for effect in one.effects)]
            excepting = {other.rule.label for one in bearing for other in one.overriders}
            for instance in bearing:
                permits = any(e.kind == "permit" and name in e.actions for e in instance.effects)
                if permits and instance.rule.label not in excepting:
                    yield "permits in vain", instance.rule.label

    def _of_claims(self) -> Iterator[tuple[str, ...]]:
        claimed = self._claimed()
        for claim in self.policy.claims:
            match claim:
                case c.OutcomeClaim(action, outcome):
                    expected = self.outcomes[action]
                    said = (
                        self.records.all & ~expected[Outcome.PERMITTED]
                        if outcome == "not permitted"
                        else expected[Outcome(outcome)]
                    )
                    if claimed[claim.text] & ~said:
                        yield "refuted", claim.text
                    elif not claimed[claim.text]:
                        yield "empty claim", claim.text
                case c.TightensClaim(action, path, rises):
                    steps = tuple(map(str, path.steps))
                    i = next(i for i, field in enumerate(self.fields) if field.path == steps)
                    pairs = self.records.rises(i, self.outcomes[action])
                    if any(looser(a, b) if rises else looser(b, a) for a, b in pairs):
                        yield "loosens", claim.text
                case _:
                    raise AssertionError("no other claims are made")

    def _claimed(self) -> dict[str, int]:
        """Return on which records the condition of each claim is true: as that of a rule of its own."""
        texts = [claim.text for claim in self.policy.claims if isinstance(claim, c.OutcomeClaim)]
        if not texts:
            return {}
        conditions = [text.split(" when ", 1)[1] for text in texts]
        rules = [f'rule own{i}: {one} -> warn "claimed"' for i, one in enumerate(conditions)]
        twin = World(policylang.loads("\n".join([*self.head, *rules])), self.head, self.records)
        found = dict.fromkeys(texts, 0)
        for instance in twin.policy.predicates.instances:
            found[texts[int(instance.rule.label.removeprefix("own"))]] |= twin.masks(instance.active)[0]
        return found

    # --- one decision -----------------------------------------------------------------------------

    def outcome(self, place: int, action: str) -> Outcome:
        return next(outcome for outcome, mask in self.outcomes[action].items() if mask >> place & 1)

    def absent(self, place: int) -> list[int]:
        return [i for i, _ in enumerate(self.fields) if not self.records.rank(place, i)]

    def reasons(self, place: int, action: str) -> set[frozenset[str]]:
        """Return each minimal set of fields whose content gives the outcome whatever the rest is."""
        outcome = self.outcome(place, action)
        if outcome is Outcome.UNDETERMINED:
            return set()
        other = self.records.all & ~self.outcomes[action][outcome]
        return self._minimal(range(len(self.fields)), lambda s: not self.records.agreeing(place, s) & other)

    def settling(self, place: int, action: str, *, surely: bool) -> set[frozenset[str]]:
        """Return each minimal set of absent fields some of whose values (all of whose) decide an action."""
        if self.outcome(place, action) is not Outcome.UNDETERMINED:
            return set()
        absent = self.absent(place)
        open_ = self.outcomes[action][Outcome.UNDETERMINED]

        def settles(chosen: tuple[int, ...]) -> bool:
            rest = [i for i in range(len(self.fields)) if i not in chosen]
            reached = self.records.agreeing(place, rest) & self.records.present(chosen)
            return not reached & open_ if surely else bool(reached & ~open_)

        return self._minimal(absent, settles)

    def possible(self, place: int, action: str) -> set[Outcome]:
        """Return the outcomes of all completions."""
        absent = self.absent(place)
        known = [i for i, _ in enumerate(self.fields) if i not in absent]
        reached = self.records.agreeing(place, known) & self.records.present(absent)
        return {outcome for outcome, mask in self.outcomes[action].items() if mask & reached}

    def cheapest(self, place: int, action: str) -> float | None:
        """Return what the cheapest changes of adjustable fields cost that permit an action."""
        rank = self.records.rank
        adjustable = [i for i, field in enumerate(self.fields) if field.adjustable]
        fixed = [i for i, field in enumerate(self.fields) if not field.adjustable]
        kept = [i for i in adjustable if rank(place, i)]
        reached = self.records.agreeing(place, fixed) & self.records.present(kept)
        reached &= self.outcomes[action][Outcome.PERMITTED]
        costs = []
        while reached:
            at = reached.bit_length() - 1
            reached ^= 1 << at
            costs.append(sum(self._cost(i, rank(place, i), rank(at, i)) for i in adjustable))
        return min(costs, default=None)

    def _cost(self, i: int, old: int, new: int) -> int:
        if old == new:
            return 0
        if self.fields[i].kind[0] != "L":
            return 1
        return max(abs(new - one) for one in ([old] if old else range(1, self.records.sizes[i])))

    def _minimal(
        self, fields: Sequence[int], holds: Callable[[tuple[int, ...]], bool]
    ) -> set[frozenset[str]]:
        found: list[frozenset[int]] = []
        for size in range(len(fields) + 1):
            for chosen in combinations(fields, size):
                if not any(one <= frozenset(chosen) for one in found) and holds(chosen):
                    found.append(frozenset(chosen))
        return {frozenset(self.fields[i].text for i in one) for one in found}


def reads(node: Any) -> frozenset[tuple[str, ...]]:
    """Return the paths of the record that a predicate reads."""
    own = frozenset(tuple(map(str, path.steps)) for path in c.paths(node))
    return own.union(*map(reads, c.children(node)))
