"""What the analysis finds of a random policy, and what trying all its records finds."""

from __future__ import annotations

from functools import reduce
from operator import or_
import random

import attrs
from cuts import Cut, collect, region
from tiny import Made, Maker, accepted, load
from worlds import Records, World, looser

from policylang import Outcome
from policylang.analysis import Finding, check, compare
from policylang.core.predicates import Instance

NAMES = {
    "PL301": "dead",
    "PL302": "swallowed",
    "PL303": "shadowed",
    "PL304": "never met",
    "PL305": "never overrides",
    "PL306": "conflict",
    "PL307": "never permitted",
    "PL308": "never forbidden",
    "PL309": "gap",
    "PL310": "not lifted",
    "PL311": "never released",
    "PL315": "permits in vain",
    "PL316": "both ways",
    "PL321": "unconstrained",
    "PL322": "empty claim",
    "PL330": "refuted",
    "PL331": "loosens",
}
SHOWN = {"conflict", "gap", "not lifted", "both ways", "refuted", "loosens"}
"""Findings that a record shows; `check` has it decided before."""


@attrs.frozen
class Compared:
    """How much of one policy was compared."""

    records: int
    findings: int
    verdict: str


def compared(seed: int) -> Compared:
    """Compare all answers on one policy with trying all records."""
    source = random.Random(f"brute {seed}")
    made, policy = accepted(source)
    world = World(policy, made.head, Records(made.fields))
    expected = world.findings()
    report = [one for one in check(policy, time_limit=None) if one.code in {*NAMES, "PL390"}]
    found = {told for one in report for told in _found(world, one)}
    untimed = {one.rule.label for one in policy.predicates.instances if not _latches(one)}
    expected = {x for x in expected if x[0] != "shadowed" or x[1] in untimed}
    found = {x for x in found if x[0] != "shadowed" or x[1] in untimed}
    assert found == expected, (found ^ expected, made.text)
    for _ in range(3):
        _compare_one_decision(world, source.randrange(world.records.count), made)
    verdict = _compare_mutant(world, made, source)
    return Compared(world.records.count, len(expected), verdict)


def _latches(instance: Instance) -> bool:
    return any(effect.until is not None for effect in instance.effects)


def _found(world: World, one: Finding) -> list[tuple[str, ...]]:
    """Return a finding in the words of a world, once its record or the rules that it names are right."""
    assert one.code != "PL390", one.message
    name = NAMES[one.code]
    assert (one.witness is not None) == (name in SHOWN), one.message
    if name == "shadowed":
        assert world.is_covered(one.rules[0], set(one.rules[1:])), one.message
    match name:
        case "conflict":
            return [(name, str(one.action), label) for label in one.rules]
        case "both ways":
            return [(name, str(one.action), one.message.split("`")[1])]
        case "refuted" | "loosens":
            return [(name, one.message.split(": ")[0])]
        case "empty claim":
            return [(name, one.message.split(": ", 1)[1])]
        case "permits in vain":
            return [(name, one.rules[0])]
        case _:
            return [(name, one.action or one.rules[0])]


def _compare_one_decision(world: World, place: int, made: Made) -> None:
    policy, data = world.policy, world.records.data(place)
    decision = policy.decide(data)
    for action in policy.actions:
        told = (made.text, data, action)
        assert decision[action] is world.outcome(place, action), told
        reasons = [frozenset(one) for one in decision.reasons(action)]
        expected = world.reasons(place, action)
        if made.asks_absence:
            names = {field.text: i for i, field in enumerate(world.fields)}
            other = world.records.all & ~world.outcomes[action][decision[action]]
            for one in reasons:
                assert not world.records.agreeing(place, [names[x] for x in one]) & other, told
            assert bool(reasons) == bool(expected), told
        else:
            assert set(reasons) == expected, (reasons, expected, told)
        for surely in (False, True):
            ways = {frozenset(one) for one in policy.settle(data, action=action, surely=surely)}
            assert ways == world.settling(place, action, surely=surely), (surely, ways, told)
        assert set(decision.possible(action)) == world.possible(place, action), told
        changes = policy.counterfactual(data, action=action)
        cheapest = world.cheapest(place, action)
        assert changes.is_possible == (cheapest is not None), (changes, cheapest, told)
        if cheapest is not None:
            assert changes.cost == cheapest, (changes, cheapest, told)
            assert policy.decide(changes.record)[action] is Outcome.PERMITTED, told


VERDICTS = {
    (False, False): "equivalent",
    (True, False): "looser",
    (False, True): "stricter",
    (True, True): "incomparable",
}


def _compare_mutant(world: World, made: Made, source: random.Random) -> str:
    """Compare with the same policy, one of its rules changed for another one's."""
    maker = Maker(source)
    maker.fields, maker.has_table = made.fields, any(f.path[0] == "t" for f in made.fields)
    rules = list(made.rules)
    place = source.randrange(len(rules))
    rules[place] = maker.rule(place)
    new = load(made._replace(rules=rules, claims=[]))
    if new is None:
        return "refused"
    after = World(new, made.head, world.records)
    comparison = compare(world.policy, new, time_limit=None)
    for one in comparison.actions:
        told = (made.text, rules[place], one)
        old, now = world.outcomes[one.action], after.outcomes[one.action]
        changes = looser(old, now), looser(now, old)
        assert one.verdict == VERDICTS[changes[0] != 0, changes[1] != 0], told
        if one.counts is not None:
            assert one.counts.looser is not None and one.counts.stricter is not None, told
            assert one.counts.total is not None
            kept = _one_of_each_region(world, after)
            numbers = [(change & kept).bit_count() * one.counts.total for change in changes]
            size = kept.bit_count()
            assert [one.counts.looser * size, one.counts.stricter * size] == numbers, told
    return comparison.verdict


def _one_of_each_region(before: World, after: World) -> int:
    """Return the records that have the first number of each region that both policies tell apart."""
    cuts: dict[tuple[str, ...], set[Cut]] = {}
    for policy in (before.policy, after.policy):
        for instance in policy.predicates.instances:
            for effect in instance.effects:
                collect(effect.predicate, cuts, set())
    kept = before.records.all
    for i, field in enumerate(before.fields):
        if field.kind[0] == "N":
            ranks: dict[int, int] = {}
            for rank, value in enumerate(field.values, start=1):
                ranks.setdefault(region(value, cuts.get(field.path, set())), rank)
            kept &= reduce(or_, (before.records.at[i][rank] for rank in (0, *ranks.values())))
    return kept
