"""A second prover, from the document alone: it decides by itself and leaves nothing out.

Where policylang's prover names just the premises that a truth needs, this one names every operand
and every fact that is read, from the last to the first. It knows a policy by its content as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .outsider import Checking, digest, doubles
from .reading import OPPOSITE, Reading, Steps, fact, held, type_of

OUTCOMES = {"true": "permitted", "false": "forbidden", "unknown": "undetermined"}
RULES = {"true": "enough", "false": "too few", "unknown": "undecided"}


class Looking(Reading):
    """Reads what it is asked for from the record itself."""

    def __init__(self, fields: Any, record: Any, today: str | None, entries: dict[str, Steps]) -> None:
        super().__init__({}, today, entries)
        self.fields, self.record = fields, record

    def at(self, place: Any) -> tuple[Any, Any]:
        where = self.place(place)
        self.read.add(where)
        return type_of(self.fields, where), held(self.record, where)


class Thorough:
    """A prover of the decision at the last of some dated records."""

    def __init__(self, policy: Any, predicates: Any, dated: list[tuple[str | None, Any]]) -> None:
        self.policy, self.predicates, self.dated = policy, predicates, dated
        self.fields, self.last = policy["policy"]["record"], len(dated) - 1
        shown = {**policy, "digest": digest(policy["policy"]), "predicates": {}}
        self.known = Checking({"nodes": [], "policy": shown}, shown["digest"], dated)
        self.nodes: list[dict[str, Any]] = []
        self.places: dict[Any, int] = {}

    def proof(self) -> dict[str, Any]:
        actions = {}
        for action in reversed(self.policy["policy"]["actions"]):
            with_past = self.state({"gate": "open", "action": action, "on": self.last}) if self.last else None
            before = len(self.nodes), dict(self.places)
            plain = self.state({"gate": "open", "action": action})
            truth = self.nodes[plain if with_past is None else with_past]["truth"]
            if self.nodes[plain]["truth"] != truth:  # the past decides: nothing is said without it
                del self.nodes[before[0] :]
                self.places = before[1]
                plain = None
            actions[action] = {
                "outcome": OUTCOMES[truth],
                "constrained": self.known.constrained(action),
                "node": plain,
                "with_past": with_past,
            }
        spoken = {node["statement"].get("predicate") for node in self.nodes} - {None}
        shown = {one: self.predicates[one] for one in spoken}
        today, record = self.dated[-1]
        past = [{"date": on, "record": digest(doubles(one))} for on, one in self.dated]
        return {
            "format": "policylang-proof/1",
            "policy": {"digest": digest(self.policy["policy"]), **self.policy, "predicates": shown},
            "record": {"digest": digest(doubles(record))},
            "today": today,
            "history": past if self.last else [],
            "actions": actions,
            "nodes": self.nodes,
        }

    def state(self, statement: dict[str, Any]) -> int:
        """Return the place of a statement's node, made where there is none yet."""
        name = repr(sorted(statement.items(), key=str))
        if name not in self.places:
            node = self.node(statement)
            self.places[name] = len(self.nodes)
            self.nodes.append({"statement": statement, **node, "at": "elsewhere"})
        return self.places[name]

    def node(self, statement: dict[str, Any]) -> dict[str, Any]:
        if "given" in statement or "today" in statement:
            return {"truth": None, "by": "given", "premises": []}
        if "predicate" in statement:
            return self.predicate(statement, self.predicates[statement["predicate"]])
        return self.count(*self.operands(statement))

    def count(self, n: int, operands: list[tuple[dict[str, Any], bool]], *facts: int) -> dict[str, Any]:
        """Count all operands; each is a statement, and whether it is taken negatively."""
        places = [(self.state(one), negative) for one, negative in reversed(operands)]
        truths = [self.nodes[place]["truth"] for place, _ in places]
        truths = [OPPOSITE[x] if neg else x for x, (_, neg) in zip(truths, places, strict=True)]
        true, false = truths.count("true"), truths.count("false")
        truth = "true" if true >= n else "false" if len(truths) - false < n else "unknown"
        premises = list(dict.fromkeys([*(place for place, _ in places), *facts]))
        return {"truth": truth, "by": RULES[truth], "premises": premises}

    # --- what holds of actions and effects

    def operands(self, statement: dict[str, Any]) -> tuple[int, list[tuple[dict[str, Any], bool]]]:
        dated = {"on": statement["on"]} if "on" in statement else {}
        on = statement.get("on")
        match statement:
            case {"gate": "open", "action": action}:
                chain = list(self.known.chain(action))
                return len(chain), [({"gate": "clear", "action": one, **dated}, False) for one in chain]
            case {"gate": "clear", "action": action}:
                found = [({"gate": "prohibited", "action": action, **dated}, True)]
                if not self.policy["policy"]["actions"][action]["permitted_unless_forbidden"]:
                    found.append(({"gate": "allowed", "action": action, **dated}, False))
                return len(found), found
            case {"gate": kind, "action": action}:
                kinds = ("permit",) if kind == "allowed" else ("forbid", "require")
                effects = [e for e in self.effects() if e["effect"] in kinds and action in e["actions"]]
                return 1, [({"in_force": effect, **dated}, False) for effect in effects]
            case {"in_force": effect}:
                ways = [(self.about(effect["predicate"], {}, on), False)]
                if on and self.until(effect) is not None:
                    ways.append(({"held": effect, **dated}, False))
                return 1, ways
            case {"held": effect, "on": day}:
                before = {"in_force": effect, "on": day - 1}
                return 2, [(before, False), (self.about(self.until(effect), {}, day), True)]
        raise AssertionError(statement)

    def effects(self) -> Iterator[Any]:
        for rule in self.policy["policy"]["rules"]:
            for members, _, effects in self.policy["rules"][rule]["instances"]:
                for effect in effects:
                    names = {"rule": rule, "name": self.policy["rules"][rule]["name"], "instance": members}
                    kept = {part: effect[part] for part in ("actions", "predicate")}
                    yield {**names, "effect": effect["kind"], **kept}

    def until(self, named: Any) -> Any:
        """Return the release of a named effect; one rule has one for each of its instances."""
        for members, _, effects in self.policy["rules"][named["rule"]]["instances"]:
            for effect in effects:
                alike = effect["kind"] == named["effect"] and effect["actions"] == named["actions"]
                if alike and members == named["instance"] and effect["predicate"] == named["predicate"]:
                    return effect["until"]
        raise AssertionError(named)

    # --- predicates

    def about(self, name: str, at_hand: dict[str, Steps], on: int | None) -> dict[str, Any]:
        needed = {entry: list(at_hand[entry]) for entry in sorted(self.needs(name))}
        own = on is None or on == self.last
        return {"predicate": name, "entries": needed, **({} if own else {"on": on})}

    def needs(self, name: str) -> set[str]:
        """Return the entries at hand that a predicate needs."""

        def places(part: Any) -> Iterator[str]:
            if isinstance(part, dict) and set(part) == {"entry", "steps"}:
                yield from [part["entry"]] if part["entry"] is not None else []
            elif isinstance(part, dict | list):
                for one in part.values() if isinstance(part, dict) else part:
                    yield from places(one)

        predicate = self.predicates[name]
        below = [predicate.get("not"), predicate.get("body"), *predicate.get("of", [])]
        below += [*predicate.get("and", []), *predicate.get("or", [])]
        inner = {entry for one in below if one is not None for entry in self.needs(one)}
        return (inner - {predicate.get("entry")}) | set(places(predicate))

    def predicate(self, statement: dict[str, Any], predicate: Any) -> dict[str, Any]:
        on = statement.get("on")
        at_hand = {name: tuple(path) for name, path in statement["entries"].items()}

        def below(names: list[str], negative: bool = False) -> list[tuple[dict[str, Any], bool]]:
            return [(self.about(one, at_hand, on), negative) for one in names]

        match predicate:
            case {"not": one}:
                return self.count(1, below([one], negative=True))
            case {"and": names}:
                return self.count(len(names), below(names))
            case {"or": names}:
                return self.count(1, below(names))
            case {"at_least": n, "of": names}:
                return self.count(int(n), below(names))
            case {"at_least": n, "list": place, "entry": entry, "body": body}:
                return self.listed(
                    int(n),
                    Reading({}, (), at_hand).place(place),
                    on,
                    lambda where: self.about(body, {**at_hand, entry: where}, on),
                )
        today, record = self.dated[-1 if on is None else on]
        reading = Looking(self.fields, record, today, at_hand)
        truth = reading.truth(predicate)
        facts = [self.fact(where, on) for where in sorted(reading.read, key=str)]
        return {"truth": truth, "by": "read", "premises": facts}

    def listed(
        self, n: int, where: Steps, on: int | None, body: Callable[[Steps], dict[str, Any]]
    ) -> dict[str, Any]:
        known = held(self.dated[-1 if on is None else on][1], where)
        length = self.fact(where, on)
        if known is None:
            truth = ("true", "enough") if n <= 0 else ("unknown", "unlisted")
            return {"truth": truth[0], "by": truth[1], "premises": [length]}
        return self.count(n, [(body((*where, i)), False) for i in range(len(known))], length)

    def fact(self, where: Steps | str, on: int | None) -> int:
        today, record = self.dated[-1 if on is None else on]
        dated = {} if on is None else {"on": on}
        if where == "today":
            return self.state({"today": today, **dated})
        steps = tuple(where)
        value = fact(type_of(self.fields, steps), held(record, steps))
        return self.state({"given": list(steps), "value": value, **dated})
