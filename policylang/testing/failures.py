"""How a broken law is told: the smallest record, why it is decided so, the rules, an `example` to keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
import json
from typing import Any

import attrs

from policylang.core.policy import Policy
from policylang.diagnostics import Diagnostic
from policylang.proof.explain import Account, explanation
from policylang.proof.words import printable, visible
from policylang.source import Span
from policylang.testing import blocks
from policylang.testing.subjects import origin_of

MAX_PLACES = 4  # in the text of the policy


@attrs.frozen
class Shown:
    """A record that shows what is wrong. ``wanted`` are the outcomes that the law asks for instead."""

    record: dict[str, Any]
    today: date | None
    actions: tuple[str, ...]
    what: str = "the record"
    wanted: dict[str, str] | None = None


class LawBroken(AssertionError):
    """A law that does not hold of a policy. Its text is what a person needs to mend it.

    ``law`` is the law's name, ``sentence`` what is wrong, ``shown`` the records, ``spans`` the places in
    the text. Without ``keep`` no `example` is offered. Nothing of the text is made before it is asked for.
    """

    def __init__(
        self,
        law: str,
        policy: Policy,
        sentence: str,
        shown: Sequence[Shown] = (),
        spans: Sequence[Span] = (),
        keep: bool = True,
    ) -> None:
        super().__init__(law, policy, sentence, shown, spans, keep)
        self.law = law
        self.policy = policy
        self.sentence = sentence
        self.shown = tuple(shown)
        self.spans = tuple(spans)
        self.keep = keep

    def __str__(self) -> str:
        # Words of a policy or a record stand in it, which must not move a terminal's cursor or colour.
        return "\n".join(map(visible, self._lines()))

    @property
    def examples(self) -> tuple[str, ...]:
        """The records as `example` blocks: with the outcomes wanted, else with those that they have."""
        found = []
        for one in self.shown:
            expected = one.wanted
            if expected is None:
                decision = self.policy.decide(one.record, today=one.today)
                expected = {action: decision[action].value for action in one.actions}
            title = f"{self.law}: {one.what}"
            node = blocks.example(self.policy, title, one.record, one.today, expected)
            found.append(blocks.block(node))
        return tuple(found)

    def _lines(self) -> Iterator[str]:
        yield f"{self.policy.name}: {self.law}: {printable(self.sentence)}"
        spans = dict.fromkeys(self.spans)
        for one in self.shown:
            day = f"on {one.today}" if one.today else "on a day that is not given"
            yield ""
            yield f"{one.what}, decided {day}:"
            yield f"  {json.dumps(one.record, ensure_ascii=False)}"
            for account in explanation(self.policy.decide(one.record, today=one.today), one.actions).accounts:
                spans.update(dict.fromkeys(reason.at for reason in account.reasons))
                yield from _explained(account)
        sources = origin_of(self.policy).sources
        for span in list(spans)[:MAX_PLACES]:
            yield ""
            yield str(span)
            yield from Diagnostic("", "", "", span).render(sources).split("\n")[1:]
        for one, text in zip(self.shown, self.examples, strict=True) if self.keep else ():
            yield ""
            as_wanted = "what the law asks for" if one.wanted is not None else "what the policy says now"
            yield f"to keep {one.what} in the policy, with {as_wanted}:"
            yield ""
            yield from text.rstrip("\n").split("\n")


def _explained(account: Account) -> Iterator[str]:
    yield f"{account.sentence}{':' if account.reasons else '.'}"
    for reason in account.reasons:
        yield f"  {reason.name}{f': {reason.title}' if reason.title else ''}"
        yield from (f"    {line}" for line in (reason.grounds, *reason.values) if line)


class Inconsistent(AssertionError):
    """All laws that do not hold of a policy, each a `LawBroken` of ``failures``."""

    def __init__(self, policy: Policy, failures: Sequence[LawBroken]) -> None:
        super().__init__(policy, failures)
        self.policy = policy
        self.failures = tuple(failures)

    def __str__(self) -> str:
        count = len(self.failures)
        broken = ", ".join(failure.law for failure in self.failures)
        head = f"{self.policy.name} breaks {count} law{'' if count == 1 else 's'}: {broken}"
        return "\n\n".join([head, *map(str, self.failures)])
