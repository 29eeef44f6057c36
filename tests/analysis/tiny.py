"""Random policies with so few records that all of them can be tried."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import policylang
from policylang import Policy

MAX_RECORDS = 2000
LEVELS = ["low", "middle", "high", "top"]
NUMBERS = {1: [0, 1], 2: [0, 1, 1.5, 2, 3]}  # a value in each region, by the number of constants


class Field(NamedTuple):
    """A leaf of the record with a value in each region that rules can tell apart."""

    path: tuple[str, ...]
    kind: str
    values: tuple[Any, ...]
    adjustable: bool

    @property
    def text(self) -> str:
        return ".".join(self.path)


class Made(NamedTuple):
    """A policy's text in parts, its fields, and whether rules ask for absences."""

    head: list[str]
    rules: list[str]
    claims: list[str]
    fields: list[Field]

    @property
    def asks_absence(self) -> bool:
        return any("missing" in one for one in self.rules)

    @property
    def text(self) -> str:
        return "\n".join([*self.head, *self.rules, *self.claims])


class Maker:
    """Makes one random policy."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        self.fields: list[Field] = []
        self.has_table = False

    def made(self) -> Made:
        head = self._head()
        count = self.source.choice([1, 2, 2, 3, 3, 4])
        rules = [self.rule(place) for place in range(count)]
        claims = [self.claim() for _ in range(self.source.choice([0, 0, 1, 2]))]
        return Made(head, rules, claims, self.fields)

    def _head(self) -> list[str]:
        source, size, lines, scales = self.source, 1, [], set()
        limit = source.choice([30, 100, 300, 1000, MAX_RECORDS])
        while len(self.fields) < 7:
            kind = source.choice(["L2", "L3", "L4", "B", "B", "S", "N1", "N2", "T"])
            name, adjustable = f"f{len(self.fields)}", source.random() < 0.5
            word = " adjustable" if adjustable else ""
            if kind == "T" and not self.has_table and size * 9 <= limit:
                self.has_table = True
                for member in ("m", "n"):
                    self.fields.append(Field(("t", member, "x"), "L2", tuple(LEVELS[:2]), adjustable))
                lines.append(f"  t: per group {{ x: L2{word} }}")
                scales.add(2)
                size *= 9
                continue
            if kind == "T":
                kind = "B"
            values: tuple[Any, ...] = (False, True)
            type_ = "bool"
            if kind[0] == "L":
                values, type_ = tuple(LEVELS[: int(kind[1])]), kind
                scales.add(int(kind[1]))
            elif kind == "S":
                values, type_ = ("p", "q", "r"), "kind"
            elif kind[0] == "N":
                values, type_ = tuple(NUMBERS[int(kind[1])]), "number"
            if size * (len(values) + 1) > limit:
                break
            size *= len(values) + 1
            self.fields.append(Field((name,), kind, values, adjustable))
            lines.append(f"  {name}: {type_}{word}")
        if not self.fields:
            self.fields.append(Field(("f0",), "B", (False, True), True))
            lines.append("  f0: bool adjustable")
        declared = [f"scale L{n}: {' < '.join(LEVELS[:n])}" for n in sorted(scales)]
        body = "\n".join(lines)
        return [
            *declared,
            "set kind: p, q, r",
            "set group: m, n",
            f"record {{\n{body}\n}}",
            "action gate: permitted unless forbidden",
            "action closed: forbidden unless permitted",
            "action wide widens gate: forbidden unless permitted",
        ]

    def atom(self, *, absences: bool, table: bool) -> str:
        source = self.source
        field = source.choice(self.fields)
        path = field.text
        if field.path[0] == "t" and source.random() < 0.5:
            if table:
                path = "x"
            else:
                quantifier = source.choice(["any", "every", "no", "at least 2", "exactly 1"])
                return f"{quantifier} group (t.group.x {source.choice(['>=', '<', '='])} middle)"
        if absences and source.random() < 0.2:
            return f"{path} is missing"
        match field.kind:
            case "B":
                return source.choice([path, f"not {path}"])
            case "S":
                return source.choice([f"{path} = p", f"{path} != q", f"{path} in {{p, r}}", f"{path} = r"])
            case "N1":
                return f"{path} {source.choice(['>=', '<'])} 1"
            case "N2":
                return f"{path} {source.choice(['>= 1', '> 1', '< 2', '<= 2', '= 1', '!= 2'])}"
            case _:
                return self._level(field, path)

    def _level(self, field: Field, path: str) -> str:
        source = self.source
        others = [one for one in self.fields if one.kind == field.kind and one.path != field.path]
        if others and path != "x" and source.random() < 0.2:
            return f"{path} {source.choice(['>=', '<', '='])} {source.choice(others).text}"
        return f"{path} {source.choice(['>=', '>', '<', '<=', '=', '!='])} {source.choice(field.values)}"

    def condition(self, *, absences: bool = False, table: bool = False, depth: int = 2) -> str:
        source = self.source
        chance = source.random()
        if depth == 0 or chance < 0.3:
            return self.atom(absences=absences, table=table)
        if chance < 0.4:
            return f"not ({self.condition(depth=depth - 1)})"
        parts = [
            self.condition(absences=absences, table=table, depth=depth - 1)
            for _ in range(source.choice([2, 2, 3]))
        ]
        return "(" + source.choice([" and ", " or "]).join(parts) + ")"

    def rule(self, place: int) -> str:
        source = self.source
        table = self.has_table and source.random() < 0.5
        kinds = ["forbid", "forbid", "forbid", "require", "permit", "until", "unless", "overrides"]
        kind = source.choice(kinds)
        actions = source.choice(["gate", "gate and closed", "wide", "closed", "gate"])
        head = f"rule r{place}: "
        if kind == "permit":
            which = source.choice(["closed", "closed and wide", "wide", "gate"])
            return f"{head}{self.condition()} -> permit {which}"
        condition = self.condition(absences=True, table=table)
        match kind:
            case "require":
                return f"{head}{condition} -> require {self.condition(table=table)} for {actions}"
            case "until":
                release = source.choice([self.condition(), self._negated(condition)])
                return f"{head}{condition} -> forbid {actions} until {release}"
            case "unless":
                return f"{head}{condition} -> forbid {actions} unless {self.condition(table=table)}"
            case "overrides" if place > 0:
                return f"{head}{self.condition()} -> forbid gate and closed and wide overrides r{place - 1}"
            case _:
                return f"{head}{condition} -> forbid {actions}"

    def _negated(self, condition: str) -> str:
        return f"not ({condition})" if "missing" not in condition else self.condition()

    def claim(self) -> str:
        source = self.source
        action = source.choice(["gate", "closed", "wide"])
        ordered = [one for one in self.fields if one.kind[0] in "LN"]
        if ordered and source.random() < 0.4:
            direction = source.choice(["rises", "falls"])
            return f"always {action} tightens as {source.choice(ordered).text} {direction}"
        outcome = source.choice(["permitted", "forbidden", "undetermined", "not permitted"])
        return f"always {action} {outcome} when {self.condition()}"


def load(made: Made) -> Policy | None:
    """Return the policy, None where the language refuses it (absence would permit, overrides)."""
    try:
        return policylang.loads(made.text)
    except policylang.PolicyError:
        return None


def accepted(source: random.Random) -> tuple[Made, Policy]:
    """Return the first policy that the language accepts."""
    while True:
        made = Maker(source).made()
        policy = load(made)
        if policy is not None:
            return made, policy
