"""Models as policy text, laid out at random: what is written varies, what is said does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
import json
from random import Random
import re

from .model import Absence, And, At, AtHand, Atom, Compare, Condition, Const, Duration, Effect, Field
from .model import Fixed, Graded, Holds, Literal, Named, Not, Or, Path, Policy, Quantified, Rule, Schema, Sum
from .model import Today, Type, Within

WORDS = """
    action always and any at because cites define every exactly example except extends false fewer for forbid
    grade in is lower more no not oblige or overrides permit point policy require rule scale set strengthens
    today true unless unspecified until upper waivable warn where within
"""
RESERVED = set(WORDS.split())
NAME = re.compile(r"[A-Za-z_]\w*(-\w+)*", re.ASCII)
SIGNS = {">=": ">= ≥", "<=": "<= ≤", "!=": "!= ≠", "=": "= ==", ">": ">", "<": "<"}
COUNTS = {
    "least": "at least",
    "most": "at most",
    "exactly": "exactly",
    "fewer": "fewer than",
    "more": "more than",
}
GAPS = [" ", " ", " ", "  ", "\n", "\t", "\n  ", " # a remark: -> forbid\n", "\r\n"]
TIGHT = set("(){},:")


def fields_of(fields: Iterable[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from fields_of(field.type.fields)


def is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None and text not in RESERVED


class Printer:
    def __init__(self, policy: Policy, seed: int) -> None:
        self.policy, self.random, self.plain = policy, Random(seed), seed == 0
        schema = policy.schema
        fields = list(fields_of(schema.fields))
        entries = [field.type.of for field in fields if field.type.kind == "list"]
        named = [*schema.sets, *schema.scales, *entries, *policy.defines, *policy.grades, *schema.roles]
        self.names = Counter([field.name for field in fields] + named)
        self.values = {word for words in [*schema.scales.values(), *schema.sets.values()] for word in words}

    def chance(self, percent: int) -> bool:
        return not self.plain and self.random.randrange(100) < percent

    def unique(self, name: str) -> bool:
        return self.names[name] == 1 and name not in self.values and is_name(name)

    # words

    def string(self, text: str) -> str:
        if self.chance(10) and '"' not in text and "\\" not in text:
            return f'"""{text}"""'
        return json.dumps(text, ensure_ascii=self.chance(30))

    def word(self, text: str) -> str:
        return text if is_name(text) and not self.chance(15) else self.string(text)

    def number(self, value: float) -> str:
        exact = Decimal(repr(value))
        forms = [format(exact, "f")]
        if value == int(value):
            forms += [str(int(value)), f"{int(value):_}"]
        forms += [
            format(exact * 100, "f") + "%",
            format(exact, "e").replace("+", ""),
            forms[0] + ("0" * ("." in forms[0])),
        ]
        return forms[0] if self.plain else self.random.choice(forms)

    def literal(self, literal: Literal, *, alone: bool = False) -> str:
        match literal:
            case Literal("level" | "member", str() as text):
                return self.word(text) if alone or text not in self.names else self.string(text)
            case Literal("text", str() as text):
                return self.string(text)
            case Literal("bool", value):
                return "true" if value else "false"
            case Literal("date", date() as value):
                return value.isoformat()
        assert isinstance(literal.value, float)
        return self.number(literal.value)

    def duration(self, duration: Duration) -> str:
        return f"{duration.number} {duration.unit}" + (
            "" if duration.number == 1 and not self.chance(50) else "s"
        )

    # paths and sums

    def path(self, path: Path) -> str:
        steps = [self.step(step) for step in path.steps]
        last = path.steps[-1]
        bare = self.unique(last) if isinstance(last, str) else False
        in_table = len(steps) == 3 and isinstance(path.steps[1], At) and not path.anchor
        if bare and (len(steps) == 1 or in_table) and not self.chance(25):
            return steps[-1]
        first = path.steps[0]
        if len(steps) > 1 and isinstance(first, str) and self.unique(first) and not self.chance(25):
            return ".".join(steps)
        return ".".join([path.anchor or "record", *steps])

    def step(self, step: str | At | Fixed) -> str:
        if isinstance(step, str):
            return step
        if isinstance(step, At):
            return step.set
        return (
            step.member if NAME.fullmatch(step.member) and not self.chance(20) else self.string(step.member)
        )

    def atom(self, atom: Atom) -> str:
        match atom:
            case Path():
                return self.path(atom)
            case Literal():
                return self.literal(atom)
            case Today():
                return "today"
            case Duration():
                return self.duration(atom)
            case Graded(name) | AtHand(name):
                return name
        raise AssertionError(atom)

    def sum(self, sum: Sum) -> list[str]:
        tokens = []
        for place, term in enumerate(sum.terms):
            tokens += [] if place == 0 else ["+" if term.sign > 0 else "-"]
            tokens += [] if term.times is None else [self.number(term.times), "*"]
            tokens.append(self.atom(term.atom))
        return tokens

    # conditions

    def condition(self, condition: Condition) -> list[str]:
        tokens = self.bare(condition)
        return ["(", *tokens, ")"] if self.chance(8) or tokens[0].startswith("-") else tokens

    def unary(self, condition: Condition) -> list[str]:
        tokens = self.condition(condition)
        return ["(", *tokens, ")"] if isinstance(condition, And | Or) else tokens

    def bare(self, condition: Condition) -> list[str]:
        match condition:
            case Const(value):
                return ["true" if value else "false"]
            case Not(part):
                return ["not", *self.unary(part)]
            case And(parts, word) | Or(parts, word):
                return self.joined([self.unary(part) for part in parts], word)
            case Holds(path):
                return [self.path(path)]
            case Named(name):
                return [name]
            case Compare(op, left, right):
                sign = op if self.plain else self.random.choice(SIGNS[op].split())
                return [*self.sum(left), sign, *self.sum(right)]
            case Within(left, choices):
                chosen = [[self.literal(choice, alone=True)] for choice in choices]
                return [*self.sum(left), "in", "{", *self.joined(chosen, ","), "}"]
            case Absence(path, missing):
                return [self.path(path), "is", "missing" if missing else "known"]
            case Quantified():
                return self.quantified(condition)

    def quantified(self, condition: Quantified) -> list[str]:
        tokens = [condition.kind]
        if condition.kind in COUNTS:
            tokens = [*COUNTS[condition.kind].split(), str(condition.number)]
        tokens.append(condition.over)
        if condition.where is not None:
            tokens += ["where", "(", *self.condition(condition.where), ")"]
        return [*tokens, "(", *self.condition(condition.body), ")"]

    def joined(self, parts: list[list[str]], word: str) -> list[str]:
        return [token for place, part in enumerate(parts) for token in ([word, *part] if place else part)]

    # statements

    def type(self, type: Type) -> list[str]:
        match type.kind:
            case "level" | "member":
                return [type.of]
            case "attestation":
                within = [] if type.within is None else ["within", self.duration(type.within)]
                return ["attestation", "by", type.of, *within]
            case "group":
                return self.fields(type.fields)
            case "table":
                return ["per", type.of, *self.fields(type.fields)]
            case "list":
                return ["list", "of", type.of, *self.fields(type.fields)]
        return ["past", "date"] if type.past else [type.kind]

    def fields(self, fields: tuple[Field, ...]) -> list[str]:
        tokens = ["{"]
        for field in fields:
            tokens += [field.name, ":", *self.type(field.type)]
            tokens += ["key"] * field.key + ["adjustable"] * field.adjustable + [","] * self.chance(30)
        return [*tokens, "}"]

    def rule(self, rule: Rule) -> list[str]:
        head = (
            ["rule", rule.name, *([self.string("A title")] if self.chance(30) else []), ":"]
            if rule.name
            else []
        )
        effects = self.joined([self.effect(effect) for effect in rule.effects], ",")
        clauses = (
            [["overrides", *self.joined([[name] for name in rule.overrides], ",")]] if rule.overrides else []
        )
        clauses += [["until", *self.condition(rule.until)]] if rule.until is not None else []
        clauses += [["unless", *self.condition(rule.unless)]] if rule.unless is not None else []
        clauses += [["because", self.string("The source says so")]] if self.chance(20) else []
        clauses += [["cites", self.string("§ 4")]] if self.chance(10) else []
        if not self.plain:
            self.random.shuffle(clauses)
        condition = self.condition(rule.condition)
        arrow = "→" if self.chance(10) else "->"
        return [*head, *condition, arrow, *effects, *(token for clause in clauses for token in clause)]

    def effect(self, effect: Effect) -> list[str]:
        actions = self.joined([[name] for name in effect.actions], "and")
        if effect.kind == "require":
            assert effect.condition is not None
            return ["require", *self.condition(effect.condition), "for", *actions]
        if effect.actions:
            return [effect.kind, *actions]
        tokens = [effect.kind, self.string(effect.text)]
        tokens += [] if effect.within is None else ["within", self.duration(effect.within)]
        return tokens if effect.of is None else [*tokens, "of", self.path(effect.of)]

    def declarations(self, schema: Schema) -> Iterator[list[list[str]]]:
        """Statements in strands: within a strand the order counts, between strands it does not."""
        for name, levels in schema.scales.items():
            yield [["scale", name, ":", *self.joined([[self.word(level)] for level in levels], "<")]]
        yield [
            ["set", name, ":", *self.joined([[self.word(member)] for member in members], ",")]
            for name, members in schema.sets.items()
        ]
        yield [["role", *self.joined([[role] for role in schema.roles], ",")]]
        yield [["record", *self.fields(schema.fields)]]

    def strands(self) -> Iterator[list[list[str]]]:
        yield from self.declarations(self.policy.schema)
        yield from ([statement] for statement in self.actions())
        for define in self.policy.defines.values():
            missing = ["unspecified", self.string("it is not said")]
            meant = missing if define.condition is None else self.condition(define.condition)
            yield [["define", define.name, "=", *meant]]
        for grade in self.policy.grades.values():
            bounds = [[self.word(level), "at", self.number(at)] for level, at in grade.bounds]
            tokens = ["grade", grade.name, ":", grade.scale, "from", *self.sum(grade.sum), ":"]
            yield [[*tokens, *self.joined(bounds, ",")]]
        yield [self.rule(rule) for rule in self.policy.rules]

    def actions(self) -> Iterator[list[str]]:
        """The actions, those that are alike in one statement at times."""
        left = list(self.policy.actions)
        while left:
            alike = [a for a in left if (a.open, a.widens) == (left[0].open, left[0].widens)]
            together = alike if self.chance(50) else left[:1]
            left = [action for action in left if action not in together]
            default = "permitted unless forbidden" if together[0].open else "forbidden unless permitted"
            widens = ["widens", together[0].widens] if together[0].widens else []
            names = self.joined([[action.name] for action in together], ",")
            yield ["action", *names, *widens, ":", *default.split()]

    def text(self) -> str:
        strands = [strand for strand in self.strands() if strand]
        statements = [strands.index(strand) for strand in strands for _ in strand]
        if not self.plain:
            self.random.shuffle(statements)
        heads = [iter(strand) for strand in strands]
        head = [["policy", "generated", "title", self.string("A policy")]] if self.chance(30) else []
        lines = head + [next(heads[place]) for place in statements]
        return "\n".join(self.laid_out(line) for line in lines) + "\n"

    def laid_out(self, tokens: list[str]) -> str:
        text = tokens[0]
        for before, token in pairwise(tokens):
            tight = before in TIGHT or token in TIGHT
            gap = " " if not self.chance(20) else self.random.choice(["", *GAPS] if tight else GAPS)
            text += gap + token
        return text


def printed(policy: Policy, seed: int) -> str:
    return Printer(policy, seed).text()
