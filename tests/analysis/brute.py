"""Random policies of few enough records to try all of them, and what trying all of them finds.

A set of records is the bits of one integer, so that each question is a few operations on integers.
Nothing of `policylang.analysis` is used to find what is expected.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
import random
from typing import Any, NamedTuple

import attrs
from cuts import Cut, collect, region

import policylang
from policylang import Decision, Outcome, Policy, Truth
from policylang.analysis import check, compare
from policylang.core.predicates import Instance, Predicate
from policylang.language import checked as c

MAX_RECORDS = 2000
NAMES = {
    "PL301": "dead",
    "PL302": "swallowed",
    "PL303": "shadowed",
    "PL304": "never met",
    "PL305": "never overrides",
    "PL306": "conflict",
    "PL307": "never permitted",
    "PL308": "never forbidden",
    "PL310": "not lifted",
    "PL311": "never released",
    "PL316": "both ways",
    "PL321": "unconstrained",
    "PL322": "empty claim",
    "PL330": "refuted",
    "PL331": "loosens",
}
STRICTNESS = {Outcome.FORBIDDEN: 0, Outcome.UNDETERMINED: 1, Outcome.PERMITTED: 2}
LEVELS = ["low", "middle", "high", "top"]
NUMBERS = {1: [0, 1], 2: [0, 1, 1.5, 2, 3]}  # a value in each region, by the number of constants


class Field(NamedTuple):
    """A leaf of the record with a value in each region that rules can tell apart."""

    path: tuple[str, ...]
    kind: str
    values: tuple[Any, ...]
    adjustable: bool

    @property
    def text(self) -> str:
        return ".".join(self.path)


class Made(NamedTuple):
    """A policy's text in parts, its fields, and whether rules ask for absences."""

    head: list[str]
    rules: list[str]
    claims: list[str]
    fields: list[Field]

    @property
    def asks_absence(self) -> bool:
        return any("missing" in one for one in self.rules)

    @property
    def text(self) -> str:
        return "\n".join([*self.head, *self.rules, *self.claims])


# --- policies -------------------------------------------------------------------------------------


