"""Frameworks in Markdown, as GitHub shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import re

from policylang.frameworks import Account, Clause, Encoded, Row
from policylang.render.checks import witness_lines
from policylang.render.frameworks import words
from policylang.render.frameworks.words import Listed
from policylang.render.markdown import escaped

TITLE = "Frontier-safety frameworks, clause by clause"
CARDS_TITLE = "Published scorecards, decided"


def document(overview: Iterable[Listed], rows: Iterable[Row], accounts: Iterable[Account]) -> str:
    """Return one document of what there is of the list, the matrix and the frameworks."""
    found, cards, told = list(overview), list(rows), list(accounts)
    lines = [f"# {TITLE if found or told else CARDS_TITLE}", "", escaped(words.NO_STATEMENT)]
    if found:
        lines += ["", "## The frameworks in numbers", "", words.GATES, "", *_overview(found)]
    if cards and (found or told):
        lines += ["", f"## {CARDS_TITLE}"]
    if cards:
        lines += ["", escaped(words.CARDS), *_matrix(cards)]
    for account in told:
        lines += ["", *_account(account)]
    return "\n".join(lines)


def prose(text: str) -> str:
    """Return a text in which what stands in backticks is code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escaped(text)
    return "".join(f"`{piece}`" if place % 2 else _between(piece) for place, piece in enumerate(pieces))


def _between(text: str) -> str:
    """Return a piece of a text with the blanks around it."""
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{escaped(text)}{after}" if text.strip() else text


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(heads)
    yield _row(map(escaped, names))
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield _row(row)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _overview(found: list[Listed]) -> Iterator[str]:
    yield from _table(words.HEADS, (map(escaped, words.cells(one)) for one in found))


def _matrix(rows: list[Row]) -> Iterator[str]:
    yield from (line for sentence in words.counts(rows) for line in ("", prose(sentence)))
    for name, group in words.by_framework(rows):
        yield ""
        if name is None:
            yield f"### {words.NO_FRAMEWORK}"
            yield ""
            yield from (f"- {escaped(words.undecided_text(row))}" for row in group)
            continue
        yield f"### {escaped(group[0].card['framework'])} ({escaped(name)})"
        yield ""
        heads = ("scorecard", "published", *(group[0].outcomes or ()), "developer")
        yield from _table(heads, (map(escaped, words.decided_cells(row)) for row in group))
        yield ""
        for row in group:
            yield from (f"- {prose(text)}" for text in words.remarks(row))


def _account(account: Account) -> Iterator[str]:
    one = account.framework
    yield f"## {escaped(one.title)}"
    yield ""
    yield from _table(
        ("publisher", "version", "source", "policy", "digest"),
        [
            [
                escaped(text)
                for text in (
                    one.publisher,
                    words.version_text(one),
                    one.source,
                    one.name,
                    one.policy.digest,
                )
            ]
        ],
    )
    for paragraph in one.head:
        yield from ("", prose(paragraph))
    yield from _items("Categories, scales and actions", words.vocabulary(one))
    yield from ("", "### The record", "", *_code(one.record))
    if one.definitions:
        yield from ("", "### Definitions", "", *_code("\n\n".join(one.definitions)))
    yield from _items("Interpretations", one.interpretations)
    yield from _items("Standards that the text leaves unspecified", words.unspecified(one))
    yield from ("", "### Clauses and the rules that encode them")
    for clause in one.clauses:
        yield from _clause(clause)
    yield from _items("In other rules", one.elsewhere)
    yield from _items("Outside the language", one.outside)
    yield from _items("Beyond the language", one.beyond)
    yield from ("", f"### {words.gates_title(account.gates)}", "")
    yield from (f"- {prose(words.way_out_text(gate))}" for gate in account.without_way_out)
    yield from ("", f"### What check finds ({len(account.report) or 'nothing'})", "")
    for finding in account.report:
        yield f"- {finding.severity} {finding.code}: {prose(finding.message)}"
        yield from (f"  - {escaped(line)}" for line in witness_lines(finding))
    yield from (f"- proved: {escaped(claim)}" for claim in account.report.proved)


def _items(title: str, items: Iterable[str]) -> Iterator[str]:
    found = list(items)
    if found:
        yield from ("", f"### {title}", "")
        yield from (f"- {prose(item)}" for item in found)


def _clause(clause: Clause) -> Iterator[str]:
    yield from ("", f"#### {escaped(clause.number)}")
    for rule in clause.rules:
        yield from _rule(rule)
    for text in words.without_rule(clause):
        yield from ("", prose(text))


def _rule(rule: Encoded) -> Iterator[str]:
    quotation = words.quotation(rule)
    cites = escaped("; ".join(rule.cites))
    yield from ("", f"> {escaped(quotation)} ({cites})" if quotation else f"> ({cites})", "")
    yield from _code(rule.text)
    for remark in rule.remarks:
        yield from ("", prose(remark))
    for text in rule.interpretations:
        yield from ("", f"*Interpretation:* {prose(text)}")


def _code(text: str) -> tuple[str, str, str]:
    """Return a fenced text; its fence is longer than any in it."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)
    return f"{fence}text", text, fence
