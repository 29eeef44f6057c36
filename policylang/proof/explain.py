"""A decision in plain sentences, most important first."""

from __future__ import annotations

from collections.abc import Iterable

from policylang.core.decision import Decision, Finding, Outcome
from policylang.core.support import walk
from policylang.language import checked as c
from policylang.proof import proof as tree
from policylang.render.words import counted, listed, value_text, where_text
from policylang.truth import TRUE

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
    for finding in group:
        truth = finding.active
        for node, at_hand in walk([(finding.effect.predicate, {})], decision.evaluator):
            if isinstance(node, c.Fixed) and node.unspecified:
                found[f"{node.unspecified}: the source names it and never says what it is"] = None
            if decision.evaluator.evaluate(node, at_hand) is TRUE and truth is not TRUE:
                continue
            for path in c.paths(node):
                start = at_hand[path.entry] if path.entry else ()
                value = decision.record[(*start, *path.steps)]  # type: ignore[arg-type]  # names
                text = value_text(value, tree.path_type(node, path))
                found[f"{where_text(path, at_hand)} is {text}"] = None
    texts = list(found)
    if len(texts) > MAX_VALUES:
        return [*texts[:MAX_VALUES], f"and {counted(len(texts) - MAX_VALUES, 'more value')}"]
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
