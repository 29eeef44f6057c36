"""Section 6 of the language: from the truths of rule instances to outcomes, and what comes along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
import enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Effect, Instance, Predicate, Predicates
from policylang.core.record import Record, Steps, past_dates, path_text
from policylang.core.support import Premise, attestations_behind
from policylang.language import checked as c
from policylang.source import Span
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth, disjunction
from policylang.values import Attestation, FrozenMap, Range, shift

if TYPE_CHECKING:
    from policylang.analysis.outlook import Outlook
    from policylang.core.policy import Policy
    from policylang.proof.proof import Proof


class Outcome(enum.Enum):
    """What a policy says of an action."""

    PERMITTED = "permitted"
    FORBIDDEN = "forbidden"
    UNDETERMINED = "undetermined"

    def __str__(self) -> str:
        return self.value


OUTCOMES = {TRUE: Outcome.PERMITTED, FALSE: Outcome.FORBIDDEN, UNKNOWN: Outcome.UNDETERMINED}


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


@attrs.frozen(eq=False)
class Finding:
    """One effect of one instance with its truth now (``active``) and with the past (``force``)."""

    instance: Instance
    effect: Effect
    active: Truth
    force: Truth
    before: Truth  # its force at the previous date, false without a past
    since: date | None  # since when it has been active without a break
    perhaps_since: date | None  # since when it may have been

    @property
    def truths(self) -> tuple[Truth, Truth, Truth, date | None, date | None]:
        """All that a record says of the effect."""
        return self.active, self.force, self.before, self.since, self.perhaps_since

    @property
    def predicates(self) -> list[Predicate]:
        """The predicates that the force depends on: the effect's own, and its release after a past."""
        if self.effect.until is None or self.before is FALSE:
            return [self.effect.predicate]
        return [self.effect.predicate, self.effect.until]


def combine(
    policy: Predicates, findings: tuple[Finding, ...]
) -> dict[str, tuple[Truth, Truth, Truth, Truth]]:
    """Return for each action its F, its P, what it permits itself, and may(a) with all it widens."""
    forbidding: dict[str, list[Truth]] = {a.name: [] for a in policy.actions}
    permitting: dict[str, list[Truth]] = {a.name: [] for a in policy.actions}
    for finding in findings:
        table = permitting if finding.effect.kind == "permit" else forbidding
        for action in finding.effect.actions:
            table[action].append(finding.force)
    actions = {a.name: a for a in policy.actions}
    own: dict[str, tuple[Truth, Truth, Truth]] = {}
    for one in policy.actions:
        f, p = disjunction(forbidding[one.name]), disjunction(permitting[one.name])
        own[one.name] = (f, p, ~f if one.permitted else p & ~f)
    result = {}
    for name in actions:
        may = TRUE
        for widened in widening(actions, name):
            may &= own[widened][2]
        result[name] = (*own[name], may)
    return result


def widening(actions: Mapping[str, c.Action], name: str) -> list[str]:
    """Return an action and all that it widens, in turn."""
    chain = [name]
    while (wider := actions[chain[-1]].widens) is not None:
        chain.append(wider)
    return chain


