"""A framework's policy as its reader has it: clauses, the rules that encode them, notes beside them.

The files keep to one form. The comment above `policy` is the head: paragraphs, `interpretation:`
notes, and lists: `in other rules:`, `outside the language:` and `beyond the language:`. A comment
right above a statement belongs to it. The name of a rule begins with the number of its clause.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import re

import attrs

from policylang.core.loader import policy_at, policy_of, syntax_of
from policylang.core.policy import Policy
from policylang.frameworks.catalogue import publisher_of
from policylang.language import syntax as s
from policylang.language.formatter import format_file
from policylang.language.library import read_policy, shipped_folder
from policylang.source import Source

NUMBER = re.compile(r"\b[A-Z]+\d*-\d+\b")  # OB-1, O2-14, G31-3, MS-9
DATE = re.compile(r"\d{4}-\d{2}")
EXAMPLE = re.compile(r"^example .*?^\}\n", re.MULTILINE | re.DOTALL)  # as the formatter writes it
INTERPRETATION = "interpretation: "
LISTS = {
    "in other rules:": "elsewhere",
    "outside the language:": "outside",
    "beyond the language:": "beyond",
}


@attrs.frozen
class Encoded:
    """One rule with the words of its source and the notes beside it."""

    name: str
    title: str | None
    because: str | None
    cites: tuple[str, ...]
    text: str  # the rule in canonical form, without its `because` and `cites`
    remarks: tuple[str, ...]
    interpretations: tuple[str, ...]

    @property
    def is_quotation(self) -> bool:
        """Whether `because` quotes the source; what stands in brackets tells it in other words."""
        return self.because is not None and not self.because.startswith("[")


@attrs.frozen
class Clause:
    """A clause of a framework: the rules that encode it, and what of it other rules say or none can."""

    number: str  # of a rule without a numbered clause: the rule's name
    rules: tuple[Encoded, ...]
    elsewhere: tuple[str, ...]
    outside: tuple[str, ...]


@attrs.frozen
class Framework:
    """A published framework as it is encoded."""

    policy: Policy
    publisher: str
    head: tuple[str, ...]  # paragraphs
    interpretations: tuple[str, ...]  # of the head and of declarations
    elsewhere: tuple[str, ...]  # what other rules encode
    outside: tuple[str, ...]
    beyond: tuple[str, ...]  # wishes for the language
    clauses: tuple[Clause, ...]
    scales: tuple[tuple[str, tuple[str, ...]], ...]
    sets: tuple[tuple[str, tuple[str, ...]], ...]
    unspecified: tuple[tuple[str, str], ...]
    record: str  # what is decided on, as declared, with its comments
    definitions: tuple[str, ...]  # as written; those left unspecified are not among them

    @property
    def name(self) -> str:
        return self.policy.name

    @property
    def title(self) -> str:
        return self.policy.header["title"]

    @property
    def source(self) -> str:
        return self.policy.header["source"]

    @property
    def dated(self) -> str:
        """The day, or month, of the version: its `effective` date where it has one."""
        header = self.policy.header
        return next(header[key] for key in ("effective", "version") if DATE.match(header.get(key, "")))

    @property
    def rules(self) -> tuple[Encoded, ...]:
        return tuple(rule for clause in self.clauses for rule in clause.rules)


def policy_named(name: str) -> Policy:
    """Return the shipped policy of a framework without its examples, whatever the current folder holds."""
    return policy_at(*_located(name))


def _located(name: str) -> tuple[Source, Path, str]:
    """Return where a framework's text is; its examples, most of it, decide nothing and are left out."""
    path = shipped_folder() / f"{name}.policy"
    text = EXAMPLE.sub(lambda found: "\n" * found[0].count("\n"), read_policy(path, path.name))
    return Source(path.name, text), path.parent, name


def framework(name: str) -> Framework:
    """Return the framework that a shipped policy encodes; KeyError for another policy."""
    publisher = publisher_of(name)
    loaded = syntax_of(*_located(name))  # once, for the policy and for what stands beside it
    policy, file = policy_of(loaded), loaded.file
    assert policy is not None, "a shipped policy loads"
    notes = _notes_of_statements(file)
    head = _Notes.of(notes[0])
    above = {id(node): _Notes.of(found) for node, found in zip(file.statements, notes[1:], strict=True)}
    rules = [_encoded(node, above[id(node)]) for node in file.statements if isinstance(node, s.Rule)]
    lines = policy.text.splitlines()

    def written(node: s.Node) -> str:
        return "\n".join(lines[node.span.line - 1 : node.span.end_line])

    declared = [above[id(node)] for node in file.statements if not isinstance(node, s.Rule)]
    return Framework(
        policy,
        publisher,
        head.paragraphs,
        (*head.interpretations, *(one for notes in declared for one in notes.interpretations)),
        head.elsewhere,
        head.outside,
        head.beyond,
        tuple(_clauses(rules, head)),
        tuple((n.name.text, tuple(map(_word, n.levels))) for n in file.statements if isinstance(n, s.Scale)),
        tuple((n.name.text, tuple(map(_word, n.members))) for n in file.statements if isinstance(n, s.Set)),
        tuple(
            (node.name.text, node.condition.text.value)
            for node in file.statements
            if isinstance(node, s.Define) and isinstance(node.condition, s.Unspecified)
        ),
        "".join(written(node) for node in file.statements if isinstance(node, s.Record)),
        tuple(
            written(node)
            for node in file.statements
            if isinstance(node, s.Define) and not isinstance(node.condition, s.Unspecified)
        ),
    )


