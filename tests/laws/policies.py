"""Random well-formed policies over the record of `shapes`: as trees, and as text.

Trees are tuples, ``("and", [left, right])``; a path is the entry it starts from (or None) and its
steps, of which ``("@", set)`` is the member at hand. What the language refuses is not drawn: tests
of absence stand only where absence tightens.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
import json
from typing import Any, NamedTuple

from hypothesis import strategies as st
import shapes
from shapes import LEVELS, NUMBERS, RECORD, SETS, Shape

Tree = tuple[Any, ...]
Steps = tuple[Any, ...]

COUNTS = ["at least", "at most", "exactly", "fewer than", "more than"]
ORDER = [">=", ">", "<=", "<", "=", "!="]
ACTIONS = ["open", "closed", "wide", "wider"]
DURATIONS = [(1, "day"), (30, "days"), (4, "weeks"), (1, "month"), (13, "months"), (1, "year")]


class Rule(NamedTuple):
    """A rule as drawn: its condition, its effects and its clauses."""

    name: str | None
    condition: Tree
    effects: list[Tree]
    unless: Tree | None
    until: Tree | None
    overrides: list[str]


class Scope(NamedTuple):
    """What can be named: members and entries at hand; ``sets`` may come to hand by instances.

    Those of ``bound`` are at hand by a quantifier.
    """

    sets: frozenset[str]
    entries: tuple[tuple[str, Shape], ...]
    absence: str | None  # "missing", "known", "free" or None: which test of absence may stand here
    depth: int
    bound: frozenset[str] = frozenset()

    def negated(self) -> Scope:
        exchange = {"missing": "known", "known": "missing"}
        return self._replace(absence=exchange.get(self.absence or "", self.absence))


class Place(NamedTuple):
    """Something at a path: a leaf's kind, or a tuple for what is no leaf."""

    entry: str | None
    steps: Steps
    kind: Any


def places(scope: Scope) -> list[Place]:
    """Return everything that can be named in a scope."""
    found = list(_below(None, (), RECORD, scope.sets))
    for entry, shape in scope.entries:
        found += _below(entry, (), shape, scope.sets)
    return found


def _below(entry: str | None, steps: Steps, shape: Shape, sets: frozenset[str]) -> Iterator[Place]:
    for name, kind in shape.items():
        at = (*steps, name)
        yield Place(entry, at, kind)
        match kind:
            case ("group", inner):
                yield from _below(entry, at, inner, sets)
            case ("per", over, inner):
                rows: list[Any] = [SETS[over][0]]
                if over in sets:
                    rows += [("@", over)]
                for row in rows:
                    yield Place(entry, (*at, row), ("row",))
                    yield from _below(entry, (*at, row), inner, sets)
            case _:
                pass


def is_kind(place: Place, *kinds: str) -> bool:
    return isinstance(place.kind, str) and place.kind in kinds


# --- conditions ---------------------------------------------------------------------------------


@st.composite
def conditions(draw: st.DrawFn, scope: Scope) -> Tree:
    forms = ["atom"] * 5 + (["and", "or", "not", "members", "entries", "entries"] if scope.depth else [])
    if scope.absence:
        forms.append("absence")
    inner = scope._replace(depth=scope.depth - 1)
    match draw(st.sampled_from(forms)):
        case "and":
            return ("and", draw(st.lists(conditions(inner), min_size=2, max_size=3)))
        case "or":
            return ("or", draw(st.lists(conditions(inner), min_size=2, max_size=3)))
        case "not":
            return ("not", draw(conditions(inner.negated())))
        case "members":
            over = draw(st.sampled_from(sorted(SETS)))
            return draw(
                quantified(
                    ("set", over), inner._replace(sets=inner.sets | {over}, bound=inner.bound | {over})
                )
            )
        case "entries":
            lists = [p for p in places(scope) if p.kind[0] == "list"]
            lists = [p for p in lists if p.kind[1] not in dict(scope.entries) and SETS["s"][0] not in p.steps]
            place = draw(st.sampled_from(lists))
            entry, shape = place.kind[1:]
            below = inner._replace(entries=(*inner.entries, (entry, shape)))
            return draw(quantified(("list", entry, (place.entry, place.steps)), below))
        case "absence":
            place = draw(st.sampled_from(places(scope)))
            word = draw(st.sampled_from(["missing", "known"])) if scope.absence == "free" else scope.absence
            return (word, (place.entry, place.steps))
        case _:
            return draw(atoms(scope))


