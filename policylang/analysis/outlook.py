"""What the unknown values of one decision may still make of it: built once, for all its questions."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from policylang.analysis.adjusting import Adjusting
from policylang.analysis.folding import Folder, read
from policylang.analysis.question import Question
from policylang.analysis.regions import type_at
from policylang.analysis.unknowns import (
    Open,
    Reach,
    Values,
    constants,
    force_of,
    may_of,
    open_value,
)
from policylang.core.decision import Decision
from policylang.core.outcomes import Finding, widening
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.core.support import Needs
from policylang.language import schema as types
from policylang.source import deep_stack
from policylang.truth import UNKNOWN


class Outlook:
    """The unknown values of one decision, and what its predicates say of them."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.evaluator = decision.evaluator
        self.schema = decision.record.schema
        self._known: dict[Steps, Open | None] = {}
        self._types: dict[Steps, types.Type] = {}
        self._folder = Folder(self.evaluator, self._is_open, changes=False, needs=decision.policy.needs)
        self._forces = {id(finding): force_of(finding) for finding in decision.findings}
        self._questions: dict[str | int, Question] = {}

    def force(self, finding: Finding) -> Predicate:
        """Return the predicate that an effect is in force."""
        return self._forces[id(finding)]

    def may(self, action: str) -> Predicate:
        """Return the predicate that an action is permitted."""
        return may_of(self.decision, action, self.force)

    def question(self, about: str | Finding) -> Question:
        """Return the question what an action, or one effect, can come to."""
        key = about if isinstance(about, str) else id(about)
        if key not in self._questions:
            if isinstance(about, str):
                self._questions[key] = Question(self, self.may(about), self._bearing_on(about))
            else:
                self._questions[key] = Question(self, self.force(about), None)
        return self._questions[key]

    def _bearing_on(self, action: str) -> list[Predicate] | None:
        """Return what permits or forbids an action as the rules stand; None where `may` has it so."""
        actions = self.decision.policy.actions
        chain = widening(actions, action)
        if len(chain) == 1 and actions[action].permitted:
            return None
        return [self.force(f) for f in self.decision.findings if not set(chain).isdisjoint(f.effect.actions)]

    def folded(self, predicate: Predicate) -> Predicate:
        """Return a predicate in which only unknown values are left."""
        return self._folder.fold(predicate, {})

    @cached_property
    def adjusting(self) -> Adjusting:
        """What the counterfactuals share."""
        return Adjusting(self.decision)

    @property
    def is_cut(self) -> bool:
        """Return whether entries of long lists are not looked into."""
        return self._folder.is_cut

    def open(self, path: Steps) -> Open | None:
        """Return what may become of a path; None where it stays as it is."""
        if path not in self._known:
            self._known[path] = open_value(path, self._type(path), self.evaluator)
        return self._known[path]

    def _type(self, path: Steps) -> types.Type:
        """Return the type of a path; all entries of a list have the same."""
        kind = tuple(0 if isinstance(step, int) else step for step in path)
        if kind not in self._types:
            found = type_at(self.schema.fields, kind)
            assert found is not None
            self._types[kind] = found
        return self._types[kind]

    def _is_open(self, path: Steps) -> bool:
        return self.open(path) is not None

    @cached_property
    def _undecided(self) -> list[Predicate]:
        """Everything that unknown values may change."""
        needs = self.decision.policy.needs
        undecided = [f for f in self.decision.findings if f.force is UNKNOWN or _looks_at_absence(f, needs)]
        with deep_stack():
            return [self.folded(self.force(f)) for f in undecided]

    @cached_property
    def opens(self) -> dict[Steps, Open]:
        """All values that may change it."""
        return {path: one for path in read(self._undecided) if (one := self.open(path)) is not None}

    @cached_property
    def compared(self) -> dict[Steps, tuple[Any, ...]]:
        """The constants that each of them is compared with."""
        return constants(self._undecided)

    @cached_property
    def values(self) -> Values:
        return Values(self.evaluator, lambda: self.compared)

    @cached_property
    def reach(self) -> Reach:
        return Reach(self.values, self.open, lambda: self.opens)


def _looks_at_absence(finding: Finding, needs: Needs) -> bool:
    return any(needs.of(predicate).looks_at_absence for predicate in finding.predicates)
