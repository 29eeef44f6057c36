"""Every command with its whole output and exit status.

A transcript is a text: files between ``==> name <==`` and ``==> end <==``, then a shell session.
To write the outputs anew after a change, and then read them: ``UPDATE_TRANSCRIPTS=1 pytest``.
"""

import os
from pathlib import Path
import re

import console
import pytest

FOLDER = Path(__file__).parent
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))
FILE = re.compile(r"^==> (?P<name>\S+) <==\n(?P<text>.*?)(?=^==> )", re.M | re.S)
END = "==> end <==\n"


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_transcript(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head, end, session = text.rpartition(END)
    for match in FILE.finditer(head + end):
        file = tmp_path / match["name"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(match["text"], encoding="utf-8")
    expected = console.commands(session)
    found = [console.Command(c.line, console.run(c.line, tmp_path)) for c in expected]
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        shown = "\n".join(f"$ {line}\n{output}\n" if output else f"$ {line}\n" for line, output in found)
        path.write_text(head + end + shown, encoding="utf-8")
    else:
        assert found == expected


def test_every_command_has_a_transcript() -> None:
    from policylang.cli.main import COMMANDS

    sessions = "".join(path.read_text(encoding="utf-8") for path in TRANSCRIPTS)
    assert all(re.search(rf"^\$ .*policylang {command}\b", sessions, re.M) for command in COMMANDS)