@st.composite
def quantified(draw: st.DrawFn, over: Tree, scope: Scope) -> Tree:
    word = draw(st.sampled_from(["any", "every", "no", *COUNTS]))
    flips = word in ("no", "at most", "fewer than")
    body_scope = scope.negated() if flips else scope
    where_scope = scope.negated() if flips or word == "every" else scope
    if word == "exactly":
        blind = None if scope.absence != "free" else "free"
        body_scope = where_scope = scope._replace(absence=blind)
    where = draw(conditions(where_scope._replace(depth=0))) if draw(st.integers(0, 3)) == 0 else None
    body = draw(conditions(body_scope))
    number = draw(st.integers(0, 3)) if word in COUNTS else None
    return ("quantified", word, number, over, where, body)


@st.composite
def atoms(draw: st.DrawFn, scope: Scope) -> Tree:
    named = places(scope)
    kind = draw(st.sampled_from("LLLNNDTSBBCH"))
    match kind:
        case "H" if "s" in scope.sets:  # the name of a set makes no instance: a field beside it does
            member = (
                "compare",
                "S",
                draw(st.sampled_from(["=", "!="])),
                ("field", (None, ("cat",)), "S"),
                ("hand", "s"),
            )
            row = ("field", (None, ("tab", ("@", "s"), "x")), "L")
            return ("or", [member, ("compare", "L", draw(st.sampled_from(ORDER)), row, draw(levels(named)))])
        case "B":
            truths = [p for p in named if is_kind(p, "B") or p.kind[0] == "att"]
            place = draw(st.sampled_from(truths))
            return ("holds", (place.entry, place.steps))
        case "C":
            return draw(st.sampled_from([("true",), ("false",), ("define", "unsaid")]))
        case "L":
            sides = [levels(named), levels(named)]
        case "N":
            sides = [sums(named), sums(named)]
        case "D":
            sides = [dates(named), dates(named)]
        case "T":
            sides = [leaf(named, "T"), st.sampled_from([("literal", "T", t) for t in ("", "p", "q")])]
        case _:
            members = st.sampled_from([("literal", "S", m) for m in SETS["s"]])
            hand = st.just(("hand", "s")) if "s" in scope.bound else members
            sides = [leaf(named, "S"), st.one_of(members, hand)]
    left = draw(sides[0])
    if draw(st.integers(0, 4)) == 0 and kind in "LNT" and left[0] != "literal":
        choices = {"L": LEVELS, "N": NUMBERS, "T": ["p", "q"]}[kind]
        given = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True))
        return ("in", kind, left, given)
    op = draw(st.sampled_from(ORDER if kind in "LND" else ["=", "!="]))
    right = draw(sides[1])
    if left[0] == right[0] == "literal":
        left = draw(leaf(named, kind))
    return ("compare", kind, op, left, right)


def leaf(named: list[Place], *kinds: str) -> st.SearchStrategy[Tree]:
    return st.sampled_from([("field", (p.entry, p.steps), p.kind) for p in named if is_kind(p, *kinds)])


def levels(named: list[Place]) -> st.SearchStrategy[Tree]:
    literal = st.sampled_from([("literal", "L", level) for level in LEVELS])
    return st.one_of(leaf(named, "L"), leaf(named, "L"), literal, st.just(("grade", "graded")))


@st.composite
def sums(draw: st.DrawFn, named: list[Place]) -> Tree:
    atom = st.one_of(
        leaf(named, "N"), leaf(named, "N"), st.sampled_from([("literal", "N", n) for n in NUMBERS])
    )
    terms = []
    for place in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        sign = "+" if place == 0 else draw(st.sampled_from("+-"))
        factor = draw(st.sampled_from([None, None, None, 0.0, 0.5, 2.0, -1.0]))
        one = draw(atom)
        if factor is not None and one[0] == "literal":
            one = ("literal", "N", abs(one[2]))  # a leading minus stands only where a term begins
        terms.append((sign, factor, one))
    return ("sum", terms) if len(terms) > 1 or terms[0][1] is not None else terms[0][2]


