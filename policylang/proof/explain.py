"""Why a decision is as it is, as sentences in their order of importance.

`policylang.proof.telling` prints an `Explanation`, and the formats of `policylang.render` lay it out.
All of its texts are on one line and printable, and their number does not grow with the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

import attrs

from policylang.core.decision import Decision
from policylang.core.outcomes import OUTCOMES, Finding, Outcome, widening
from policylang.core.policy import Policy
from policylang.proof.facts import PERMISSION, PROHIBITION, RELEASE, Reading
from policylang.proof.sentences import Fact, Place, Sentence, places_in_words, sentences, whole_in_words
from policylang.proof.words import counted, first_names, listed, path_steps, places_text, printable
from policylang.source import Span, deep_stack
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth

MAX_WAYS = 4  # to settle an outcome
MAX_OPEN = 64  # values among which the ways are looked for, which takes more than linear time
MAX_SPEAKERS = 6  # whose word is told


@attrs.frozen
class Reason:
    """A rule that makes an outcome, or leaves it open: all of its instances together."""

    rule: str
    instances: str  # "cbrn; persuasion", "every category"; empty for a rule without instances
    title: str | None
    because: str | None
    cites: tuple[str, ...]
    sentences: tuple[Sentence, ...]  # on the values that it rests on
    until: str | None
    at: Span

    @property
    def name(self) -> str:
        """The rule with its instances: ``deployment-gate[cbrn; persuasion]``."""
        return f"{self.rule}[{self.instances}]" if self.instances else self.rule

    @property
    def heading(self) -> str:
        """The rule with its title, and with what it cites where no ``because`` does."""
        cited = "" if self.because else self._cited
        return f"{self.name}: {self.title}{cited}" if self.title else f"{self.name}{cited}"

    @property
    def grounds(self) -> str | None:
        """Why the rule is there, what it cites, and what lifts it, as one line."""
        why = [f"because “{self.because}”{self._cited}"] if self.because else []
        return ", ".join([*why, *([f"until {self.until}"] if self.until else [])]) or None

    @property
    def _cited(self) -> str:
        return f" ({listed(list(self.cites))})" if self.cites else ""

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(sentence.text for sentence in self.sentences)


@attrs.frozen
class Account:
    """Why the outcome of one action is what it is."""

    action: str
    outcome: Outcome
    is_constrained: bool
    sentence: str  # without its full stop
    reasons: tuple[Reason, ...]
    prospects: tuple[str, ...]  # what would change it: "could be settled by …"

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
        reading = Reading(decision)
        asked = decision.policy.actions if actions is None else actions
        accounts = tuple(_account(decision, action, reading) for action in asked)
        return Explanation(
            accounts,
            tuple(_duties(decision, reading)),
            tuple(dict.fromkeys(_warnings(decision))),
            tuple(_words_given(decision)),
        )


# --- an action ----------------------------------------------------------------------------------


def _account(decision: Decision, action: str, reading: Reading) -> Account:
    outcome = decision[action]
    if not decision.is_constrained(action):
        sentence = f"{action} is {outcome}, but no rule of the policy constrains it: this is no permission"
        return Account(action, outcome, False, sentence, (), ())
    findings = decision.deciding(action)
    if outcome is Outcome.FORBIDDEN and not findings:
        findings = _failed_permits(decision, action)
    if outcome is Outcome.PERMITTED:
        findings = (*findings, *_kept_prohibitions(decision, action))
    reasons = tuple(_reason(group, decision, reading) for group in _by_rule(findings))
    sentence = f"{action} is {outcome}{_why(decision, action, findings)}"
    return Account(action, outcome, True, sentence, reasons, tuple(_prospects(decision, action, reading)))


def _prospects(decision: Decision, action: str, reading: Reading) -> Iterator[str]:
    """Yield what would change an outcome, a sentence each that lacks its subject, the action."""
    if decision[action] is Outcome.UNDETERMINED and _has_many_open(decision, action, reading):
        yield f"could be settled by some of more than {MAX_OPEN} values that are not known, or not exactly"
        return
    settled = _settled_by(decision, action, reading)
    if settled:
        yield f"could be settled by {settled}"


def _chain(policy: Policy, action: str) -> list[str]:
    return widening(policy.actions, action)


def _failed_permits(decision: Decision, action: str) -> tuple[Finding, ...]:
    """Return the permits that would have been needed, none of which is in force."""
    actions, chain = decision.policy.actions, _chain(decision.policy, action)
    needing = {a for a in chain if not actions[a].permitted and decision.truths[a][1] is FALSE}
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
    said = {(f.instance.rule.label, f.effect.kind == "permit") for f in findings}  # a rule may do both
    permits = sum(is_permit for _, is_permit in said)
    others = len(said) - permits
    chain = _chain(decision.policy, action)
    alike = [a for a in chain if OUTCOMES[decision.truths[a][2]] is decision[action]]
    also = [a for a in alike if a != action]
    wider = ""
    if also:
        too = f", which {'is' if len(also) == 1 else 'are'} {decision[action]} too"
        wider = f" (it widens {listed(also)}{too if alike[0] == action else ''})"
    match decision[action]:
        case Outcome.FORBIDDEN if others:
            return f" by {counted(others, 'rule')}{wider}{_and_no_permit(decision, action)}"
        case Outcome.FORBIDDEN if alike[0] == action:
            return f", as it is forbidden unless permitted and no rule permits it{wider}"
        case Outcome.FORBIDDEN:
            return f", as it widens {listed(also)}, which no rule permits"
        case Outcome.UNDETERMINED:
            rules = counted(len({label for label, _ in said}), "rule")
            return f", as {rules} cannot be decided{wider}"
        case Outcome.PERMITTED:
            by = f" by {counted(permits, 'rule')}" if permits else ""
            how = f"{by}{wider}, {'and' if permits else 'as'}"
            if others == 0:
                return f"{how} no rule forbids it"
            if others == 1:
                return f"{how} the one rule that could forbid it does not"
            return f"{how} none of the {others} rules that could forbid it does"


def _and_no_permit(decision: Decision, action: str) -> str:
    """Return what else stands against an action that some rule forbids."""
    permit = TRUE if decision.policy.actions[action].permitted else decision.truths[action][1]
    match permit:
        case Truth.TRUE:
            return ""
        case Truth.FALSE:
            return ", and no rule permits it"
        case Truth.UNKNOWN:
            return ", and whether a rule permits it cannot be decided"


def _by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.instance.rule.label, []).append(finding)
    return list(groups.values())


def _reason(group: list[Finding], decision: Decision, reading: Reading) -> Reason:
    rule = group[0].instance.rule
    in_force = all(f.force is TRUE and f.effect.kind != "permit" for f in group)
    return Reason(
        rule.label,
        _instances(reading.place(rule.label, f.instance.members) for f in group),
        printable(rule.title) if rule.title else None,
        printable(rule.because) if rule.because else None,
        tuple(printable(text) for text in rule.cites),
        tuple(_sentences(group, decision, reading)),
        printable(rule.until_text) if rule.until_text and in_force else None,
        rule.span,
    )


def _instances(places: Iterable[Place]) -> str:
    """Return the instances of a rule as its name shows them; empty for a rule without instances."""
    found = [place for place in dict.fromkeys(places) if place.name]
    whole = whole_in_words(found) if found else None
    return whole or "; ".join(first_names([place.name for place in found]))


def _sentences(group: list[Finding], decision: Decision, reading: Reading) -> list[Sentence]:
    """Return the sentences on the values that the group's truths rest on, the open ones first."""
    facts: list[Fact] = []
    for finding in group:
        effect, instance = finding.effect, finding.instance
        if finding.force is not finding.active and effect.until is not None:
            facts += reading.facts(effect.until, RELEASE, instance)
        elif effect.kind == "require":
            facts += reading.requirement(effect.predicate, instance)
        else:
            bearing = PERMISSION if effect.kind == "permit" else PROHIBITION
            facts += reading.facts(effect.predicate, bearing, instance)
    if all(f.force is UNKNOWN for f in group):
        facts.sort(key=lambda fact: fact.truth is not UNKNOWN)
    found = sentences(facts)
    held = [f for f in group if f.force is not f.active]
    if held:
        found.insert(0, Sentence("", _held_since(held, decision)))
    return found or [Sentence("", "it applies to every record")]


