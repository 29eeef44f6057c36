"""Past a limit a finding is not decided, with the reason; without the extra too, and never a wrong answer."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import signal
import subprocess
import sys
from time import monotonic
from types import FrameType
from typing import Any

import generated
import pytest
from test_plain import SMALL, pigeons

import policylang
from policylang import Policy
from policylang.analysis import check, compare, frontier, solver, table
from policylang.analysis.outcomes import Outcomes, space_of

ROOT = Path(__file__).parents[2]
TraceFunction = Callable[[FrameType, str, Any], Any]
WITHOUT_THE_EXTRA = """
import sys
sys.modules["pysat"] = sys.modules["pysat.solvers"] = None  # as if it were not installed
from policylang.analysis import solver
solver.Solver.__init__.__kwdefaults__["conflicts"] = 300
from policylang.cli.main import main
main()
"""
INTERRUPTED = """
import os, subprocess
from policylang.analysis import solver
from policylang.cli.main import main
solve = solver.CaDiCaL.solve
def interrupted(self, assumptions, budget):
    solver.CaDiCaL.solve = solve  # the questions after the first are the long ones
    subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -INT {os.getpid()}"])
    return solve(self, assumptions, budget)
solver.CaDiCaL.solve = interrupted
main()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command where python-sat cannot be imported, with a search that gives up soon."""
    command = [sys.executable, "-c", WITHOUT_THE_EXTRA, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_without_the_extra_a_small_policy_is_answered_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "small.policy"
    path.write_text(SMALL, encoding="utf-8")
    done = run("check", str(path))
    assert done.returncode == 1, done.stderr
    assert "PL301" in done.stderr and "PL303" in done.stderr and "PL390" not in done.stderr
    assert run("compare", str(path), "preparedness").returncode == 0


def test_without_the_extra_what_is_too_hard_needs_it(tmp_path: Path) -> None:
    """The exit status is that of a check that does not hold: nothing unanswered passes."""
    path = tmp_path / "hard.policy"
    path.write_text(pigeons(8), encoding="utf-8")
    done = run("check", str(path))
    assert done.returncode == 1, done.stderr
    assert "not decided: always go not permitted" in done.stderr
    assert "needs policylang[analysis]" in done.stderr


def test_a_time_limit_ends_a_check_soon_and_leaves_the_rest_open() -> None:
    """Random clauses at their threshold: whatever is found in time is so, and the rest is said to be open."""
    policy = policylang.loads("\n".join(generated.threshold(1060, 250, 1)))
    start = monotonic()
    report = check(policy, time_limit=0.5)
    assert monotonic() - start < 10  # a machine may be busy with others
    assert not report.holds
    assert {one.code for one in report} == {"PL390"}
    assert {one.hint for one in report} == {"the time limit is over"}


LISTS = """
record { used: list of tool { kind: text, dangerous: bool, count: number }, limit: number }
action deploy: permitted unless forbidden
"""
LONG = {
    "a list by profiles": 'any tool (kind = "{0}" and count > {0}) -> forbid deploy',
    "a list by entries": "at least 2 tool (dangerous and count > limit + {0}) -> forbid deploy",
    "conditions": "limit > {0} or limit = -{0} -> forbid deploy",
}


@pytest.mark.parametrize(
    "ask",
    [
        lambda policy: check(policy, time_limit=float("nan")),
        lambda policy: compare(policy, policy, time_limit=float("nan")),
        lambda policy: frontier(policy, "go", time_limit=float("nan")),
        lambda policy: table(policy, "go", time_limit=float("nan")),
    ],
    ids=["check", "compare", "frontier", "table"],
)
def test_a_time_limit_that_is_no_number_is_refused(ask: Callable[[Policy], object]) -> None:
    policy = policylang.loads("record { x: bool } action go: permitted unless forbidden x -> forbid go")
    with pytest.raises(ValueError, match="number of seconds"):
        ask(policy)


@pytest.mark.parametrize("rule", LONG.values(), ids=LONG)
def test_the_time_limit_is_one_for_what_comes_before_the_first_question_too(rule: str) -> None:
    policy = policylang.loads(LISTS + "\n".join(rule.format(place) for place in range(1, 100)))
    report = check(policy, time_limit=0)
    assert [one.hint for one in report] == ["the time limit is over"]


def test_when_the_time_is_over_little_more_is_made_of_conditions() -> None:
    policy = policylang.loads(LISTS + "\n".join(LONG["a list by entries"].format(i) for i in range(1, 50)))
    space = space_of(policy.predicates)
    space.solver.deadline = monotonic()
    with pytest.raises(solver.NotDecided, match="the time limit is over"):
        assert Outcomes(space, policy.predicates).parts
    assert space.solver.variables < 2 * solver.LOOKS


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_while_the_solver_searches_ends_it_clean(tmp_path: Path) -> None:
    """The solver's own way with interrupts is to end in an error, which would be a defect of ours."""
    path = tmp_path / "hard.policy"
    path.write_text(pigeons(11), encoding="utf-8")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [sys.executable, "-c", INTERRUPTED, "check", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    signal.signal(signal.SIGINT, before)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def lines_run(parts: int, type_: str, atom: str) -> int:
    """Return how many lines a check runs through of a rule with so many conditions on as many fields."""
    fields = ", ".join(f"x{i}: {type_}" for i in range(parts))
    atoms = " and ".join(atom.format(i, (i + 1) % parts) for i in range(parts))
    text = f"record {{ {fields} }}\naction deploy: permitted unless forbidden\n{atoms} -> forbid deploy"
    policy = policylang.loads(text)
    count = 0

    def line(frame: FrameType, event: str, _: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return line

    before = sys.gettrace()
    sys.settrace(line)
    try:
        check(policy, time_limit=None)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    ("type_", "atom"),
    [("bool", "x{}"), ("number", "x{} > 2"), ("text", "x{} = x{}")],
    ids=["bools", "numbers", "texts"],
)
def test_a_rule_twice_as_long_takes_twice_the_work(type_: str, atom: str) -> None:
    lines_run(2, type_, atom)  # what the first check of a process does once is not the rule's
    assert lines_run(400, type_, atom) < 2.1 * lines_run(200, type_, atom)


def test_what_takes_too_many_literals_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """So memory is bounded; a check and a comparison say so and do not hold."""
    policy = policylang.loads("\n".join(generated.structured(50, 20, 1)))
    monkeypatch.setattr(solver, "MAX_VARIABLES", 200)
    report = check(policy)
    assert [one.hint for one in report] == ["it takes more than 200 literals"]
    assert not report.holds
    other = policylang.loads("\n".join(generated.mutant(generated.structured(50, 20, 1), 3)))
    assert compare(policy, other).verdict == "not decided"


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_a_terminal_sees_how_far_a_long_check_is_and_nothing_of_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "long.policy"
    path.write_text("\n".join(generated.structured(300, 50, 1)), encoding="utf-8")
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "policylang", "check", "--format", "json", str(path)]
    env = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=env)
    os.close(theirs)
    seen = b""
    while chunk := read(ours):
        seen += chunk
    os.close(ours)
    assert process.wait(timeout=60) == 1
    assert b" questions answered" in seen
    assert seen.endswith(b"\r\x1b[K")


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other end is closed
        return b""
