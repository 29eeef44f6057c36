"""`compare`: what two policies say differently, over all records that fit both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

import attrs

from policylang.analysis.recording import projected
from policylang.analysis.count import Counts
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome
from policylang.core.policy import Policy
from policylang.core.record import FrozenTable, Steps, path_text
from policylang.diagnostics import Problem, RecordError
from policylang.language import schema as types
from policylang.proof.words import counted, value_text
from policylang.values import Entries, Present

STRICTNESS = {Outcome.FORBIDDEN: 0, Outcome.UNDETERMINED: 1, Outcome.PERMITTED: 2}
MAX_FACTS = 6  # of the stricter policy's in one sentence
MAX_TOLD = 3  # of both policies', so that all of them are told


@attrs.frozen(slots=False)
class Change:
    """A record that the two policies decide differently, for one action.

    ``record`` fits both policies together; a policy alone reads what its own record type knows of it.
    """

    action: str
    old: Outcome
    new: Outcome
    record: dict[str, Any]
    today: date | None
    old_record: dict[str, Any]
    new_record: dict[str, Any]
    old_rules: tuple[str, ...]
    new_rules: tuple[str, ...]
    is_smallest: bool  # whether it is proved that no record with these outcomes has fewer facts
    decisions: tuple[Decision, Decision] = attrs.field(eq=False, repr=False)  # on what bears on the action

    @cached_property
    def sentence(self) -> str:
        """What changes in one sentence, for people who read neither policy."""
        return sentence(*self.decisions, self.action)

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON."""
        return {
            "old": self.old.value,
            "new": self.new.value,
            "record": self.record,
            "today": None if self.today is None else self.today.isoformat(),
            "old_record": self.old_record,
            "new_record": self.new_record,
            "smallest": self.is_smallest,
            "old_rules": list(self.old_rules),
            "new_rules": list(self.new_rules),
            "sentence": self.sentence,
        }


@attrs.frozen
class ActionComparison:
    """One action of both policies: a verdict, and a change in each direction that there is.

    ``permits_more`` says that NEW permits a record that OLD does not; None is not decided.
    """

    action: str
    verdict: str  # equivalent, stricter, looser, incomparable, not decided
    looser: Change | None
    stricter: Change | None
    permits_more: bool | None
    reason: str | None = None
    counts: Counts | None = None  # of the records that change, where they were to be counted

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON."""
        return {
            "action": self.action,
            "verdict": self.verdict,
            "looser": self.looser and self.looser.to_dict(),
            "stricter": self.stricter and self.stricter.to_dict(),
            "permits_more": self.permits_more,
            "reason": self.reason,
            "counts": self.counts and self.counts.to_dict(),
        }


@attrs.frozen
class Comparison:
    """Two policies compared, over the actions of both and over all records that fit both."""

    actions: tuple[ActionComparison, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    added_permits: tuple[str, ...]  # of the actions of NEW only, those that some record is permitted
    removed_permits: tuple[str, ...]  # of the actions of OLD only
    differences: tuple[str, ...]  # of the record types
    notes: tuple[str, ...]  # what no single record shows

    @property
    def verdict(self) -> str:
        """The verdict over all actions; one that a policy does not have is permitted on no record."""
        found = {one.verdict for one in self.actions} - {"equivalent"}
        found |= {"looser"} if self.added_permits else set()
        found |= {"stricter"} if self.removed_permits else set()
        if "not decided" in found:
            return "not decided"
        if not found:
            return "equivalent"
        return found.pop() if len(found) == 1 else "incomparable"

    @property
    def permits_more(self) -> bool | None:
        """Whether NEW permits something that OLD does not; None when that is not decided."""
        found = {one.permits_more for one in self.actions}
        return True if True in found or self.added_permits else None if None in found else False

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(c for one in self.actions for c in (one.looser, one.stricter) if c is not None)

    def __getitem__(self, action: str) -> ActionComparison:
        """Return what was found for an action; KeyError for one that is not in both policies."""
        return {one.action: one for one in self.actions}[action]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON."""
        return {
            "verdict": self.verdict,
            "permits_more": self.permits_more,
            "actions": [one.to_dict() for one in self.actions],
            "only_old": list(self.only_old),
            "only_new": list(self.only_new),
            "added_permits": list(self.added_permits),
            "removed_permits": list(self.removed_permits),
            "differences": list(self.differences),
            "notes": list(self.notes),
        }


