"""A policy, ready to decide: predicates with a name, a digest and the deciding calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
import pickle
from typing import TYPE_CHECKING, Any

import attrs

from policylang.core.content import Content, content_of
from policylang.core.decision import Decision, decide, decide_after
from policylang.core.outcomes import widening
from policylang.core.predicates import Predicates, Rule
from policylang.core.reading import read_record
from policylang.core.record import Record
from policylang.core.support import Needs
from policylang.diagnostics import Problem, RecordError
from policylang.language import schema as types
from policylang.language.checked import Action, Claim, Example
from policylang.source import Source, deep_stack
from policylang.values import FrozenMap

if TYPE_CHECKING:
    from policylang.analysis.counterfactual import Counterfactual


@attrs.frozen(slots=False, eq=False, repr=False)
class Policy:
    """A checked and compiled policy. Two are equal when they mean the same under the same name."""

    name: str
    header: FrozenMap[str, str]
    text: str
    predicates: Predicates

    def __repr__(self) -> str:
        return f"<Policy {self.name} {self.digest[:19]}…>"

    def __str__(self) -> str:
        """Return the policy's own text in canonical form."""
        from policylang.language.formatter import format_file
        from policylang.language.parser import parse

        return format_file(parse(Source(self.name, self.text)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Policy):
            return NotImplemented
        return (self.name, self.header, self.digest) == (other.name, other.header, other.digest)

    def __hash__(self) -> int:
        return hash((self.name, self.digest))

    def __reduce__(self) -> tuple[Any, ...]:
        # Conditions may be nested more deeply than pickle can follow on the default stack.
        with deep_stack():
            return _unpickle, (self.name, self.header, self.text, pickle.dumps(self.predicates))

    @property
    def version(self) -> str | None:
        return self.header.get("version")

    @property
    def digest(self) -> str:
        """SHA-256 over the meaning, as ``sha256:…``; layout, comments and order do not change it."""
        return self.predicates.digest

    @property
    def schema(self) -> types.Schema:
        return self.predicates.schema

    @cached_property
    def actions(self) -> FrozenMap[str, Action]:
        """The declared actions by name, in the order declared."""
        return FrozenMap({a.name: a for a in self.predicates.actions})

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in the order written, those of extended policies first."""
        return tuple({i.rule.label: i.rule for i in self.predicates.instances}.values())

    @property
    def claims(self) -> tuple[Claim, ...]:
        return self.predicates.claims

    @property
    def examples(self) -> tuple[Example, ...]:
        return self.predicates.examples

    @cached_property
    def content(self) -> Content:
        """The policy as canonical JSON, which `digest` is over; proofs refer to its parts."""
        with deep_stack():
            return content_of(self.predicates)

    @cached_property
    def needs(self) -> Needs:
        """What the predicates of the rules look at, found once."""
        with deep_stack():
            return Needs(
                predicate
                for _, effect in self.predicates.effects
                for predicate in (effect.predicate, effect.until)
                if predicate is not None
            )

    @cached_property
    def _constrained(self) -> frozenset[str]:
        limiting = {
            action
            for _, effect in self.predicates.effects
            if effect.kind in ("forbid", "require")
            for action in effect.actions
        }
        limiting |= {a.name for a in self.predicates.actions if not a.permitted}
        actions = {a.name: a for a in self.predicates.actions}
        return frozenset(name for name in actions if limiting & set(widening(actions, name)))

    def is_constrained(self, action: str) -> bool:
        """Return whether any rule bears on an action; KeyError for an undeclared one."""
        return self.actions[action].name in self._constrained

    # --- deciding -------------------------------------------------------------------------------

    def record(self, data: Mapping[str, Any] | Record) -> Record:
        """Return a validated record; RecordError with every problem."""
        return read_record(self.schema, data)

    def decide(self, record: Mapping[str, Any] | Record, *, today: date | None = None) -> Decision:
        """Return the decision; RecordError with every problem of the record."""
        with deep_stack():
            return decide(self, self.record(record), _day(today))

    def decide_many(
        self, records: Iterable[Mapping[str, Any] | Record], *, today: date | None = None
    ) -> Iterator[Decision]:
        """Yield one decision a record, in order; RecordError at the first that is refused."""
        return (self.decide(record, today=today) for record in records)

    def decide_history(
        self, pairs: Iterable[tuple[date, Mapping[str, Any] | Record]]
    ) -> tuple[Decision, ...]:
        """Return one decision for each (date, record) pair of one subject, `until` latched.

        RecordError when a record is refused or a date does not rise.
        """
        decisions: list[Decision] = []
        previous: Decision | None = None
        for place, (day, data) in enumerate(pairs):
            today = _day(day)
            if today is None or (
                previous is not None and previous.today is not None and today <= previous.today
            ):
                reason = "has no date" if today is None else f"the date {today} does not rise"
                raise RecordError([Problem(f"[{place}]", reason, "dates of a history rise strictly")])
            try:
                record = self.record(data)
            except RecordError as error:
                raise RecordError(
                    p._replace(path=f"[{place}].{p.path}" if p.path else f"[{place}]") for p in error.problems
                ) from None
            with deep_stack():
                previous = decide_after(previous, self, record, today)
            decisions.append(previous)
        return tuple(decisions)

    # --- questions about one decision -----------------------------------------------------------

    def settle(
        self,
        record: Mapping[str, Any] | Record,
        *,
        action: str,
        today: date | None = None,
        surely: bool = False,
    ) -> tuple[tuple[str, ...], ...]:
        """Return the minimal sets of unknown values that may decide an action, smallest first.

        ``surely``: those that decide it whatever they turn out to be. Empty when there is none, and
        when the action is decided already. KeyError for an undeclared action.
        """
        from policylang.analysis.settling import settle

        return settle(self.decide(record, today=today), action, surely=surely)

    def counterfactual(
        self,
        record: Mapping[str, Any] | Record,
        *,
        action: str,
        today: date | None = None,
        cost: Mapping[str, float] | Callable[[str, Any, Any], float] | None = None,
    ) -> Counterfactual:
        """Return the cheapest changes of adjustable fields that permit an action.

        A change costs 1 a level and never takes a value away. ``cost`` maps paths to what a level or a
        change costs there, or gives the cost of a change from its path, old and new value. KeyError for
        an undeclared action, ValueError or TypeError for a cost that says nothing of use.
        """
        from policylang.analysis.counterfactual import counterfactual

        return counterfactual(self.decide(record, today=today), action, cost)


def _day(today: object) -> date | None:
    if today is None or (isinstance(today, date) and not isinstance(today, datetime)):
        return today
    raise TypeError("today is a datetime.date or None")


def _unpickle(name: str, header: FrozenMap[str, str], text: str, predicates: bytes) -> Policy:
    return Policy(name, header, text, pickle.loads(predicates))  # the outer pickle's own bytes


def policy_given(policy: object) -> Policy:
    """Return a policy; TypeError for anything else, as the path of one is easily given in its place."""
    if isinstance(policy, Policy):
        return policy
    raise TypeError("a policy is needed, as policylang.load and policylang.loads return it")
