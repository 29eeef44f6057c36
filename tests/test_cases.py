"""Runs ``tests/cases/**/*.policy``: policy text with the expectation on the line where it must appear.

Cases are separated by ``---``. ``#! PL201 …`` at the end of a line expects a diagnostic with that
code on that line, with the words that follow in it. A line ``#? {record} -> action outcome, …``
expects outcomes; ``#? on 2026-01-31 {record} -> …`` gives today.
"""

from datetime import date
import json
from pathlib import Path
import re

import pytest

import policylang

FOLDER = Path(__file__).parent / "cases"
FILES = sorted(FOLDER.rglob("*.policy"))


def cases() -> list[tuple[str, str]]:
    found = []
    for path in FILES:
        for number, text in enumerate(re.split(r"^---$", path.read_text(encoding="utf-8"), flags=re.M), 1):
            found.append((f"{path.stem}-{number}", text.strip("\n")))
    return found


@pytest.mark.parametrize("text", [t for _, t in cases()], ids=[n for n, _ in cases()])
def test_case(text: str) -> None:
    check_case(text, must_expect=True)


def check_case(text: str, must_expect: bool) -> None:
    """Assert that a text is refused as its marks say, or loads and decides as they say."""
    wanted = [
        (number, match[1], match[2].strip())
        for number, line in enumerate(text.split("\n"), 1)
        for match in re.finditer(r"#! (PL\d+)([^#]*)", line)
    ]
    if wanted:
        with pytest.raises(policylang.PolicyError) as refused:
            policylang.loads(text)
        found = [(d.span.line, d.code, f"{d.message} {d.hint}") for d in refused.value.diagnostics]
        assert [w[:2] for w in wanted] == [f[:2] for f in found], str(refused.value)
        assert all(w[2] in f[2] for w, f in zip(wanted, found, strict=True)), str(refused.value)
        return
    policy = policylang.loads(text)
    expectations = re.findall(r"^#\? (?:on (\S+) )?(\{.*\}) -> (.+)$", text, flags=re.M)
    assert expectations or not must_expect, "a case expects something"
    for day, record, outcomes in expectations:
        decision = policy.decide(json.loads(record), today=date.fromisoformat(day) if day else None)
        for action, outcome in (pair.split() for pair in outcomes.split(", ")):
            assert decision[action].value == outcome, f"{record}: {action}"
