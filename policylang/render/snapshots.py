"""What changed since a snapshot, as text, JSON and JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policylang.proof.words import counted
from policylang.render.suites import Case, Suite
from policylang.testing.snapshot import Change, Entry, Snapshot


def change_kind(change: Change) -> str:
    """Return in a word what a change is."""
    return "new" if change.before is None else "missing" if change.after is None else "changed"


def snapshot_lines(changes: Sequence[Change], before: Snapshot | None, after: Snapshot) -> Iterator[str]:
    """Yield each record that differs and how, then a summary."""
    for change in changes:
        yield from change_lines(change)
    yield summary(changes, before, after)


def change_lines(change: Change) -> Iterator[str]:
    """Yield what differs for one record."""
    match change.before, change.after:
        case None, Entry() as after:
            yield f"{change.label}: not in the snapshot: {outcomes_text(after.outcomes)}"
        case Entry(), None:
            yield f"{change.label}: in the snapshot, and no longer among the records"
        case _:
            yield f"{change.label}: changed"
            for action, (old, new) in change.outcomes.items():
                yield f"  {action}: {old or 'no such action'} -> {new or 'no such action'}"
            gone, now = change.fired
            yield from (f"  - {text}" for text in gone)
            yield from (f"  + {text}" for text in now)


def outcomes_text(outcomes: Mapping[str, str]) -> str:
    return ", ".join(f"{action} {outcome}" for action, outcome in outcomes.items())


def summary(changes: Sequence[Change], before: Snapshot | None, after: Snapshot) -> str:
    """Return one line: how many records there are, and how many differ in which way."""
    kinds = [change_kind(change) for change in changes]
    counts = [f"{kinds.count(kind)} {kind}" for kind in ("changed", "new", "missing") if kind in kinds]
    found = ", ".join(counts) or "all as in the snapshot"
    other_day = before is not None and before.today != after.today
    other = f" (the snapshot's are of {before.today})" if before is not None and other_day else ""
    return f"{counted(len(after.entries), 'record')} as of {after.today}{other}: {found}"


def snapshot_json(changes: Sequence[Change], after: Snapshot) -> dict[str, Any]:
    """Return what differs as JSON."""
    return {
        "policy": after.policy,
        "digest": after.digest,
        "today": after.today.isoformat(),
        "records": len(after.entries),
        "changes": [
            {
                "record": change.label,
                "kind": change_kind(change),
                "before": _entry_json(change.before),
                "after": _entry_json(change.after),
            }
            for change in changes
        ],
    }


def _entry_json(entry: Entry | None) -> dict[str, Any] | None:
    return None if entry is None else {"outcomes": dict(entry.outcomes), "fired": list(entry.fired)}


def snapshot_suite(file: str, changes: Sequence[Change], after: Snapshot) -> Suite:
    """Return a suite with a case for each record, of the snapshot or given now."""
    found = {change.label: change for change in changes}
    cases = [_case(label, found.get(label)) for label in sorted({*after.entries, *found})]
    return Suite(file, tuple(cases), (("policy digest", after.digest), ("today", after.today.isoformat())))


def _case(label: str, change: Change | None) -> Case:
    if change is None:
        return Case(label)
    first, *lines = change_lines(change)
    return Case(label, "failure", first.removeprefix(f"{label}: "), lines)
