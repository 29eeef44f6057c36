"""What is lost with text that does not parse makes nothing false said of the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from texts import CASES, SHIPPED, TOKEN, written_policies

import policylang
from policylang.core.policy import Policy
from policylang.language import syntax
from policylang.language.formatter import format_file
from policylang.language.library import find, shipped
from policylang.language.parser import parse
from policylang.source import Source

# None of these can stand in a policy outside of strings and comments, wherever it is put.
UNREADABLE = ("] ", "? ", "; ", " @ ", ")) ", " -> -> ", ": : ", "{{{ ", '"never closed ', " 3..4 ", "$x ")
RULES = syntax.Rule | syntax.AlwaysOutcome | syntax.AlwaysTightens | syntax.Example


def errors_of_names(load: Callable[[Any], Policy], argument: object) -> list[str]:
    """Return the errors of names and types in loading a policy."""
    try:
        load(argument)
    except policylang.PolicyError as error:
        assert error.diagnostics
        return [str(one) for one in error.diagnostics if not one.code.startswith("PL1")]
    return []


def broken(text: str, random: Random) -> str:
    """Return a policy's text with something unreadable put between two of its tokens."""
    tokens = TOKEN.findall(text)
    tokens.insert(random.randrange(len(tokens)), random.choice(UNREADABLE))
    return "".join(tokens)


def split(text: str) -> tuple[str, str]:
    """Return the declarations of a policy, and its rules, claims and examples."""
    source = Source("policy", text)
    nodes = parse(source).statements
    starts = [source.line_starts[node.span.line - 1] + node.span.column - 1 for node in nodes]
    parts: dict[bool, list[str]] = {False: [], True: []}
    for node, begin, end in zip(nodes, starts, [*starts[1:], len(text)], strict=True):
        parts[isinstance(node, RULES)].append(text[begin:end])
    return "\n".join(parts[False]), "\n".join(parts[True])


@given(st.integers(0, len(SHIPPED) + len(CASES) - 1), st.integers(0, 2**32))
def test_a_policy_with_something_unreadable_in_it_has_no_error_of_names(number: int, seed: int) -> None:
    text = [*SHIPPED, *CASES][number]
    assert errors_of_names(policylang.loads, broken(text, Random(seed))) == []


@given(written_policies(), st.integers(0, 2**32))
def test_nor_has_a_random_policy_whose_statements_begin_lines(text: str, seed: int) -> None:
    canonical = format_file(parse(Source("policy", text)))
    assert errors_of_names(policylang.loads, broken(canonical, Random(seed))) == []


@given(st.sampled_from(shipped()), st.integers(0, 2**32))
def test_nor_has_one_that_extends_declarations_with_something_unreadable(name: str, seed: int) -> None:
    declarations, rules = split(find(name).read_text(encoding="utf-8"))
    with TemporaryDirectory() as folder:
        base, own = Path(folder) / "base.policy", Path(folder) / "own.policy"
        base.write_text(declarations, encoding="utf-8")
        own.write_text(f'extends "base.policy"\n{rules}', encoding="utf-8")
        policylang.load(own)
        base.write_text(broken(declarations, Random(seed)), encoding="utf-8")
        assert errors_of_names(policylang.load, own) == []