def _held_since(held: list[Finding], decision: Decision) -> str:
    """Return since when the past has kept some prohibitions in force."""
    since = min(filter(None, (_in_force_since(finding, decision) for finding in held)), default=None)
    start = f"since {since}" if since else "since an earlier date"
    if all(f.force is TRUE for f in held):
        return f"it has been in force {start}, and its release has not been shown"
    return f"it may have been in force {start}, and its release has not been shown"


def _in_force_since(finding: Finding, decision: Decision) -> date | None:
    """Return the first date of the unbroken time in which a prohibition has been, or may be, in force."""
    place = next(i for i, one in enumerate(decision.findings) if one is finding)
    since = None
    for past in reversed(decision.history):
        force = past.findings[place].force
        if force is not finding.force:
            break
        since = past.today
    return since


def _has_many_open(decision: Decision, action: str, reading: Reading) -> bool:
    """Return whether the ways to settle an outcome are too many to look for them all."""
    facts = (
        fact
        for finding in decision.deciding(action)
        for predicate in finding.predicates
        for fact in reading.facts(predicate, PROHIBITION, finding.instance)
    )
    unknown = (fact.subject for fact in facts if fact.truth is UNKNOWN and not fact.is_count)
    return len(set(islice(unknown, MAX_OPEN + 1))) > MAX_OPEN


