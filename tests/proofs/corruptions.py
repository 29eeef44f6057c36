"""Ways to spoil a proof: another value in one field, other premises, a permit out of nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
import random
from typing import Any

MEANINGLESS = {"at"}  # where in the text it was asked
OTHERS: dict[type, list[Any]] = {
    str: ["", "High", "true", "false", "unknown", "enough", "too few", "read", "deploy", "forbidden"],
    float: [-1.0, 0.0, 1.0, 0.3],
    int: [-1, 0, 1, 2],
}


def fields(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every field of a JSON value that holds no others."""
    if isinstance(value, dict | list) and value:
        keys = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in keys:
            yield from fields(item, (*path, key))
    else:
        yield path


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def changed_value(value: Any, rng: random.Random, data: Any) -> Any:
    """Return another value of the same kind or of another one."""
    kind = type(value)
    if value is None or kind is bool or rng.random() < 0.1:
        others: list[Any] = [None, True, False, 0, "x", [], {}]
        return rng.choice([x for x in others if type(x) is not kind or x != value])
    if kind is str and value.startswith("sha256:"):
        known = [d for d in (*data["policy"]["rules"], *data["policy"]["predicates"]) if d != value]
        return rng.choice([*known, value[:-1] + ("0" if value[-1] != "0" else "1")])
    return rng.choice([x for x in OTHERS.get(kind, ["", 0]) if x != value])


def with_changed_field(data: Any, rng: random.Random) -> tuple[Any, str]:
    found = [p for p in fields(data) if not MEANINGLESS & set(p)]
    # Most fields are the policy's; the nodes are what there is to check.
    path = rng.choice([p for p in found if p[0] == "nodes"] if rng.random() < 0.7 else found)
    copy = deepcopy(data)
    at(copy, path[:-1])[path[-1]] = changed_value(at(data, path), rng, data)
    return copy, f"field {path}"


def with_changed_premises(data: Any, rng: random.Random) -> tuple[Any, str]:
    copy = deepcopy(data)
    places = [i for i, node in enumerate(copy["nodes"]) if node["premises"]]
    if not places:
        return with_changed_field(data, rng)
    place = rng.choice(places)
    premises = copy["nodes"][place]["premises"]
    i = rng.randrange(len(premises))
    match rng.choice(["drop", "double", "exchange", "add"]):
        case "drop":
            del premises[i]
        case "double":
            premises.append(premises[i])
        case "exchange":
            premises[i] = rng.randrange(len(copy["nodes"]))
        case _:
            premises.append(rng.randrange(len(copy["nodes"])))
    return copy, f"premises of {place}"


def with_doubled_node(data: Any, rng: random.Random) -> tuple[Any, str]:
    """State a premise a second time, right before the node, as one more to count."""
    copy = deepcopy(data)
    nodes = copy["nodes"]
    places = [i for i, node in enumerate(nodes) if node["premises"]]
    if not places:
        return with_changed_field(data, rng)
    place = rng.choice(places)
    again = rng.choice(nodes[place]["premises"])
    for node in nodes[place:]:
        node["premises"] = [i + (i >= place) for i in node["premises"]]
    for one in copy["actions"].values():
        one.update({root: one[root] + 1 for root in ("node", "with_past") if (one[root] or -1) >= place})
    nodes[place]["premises"].append(place)
    nodes.insert(place, deepcopy(nodes[again]))
    return copy, f"premises of {place}, {again} twice"


def with_added_permit(data: Any, rng: random.Random) -> tuple[Any, str]:
    """Say of an action that it is permitted, with a node that states it and rests on nothing."""
    copy = deepcopy(data)
    action = rng.choice(list(copy["actions"]))
    node = {
        "statement": {"gate": "open", "action": action},
        "truth": "true",
        "by": "enough",
        "premises": [],
        "at": "",
    }
    copy["actions"][action].update(outcome="permitted", node=len(copy["nodes"]))
    copy["nodes"].append(node)
    return copy, "added permit"


CORRUPTIONS: list[Callable[[Any, random.Random], tuple[Any, str]]] = [
    with_changed_field,
    with_changed_field,
    with_changed_premises,
    with_doubled_node,
    with_added_permit,
]


def shuffled(proof: Any, rng: random.Random) -> Any:
    """Return the same proof with its nodes in another order that is good as well."""
    nodes, left, order = proof["nodes"], list(range(len(proof["nodes"]))), []
    while left:
        ready = [i for i in left if not set(nodes[i]["premises"]) & set(left)]
        order.append(rng.choice(ready))
        left.remove(order[-1])
    new = {old: i for i, old in enumerate(order)}
    for node in nodes:
        node["premises"] = [new[i] for i in node["premises"]]
        rng.shuffle(node["premises"])
    proof["nodes"] = [nodes[i] for i in order]
    for one in proof["actions"].values():
        one["node"] = new[one["node"]]
    return proof
