"""A decision: the outcomes of one record, what they rest on, and the questions that come next."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from policylang.core.entries import (
    AttestationUsed,
    Dates,
    Fired,
    Obligation,
    Warning,  # noqa: A004  # what a policy warns of
    fired,
    obligation,
    warning,
)
from policylang.core.evaluator import Evaluator
from policylang.core.outcomes import (
    OUTCOMES,
    Finding,
    Outcome,
    combine,
    findings,
    findings_after,
    widening,
)
from policylang.core.record import Record, path_text
from policylang.core.support import Premise, attestations_behind
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Attestation, FrozenMap

if TYPE_CHECKING:
    from policylang.analysis.outlook import Outlook
    from policylang.core.policy import Policy
    from policylang.proof.proof import Proof


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
        return tuple(fired(f) for f in self.findings if f.force is TRUE)

    @cached_property
    def undecided(self) -> tuple[Fired, ...]:
        """Every rule instance and effect that is unknown, in the same order."""
        return tuple(fired(f) for f in self.findings if f.force is UNKNOWN)

    def deciding(self, action: str) -> tuple[Finding, ...]:
        """Return the findings that make an action's outcome, or that leave it open."""
        outcome = self.outcomes[action]
        force = UNKNOWN if outcome is Outcome.UNDETERMINED else TRUE
        actions = {a.name: a for a in self.policy.predicates.actions}
        wanted: dict[int, None] = {}
        for name in widening(actions, action):
            forbidden, permitted, may, _ = self.truths[name]
            if OUTCOMES[may] is not outcome:
                continue
            by_permits = (
                permitted is force and outcome is not Outcome.FORBIDDEN and not actions[name].permitted
            )
            by_others = forbidden is force
            for place, finding in enumerate(self.findings):
                if finding.force is force and name in finding.effect.actions:
                    decides = by_permits if finding.effect.kind == "permit" else by_others
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
    def _dates(self) -> Dates:
        return Dates(self.policy.schema.fields, self.record, self.today)

    @cached_property
    def obligations(self) -> tuple[Obligation, ...]:
        """What is to be done, or may be where a rule is undecided."""
        due = [f for f in self.findings if f.effect.kind == "oblige" and f.force is not FALSE]
        return tuple(obligation(finding, self._dates) for finding in due)

    @cached_property
    def warnings(self) -> tuple[Warning, ...]:
        """What the policy warns of, then the past dates that are not past."""
        found = [f for f in self.findings if f.effect.kind == "warn" and f.force is not FALSE]
        return (*(warning(finding) for finding in found), *self._dates.warnings())

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


def _restored(policy: Policy, steps: tuple[tuple[Record, date | None, Any], ...]) -> Decision:
    found = None
    for record, today, rows in steps:
        findings = tuple(
            Finding(*pair, *row) for pair, row in zip(policy.predicates.effects, rows, strict=True)
        )
        found = Decision(policy, record, today, findings, Evaluator(record, today), found)
    assert found is not None
    return found


# --- deciding -----------------------------------------------------------------------------------


def decide(policy: Policy, record: Record, today: date | None) -> Decision:
    """Return the decision for one record, without a past."""
    evaluator = Evaluator(record, today)
    return Decision(policy, record, today, findings(policy.predicates, evaluator), evaluator)


def decide_after(previous: Decision | None, policy: Policy, record: Record, today: date) -> Decision:
    """Return the decision of a history after the one of the date before."""
    evaluator = Evaluator(record, today)
    earlier = previous.findings if previous else ()
    found = findings_after(earlier, policy.predicates, evaluator)
    return Decision(policy, record, today, found, evaluator, previous)