@attrs.frozen(eq=False, slots=False)
class Decision:
    """The outcome of every action of a policy for one record, and what it rests on."""

    policy: Policy = attrs.field(repr=False)
    record: Record = attrs.field(repr=False)
    today: date | None
    findings: tuple[Finding, ...] = attrs.field(repr=False)
    evaluator: Evaluator = attrs.field(repr=False)
    previous: Decision | None = attrs.field(repr=False, default=None)  # in a history

    @cached_property
    def outcomes(self) -> FrozenMap[str, Outcome]:
        return FrozenMap({name: OUTCOMES[truths[3]] for name, truths in self.truths.items()})

    @cached_property
    def truths(self) -> dict[str, tuple[Truth, Truth, Truth, Truth]]:
        return combine(self.policy.predicates, self.findings)

    def __getitem__(self, action: str) -> Outcome:
        """Return an action's outcome; KeyError for an action that the policy does not declare."""
        return self.outcomes[action]

    def permits(self, action: str) -> bool:
        """Return whether a gate may pass: permitted, by a policy that constrains the action."""
        return self.outcomes[action] is Outcome.PERMITTED and self.is_constrained(action)

    def is_constrained(self, action: str) -> bool:
        """Return whether any rule could have said no; KeyError for an undeclared action."""
        return self.policy.is_constrained(action)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Decision):
            return NotImplemented
        ours, theirs = ((d.policy, d.record, d.today, [f.truths for f in d.findings]) for d in (self, other))
        return ours == theirs

    def __hash__(self) -> int:
        return hash((self.policy, self.record, self.today))

    def __reduce__(self) -> tuple[Any, ...]:
        # The policy has the instances already, and it alone knows how to pickle deep conditions;
        # the evaluator knows predicates by their identity, so it is made anew.
        steps = [(d.record, d.today, tuple(f.truths for f in d.findings)) for d in self.history]
        return _restored, (self.policy, tuple(steps))

    @property
    def history(self) -> tuple[Decision, ...]:
        """The decisions of the history up to this one, which is the last; alone without a past."""
        found = [self]
        while found[-1].previous is not None:
            found.append(found[-1].previous)
        return tuple(reversed(found))

    # --- what fired -----------------------------------------------------------------------------

    @cached_property
    def fired(self) -> tuple[Fired, ...]:
        """Every rule instance and effect in force, by rule as written, then by member."""
        return tuple(_entry(f) for f in self.findings if f.force is TRUE)

    @cached_property
    def undecided(self) -> tuple[Fired, ...]:
        """Every rule instance and effect that is unknown, in the same order."""
        return tuple(_entry(f) for f in self.findings if f.force is UNKNOWN)

    def deciding(self, action: str) -> tuple[Finding, ...]:
        """Return the findings that make an action's outcome, or that leave it open."""
        outcome = self.outcomes[action]
        actions = {a.name: a for a in self.policy.predicates.actions}
        wanted: dict[int, None] = {}
        for name in widening(actions, action):
            forbidden, permitted, may, _ = self.truths[name]
            if OUTCOMES[may] is not outcome:
                continue
            by_permit = not actions[name].permitted
            for place, finding in enumerate(self.findings):
                if name not in finding.effect.actions:
                    continue
                is_permit = finding.effect.kind == "permit"
                match outcome:
                    case Outcome.FORBIDDEN:
                        decides = not is_permit and finding.force is TRUE
                    case Outcome.PERMITTED:
                        decides = is_permit and by_permit and finding.force is TRUE
                    case Outcome.UNDETERMINED:
                        decides = finding.force is UNKNOWN and (
                            (by_permit and permitted is UNKNOWN) if is_permit else forbidden is UNKNOWN
                        )
                if decides:
                    wanted[place] = None
        return tuple(self.findings[place] for place in sorted(wanted))

    # --- what is missing ------------------------------------------------------------------------

    @cached_property
    def outlook(self) -> Outlook:
        """What the unknown values may still make of it, for the questions below."""
        from policylang.analysis.outlook import Outlook

        return Outlook(self)

    def missing(self, action: str) -> tuple[tuple[str, ...], ...]:
        """Return the minimal sets of unknown values some of whose values would decide an action.

        Smallest first; empty unless the action is undetermined. KeyError for an undeclared action.
        """
        from policylang.analysis.settling import missing

        return missing(self, action)

    def reasons(self, action: str) -> tuple[tuple[str, ...], ...]:
        """Return the minimal sets of facts that give an outcome whatever the rest of the record says.

        Smallest first; empty for an undetermined action. KeyError for an undeclared one.
        """
        from policylang.analysis.reasons import reasons

        return reasons(self, action)

    def possible(self, action: str) -> tuple[Outcome, ...]:
        """Return the outcomes that an action can still have once every unknown value is known."""
        from policylang.analysis.settling import possible

        return possible(self, action)

    def missing_of(self, finding: Finding) -> tuple[tuple[str, ...], ...]:
        """Return the minimal sets of unknown values some of whose values would decide a finding."""
        from policylang.analysis.settling import missing_of

        return missing_of(self, finding)

    # --- duties, warnings, words ----------------------------------------------------------------

    @cached_property
    def obligations(self) -> tuple[Obligation, ...]:
        """What is to be done, or may be where a rule is undecided."""
        return tuple(
            self._obligation(f) for f in self.findings if f.effect.kind == "oblige" and f.force is not FALSE
        )

    def _obligation(self, finding: Finding) -> Obligation:
        effect = finding.effect
        is_certain = finding.force is TRUE
        start, due = finding.since if is_certain else finding.perhaps_since, None
        if effect.of is not None:
            value = self.record[effect.of.steps]  # type: ignore[index]  # a predicate's steps are names
            usable = isinstance(value, Range) and value.is_exact and self._is_past(effect.of, value)
            start = value.low if usable and isinstance(value, Range) else None
        if start is not None and effect.within is not None:
            due = shift(start, effect.within, 1)
        overdue: bool | None = False
        if effect.within is not None:
            overdue = None if due is None or self.today is None else due < self.today
        rule, members = finding.instance.rule.label, finding.instance.members
        return Obligation(effect.text, rule, members, due, overdue, is_certain)

    def _is_past(self, path: c.Path, value: Range) -> bool:
        """Return whether a due date's field can be read: a past date must be past."""
        future = any(where == path.steps for where, _ in self._future_dates)
        return not future and (
            self.today is not None
            or all(where != path.steps for where, _ in past_dates(self.policy.schema.fields, self.record))
        )

    @cached_property
    def _future_dates(self) -> tuple[tuple[Steps, Range], ...]:
        if self.today is None:
            return ()
        dates = past_dates(self.policy.schema.fields, self.record)
        return tuple((path, value) for path, value in dates if value.high > self.today)

    @cached_property
    def warnings(self) -> tuple[Warning, ...]:
        """What the policy warns of, then the past dates that are not past."""
        found = [
            Warning(f.effect.text, f.instance.rule.label, f.instance.members, f.force is TRUE)
            for f in self.findings
            if f.effect.kind == "warn" and f.force is not FALSE
        ]
        for path, _ in self._future_dates:
            text = f"{path_text(path)} is not wholly past and counts as unknown"
            found.append(Warning(text, None, FrozenMap(), True))
        return tuple(found)

    @cached_property
    def attestations(self) -> tuple[AttestationUsed, ...]:
        """The attestations that a permitted or forbidden outcome rests on."""
        starts: list[Premise] = []
        for finding in (f for action in self.outcomes for f in self._resting(action)):
            needed = finding.predicates
            if finding.force is TRUE:  # either of the two makes it
                needed = needed[:1] if finding.active is TRUE else needed[1:]
            starts += [(predicate, {}) for predicate in needed]
        found = dict.fromkeys(attestations_behind(starts, self.evaluator))
        words = [(path_text(path), self.record[path]) for path in found]
        return tuple(
            AttestationUsed(path, word.by, word.role, word.on)
            for path, word in words
            if isinstance(word, Attestation)
        )

    def _resting(self, action: str) -> list[Finding]:
        """Return the findings whose truths a permitted or forbidden outcome rests on.

        More than `deciding`: a permit rests on every rule that could have forbidden, and a refusal
        that no rule makes on every rule that could have permitted.
        """
        outcome = self.outcomes[action]
        actions = {a.name: a for a in self.policy.predicates.actions}
        found = []
        for name in widening(actions, action):
            forbidden, _, may, _ = self.truths[name]
            if outcome is Outcome.UNDETERMINED or OUTCOMES[may] is not outcome:
                continue
            for finding in self.findings:
                if name not in finding.effect.actions:
                    continue
                if finding.effect.kind != "permit":
                    rests = outcome is Outcome.PERMITTED or finding.force is TRUE
                elif outcome is Outcome.PERMITTED:
                    rests = finding.force is TRUE and not actions[name].permitted
                else:
                    rests = forbidden is not TRUE
                if rests:
                    found.append(finding)
        return found

    @property
    def waivers(self) -> tuple[()]:
        """No waiver is read in this version; records that hold one are refused."""
        return ()

    # --- the proof, the words -------------------------------------------------------------------

    @cached_property
    def proof(self) -> Proof:
        """The proof of every outcome, built when asked for."""
        from policylang.proof.prover import prove

        return prove(self)

    def _repr_html_(self) -> str:
        """Return the decision for a notebook: outcome badges, and why, folded."""
        from policylang.render.html import decision_fragment

        return decision_fragment(self)

    def to_dict(self, actions: tuple[str, ...] | None = None) -> dict[str, Any]:
        """Return the decision as JSON, for all actions or those named."""
        from policylang.render.json import decision_json

        return decision_json(self, actions)


