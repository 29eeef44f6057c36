"""Markdown for a pull request or a job summary, in GitHub's dialect.

Every text of a policy or record is escaped character by character: it can end no table cell, begin
no heading, link, image, HTML or mention.
"""

from __future__ import annotations

from collections.abc import Iterator
import re

from policylang.core.outcomes import Outcome
from policylang.proof.explain import Account, Reason
from policylang.proof.words import places_text, printable
from policylang.render.report import NOTHING, Decided, Report, Result, verdict

SIGNS = {Outcome.PERMITTED: "✅", Outcome.FORBIDDEN: "⛔", Outcome.UNDETERMINED: "❔"}
UNCONSTRAINED = "⚠️"


def document(report: Report) -> str:
    """Return a heading, a table of outcomes, and why each is what it is."""
    lines = [f"## {escaped(report.title)}", ""]
    lines += [f"Policy {escaped(report.name)}, {escaped(report.date_text)}.", ""]
    if not report.results:
        return "\n".join([*lines, f"**{NOTHING}**"])
    lines += ["| record | action | outcome | rules |", "|---|---|---|---|"]
    for result in report.results:
        lines += _rows(result)
    for result in report.results:
        lines += ["", *_why(result)]
    return "\n".join(lines)


def _rows(result: Result) -> Iterator[str]:
    if not isinstance(result, Decided):
        yield _row(escaped(result.label), "", f"{UNCONSTRAINED} **refused**", "")
        return
    for account in result.told.accounts:
        sign = SIGNS[account.outcome] if account.is_constrained else UNCONSTRAINED
        rules = "" if account.is_pass else escaped(places_text([r.rule for r in account.reasons] or [""]))
        yield _row(escaped(result.label), escaped(account.action), f"{sign} **{verdict(account)}**", rules)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _why(result: Result) -> Iterator[str]:
    yield f"### {escaped(result.label)}"
    yield ""
    if not isinstance(result, Decided):
        yield from (f"- {escaped(problem)}" for problem in result.problems)
        return
    for account in result.told.accounts:
        yield from _account(account)
    notes = [f"- {escaped(note)}" for note in result.told.notes]
    yield from ([*notes, ""] if notes else [])
    yield f"<sub>record {escaped(result.decision.record.digest)}</sub>"


def _account(account: Account) -> Iterator[str]:
    end = ":" if account.reasons else "."
    if account.is_pass and account.reasons:
        yield f"<details><summary>{escaped(account.sentence)}{end}</summary>"
        yield ""
    else:
        yield f"**{escaped(account.sentence)}{end}**"
        yield ""
    for reason in account.reasons:
        yield from _reason(reason)
    yield from (f"- {escaped(prospect)}" for prospect in account.prospects)
    if account.is_pass and account.reasons:
        yield from ("", "</details>")
    if account.reasons:
        yield ""


def _reason(reason: Reason) -> Iterator[str]:
    title = f": {escaped(reason.title)}" if reason.title else ""
    yield f"- **{escaped(reason.name)}**{title}"
    for text in (reason.grounds, *reason.values):
        if text:
            yield f"  - {escaped(text)}"


SPECIAL = re.compile(r"([\\`*{}\[\]|~$]|(?<![^\W_])_|_(?![^\W_]))")
AT_START = re.compile(r"^(\d*)([-+=#:.)])")
# A break that is not seen keeps GitHub from making mentions, numbers of issues, links and pictures
# such as `:white_check_mark:` of a text.
BREAK = "&#8203;"
LINKED = re.compile(r"(@|#(?=\w)|\bgh(?=-\d)|:(?=//|[\w+-]+:)|\bwww(?=\.))", re.I)


def escaped(text: str) -> str:
    """Return a text of which Markdown shows every character as it is."""
    safe = AT_START.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", printable(text)))
    safe = safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return LINKED.sub(rf"\1{BREAK}", safe)
