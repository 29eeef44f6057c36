"""Findings about actions: conflicts, gates that never open or close, gaps, and what they hinge on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import attrs

from policylang.analysis import messages
from policylang.analysis.findings import Finding, finding
from policylang.analysis.gates import FALSE as NEVER
from policylang.analysis.inquiry import Inquiry
from policylang.analysis.outcomes import Part
from policylang.analysis.pairs import leaves, pair_at
from policylang.analysis.regions import twin, unspecified
from policylang.analysis.witness import shown
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome, combine
from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Predicate
from policylang.core.record import Steps, path_text
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth, truth_of

MAX_SHOWN = 5  # conflicts about one action, each with a record of its own


def conflict(inquiry: Inquiry, action: c.Action) -> Iterator[Finding]:
    """Report records on which one rule permits the action and another one's `forbid` forbids it.

    Every rule that is active on some such record is named. Each question asks for a record with a rule
    that no finding names yet, so that no more are asked than there are rules, and one where there is no
    conflict. A finding stands at a rule that it is the first to name. The last of `MAX_SHOWN` names the
    rules of all further conflicts too, whose records nobody would read.
    """
    outcomes = inquiry.outcomes
    permitting = outcomes.permitting(action.name)
    forbidding = [part for part in outcomes.forbidding(action.name) if part.effect.kind == "forbid"]
    both = outcomes.any_of(permitting).true, outcomes.any_of(forbidding).true
    rules: dict[str, list[Part]] = {}  # not yet named
    for part in (*permitting, *forbidding):
        rules.setdefault(part.instance.rule.label, []).append(part)
    sides: tuple[list[str], list[str]] = ([], [])  # of the last record that was decided

    def shows(decision: Decision) -> bool:
        nonlocal sides
        sides = _sides(decision, action.name)
        return all(sides) and any(label in rules for side in sides for label in side)

    for place in range(MAX_SHOWN):
        fresh = outcomes.any_of([part for parts in rules.values() for part in parts]).true
        witness = None if NEVER in (*both, fresh) else inquiry.witness(*both, fresh, shows=shows)
        if witness is None:
            return
        for_it, against = sides
        first = next(label for label in (*for_it, *against) if label in rules)
        rules = {label: parts for label, parts in rules.items() if label not in {*for_it, *against}}
        others = []
        if place == MAX_SHOWN - 1:
            active = {label: outcomes.any_of(parts).true for label, parts in rules.items()}
            others = [label for label, own in active.items() if inquiry.space.possible(*both, own)]
        message = messages.conflict(action.name, for_it, against, others)
        span = inquiry.rules[inquiry.order[first]].rule.span
        named = (*for_it, *against, *others)
        yield finding(message, span, rules=named, action=action.name, witness=witness)


def _sides(decision: Decision, action: str) -> tuple[list[str], list[str]]:
    """Return the rules that surely permit an action and those whose `forbid` surely forbids it."""
    true = [f for f in decision.findings if f.active is TRUE and action in f.effect.actions]
    kinds = ("permit", "forbid")
    for_it, against = ([f.instance.rule.label for f in true if f.effect.kind == kind] for kind in kinds)
    return list(dict.fromkeys(for_it)), list(dict.fromkeys(against))


def gate(inquiry: Inquiry, action: c.Action) -> Iterator[Finding]:
    """Report an action that no record permits, that none forbids, or that no rule constrains."""
    may = inquiry.outcomes.may[action.name]
    if not inquiry.policy.is_constrained(action.name):
        yield finding(messages.unconstrained(action.name), action.span, action=action.name)
        return
    if not inquiry.can(may.true):
        yield finding(messages.never_permitted(action.name), action.span, action=action.name)
    if not inquiry.can(-may.possible):
        yield finding(messages.never_forbidden(action.name), action.span, action=action.name)


# --- gaps ---------------------------------------------------------------------------------------


def gap(inquiry: Inquiry, action: c.Action) -> Iterator[Finding]:
    """Report a complete record that leaves the action undetermined though every define is specified.

    Complete is a record with a usable value wherever the rules read one.
    """
    space = inquiry.space
    undetermined = inquiry.outcomes.is_outcome(action.name, Outcome.UNDETERMINED)
    if undetermined == NEVER:
        return
    found = space.ask(undetermined, *space.complete(), as_specified=True, whole=True)
    if found is None:
        return
    holds = {name: space.holds(space.regions.holds(unspecified(name))) for name in space.demands.unspecified}
    truths = {name: truth_of(true) for name, true in holds.items()}
    witness = shown(
        inquiry.policy,
        found,
        lambda decision: may_if(truths, decision, action.name) is UNKNOWN,
    )
    yield finding(messages.gap(action.name), action.span, action=action.name, witness=witness)


def hinges(inquiry: Inquiry, action: c.Action) -> Iterator[Finding]:
    """Report each unspecified define on which the outcome of some record hinges, with the record."""
    space = inquiry.space
    for name in space.demands.unspecified:
        path = unspecified(name)
        other = inquiry.outcomes.twin_at(path).may[action.name]
        own = inquiry.outcomes.may[action.name]
        gates, regions = space.gates, space.regions
        if own == other:
            continue
        rails = ((own.true, other.true), (own.possible, other.possible))
        differs = gates.disj(gates.conj((x, -y)) for a, b in rails for x, y in ((a, b), (b, a)))
        known = [space.present(path), space.present(twin(path))]
        for one in space.demands.unspecified:
            if one != name:
                known.append(regions.absent(unspecified(one)))
        both = (regions.holds(path), -regions.holds(twin(path)))
        found = space.ask(differs, *known, *both, as_specified=True, thin=True)
        if found is None:
            continue
        witness = shown(inquiry.policy, found, partial(_hinges, action.name, name))
        yield finding(messages.hinges(action.name, name), action.span, action=action.name, witness=witness)


def _hinges(action: str, name: str, decision: Decision) -> bool:
    """Return whether an outcome is one with a define true and another with it false."""
    first, second = (may_if({name: truth}, decision, action) for truth in (TRUE, FALSE))
    return first is not second


def may_if(truths: Mapping[str, Truth], decision: Decision, action: str) -> Truth:
    """Return whether an action may be taken with some `unspecified` defines true or false."""
    specified = Specified(decision.evaluator, truths)
    facts = tuple(
        attrs.evolve(one, active=at, force=at)
        for one in decision.findings
        for at in [specified.evaluate(one.effect.predicate)]
    )
    return combine(decision.policy.predicates, facts)[action][3]


class Specified(Evaluator):
    """The reference evaluator, with `unspecified` defines taken as true or false."""

    def __init__(self, evaluator: Evaluator, truths: Mapping[str, Truth]) -> None:
        super().__init__(evaluator.record, evaluator.today)
        self.truths = truths

    def evaluate(self, node: Predicate, at_hand: Mapping[str, Steps] = {}) -> Truth:  # never written
        if isinstance(node, c.Fixed) and node.unspecified is not None:
            return self.truths.get(node.unspecified, node.truth)
        return super().evaluate(node, at_hand)


# --- both ways ----------------------------------------------------------------------------------


def both_ways(inquiry: Inquiry, action: c.Action) -> Iterator[Finding]:
    """Report an adjustable score whose rise can permit the action and whose fall can too."""
    for leaf in leaves(inquiry.policy.schema.fields):
        if leaf.adjustable and isinstance(leaf.type, types.Scale | types.Number):
            pair = pair_at(inquiry, leaf).permits_both_ways(action.name)
            if pair is not None:
                message = messages.both_ways(action.name, path_text(leaf.steps))
                low, high = pair
                yield finding(message, action.span, action=action.name, witness=low, other=high)