@st.composite
def dates(draw: st.DrawFn, named: list[Place]) -> Tree:
    literal = st.sampled_from([("literal", "D", day) for day in shapes.DAYS])
    base = draw(st.one_of(leaf(named, "D", "E"), literal, st.just(("today",))))
    moves = draw(st.lists(st.tuples(st.sampled_from("+-"), st.sampled_from(DURATIONS)), max_size=2))
    return ("moved", base, moves) if moves else base


# --- rules --------------------------------------------------------------------------------------


@st.composite
def rules(draw: st.DrawFn, name: str | None) -> Rule:
    kind = draw(st.sampled_from(["prohibit", "prohibit", "prohibit", "permit", "mixed", "note"]))
    absence = {"prohibit": "missing", "permit": "known", "mixed": None, "note": "free"}[kind]
    instances = frozenset(SETS) if kind in ("prohibit", "note") else frozenset()
    instances = draw(st.sampled_from([instances, instances & {"s"}, frozenset()]))
    scope = Scope(instances, (), absence, 2)
    condition = draw(conditions(scope))
    effects = [draw(effect(word, scope)) for word in draw(words(kind))]
    unless = draw(conditions(scope.negated()._replace(depth=1))) if draw(st.integers(0, 3)) == 0 else None
    until = None
    if kind in ("prohibit", "mixed") and draw(st.booleans()):
        has = sets_of(condition) | sets_of(unless)
        has = has.union(*(sets_of(e[1]) for e in effects if e[0] == "require"))
        release = "known" if kind == "prohibit" else None
        until = draw(conditions(Scope(frozenset(has), (), release, 1)))
    return Rule(name, condition, effects, unless, until, [])


def words(kind: str) -> st.SearchStrategy[list[str]]:
    match kind:
        case "prohibit":
            choices = [["forbid"], ["forbid"], ["require"], ["forbid", "require"], ["require", "oblige"]]
        case "permit":
            choices = [["permit"], ["permit", "warn"]]
        case "mixed":
            choices = [["forbid", "permit"], ["require", "permit", "oblige"]]
        case _:
            choices = [["oblige"], ["warn"], ["warn", "oblige"]]
    return st.sampled_from(choices)


@st.composite
def effect(draw: st.DrawFn, word: str, scope: Scope) -> Tree:
    actions = draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True))
    match word:
        case "forbid" | "permit":
            return (word, actions)
        case "require":
            absence = "known" if scope.absence == "missing" else None
            return ("require", draw(conditions(scope._replace(absence=absence, depth=1))), actions)
        case "oblige":
            within = draw(st.sampled_from([None, *DURATIONS]))
            of = draw(leaf(places(scope), "D", "E")) if within and draw(st.booleans()) else None
            return ("oblige", draw(st.sampled_from(["report", "drill"])), within, of and of[1])
        case _:
            return ("warn", "careful")


@st.composite
def policies(draw: st.DrawFn) -> list[Rule]:
    """Draw the rules of a policy; some override others that they may override."""
    found: list[Rule] = []
    for place in range(draw(st.integers(1, 4))):
        rule = draw(rules(draw(st.sampled_from([None, f"rule-{chr(97 + place)}"]))))
        if draw(st.booleans()) and not mentions_absence(rule):
            others = [other for other in found if other.name and may_override(rule, other)]
            rule = rule._replace(overrides=[o.name for o in others if o.name and not mentions_absence(o)][:2])
        found.append(rule)
    return found


def may_override(rule: Rule, other: Rule) -> bool:
    return instances_of(rule) <= instances_of(other) and actions_of(other) <= actions_of(rule)


def actions_of(rule: Rule) -> set[str]:
    return {a for e in rule.effects if e[0] in ("forbid", "permit", "require") for a in e[-1]}


def mentions_absence(rule: Rule) -> bool:
    return any(word in repr(rule) for word in ("('missing'", "('known'"))


def instances_of(rule: Rule) -> set[str]:
    """Return the sets that a rule has instances over."""
    found = sets_of(rule.condition) | sets_of(rule.unless)
    for one in rule.effects:
        if one[0] == "require":
            found |= sets_of(one[1])
        if one[0] == "oblige" and one[3]:
            found |= path_sets(one[3])
    return found


