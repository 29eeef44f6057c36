"""Proofs as JSON, and back without trust: what is not of the format is refused with its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
import json
from typing import Any, TypeVar, assert_never

from policylang import messages
from policylang.core.content import EffectId
from policylang.core.record import Steps
from policylang.proof import proof as p
from policylang.proof.proof import ProofError
from policylang.truth import Truth
from policylang.values import FrozenMap, date_of

T = TypeVar("T")

TRUTHS = {str(truth): truth for truth in Truth}
MAX_NODES = 20_000_000  # a proof of that size is no explanation to anybody
MAX_SIZE = 2**28  # bytes; a proof over a list of 100,000 entries takes a quarter of it


def proof_json(proof: p.Proof) -> dict[str, Any]:
    """Return a proof as JSON."""
    return {
        "format": p.FORMAT,
        "policy": {"digest": proof.policy, **proof.content, "predicates": dict(proof.predicates)},
        "record": {"digest": proof.record},
        "today": proof.today.isoformat() if proof.today else None,
        "history": [{"date": day.isoformat(), "record": digest} for day, digest in proof.history],
        "actions": {
            one.action: {
                "outcome": one.outcome,
                "constrained": one.constrained,
                "node": one.plain,
                "with_past": one.with_past,
            }
            for one in proof.conclusions
        },
        "nodes": [_node_json(node) for node in proof.nodes],
    }


def _node_json(node: p.Node) -> dict[str, Any]:
    return {
        "statement": _statement_json(node.statement),
        "truth": None if node.truth is None else str(node.truth),
        "by": node.by,
        "premises": list(node.premises),
        "at": node.at,
    }


def _statement_json(statement: p.Statement) -> dict[str, Any]:
    on = {} if statement.on is None else {"on": statement.on}
    match statement:
        case p.Given(path, value):
            shown = dict(value) if isinstance(value, Mapping) else value
            return {"given": list(path), "value": shown, **on}
        case p.TodayIs(day):
            return {"today": day, **on}
        case p.Predicated(predicate, entries):
            return {"predicate": predicate, "entries": {name: list(at) for name, at in entries}, **on}
        case p.InForce(effect):
            return {"in_force": _effect_json(effect), **on}
        case p.Held(effect):
            return {"held": _effect_json(effect), **on}
        case p.Gate(kind, action):
            return {"gate": kind, "action": action, **on}
        case _:
            assert_never(statement)


def _effect_json(effect: EffectId) -> dict[str, Any]:
    return {
        "rule": effect.rule,
        "name": effect.name,
        "instance": dict(effect.instance),
        "effect": effect.effect,
        "actions": list(effect.actions),
        "predicate": effect.predicate,
    }


# --- reading ------------------------------------------------------------------------------------


def read_proof(data: bytes) -> p.Proof:
    """Return the proof of a file's bytes; ProofError for anything that is no such JSON document."""
    if len(data) > MAX_SIZE:
        raise ProofError("proof", f"the file is larger than {MAX_SIZE // 2**20} MiB")
    try:
        text = data.decode("utf-8-sig")  # JSON is UTF-8; the library would guess other codes too
        value = json.loads(text, object_pairs_hook=_distinct, parse_constant=_no_number)
    except RecursionError:
        raise ProofError("proof", "this is no JSON: it is nested too deep") from None
    except UnicodeDecodeError:
        raise ProofError("proof", "this is no JSON: it is no UTF-8") from None
    except json.JSONDecodeError as error:
        reason = messages.place_in_json(error.lineno, error.colno, error.msg)
        raise ProofError("proof", messages.not_json(reason).text) from None
    except ProofError:
        raise
    except ValueError:  # a number of thousands of digits
        raise ProofError("proof", "this is no JSON: a number is too long") from None
    return proof_from(value)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ProofError("proof", f"the key `{p.named(twice)}` stands twice")
    return found


def _no_number(text: str) -> float:
    raise ProofError("proof", f"`{text}` is no JSON number")


def proof_from(data: Any) -> p.Proof:
    """Return the proof that a JSON value is; ProofError at the first thing that is not of the format."""
    keys = ("format", "policy", "record", "today", "history", "actions", "nodes")
    top = _object(data, "proof", keys)
    if top["format"] != p.FORMAT:
        raise ProofError("format", f"this reads {p.FORMAT} only")
    policy = _object(top["policy"], "policy", ("digest", "policy", "rules", "predicates"))
    record = _object(top["record"], "record", ("digest",))
    predicates = _mapping(policy["predicates"], "policy.predicates")
    content = {key: _mapping(policy[key], f"policy.{key}") for key in ("policy", "rules")}
    actions = _mapping(top["actions"], "actions")
    nodes = _list(top["nodes"], "nodes", _node)
    return p.Proof(
        _text(policy["digest"], "policy.digest"),
        _text(record["digest"], "record.digest"),
        _optional(_date, top["today"], "today"),
        tuple(_list(top["history"], "history", _past)),
        tuple(_conclusion(name, one) for name, one in actions.items()),
        tuple(nodes),
        content,
        predicates,
    )


