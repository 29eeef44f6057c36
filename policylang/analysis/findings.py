"""What the analysis reports: findings with their witnesses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import attrs

from policylang.analysis.messages import severity_of
from policylang.analysis.witness import Witness
from policylang.diagnostics import Diagnostic
from policylang.messages import Message
from policylang.source import Source, Span


@attrs.frozen
class Finding:
    """One finding about a policy: a diagnostic, and the record that shows it.

    ``witness`` is None where the finding says that no record does something: that is proved. ``other``
    is the second record where two are compared.
    """

    code: str
    severity: str  # error, warning, note
    message: str
    span: Span
    hint: str | None = None
    rules: tuple[str, ...] = ()
    action: str | None = None
    witness: Witness | None = None
    other: Witness | None = None

    @property
    def diagnostic(self) -> Diagnostic:
        return Diagnostic(self.code, self.severity, self.message, self.span, self.hint)

    @property
    def fails(self) -> bool:
        """Whether a check with this finding does not hold: errors and warnings, not notes."""
        return self.severity != "note"

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
            "at": str(self.span),
            "rules": list(self.rules),
            "action": self.action,
            "witness": self.witness and self.witness.to_dict(),
            "other": self.other and self.other.to_dict(),
        }


def finding(
    message: Message,
    span: Span,
    *,
    rules: tuple[str, ...] = (),
    action: str | None = None,
    witness: Witness | None = None,
    other: Witness | None = None,
    severity: str | None = None,
) -> Finding:
    """Return the finding of a message; its severity is that of its code where none is given."""
    code, text, hint = message
    return Finding(code, severity or severity_of(code), text, span, hint, rules, action, witness, other)


@attrs.frozen
class Report(Sequence[Finding]):
    """All findings about a policy, in the order of the text, and the claims that were proved."""

    findings: tuple[Finding, ...]
    proved: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether there is no error and no warning; what was not decided is an error."""
        return not any(one.fails for one in self.findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def render(self, sources: Mapping[str, Source]) -> str:
        """Return the findings as diagnostics with source lines."""
        return "\n".join(one.diagnostic.render(sources) for one in self.findings)
