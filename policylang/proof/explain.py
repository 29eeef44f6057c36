"""A decision in plain sentences, most important first.

An `Explanation` holds the sentences in their order of importance; `explain` prints them, and the
formats of `policylang.render` lay them out. All of its texts are on one line and printable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from policylang.core.decision import OUTCOMES, Decision, Finding, Outcome, widening
from policylang.core.policy import Policy
from policylang.proof.facts import PERMISSION, PROHIBITION, RELEASE, Fact, Reading, sentences
from policylang.proof.words import counted, listed, path_steps, places_text, printable
from policylang.source import Span, deep_stack
from policylang.truth import TRUE, UNKNOWN

SHORT = 13  # lines that an explanation keeps to where it can
# Sentences of one rule and rules of one action, from generous to brief; the whole tree has them all.
BREVITIES = ((4, 6), (3, 4), (2, 4), (2, 2))
MAX_WAYS = 4  # to settle an outcome


@attrs.frozen
class Reason:
    """A rule that makes an outcome, or leaves it open: all of its instances together."""

    rule: str
    members: tuple[str, ...]  # of each instance: "cbrn"; empty for a rule without instances
    title: str | None
    because: str | None
    cites: tuple[str, ...]
    values: tuple[str, ...]
    until: str | None
    at: Span

    @property
    def name(self) -> str:
        """The rule with its instances: ``deployment-gate[cbrn; persuasion]``."""
        return f"{self.rule}[{'; '.join(self.members)}]" if self.members else self.rule

    @property
    def grounds(self) -> str | None:
        """Why the rule is there, what lifts it and what it cites, as one line."""
        parts = [f"because “{self.because}”"] if self.because else []
        parts += [f"until {self.until}"] if self.until else []
        cites = listed(list(self.cites)) if self.cites else ""
        if parts:
            return f"{', '.join(parts)}{f' ({cites})' if cites else ''}"
        return f"cites {cites}" if cites else None


@attrs.frozen
class Account:
    """Why the outcome of one action is what it is."""

    action: str
    outcome: Outcome
    is_constrained: bool
    sentence: str  # without its full stop
    reasons: tuple[Reason, ...]
    settled_by: str | None  # the evidence that could decide an undetermined outcome

    @property
    def is_pass(self) -> bool:
        """Whether a gate may pass."""
        return self.outcome is Outcome.PERMITTED and self.is_constrained


@attrs.frozen
class Explanation:
    """The accounts of the actions asked, then what comes along."""

    accounts: tuple[Account, ...]
    duties: tuple[str, ...]
    warnings: tuple[str, ...]
    words_given: tuple[str, ...]  # the attestations that outcomes rest on

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.duties, *self.warnings, *self.words_given)


def explanation(decision: Decision, actions: Iterable[str] | None = None) -> Explanation:
    """Return the explanation of the actions asked, of all by default."""
    with deep_stack():
        reading = Reading(decision.evaluator, decision.policy.schema)
        asked = decision.policy.actions if actions is None else actions
        accounts = tuple(_account(decision, action, reading) for action in asked)
        return Explanation(
            accounts,
            tuple(_duties(decision)),
            tuple(dict.fromkeys(_warnings(decision))),
            tuple(_words_given(decision, reading)),
        )


# --- an action ----------------------------------------------------------------------------------


def _account(decision: Decision, action: str, reading: Reading) -> Account:
    outcome = decision[action]
    if not decision.is_constrained(action):
        sentence = f"{action} is {outcome}, but no rule of the policy constrains it: this is no permission"
        return Account(action, outcome, False, sentence, (), None)
    findings = decision.deciding(action)
    if outcome is Outcome.FORBIDDEN and not findings:
        findings = _failed_permits(decision, action)
    if outcome is Outcome.PERMITTED:
        findings = (*findings, *_kept_prohibitions(decision, action))
    reasons = tuple(_reason(group, reading) for group in _by_rule(findings))
    sentence = f"{action} is {outcome}{_why(decision, action, findings)}"
    return Account(action, outcome, True, sentence, reasons, _settled_by(decision, action, reading))


def _chain(policy: Policy, action: str) -> list[str]:
    return widening(policy.actions, action)


def _failed_permits(decision: Decision, action: str) -> tuple[Finding, ...]:
    """Return the permits that would have been needed."""
    needing = {a for a in _chain(decision.policy, action) if not decision.policy.actions[a].permitted}
    return tuple(
        f for f in decision.findings if f.effect.kind == "permit" and needing & set(f.effect.actions)
    )


def _kept_prohibitions(decision: Decision, action: str) -> tuple[Finding, ...]:
    """Return the prohibitions that could have stood against the action."""
    chain = set(_chain(decision.policy, action))
    return tuple(
        f
        for f in decision.findings
        if f.effect.kind in ("forbid", "require") and chain & set(f.effect.actions)
    )


def _why(decision: Decision, action: str, findings: tuple[Finding, ...]) -> str:
    """Return how an outcome comes about, as the end of a sentence."""
    kinds = {f.instance.rule.label: f.effect.kind for f in findings}
    permits = sum(kind == "permit" for kind in kinds.values())
    others = len(kinds) - permits
    chain = _chain(decision.policy, action)
    alike = [a for a in chain if OUTCOMES[decision.truths[a][2]] is decision[action]]
    also = [a for a in alike if a != action]
    wider = ""
    if also:
        too = f", which {'is' if len(also) == 1 else 'are'} {decision[action]} too"
        wider = f" (it widens {listed(also)}{too if alike[0] == action else ''})"
    match decision[action]:
        case Outcome.FORBIDDEN if others:
            return f" by {counted(others, 'rule')}{wider}"
        case Outcome.FORBIDDEN if alike[0] == action:
            return f", as it is forbidden unless permitted and no rule permits it{wider}"
        case Outcome.FORBIDDEN:
            return f", as it widens {listed(also)}, which no rule permits"
        case Outcome.UNDETERMINED:
            return f", as {counted(len(kinds), 'rule')} cannot be decided{wider}"
        case Outcome.PERMITTED:
            by = f" by {counted(permits, 'rule')}" if permits else ""
            how = f"{by}{wider}, {'and' if permits else 'as'}"
            if others == 0:
                return f"{how} no rule forbids it"
            if others == 1:
                return f"{how} the one rule that could forbid it does not"
            return f"{how} none of the {others} rules that could forbid it does"


def _by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.instance.rule.label, []).append(finding)
    return list(groups.values())


def _reason(group: list[Finding], reading: Reading) -> Reason:
    rule = group[0].instance.rule
    members = dict.fromkeys(printable(", ".join(f.instance.members.values())) for f in group)
    in_force = all(f.force is TRUE and f.effect.kind != "permit" for f in group)
    return Reason(
        rule.label,
        tuple(m for m in members if m),
        printable(rule.title) if rule.title else None,
        printable(rule.because) if rule.because else None,
        tuple(printable(text) for text in rule.cites),
        tuple(_values(group, reading)),
        printable(rule.until_text) if rule.until_text and in_force else None,
        rule.span,
    )


def _values(group: list[Finding], reading: Reading) -> list[str]:
    """Return the sentences on the values that the group's truths rest on, the open ones first."""
    facts: list[Fact] = []
    for finding in group:
        effect, members = finding.effect, finding.instance.members
        if finding.force is not finding.active and effect.until is not None:
            facts += reading.facts(effect.until, RELEASE, members)
        elif effect.kind == "require":
            facts += reading.requirement(effect.predicate, members)
        else:
            bearing = PERMISSION if effect.kind == "permit" else PROHIBITION
            facts += reading.facts(effect.predicate, bearing, members)
    if all(f.force is UNKNOWN for f in group):
        facts.sort(key=lambda fact: fact.truth is not UNKNOWN)
    texts = sentences(facts)
    if any(f.force is not f.active for f in group):
        texts.insert(0, "it has held since an earlier date, and its release has not been shown")
    return texts or ["it applies to every record"]


