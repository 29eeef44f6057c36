"""Findings about single rules: dead, swallowed, shadowed, never met, never released, met by nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import attrs

from policylang.analysis import messages
from policylang.analysis.findings import Finding, finding
from policylang.analysis.inquiry import Inquiry, RuleView
from policylang.analysis.outcomes import Part
from policylang.analysis.regions import twin
from policylang.analysis.witness import Witness
from policylang.core.decision import Decision
from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Instance, Predicate
from policylang.core.record import FrozenTable, Steps
from policylang.language import checked as c
from policylang.messages import ticked
from policylang.truth import TRUE, UNKNOWN, Truth
from policylang.values import Entries


def dead(inquiry: Inquiry, view: RuleView) -> Iterator[Finding]:
    """Report a rule that no record makes active, and what swallows it where something does."""
    if any(group.speaks_alone(place, surely=True) for group, place in inquiry.places(view)):
        return  # which settles another question too
    if inquiry.some(inquiry.active(i).true for i in view.instances):
        return
    space = inquiry.space
    conditions = [space.rails(i.condition).true for i in view.instances]
    if not inquiry.some(conditions):
        yield finding(messages.never_active(view.label), view.rule.span, rules=(view.label,))
        return
    over = {o.rule.label for i in view.instances for o in i.overriders}
    by = "its `unless` holds too"
    if over:
        by = f"it is overridden by {ticked(sorted(over))}"
        exceptions = [
            space.gates.conj((one, ~space.rails(i.unless).true if i.unless else 1))
            for one, i in zip(conditions, view.instances, strict=True)
        ]
        if not inquiry.some(exceptions):
            by = "its `unless` holds too"
    yield finding(messages.swallowed(view.label, by), view.rule.span, rules=(view.label,))


def shadowed(inquiry: Inquiry, view: RuleView) -> Iterator[Finding]:
    """Report a rule without which every outcome would be the same, and which rules say the same."""
    overrides = view.label in inquiry.overriding
    places = list(inquiry.places(view))
    if overrides or not places or any(group.is_heard(place) for group, place in places):
        return
    covering = {label for group, place in places for label in group.covering(place)}
    others = sorted(covering, key=inquiry.order.__getitem__)
    if others and _latches_alike(inquiry, view, set(others)):
        is_own = view.rule.span.source == inquiry.own_source
        severity = "warning" if is_own and not view.rule.cites else "note"
        message = messages.shadowed(view.label, others)
        yield finding(message, view.rule.span, rules=(view.label, *others), severity=severity)


def _latches_alike(inquiry: Inquiry, view: RuleView, others: set[str]) -> bool:
    """Return whether what a rule's `until` keeps in force is kept in force by others as long.

    That is so if each of its prohibitions has one that holds wherever it does and is released no sooner.
    """
    space, parts = inquiry.space, inquiry.outcomes.parts

    def covers(other: Part, part: Part) -> bool:
        if part.effect.until is None or other.effect.until is None:
            return False
        own, released = space.rails(part.effect.until), space.rails(other.effect.until)
        pairs = [(part.rails, other.rails), (released, own)]
        return not any(inquiry.can(a.true, -b.true) or inquiry.can(a.possible, -b.possible) for a, b in pairs)

    return all(
        any(
            covers(other, part)
            for other in parts
            if other.instance.rule.label in others and action in other.effect.actions
        )
        for part in view.parts
        if part.effect.until is not None
        for action in part.effect.actions
    )


def unmet(inquiry: Inquiry, view: RuleView) -> Iterator[Finding]:
    """Report a `require` that can never be met while its rule is active."""
    active = [inquiry.active(i).true for i in view.instances]
    for place, effect in enumerate(view.instances[0].effects):
        if effect.kind != "require" or not inquiry.some(active):
            continue
        met = []
        for instance in view.instances:
            needed = inquiry.space.rails(required(instance.effects[place].predicate))
            met.append(inquiry.space.gates.conj((inquiry.active(instance).true, needed.true)))
        if not inquiry.some(met):
            yield finding(messages.never_met(view.label), view.rule.span, rules=(view.label,))


def required(predicate: Predicate) -> Predicate:
    """Return C of the predicate ``active and not C`` of a requirement."""
    match predicate:
        case c.And((_, c.Not(condition))):
            return condition
        case _:
            raise AssertionError("the predicate of a `require`")


def overriding(inquiry: Inquiry, view: RuleView) -> Iterator[Finding]:
    """Report each rule that overrides this one and never meets it."""
    for label in dict.fromkeys(o.rule.label for i in view.instances for o in i.overriders):
        meetings = []
        for instance in view.instances:
            parts = [inquiry.space.rails(instance.condition).true]
            if instance.unless is not None:
                parts.append((~inquiry.space.rails(instance.unless)).true)
            for other in instance.overriders:
                if other.rule.label == label:
                    meetings.append(inquiry.space.gates.conj((*parts, inquiry.active(other).true)))
        if not inquiry.some(meetings):
            span = next(v.rule.span for v in inquiry.rules if v.label == label)
            yield finding(messages.never_overrides(label, view.label), span, rules=(label, view.label))


# --- until --------------------------------------------------------------------------------------


def release(inquiry: Inquiry, view: RuleView) -> Iterator[Finding]:
    """Report an `until` that does not lift its rule, cannot hold, or rests on an unspecified define."""
    found = [p for p in view.parts if p.effect.until is not None]
    if not found:
        return
    space = inquiry.space
    releases = [space.rails(p.effect.until).true for p in found if p.effect.until is not None]
    if not inquiry.some(releases):
        yield finding(messages.never_released(view.label), view.rule.span, rules=(view.label,))
        return
    if not space.possible(space.gates.disj(releases)):
        names = {n for p in found if p.effect.until is not None for n in unspecified_in(p.effect.until)}
        message = messages.released_by_unspecified(view.label, sorted(names))
        yield finding(message, view.rule.span, rules=(view.label,))
        return
    for part, literal in zip(found, releases, strict=True):
        for forbids, enough in ((part.rails.true, (TRUE,)), (part.rails.possible, (TRUE, UNKNOWN))):
            shows = partial(_holds_on, part, enough)
            witness = inquiry.witness(literal, forbids, shows=shows)
            if witness is not None:
                message = messages.does_not_lift(instance_name(part.instance))
                yield finding(message, view.rule.span, rules=(view.label,), witness=witness)
                return


def _holds_on(part: Part, enough: tuple[Truth, ...], decision: Decision) -> bool:
    """Return whether the release of a prohibition holds and the prohibition has one of some truths."""
    assert part.effect.until is not None
    released = decision.evaluator.evaluate(part.effect.until) is TRUE
    return released and decision.evaluator.evaluate(part.effect.predicate) in enough


def instance_name(instance: Instance) -> str:
    """Return a rule's label with the members of the instance."""
    members = ", ".join(instance.members.values())
    return f"{instance.rule.label}[{members}]" if members else instance.rule.label


