"""What a decision lists beside its outcomes: what fired, duties, warnings, attestations."""

from __future__ import annotations

from datetime import date

import attrs

from policylang.core.outcomes import Finding
from policylang.core.record import Record, Steps, past_dates, path_text
from policylang.language import schema as types
from policylang.source import Span
from policylang.truth import TRUE
from policylang.values import FrozenMap, Range, shift


@attrs.frozen
class Fired:
    """A rule instance and effect that holds, or that is undecided."""

    rule: str
    instance: FrozenMap[str, str]
    effect: str
    actions: tuple[str, ...]
    until: str | None
    because: str | None
    cites: tuple[str, ...]
    at: Span
    waived: bool
    latched: bool


@attrs.frozen
class Obligation:
    """Something to do; ``certain`` is false where the rule is undecided, due None where not known."""

    text: str
    rule: str
    instance: FrozenMap[str, str]
    due: date | None
    overdue: bool | None
    certain: bool


@attrs.frozen
class Warning:
    """Something to know; ``rule`` is None where it concerns the record itself."""

    text: str
    rule: str | None
    instance: FrozenMap[str, str]
    certain: bool


@attrs.frozen
class AttestationUsed:
    """An attestation that an outcome rests on."""

    path: str
    by: str
    role: str
    on: date


def fired(finding: Finding) -> Fired:
    """Return the entry of an effect that holds, or that is undecided."""
    rule = finding.instance.rule
    is_prohibition = finding.effect.kind in ("forbid", "require")
    return Fired(
        rule.label,
        finding.instance.members,
        finding.effect.kind,
        finding.effect.actions,
        rule.until_text if is_prohibition else None,
        rule.because,
        rule.cites,
        rule.span,
        False,
        finding.force is not finding.active,
    )


def obligation(finding: Finding, dates: Dates) -> Obligation:
    """Return the duty of an `oblige` that holds, or that is undecided."""
    effect, is_certain = finding.effect, finding.force is TRUE
    start, due = finding.since if is_certain else finding.perhaps_since, None
    if effect.of is not None:
        start = dates.usable(effect.of.steps)  # type: ignore[arg-type]  # a predicate's steps are names
    if start is not None and effect.within is not None:
        due = shift(start, effect.within, 1)
    overdue: bool | None = False
    if effect.within is not None:
        overdue = None if due is None or dates.today is None else due < dates.today
    rule, members = finding.instance.rule.label, finding.instance.members
    return Obligation(effect.text, rule, members, due, overdue, is_certain)


def warning(finding: Finding) -> Warning:
    """Return the entry of a `warn` that holds, or that is undecided."""
    rule, members = finding.instance.rule.label, finding.instance.members
    return Warning(finding.effect.text, rule, members, finding.force is TRUE)


class Dates:
    """The dates of one record, some of which have to be past."""

    def __init__(self, fields: tuple[types.Field, ...], record: Record, today: date | None) -> None:
        self.record = record
        self.today = today
        self._past = dict(past_dates(fields, record))

    def usable(self, path: Steps) -> date | None:
        """Return an exact date that rules can use, None where there is none."""
        value = self.record[path]
        if not isinstance(value, Range) or not value.is_exact or not self._is_past(path):
            return None
        return value.low  # type: ignore[no-any-return]  # the ends of a range are of its field's type

    def _is_past(self, path: Steps) -> bool:
        value = self._past.get(path)
        return value is None or (self.today is not None and value.high <= self.today)

    def warnings(self) -> list[Warning]:
        """Return a warning of each past date that is not wholly past."""
        if self.today is None:
            return []
        future = [path for path in self._past if not self._is_past(path)]
        texts = [f"{path_text(path)} is not wholly past and counts as unknown" for path in future]
        return [Warning(text, None, FrozenMap(), True) for text in texts]
