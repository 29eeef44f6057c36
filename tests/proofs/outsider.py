"""A checker of proofs written from docs/proof.md and the language reference alone.

It imports nothing of policylang. It knows no policy but the digest that it is told to trust, and
takes proof, record and history as plain JSON. `check` returns the outcomes that a proof shows, or
raises `Refused`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import rfc8785

from .reading import OPPOSITE, NotGiven, Reading, Refused, Steps, demand, fact, held, type_of

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "proof.schema.json").read_text("utf-8"))
SHAPE = jsonschema.Draft202012Validator(SCHEMA)
OUTCOMES = {"true": "permitted", "false": "forbidden", "unknown": "undetermined"}
Weigh = Callable[[Any], tuple[int, bool]]


# --- JSON ---------------------------------------------------------------------------------------


def doubles(value: Any) -> Any:
    """Return a JSON value with every number as a double."""
    if isinstance(value, dict):
        return {key: doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [doubles(item) for item in value]
    return float(value) if type(value) is int else value


def digest(value: Any) -> str:
    return "sha256:" + hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def same(a: Any, b: Any) -> bool:
    """Return whether two JSON values are one; 1 and 1.0 are, 1 and true are not."""
    return bool(rfc8785.dumps(doubles(a)) == rfc8785.dumps(doubles(b)))


def key(statement: Any) -> str:
    return json.dumps(statement, sort_keys=True)


# --- the proof ----------------------------------------------------------------------------------


class Checking:
    def __init__(self, proof: Any, policy_digest: str, dated: list[tuple[str | None, Any]]) -> None:
        self.nodes, self.policy, self.dated = proof["nodes"], proof["policy"], dated
        self.trust(policy_digest)
        self.actions = self.policy["policy"]["actions"]
        self.fields = self.policy["policy"]["record"]
        self.effects: dict[str, Any] = {}
        self.order: list[tuple[str, Any]] = []
        for rule_digest in self.policy["policy"]["rules"]:
            rule = self.policy["rules"][rule_digest]
            for members, _, effects in rule["instances"]:
                for effect in effects:
                    name = {
                        "rule": rule_digest,
                        "name": rule["name"],
                        "instance": members,
                        "effect": effect["kind"],
                        "actions": effect["actions"],
                        "predicate": effect["predicate"],
                    }
                    self.effects[key(name)] = effect
                    self.order.append((key(name), effect))

    def trust(self, policy_digest: str) -> None:
        """Take over what stands under a digest that is trusted."""
        parts = self.policy
        demand(parts["digest"] == policy_digest, "another policy")
        demand(digest(parts["policy"]) == policy_digest, "not what the policy's digest is over")
        demand(set(parts["rules"]) == set(parts["policy"]["rules"]), "other rules")
        for under in ("rules", "predicates"):
            for name, part in parts[under].items():
                demand(digest(part) == name, "not what a digest is over")
        spoken = {node["statement"].get("predicate") for node in self.nodes} - {None}
        demand(spoken == set(parts["predicates"]), "other predicates than those spoken of")

    def chain(self, action: str) -> Iterator[str]:
        at: str | None = action
        while at is not None:
            yield at
            at = self.actions[at]["widens"]

    def bearing(self, action: str, *, permits: bool) -> set[str]:
        kinds = ("permit",) if permits else ("forbid", "require")
        return {one for one, e in self.order if e["kind"] in kinds and action in e["actions"]}

    # nodes

    def node(self, place: int) -> None:
        node = self.nodes[place]
        statement, premises = node["statement"], node["premises"]
        demand(all(type(i) is int and 0 <= i < place for i in premises), "a premise that is not before it")
        stated = {key(self.nodes[place]["statement"]) for place in premises}
        demand(len(stated) == len(premises), "a premise twice")
        on = statement.get("on")
        demand(on is None or (type(on) is int and 0 <= on < len(self.dated)), "no such date")
        if "given" in statement or "today" in statement:
            demand((node["truth"], node["by"], premises) == (None, "given", []), "a fact rests on nothing")
            self.fact(statement, on)
        elif "predicate" in statement:
            self.predicate(node, statement, on)
        else:
            n, operands = self.operands(statement, on)
            self.count(
                node, n, len(operands), lambda x: (key(x) in operands, operands.get(key(x), False)), premises
            )

    def fact(self, statement: Any, on: int | None) -> None:
        today, record = self.dated[-1 if on is None else on]
        if "today" in statement:
            demand(statement["today"] == today, "another date")
            return
        steps = tuple(statement["given"])
        demand(same(statement["value"], fact(type_of(self.fields, steps), held(record, steps))), "not so")

    def count(self, node: Any, n: int, total: int, weigh: Weigh, premises: list[int]) -> None:
        """Check a count of operands; `weigh` tells how many of them a statement is, and if negatively."""
        stated = [self.nodes[place] for place in premises]
        votes: Counter[str] = Counter()
        for one in stated:
            times, negative = weigh(one["statement"])
            demand(times > 0 and one["truth"] is not None, "a premise that is no operand")
            votes[OPPOSITE[one["truth"]] if negative else one["truth"]] += times
        true, false, unknown = votes["true"], votes["false"], votes["unknown"]
        shown = {
            ("true", "enough"): true >= n,
            ("false", "too few"): false >= total - n + 1,
            ("unknown", "undecided"): true + unknown >= n and false + unknown >= total - n + 1,
        }
        demand(shown.get((node["truth"], node["by"]), False), "the count does not show it")

    def predicate(self, node: Any, statement: Any, on: int | None) -> None:
        demand(on is None or on != len(self.dated) - 1, "the own date is not written")
        predicate = self.policy["predicates"][statement["predicate"]]
        entries = {name: tuple(path) for name, path in statement["entries"].items()}

        def below(n: int, digests: list[str], negative: bool = False) -> None:
            def weigh(other: Any) -> tuple[int, bool]:
                mine = {name: tuple(path) for name, path in other.get("entries", {}).items()}
                alike = other.get("on") == on and mine.items() <= entries.items()
                return digests.count(other.get("predicate")) if alike else 0, negative

            self.count(node, n, len(digests), weigh, node["premises"])

        match predicate:
            case {"not": one}:
                below(1, [one], negative=True)
            case {"and": digests}:
                below(len(digests), digests)
            case {"or": digests}:
                below(1, digests)
            case {"at_least": n, "of": digests}:
                below(int(n), digests)
            case {"at_least": n, "list": place, "entry": name, "body": body}:
                self.listed(node, int(n), Reading({}, (), entries).place(place), name, body)
            case _:
                self.atom(node, predicate, entries, on)

    def listed(self, node: Any, n: int, where: Steps, name: str, body: str) -> None:
        on = node["statement"].get("on")
        length = fact({"list": {}}, held(self.dated[-1 if on is None else on][1], where))
        asked = {"given": list(where), "value": length} | ({} if on is None else {"on": on})
        lengths = [i for i in node["premises"] if self.nodes[i]["statement"] == asked]
        demand(len(lengths) == 1, "the length is not given")
        if length is None:
            shown = ("true", "enough") if n <= 0 else ("unknown", "unlisted")
            demand((node["truth"], node["by"]) == shown, "the list is not known")
            demand(node["premises"] == lengths, "a premise that is no operand")
            return
        total = length["entries"]
        entries = {name: tuple(path) for name, path in node["statement"]["entries"].items()}
        hands = [i for i in node["premises"] if name in self.nodes[i]["statement"].get("entries", {})]
        demand(len(hands) in (0, len(node["premises"]) - 1), "some with an entry at hand, some without")

        def weigh(other: Any) -> tuple[int, bool]:
            mine = {name: tuple(path) for name, path in other.get("entries", {}).items()}
            here = mine.pop(name, None)
            alike = other.get("on") == on and other.get("predicate") == body
            if not alike or not mine.items() <= entries.items():
                return 0, False
            if here is None:
                return total, False
            index = here[-1] if here and here[:-1] == where else None
            return int(type(index) is int and index < total), False

        self.count(node, n, total, weigh, [i for i in node["premises"] if i not in lengths])

    def atom(self, node: Any, predicate: Any, entries: dict[str, Steps], on: int | None) -> None:
        values: dict[Steps, tuple[Any, Any]] = {}
        today: Any = ()
        statements = [self.nodes[i]["statement"] for i in node["premises"]]
        record = self.dated[-1 if on is None else on][1]
        for one in statements:
            demand(("given" in one or "today" in one) and one.get("on") == on, "a premise that is no fact")
            if "today" in one:
                today = one["today"]
            else:
                steps = tuple(one["given"])
                values[steps] = (type_of(self.fields, steps), held(record, steps))
        reading = Reading(values, today, entries)
        try:
            truth = reading.truth(predicate)
        except NotGiven:
            raise Refused("a value that is needed is not given") from None
        facts = set(values) | ({"today"} if today != () else set())
        demand(facts <= reading.read, "a premise that it does not read")
        demand((node["truth"], node["by"]) == (truth, "read"), "the facts say another thing")

    def operands(self, statement: Any, on: int | None) -> tuple[int, dict[str, bool]]:
        """Return n, and the operands with whether each is taken negatively."""
        dated = {} if on is None else {"on": on}

        def gate(kind: str, action: str) -> str:
            return key({"gate": kind, "action": action, **dated})

        def predicate(digest: str) -> str:
            own = on is None or on == len(self.dated) - 1
            return key({"predicate": digest, "entries": {}, **({} if own else dated)})

        match statement:
            case {"gate": kind, "action": action}:
                demand(action in self.actions, "no such action")
                chain = list(self.chain(action))
                by_permit = not self.actions[action]["permitted_unless_forbidden"]
                if kind == "open":
                    return len(chain), {gate("clear", one): False for one in chain}
                if kind == "clear":
                    allowed = {gate("allowed", action): False} if by_permit else {}
                    return 1 + by_permit, {gate("prohibited", action): True, **allowed}
                bearing = self.bearing(action, permits=kind == "allowed")
                return 1, {key({"in_force": json.loads(one), **dated}): False for one in bearing}
            case {"in_force": effect}:
                demand(key(effect) in self.effects, "no such effect")
                found = self.effects[key(effect)]
                ways = {predicate(found["predicate"]): False}
                if on and found["until"] is not None:
                    ways[key({"held": effect, **dated})] = False
                return 1, ways
            case {"held": effect}:
                demand(key(effect) in self.effects, "no such effect")
                until = self.effects[key(effect)]["until"]
                demand(until is not None and bool(on), "nothing is held")
                before = key({"in_force": effect, "on": on - 1})  # type: ignore[operator]
                return 2, {before: False, predicate(until): True}
        raise Refused("no statement")

    def conclusion(self, action: str, outcome: str, root: int | None, on: int | None) -> None:
        demand(type(root) is int and 0 <= root < len(self.nodes), "no node states the outcome")
        node = self.nodes[root]
        asked = {"gate": "open", "action": action} | ({} if on is None else {"on": on})
        demand(node["statement"] == asked, "the node states another thing")
        demand(OUTCOMES.get(node["truth"]) == outcome, "another outcome")

    def constrained(self, action: str) -> bool:
        return any(
            self.bearing(one, permits=False) or not self.actions[one]["permitted_unless_forbidden"]
            for one in self.chain(action)
        )


def check(
    proof: Any,
    policy_digest: str,
    record: Any,
    today: str | None,
    history: list[tuple[str, Any]] | None = None,
) -> dict[str, str]:
    """Return the outcomes that a proof shows; `history` holds the dated records up to its own."""
    demand(SHAPE.is_valid(proof), "not of the format")
    demand(proof["record"]["digest"] == digest(doubles(record)), "another record")
    demand(proof["today"] == today, "another date")
    demand(bool(proof["actions"]), "it concludes nothing")
    dated: list[tuple[str | None, Any]] = [(today, record)]
    if history is not None:
        shown = [{"date": on, "record": digest(doubles(one))} for on, one in history]
        demand(proof["history"] == (shown if len(shown) > 1 else []), "another history")
        demand(len({on for on, _ in history}) == len(history), "the dates do not rise")
        dated = list(history)
    checking = Checking(proof, policy_digest, dated)
    used = {i for node in proof["nodes"] for i in node["premises"]}
    for action, one in proof["actions"].items():
        demand(action in checking.actions, "no such action")
        demand(one["constrained"] == checking.constrained(action), "it is not constrained so")
        demand((one["with_past"] is None) == (not proof["history"]), "a past is where a history is")
        demand(one["node"] is not None or history is not None, "its history is needed")
        if proof["history"]:
            checking.conclusion(action, one["outcome"], one["with_past"], len(proof["history"]) - 1)
        if one["node"] is not None or not proof["history"]:
            checking.conclusion(action, one["outcome"], one["node"], None)
        used |= {one["node"], one["with_past"]}
    for place, node in enumerate(proof["nodes"]):
        demand(place in used, "nothing rests on it")
        if history is not None or "on" not in node["statement"]:
            checking.node(place)
    return {action: one["outcome"] for action, one in proof["actions"].items()}
