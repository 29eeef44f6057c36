"""The statements of a proof in words, from the proof alone: no policy and no record is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
import json
from typing import Any, assert_never

from policylang.core.content import EffectId
from policylang.core.record import Steps, path_text
from policylang.proof import proof as p


def statement_text(proof: p.Proof, node: p.Node) -> str:
    """Return what a node states, without its truth: ``scores.cbrn.post_mitigation >= High``."""
    statement = node.statement
    match statement:
        case p.Given(path, value):
            text = f"{path_text(path)} {fact_text(value)}"
        case p.TodayIs(day):
            text = f"today is {day or 'not given'}"
        case p.Predicated(predicate, entries):
            text = predicate_text(proof.predicates[predicate], dict(entries))
        case p.InForce(effect):
            text = f"{effect_text(effect)} is in force"
        case p.Held(effect):
            text = f"{effect_text(effect)} was in force and is not released"
        case p.Gate("open", action):
            text = f"{action} is permitted"
        case p.Gate("clear", action):
            text = f"the rules on {action} itself permit it"
        case p.Gate("prohibited", action):
            text = f"a rule forbids {action}"
        case p.Gate(_, action):
            text = f"a rule permits {action}"
        case _:
            assert_never(statement)
    if statement.on is not None and statement.on < len(proof.history) - 1:
        text += f", on {proof.history[statement.on][0]}"
    return text


def effect_text(effect: EffectId) -> str:
    members = ", ".join(member for _, member in effect.instance)
    name = effect.name or "the unnamed rule"
    actions = f" {' and '.join(effect.actions)}" if effect.actions else ""
    return f"{name}{f'[{members}]' if members else ''}: {effect.effect}{actions}"


def fact_text(value: Any) -> str:
    """Return a fact's value as the end of a sentence about its path."""
    match value:
        case None:
            return "is absent"
        case Mapping() if "entries" in value:
            return f"has {value['entries']} {'entry' if value['entries'] == 1 else 'entries'}"
        case Mapping() if "present" in value:
            return "is present"
        case Mapping() if "holds" in value:
            word = "attested" if value["holds"] else "denied"
            return f"is {word} by {value['by'] or 'nobody'} ({value['role']}) on {value['on']}"
        case Mapping() if len(value) == 2:
            return f"is from {_plain(value['at_least'])} to {_plain(value['at_most'])}"
        case Mapping() if value:
            key, end = next(iter(value.items()))
            return f"is {key.replace('_', ' ')} {_plain(end)}"
        case Mapping():
            return "is some number"
        case _:
            return f"is {_plain(value)}"


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value).removesuffix(".0")


def predicate_text(shallow: Mapping[str, Any], at: Mapping[str, Steps]) -> str:
    """Return what a predicate says itself; those below it have nodes of their own."""
    match shallow:
        case {"fixed": truth, "unspecified": name}:
            return f"{name} (left unspecified by the source)" if name else str(truth)
        case {"op": op, "left": left, "right": right}:
            return f"{_term(left, at)} {op} {_term(right, at)}"
        case {"item": item, "in": values}:
            return f"{_term(item, at)} in {{{', '.join(_term(v, at) for v in values)}}}"
        case {"missing": path}:
            return f"{_path(path, at)} is missing"
        case {"holds": path}:
            return f"{_path(path, at)} is true"
        case {"attested": path, "by": role}:
            return f"{_path(path, at)} is attested by {role}"
        case {"not": _}:
            return "not so"
        case {"and": operands}:
            return f"all {len(operands)} hold"
        case {"or": operands}:
            return f"any of {len(operands)} holds"
        case {"at_least": n, "list": path, "entry": entry}:
            return f"at least {n} {entry} of {_path(path, at)}"
        case {"at_least": n, "of": operands}:
            return f"at least {n} of {len(operands)} hold"
    return json.dumps(shallow)


def _path(path: Mapping[str, Any], at: Mapping[str, Steps]) -> str:
    return path_text((*at.get(path["entry"], ()), *path["steps"]))


def _term(term: Any, at: Mapping[str, Steps]) -> str:
    match term:
        case "today":
            return "today"
        case {"value": value, "type": type_}:
            return _constant(value, type_)
        case {"field": path}:
            return _path(path, at)
        case {"grade": subject}:
            return f"the grade of {_term(subject, at)}"
        case {"date": base, "shifts": shifts}:
            moved = "".join(
                f" {'+' if sign > 0 else '-'} {n} {unit}{'' if n == '1' else 's'}"
                for sign, (n, unit) in shifts
            )
            return _term(base, at) + moved
        case {"sum": parts}:
            text = ""
            for factor, atom in parts:
                k = Fraction(factor)
                times = "" if abs(k) == 1 else f"{_plain(float(abs(k)))} * "
                text += (" - " if k < 0 else " + ") if text else ("-" if k < 0 else "")
                text += times + _term(atom, at)
            return text
    return json.dumps(term)


def _constant(value: Any, type_: Any) -> str:
    match type_:
        case {"scale": levels}:
            return str(levels[value])
        case "Number":
            return _plain(float(Fraction(value)))
        case "Text":
            return json.dumps(value, ensure_ascii=False)
        case _:
            return _plain(value)


def tree_lines(proof: p.Proof, action: str) -> Iterator[tuple[int, str]]:
    """Yield (depth, text) for each node below an action's outcome; what was said is not repeated."""
    said: set[int] = set()
    for depth, place in proof.walk(proof.root(action)):
        node = proof.nodes[place]
        text = statement_text(proof, node)
        text += "" if node.truth is None else f": {node.truth}"
        again = " (above)" if place in said and node.premises else ""
        said.add(place)
        yield depth, text + again


def explain_nodes(proof: p.Proof) -> str:
    """Return a proof that was read from JSON in words: each outcome, then the tree that shows it."""
    lines = []
    for one in proof.conclusions:
        lines.append(
            f"{one.action} is {one.outcome}{'' if one.constrained else ', but no rule constrains it'}:"
        )
        lines += [f"{'  ' * (depth + 1)}{text}" for depth, text in tree_lines(proof, one.action)]
    return "\n".join(lines)
