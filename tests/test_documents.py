"""Documents state only what runs: every fenced block of every document is executed here.

- ``policy`` loads, and what its ``#?`` lines expect comes out, or it is refused where its ``#!``
  marks say; ``---`` separates several (see `test_cases`); a ``policy wrong`` is refused;
- ``… file=NAME`` is a file for the sessions that follow;
- ``console`` is a shell session with all it prints;
- ``python`` is run; an ``output`` block behind it is what it prints;
- ``sh`` are the README's two commands, which ``.ci/run`` runs; ``text`` and ``ebnf`` are for reading.

The blocks of docs/diagnostics.md are for `test_diagnostics`. To write what sessions and programs
print anew after a change, and then read it: ``UPDATE_TRANSCRIPTS=1 pytest``.
"""

from contextlib import chdir, redirect_stdout
import io
import os
from pathlib import Path
import re
from typing import Any, NamedTuple

import console
from hypothesis import settings
import pytest
from test_cases import check_case

from policylang import PolicyError, loads
from policylang.cli.main import COMMANDS
from policylang.language.lexical import RESERVED

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "tests").glob("*.md"))
    if path.name != "diagnostics.md"
)
READ_ONLY = {"sh", "text", "ebnf", ""}
UPDATE = bool(os.environ.get("UPDATE_TRANSCRIPTS"))


class Block(NamedTuple):
    """A fenced block: its words behind the fence, its text and its line."""

    kind: str
    options: tuple[str, ...]
    text: str
    line: int
    start: int  # where its text stands in the document

    @property
    def file(self) -> str | None:
        return next((o.removeprefix("file=") for o in self.options if o.startswith("file=")), None)


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    found = []
    for match in re.finditer(r"^(```+)([^\n`]*)\n(.*?)^\1$", text, re.M | re.S):
        kind, *options = match[2].split() or [""]
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(kind, tuple(options), match[3], line, match.start(3)))
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=[p.relative_to(ROOT).as_posix() for p in DOCUMENTS])
def test_document(path: Path, tmp_path: Path) -> None:
    printed = ""
    names: dict[str, Any] = {}
    updates: list[tuple[Block, str]] = []
    for block in blocks(path):
        place = f"{path.name}:{block.line}"
        if block.file is not None:
            file = tmp_path / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        match block.kind:
            case "policy" if "wrong" in block.options:
                with pytest.raises(PolicyError):
                    loads(block.text)
            case "policy":
                for text in re.split(r"^---$", block.text, flags=re.M):
                    with chdir(tmp_path):
                        check_case(text, must_expect=False)
            case "console":
                found = run_session(block.text, tmp_path)
                updates.append((block, found))
                assert UPDATE or found == block.text, place
            case "python":
                printed = run_python(block.text, names, tmp_path)
            case "output":
                updates.append((block, printed))
                assert UPDATE or printed == block.text, place
            case kind:
                assert kind in READ_ONLY or block.file, f"{place}: nothing runs a block of {kind!r}"
    if UPDATE:
        update(path, updates)


def run_session(text: str, folder: Path) -> str:
    """Return a session as it comes out when its commands are run."""
    shown = []
    for command in console.commands(text):
        output = console.run(command.line, folder)
        shown.append(f"$ {command.line}\n" + (f"{output}\n" if output else ""))
    return "\n".join(shown)


def update(path: Path, found: list[tuple[Block, str]]) -> None:
    text = path.read_text(encoding="utf-8")
    for block, printed in reversed(found):
        text = text[: block.start] + printed + text[block.start + len(block.text) :]
    path.write_text(text, encoding="utf-8")


def run_python(text: str, names: dict[str, Any], folder: Path) -> str:
    """Return what a program prints, whatever profile the property tests are run with."""
    out = io.StringIO()
    profile = settings.get_current_profile_name()
    settings.load_profile("small")
    try:
        with chdir(folder), redirect_stdout(out):
            exec(compile(text, "document", "exec"), names)
    finally:
        settings.load_profile(profile)
    return out.getvalue()


def test_the_readme_has_the_two_commands() -> None:
    lines = re.findall(r"^python -m pip install .*$", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert len(lines) == 2
    assert lines[0] == "python -m pip install . && policylang demo"


def test_the_language_reference_lists_the_reserved_words() -> None:
    (block,) = (b for b in blocks(ROOT / "docs" / "language.md") if "reserved" in b.options)
    assert sorted(block.text.split()) == sorted(RESERVED)


def test_files_of_the_sessions_are_named_in_the_text_above_them() -> None:
    for path in DOCUMENTS:
        text, end = path.read_text(encoding="utf-8"), 0
        for block in blocks(path):
            above = text[end : block.start]
            assert block.file is None or f"`{block.file}`" in above, f"{path.name}:{block.line}"
            end = block.start + len(block.text)


def test_links_lead_somewhere() -> None:
    for path in (*DOCUMENTS, ROOT / "docs" / "diagnostics.md"):
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)]*)\)", path.read_text(encoding="utf-8")):
            if target.startswith("https://"):
                continue
            file = path.parent / target if target else path
            assert file.exists(), f"{path.name}: {target}"
            assert not anchor or anchor in anchors(file), f"{path.name}: {target}#{anchor}"


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_example_of_each_help_works_as_printed(command: str, tmp_path: Path) -> None:
    shown = console.run(f"COLUMNS=80 policylang {command} --help", tmp_path)
    (lines,) = re.findall(r"Example:\s+((?: *\S.*\n)+)", shown)
    line = " ".join(lines.split())
    output = console.run(line, tmp_path)
    assert not re.search(r"\[exit (2|70)\]$", output), f"{line}\n{output}"
    assert output


def test_the_map_of_the_tests_has_everything() -> None:
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w./]+)\)", text))
    there = {
        p.name
        for p in (ROOT / "tests").iterdir()
        if p.suffix == ".py" or (p.is_dir() and p.name[0] not in "._")
    }
    assert linked == there, "say in tests/README.md what it is for"


def test_fragments_of_the_changelog_are_lines() -> None:
    fragments = [p.read_text(encoding="utf-8") for p in (ROOT / "changelog.d").iterdir()]
    assert all(re.fullmatch(r"(- [A-Z`].+\.\n(  .+\n)*)+", text) for text in fragments)


def test_files_named_in_the_documents_exist() -> None:
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"`((?:policylang|tests|docs|policies)/[\w./-]*)`", text):
            assert (ROOT / name).exists(), f"{path.name}: {name}"


def test_the_architecture_names_every_module_and_no_other() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([\w./]+)` \|", text, flags=re.M))
    package = ROOT / "policylang"
    modules = {p.relative_to(package).as_posix() for p in package.rglob("*.py") if p.name[:2] != "__"}
    assert not {name for name in named if not (package / name).exists()}, "named, and not there"
    folders = tuple(name for name in named if name.endswith("/"))
    unnamed = {module for module in modules - named if not module.startswith(folders)}
    assert not unnamed, "add a row to the table of modules in docs/architecture.md"


def anchors(path: Path) -> set[str]:
    """Return the anchors that a Markdown file's headings have on GitHub."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