def _conclusion(action: str, data: Any) -> p.Conclusion:
    path = f"actions.{p.named(action)}"
    found = _object(data, path, ("outcome", "constrained", "node", "with_past"))
    if not isinstance(found["constrained"], bool):
        raise ProofError(f"{path}.constrained", "expected true or false")
    return p.Conclusion(
        action,
        _text(found["outcome"], f"{path}.outcome"),
        found["constrained"],
        _optional(_place, found["node"], f"{path}.node"),
        _optional(_place, found["with_past"], f"{path}.with_past"),
    )


def _past(data: Any, path: str) -> tuple[date, str]:
    found = _object(data, path, ("date", "record"))
    return _date(found["date"], f"{path}.date"), _text(found["record"], f"{path}.record")


def _node(data: Any, path: str) -> p.Node:
    found = _object(data, path, ("statement", "truth", "by", "premises", "at"))
    truth = found["truth"]
    if truth is not None and (not isinstance(truth, str) or truth not in TRUTHS):
        raise ProofError(f"{path}.truth", "expected `true`, `false`, `unknown` or null")
    return p.Node(
        _statement(found["statement"], f"{path}.statement"),
        None if truth is None else TRUTHS[truth],
        _text(found["by"], f"{path}.by"),
        tuple(_list(found["premises"], f"{path}.premises", _place)),
        _text(found["at"], f"{path}.at"),
    )


def _statement(data: Any, path: str) -> p.Statement:
    found = _mapping(data, path)
    on = _place(found["on"], f"{path}.on") if "on" in found else None
    keys = tuple(key for key in found if key != "on")
    match keys:
        case ("given", "value") | ("value", "given"):
            return p.Given(_steps(found["given"], f"{path}.given"), _fact(found["value"], path), on)
        case ("today",):
            return p.TodayIs(_optional(_text, found["today"], f"{path}.today"), on)
        case ("predicate", "entries") | ("entries", "predicate"):
            entries = _mapping(found["entries"], f"{path}.entries")
            places = tuple(
                (name, _steps(entries[name], f"{path}.entries.{p.named(name)}")) for name in sorted(entries)
            )
            return p.Predicated(_text(found["predicate"], f"{path}.predicate"), places, on)
        case ("in_force",):
            return p.InForce(_effect(found["in_force"], f"{path}.in_force"), on)
        case ("held",) if on is not None:
            return p.Held(_effect(found["held"], f"{path}.held"), on)
        case ("gate", "action") | ("action", "gate"):
            return p.Gate(_text(found["gate"], f"{path}.gate"), _text(found["action"], f"{path}.action"), on)
    raise ProofError(path, "this is no statement of the format")


def _effect(data: Any, path: str) -> EffectId:
    found = _object(data, path, ("rule", "name", "instance", "effect", "actions", "predicate"))
    members = _mapping(found["instance"], f"{path}.instance")
    return EffectId(
        _text(found["rule"], f"{path}.rule"),
        _optional(_text, found["name"], f"{path}.name"),
        tuple((name, _text(members[name], f"{path}.instance.{p.named(name)}")) for name in sorted(members)),
        _text(found["effect"], f"{path}.effect"),
        tuple(_list(found["actions"], f"{path}.actions", _text)),
        _text(found["predicate"], f"{path}.predicate"),
    )


def _fact(value: Any, path: str) -> Any:
    parts = value.values() if isinstance(value, Mapping) else (value,)
    if not all(part is None or isinstance(part, str | bool | int | float) for part in parts):
        raise ProofError(f"{path}.value", "a fact is one value, or an object of values")
    return FrozenMap(_mapping(value, f"{path}.value")) if isinstance(value, Mapping) else value


# --- the values of JSON -------------------------------------------------------------------------


def _mapping(data: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise ProofError(path, "expected an object")
    return data


def _object(data: Any, path: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    found = _mapping(data, path)
    for key in keys:
        if key not in found:
            raise ProofError(path, f"`{key}` is missing")
    for key in found:
        if key not in keys:
            raise ProofError(path, f"unknown key `{p.named(key)}`")
    return found


def _list(data: Any, path: str, item: Callable[[Any, str], T]) -> list[T]:
    if not isinstance(data, list | tuple):
        raise ProofError(path, "expected a list")
    if len(data) > MAX_NODES:
        raise ProofError(path, f"more than {MAX_NODES} items")
    return [item(one, f"{path}[{i}]") for i, one in enumerate(data)]


def _text(data: Any, path: str) -> str:
    if not isinstance(data, str):
        raise ProofError(path, "expected a text")
    return data


def _place(data: Any, path: str) -> int:
    # JSON knows one kind of number; readers differ in what they make of `3`.
    if isinstance(data, bool) or not isinstance(data, int | float) or not 0 <= data < MAX_NODES:
        raise ProofError(path, "expected the place of a node or date, a whole number from 0")
    if data != int(data):
        raise ProofError(path, "expected the place of a node or date, a whole number from 0")
    return int(data)


def _date(data: Any, path: str) -> date:
    text = _text(data, path)
    try:
        return date_of(text)
    except ValueError:
        raise ProofError(path, "expected a date such as 2026-01-31") from None


def _steps(data: Any, path: str) -> Steps:
    return tuple(_list(data, path, _step))


def _step(data: Any, path: str) -> str | int:
    return data if isinstance(data, str) else _place(data, path)


def _optional(read: Callable[[Any, str], T], data: Any, path: str) -> T | None:
    return None if data is None else read(data, path)
