"""The statements of a proof in words, from the proof alone: no policy and no record is needed."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
import json
from typing import Any, assert_never

from policylang.core.content import EffectId
from policylang.core.record import Steps, path_text
from policylang.proof import proof as p
from policylang.proof.words import counted, number_text, printable
from policylang.truth import Truth

Names = Mapping[str, str]
"""The labels of rules by their digests, for rules without a name; empty where they are not known."""

VERBS = {"forbid": "forbid", "require": "forbid", "permit": "permit"}


def statement_text(proof: p.Proof, place: int, names: Names) -> str:
    """Return what a node states as a sentence without its full stop: "a rule forbids deploy".

    ProofError where a proof that nobody has verified states what no policy could.
    """
    try:
        return printable(_statement(proof, proof.nodes[place], names))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise p.ProofError(f"nodes[{place}]", "this states nothing that a policy could") from None


def _statement(proof: p.Proof, node: p.Node, names: Names) -> str:
    statement, truth = node.statement, node.truth
    match statement:
        case p.Given(path, value):
            text = f"{path_text(path)} {fact_text(value)}"
        case p.TodayIs(day):
            text = f"today is {day or 'not given'}"
        case p.Predicated(predicate, entries):
            text = predicate_text(proof.predicates[predicate], dict(entries), truth)
        case p.InForce(effect):
            text = _in_force(effect, truth, names, _asked_at(proof, node))
        case p.Held():
            text = _by_truth(
                truth,
                "it was in force at the date before and is not released",
                "it is released, or was not in force at the date before",
                "whether it is still in force from the date before is unknown",
            )
        case p.Gate(kind, action):
            text = _gate(kind, action, truth)
        case _:
            assert_never(statement)
    if statement.on is not None and statement.on < len(proof.history) - 1:
        return f"on {proof.history[statement.on][0]}: {text}"
    return text


def _by_truth(truth: Truth | None, true: str, false: str, unknown: str) -> str:
    return {Truth.TRUE: true, Truth.FALSE: false, Truth.UNKNOWN: unknown}[truth]  # type: ignore[index]


def _gate(kind: str, action: str, truth: Truth | None) -> str:
    match kind:
        case "open":
            return f"{action} is {_by_truth(truth, 'permitted', 'forbidden', 'undetermined')}"
        case "clear":
            yes, no = f"its own rules permit {action}", f"its own rules do not permit {action}"
        case "prohibited":
            yes, no = f"a rule forbids {action}", f"no rule forbids {action}"
        case _:
            yes, no = f"a rule permits {action}", f"no rule permits {action}"
    return _by_truth(truth, yes, no, f"whether {yes} is unknown")


def _in_force(effect: EffectId, truth: Truth | None, names: Names, asked_at: str) -> str:
    members = ", ".join(member for _, member in effect.instance)
    name = f"{effect.name or names.get(effect.rule) or 'the unnamed rule'}{f'[{members}]' if members else ''}"
    verb, actions = VERBS[effect.effect], " and ".join(effect.actions)
    place = f" ({asked_at})" if asked_at else ""
    yes = f"{name} {verb}s {actions}"
    return _by_truth(truth, yes, f"{name} does not {verb} {actions}", f"whether {yes} is unknown") + place


def _asked_at(proof: p.Proof, node: p.Node) -> str:
    """Return where the text of the policy asks for what an effect rests on."""
    premises = (proof.nodes[place] for place in node.premises)
    return next((one.at for one in premises if isinstance(one.statement, p.Predicated)), "")


def fact_text(value: Any) -> str:
    """Return a fact's value as the end of a sentence about its path."""
    match value:
        case None:
            return "is absent"
        case Mapping() if "entries" in value:
            count = value["entries"]
            return f"has {counted(count, 'entry', 'entries')}" if count else "has no entries"
        case Mapping() if "present" in value:
            return "is present"
        case Mapping() if "holds" in value:
            word, by = ("true" if value["holds"] else "false"), value["by"].strip() or "nobody"
            return f"is attested {word} by {by} ({value['role']}) on {value['on']}"
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
    return json.dumps(value) if isinstance(value, bool) else number_text(value)


# --- predicates ---------------------------------------------------------------------------------


def predicate_text(shallow: Mapping[str, Any], at: Mapping[str, Steps], truth: Truth | None) -> str:
    """Return what a predicate with its truth says; those below it have nodes of their own."""
    match shallow:
        case {"fixed": _, "unspecified": name}:
            unknown = f"{name} is unknown: the source leaves it unspecified" if name else "it is unknown"
            return _by_truth(truth, "it always applies", "it never applies", unknown)
        case {"missing": path}:
            return f"{_path(path, at)} {_by_truth(truth, 'is missing', 'is not missing', 'is unknown')}"
        case {"attested": path, "by": role}:
            where = _path(path, at)
            unknown = f"no attestation of {where} by {role} is in force"
            return _by_truth(truth, f"{role} attests {where}", f"{role} denies {where}", unknown)
        case {"and": [_, _]}:
            yes, no = "both conditions hold", "not both conditions hold"
        case {"and": operands}:
            yes, no = f"all of {len(operands)} conditions hold", f"not all of {len(operands)} conditions hold"
        case {"or": operands}:
            yes, no = f"one of {len(operands)} conditions holds", f"none of {len(operands)} conditions holds"
        case {"at_least": "1", "list": path, "entry": _}:
            yes, no = f"an entry of {_path(path, at)} qualifies", f"no entry of {_path(path, at)} qualifies"
        case {"at_least": n, "list": path, "entry": _}:
            yes = f"at least {n} entries of {_path(path, at)} qualify"
            no = f"fewer than {n} entries of {_path(path, at)} qualify"
        case {"at_least": n, "of": operands}:
            yes = f"at least {n} of {len(operands)} conditions hold"
            no = f"fewer than {n} of {len(operands)} conditions hold"
        case _:
            atom = _atom(shallow, at)
            return _by_truth(truth, f"{atom} is true", f"{atom} is false", f"{atom} is unknown")
    return _by_truth(truth, yes, no, f"whether {yes} is unknown")


def _atom(shallow: Mapping[str, Any], at: Mapping[str, Steps]) -> str:
    match shallow:
        case {"op": op, "left": left, "right": right}:
            return f"{_term(left, at)} {op} {_term(right, at)}"
        case {"item": item, "in": values}:
            return f"{_term(item, at)} in {{{', '.join(_term(v, at) for v in values)}}}"
        case {"holds": path}:
            return _path(path, at)
    raise ValueError("no predicate")


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
            for k, atom in sorted(((Fraction(k), atom) for k, atom in parts), key=_reading_order):
                times = "" if abs(k) == 1 else f"{number_text(abs(k))} * "
                text += (" - " if k < 0 else " + ") if text else ("-" if k < 0 else "")
                text += times + _term(atom, at)
            return text
    raise ValueError("no term")


def _reading_order(part: tuple[Fraction, Any]) -> tuple[bool, bool]:
    """Return the place of a summand: what the record has first, what is subtracted last."""
    return "value" in part[1], part[0] < 0


def _constant(value: Any, type_: Any) -> str:
    match type_:
        case {"scale": levels}:
            return str(levels[value])
        case "Number":
            return number_text(Fraction(value))
        case "Text":
            return json.dumps(value, ensure_ascii=False)
        case _:
            return _plain(value)
