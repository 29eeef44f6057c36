"""The tests that a policy file holds: its examples, its claims and, when asked for, the laws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from policylang.analysis import claims
from policylang.analysis.findings import Finding
from policylang.analysis.inquiry import Inquiry
from policylang.analysis.outcomes import space_of
from policylang.analysis.solver import NotDecided
from policylang.core.examples import run_example
from policylang.core.loader import load
from policylang.core.policy import Policy
from policylang.diagnostics import PolicyError
from policylang.language import checked as c
from policylang.proof.words import printable
from policylang.source import Span
from policylang.testing.failures import LawBroken, Shown

if TYPE_CHECKING:
    from policylang.testing.trials import Law, Trial


@attrs.frozen
class Check:
    """One test: its name, which is unique in its file, its place, and how it is run."""

    name: str
    line: int
    file: Path | None  # None: the policy's own
    run: Callable[[Subject], None]


@attrs.frozen(eq=False, slots=False)
class Subject:
    """A policy with the tests that its file holds."""

    path: Path
    policy: Policy
    with_laws: bool

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        names: dict[str, int] = {}
        found = []
        for name, span, run in self._tests():
            plain = printable(name).replace("::", ":")
            number = names[plain] = names.get(plain, 0) + 1
            unique = plain if number == 1 else f"{plain} ({number})"
            found.append(Check(unique, span.line if span else 1, self._file(span), run))
        return tuple(found)

    def _tests(self) -> Iterator[tuple[str, Span | None, Callable[[Subject], None]]]:
        for example in self.policy.examples:
            yield f"example {example.title}", example.span, partial(run, example)
        for claim in self.policy.claims:
            yield claim.text, claim.span, partial(prove, claim)
        if self.with_laws:
            from policylang.testing.laws import LAWS

            for law in LAWS:
                yield f"law {law.name}", None, partial(obey, law)

    def _file(self, span: Span | None) -> Path | None:
        """Return the file of a place, None for the policy's own and for one that is not there."""
        if span is None or span.source == str(self.path):
            return None
        file = Path(span.source)
        return file if file.is_file() else None

    @cached_property
    def inquiry(self) -> Inquiry:
        """The policy in its space, for all claims."""
        others = [p for claim in self.conditions.values() for p in claim]
        return Inquiry(self.policy, space_of(self.policy.predicates, others=others))

    @cached_property
    def conditions(self) -> dict[int, list[c.Condition]]:
        return {id(claim): predicates for claim, predicates in claims.conditions(self.policy)}

    @cached_property
    def trial(self) -> Trial:
        """What the laws share."""
        import hypothesis

        from policylang.testing.trials import Trial

        return Trial(self.policy, hypothesis.settings(), None)


def subject_of(path: Path, *, with_laws: bool) -> Subject | str:
    """Return the subject of a file; what is wrong with its text when it is no policy."""
    try:
        shown = path.relative_to(Path.cwd())
    except ValueError:
        shown = path
    try:
        return Subject(shown, load(shown), with_laws)
    except PolicyError as error:
        return str(error)


def run(example: c.Example, subject: Subject) -> None:
    """Run an example; `LawBroken` when it does not come out as expected."""
    result = run_example(subject.policy, example)
    if result.passed:
        return
    shown = []
    if result.decision is not None:
        actions = tuple(action for action, _ in example.expected)
        wanted = dict(example.expected)
        shown = [Shown(result.decision.record.data, example.on, actions, wanted=wanted)]
    sentence = "; ".join(result.mismatches)
    raise LawBroken(
        f"example `{example.title}`", subject.policy, sentence, shown, (example.span,), keep=False
    )


def prove(claim: c.Claim, subject: Subject) -> None:
    """Prove a claim; `LawBroken` with a witness when it does not hold, or is not decided."""
    try:
        found = list(_answers(claim, subject))
    except NotDecided as reason:
        raise LawBroken("claim", subject.policy, f"not decided: {reason}", (), (claim.span,)) from None
    for finding in found:
        if finding.severity == "error":
            witnesses = [one for one in (finding.witness, finding.other) if one is not None]
            actions = (finding.action,) if finding.action is not None else ()
            shown = [Shown(one.record, one.today, actions) for one in witnesses]
            raise LawBroken("claim", subject.policy, finding.message, shown, (claim.span,))


def _answers(claim: c.Claim, subject: Subject) -> Iterator[Finding]:
    match claim:
        case c.OutcomeClaim():
            return claims.outcome_claim(subject.inquiry, claim, subject.conditions[id(claim)])
        case c.TightensClaim():
            return claims.tightens_claim(subject.inquiry, claim)
        case c.StrengthensClaim():
            return claims.strengthens_claim(subject.policy, claim, plain=False, deadline=None)


def obey(law: Law, subject: Subject) -> None:
    law.on(subject.trial)