def _settled_by(decision: Decision, action: str, reading: Reading) -> str | None:
    """Return the evidence that could decide an undetermined outcome, as alternatives."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for way in decision.missing(action):
        if len(way) > 1:
            texts[f"{listed([printable(path) for path in way])} together"] = []
            continue
        general, place = reading.general(path_steps(way[0]))
        texts.setdefault(printable(general), []).append((printable(place), printable(way[0])))
    if not texts:
        return None
    shown = []
    for text, places in list(texts.items())[:MAX_WAYS]:
        if len(places) > 1:
            shown.append(f"{text} for {places_text([place for place, _ in places], 'or')}")
        else:
            shown.append(places[0][1] if places else text)
    if len(texts) > len(shown):
        shown.append(counted(len(texts) - len(shown), "other way"))
    return ", or ".join(shown)


# --- what comes along ---------------------------------------------------------------------------


def _duties(decision: Decision) -> Iterator[str]:
    places: dict[tuple[str, str], list[str]] = {}
    for duty in decision.obligations:
        head = "To do" if duty.certain else "To do if its rule turns out to hold"
        due = f", due {duty.due}" if duty.due else ""
        late = " and overdue" if duty.overdue else ""
        text = f"{head}: {printable(duty.text)}{due}{late}"
        places.setdefault((text, duty.rule), []).append(printable(", ".join(duty.instance.values())))
    for (text, rule), members in places.items():
        yield f"{text} ({rule}[{'; '.join(members)}])" if members[0] else f"{text} ({rule})"


def _warnings(decision: Decision) -> Iterator[str]:
    for warning in decision.warnings:
        yield f"{'Warning' if warning.certain else 'Possible warning'}: {printable(warning.text)}"


def _words_given(decision: Decision, reading: Reading) -> Iterator[str]:
    given: dict[str, list[str]] = {}
    for used in decision.attestations:
        who = f"{printable(used.by)} ({printable(used.role)}, {used.on})"
        given.setdefault(who, []).append(printable(used.path))
    for who, paths in given.items():
        yield f"Rests on the word of {who}: {places_text(paths)}"


# --- as text ------------------------------------------------------------------------------------


def explain(decision: Decision, actions: Iterable[str] | None = None) -> str:
    """Return the outcome of each action, the rules that made it and the values they rest on."""
    told = explanation(decision, actions)
    return "\n".join([*_briefly(told.accounts, SHORT - len(told.notes)), *told.notes])


def outcomes_in_words(decision: Decision, actions: Iterable[str] | None = None) -> str:
    """Return the outcomes alone, without duties and warnings."""
    return "\n".join(_briefly(explanation(decision, actions).accounts, SHORT))


def _briefly(accounts: tuple[Account, ...], room: int) -> list[str]:
    """Return the accounts as lines, as briefly as the room asks for."""
    lines: list[str] = []
    for values, rules in BREVITIES:
        told: set[Reason] = set()
        lines = [line for account in accounts for line in account_lines(account, values, rules, told)]
        if len(lines) <= room:
            break
    return lines


def account_lines(account: Account, values: int, rules: int, told: set[Reason]) -> list[str]:
    """Return an account as lines: its sentence, then the rules that were not told before."""
    lines = [f"{account.sentence}{':' if account.reasons else '.'}"]
    again = [r for r in account.reasons if r in told]
    new = [r for r in account.reasons if r not in told]
    for reason in new[:rules]:
        if account.is_pass:
            lines.append(f"  {reason.rule}: {'. '.join(_first(reason.values, 2))}")
        else:
            lines += _reason_lines(reason, values)
    if again:
        lines.append(f"  {places_text([r.rule for r in again])} as above")
    if len(new) > rules:
        rest = new[rules:]
        lines.append(f"  {counted(len(rest), 'more rule')}: {places_text([r.name for r in rest])}")
    if account.settled_by:
        lines.append(f"  could be settled by {account.settled_by}")
    told.update(new[:rules])
    return lines


def _reason_lines(reason: Reason, values: int) -> list[str]:
    lines = [f"  {reason.name}{f': {reason.title}' if reason.title else ''}"]
    if reason.grounds:
        lines.append(f"    {reason.grounds}")
    return lines + [f"    {text}" for text in _first(reason.values, values)]


def _first(values: tuple[str, ...], limit: int) -> list[str]:
    """Return the first values; the last one of them says how many more there are."""
    shown = list(values[:limit])
    if len(values) > limit:
        shown[-1] += f" (and {counted(len(values) - limit, 'more value')})"
    return shown
