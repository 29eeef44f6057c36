"""Frameworks for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import textwrap

from policylang.frameworks import Account, Clause, Encoded, Row
from policylang.render.checks import witness_lines
from policylang.render.frameworks import words
from policylang.render.frameworks.words import Listed

WIDTH = 100


def wrapped(text: str, indent: str = "", more: str | None = None) -> list[str]:
    """Return a text on lines of the width of a page; words longer than that stay whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if more is None else more,
        break_long_words=False,
        break_on_hyphens=False,
    )


def list_lines(found: Iterable[Listed]) -> Iterator[str]:
    """Yield a line for each framework: where it is from, how large, and what it leaves open."""
    rows = [words.HEADS, *map(words.cells, found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(words.HEADS))]
    for number, row in enumerate(rows):
        cells = [
            cell.ljust(width) if place < 3 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "-" * (sum(widths) + 2 * (len(widths) - 1))
    yield ""
    yield from wrapped(f"{words.GATES} `policylang frameworks show POLICY` has the clauses.")
    yield words.NO_STATEMENT


# --- one framework ------------------------------------------------------------------------------


def account_lines(account: Account) -> Iterator[str]:
    """Yield all that is told of a framework."""
    one = account.framework
    yield f"{one.name}: {one.title}"
    yield f"  publisher  {one.publisher}"
    yield f"  version    {words.version_text(one)}"
    yield f"  source     {one.source}"
    yield f"  digest     {one.policy.digest}"
    for paragraph in one.head:
        yield from ("", *wrapped(paragraph))
    yield from _items("Categories, scales and actions", words.vocabulary(one))
    yield from _code("The record", [one.record])
    yield from _code("Definitions", one.definitions)
    yield from _items("Interpretations", one.interpretations)
    title = f"Standards that the text leaves unspecified ({len(one.unspecified)})"
    yield from _items(title, words.unspecified(one))
    yield from ("", f"Clauses ({len(one.clauses)}), each with the rules that encode it")
    for clause in one.clauses:
        yield from ("", *_clause(clause))
    yield from _items("In other rules", one.elsewhere)
    yield from _items("Outside the language", one.outside)
    yield from _items("Beyond the language", one.beyond)
    yield from ("", words.gates_title(account.gates))
    for gate in account.without_way_out:
        yield from wrapped(words.way_out_text(gate), "  - ", "    ")
    yield from _findings(account)


def _items(title: str, items: Iterable[str]) -> Iterator[str]:
    found = list(items)
    if found:
        yield from ("", title)
        for item in found:
            yield from wrapped(item, "  - ", "    ")


def _code(title: str, texts: Iterable[str]) -> Iterator[str]:
    lines = [f"    {line}" for text in texts for line in text.splitlines()]
    if lines:
        yield from ("", title, *lines)


def _clause(clause: Clause) -> Iterator[str]:
    yield clause.number
    for rule in clause.rules:
        yield from _rule(rule)
    for text in words.without_rule(clause):
        yield from wrapped(text, "  ", "    ")


def _rule(rule: Encoded) -> Iterator[str]:
    quotation = words.quotation(rule)
    if quotation is not None:
        yield from wrapped(quotation, "  ", "   ")
    yield from wrapped(f"({'; '.join(rule.cites)})", "  ", "   ")
    yield from (f"    {line}" for line in rule.text.splitlines())
    for remark in rule.remarks:
        yield from wrapped(f"# {remark}", "    ", "    # ")
    for text in rule.interpretations:
        yield from wrapped(f"# interpretation: {text}", "    ", "    # ")


def _findings(account: Account) -> Iterator[str]:
    report = account.report
    yield from ("", f"What `policylang check` finds ({len(report) or 'nothing'})")
    for finding in report:
        yield from wrapped(f"{finding.severity} {finding.code}: {finding.message}", "  - ", "    ")
        yield from (f"    {line}" for line in witness_lines(finding))
    for claim in report.proved:
        yield from wrapped(f"proved: {claim}", "  - ", "    ")


# --- the matrix ---------------------------------------------------------------------------------


def matrix_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield each card by its framework: what was done, what was decided, and why the two differ."""
    found = list(rows)
    yield from wrapped(words.CARDS)
    for sentence in words.counts(found):
        yield from wrapped(sentence)
    for name, group in words.by_framework(found):
        yield ""
        if name is None:
            yield words.NO_FRAMEWORK
            yield from (f"  {words.undecided_text(row)}" for row in group)
            continue
        yield f"{group[0].card['framework']} ({name})"
        for row in group:
            yield f"  {words.undecided_text(row)}"
            yield from wrapped(words.outcomes_text(row.outcomes or {}), "    ", "      ")
            if row.difference is not None:
                reason = words.reason_text(row.difference, row.comparison)
                yield from wrapped(f"{reason} {row.difference['why']}", "    ", "      ")
            for also in row.also:
                yield from wrapped(words.also_text(also), "    ", "      ")
