"""No text of a policy, a record or a file name can break out of the format that shows it.

Each document is made twice, with hostile texts and with harmless ones: its structure must be the
same, and the texts must be there to read.
"""

from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
import json
from typing import NamedTuple
from xml.etree import ElementTree

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
import pytest

import policylang
from policylang.diagnostics import RecordError
from policylang.proof.telling import explain
from policylang.proof.words import printable
from policylang.render import github, html, junit, markdown
from policylang.render.report import Report, decided, unreadable

TODAY = date(2026, 11, 24)


class Texts(NamedTuple):
    """The texts of others that a document shows."""

    title: str
    version: str
    because: str
    cites: str
    warning: str
    member: str
    name: str
    by: str
    file: str


HARMLESS = Texts(*(f"word{i}" for i in range(len(Texts._fields))))

POLICY = """
policy gate title TITLE version VERSION source CITES
scale Risk: Low < High
set area: MEMBER, other
role assessor
record {
  name: text
  scores: per area { score: Risk  understood: attestation by assessor }
  evidence: list of piece { kind: text key  good: bool }
}
action deploy, develop, sell: permitted unless forbidden
rule gate TITLE: score >= High -> forbid deploy until score <= Low because BECAUSE cites CITES
rule known: score >= High -> require understood and any piece (kind = NAME and good) for develop
name = NAME -> warn WARNING, oblige WARNING within 3 days
"""


def report(texts: Texts) -> Report:
    """Return a report on two records: a decided one and one that is refused."""
    source = POLICY
    for field in ("title", "version", "because", "cites", "warning", "member", "name"):
        source = source.replace(field.upper(), json.dumps(getattr(texts, field)))
    policy = policylang.loads(source)
    understood = {"holds": True, "by": texts.by, "role": "assessor", "on": "2026-11-01"}
    scores = {texts.member: {"score": "High", "understood": understood}, "other": {"score": "Low"}}
    record = {"name": texts.name, "scores": scores, "evidence": [{"kind": texts.name, "good": False}]}
    actions = tuple(policy.actions)
    with pytest.raises(RecordError) as refused:
        policy.decide({texts.member: 1})
    results = (
        decided(texts.file, policy.decide(record, today=TODAY), actions),
        unreadable(texts.file, refused.value.problems),
    )
    return Report(policy, TODAY, actions, results)


# --- the structure of each format ---------------------------------------------------------------