def _word(node: s.Name | s.String) -> str:
    return node.value if isinstance(node, s.String) else node.text


def _encoded(node: s.Rule, notes: _Notes) -> Encoded:
    assert node.name is not None, "a framework's rule has a name"
    rest = tuple(clause for clause in node.clauses if not isinstance(clause, s.Because | s.Cites))
    because = [clause.text.value for clause in node.clauses if isinstance(clause, s.Because)]
    return Encoded(
        node.name.text,
        node.title.value if node.title else None,
        because[0] if because else None,
        tuple(clause.text.value for clause in node.clauses if isinstance(clause, s.Cites)),
        format_file(s.File(None, (attrs.evolve(node, clauses=rest),))).rstrip(),
        notes.paragraphs,
        notes.interpretations,
    )


def _clauses(rules: list[Encoded], head: _Notes) -> Iterator[Clause]:
    """Yield the clauses in the order of their rules; those without a rule where their number puts them."""
    encoded: dict[str, list[Encoded]] = {}
    for rule in rules:
        found = NUMBER.match(rule.name)
        encoded.setdefault(found[0] if found else rule.name, []).append(rule)
    series = {number.rpartition("-")[0] for number in encoded if NUMBER.fullmatch(number)}
    elsewhere, outside = _by_number(head.elsewhere, series), _by_number(head.outside, series)
    order = list(encoded)
    for number in (*elsewhere, *outside):
        if number not in order:
            before = [n for n in order if 0 <= _place(n) < _place(number)]
            order.insert(order.index(before[-1]) + 1 if before else 0, number)
    for number in order:
        yield Clause(
            number,
            tuple(encoded.get(number, ())),
            tuple(elsewhere.get(number, ())),
            tuple(outside.get(number, ())),
        )


def _by_number(items: tuple[str, ...], series: set[str]) -> dict[str, list[str]]:
    """Return the items of a list by the clauses that they name."""
    found: dict[str, list[str]] = {}
    for item in items:
        for number in dict.fromkeys(NUMBER.findall(item)):
            if number.rpartition("-")[0] in series:
                found.setdefault(number, []).append(item)
    return found


def _place(number: str) -> int:
    """Return the place of a clause in its series, -1 for a rule without a numbered clause."""
    return int(number.rpartition("-")[2]) if NUMBER.fullmatch(number) else -1


# --- comments -----------------------------------------------------------------------------------


@attrs.frozen
class _Notes:
    """The lines of a comment, sorted by what they are."""

    paragraphs: tuple[str, ...]
    interpretations: tuple[str, ...]
    elsewhere: tuple[str, ...]
    outside: tuple[str, ...]
    beyond: tuple[str, ...]

    @classmethod
    def of(cls, lines: list[str]) -> _Notes:
        found: dict[str, list[str]] = {
            "": [],
            "interpretation": [],
            "elsewhere": [],
            "outside": [],
            "beyond": [],
        }
        kind, is_open = "", False  # where a line goes, and whether it continues the text before it
        for line in lines:
            text = line.removeprefix("#").removeprefix(" ")
            if not text.strip():
                kind, is_open = "", False
            elif text in LISTS:
                kind, is_open = LISTS[text], False
            elif text.startswith(INTERPRETATION):
                kind, is_open = "interpretation", True
                found[kind].append(text.removeprefix(INTERPRETATION))
            elif kind in LISTS.values() and text.startswith("- "):
                found[kind].append(text.removeprefix("- "))
                is_open = True
            elif is_open:
                found[kind][-1] += f" {text.strip()}"
            else:
                found[kind].append(text.strip())
                is_open = True
        return cls(*map(tuple, found.values()))


def _notes_of_statements(file: s.File) -> list[list[str]]:
    """Return the comment lines above the header, then those above each statement."""
    nodes: list[s.Node] = [*([file.header] if file.header else []), *file.statements]
    found = []
    start = (0, 0)
    for node in nodes:
        found.append(
            [c.text for c in file.comments if c.own_line and start <= c.span.start < node.span.start]
        )
        start = node.span.end
    return found
