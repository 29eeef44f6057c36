"""Whatever the text: a policy or a PolicyError, and nothing else."""

from __future__ import annotations

import pickle
from random import Random
import re

from hypothesis import given
from hypothesis import strategies as st
import pytest
from texts import CASES, SHIPPED, written_policies

import policylang
from policylang.language import syntax
from policylang.language.parser import MAX_ERRORS, parse
from policylang.source import Source

PIECES = [*'"#(){}[]<>=!+-*.,:%&|;\\/\0\t\r\n', "\N{NO-BREAK SPACE}", "\ud800", "\N{RIGHT-TO-LEFT OVERRIDE}"]
PIECES += [
    "->",
    "and",
    "or",
    "not",
    "any",
    "every",
    "at",
    "least",
    "2",
    "in",
    "is",
    "missing",
    "until",
    "unless",
    "rule",
    "scale",
    "set",
    "record",
    "action",
]
PIECES += [
    "define",
    "grade",
    "example",
    "given",
    "1e999",
    "2024-13-01",
    "5%",
    "3",
    "days",
    "today",
    "record.",
    '"""',
    "per",
    "list",
    "of",
    "key",
]


def read(text: str | bytes) -> None:
    try:
        policy = policylang.loads(text)
    except policylang.PolicyError as error:
        assert 0 < len(error.diagnostics) <= 100 * MAX_ERRORS
        for found in error.diagnostics:
            assert found.code.startswith("PL")
            assert 1 <= found.span.line <= found.span.end_line
            assert found.message
        assert "Expected" not in str(error)
        assert pickle.loads(pickle.dumps(error)).diagnostics == error.diagnostics
    else:
        assert policylang.loads(str(policy)).digest == policy.digest


@given(st.one_of(st.text(), st.text(st.sampled_from([*'ab->=() \n"#{}:,.<1']))))
def test_any_text(text: str) -> None:
    """A random text is a policy or refused."""
    read(text)


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    """So are random bytes."""
    read(data)


@given(st.one_of(st.sampled_from(CASES + SHIPPED), written_policies()), st.integers(0, 2**32))
def test_any_change_of_a_policy(text: str, seed: int) -> None:
    """So is a policy with pieces taken out, moved, doubled or put in."""
    random = Random(seed)
    for _ in range(random.choice((1, 1, 2, 5))):
        start = random.randrange(len(text) + 1)
        end = min(len(text), start + random.choice((0, 1, 3, 20)))
        other = random.randrange(len(text) + 1)
        piece = random.choice((random.choice(PIECES), text[start:end] * 2, text[other : other + 10], ""))
        text = text[:start] + piece + text[end:]
    read(text)


BRACKETS = re.compile(r'"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|#.*|([({\[])|([)}\]])')


@given(st.one_of(st.sampled_from(CASES + SHIPPED), written_policies()))
def test_the_place_of_a_part_has_all_its_brackets(text: str) -> None:
    """Whatever opens inside of a node's place closes there, and a rule begins with its first sign."""
    source = Source("p.policy", text)
    pending: list[syntax.Node] = list(parse(source).statements)
    ends = []
    for node in pending:
        pending += syntax.children(node)
        start, end = (
            source.line_starts[line - 1] + column - 1 for line, column in (node.span.start, node.span.end)
        )
        depths = [0]
        for found in BRACKETS.finditer(text, start, end):
            depths.append(depths[-1] + bool(found[1]) - bool(found[2]))
        assert min(depths) == depths[-1] == 0, text[start:end]
        if isinstance(node, syntax.Statement):
            ends += [start, end]
    ends = [0, *sorted(ends), len(text)]
    between = [text[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True)]
    assert not re.sub(r"#.*|[\s\ufeff]", "", "\n".join(between[1:])), "what stands between statements"


RECORD = "record { b: bool  l: list of e { y: number } } action a: permitted unless forbidden\n"
DEEP = {
    "parentheses": "(" * 100_000,
    "closed parentheses": RECORD + "(" * 100_000 + "b" + ")" * 100_000 + " -> forbid a",
    "braces": "record " + "{ x: " * 100_000,
    "brackets": RECORD + 'example "e" { given { b: ' + "[" * 100_000,
    "negations": RECORD + "not " * 100_000 + "b -> forbid a",
    "negated parentheses": RECORD + "not (" * 90 + "b" + ")" * 90 + " -> forbid a",
    "quantifiers": RECORD + "any e (" * 100 + "y > 1" + ")" * 100 + " -> forbid a",
    "groups": "record " + "{ x: " * 99 + "number" + "}" * 99,
    "lists": RECORD + 'example "e" { given { b: ' + "[" * 95 + "]" * 95 + " } expect a permitted }",
    "defines": RECORD + "".join(f"define d{i} = not d{i + 1}\n" for i in range(1500)) + "define d1500 = b",
    "doubled defines": RECORD
    + "".join(f"define d{i} = d{i + 1} and d{i + 1}\n" for i in range(300))
    + "define d300 = b\nd0 -> forbid a",
    "overrides": RECORD
    + "".join(f"rule r{i}: b -> forbid a overrides r{i + 1}\n" for i in range(1500))
    + "rule r1500: b -> forbid a",
    "members": "".join(f"set s{k}: {', '.join(f'm{i}' for i in range(200))}\n" for k in range(3))
    + "record { t: per s0 { t: per s1 { t: per s2 { b: bool } } } } action a: permitted unless forbidden\n"
    + "any s0 (any s1 (any s2 (b))) -> forbid a",
    "digits": RECORD + f"any e (y > {'9' * 10_000}) -> forbid a",
    "an exponent": RECORD + f"any e (y > 1e{'9' * 10_000}) -> forbid a",
    "a count": RECORD + f"at least {'9' * 10_000} e (y > 1) -> forbid a",
    "a date": f"evaluated_on < {'9' * 10_000}-01-01 -> forbid deploy",
    "a duration": f"evaluated_on < today - {'9' * 90} years -> forbid deploy",
    "zeros": "\0" * 100_000,
    "quotes": '"\n' * 10_000,
    "errors": "b - forbid a\n" * 10_000,
    "a long line": "x " * 100_000,
    "too much": "#" * 50_000_000,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_is_deep_or_large(text: str) -> None:
    """So is what is nested, repeated or written out beyond any use; nothing overflows and nothing hangs."""
    read(text)


def test_a_policy_of_50_megabytes_is_refused_unread() -> None:
    """The documented size is the limit for bytes too, before they are decoded."""
    with pytest.raises(policylang.PolicyError) as refused:
        policylang.loads(b"\xff" * 50_000_000)
    assert [found.code for found in refused.value.diagnostics] == ["PL105"]