def unspecified_in(node: Predicate) -> set[str]:
    """Return the unspecified defines that a predicate reads."""
    fixed = (at for at in c.each([node]) if isinstance(at, c.Fixed))
    return {at.unspecified for at in fixed if at.unspecified is not None}


# --- vacuous passes -----------------------------------------------------------------------------


def vacuous(inquiry: Inquiry, view: RuleView) -> Iterator[Finding]:
    """Report a requirement, a permission or an exception that an empty list meets by being empty."""
    for part in view.parts:
        for what, active, condition in _passes(part):
            for where, entry in dict(lists_in(condition, inquiry.space.demands.counts)).items():
                witness = _by_emptiness(inquiry, active, condition, where)
                if witness is not None:
                    message = messages.vacuous(view.label, what, entry)
                    yield finding(message, view.rule.span, rules=(view.label,), witness=witness)
                    return


def _passes(part: Part) -> Iterator[tuple[str, Predicate, Predicate]]:
    """Yield what lets an action pass: in words, when it is asked for, and what it asks for."""
    instance, kind = part.instance, part.effect.kind
    if kind == "permit":
        yield "the permission", instance.active, instance.active
        return
    if kind == "require":
        yield "the requirement", instance.active, required(part.effect.predicate)
    if instance.unless is not None:
        yield "the exception", instance.condition, instance.unless


def _by_emptiness(inquiry: Inquiry, active: Predicate, condition: Predicate, where: Steps) -> Witness | None:
    space, regions = inquiry.space, inquiry.space.regions
    met = space.rails(condition).true
    unknown = space.rails(condition, frozenset({where})).true
    empty = [space.present(where), *regions.emptiness(where)]

    def shows(decision: Decision) -> bool:
        record = decision.record
        if record[where] != Entries(0):
            return False
        values = {path: value for path, value in record.values.items() if path[: len(where)] != where}
        without = Evaluator(attrs.evolve(record, values=FrozenTable(values)), decision.today)
        evaluate = decision.evaluator.evaluate
        is_met = evaluate(active) is TRUE and evaluate(condition) is TRUE
        return is_met and without.evaluate(condition) is not TRUE

    asked = space.rails(active).true
    # That the list makes a difference says that the entries around it are there.
    literals = (asked, met, -unknown, *empty, regions.absent(twin(where)))
    return inquiry.witness(*literals, shows=shows)


def lists_in(
    body: Predicate, counts: Mapping[Steps, int], entry: str | None = None, at: Steps = ()
) -> Iterator[tuple[Steps, str]]:
    """Yield the lists that a predicate counts, each with what an entry is called, outer lists first.

    ``counts`` has how many entries tell any two lists apart: each can have a list of its own. A list of
    which it is said at the same place how many entries it has, whatever they hold, is left out.
    """
    counting = [x for x in c.each([body]) if isinstance(x, c.AtLeastEntries) and x.list.entry == entry]
    bare = {x.list for x in counting if isinstance(x.body, c.Fixed) and x.body.unspecified is None}
    for one in counting:
        where = steps(one.list, {} if entry is None else {entry: at})
        if one.list not in bare:
            yield where, one.entry
        for place in range(counts.get(where, 0)):
            yield from lists_in(one.body, counts, one.entry, (*where, place))