class Maker:
    """Makes one random policy."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(f"brute {seed}")
        self.fields: list[Field] = []
        self.has_table = False

    def made(self) -> Made:
        head = self._head()
        count = self.source.choice([1, 2, 2, 3, 3, 4])
        rules = [self.rule(place) for place in range(count)]
        claims = [self.claim() for _ in range(self.source.choice([0, 0, 1, 2]))]
        return Made(head, rules, claims, self.fields)

    def _head(self) -> list[str]:
        source, size, lines, scales = self.source, 1, [], set()
        limit = source.choice([30, 100, 300, 1000, MAX_RECORDS])
        while len(self.fields) < 7:
            kind = source.choice(["L2", "L3", "L4", "B", "B", "S", "N1", "N2", "T"])
            name, adjustable = f"f{len(self.fields)}", source.random() < 0.5
            word = " adjustable" if adjustable else ""
            if kind == "T" and not self.has_table and size * 9 <= limit:
                self.has_table = True
                for member in ("m", "n"):
                    self.fields.append(Field(("t", member, "x"), "L2", tuple(LEVELS[:2]), adjustable))
                lines.append(f"  t: per group {{ x: L2{word} }}")
                scales.add(2)
                size *= 9
                continue
            if kind == "T":
                kind = "B"
            values: tuple[Any, ...] = (False, True)
            type_ = "bool"
            if kind[0] == "L":
                values, type_ = tuple(LEVELS[: int(kind[1])]), kind
                scales.add(int(kind[1]))
            elif kind == "S":
                values, type_ = ("p", "q", "r"), "kind"
            elif kind[0] == "N":
                values, type_ = tuple(NUMBERS[int(kind[1])]), "number"
            if size * (len(values) + 1) > limit:
                break
            size *= len(values) + 1
            self.fields.append(Field((name,), kind, values, adjustable))
            lines.append(f"  {name}: {type_}{word}")
        if not self.fields:
            self.fields.append(Field(("f0",), "B", (False, True), True))
            lines.append("  f0: bool adjustable")
        declared = [f"scale L{n}: {' < '.join(LEVELS[:n])}" for n in sorted(scales)]
        body = "\n".join(lines)
        return [
            *declared,
            "set kind: p, q, r",
            "set group: m, n",
            f"record {{\n{body}\n}}",
            "action gate: permitted unless forbidden",
            "action closed: forbidden unless permitted",
            "action wide widens gate: forbidden unless permitted",
        ]

    def atom(self, *, absences: bool, table: bool) -> str:
        source = self.source
        field = source.choice(self.fields)
        path = field.text
        if field.path[0] == "t" and source.random() < 0.5:
            if table:
                path = "x"
            else:
                quantifier = source.choice(["any", "every", "no", "at least 2", "exactly 1"])
                return f"{quantifier} group (t.group.x {source.choice(['>=', '<', '='])} middle)"
        if absences and source.random() < 0.2:
            return f"{path} is missing"
        match field.kind:
            case "B":
                return source.choice([path, f"not {path}"])
            case "S":
                return source.choice([f"{path} = p", f"{path} != q", f"{path} in {{p, r}}", f"{path} = r"])
            case "N1":
                return f"{path} {source.choice(['>=', '<'])} 1"
            case "N2":
                return f"{path} {source.choice(['>= 1', '> 1', '< 2', '<= 2', '= 1', '!= 2'])}"
            case _:
                return self._level(field, path)

    def _level(self, field: Field, path: str) -> str:
        source = self.source
        others = [one for one in self.fields if one.kind == field.kind and one.path != field.path]
        if others and path != "x" and source.random() < 0.2:
            return f"{path} {source.choice(['>=', '<', '='])} {source.choice(others).text}"
        return f"{path} {source.choice(['>=', '>', '<', '<=', '=', '!='])} {source.choice(field.values)}"

    def condition(self, *, absences: bool = False, table: bool = False, depth: int = 2) -> str:
        source = self.source
        chance = source.random()
        if depth == 0 or chance < 0.3:
            return self.atom(absences=absences, table=table)
        if chance < 0.4:
            return f"not ({self.condition(depth=depth - 1)})"
        parts = [
            self.condition(absences=absences, table=table, depth=depth - 1)
            for _ in range(source.choice([2, 2, 3]))
        ]
        return "(" + source.choice([" and ", " or "]).join(parts) + ")"

    def rule(self, place: int) -> str:
        source = self.source
        table = self.has_table and source.random() < 0.5
        kinds = ["forbid", "forbid", "forbid", "require", "permit", "until", "unless", "overrides"]
        kind = source.choice(kinds)
        actions = source.choice(["gate", "gate and closed", "wide", "closed", "gate"])
        head = f"rule r{place}: "
        if kind == "permit":
            which = source.choice(["closed", "closed and wide", "wide", "gate"])
            return f"{head}{self.condition()} -> permit {which}"
        condition = self.condition(absences=True, table=table)
        match kind:
            case "require":
                return f"{head}{condition} -> require {self.condition(table=table)} for {actions}"
            case "until":
                release = source.choice([self.condition(), self._negated(condition)])
                return f"{head}{condition} -> forbid {actions} until {release}"
            case "unless":
                return f"{head}{condition} -> forbid {actions} unless {self.condition(table=table)}"
            case "overrides" if place > 0:
                return f"{head}{self.condition()} -> forbid gate and closed and wide overrides r{place - 1}"
            case _:
                return f"{head}{condition} -> forbid {actions}"

    def _negated(self, condition: str) -> str:
        return f"not ({condition})" if "missing" not in condition else self.condition()

    def claim(self) -> str:
        source = self.source
        action = source.choice(["gate", "closed", "wide"])
        ordered = [one for one in self.fields if one.kind[0] in "LN"]
        if ordered and source.random() < 0.4:
            direction = source.choice(["rises", "falls"])
            return f"always {action} tightens as {source.choice(ordered).text} {direction}"
        outcome = source.choice(["permitted", "forbidden", "undetermined", "not permitted"])
        return f"always {action} {outcome} when {self.condition()}"


def load(made: Made) -> Policy | None:
    """Return the policy, None where the language refuses it (absence would permit, overrides)."""
    try:
        return policylang.loads(made.text)
    except policylang.PolicyError:
        return None


# --- records --------------------------------------------------------------------------------------


class World:
    """All records of some fields, and what a policy says of each: sets of records are integers."""

    def __init__(self, policy: Policy, fields: list[Field]) -> None:
        self.policy = policy
        self.fields = fields
        self.choices = list(product(*((None, *field.values) for field in fields)))
        self.data = [self._record(values) for values in self.choices]
        self.decisions = [policy.decide(data) for data in self.data]
        self.all = (1 << len(self.choices)) - 1
        self.at: list[dict[Any, int]] = [{} for _ in fields]
        for place, values in enumerate(self.choices):
            for masks, value in zip(self.at, values, strict=True):
                masks[_key(value)] = masks.get(_key(value), 0) | 1 << place
        self._masks: dict[int, tuple[int, int]] = {}
        self.outcomes = {
            action: {
                outcome: sum(1 << i for i, one in enumerate(self.decisions) if one[action] is outcome)
                for outcome in Outcome
            }
            for action in policy.actions
        }

    def _record(self, values: tuple[Any, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for field, value in zip(self.fields, values, strict=True):
            if value is not None:
                at = data
                for step in field.path[:-1]:
                    at = at.setdefault(step, {})
                at[field.path[-1]] = value
        return data

    def masks(self, predicate: Predicate) -> tuple[int, int]:
        """Return on which records a predicate is true, and on which it is not false."""
        if id(predicate) not in self._masks:
            true = possible = 0
            for place, decision in enumerate(self.decisions):
                truth = decision.evaluator.evaluate(predicate)
                true |= (truth is Truth.TRUE) << place
                possible |= (truth is not Truth.FALSE) << place
            self._masks[id(predicate)] = (true, possible)
        return self._masks[id(predicate)]

    # --- check ------------------------------------------------------------------------------------

    def findings(self) -> set[tuple[str, ...]]:
        """Return what `check` has to find."""
        found: set[tuple[str, ...]] = set()
        instances: dict[str, list[Instance]] = {}
        for instance in self.policy.predicates.instances:
            instances.setdefault(instance.rule.label, []).append(instance)
        for label, own in instances.items():
            found |= self._of_rule(label, own)
        for action in self.policy.actions:
            found |= self._of_action(action)
        found |= set(self._of_claims())
        return found

    def _of_rule(self, label: str, own: list[Instance]) -> Iterator[tuple[str, ...]] | set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        if not any(self.masks(i.active)[0] for i in own):
            lives = any(self.masks(i.condition)[0] for i in own)
            return {("swallowed" if lives else "dead", label)}
        for place, effect in enumerate(own[0].effects):
            if effect.kind == "require":
                needed = [(i, i.effects[place].predicate) for i in own]
                if not any(self.masks(i.active)[0] & ~self.masks(p)[1] for i, p in needed):
                    found.add(("never met", label))
        for other in {o.rule.label for i in own for o in i.overriders}:
            if not any(self._meets(i, o) for i in own for o in i.overriders if o.rule.label == other):
                found.add(("never overrides", other))
        found |= self._release(label, own)
        if self._is_shadowed(label, own):
            found.add(("shadowed", label))
        return found

    def _meets(self, instance: Instance, other: Instance) -> int:
        """Return on which records a rule would be active and another overrides it."""
        met = self.masks(instance.condition)[0] & self.masks(other.active)[0]
        return met if instance.unless is None else met & ~self.masks(instance.unless)[1]

    def _release(self, label: str, own: list[Instance]) -> set[tuple[str, ...]]:
        effects = [e for i in own for e in i.effects if e.until is not None]
        if not effects:
            return set()
        releases = [self.masks(e.until)[0] for e in effects if e.until is not None]
        if not any(releases):
            return {("never released", label)}
        forbids = (self.masks(e.predicate)[1] for e in effects)
        return (
            {("not lifted", label)} if any(a & b for a, b in zip(releases, forbids, strict=True)) else set()
        )

    def _is_shadowed(self, label: str, own: list[Instance]) -> bool:
        """Return whether without a rule that says something all others say the same."""
        if any(o.rule.label == label for i in self.policy.predicates.instances for o in i.overriders):
            return False
        says = 0
        for action in self.policy.predicates.actions:
            for kinds in [("forbid", "require")] + ([] if action.permitted else [("permit",)]):
                true = possible = other_true = other_possible = 0
                for instance in self.policy.predicates.instances:
                    for effect in instance.effects:
                        if effect.kind in kinds and action.name in effect.actions:
                            t, p = self.masks(effect.predicate)
                            if instance.rule.label == label:
                                true, possible = true | t, possible | p
                            else:
                                other_true, other_possible = other_true | t, other_possible | p
                if true & ~other_true or possible & ~other_possible:
                    return False
                says |= possible
        return says != 0 and all(e.until is None for i in own for e in i.effects)

    def _of_action(self, name: str) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        outcomes = self.outcomes[name]
        if not self.policy.is_constrained(name):
            return {("unconstrained", name)}
        found |= {("never permitted", name)} if not outcomes[Outcome.PERMITTED] else set()
        found |= {("never forbidden", name)} if not outcomes[Outcome.FORBIDDEN] else set()
        sides = {"permit": 0, "forbid": 0, "require": 0}
        for instance in self.policy.predicates.instances:
            for effect in instance.effects:
                if name in effect.actions:
                    sides[effect.kind] |= self.masks(effect.predicate)[0]
        if sides["permit"] & sides["forbid"]:
            found.add(("conflict", name))
        for place, field in enumerate(self.fields):
            if field.adjustable and field.kind[0] in "LN":
                pairs = [(low[name], high[name]) for low, high in self._pairs(place)]
                permits = {(a is Outcome.PERMITTED, b is Outcome.PERMITTED) for a, b in pairs}
                if {(True, False), (False, True)} <= permits:
                    found.add(("both ways", name, field.text))
        return found

    def _pairs(self, place: int) -> Iterator[tuple[Decision, Decision]]:
        """Yield what is decided of records that differ in one value, the lower one first."""
        step = 1
        for field in self.fields[place + 1 :]:
            step *= len(field.values) + 1
        size = len(self.fields[place].values) + 1
        for at, _ in enumerate(self.choices):
            rank = at // step % size
            if rank:
                for higher in range(rank + 1, size):
                    yield self.decisions[at], self.decisions[at + (higher - rank) * step]

    def _of_claims(self) -> Iterator[tuple[str, ...]]:
        for claim in self.policy.claims:
            match claim:
                case c.OutcomeClaim(action, outcome):
                    holds = self._claimed(claim)
                    expected = self.outcomes[action]
                    said = (
                        self.all & ~expected[Outcome.PERMITTED]
                        if outcome == "not permitted"
                        else expected[Outcome(outcome)]
                    )
                    if holds & ~said:
                        yield "refuted", claim.text
                    elif not holds:
                        yield "empty claim", claim.text
                case c.TightensClaim(action, path, rises):
                    steps = tuple(map(str, path.steps))
                    place = next(i for i, field in enumerate(self.fields) if field.path == steps)
                    for low, high in self._pairs(place):
                        change = STRICTNESS[high[action]] - STRICTNESS[low[action]]
                        if change > 0 if rises else change < 0:
                            yield "loosens", claim.text
                            break
                case _:
                    raise AssertionError("no other claims are made")

    def _claimed(self, claim: c.OutcomeClaim) -> int:
        """Return on which records the condition of a claim is true: as that of a rule of its own."""
        text = claim.text.split(" when ", 1)[1]
        rule = f'{self.policy.text}\nrule own_claim: {text} -> warn "claimed"'
        twin = policylang.loads(rule)
        own = [i.active for i in twin.predicates.instances if i.rule.label == "own_claim"]
        found = 0
        for place, data in enumerate(self.data):
            evaluator = twin.decide(data).evaluator
            found |= any(evaluator.evaluate(one) is Truth.TRUE for one in own) << place
        return found

    # --- one decision -----------------------------------------------------------------------------

    def agreeing(self, place: int, fields: Any) -> int:
        """Return the records that have the same as one record, absences too, at some fields."""
        found = self.all
        for i in fields:
            found &= self.at[i][_key(self.choices[place][i])]
        return found

    def present(self, fields: Any) -> int:
        found = self.all
        for i in fields:
            found &= ~self.at[i].get(_key(None), 0)
        return found

    def reasons(self, place: int, action: str) -> set[frozenset[str]]:
        """Return each minimal set of fields whose content gives the outcome whatever the rest is."""
        outcome = self.decisions[place][action]
        if outcome is Outcome.UNDETERMINED:
            return set()
        other = self.all & ~self.outcomes[action][outcome]
        return self._minimal(range(len(self.fields)), lambda s: not self.agreeing(place, s) & other)

    def settling(self, place: int, action: str, *, surely: bool) -> set[frozenset[str]]:
        """Return each minimal set of absent fields some of whose values (all of whose) decide an action."""
        if self.decisions[place][action] is not Outcome.UNDETERMINED:
            return set()
        absent = [i for i, value in enumerate(self.choices[place]) if value is None]
        open_ = self.outcomes[action][Outcome.UNDETERMINED]

        def settles(chosen: tuple[int, ...]) -> bool:
            rest = [i for i in range(len(self.fields)) if i not in chosen]
            reached = self.agreeing(place, rest) & self.present(chosen)
            return not reached & open_ if surely else bool(reached & ~open_)

        return self._minimal(absent, settles)

    def possible(self, place: int, action: str) -> set[Outcome]:
        """Return the outcomes of all completions."""
        absent = [i for i, value in enumerate(self.choices[place]) if value is None]
        known = [i for i, value in enumerate(self.choices[place]) if value is not None]
        reached = self.agreeing(place, known) & self.present(absent)
        return {outcome for outcome, mask in self.outcomes[action].items() if mask & reached}

    def cheapest(self, place: int, action: str) -> float | None:
        """Return what the cheapest changes of adjustable fields cost that permit an action."""
        own = self.choices[place]
        fixed = [i for i, field in enumerate(self.fields) if not field.adjustable]
        kept = [i for i, f in enumerate(self.fields) if f.adjustable and own[i] is not None]
        reached = self.agreeing(place, fixed) & self.present(kept)
        reached &= self.outcomes[action][Outcome.PERMITTED]
        costs = []
        while reached:
            at = reached.bit_length() - 1
            reached ^= 1 << at
            pairs = zip(self.fields, own, self.choices[at], strict=True)
            costs.append(sum(_distance(f, a, b) for f, a, b in pairs if _key(a) != _key(b)))
        return min(costs, default=None)

    def _minimal(self, fields: Any, holds: Any) -> set[frozenset[str]]:
        found: list[frozenset[int]] = []
        for size in range(len(fields) + 1):
            for chosen in combinations(fields, size):
                if not any(one <= frozenset(chosen) for one in found) and holds(chosen):
                    found.append(frozenset(chosen))
        return {frozenset(self.fields[i].text for i in one) for one in found}


def _key(value: Any) -> tuple[str, Any]:
    return (type(value).__name__ if isinstance(value, bool) else "", value)


def _distance(field: Field, old: Any, new: Any) -> int:
    if field.kind[0] != "L":
        return 1
    ranks = range(len(field.values)) if old is None else [field.values.index(old)]
    return max(1, *(abs(field.values.index(new) - rank) for rank in ranks))


# --- the comparison -------------------------------------------------------------------------------


@attrs.frozen
class Compared:
    """How much of one policy was compared."""

    records: int
    findings: int
    verdict: str


def compared(seed: int) -> Compared | None:
    """Compare all answers on one policy with trying all records; None for a text that is refused."""
    made = Maker(seed).made()
    policy = load(made)
    if policy is None:
        return None
    world = World(policy, made.fields)
    source = random.Random(f"rest {seed}")
    expected = world.findings()
    found = {_found(one) for one in check(policy, time_limit=None) if one.code in {*NAMES, "PL390"}}
    untimed = {one.rule.label for one in policy.predicates.instances if not _latches(one)}
    expected = {x for x in expected if x[0] != "shadowed" or x[1] in untimed}
    found = {x for x in found if x[0] != "shadowed" or x[1] in untimed}
    assert found == expected, (found ^ expected, made.text)
    for _ in range(3):
        _compare_one_decision(world, source.randrange(len(world.choices)), made)
    verdict = _compare_mutant(world, made, source)
    return Compared(len(world.choices), len(expected), verdict)


def _latches(instance: Instance) -> bool:
    return any(effect.until is not None for effect in instance.effects)


def _found(one: Any) -> tuple[str, ...]:
    assert one.code != "PL390", one.message
    name = NAMES[one.code]
    match name:
        case "both ways":
            return name, one.action, one.message.split("`")[1]
        case "refuted" | "loosens":
            return name, one.message.split(": ")[0]
        case "empty claim":
            return name, one.message.split(": ", 1)[1]
        case _:
            return name, one.action or one.rules[0]


def _compare_one_decision(world: World, place: int, made: Made) -> None:
    policy, decision, data = world.policy, world.decisions[place], world.data[place]
    for action in policy.actions:
        told = (made.text, data, action)
        reasons = [frozenset(one) for one in decision.reasons(action)]
        expected = world.reasons(place, action)
        if made.asks_absence:
            names = {field.text: i for i, field in enumerate(world.fields)}
            other = world.all & ~world.outcomes[action][decision[action]]
            for one in reasons:
                assert not world.agreeing(place, [names[x] for x in one]) & other, told
            assert bool(reasons) == bool(expected), told
        else:
            assert set(reasons) == expected, (reasons, expected, told)
        for surely in (False, True):
            ways = {frozenset(one) for one in policy.settle(data, action=action, surely=surely)}
            assert ways == world.settling(place, action, surely=surely), (surely, ways, told)
        assert set(decision.possible(action)) == world.possible(place, action), told
        changes = policy.counterfactual(data, action=action)
        cheapest = world.cheapest(place, action)
        assert changes.is_possible == (cheapest is not None), (changes, cheapest, told)
        if cheapest is not None:
            assert changes.cost == cheapest, (changes, cheapest, told)
            assert policy.decide(changes.record)[action] is Outcome.PERMITTED, told


VERDICTS = {
    (False, False): "equivalent",
    (True, False): "looser",
    (False, True): "stricter",
    (True, True): "incomparable",
}


def _compare_mutant(world: World, made: Made, source: random.Random) -> str:
    """Compare with the same policy, one of its rules changed for another one's."""
    maker = Maker(source.randrange(10**9))
    maker.fields, maker.has_table = made.fields, any(f.path[0] == "t" for f in made.fields)
    rules = list(made.rules)
    place = source.randrange(len(rules))
    rules[place] = maker.rule(place)
    new = load(made._replace(rules=rules, claims=[]))
    if new is None:
        return "refused"
    after = World(new, made.fields)
    comparison = compare(world.policy, new, time_limit=None)
    for one in comparison.actions:
        told = (made.text, rules[place], one)
        changes = [
            STRICTNESS[b[one.action]] - STRICTNESS[a[one.action]]
            for a, b in zip(world.decisions, after.decisions, strict=True)
        ]
        looser, stricter = sum(x > 0 for x in changes), sum(x < 0 for x in changes)
        assert one.verdict == VERDICTS[looser > 0, stricter > 0], told
        if one.counts is not None:
            assert one.counts.looser is not None and one.counts.stricter is not None, told
            assert one.counts.total is not None
            places = _one_of_each_region(world, after)
            looser, stricter = (sum(sign * changes[i] > 0 for i in places) for sign in (1, -1))
            assert (one.counts.looser * len(places), one.counts.stricter * len(places)) == (
                looser * one.counts.total,
                stricter * one.counts.total,
            ), told
    return comparison.verdict


def _one_of_each_region(before: World, after: World) -> list[int]:
    """Return the places of the records that have the first number of each region that both tell apart."""
    cuts: dict[tuple[str, ...], set[Cut]] = {}
    for policy in (before.policy, after.policy):
        for instance in policy.predicates.instances:
            for effect in instance.effects:
                collect(effect.predicate, cuts, set())
    kept = []
    for field in before.fields:
        numbers: dict[int, Any] = {}
        if field.kind[0] == "N":
            for value in field.values:
                numbers.setdefault(region(value, cuts.get(field.path, set())), value)
        kept.append({None, *(numbers.values() if numbers else field.values)})
    places = enumerate(before.choices)
    return [i for i, values in places if all(v in own for v, own in zip(values, kept, strict=True))]