def _entry(finding: Finding) -> Fired:
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


def _restored(policy: Policy, steps: tuple[tuple[Record, date | None, Any], ...]) -> Decision:
    effects = effects_of(policy)
    found = None
    for record, today, rows in steps:
        findings = tuple(Finding(*pair, *row) for pair, row in zip(effects, rows, strict=True))
        found = Decision(policy, record, today, findings, Evaluator(record, today), found)
    assert found is not None
    return found


# --- deciding -----------------------------------------------------------------------------------


def effects_of(policy: Policy) -> list[tuple[Instance, Effect]]:
    """Return every effect of every instance, by rule as written, then by member."""
    return [(instance, effect) for instance in policy.predicates.instances for effect in instance.effects]


def decide(policy: Policy, record: Record, today: date | None) -> Decision:
    """Return the decision for one record, without a past."""
    evaluator = Evaluator(record, today)
    findings = []
    for instance, effect in effects_of(policy):
        truth = evaluator.evaluate(effect.predicate)
        findings.append(Finding(instance, effect, truth, truth, FALSE, today, today))
    return Decision(policy, record, today, tuple(findings), evaluator)


def decide_after(previous: Decision | None, policy: Policy, record: Record, today: date) -> Decision:
    """Return the decision of a history: prohibitions with an `until` stay until it is true."""
    evaluator = Evaluator(record, today)
    earlier = previous.findings if previous else None
    findings = []
    for place, (instance, effect) in enumerate(effects_of(policy)):
        past = earlier[place] if earlier else None
        active = force = evaluator.evaluate(effect.predicate)
        before = past.force if past else FALSE
        if effect.until is not None:
            force = active | (before & ~evaluator.evaluate(effect.until))
        was = past.active if past else FALSE
        since = past.since if past and was is TRUE else today
        perhaps_since = past.perhaps_since if past and was is not FALSE else today
        findings.append(Finding(instance, effect, active, force, before, since, perhaps_since))
    return Decision(policy, record, today, tuple(findings), evaluator, previous)
