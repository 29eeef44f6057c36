"""Short explanations: they fit on a screen, and still say what makes the outcome."""

from collections.abc import Iterator
from datetime import date
import os
from pathlib import Path
import pty
import subprocess
import sys
from typing import Any, NamedTuple

import pytest
from shipped import policy_of

import policylang
from policylang import demo
from policylang.core.examples import example_record
from policylang.language.library import shipped
from policylang.proof.telling import explain
from policylang.proof.words import WIDTH, wrapped

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "benchmarks" / "preparedness_example.policy"
TODAY = date(2026, 11, 24)
CATEGORIES = ("cybersecurity", "cbrn", "persuasion", "model_autonomy")
MAX_ROWS = 13  # under 15 with the heading that the command prints


class Case(NamedTuple):
    """A decision that forbids an action."""

    name: str
    decision: policylang.Decision
    action: str


def forbidden(name: str, decision: policylang.Decision) -> Iterator[Case]:
    for action in decision.policy.actions:
        if decision[action] is policylang.Outcome.FORBIDDEN and decision.is_constrained(action):
            yield Case(f"{name}: {action}", decision, action)


def shipped_cases() -> Iterator[Case]:
    """Yield what the examples of the shipped policies and the demo's records forbid."""
    for name in shipped():
        policy = policy_of(name)
        for example in policy.examples:
            decision = policy.decide(example_record(example), today=example.on)
            yield from forbidden(f"{name}: {example.title}", decision)
    for card in demo.cards():
        for name, record in card.records.items():
            yield from forbidden(
                f"{name}: {card.model}", policy_of(name).decide(record, today=card.published)
            )


def rows(text: str) -> int:
    return sum(len(wrapped(line)) for line in text.split("\n"))


def test_what_shipped_policies_forbid_is_told_in_under_15_lines() -> None:
    cases = list(shipped_cases())
    assert {case.action for case in cases} >= {"deploy", "develop", "open_weights"}
    for case in cases:
        text = explain(case.decision, [case.action])
        assert rows(text) <= MAX_ROWS, f"{case.name}\n{text}"
        rules = {f.instance.rule for f in case.decision.deciding(case.action)}
        assert all(rule.label in text for rule in rules if len(rules) <= 6), f"{case.name}\n{text}"
        assert f"{case.action} is forbidden" in text


def record(levels: dict[str, tuple[str, Any]], **fields: Any) -> dict[str, Any]:
    scores = {name: {"pre_mitigation": a, "post_mitigation": b} for name, (a, b) in levels.items()}
    return {"scores": scores, "evaluated_on": "2026-01-05", "security_hardened": False, **fields}


WORD = {"holds": False, "by": "A. Assessor", "role": "independent_assessor", "on": "2026-10-15"}
FOUR = {
    "all critical": record(dict.fromkeys(CATEGORIES, ("Critical", "Critical")), mitigations=[]),
    "all different": record(
        {
            "cybersecurity": ("High", "High"),
            "cbrn": ("Critical", "Critical"),
            "persuasion": ("High", "Medium"),
            "model_autonomy": ("Critical", {"at_least": "High"}),
        },
        mitigations=[
            {"name": "a", "covers": "cbrn"},
            {"name": "b", "covers": "persuasion", "generalises": WORD},
        ],
    ),
}
POLICIES = {"section 2": EXAMPLE, "strict_mitigation": Path("strict_mitigation")}


@pytest.mark.parametrize("levels", FOUR)
@pytest.mark.parametrize("name", POLICIES)
def test_four_categories_forbidden_are_told_in_full_in_under_15_lines(name: str, levels: str) -> None:
    policy = policylang.load(str(POLICIES[name]))
    decision = policy.decide(FOUR[levels], today=TODAY)
    text = explain(decision, ["deploy"])
    assert rows(text) <= MAX_ROWS, text
    for finding in decision.deciding("deploy"):
        rule = finding.instance.rule
        assert rule.label in text
        for said in (rule.because, *rule.cites, rule.until_text and f"until {rule.until_text}"):
            assert not said or said in text, text
    assert "the rule allows at most Medium" in text
    assert ("the rule requires at least 2" in text) is ("mitigations-are-sound" in text)
    assert "more rule" not in text
    # With all actions there are more lines on a terminal, and still few.
    assert len(explain(decision).split("\n")) <= MAX_ROWS