def responsible(decision: Decision, action: str) -> tuple[str, ...]:
    """Return the rules that make an outcome, or leave it open."""
    return tuple(dict.fromkeys(f.instance.rule.label for f in decision.deciding(action)))


# --- sentences ----------------------------------------------------------------------------------

SAYS = {
    Outcome.PERMITTED: "permits {}",
    Outcome.FORBIDDEN: "forbids {}",
    Outcome.UNDETERMINED: "leaves {} open",
}


def sentence(old: Decision, new: Decision, action: str) -> str:
    """Return one sentence that a manager can read."""
    strict = min((old, new), key=lambda decision: STRICTNESS[decision[action]])
    lenient = old if strict is new else new
    read = [(one, path) for one in (strict, lenient) for path in essential(one, action)]
    facts = [fact_text(one, path) for one, path in read if one is strict]
    told = list(dict.fromkeys(fact_text(one, path) for one, path in read))
    if len(told) <= MAX_TOLD:
        places = [*dict.fromkeys([*strict.record.values, *lenient.record.values])]
        in_order = sorted(read, key=lambda fact: places.index(fact[1]))
        shown = list(dict.fromkeys(fact_text(one, path) for one, path in in_order))
    else:
        shown = told[: min(len(facts) or MAX_FACTS, MAX_FACTS)]
    if left := len(told) - len(shown):
        shown.append(f"{counted(left, 'more fact')} {'holds' if left == 1 else 'hold'}")
    is_day_asked = any(one.policy.decide(one.record)[action] is not one[action] for one in (old, new))
    if is_day_asked and (not shown or any(is_date(one, path) for one, path in read)):
        shown.append(f"today is {strict.today}")
    shown = shown or ["the record says nothing of what the rules ask"]
    when = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f"NEW {SAYS[new[action]].format(action)} when {when}; OLD {SAYS[old[action]].format('it')}"


def essential(decision: Decision, action: str) -> list[Any]:
    """Return the facts without which a policy would not say what it says, few of them.

    That a list has so many entries, or that a group is there, counts where nothing in it does.
    """
    values = decision.record.values
    boxes = [path for path, held in values.items() if isinstance(held, Present | Entries)]
    kept = dict(values)
    needed: list[Steps] = []
    for path in (*(path for path in values if path not in boxes), *reversed(boxes)):
        if path in boxes and any(one[: len(path)] == path for one in needed):
            continue
        fewer = {key: value for key, value in kept.items() if key[: len(path)] != path}
        record = attrs.evolve(decision.record, values=FrozenTable(fewer))
        if decision.policy.decide(record, today=decision.today)[action] is decision[action]:
            kept = fewer
        else:
            needed.append(path)
    return [path for path in values if path in needed]


def is_date(decision: Decision, path: Steps) -> bool:
    """Return whether a fact is a date."""
    return isinstance(decision.policy.schema.type_at(path), types.Date)


def fact_text(decision: Decision, path: Any) -> str:
    """Return a fact as "x is v"."""
    type_ = decision.policy.schema.type_at(path)
    assert type_ is not None
    return f"{path_text(path)} is {value_text(decision.record[path], type_)}"


# --- records at hand ----------------------------------------------------------------------------


@attrs.frozen
class RecordChange:
    """One given record whose outcomes differ: for each action what OLD and what NEW says."""

    place: int
    outcomes: Mapping[str, tuple[Outcome, Outcome]]


def changed_records(
    old: Policy, new: Policy, records: list[Mapping[str, Any]], *, today: date | None = None
) -> tuple[RecordChange, ...]:
    """Return which of some records change an outcome; RecordError for one that fits neither policy."""
    found = []
    for place, record in enumerate(records):
        before, after = _decided(old, new, record, today)
        changes = {
            a: (before[a], after[a]) for a in old.actions if a in new.actions and before[a] is not after[a]
        }
        if changes:
            found.append(RecordChange(place, changes))
    return tuple(found)


def _decided(
    old: Policy, new: Policy, record: Mapping[str, Any], today: date | None
) -> tuple[Decision, Decision]:
    problems: list[dict[str, Problem]] = []
    for policy in (old, new):
        try:
            policy.record(record)
            problems.append({})
        except RecordError as error:
            problems.append({p.path: p for p in error.problems})
    shared = [p for path, p in problems[1].items() if path in problems[0]]
    if shared:  # what both refuse; what one knows the other may ignore
        raise RecordError(shared)
    sides = (projected(dict(record), policy.schema) for policy in (old, new))
    before, after = (p.decide(side, today=today) for p, side in zip((old, new), sides, strict=True))
    return before, after