class Skeleton(HTMLParser):
    """The tags of a page with the names of their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.links: list[str | None] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", ()))

    def handle_data(self, data: str) -> None:
        self.text += data


def of_html(page: str) -> tuple[object, str]:
    found = Skeleton(page)
    assert all(link and link.startswith("#") for link in found.links)
    return found.tags, found.text


def of_xml(text: str) -> tuple[object, str]:
    root = ElementTree.fromstring(text.encode())
    elements = [(e.tag, tuple(e.attrib), len(e)) for e in root.iter()]
    texts = [e.text or "" for e in root.iter()] + [v for e in root.iter() for v in e.attrib.values()]
    return elements, "\n".join(texts)


def of_markdown(text: str) -> tuple[object, str]:
    shape: list[object] = []
    shown = ""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        # The policy's own summaries are HTML; a text adds none of it.
        shape.append((token.type, token.tag))
        for child in token.children or []:
            if child.type in ("text", "text_special"):
                shown += child.content
            else:
                shape.append((child.type, child.tag, child.content if child.type == "html_inline" else ""))
        shown += "\n"
    return shape, shown


def of_github(text: str) -> tuple[object, str]:
    shape = []
    shown = ""
    for line in text.split("\n"):
        if not line.startswith("::"):
            assert line.startswith("policylang: ")
            assert "##[" not in line  # read as a command wherever it stands
            shape.append(("summary",))
            continue
        head, data = line[2:].split("::", 1)
        kind, properties = head.split(" ", 1)
        pairs = [pair.split("=", 1) for pair in properties.split(",")]
        shape.append((kind, *(key for key, _ in pairs), data.count("%0A")))
        for value in (data, *(value for _, value in pairs)):
            for code, character in (("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
                value = value.replace(code, character)  # noqa: PLW2901
            shown += value + "\n"
    return shape, shown


def of_text(text: str) -> tuple[object, str]:
    assert all(c == "\n" or c.isprintable() for c in text)
    assert not any(c in text for c in "\u3164\u115f\u2800\u034f"), "nobody sees them"
    return text.count("\n"), text


def as_text(report: Report) -> str:
    return "\n".join(explain(result.decision) for result in report.results if hasattr(result, "decision"))


FORMATS: dict[str, tuple[Callable[[Report], str], Callable[[str], tuple[object, str]]]] = {
    "html": (html.document, of_html),
    "junit": (junit.document, of_xml),
    "markdown": (markdown.document, of_markdown),
    "github": (github.document, of_github),
    "text": (as_text, of_text),
}


def same_structure(form: str, texts: Texts) -> str:
    """Assert that the texts change no structure, and return what a reader sees."""
    document, structure = FORMATS[form]
    expected, _ = structure(document(report(HARMLESS)))
    found, shown = structure(document(report(texts)))
    assert found == expected
    return shown


# --- attacks ------------------------------------------------------------------------------------

ATTACKS = {
    "html": [
        "</style><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' autofocus onfocus='alert(1)",
        "<!-- ",
        "</summary></details><h1>permitted</h1>",
        "&lt;b&gt;&#60;script&#62;",
        "]]></title><plaintext>",
    ],
    "junit": [
        "]]></failure></testcase><testcase name='x'/>",
        "<![CDATA[ x ]]>",
        '" errors="0" x="',
        "&undefined;",
        "<?xml version='1.0'?>",
        "\x00\x08\x0b\x1f\ufffe\uffff",
        "--><!--",
    ],
    "markdown": [
        "| permitted | x |\n|---|",
        "[x](https://evil.example)",
        "![x](https://evil.example/a.png)",
        "**bold** __bold__ _it_ *it* ~~gone~~",
        "`code` ``",
        "<img src=x onerror=alert(1)> <b>",
        "# Heading",
        "1. list",
        "- list",
        "+ list",
        "1) list",
        "> quote",
        "[x]: https://evil.example",
        "<https://evil.example>",
        "&copy; &lt; \\& \\\\",
        "</summary></details>",
        "===",
        "```",
        "    indented",
        "x\n\n# Heading\n\nx",
        "\\",
        "x\\",
        "a|b\\|c",
    ],
    "github": [
        "x\n::error::forged",
        "x\r::set-output name=x::y",
        "%0A::error::forged",
        "x,line=9",
        "x::y",
        "\n##[error]forged",
        "title=x%2Cy%25",
        "##[stop-commands]x",
    ],
    "text": [
        "\x1b[2J\x1b[32mpermitted",
        "x\ndeploy is permitted: no rule forbids it.",
        "x\r  deploy  permitted",
        "\x9b31m",
        "\u202edettimrep",
        "\u2028permitted\u2029permitted\x85permitted\x0bpermitted",
        "\x08\x08\x08\x7f",
        "\u200b\u2066\ufeff",
        "\u3164\u115f\u2800\u034f",
        "\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\",
    ],
}


@pytest.mark.parametrize(("form", "attack"), [(form, attack) for form in FORMATS for attack in ATTACKS[form]])
def test_an_attack_is_shown_and_does_nothing(form: str, attack: str) -> None:
    texts = Texts(*(f"{attack}{i}" if i % 2 else f"{attack}" for i in range(len(Texts._fields))))
    shown = same_structure(form, texts._replace(member=f"{attack}m"))
    readable = shown.replace("\N{ZERO WIDTH SPACE}", "")
    # In a path and in quotes a text stands with the escapes of JSON; a `because` stands as it is.
    assert printable(texts.because) in readable


TEXT = st.text(min_size=1, max_size=20).filter(lambda text: bool(printable(text)))
MARKS = st.text(st.sampled_from("<>&\"'`*_[]()|#@\\!~-+=.:%,;\n\r\t\x1b 1a"), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(FORMATS)), st.lists(TEXT | MARKS, min_size=9, max_size=9))
@example("markdown", ["a_", "_a", "_", "__a__", "@a", "#1", "www.a", "https://a", "gh-1"])
def test_no_text_changes_the_structure(form: str, texts: list[str]) -> None:
    made = Texts(*(text if printable(text) else "x" for text in texts))
    same_structure(form, made._replace(member=f"{made.member}m", by=f"x{made.by}"))


def test_markdown_makes_no_mention_and_no_link() -> None:
    hostile = "@org/team #12 org/x#34 GH-56 https://evil.example www.evil.example a@b.example "
    hostile += ":white_check_mark: :x: deploy:+1:"
    text = markdown.document(report(Texts(*[hostile] * 9)))
    for live in ("@org", "#12", "#34", "GH-5", "://", "www.", "@b", ":white", ":x:", ":+1"):
        assert live not in text


def test_html_has_no_script_and_needs_nothing_from_elsewhere() -> None:
    page = html.document(report(HARMLESS))
    found = Skeleton(page)
    names = {tag for tag, _ in found.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)
    assert "url(" not in page
    assert "@import" not in page
