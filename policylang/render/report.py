"""What a document shows: one policy, the actions asked, and a result for each record."""

from __future__ import annotations

from datetime import date

import attrs

from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome
from policylang.core.policy import Policy
from policylang.diagnostics import Problem
from policylang.proof.explain import Account, Explanation, explanation
from policylang.proof.words import printable

NOTHING = "there is no record, so nothing was evaluated"


@attrs.frozen
class Decided:
    """A record with its decision in words."""

    label: str
    decision: Decision
    told: Explanation


@attrs.frozen
class Unreadable:
    """A record that was refused, or a file without one."""

    label: str
    problems: tuple[str, ...]


Result = Decided | Unreadable


def decided(label: str, decision: Decision, actions: tuple[str, ...]) -> Decided:
    """Return the result of a record that was decided."""
    return Decided(printable(label), decision, explanation(decision, actions))


def unreadable(label: str, problems: tuple[Problem, ...]) -> Unreadable:
    """Return the result of a record that was refused."""
    return Unreadable(printable(label), tuple(printable(str(problem)) for problem in problems))


def empty(label: str) -> Unreadable:
    """Return the result of a file without a record."""
    return Unreadable(printable(label), (NOTHING,))


@attrs.frozen
class Report:
    """Everything that one document shows."""

    policy: Policy
    today: date | None
    actions: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def title(self) -> str:
        """The policy's title, else its name."""
        return printable(self.policy.header.get("title", self.policy.name))

    @property
    def name(self) -> str:
        """The policy's name with its version."""
        return printable(f"{self.policy.name} {self.policy.version or ''}")

    @property
    def date_text(self) -> str:
        return f"as of {self.today}" if self.today else "today not given"


def verdict(account: Account) -> str:
    """Return an outcome as one word or two; a permission that no rule gives is named so."""
    return account.outcome.value if account.is_constrained else "not constrained"


SIGNS = {Outcome.PERMITTED: "✓", Outcome.FORBIDDEN: "✕", Outcome.UNDETERMINED: "?"}


def sign(account: Account) -> str:
    """Return the sign of an outcome, so that it needs no colour."""
    return SIGNS[account.outcome] if account.is_constrained else "–"
