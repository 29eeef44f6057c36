"""Putting a policy to the test: records drawn for a law, until one breaks it, and that one made small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import attrs
import hypothesis
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from policylang.analysis.checking import check
from policylang.analysis.findings import Report
from policylang.analysis.outcomes import space_of
from policylang.analysis.space import Space
from policylang.core.policy import Policy
from policylang.core.predicates import Predicate
from policylang.testing.failures import LawBroken
from policylang.testing.goals import Wish
from policylang.testing.smaller import smaller
from policylang.testing.strategies import Case, Json, Sampler, sampler_of
from policylang.testing.subjects import Origin, origin_of
from policylang.truth import FALSE, TRUE, Truth

T = TypeVar("T")


@attrs.define(eq=False, slots=False)
class Trial:
    """A policy with what the laws share; ``name`` is the law that is tried."""

    policy: Policy
    settings: settings
    seed: int | None
    name: str = ""

    @cached_property
    def sampler(self) -> Sampler:
        return sampler_of(self.policy)

    @cached_property
    def origin(self) -> Origin:
        return origin_of(self.policy)

    @cached_property
    def report(self) -> Report:
        """What the exact analysis finds."""
        return check(self.policy)

    @cached_property
    def space(self) -> Space:
        return space_of(self.policy.predicates)

    def broken(self, sentence: str, *shown: Any, spans: Iterable[Any] = ()) -> LawBroken:
        return LawBroken(self.name, self.policy, sentence, shown, tuple(spans))

    def each(
        self,
        strategy: st.SearchStrategy[T],
        holds: Callable[[T], LawBroken | None],
        *,
        complete: bool = False,
    ) -> None:
        """Try what a strategy draws; raise what `holds` returns of the smallest that breaks the law.

        A law of ``complete`` records says nothing of a record with less.
        """

        last: list[T] = []

        def law(drawn: T) -> None:
            broken = holds(drawn)
            if broken is not None:
                last[:] = [drawn]
                raise broken

        chosen = settings(
            self.settings,
            database=self.settings.database if self.seed is None else None,
            deadline=None,  # a large policy may take its time to decide
            print_blob=False,
            phases=[phase for phase in self.settings.phases if phase is not Phase.explain],
        )
        test = chosen(given(strategy)(law))
        if self.seed is not None:  # then nothing is remembered from earlier runs either
            test = hypothesis.seed(self.seed)(test)
        # Each law of each policy has examples of its own in Hypothesis's database.
        own = f"{self.name} {self.policy.digest}".encode()
        test.hypothesis.inner_test._hypothesis_internal_add_digest = own  # type: ignore[attr-defined]
        found: LawBroken | None = None
        try:
            test()
        except LawBroken as broken:
            found = broken
        if found is not None:
            if Phase.shrink in self.settings.phases and not complete:
                found = self.made_smaller(last[0], holds) or found
            # What Hypothesis notes of its own choices says nothing to an author.
            raise LawBroken(*found.args)

    def made_smaller(self, drawn: T, holds: Callable[[T], LawBroken | None]) -> LawBroken | None:
        """Return the failure of a record without the lists that Hypothesis could not take out."""
        match drawn:
            case (dict() as record, (date() | None) as today):

                def rebuilt(record: Json) -> Any:
                    return record, today

            case ((dict() as record, (date() | None) as today), other):

                def rebuilt(record: Json) -> Any:
                    return (record, today), other

            case _:
                return None
        plan = self.sampler.aims(today).plan
        found = smaller(record, plan, lambda record: holds(rebuilt(record)) is not None)
        return holds(rebuilt(found))

    def cases(
        self, wishes: Sequence[Wish], *, complete: bool = False, others: Iterable[Predicate] = ()
    ) -> st.SearchStrategy[Case]:
        """Return cases that are aimed at some wishes instead of at everything."""
        return sampler_of(self.policy, complete=complete, aims=wishes, others=others).cases()

    def possible(self, *goals: tuple[Predicate, Truth]) -> bool:
        """Return whether any record meets some goals, whatever `unspecified` defines would say: exactly.

        NotDecided when the analysis cannot tell.
        """
        literals = []
        for node, truth in goals:
            rails = self.space.rails(node)
            unknown = self.space.gates.conj((rails.possible, -rails.true))
            literals.append(rails.true if truth is TRUE else -rails.possible if truth is FALSE else unknown)
        return self.space.possible(*literals, as_specified=True)


def day(today: date | None) -> str:
    return f"on {today}" if today else "on a day that is not given"


@attrs.frozen
class Law:
    """Something that holds of every consistent policy; called with one it raises `LawBroken` if not."""

    name: str
    sentence: str
    check: Callable[[Trial], None]

    def __call__(self, policy: Policy, *, settings: settings | None = None, seed: int | None = None) -> None:
        """Try the law with Hypothesis's settings of the moment, or with others."""
        self.on(Trial(policy, settings or hypothesis.settings(), seed))

    def on(self, trial: Trial) -> None:
        """Try the law in a trial of several."""
        trial.name = self.name
        self.check(trial)


def law(check: Callable[[Trial], None]) -> Law:
    """Return the law that a function checks; its docstring begins with the law in one sentence."""
    assert check.__doc__ is not None
    return Law(check.__name__, check.__doc__.strip().split("\n")[0], check)
