"""JUnit XML of tests of policies: a suite for each policy, a case for each test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from policylang.render.markup import Markup, element, joined, lines

XML = Markup('<?xml version="1.0" encoding="UTF-8"?>\n')


@attrs.frozen
class Case:
    """A test: ``verdict`` is passed, failure, error or skipped; the others than passed say why."""

    name: str
    verdict: str = "passed"
    message: str = ""
    text: Sequence[str] = ()


@attrs.frozen
class Suite:
    """The tests of one policy."""

    name: str
    cases: tuple[Case, ...]
    properties: tuple[tuple[str, str], ...] = ()


def document(suites: Iterable[Suite]) -> str:
    """Return the document."""
    shown = [_suite(number, suite) for number, suite in enumerate(suites)]
    return joined(XML, element("testsuites", Markup("\n"), lines(shown)))


def unique(names: Iterable[str]) -> list[str]:
    """Return the names, with a number behind each that stood before."""
    found: dict[str, None] = {}
    for name in names:
        other, number = name, 1
        while other in found:
            number += 1
            other = f"{name} ({number})"
        found[other] = None
    return list(found)


def _suite(number: int, suite: Suite) -> Markup:
    verdicts = [case.verdict for case in suite.cases]
    properties = [element("property", name=key, value=text) for key, text in suite.properties]
    children = [
        element("properties", properties),
        *(
            element("testcase", _body(case), name=name, classname=suite.name, time="0")
            for name, case in zip(unique(case.name for case in suite.cases), suite.cases, strict=True)
        ),
        element("system-out"),
        element("system-err"),
    ]
    return element(
        "testsuite",
        Markup("\n"),
        lines(children),
        id=str(number),
        name=suite.name,
        package=suite.name,
        timestamp="0001-01-01T00:00:00",  # a run says the same at any time
        hostname="localhost",
        tests=str(len(suite.cases)),
        failures=str(verdicts.count("failure")),
        errors=str(verdicts.count("error")),
        skipped=str(verdicts.count("skipped")),
        time="0",
    )


def _body(case: Case) -> Markup | None:
    match case.verdict:
        case "passed":
            return None
        case "skipped":
            return element("skipped", message=case.message)
        case kind:
            return element(kind, lines(case.text), type=kind, message=case.message)
