"""What would settle an undetermined outcome: minimal sets of unknown values, and what is still possible."""

from __future__ import annotations

from policylang.analysis.ways import Ways
from policylang.core.decision import Decision
from policylang.core.outcomes import OUTCOMES, Finding, Outcome
from policylang.truth import FALSE, TRUE, UNKNOWN


def missing(decision: Decision, action: str) -> Ways:
    """Return the minimal sets of unknown values some of whose values would decide an action.

    Empty when the action is decided, and when no values of the record would decide it. Past a limit
    the sets found so far, each one minimal; when there are none, all unknown values as one set.
    """
    if decision[action] is not Outcome.UNDETERMINED:
        return Ways()
    return decision.outlook.question(action).missing


def missing_of(decision: Decision, finding: Finding) -> Ways:
    """Return the minimal sets of unknown values some of whose values would decide one effect."""
    if finding.force is not UNKNOWN:
        return Ways()
    return decision.outlook.question(finding).missing


def settle(decision: Decision, action: str, *, surely: bool) -> Ways:
    """Return the minimal sets of unknown values that may, or surely will, decide an action."""
    if decision[action] is not Outcome.UNDETERMINED:
        return Ways()
    question = decision.outlook.question(action)
    return question.surely_settles if surely else question.may_settle


def possible(decision: Decision, action: str) -> tuple[Outcome, ...]:
    """Return the outcomes that an action can have once every unknown value is known.

    NotDecided past a limit.
    """
    decision[action]  # KeyError for an undeclared one
    question = decision.outlook.question(action)
    return tuple(OUTCOMES[truth] for truth in (TRUE, FALSE, UNKNOWN) if question.can_become(truth))
