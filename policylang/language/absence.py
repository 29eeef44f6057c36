"""Absence may only tighten: where `is missing` and `is known` may stand."""

from __future__ import annotations

from functools import cache

from policylang import messages
from policylang.language import checked as c
from policylang.language.names import Problems

AGAINST, FOR = "against", "for"


def check_absence(rules: list[c.Rule], problems: Problems) -> None:
    """Refuse `is missing` where it can give permission, and `is known` where it can take it."""
    places = {rule.label: place for place, rule in enumerate(rules) if rule.is_named}

    @cache
    def sides(rule: int) -> frozenset[str]:
        found = {FOR if e.kind == "permit" else AGAINST for e in rules[rule].effects if e.actions}
        for name in rules[rule].overrides:
            if name in places:
                found |= {_other(side) for side in sides(places[name])}
        return frozenset(found)

    seen: set[tuple[int, str]] = set()
    for place, rule in enumerate(rules):
        for side in sides(place):
            _walk_absence(rule.condition, side, problems, seen)
            if rule.unless is not None:
                _walk_absence(rule.unless, _other(side), problems, seen)
        prohibits = any(effect.kind in ("forbid", "require") for effect in rule.effects)
        if rule.until is not None and prohibits:
            _walk_absence(rule.until, FOR, problems, seen)
        for effect in rule.effects:
            if effect.condition is not None:
                _walk_absence(effect.condition, FOR, problems, seen)


def _other(side: str) -> str:
    return FOR if side == AGAINST else AGAINST


def _walk_absence(node: c.Condition, side: str, problems: Problems, seen: set[tuple[int, str]]) -> None:
    if (id(node), side) in seen:
        return
    seen.add((id(node), side))
    match node:
        case c.Missing():
            if side == FOR:
                problems.add(messages.absence_would_permit("missing"), node.span)
        case c.Not(c.Missing(), span=span) if span == node.operand.span:  # `is known`
            if side == AGAINST:
                problems.add(messages.absence_would_permit("known"), span)
        case c.Not(operand):
            _walk_absence(operand, _other(side), problems, seen)
        case _:
            for child in c.children(node):
                _walk_absence(child, side, problems, seen)
