"""A decision as JSON, key by key as the interface says it, from the oracle's reading of the policy.

And what the reference says of the rest: what is missing settles the outcome when it is filled in,
and no outcome rests on an attestation that is not listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
import json
import re
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

import policylang

from . import deciding, schemas
from .meaning import Reading
from .model import Action, Effect, Field, Policy, Schema, Type
from .policies import policies
from .printing import printed
from .spans import NO, OPEN, YES, Truth, either, flip
from .test_oracle import seeds

Row = tuple[dict[str, Any], Effect, Truth]
PROHIBITIONS = ("forbid", "require")


def rows(policy: Policy, record: Any, today: date | None) -> list[Row]:
    """Every effect of every instance, with how the JSON names the instance and with its truth."""
    standing = deciding.standing(Reading(policy, record, today), None)
    return [
        ({"rule": rule.label, "instance": dict(instance)}, effect, truth)
        for rule, instance, effect, truth, _ in standing
    ]


def chain(policy: Policy, action: Action) -> Iterator[Action]:
    yield action
    for wider in policy.actions:
        if wider.name == action.widens:
            yield from chain(policy, wider)


def making(policy: Policy, action: Action, outcome: str, found: list[Row]) -> list[dict[str, Any]]:
    """The instances that make an outcome, or that leave it open."""
    wanted = {"permitted": YES, "forbidden": NO, "undetermined": OPEN}[outcome]
    places: set[int] = set()
    for one in chain(policy, action):
        naming = [
            (place, row[1].kind, row[2]) for place, row in enumerate(found) if one.name in row[1].actions
        ]
        forbidden = either(truth for _, kind, truth in naming if kind in PROHIBITIONS)
        permitted = either(truth for _, kind, truth in naming if kind == "permit")
        may = flip(forbidden) if one.open else flip(either([forbidden, flip(permitted)]))
        if may != wanted:
            continue
        for place, kind, truth in naming:
            if kind in PROHIBITIONS:
                makes = outcome != "permitted" and truth == (OPEN if outcome == "undetermined" else YES)
            else:
                makes = outcome != "forbidden" and not one.open and truth == wanted
            places |= {place} if makes else set()
    instances = [found[place][0] for place in sorted(places)]
    return [instance for place, instance in enumerate(instances) if instance not in instances[:place]]


def due(text: date | None) -> str | None:
    return None if text is None else text.isoformat()


@given(st.data(), policies(), seeds)
def test_the_json_of_a_decision_is_what_the_interface_says(
    data: st.DataObject, policy: Policy, seed: int
) -> None:
    text = printed(policy, seed)
    note(text)
    record, today = data.draw(schemas.records(policy.schema)), data.draw(schemas.todays())
    loaded = policylang.loads(text, name="somewhere.policy")
    given_json = loaded.decide(record, today=today).to_dict()
    found = json.loads(json.dumps(given_json))
    assert found == given_json  # plain JSON, nothing else
    expected = deciding.decide(policy, record, today)

    assert found["format"] == "policylang-decision/1"
    assert found["policy"] == {"name": loaded.name, "version": None, "digest": loaded.digest}
    assert re.fullmatch("sha256:[0-9a-f]{64}", found["record"]["digest"])
    assert found["today"] == due(today)
    assert set(found["actions"]) == {action.name for action in policy.actions}
    every = rows(policy, record, today)
    for action in policy.actions:
        outcome = expected.outcomes[action.name]
        entry = found["actions"][action.name]
        assert entry["outcome"] == outcome
        assert entry["constrained"] == (action.name in expected.constrained)
        assert entry["rules"] == making(policy, action, outcome, every)
        assert outcome == "undetermined" or entry["missing"] == []

    fired = [(row, effect) for row, effect, truth in every if truth == YES]
    shown = [
        {key: entry[key] for key in ("rule", "instance", "effect", "actions")} for entry in found["fired"]
    ]
    assert shown == [{**row, "effect": e.kind, "actions": list(e.actions)} for row, e in fired]
    for entry, (_, effect) in zip(found["fired"], fired, strict=True):
        [rule] = [rule for rule in policy.rules if rule.label == entry["rule"]]
        assert (entry["until"] is None) == (rule.until is None or effect.kind not in PROHIBITIONS)
        assert entry["waived"] is entry["latched"] is False
        assert re.fullmatch(r"somewhere\.policy:\d+:\d+", entry["at"])
    undecided = [(row, effect) for row, effect, truth in every if truth == OPEN]
    shown = [{key: e[key] for key in ("rule", "instance", "effect", "actions")} for e in found["undecided"]]
    assert shown == [{**row, "effect": e.kind, "actions": list(e.actions)} for row, e in undecided]

    assert [{**o, "overdue": bool(o["overdue"])} for o in found["obligations"]] == [
        {"text": o.text, "rule": o.rule, "instance": dict(o.instance), "due": due(o.due),
         "overdue": o.overdue, "certain": o.certain}
        for o in expected.obligations
    ]  # fmt: skip
    assert [warning for warning in found["warnings"] if warning["rule"] is not None] == [
        {"text": w.text, "rule": w.rule, "instance": dict(w.instance), "certain": w.certain}
        for w in expected.warnings
    ]
    assert found["waivers"] == []


# --- what is missing ----------------------------------------------------------------------------


def type_at(fields: tuple[Field, ...], steps: list[str | int]) -> Type:
    """The type of what stands at a path of a record."""
    [field] = [field for field in fields if field.name == steps[0]]
    type, rest = field.type, steps[1:]
    if type.kind in ("table", "list") and rest:
        rest = rest[1:]
    return type_at(type.fields, rest) if rest else type


def split(path: str) -> list[str | int]:
    pieces = re.findall(r'\[(\d+)\]|"((?:[^"\\]|\\.)*)"|([^.\[\]"]+)', path)
    return [
        int(index) if index else json.loads(f'"{quoted}"') if quoted else name
        for index, quoted, name in pieces
    ]


def filled(schema: Schema, data: st.DataObject, type: Type, today: date | None) -> Any:
    """Some exact value of a type that can be read."""
    day = today or date(2024, 2, 1)
    match type.kind:
        case "list":
            return []
        case "level":
            return data.draw(st.sampled_from(schema.scales[type.of]))
        case "member":
            return data.draw(st.sampled_from(schema.sets[type.of]))
        case "bool":
            return data.draw(st.booleans())
        case "number":
            return data.draw(st.sampled_from(schemas.NUMBERS))
        case "date":
            days = data.draw(st.integers(0, 3))
            return (
                day - timedelta(days) if type.past else data.draw(st.sampled_from(schemas.DAYS))
            ).isoformat()
        case "attestation":
            holds = data.draw(st.booleans())
            return {"holds": holds, "by": "A", "role": type.of, "on": day.isoformat()}
    return "some text"


def put(record: Any, steps: list[str | int], value: Any) -> None:
    for step in steps[:-1]:
        if isinstance(step, int):
            record = record[step]
        else:
            if record.get(step) is None:
                record[step] = {}
            record = record[step]
    record[steps[-1]] = value


@given(st.data(), policies(), seeds)
def test_what_is_missing_settles_the_outcome_once_it_is_there(
    data: st.DataObject, policy: Policy, seed: int
) -> None:
    text = printed(policy, seed)
    note(text)
    loaded = policylang.loads(text)
    record, today = data.draw(schemas.records(policy.schema)), data.draw(schemas.todays())
    record = deepcopy(record)
    seen: set[str] = set()
    for _ in range(200):
        decision = loaded.decide(record, today=today)
        missing = [paths for action in policy.actions for paths in decision.missing(action.name)]
        assert all(len(set(paths)) == len(paths) > 0 for paths in missing)
        unseen = [paths[0] for paths in missing if paths[0] not in seen]
        if not unseen:  # an attestation that must not be older than the calendar is never of use
            assert not missing or "9000" in text, "what is there is not missing"
            break
        path = unseen[0]
        seen.add(path)
        steps = split(path)
        put(record, steps, filled(policy.schema, data, type_at(policy.schema.fields, steps), today))
        note(f"{path}: {record}")
    else:
        raise AssertionError("something is always missing")
    unsettled = [
        row for row, effect, truth in rows(policy, record, today) if truth == OPEN and effect.actions
    ]
    for action in policy.actions:
        if decision[action.name] is policylang.Outcome.UNDETERMINED:
            # Only what no record could say: today, a define without a meaning, a date beyond the calendar.
            assert unsettled
            assert (
                today is None or any(d.condition is None for d in policy.defines.values()) or "9000" in text
            )


# --- attestations -------------------------------------------------------------------------------


def words(fields: tuple[Field, ...], node: Any, path: str, schema: Schema) -> Iterator[tuple[str, Any, str]]:
    """Every attestation of a record: its path, the object that holds it and its key there."""
    for field in fields:
        value, at = (node or {}).get(field.name), f"{path}.{field.name}".removeprefix(".")
        if value is None:
            continue
        match field.type.kind:
            case "attestation":
                yield at, node, field.name
            case "group":
                yield from words(field.type.fields, value, at, schema)
            case "table":
                for member, row in value.items():
                    plain = re.fullmatch(r"[A-Za-z_][\w-]*", member)
                    step = member if plain else json.dumps(member)
                    yield from words(field.type.fields, row, f"{at}.{step}", schema)
            case "list":
                for place, entry in enumerate(value):
                    yield from words(field.type.fields, entry, f"{at}[{place}]", schema)


@given(st.data(), policies(), seeds)
def test_no_outcome_rests_on_an_attestation_that_is_not_listed(
    data: st.DataObject, policy: Policy, seed: int
) -> None:
    text = printed(policy, seed)
    note(text)
    loaded = policylang.loads(text)
    record, today = data.draw(schemas.records(policy.schema)), data.draw(schemas.todays())
    before = loaded.decide(record, today=today)
    record = deepcopy(record)
    there = {path: (node, key) for path, node, key in words(policy.schema.fields, record, "", policy.schema)}
    for used in before.attestations:
        node, key = there.pop(used.path)
        word = node[key]
        assert (used.by, used.role, used.on.isoformat()) == (word["by"], word["role"], str(word["on"]))
    for node, key in there.values():
        node[key] = {**node[key], "by": " "}  # nobody's word: there, and of no use
    after = loaded.decide(record, today=today)
    for action in policy.actions:
        assert before[action.name] in (after[action.name], policylang.Outcome.UNDETERMINED)
