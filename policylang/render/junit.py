"""JUnit XML: a suite for each record, a case for each action asked.

A case passes only where a gate may pass. Forbidden and undetermined are failures, an action that no
rule constrains and a record that was refused are errors; nothing is ever skipped. The instances of
rules stand in the text of the failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from policylang.proof.explain import Account
from policylang.proof.words import counted
from policylang.render.markup import Markup, element, joined, lines
from policylang.render.report import NOTHING, Decided, Report, Unreadable, verdict


_NOTHING = element("error", NOTHING, type="nothing evaluated", message=NOTHING)
XML = Markup('<?xml version="1.0" encoding="UTF-8"?>\n')


def document(report: Report) -> str:
    """Return the document; names of suites are unique, and those of cases within their suite."""
    suites = [_suite(report, *suite) for suite in _suites(report)]
    return joined(XML, element("testsuites", Markup("\n"), lines(suites)))


Case = tuple[str, Markup | None]
"""The name of a case, and its failure or error where it does not pass."""


def _suites(report: Report) -> Iterator[tuple[int, str, list[Case], tuple[str, ...]]]:
    """Yield the number, name, cases and notes of each suite."""
    names = _unique([result.label for result in report.results])
    for number, (result, name) in enumerate(zip(report.results, names, strict=True)):
        match result:
            case Decided():
                cases = [(account.action, _failure(account)) for account in result.told.accounts]
                yield number, name, cases, result.told.notes
            case Unreadable():
                yield number, name, [("record", _refused(result))], ()
            case _:
                assert_never(result)
    if not report.results:
        yield 0, "records", [("record", _NOTHING)], ()


def _unique(labels: list[str]) -> list[str]:
    """Return the labels, with a number behind each that stood before."""
    names: dict[str, None] = {}
    for label in labels:
        name, number = label, 1
        while name in names:
            number += 1
            name = f"{label} ({number})"
        names[name] = None
    return list(names)


def _refused(result: Unreadable) -> Markup:
    if result.problems == (NOTHING,):
        return _NOTHING
    message = f"the record was refused: {counted(len(result.problems), 'problem')}"
    return element("error", lines(result.problems), type="refused", message=message)


def _failure(account: Account) -> Markup | None:
    if account.is_pass:
        return None
    text = [f"{account.sentence}{':' if account.reasons else '.'}"]
    for reason in account.reasons:
        text.append(f"  {reason.heading}")
        text += [f"    {line}" for line in (reason.grounds, *reason.values) if line]
    text += [f"  {prospect}" for prospect in account.prospects]
    kind = "failure" if account.is_constrained else "error"
    return element(kind, lines(text), type=verdict(account), message=account.sentence)


def _suite(report: Report, number: int, name: str, cases: list[Case], notes: tuple[str, ...]) -> Markup:
    bodies = [body for _, body in cases if body is not None]
    errors = sum(body.startswith("<error") for body in bodies)
    properties = {
        "policy": report.name,
        "policy digest": report.policy.digest,
        "today": str(report.today) if report.today else "not given",
    }
    children = [
        element(
            "properties", [element("property", name=key, value=text) for key, text in properties.items()]
        ),
        *(element("testcase", body, name=case, classname=name, time="0") for case, body in cases),
        element("system-out", lines(notes)),
        element("system-err"),
    ]
    return element(
        "testsuite",
        Markup("\n"),
        lines(children),
        id=str(number),
        name=name,
        package=report.policy.name,
        timestamp=f"{report.today or date.min}T00:00:00",
        hostname="localhost",
        tests=str(len(cases)),
        failures=str(len(bodies) - errors),
        errors=str(errors),
        skipped="0",
        time="0",
    )
