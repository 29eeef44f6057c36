"""docs/diagnostics.md has a section for each code; its bad examples are refused so, its good ones load.

The blocks of a section: ``policy bad`` and ``policy good``, with ``policy file NAME`` for what they
extend; ``record bad`` and ``record good``, read against the section's ``policy`` or the seed rule;
``python bad`` and ``python good`` for generated texts. Codes behind ``bad`` are the ones raised where
they are not just the section's own.
"""

from collections.abc import Callable
import functools
import inspect
from pathlib import Path
import re
from typing import NamedTuple

import pytest

import policylang
from policylang import PolicyError, RecordError, messages
from policylang.analysis import messages as analysis_messages
from policylang.core import reading as records

PAGE = Path(__file__).parents[1] / "docs" / "diagnostics.md"
SEED = "post_mitigation >= High -> forbid deploy"


class Block(NamedTuple):
    """A fenced block: its kind, the words behind it and its text."""

    kind: str
    words: tuple[str, ...]
    text: str


class Section(NamedTuple):
    """What the page says of one code."""

    code: str
    title: str
    prose: str
    blocks: list[Block]

    def marked(self, word: str) -> Block:
        (block,) = (b for b in self.blocks if b.words[:1] == (word,))
        return block


def sections() -> list[Section]:
    found = []
    for piece in re.split(r"^## (?=PL)", PAGE.read_text(encoding="utf-8"), flags=re.M):
        heading, _, body = piece.partition("\n")
        fences = re.findall(r"^```(\w+)([^\n]*)\n(.*?)^```$", body, re.M | re.S)
        blocks = [Block(kind, tuple(words.split()), text) for kind, words, text in fences]
        code, _, title = heading.partition(" ")
        found.append(Section(code, title, body.partition("```")[0].strip(), blocks))
    return found[1:]


SECTIONS = sections()
each_section = pytest.mark.parametrize("section", SECTIONS, ids=[s.code for s in SECTIONS])


def message_functions() -> dict[str, Callable[..., messages.Message]]:
    functions = inspect.getmembers(messages, inspect.isfunction)
    return {name: f for name, f in functions if inspect.get_annotations(f).get("return") == "Message"}


def run(section: Section, block: Block) -> None:
    for file in (b for b in section.blocks if b.words[:1] == ("file",)):
        Path(file.words[1]).write_text(file.text, encoding="utf-8")
    match block.kind:
        case "policy":
            policylang.loads(block.text)
        case "python":
            eval(block.text.strip(), {"policylang": policylang})
        case "record":
            schemas = [b.text for b in section.blocks if b.kind == "policy" and not b.words]
            policy = policylang.loads(schemas[0] if schemas else SEED)
            policy.record(records.parse_json(block.text))
        case kind:
            pytest.fail(f"nothing runs a block of {kind!r}")


def codes_found(block: Block) -> set[str]:
    """Return the codes that the analysis finds in a policy that loads."""
    assert block.kind == "policy"
    return {finding.code for finding in policylang.analysis.check(policylang.loads(block.text))}


def codes_raised(section: Section, block: Block, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the codes of a refusal. A record's problems bear none: it is that of their sentence."""
    codes: dict[str, str] = {}

    def noted(function: Callable[..., messages.Message], *args: object) -> messages.Message:
        message = function(*args)
        codes[message.text] = message.code
        return message

    for name, function in message_functions().items():
        monkeypatch.setattr(messages, name, functools.partial(noted, function))
    with pytest.raises((PolicyError, RecordError)) as refused:
        run(section, block)
    if isinstance(refused.value, PolicyError):
        return {diagnostic.code for diagnostic in refused.value.diagnostics}
    assert isinstance(refused.value, RecordError)
    return {codes[problem.message] for problem in refused.value.problems}


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_code_has_its_section_in_order() -> None:
    modules = (messages, analysis_messages)
    codes = [code for m in modules for code in re.findall(r'Message\(\s*"(PL\d+)"', inspect.getsource(m))]
    assert [s.code for s in SECTIONS] == sorted(codes)
    assert all(s.title and s.prose.endswith(".") for s in SECTIONS)


@each_section
def test_the_bad_example_is_refused(section: Section, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = section.marked("bad")
    if section.code.startswith("PL3"):
        assert section.code in codes_found(bad)
        return
    assert codes_raised(section, bad, monkeypatch) == set(bad.words[1:] or (section.code,))


@each_section
def test_the_good_example_loads(section: Section) -> None:
    run(section, section.marked("good"))
    if section.code.startswith("PL3"):
        assert section.code not in codes_found(section.marked("good"))


def test_the_page_says_of_a_finding_what_the_command_explains() -> None:
    explained = analysis_messages.explanations()
    on_page = {s.code: s.prose.split() for s in SECTIONS if s.code.startswith("PL3")}
    assert on_page == {code: text.split() for code, text in explained.items()}


@pytest.mark.parametrize(
    ("before", "blank"),
    [
        ("", ""),
        ("\t", "\t"),
        ('model = "a\tb" and ', "         " + " \t" + "       "),
        ('model = "模型" and ', " " * 19),  # two places of a terminal each
        ('model = "e\N{COMBINING ACUTE ACCENT}" and ', " " * 16),  # none of its own
        ('model = "\N{ZERO WIDTH JOINER}" and ', " " * 16),  # shown as a sign that takes one
        ('model = "é" and ', " " * 16),
    ],
)
def test_the_caret_stands_under_what_is_wrong(before: str, blank: str) -> None:
    with pytest.raises(policylang.PolicyError) as refused:
        policylang.loads(f"{before}post_mitigation >= Hgh -> forbid deploy")
    caret = str(refused.value).split("\n")[2]
    assert caret == f"   | {blank}{' ' * len('post_mitigation >= ')}^^^"


def test_the_caret_is_as_wide_as_what_is_wrong() -> None:
    with pytest.raises(policylang.PolicyError) as refused:
        policylang.loads('model = 5 + "模型" -> forbid deploy')
    assert str(refused.value).split("\n")[2] == "   |             ^^^^^^"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_ends_a_line(end: str) -> None:
    lines = ["rule a: # a > b", "post_mitigation >= Hgh -> forbid deploy", "rule b:", "true -> forbid delpoy"]
    with pytest.raises(policylang.PolicyError) as refused:
        policylang.loads(end.join(lines))
    assert [(str(d.span), d.code) for d in refused.value.diagnostics] == [
        ("policy:2:20", "PL202"),
        ("policy:4:16", "PL203"),
    ]
    assert lines[1] in str(refused.value)


def test_hidden_characters_in_a_row_are_refused_once() -> None:
    with pytest.raises(policylang.PolicyError) as refused:
        policylang.loads("true -> forbid deploy" + "\0" * 5 + "\u200b\u200b\0")
    found = [(d.span.column, d.span.end_column, d.hint) for d in refused.value.diagnostics]
    assert found == [
        (22, 27, r"in a string write it as the escape `\u0000`"),
        (27, 29, r"in a string write it as the escape `\u200b`"),
        (29, 30, r"in a string write it as the escape `\u0000`"),
    ]
