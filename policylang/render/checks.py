"""What `check` found, as text, JSON, SARIF 2.1.0 and GitHub's workflow commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import json
from typing import Any
from urllib.parse import quote

import attrs

from policylang import __version__
from policylang.analysis.findings import Finding, Report
from policylang.analysis.messages import explanations
from policylang.analysis.witness import Witness
from policylang.core.policy import Policy
from policylang.diagnostics import Diagnostic
from policylang.proof.words import counted
from policylang.source import Source, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = ("error", "warning", "note")


@attrs.frozen
class Checked:
    """One policy file: its report, or the diagnostics for which it is refused."""

    path: str
    policy: Policy | None
    report: Report | None
    refused: tuple[Diagnostic, ...] = ()

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.refused if self.report is None else tuple(one.diagnostic for one in self.report)


def summary(checked: Checked) -> str:
    """Return one line on what a policy has and what was found."""
    assert checked.policy is not None and checked.report is not None
    policy, report = checked.policy, checked.report
    sizes = f"{counted(len(policy.rules), 'rule')}, {counted(len(policy.actions), 'action')}"
    found = [
        counted(count, level) for level in LEVELS if (count := sum(one.severity == level for one in report))
    ]
    return f"{checked.path}: {sizes}: {', '.join(found) or 'no findings'}"


def finding_text(finding: Finding, sources: Mapping[str, Source]) -> str:
    """Return a finding with its source line and the records that show it."""
    lines = [finding.diagnostic.render(sources)]
    lines += [f"   = {line}" for line in witness_lines(finding)]
    return "\n".join(lines)


def witness_lines(finding: Finding) -> list[str]:
    """Return the records of a finding, one a line."""
    names = ("witness",) if finding.other is None else ("lower", "higher")
    shown = zip(names, (finding.witness, finding.other), strict=False)
    return [f"{name}: {witness_text(witness)}" for name, witness in shown if witness is not None]


def witness_text(witness: Witness) -> str:
    """Return a witness on one line: its record as JSON, and its date."""
    record = json.dumps(witness.record, ensure_ascii=False)
    return record if witness.today is None else f"{record} on {witness.today}"


def checks_json(found: Iterable[Checked]) -> list[dict[str, Any]]:
    """Return all reports as JSON."""
    documents: list[dict[str, Any]] = []
    for one in found:
        if one.policy is None or one.report is None:
            documents.append({"policy": one.path, "refused": [_diagnostic_json(d) for d in one.refused]})
            continue
        documents.append(
            {
                "policy": one.policy.name,
                "digest": one.policy.digest,
                "holds": one.report.holds,
                "findings": [finding.to_dict() for finding in one.report],
                "proved": list(one.report.proved),
            }
        )
    return documents


def _diagnostic_json(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "at": str(diagnostic.span),
    }


# --- SARIF --------------------------------------------------------------------------------------


def sarif(found: Iterable[Checked]) -> dict[str, Any]:
    """Return one SARIF log with all findings, and with the diagnostics of refused texts."""
    results, codes = [], dict[str, None]()
    for one in found:
        for diagnostic in one.refused:
            codes[diagnostic.code] = None
            results.append(_result(diagnostic, {}))
        for finding in one.report or ():
            codes[finding.code] = None
            witnesses = [w.to_dict() for w in (finding.witness, finding.other) if w is not None]
            results.append(_result(finding.diagnostic, {"witnesses": witnesses} if witnesses else {}))
    explained = explanations()
    rules = [_rule(code, explained.get(code)) for code in sorted(codes)]
    driver = {"name": "policylang", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, explanation: str | None) -> dict[str, Any]:
    if explanation is None:
        return {"id": code}
    first, _, rest = explanation.partition("\n\n")
    rule: dict[str, Any] = {"id": code, "shortDescription": {"text": " ".join(first.split())}}
    return {**rule, "fullDescription": {"text": " ".join(rest.split())}} if rest else rule


def _result(diagnostic: Diagnostic, properties: dict[str, Any]) -> dict[str, Any]:
    text = diagnostic.message if diagnostic.hint is None else f"{diagnostic.message} ({diagnostic.hint})"
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(diagnostic.span)}],
    }
    return {**result, "properties": properties} if properties else result


def _location(span: Span) -> dict[str, Any]:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"artifactLocation": {"uri": quote(span.source.replace("\\", "/"))}, "region": region}


# --- GitHub -------------------------------------------------------------------------------------


def github(found: Iterable[Checked]) -> list[str]:
    """Return one workflow command for each finding, which GitHub shows beside the line."""
    return [_command(diagnostic) for one in found for diagnostic in one.diagnostics]


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    level = "notice" if diagnostic.severity == "note" else diagnostic.severity
    place = f"file={_escaped(span.source, ',:')},line={span.line},endLine={span.end_line},col={span.column}"
    hint = "" if diagnostic.hint is None else f"\n{diagnostic.hint}"
    return f"::{level} {place},title={diagnostic.code}::{_escaped(diagnostic.message + hint)}"


def _escaped(text: str, also: str = "") -> str:
    for character in "%\r\n" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
