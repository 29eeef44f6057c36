"""What `init` writes passes as it is: the policy, its record, its test, and what the workflow runs."""

from datetime import date
import os
from pathlib import Path
import re
import subprocess
import sys

import pytest

from policylang.cli.main import run
from policylang.cli.starting import TEMPLATES, moved, starter

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_is_written_passes(template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line of the workflow that runs policylang ends with status 0, in a place of its own."""
    assert run(["init", str(tmp_path), "--template", template]) == 0
    monkeypatch.chdir(tmp_path)
    workflow = Path(".github/workflows/policy.yml").read_text(encoding="utf-8")
    lines = re.findall(r"^ +- run: policylang (.+)$", workflow, re.M)
    assert [line.split()[0] for line in lines] == ["fmt", "check", "test", "decide"]
    for line in lines:
        assert run(line.split()) == 0, line
    assert "python -m pytest tests" in workflow
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "tests", "-p", "no:cacheprovider"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_record_permits_something(template: str) -> None:
    """A starter whose gate is closed would show nothing of what opens it."""
    text = starter(template, date(2026, 11, 24))["tests/test_policy.py"]
    assert re.search(r"decision\.permits\(action\)\] == \[\"", text)


def test_nothing_is_overwritten_and_nothing_written_beside_it(tmp_path: Path) -> None:
    kept = tmp_path / "records" / "model.json"
    kept.parent.mkdir()
    kept.write_text("mine", encoding="utf-8")
    assert run(["init", str(tmp_path)]) == 2
    assert kept.read_text(encoding="utf-8") == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]


def test_dates_move_with_the_record_and_nothing_else_does() -> None:
    before = {
        "on": "2026-01-31",
        "name": "2026",
        "list": [{"at": "2024-02-28"}],
        "n": 3,
        "b": True,
        "x": None,
    }
    after = moved(before, date(2026, 3, 2) - date(2026, 3, 1))
    assert after == {**before, "on": "2026-02-01", "list": [{"at": "2024-02-29"}]}