def path_sets(path: tuple[Any, Steps]) -> set[str]:
    return {step[1] for step in path[1] if isinstance(step, tuple)}


def sets_of(tree: Any) -> set[str]:
    """Return the sets whose member at hand a tree needs from outside."""
    match tree:
        case ("quantified", _, _, over, where, body):
            inner = sets_of(where) | sets_of(body)
            return inner - {over[1]} if over[0] == "set" else inner | path_sets(over[2])
        case ("field", path, _) | ("holds" | "missing" | "known", path):
            return path_sets(path)
        case ("hand", over):
            return {over}
        case list() | tuple():
            return {name for part in tree for name in sets_of(part)}
        case _:
            return set()


# --- text ---------------------------------------------------------------------------------------


def policy_text(rules: list[Rule]) -> str:
    return shapes.DECLARATIONS + "\n".join(rule_text(rule) for rule in rules)


def rule_text(rule: Rule) -> str:
    effects = ", ".join(effect_text(e) for e in rule.effects)
    clauses = [f"unless {text(rule.unless)}"] if rule.unless else []
    clauses += [f"until {text(rule.until)}"] if rule.until else []
    clauses += [f"overrides {', '.join(rule.overrides)}"] if rule.overrides else []
    head = f"rule {rule.name}: " if rule.name else ""
    condition = text(rule.condition)
    if condition.startswith("-"):  # behind the term that ends the rule before, it would subtract
        condition = f"({condition})"
    return f"{head}{condition} -> {effects} {' '.join(clauses)}"


def effect_text(one: Tree) -> str:
    match one:
        case ("forbid" | "permit" as word, actions):
            return f"{word} {' and '.join(actions)}"
        case ("require", condition, actions):
            return f"require {text(condition)} for {' and '.join(actions)}"
        case ("oblige", what, within, of):
            due = f" within {within[0]} {within[1]}" if within else ""
            return f'oblige "{what}"{due}' + (f" of {path_text(of)}" if of else "")
        case _:
            return 'warn "careful"'


def path_text(path: tuple[Any, Steps]) -> str:
    entry, steps = path
    start = ([entry] if entry else []) + [step[1] if isinstance(step, tuple) else step for step in steps]
    return ".".join(start)


def text(tree: Tree) -> str:
    match tree:
        case ("and" | "or" as word, parts):
            return "(" + f" {word} ".join(text(part) for part in parts) + ")"
        case ("not", part):
            return f"not ({text(part)})"
        case ("quantified", word, number, over, where, body):
            count = "" if number is None else f" {number}"
            filter_ = f" where ({text(where)})" if where else ""
            return f"{word}{count} {over[1]}{filter_} ({text(body)})"
        case ("missing" | "known" as word, path):
            return f"{path_text(path)} is {word}"
        case ("holds", path):
            return path_text(path)
        case ("define", name):
            return str(name)
        case ("true",) | ("false",):
            return str(tree[0])
        case ("in", kind, left, given):
            return f"{term_text(left)} in {{{', '.join(literal_text(kind, v) for v in given)}}}"
        case ("compare", _, op, left, right):
            return f"{term_text(left)} {op} {term_text(right)}"
        case _:
            raise AssertionError(tree)


def literal_text(kind: str, value: Any) -> str:
    match kind:
        case "N":
            return repr(value)
        case "T":
            return json.dumps(value)
        case "L":
            return json.dumps(value) if " " in value else str(value)
        case "D":
            return str(date.isoformat(value))
        case _:
            return str(value)


def term_text(tree: Tree) -> str:
    match tree:
        case ("literal", kind, value):
            return literal_text(kind, value)
        case ("field", path, _):
            return path_text(path)
        case ("hand", over):
            return str(over)
        case ("today",):
            return "today"
        case ("grade", name):
            return str(name)
        case ("sum", terms):
            pieces = []
            for place, (sign, factor, atom) in enumerate(terms):
                pieces += [] if place == 0 else [sign]
                pieces += [] if factor is None else [repr(factor), "*"]
                pieces.append(term_text(atom))
            return " ".join(pieces)
        case ("moved", base, moves):
            return term_text(base) + "".join(f" {sign} {n} {unit}" for sign, (n, unit) in moves)
        case _:
            raise AssertionError(tree)
