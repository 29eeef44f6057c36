"""What the formatter prints is the same policy, for good, with every comment."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
import pytest
from texts import CASES, SHIPPED, with_comments, written_policies

import policylang
from policylang.language.formatter import format_file
from policylang.language.parser import parse
from policylang.language.syntax import File
from policylang.source import Source


def check_format(tree: File) -> None:
    once = format_file(tree)
    again = parse(Source("policy", once))
    assert again == tree, "parsing what is printed gives the same tree"
    assert format_file(again) == once, "formatting twice changes nothing"
    assert Counter(c.text for c in again.comments) == Counter(c.text for c in tree.comments)


def check_comments(text: str, plain: File, seed: int, count: int) -> None:
    commented, comments = with_comments(text, seed, count)
    tree = parse(Source("policy", commented))
    assert [comment.text for comment in tree.comments] == comments
    assert tree == plain, "comments say nothing"
    check_format(tree)


@pytest.mark.parametrize("text", CASES + SHIPPED)
def test_every_case_and_shipped_policy(text: str) -> None:
    """Parsing after formatting is the identity, formatting is idempotent, comments are kept."""
    tree = parse(Source("policy", text))
    check_format(tree)
    for seed in range(3):
        check_comments(text, tree, seed, 10**seed)


@given(written_policies(), st.integers(0, 2**16), st.integers(0, 40))
def test_random_policies(text: str, seed: int, count: int) -> None:
    """The same for random policies in random layouts."""
    check_comments(text, parse(Source("policy", text)), seed, count)


@given(written_policies())
def test_policies_print_back(text: str) -> None:
    """`str` of a policy is its text in canonical form: it loads and means the same."""
    policy = policylang.loads(text)
    printed = policylang.loads(str(policy))
    assert (printed.digest, printed.rules) == (policy.digest, policy.rules)