def test_what_is_left_out_is_counted() -> None:
    duties = "\n".join(f'true -> oblige "duty {i}"' for i in range(30))
    policy = policylang.loads(f"post_mitigation >= High -> forbid deploy\n{duties}")
    decision = policy.decide({"scores": {"cbrn": {"post_mitigation": "High"}}})
    text = explain(decision, ["deploy"])
    assert rows(text) == MAX_ROWS
    shown = text.count("To do: ")
    assert text.endswith(f"Not told here: {30 - shown} obligations")


def test_many_rules_are_named_or_counted() -> None:
    rules = "\n".join(f"rule r{i}: post_mitigation >= High -> forbid deploy" for i in range(40))
    decision = policylang.loads(rules).decide({"scores": {"cbrn": {"post_mitigation": "High"}}})
    text = explain(decision, ["deploy"])
    assert rows(text) <= MAX_ROWS
    assert "34 more rules: r6, r7, r8, r9, r10 and 29 more" in text


def test_lines_are_wrapped_on_a_terminal_and_whole_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text('{"scores": {"cbrn": {"post_mitigation": "High"}}}')
    command = [sys.executable, "-m", "policylang", "explain", "strict_mitigation", "record.json"]
    command += ["--today", "2026-11-24", "--action", "deploy"]
    environment = {**os.environ, "COLUMNS": "120", "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    ours, theirs = pty.openpty()
    subprocess.run(command, stdout=theirs, cwd=tmp_path, env=environment, check=False)
    os.close(theirs)
    shown = b""
    with os.fdopen(ours, "rb", closefd=True, buffering=0) as terminal:
        try:
            while more := terminal.read(4096):
                shown += more
        except OSError:  # how Linux says that a terminal was closed
            pass
    on_terminal = shown.decode().replace("\r\n", "\n")
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment, check=False)
    elsewhere = done.stdout.decode()
    assert max(map(len, on_terminal.split("\n"))) <= WIDTH < max(map(len, elsewhere.split("\n")))
    assert on_terminal.split() == elsewhere.split()


@pytest.mark.parametrize("condition", ["not passed", "every part (fine)"])
def test_an_entry_that_gives_the_permission_is_not_said_to_fail(condition: str) -> None:
    policy = policylang.loads(f"""
        record {{ tests: list of trial {{ passed: bool, parts: list of part {{ fine: bool }} }} }}
        action go: forbidden unless permitted
        rule r: any trial ({condition}) -> permit go
    """)
    decision = policy.decide({"tests": [{"passed": False, "parts": [{"fine": True}]}]})
    assert decision.permits("go")
    assert "tests has 1 entry, which qualifies; the rule requires at least 1" in explain(decision, ["go"])


WIDENING = """
record { b: bool, x: bool }
action near: forbidden unless permitted
action far widens near: forbidden unless permitted
rule wide: x -> permit near
rule own: b -> permit far
"""


@pytest.mark.parametrize(
    ("b", "x", "named"), [(False, True, {"own"}), (True, False, {"wide"}), (False, False, {"own", "wide"})]
)
def test_a_refusal_names_the_permits_that_lack_and_no_others(b: bool, x: bool, named: set[str]) -> None:
    """What permits one of the actions that are needed is not why another one is refused."""
    text = explain(policylang.loads(WIDENING).decide({"b": b, "x": x}), ["far"])
    assert {name for name in ("own", "wide") if f"  {name}\n" in text} == named


def test_a_rule_that_permits_and_requires_does_both() -> None:
    head = "record { x: bool, y: bool } action go: forbidden unless permitted"
    policy = policylang.loads(f"{head} rule both: x -> permit go, require y for go")
    text = explain(policy.decide({"x": True, "y": True}), ["go"])
    assert text.startswith("go is permitted by 1 rule, and the one rule that could forbid it does not")
