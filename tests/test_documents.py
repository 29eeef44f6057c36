"""Documents state only what runs: every fenced block of every document is executed here.

- ``policy`` loads, and what its ``#?`` lines expect comes out; ``policy refused`` is refused where
  its ``#!`` marks say;
- ``… file=NAME`` is a file for the sessions that follow;
- ``console`` is a shell session with all it prints;
- ``python`` is run; an ``output`` block behind it is what it prints;
- ``sh`` are the README's two commands, which ``.ci/run`` runs; ``text`` and ``ebnf`` are for reading.

The blocks of docs/diagnostics.md are for `test_diagnostics`.
"""

from contextlib import chdir, redirect_stdout
import io
from pathlib import Path
import re
from typing import Any, NamedTuple

import console
import pytest
from test_cases import check_case

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "tests").glob("*.md"))
    if path.name != "diagnostics.md"
)
READ_ONLY = {"sh", "text", "ebnf", ""}


class Block(NamedTuple):
    """A fenced block: its words behind the fence, its text and its line."""

    kind: str
    options: tuple[str, ...]
    text: str
    line: int

    @property
    def file(self) -> str | None:
        return next((o.removeprefix("file=") for o in self.options if o.startswith("file=")), None)


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    found = []
    for match in re.finditer(r"^(```+)([^\n`]*)\n(.*?)^\1$", text, re.M | re.S):
        kind, *options = match[2].split() or [""]
        found.append(Block(kind, tuple(options), match[3], text.count("\n", 0, match.start()) + 1))
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=[p.relative_to(ROOT).as_posix() for p in DOCUMENTS])
def test_document(path: Path, tmp_path: Path) -> None:
    printed = ""
    names: dict[str, Any] = {}
    for block in blocks(path):
        place = f"{path.name}:{block.line}"
        if block.file is not None:
            file = tmp_path / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        match block.kind:
            case "policy":
                check_case(block.text, must_expect=False)
            case "console":
                for command in console.commands(block.text):
                    assert console.run(command.line, tmp_path) == command.output, f"{place}: {command.line}"
            case "python":
                printed = run_python(block.text, names, tmp_path)
            case "output":
                assert printed == block.text, place
            case kind:
                assert kind in READ_ONLY or block.file, f"{place}: nothing runs a block of {kind!r}"


def run_python(text: str, names: dict[str, Any], folder: Path) -> str:
    out = io.StringIO()
    with chdir(folder), redirect_stdout(out):
        exec(compile(text, "document", "exec"), names)
    return out.getvalue()


def test_the_readme_has_the_two_commands() -> None:
    lines = re.findall(r"^python -m pip install .*$", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert len(lines) == 2
    assert lines[0] == "python -m pip install . && policylang demo"


def test_links_lead_somewhere() -> None:
    for path in (*DOCUMENTS, ROOT / "docs" / "diagnostics.md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if not target.startswith("https://"):
                assert (path.parent / target).exists(), f"{path.name}: {target}"