def _settled_by(decision: Decision, action: str, reading: Reading) -> str | None:
    """Return the evidence that could decide an undetermined outcome, as alternatives."""
    texts: dict[str, list[tuple[Place, str]]] = {}
    for way in decision.missing(action):
        if len(way) > 1:
            texts[f"{listed([printable(path) for path in way])} together"] = []
            continue
        general, place = reading.general(path_steps(way[0]))
        texts.setdefault(printable(general), []).append((place, printable(way[0])))
    if not texts:
        return None
    shown = []
    for text, places in list(texts.items())[:MAX_WAYS]:
        if len(places) > 1:
            shown.append(f"{text} for {places_in_words([place for place, _ in places], 'or', 'any')}")
        else:
            shown.append(places[0][1] if places else text)
    if len(texts) > len(shown):
        shown.append(counted(len(texts) - len(shown), "other way"))
    return ", or ".join(shown)


# --- what comes along ---------------------------------------------------------------------------


def _duties(decision: Decision, reading: Reading) -> Iterator[str]:
    """Yield what is to be done, what is certain first."""
    places: dict[tuple[bool, str, str], list[Place]] = {}
    for duty in decision.obligations:
        head = "To do" if duty.certain else "To do if its rule turns out to hold"
        due = f", due {duty.due}" if duty.due else ""
        if duty.due is None and duty.overdue is None:
            due = ", due on a date that is not known"
        late = " and overdue" if duty.overdue else ""
        key = (not duty.certain, f"{head}: {printable(duty.text)}{due}{late}", duty.rule)
        places.setdefault(key, []).append(reading.place(duty.rule, duty.instance))
    for (_, text, rule), found in sorted(places.items(), key=lambda item: item[0][0]):
        instances = _instances(found)
        yield f"{text} ({rule}[{instances}])" if instances else f"{text} ({rule})"


def _warnings(decision: Decision) -> Iterator[str]:
    for warning in sorted(decision.warnings, key=lambda one: not one.certain):
        yield f"{'Warning' if warning.certain else 'Possible warning'}: {printable(warning.text)}"


def _words_given(decision: Decision) -> Iterator[str]:
    given: dict[str, list[str]] = {}
    for used in decision.attestations:
        who = f"{printable(used.by)} ({printable(used.role)}, {used.on})"
        given.setdefault(who, []).append(printable(used.path))
    for who, paths in list(given.items())[:MAX_SPEAKERS]:
        yield f"Rests on the word of {who}: {places_text(paths)}"
    rest = list(given.values())[MAX_SPEAKERS:]
    if rest:
        number = sum(map(len, rest))
        yield f"Rests on {counted(number, 'more attestation')} by others, or of other dates"
