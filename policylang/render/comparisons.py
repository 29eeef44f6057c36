"""What `compare` found, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
import json

from policylang.analysis.count import Counts
from policylang.analysis.comparing import ActionComparison, Change, Comparison
from policylang.proof.words import counted, visible


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Yield the verdict, then each action with a sentence and a record for each direction, a line each."""
    yield from map(visible, _lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"NEW against OLD: {comparison.verdict}"
    for one in comparison.actions:
        yield from _action(one)
    for action in comparison.only_old:
        permits = action in comparison.removed_permits
        yield f"  {action}: only in OLD, which {'can permit' if permits else 'never permits'} it"
    for action in comparison.only_new:
        permits = action in comparison.added_permits
        yield f"  {action}: only in NEW, which {'can permit' if permits else 'never permits'} it"
    for sentence in comparison.differences:
        yield f"  record: {sentence}"
    for sentence in comparison.notes:
        yield f"  note: {sentence}"


def _action(one: ActionComparison) -> Iterator[str]:
    reason = "" if one.reason is None else f": {one.reason}"
    yield f"  {one.action}: {one.verdict}{reason}"
    for direction, change in (("looser", one.looser), ("stricter", one.stricter)):
        if change is not None:
            yield f"    {direction}: {change.sentence}"
            yield from _count(one.counts, direction)
            yield f"      record: {_record(change)}"
            yield f"      rules: OLD {_rules(change.old_rules)}; NEW {_rules(change.new_rules)}"


def _count(counts: Counts | None, direction: str) -> Iterator[str]:
    if counts is not None:
        count = counts.looser if direction == "looser" else counts.stricter
        told = f"{count} of {counts.total} change" if count is not None else counts.reason
        yield f"      count: {told}"


def _record(change: Change) -> str:
    record = json.dumps(change.record, ensure_ascii=False)
    return record if change.today is None else f"{record} on {change.today}"


def _rules(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def record_lines(
    changed: Sequence[tuple[str, Mapping[str, Sequence[str]]]], total: int, refused: int, day: date
) -> Iterator[str]:
    """Yield which of the given records change, and how; those refused were decided by neither policy."""
    said = [f"{refused} {'was' if refused == 1 else 'were'} refused"] if refused else []
    if refused < total or not total:
        verb = "change" if len(changed) > 1 else "changes"
        said.append(f"{len(changed) or 'none'} {verb} outcome as of {day}")
    yield f"Of {counted(total, 'record')}, {' and '.join(said)}{':' if changed else '.'}"
    for label, outcomes in changed:
        told = ", ".join(f"{action} {old} -> {new}" for action, (old, new) in outcomes.items())
        yield f"  {label}: {told}"
