"""`check`: every question about one policy, each answered with a proof or a witness, or left open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policylang.analysis import actions, claims, messages, rules
from policylang.analysis.findings import Finding, Report, finding
from policylang.analysis.inquiry import Inquiry, RuleView
from policylang.analysis.outcomes import space_of
from policylang.analysis.solver import NotDecided, deadline_in
from policylang.analysis.unused import unused
from policylang.core.policy import Policy, policy_given
from policylang.language import checked as c
from policylang.source import Span

TIME_LIMIT = 60.0  # seconds
Answer = Iterator[Finding]

RULE_QUESTIONS: tuple[tuple[str, Callable[[Inquiry, RuleView], Answer]], ...] = (
    ("whether `{}` changes an outcome", rules.shadowed),
    ("whether what `{}` requires can be met", rules.unmet),
    ("whether what overrides `{}` ever does", rules.overriding),
    ("whether the `until` of `{}` lifts it", rules.release),
    ("whether an empty list is enough for `{}`", rules.vacuous),
)
ACTION_QUESTIONS: tuple[tuple[str, Callable[[Inquiry, c.Action], Answer]], ...] = (
    ("whether `{}` is permitted and forbidden at once", actions.conflict),
    ("whether `{}` can be permitted and forbidden", actions.gate),
    ("whether a complete record decides `{}`", actions.gap),
    ("what `{}` hinges on", actions.hinges),
    ("whether scores permit `{}` both ways", actions.both_ways),
)


def check(
    policy: Policy,
    *,
    time_limit: float | None = TIME_LIMIT,
    plain: bool = False,
    answered: Callable[[], None] = lambda: None,
) -> Report:
    """Return every finding about a policy, in the order of its text.

    ``time_limit`` is in seconds; what it leaves open is reported as not decided. ``plain`` asks the
    search in Python even where the solver of the extra is installed. ``answered`` is called after each
    group of questions.
    """
    deadline = deadline_in(time_limit)
    grounded = claims.conditions(policy_given(policy))
    found: list[Finding] = []
    proved: list[str] = []
    try:
        others = [p for _, predicates in grounded for p in predicates]
        space = space_of(policy.predicates, others=others, plain=plain, deadline=deadline, by_profiles=True)
        inquiry = Inquiry(policy, space)
        assert inquiry.rules or not policy.rules  # now, so that too large a policy is told here
    except NotDecided as error:
        span = _first_span(policy)
        found.append(finding(messages.not_decided(f"anything about `{policy.name}`", str(error)), span))
        return Report(tuple(found))
    for question, span, answer in _questions(inquiry):
        found += _answered(question, span, answer)
        answered()
    conditions = {id(claim): predicates for claim, predicates in grounded}
    for claim in policy.claims:
        match claim:
            case c.OutcomeClaim():
                answer = claims.outcome_claim(inquiry, claim, conditions[id(claim)])
            case c.TightensClaim():
                answer = claims.tightens_claim(inquiry, claim)
            case c.StrengthensClaim():
                answer = claims.strengthens_claim(policy, claim, plain=plain, deadline=deadline)
        answers = _answered(claim.text, claim.span, answer)
        answered()
        found += answers
        if not any(one.severity == "error" for one in answers):
            proved.append(claim.text)
    found.sort(key=lambda one: (one.span.source, one.span.start, one.code))
    return Report(tuple(found), tuple(proved))


def _questions(inquiry: Inquiry) -> Iterator[tuple[str, Span, Answer]]:
    """Yield each question with its place in the text and its answer, not yet asked."""
    for view in inquiry.rules:
        yield f"whether `{view.label}` can be active", view.rule.span, _rule(inquiry, view)
    for action in inquiry.policy.predicates.actions:
        for words, ask in ACTION_QUESTIONS:
            yield words.format(action.name), action.span, ask(inquiry, action)
        for view in inquiry.rules:
            if action.permitted and _permits_in_vain(inquiry, view, action.name):
                message = messages.permit_without_effect(view.label, action.name)
                answer = iter((finding(message, view.rule.span, rules=(view.label,), action=action.name),))
                yield "", view.rule.span, answer
    yield "what nothing uses", _first_span(inquiry.policy), unused(inquiry)


def _permits_in_vain(inquiry: Inquiry, view: RuleView, action: str) -> bool:
    """Return whether a rule permits a permitted action and overrides nothing that bears on it."""
    permits = any(e.kind == "permit" and action in e.actions for e in view.instances[0].effects)
    return permits and action not in inquiry.overriding.get(view.label, ())


def _rule(inquiry: Inquiry, view: RuleView) -> Answer:
    """Yield the findings about a rule; of one that is dead nothing else is worth saying."""
    found = list(rules.dead(inquiry, view))
    yield from found
    if not found:
        for words, ask in RULE_QUESTIONS:
            yield from _answered(words.format(view.label), view.rule.span, ask(inquiry, view))


def _answered(question: str, span: Span, answer: Answer) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(answer)
    except NotDecided as error:
        found.append(finding(messages.not_decided(question, str(error)), span))
    return found


def _first_span(policy: Policy) -> Span:
    spans = [rule.span for rule in policy.rules] + [action.span for action in policy.predicates.actions]
    return min(spans, key=lambda span: span.start) if spans else Span(policy.name, 1, 1, 1, 1)
