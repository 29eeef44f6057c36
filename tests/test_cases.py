"""Runs ``tests/cases/*.policy``: policy text with the expectation on the line where it must appear.

Cases are separated by ``---``. ``#! PL201 «text» words`` at the end of a line expects a diagnostic
with that code there, whose span covers exactly ``text`` (left out: anything that starts on the
line) and whose message or hint has the words. ``#? {record} -> action outcome, …`` expects
outcomes, ``forbidden by gate[cbrn]`` with the prohibitions that have fired; ``#? on 2026-01-31
{record} -> …`` gives today. ``#> name.policy`` begins another file, which the first may extend.
"""

from collections.abc import Mapping
from datetime import date
import json
from pathlib import Path
import re

import pytest

import policylang
from policylang.diagnostics import Diagnostic
from policylang.values import FrozenMap

FOLDER = Path(__file__).parent / "cases"
FILES = sorted(FOLDER.rglob("*.policy"))


def cases() -> list[tuple[str, str]]:
    found = []
    for path in FILES:
        for number, text in enumerate(re.split(r"^---$", path.read_text(encoding="utf-8"), flags=re.M), 1):
            found.append((f"{path.stem}-{number}", text.strip("\n")))
    return found


@pytest.mark.parametrize("text", [t for _, t in cases()], ids=[n for n, _ in cases()])
def test_case(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    main, *others = re.split(r"^#> (\S+)\n", text, flags=re.M)
    files = dict(zip(others[::2], others[1::2], strict=True))
    for name, other in files.items():
        Path(name).write_text(other, encoding="utf-8")
    check_case(main, files, must_expect=True)


def covered(files: Mapping[str, str], found: Diagnostic) -> str:
    """Return the text under a span, only its first line if there are more."""
    span, line = found.span, files[found.span.source].split("\n")[found.span.line - 1]
    return line[span.column - 1 : span.end_column - 1 if span.end_line == span.line else None]


def check_case(text: str, others: Mapping[str, str] = FrozenMap(), *, must_expect: bool) -> None:
    """Assert that a text is refused as its marks say, or loads and decides as they say."""
    files = {"policy": text, **dict(sorted(others.items()))}
    wanted = [
        (f"{name}:{number}", match[1], match[3], match[4].strip())
        for name, file in files.items()
        for number, line in enumerate(file.split("\n"), 1)
        for match in re.finditer(r"#! (PL\d+)( «(.+?)»)?([^#]*)", line)
    ]
    if wanted:
        with pytest.raises(policylang.PolicyError) as refused:
            policylang.loads(text)
        found = refused.value.diagnostics
        assert [w[:2] for w in wanted] == [(f"{d.span.source}:{d.span.line}", d.code) for d in found], str(
            refused.value
        )
        for (_, _, place, words), one in zip(wanted, found, strict=True):
            assert place is None or covered(files, one) == place, str(refused.value)
            assert words in f"{one.message} {one.hint}", str(refused.value)
        return
    policy = policylang.loads(text)
    expectations = re.findall(r"^#\? (?:on (\S+) )?(\{.*\}) -> (.+)$", text, flags=re.M)
    assert expectations or not must_expect, "a case expects something"
    for day, record, outcomes in expectations:
        decision = policy.decide(json.loads(record), today=date.fromisoformat(day) if day else None)
        for action, outcome, _, rules in re.findall(r"(\S+) (\w+)( by ([^,]+))?(?:, |$)", outcomes):
            assert decision[action].value == outcome, f"{record}: {action}"
            if rules:
                entries = decision.undecided if outcome == "undetermined" else decision.fired
                made = [
                    f"{e.rule}[{' '.join(e.instance.values())}]".removesuffix("[]")
                    for e in entries
                    if action in e.actions and e.effect in ("forbid", "require")
                ]
                assert made == rules.split(" and "), f"{record}: {action}"
