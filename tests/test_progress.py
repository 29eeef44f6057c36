"""How far a long command is: seen on a terminal only, on standard error only, and gone at the end."""

from __future__ import annotations

import json
import os
from pathlib import Path
import select
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")

SECONDS = 60
ACTIONS = 200  # each takes milliseconds to compare: far longer in all than the line waits
ENDLESS = 100_000  # records, far more than are decided before the test has seen enough
CLEAR_LINE = "\r\x1b[K"


POLICYLANG = [sys.executable, "-m", "policylang"]


def decide(records: Path, *options: str) -> list[str]:
    gate = records.with_name("gate.policy")
    gate.write_text("post_mitigation >= High -> forbid deploy and develop", encoding="utf-8")
    return [*POLICYLANG, "decide", str(gate), str(records), *options]


def compare(folder: Path) -> list[str]:
    """Return a comparison of so many actions that the first ones are answered long before the last."""
    names = [f"go_{i}" for i in range(ACTIONS)]
    head = f"record {{ score: number }} action {', '.join(names)}: permitted unless forbidden\n"
    files = []
    for side, limit in (("old", 1), ("new", 2)):
        rules = (f"score > {limit + i} -> forbid {name}\n" for i, name in enumerate(names))
        files.append(folder / f"{side}.policy")
        files[-1].write_text(head + "".join(rules), encoding="utf-8")
    return [*POLICYLANG, "compare", *map(str, files), "--format", "json"]


class Watched:
    """A command with a terminal for its standard error."""

    def __init__(self, command: list[str], stdout: int | None = subprocess.DEVNULL) -> None:
        self.terminal, theirs = os.openpty()
        root = str(Path(__file__).parents[1])
        # A shell has what it starts in the background ignore interrupts, and all that this starts in turn.
        ours = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", "PYTHONPATH": root},
        )
        signal.signal(signal.SIGINT, ours)
        os.close(theirs)
        self.seen = ""

    def watch(self, until: str | None = None) -> None:
        """Read the terminal until a text is seen, or until the end."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and (until is None or until not in self.seen):
            if select.select([self.terminal], [], [], 0.05)[0]:
                try:
                    found = os.read(self.terminal, 65536)
                except OSError:  # the other end is closed
                    break
                if not found:
                    break
                self.seen += found.decode()
        if until is None:
            os.close(self.terminal)


def many(folder: Path, count: int, last: str = "") -> Path:
    path = folder / "many.jsonl"
    low = {"post_mitigation": "Low"}
    record = {"scores": dict.fromkeys(("cybersecurity", "cbrn", "persuasion", "model_autonomy"), low)}
    path.write_text(f"{json.dumps(record)}\n" * count + last, encoding="utf-8")
    return path


def test_a_terminal_sees_how_many_records_are_decided_and_nothing_of_it_stays(tmp_path: Path) -> None:
    watched = Watched(decide(many(tmp_path, 3_000, '{"modl": 1}\n'), "--format", "jsonl"))
    watched.watch()
    assert watched.process.wait(SECONDS) == 2
    line, cleared, rest = watched.seen.rpartition(CLEAR_LINE)
    assert cleared
    assert " records decided" in line
    assert "records decided" not in rest  # on a slow machine the line comes back after the error
    assert f"{CLEAR_LINE}{tmp_path / 'many.jsonl'}:3001: error: modl" in watched.seen


def test_results_on_a_terminal_are_progress_enough(tmp_path: Path) -> None:
    watched = Watched(decide(many(tmp_path, 1_000), "--format", "jsonl"), stdout=None)
    watched.watch()
    assert watched.process.wait(SECONDS) == 0
    assert watched.seen.count('"policylang-decision/1"') == 1_000
    assert "records decided" not in watched.seen


def test_without_a_terminal_nothing_is_seen(tmp_path: Path) -> None:
    done = subprocess.run(
        decide(many(tmp_path, 1_000), "--format", "jsonl"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_interrupt_ends_it_clean(tmp_path: Path) -> None:
    watched = Watched(decide(many(tmp_path, ENDLESS), "--format", "json"))
    watched.watch(until="records decided")
    watched.process.send_signal(signal.SIGINT)
    watched.watch()
    assert watched.process.wait(SECONDS) == 130
    assert watched.seen.endswith(f"{CLEAR_LINE}interrupted\r\n")
    assert "Traceback" not in watched.seen


def test_a_terminal_sees_how_far_a_comparison_is(tmp_path: Path) -> None:
    watched = Watched(compare(tmp_path))
    watched.watch()
    assert watched.process.wait(SECONDS) == 0
    line, cleared, rest = watched.seen.rpartition(CLEAR_LINE)
    assert cleared
    assert " questions answered" in line
    assert rest == ""
