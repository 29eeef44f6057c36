"""Parsing against a parser written by hand with `re` that builds the same nodes and spans.

The peer knows one shape of rule and no errors, comments or declarations: it is a floor that no
parser of the whole language reaches.
"""

from __future__ import annotations

from collections.abc import Iterator
import re

from policylang.language import syntax as s
from policylang.language.parser import parse
from policylang.source import Source

from ratios import Ratio, ratio, seconds

TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_](?:[A-Za-z0-9_]|-(?=[A-Za-z0-9_]))*)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<sign>->|>=|<=|!=|[:<>=]))"
)


def rules(count: int) -> str:
    """Return ``count`` rules of the common shape."""
    return "".join(
        f"rule gate-{i}:\n  post_mitigation >= High and pre_mitigation > Low\n  -> forbid deploy\n"
        "  until post_mitigation <= Medium\n"
        for i in range(count)
    )


Token = tuple[str, str, int, int]


class HandWritten:
    """A recursive-descent parser of rules of the common shape."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens: Iterator[Token] = self.scan(source.text)
        self.next = next(self.tokens)
        self.end = 0

    @staticmethod
    def scan(text: str) -> Iterator[Token]:
        at, stop = 0, len(text.rstrip())
        while at < stop:
            match = TOKEN.match(text, at)
            assert match is not None and match.lastgroup is not None, f"no rule of the common shape at {at}"
            yield match.lastgroup, match[match.lastgroup], match.start(match.lastgroup), match.end()
            at = match.end()
        yield "end", "", stop, stop

    def take(self, text: str | None = None) -> Token:
        token = self.next
        assert text is None or token[1] == text, f"expected {text} at {token[2]}"
        self.end = token[3]
        self.next = next(self.tokens, token)
        return token

    def file(self) -> s.File:
        statements = []
        while self.next[0] != "end":
            statements.append(self.rule())
        return s.File(None, tuple(statements))

    def name(self) -> s.Name:
        _, text, start, end = self.take()
        return s.Name(text, span=self.source.span(start, end))

    def rule(self) -> s.Rule:
        start = self.take("rule")[2]
        name = self.name()
        self.take(":")
        condition = self.conjunction()
        self.take("->")
        begin = self.take("forbid")[2]
        action = self.name()
        effect = s.Forbid((action,), span=self.source.span(begin, self.end))
        clauses: tuple[s.Clause, ...] = ()
        if self.next[1] == "until":
            begin = self.take()[2]
            release = self.conjunction()
            clauses = (s.Until(release, span=self.source.span(begin, self.end)),)
        return s.Rule(name, None, condition, (effect,), clauses, span=self.source.span(start, self.end))

    def conjunction(self) -> s.Condition:
        start = self.next[2]
        operands = [self.comparison()]
        while self.next[1] == "and":
            self.take()
            operands.append(self.comparison())
        if len(operands) == 1:
            return operands[0]
        return s.And(tuple(operands), span=self.source.span(start, self.end))

    def comparison(self) -> s.Comparison:
        start = self.next[2]
        left = self.sum()
        op = self.take()[1]
        right = self.sum()
        return s.Comparison(op, left, right, span=self.source.span(start, self.end))

    def sum(self) -> s.Sum:
        kind, text, start, end = self.take()
        span = self.source.span(start, end)
        atom: s.Atom
        if kind == "number":
            atom = s.Number(float(text), text, span=span)
        else:
            atom = s.Path((s.Step(text),), span=span)
        return s.Sum((("+", s.Term(atom, span=span)),), span=span)


def by_hand(text: str) -> s.File:
    return HandWritten(Source("policy", text)).file()


def by_policylang(text: str) -> s.File:
    return parse(Source("policy", text))


def ratios(size: int, rounds: int) -> Iterator[Ratio]:
    text = rules(size)
    yield Ratio(
        f"parse {size} rules / the same by hand with re",
        ratio(lambda: by_policylang(text), lambda: by_hand(text), rounds),
        45,
    )
    large = rules(10 * size)
    growth = seconds(lambda: by_policylang(large)) / seconds(lambda: by_policylang(text))
    yield Ratio(f"parse {10 * size} rules / parse {size} rules, a tenth of it", growth / 10, 1.5)
