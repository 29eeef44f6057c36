"""What a policy means, a second time: written from docs/language.md alone, over trees and plain JSON.

It shares no code with the library and takes another way wherever there is one: levels are sets of
possible levels and not ranges, truth is a pair of booleans ("can be true", "can be false"), and
counts count them.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
import operator
from typing import Any, NamedTuple

from policies import Rule, Steps, Tree, instances_of
import shapes
from shapes import LEVELS, RECORD, SETS

OPERATORS = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
    "!=": operator.ne,
}
Truth = tuple[bool, bool]
"""Can be true, can be false; both is unknown."""
TRUE, FALSE, UNKNOWN = (True, False), (False, True), (True, True)
WORDS = {TRUE: "true", FALSE: "false", UNKNOWN: "unknown"}
OPEN = Fraction(10) ** 400  # beyond every double


class World(NamedTuple):
    """A record with its date, and what is at hand in it."""

    record: Mapping[str, Any]
    today: date | None
    members: Mapping[str, str]
    entries: Mapping[str, Any]


def both(a: Truth, b: Truth) -> Truth:
    return (a[0] and b[0], a[1] or b[1])


def either(a: Truth, b: Truth) -> Truth:
    return (a[0] or b[0], a[1] and b[1])


def negation(a: Truth) -> Truth:
    return (a[1], a[0])


def known(fact: bool) -> Truth:
    return TRUE if fact else FALSE


# --- reading ------------------------------------------------------------------------------------


def read(path: tuple[Any, Steps], world: World) -> Any:
    """Return what stands at a path, None when it is absent or null."""
    entry, steps = path
    at: Any = world.entries[entry] if entry else world.record
    for step in steps:
        if not isinstance(at, Mapping):
            return None
        at = at.get(world.members[step[1]] if isinstance(step, tuple) else step)
    return at


def possible_levels(value: Any) -> set[str] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return {value}
    rank = LEVELS.index
    return {
        level
        for level in LEVELS
        if ("at_least" not in value or rank(level) >= rank(value["at_least"]))
        and ("above" not in value or rank(level) > rank(value["above"]))
        and ("at_most" not in value or rank(level) <= rank(value["at_most"]))
        and ("below" not in value or rank(level) < rank(value["below"]))
    }


def ends_of_number(value: Any) -> tuple[Fraction, Fraction] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return (decimal(value), decimal(value))
    low, high = -OPEN, OPEN
    if "at_least" in value:
        low = decimal(value["at_least"])
    if "above" in value:
        low = decimal(shapes.next_double(value["above"], up=True))
    if "at_most" in value:
        high = decimal(value["at_most"])
    if "below" in value:
        high = decimal(shapes.next_double(value["below"], up=False))
    return (low, high)


def decimal(number: float) -> Fraction:
    return Fraction(str(float(number)))


def ends_of_date(value: Any) -> tuple[date, date] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return (date.fromisoformat(value), date.fromisoformat(value))
    one = timedelta(days=1)
    ends = {key: date.fromisoformat(text) for key, text in value.items()}
    low = ends.get("at_least", ends["above"] + one if "above" in ends else date.min)
    high = ends.get("at_most", ends["below"] - one if "below" in ends else date.max)
    return (low, high)


def later(day: date, sign: int, count: int, unit: str) -> date | None:
    """Return a date moved by a duration, None beyond the calendar."""
    try:
        if unit.startswith("day"):
            return day + sign * timedelta(days=count)
        if unit.startswith("week"):
            return day + sign * timedelta(weeks=count)
        month = day.month - 1 + sign * count * (12 if unit.startswith("year") else 1)
        year, month = day.year + month // 12, month % 12 + 1
        return day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1]))
    except (OverflowError, ValueError):
        return None


# --- conditions ---------------------------------------------------------------------------------


def truth(tree: Tree, world: World) -> Truth:
    match tree:
        case ("true",):
            return TRUE
        case ("false",):
            return FALSE
        case ("define", _):
            return UNKNOWN
        case ("and", parts):
            found = TRUE
            for part in parts:
                found = both(found, truth(part, world))
            return found
        case ("or", parts):
            found = FALSE
            for part in parts:
                found = either(found, truth(part, world))
            return found
        case ("not", part):
            return negation(truth(part, world))
        case ("missing", path):
            return known(read(path, world) is None)
        case ("known", path):
            return known(read(path, world) is not None)
        case ("holds", path):
            return holds(path, read(path, world), world.today)
        case ("quantified", word, number, over, where, body):
            return quantified(word, number, over, where, body, world)
        case ("compare", kind, op, left, right):
            return compare(kind, OPERATORS[op], op, left, right, world)
        case ("in", kind, left, given):
            return member(kind, left, given, world)
        case _:
            raise AssertionError(tree)


def holds(path: tuple[Any, Steps], value: Any, today: date | None) -> Truth:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return known(value)
    role, days = ("r", 30) if path[1][-1] == "att" else ("q", None)
    on = date.fromisoformat(value["on"])
    usable = today is not None and value["role"] == role and value["by"].strip() and on <= today
    if usable and today is not None and days is not None:
        usable = on >= today - timedelta(days=days)
    return known(value["holds"]) if usable else UNKNOWN


def worlds(over: Tree, world: World) -> list[World] | None:
    """Return the world at each member or entry, None for an unknown list."""
    if over[0] == "set":
        return [world._replace(members={**world.members, over[1]: m}) for m in SETS[over[1]]]
    found = read(over[2], world)
    if found is None:
        return None
    return [world._replace(entries={**world.entries, over[1]: entry}) for entry in found]


def quantified(
    word: str, number: int | None, over: Tree, where: Tree | None, body: Tree, world: World
) -> Truth:
    inner = worlds(over, world)
    if word == "every" and where is not None:
        body = ("or", [("not", where), body])
    elif where is not None:
        body = ("and", [where, body])
    truths = None if inner is None else [truth(body, one) for one in inner]

    def at_least(n: int) -> Truth:
        if truths is None:
            return known(True) if n <= 0 else UNKNOWN
        surely = sum(t == TRUE for t in truths)
        maybe = sum(t[0] for t in truths)
        return (maybe >= n, surely < n)

    def every() -> Truth:
        if truths is None:
            return UNKNOWN
        return (all(t[0] for t in truths), any(t[1] for t in truths))

    n = number or 0
    match word:
        case "any":
            return at_least(1)
        case "every":
            return every()
        case "no":
            return negation(at_least(1))
        case "at least":
            return at_least(n)
        case "at most":
            return negation(at_least(n + 1))
        case "fewer than":
            return negation(at_least(n))
        case "more than":
            return at_least(n + 1)
        case _:
            return both(at_least(n), negation(at_least(n + 1)))


def compare(kind: str, test: Any, op: str, left: Tree, right: Tree, world: World) -> Truth:
    match kind:
        case "L":
            a, b = level_term(left, world), level_term(right, world)
            if a is None or b is None:
                return UNKNOWN
            rank = LEVELS.index
            results = {test(rank(x), rank(y)) for x, y in product(a, b)}
            return (True in results, False in results)
        case "N":
            return ranges(op, number_term(left, world), number_term(right, world))
        case "D":
            return ranges(op, date_term(left, world), date_term(right, world))
        case _:
            x, y = plain_term(left, world), plain_term(right, world)
            return UNKNOWN if x is None or y is None else known(test(x, y))


def ranges(op: str, a: Any, b: Any) -> Truth:
    """Compare two closed ranges: what some values can give, by the ends."""
    if a is None or b is None:
        return UNKNOWN
    match op:
        case ">=":
            return (a[1] >= b[0], a[0] < b[1])
        case ">":
            return (a[1] > b[0], a[0] <= b[1])
        case "<=":
            return (a[0] <= b[1], a[1] > b[0])
        case "<":
            return (a[0] < b[1], a[1] >= b[0])
        case "=":
            return (a[0] <= b[1] and b[0] <= a[1], not a[0] == a[1] == b[0] == b[1])
        case _:
            return negation(ranges("=", a, b))


def member(kind: str, left: Tree, given: list[Any], world: World) -> Truth:
    match kind:
        case "L":
            values = level_term(left, world)
            if values is None:
                return UNKNOWN
            return (bool(values & set(given)), bool(values - set(given)))
        case "N":
            ends = number_term(left, world)
            if ends is None:
                return UNKNOWN
            inside = [n for n in map(decimal, given) if ends[0] <= n <= ends[1]]
            is_one = ends[0] == ends[1]
            return (bool(inside), not is_one or not inside)
        case _:
            value = plain_term(left, world)
            return UNKNOWN if value is None else known(value in given)


def level_term(tree: Tree, world: World) -> set[str] | None:
    match tree:
        case ("literal", _, level):
            return {level}
        case ("field", path, _):
            return possible_levels(read(path, world))
        case _:
            total = ("sum", [("+", None, field("num")), ("+", 2.0, field("grp", "k"))])
            ends = number_term(total, world)
            if ends is None:
                return None
            low, high = (2 if e >= Fraction(1, 2) else 1 if e >= Fraction(1, 10) else 0 for e in ends)
            return set(LEVELS[low : high + 1])


def field(*steps: str) -> Tree:
    return ("field", (None, steps), "N")


def number_term(tree: Tree, world: World) -> tuple[Fraction, Fraction] | None:
    match tree:
        case ("literal", _, number):
            return (decimal(number), decimal(number))
        case ("field", path, _):
            return ends_of_number(read(path, world))
        case (_, terms):
            low = high = Fraction(0)
            for sign, factor, atom in terms:
                ends = number_term(atom, world)
                if ends is None:
                    return None
                scale = decimal(1.0 if factor is None else factor) * (1 if sign == "+" else -1)
                low, high = low + min(scale * e for e in ends), high + max(scale * e for e in ends)
            return (low, high)
    raise AssertionError(tree)


def date_term(tree: Tree, world: World) -> tuple[date, date] | None:
    match tree:
        case ("literal", _, day):
            return (day, day)
        case ("today",):
            return None if world.today is None else (world.today, world.today)
        case ("field", path, kind):
            ends = ends_of_date(read(path, world))
            if kind == "E" and ends and (world.today is None or ends[1] > world.today):
                return None
            return ends
        case (_, base, moves):
            found = date_term(base, world)
            for sign, (count, unit) in moves:
                if found is None:
                    return None
                moved = [later(day, 1 if sign == "+" else -1, count, unit) for day in found]
                found = None if moved[0] is None or moved[1] is None else (moved[0], moved[1])
            return found
    raise AssertionError(tree)


def plain_term(tree: Tree, world: World) -> Any:
    match tree:
        case ("literal", _, value):
            return value
        case ("hand", over):
            return world.members[over]
        case (_, path, _):
            return read(path, world)


# --- rules --------------------------------------------------------------------------------------

Instance = tuple[str, tuple[tuple[str, str], ...]]


class Effect(NamedTuple):
    """One effect of one instance with its truth: for ``require`` that it is active and not met."""

    label: str
    instance: tuple[tuple[str, str], ...]
    word: str
    actions: tuple[str, ...]
    truth: Truth
    release: Truth | None
    tree: Tree
    world: World


def labels(rules: list[Rule]) -> list[str]:
    found, unnamed = [], 0
    for rule in rules:
        unnamed += rule.name is None
        found.append(rule.name or f"rule-{unnamed}")
    return found


def members_at(rule: Rule) -> Iterator[dict[str, str]]:
    sets = [name for name in SETS if name in instances_of(rule)]
    for members in product(*(SETS[name] for name in sets)):
        yield dict(zip(sets, members, strict=True))


def effects(rules: list[Rule], record: Any, today: date | None) -> list[Effect]:
    """Return every effect of every instance, by rule as written, then by member."""
    active: dict[int, dict[tuple[tuple[str, str], ...], Truth]] = {}
    for place in reversed(range(len(rules))):  # later rules override earlier ones
        rule = rules[place]
        active[place] = {}
        for members in members_at(rule):
            world = World(record, today, members, {})
            found = truth(rule.condition, world)
            if rule.unless is not None:
                found = both(found, negation(truth(rule.unless, world)))
            for over, other in enumerate(rules):
                if rule.name is not None and rule.name in other.overrides:
                    for instance, is_active in active[over].items():
                        if all(members.get(name, m) == m for name, m in instance):
                            found = both(found, negation(is_active))
            active[place][tuple(members.items())] = found
    result = []
    for place, (rule, label) in enumerate(zip(rules, labels(rules), strict=True)):
        for instance, is_active in active[place].items():
            world = World(record, today, dict(instance), {})
            release = truth(rule.until, world) if rule.until is not None else None
            for one in rule.effects:
                now, actions = is_active, tuple(one[-1]) if one[0] not in ("oblige", "warn") else ()
                if one[0] == "require":
                    now = both(now, negation(truth(one[1], world)))
                held = release if one[0] in ("forbid", "require") else None
                result.append(Effect(label, instance, one[0], actions, now, held, one, world))
    return result


def outcomes(found: list[Effect], forces: list[Truth]) -> dict[str, str]:
    defaults = {"open": True, "closed": False, "wide": True, "wider": False}
    may: dict[str, Truth] = {}
    for action, permitted in defaults.items():
        forbidden = permission = FALSE
        for effect, force in zip(found, forces, strict=True):
            if action in effect.actions and effect.word == "permit":
                permission = either(permission, force)
            elif action in effect.actions:
                forbidden = either(forbidden, force)
        own = negation(forbidden)
        may[action] = own if permitted else both(permission, own)
    may["wide"] = both(may["wide"], may["open"])
    may["wider"] = both(may["wider"], may["wide"])
    names = {TRUE: "permitted", FALSE: "forbidden", UNKNOWN: "undetermined"}
    return {action: names[value] for action, value in may.items()}


def next_force(before: Truth | None, effect: Effect) -> Truth:
    """Return whether an effect is in force, given whether it was on the day before."""
    if before is None or effect.release is None:
        return effect.truth
    return either(effect.truth, both(before, negation(effect.release)))


def due(effect: Effect, since: date | None) -> date | None:
    """Return when an obligation is due, None when it is not known or never."""
    _, _, within, of = effect.tree
    if within is None:
        return None
    start = since
    if of is not None:
        kind = RECORD_KINDS[of[1][-1]]
        ends = date_term(("field", of, kind), effect.world)
        start = ends[0] if ends and ends[0] == ends[1] else None
    return later(start, 1, *within) if start else None


RECORD_KINDS = {**{name: kind for name, kind in RECORD.items() if isinstance(kind, str)}, "at": "D"}
