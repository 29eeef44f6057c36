"""A decision in plain sentences, most important first."""

from __future__ import annotations

from collections.abc import Iterable

from policylang.core.decision import Decision, Finding, Outcome
from policylang.core.evaluator import Evaluator, steps
from policylang.core.support import AtHand, walk
from policylang.language import checked as c
from policylang.proof import proof as tree
from policylang.proof.words import counted, listed, value_text, where_text
from policylang.truth import FALSE, TRUE, UNKNOWN
from policylang.values import Entries

MAX_VALUES = 6  # of one rule; the proof has them all


def explain(decision: Decision, actions: Iterable[str] | None = None) -> str:
    """Return the outcome of each action, the rules that made it and the values they rest on."""
    return "\n".join([outcomes_in_words(decision, actions), *_duties(decision)])


def outcomes_in_words(decision: Decision, actions: Iterable[str] | None = None) -> str:
    """Return the outcomes alone, without duties and warnings."""
    lines: list[str] = []
    for action in actions or decision.policy.actions:
        lines += _action(decision, action)
    return "\n".join(lines)


def _action(decision: Decision, action: str) -> list[str]:
    outcome = decision[action]
    if not decision.is_constrained(action):
        return [f"{action} is {outcome}, but no rule of the policy constrains it: this is no permission."]
    deciding = decision.deciding(action)
    lines = [f"{action} is {outcome}{_reason(decision, action, outcome, deciding)}"]
    for label, group in _by_rule(deciding):
        lines += _rule(decision, label, group)
    return lines


def _reason(decision: Decision, action: str, outcome: Outcome, deciding: tuple[Finding, ...]) -> str:
    rules = counted(len({f.instance.rule.label for f in deciding}), "rule")
    match outcome:
        case Outcome.FORBIDDEN if deciding:
            return f" by {rules}:"
        case Outcome.FORBIDDEN:
            return ": it is forbidden unless permitted, and no rule permits it."
        case Outcome.UNDETERMINED:
            return f": {rules} cannot be decided." if deciding else "."
        case _:
            return f": {'permitted by ' + rules + ', and ' if deciding else ''}no rule forbids it."


def _by_rule(findings: tuple[Finding, ...]) -> list[tuple[str, list[Finding]]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.instance.rule.label, []).append(finding)
    return list(groups.items())


def _rule(decision: Decision, label: str, group: list[Finding]) -> list[str]:
    rule = group[0].instance.rule
    members = [", ".join(f.instance.members.values()) for f in group if f.instance.members]
    name = f"{label}[{'; '.join(dict.fromkeys(members))}]" if members else label
    what = f": {rule.title}" if rule.title else ""
    lines = [f"  {name}{what}"]
    if rule.because:
        lines.append(f'    because "{rule.because}"')
    if rule.cites:
        lines.append(f"    cites {listed(list(rule.cites))}")
    lines += [f"    {text}" for text in _values(decision, group)]
    latched = [f for f in group if f.force is not f.active]
    if latched:
        lines.append("    in force from an earlier date: its release has not been shown")
    if rule.until_text and all(f.force is TRUE for f in group):
        lines.append(f"    until {rule.until_text}")
    return lines


def _values(decision: Decision, group: list[Finding]) -> list[str]:
    """Return the values that the group's truths rest on, each once."""
    found: dict[str, None] = {}
    evaluator = decision.evaluator
    for finding in group:
        pending = list(walk([(finding.effect.predicate, {})], evaluator))
        if finding.active is UNKNOWN:
            pending = [p for p in pending if evaluator.evaluate(*p) is not TRUE]
        for node, at_hand in pending:
            if isinstance(node, c.Fixed) and node.unspecified:
                found[f"{node.unspecified}: the source names it and never says what it is"] = None
            elif isinstance(node, c.AtLeastEntries):
                found.update(dict.fromkeys(_count(node, at_hand, evaluator)))
            else:
                found.update(dict.fromkeys(_facts(node, at_hand, evaluator)))
    texts = list(found)
    if len(texts) > MAX_VALUES:
        return [*texts[:MAX_VALUES], f"and {counted(len(texts) - MAX_VALUES, 'more value')}"]
    return texts


def _facts(node: c.Condition, at_hand: AtHand, evaluator: Evaluator) -> list[str]:
    """Return the values of the record that a predicate reads itself."""
    texts = []
    for path in c.paths(node):
        text = value_text(evaluator.record[steps(path, at_hand)], tree.path_type(node, path))
        texts.append(f"{where_text(path, at_hand)} is {text}")
    return texts


def _count(node: c.AtLeastEntries, at_hand: AtHand, evaluator: Evaluator) -> list[str]:
    """Return how many entries of a list qualify, and why the others do not."""
    where = steps(node.list, at_hand)
    known = evaluator.record[where]
    if not isinstance(known, Entries):
        return _facts(node, at_hand, evaluator)
    cases = [(node.body, {**at_hand, node.entry: (*where, i)}) for i in range(known.count)]
    truths = [evaluator.evaluate(*case) for case in cases]
    surely, unknown = truths.count(TRUE), truths.count(UNKNOWN)
    entries = counted(known.count, "entry", "entries")
    maybe = f" and {unknown} more may" if unknown else ""
    verb = "qualifies" if surely == 1 else "qualify"
    needed = f"{node.n} {'is' if node.n == 1 else 'are'} needed"
    texts = [f"{where_text(node.list, at_hand)} has {entries}, of which {surely} {verb}{maybe}; {needed}"]
    for case, truth in zip(cases, truths, strict=True):
        if truth is not TRUE:
            for part, inner in walk([case], evaluator):
                if truth is FALSE or evaluator.evaluate(part, inner) is UNKNOWN:
                    texts += _facts(part, inner, evaluator)
    return texts


def _duties(decision: Decision) -> list[str]:
    lines = []
    duties: dict[str, list[str]] = {}
    for duty in decision.obligations:
        due = f", due {duty.due}" if duty.due else ""
        late = " (overdue)" if duty.overdue else ""
        head = "To do" if duty.certain else "To do if its rule turns out to hold"
        members = ", ".join(duty.instance.values())
        duties.setdefault(f"{head}: {duty.text}{due}{late} ({duty.rule}", []).append(members)
    for text, places in duties.items():
        lines.append(f"{text}[{'; '.join(places)}])" if places[0] else f"{text})")
    for warning in decision.warnings:
        maybe = "" if warning.certain else "possibly: "
        lines.append(f"Warning: {maybe}{warning.text}")
    for used in decision.attestations:
        lines.append(f"Rests on the word of {used.by} ({used.role}, {used.on}): {used.path}")
    return list(dict.fromkeys(lines))
