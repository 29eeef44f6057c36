"""Annotations of GitHub Actions: at most ten workflow commands, then a summary.

Whatever keeps an action from passing is an error: forbidden, undetermined, not constrained, a record
that was refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from policylang.core.outcomes import Outcome
from policylang.proof.explain import Account, Reason
from policylang.proof.words import counted, listed, printable
from policylang.render.report import NOTHING, Decided, Report, verdict
from policylang.source import Span

MAX_ANNOTATIONS = 10  # GitHub shows no more of one kind in one step


def document(report: Report) -> str:
    """Return the workflow commands, errors first, then one line that counts everything."""
    if not report.results:
        return f"{_command('error', 'policylang', NOTHING)}\n{NOTHING}"
    errors = list(_errors(report))
    found = errors + list(_notes(report))
    shown = found[:MAX_ANNOTATIONS]
    rest = len(found) - len(shown)
    more = f"; {counted(rest, 'more annotation')} not shown" if rest else ""
    return "\n".join([*shown, f"{_summary(report)}{more}"])


def _errors(report: Report) -> Iterator[str]:
    for result in report.results:
        if not isinstance(result, Decided):
            for problem in result.problems:
                yield _command("error", f"{result.label} was refused", problem)
            continue
        for account in result.told.accounts:
            if account.is_pass:
                continue
            title = f"{result.label}: {account.action} is {verdict(account)}"
            if not account.reasons:
                yield _command("error", title, account.sentence)
            for reason in account.reasons:
                yield _command("error", title, _message(account, reason), reason.at)


def _message(account: Account, reason: Reason) -> str:
    lines = [reason.heading]
    lines += [reason.grounds] if reason.grounds else []
    lines += reason.values
    return "\n".join([*lines, *account.prospects])


def _notes(report: Report) -> Iterator[str]:
    for result in report.results:
        if isinstance(result, Decided):
            for text in result.told.warnings:
                yield _command("warning", result.label, text)
            for text in result.told.duties:
                yield _command("notice", result.label, text)


def _summary(report: Report) -> str:
    counts: dict[str, int] = {}
    for result in report.results:
        if not isinstance(result, Decided):
            counts["refused"] = counts.get("refused", 0) + 1
            continue
        for account in result.told.accounts:
            word = verdict(account)
            counts[word] = counts.get(word, 0) + 1
    order = [*(outcome.value for outcome in Outcome), "not constrained", "refused"]
    found = [f"{counts[word]} {word}" for word in order if word in counts]
    under = report.name.replace(
        "##[", "#\N{ZERO WIDTH SPACE}#["
    )  # the old form of a command, anywhere in a line
    return f"policylang: {counted(len(report.results), 'record')} under {under}: {listed(found)}"


def _command(kind: str, title: str, message: str, at: Span | None = None) -> str:
    properties = {"title": title}
    if at is not None:
        place = {"file": at.source, "line": str(at.line), "col": str(at.column)}
        properties = {**place, "endLine": str(at.end_line), **properties}
    texts = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{kind} {texts}::{_data(message)}"


def _data(text: str) -> str:
    """Return a message in which no line ends; only line ends made here stand for themselves."""
    lines = [printable(line) for line in text.split("\n")]
    return "\n".join(lines).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return printable(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
