"""Shell sessions as text: each line ``$ command`` with the output that it must print.

A status other than 0 stands behind the output as ``[exit 3]``. Standard output and standard error
come as a terminal would show them.
"""

from __future__ import annotations

import os
from pathlib import Path
import re
import subprocess
import sys
from typing import NamedTuple

SECONDS = 60  # of one command, before it counts as hanging


class Command(NamedTuple):
    """A command and what it printed, its exit status included."""

    line: str
    output: str


def commands(session: str) -> list[Command]:
    """Return the commands of a session with what is expected of them."""
    found = []
    for piece in re.split(r"^\$ ", session, flags=re.M)[1:]:
        line, _, output = piece.partition("\n")
        while line.endswith("\\"):
            more, _, output = output.partition("\n")
            line = f"{line}\n{more}"
        found.append(Command(line, output.strip("\n")))
    return found


def run(line: str, folder: Path) -> str:
    """Return what a command prints in a folder, with its exit status when it is not 0."""
    programs = folder / ".bin"
    if not programs.exists():
        programs.mkdir()
        script = programs / "policylang"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m policylang "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    environment = {
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder),
    }
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    output = done.stdout.decode("utf-8").strip("\n")
    return output if done.returncode == 0 else f"{output}\n[exit {done.returncode}]".strip("\n")
