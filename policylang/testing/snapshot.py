"""What a policy says of real records, kept in a file: a change of the policy shows which of them it moves.

A snapshot has for each record its outcomes and the rules that fired, under the record's path; the
date of the decisions stands in it too, so that the same records come out the same on any day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
import json
from typing import Any

import attrs

from policylang.core.decision import Decision
from policylang.core.policy import Policy
from policylang.values import date_of

FORMAT = "policylang-snapshot/1"


class NoSnapshot(Exception):
    """A text that is no snapshot; the message says why."""


@attrs.frozen
class Entry:
    """What a policy says of one record."""

    outcomes: Mapping[str, str]
    fired: tuple[str, ...]


@attrs.frozen
class Snapshot:
    """The entries of all records by their paths, and the policy and date that they are of."""

    policy: str  # the path or name to load it by
    digest: str
    today: date
    entries: Mapping[str, Entry]


@attrs.frozen
class Change:
    """One record whose entry differs: before is None where it is new, after where it is gone."""

    label: str
    before: Entry | None
    after: Entry | None

    @property
    def outcomes(self) -> dict[str, tuple[str | None, str | None]]:
        """The outcomes that differ, for each action the one before and the one after."""
        before = {} if self.before is None else self.before.outcomes
        after = {} if self.after is None else self.after.outcomes
        pairs = {
            action: (before.get(action), after.get(action)) for action in dict.fromkeys([*before, *after])
        }
        return {action: (old, new) for action, (old, new) in pairs.items() if old != new}

    @property
    def fired(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The rules that fire no more, and those that fire now."""
        before = () if self.before is None else self.before.fired
        after = () if self.after is None else self.after.fired
        return tuple(x for x in before if x not in after), tuple(x for x in after if x not in before)


def entry_of(decision: Decision) -> Entry:
    """Return the entry of a decision."""
    outcomes = {action: outcome.value for action, outcome in decision.outcomes.items()}
    return Entry(outcomes, tuple(_fired(decision)))


def _fired(decision: Decision) -> Iterator[str]:
    for one in decision.fired:
        members = f"[{', '.join(one.instance.values())}]" if one.instance else ""
        actions = f" {' and '.join(one.actions)}" if one.actions else ""
        yield f"{one.rule}{members}: {one.effect}{actions}"


def snapshot_of(policy: Policy, path: str, records: Mapping[str, Any], today: date) -> Snapshot:
    """Return the snapshot of records by their labels; RecordError at one that is refused."""
    entries = {label: entry_of(policy.decide(records[label], today=today)) for label in sorted(records)}
    return Snapshot(path, policy.digest, today, entries)


def changes(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Return what differs, in the order of the labels."""
    labels = sorted({*before.entries, *after.entries})
    pairs = ((label, before.entries.get(label), after.entries.get(label)) for label in labels)
    return tuple(Change(label, old, new) for label, old, new in pairs if old != new)


# --- as a file ----------------------------------------------------------------------------------


def dump(snapshot: Snapshot) -> str:
    """Return a snapshot as text: one record after the other, in the order of the labels."""
    document = {
        "format": FORMAT,
        "policy": snapshot.policy,
        "digest": snapshot.digest,
        "today": snapshot.today.isoformat(),
        "records": {
            label: {"outcomes": dict(entry.outcomes), "fired": list(entry.fired)}
            for label, entry in sorted(snapshot.entries.items())
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read(text: str | bytes) -> Snapshot:
    """Return the snapshot of a text; `NoSnapshot` when it is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoSnapshot(f"it is no JSON: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NoSnapshot(f"its format is not {FORMAT}")
    try:
        return Snapshot(
            _text(document["policy"]),
            _text(document["digest"]),
            date_of(_text(document["today"])),
            {label: _entry(entry) for label, entry in document["records"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NoSnapshot("a part of it is missing or of another kind than it should be") from None


def _entry(entry: Any) -> Entry:
    outcomes = {action: _text(outcome) for action, outcome in entry["outcomes"].items()}
    return Entry(outcomes, tuple(_text(fired) for fired in entry["fired"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
