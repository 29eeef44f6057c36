"""What the unknown values of one decision may still make of it: built once, for all its questions."""

from __future__ import annotations

from policylang.analysis.adjusting import Adjusting
from policylang.analysis.opened import Unknowns
from policylang.analysis.question import Question
from policylang.analysis.unknowns import force_of, may_of
from policylang.core.decision import Decision
from policylang.core.outcomes import Finding, widening
from policylang.core.predicates import Predicate
from policylang.core.support import Needs
from policylang.truth import UNKNOWN


class Outlook:
    """The questions about one decision; they do not refer to it, so that it is gone when it is let go."""

    def __init__(self, decision: Decision) -> None:
        self._policy, self._findings = decision.policy, decision.findings
        self._forces = {id(finding): force_of(finding) for finding in decision.findings}
        needs = decision.policy.needs
        undecided = [f for f in self._findings if f.force is UNKNOWN or _looks_at_absence(f, needs)]
        self._unknowns = Unknowns(decision.evaluator, [self._force(f) for f in undecided], needs)
        self._questions: dict[str | int, Question] = {}
        self.adjusting = Adjusting(decision)  # what the counterfactuals share

    def _force(self, finding: Finding) -> Predicate:
        """Return the predicate that an effect is in force."""
        return self._forces[id(finding)]

    def may(self, action: str) -> Predicate:
        """Return the predicate that an action is permitted."""
        return may_of(self._policy, self._findings, action, self._force)

    def question(self, about: str | Finding) -> Question:
        """Return the question what an action, or one effect, can come to."""
        key = about if isinstance(about, str) else id(about)
        if key not in self._questions:
            if isinstance(about, str):
                self._questions[key] = Question(self._unknowns, self.may(about), self._bearing_on(about))
            else:
                self._questions[key] = Question(self._unknowns, self._force(about), None)
        return self._questions[key]

    def _bearing_on(self, action: str) -> list[Predicate] | None:
        """Return what permits or forbids an action as the rules stand; None where `may` has it so."""
        chain = widening(self._policy.actions, action)
        if len(chain) == 1 and self._policy.actions[action].permitted:
            return None
        return [self._force(f) for f in self._findings if not set(chain).isdisjoint(f.effect.actions)]


def _looks_at_absence(finding: Finding, needs: Needs) -> bool:
    return any(needs.of(predicate).looks_at_absence for predicate in finding.predicates)
