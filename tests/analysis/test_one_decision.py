"""Questions about one decision, against trying every value of every set of unknown values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import combinations, product
import math
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
import small
from small import TODAY

import policylang
from policylang import Decision, Outcome, Policy
from policylang.analysis.counterfactual import counterfactual
from policylang.analysis.settling import settle

UNDETERMINED = Outcome.UNDETERMINED


def loaded(written: list[str]) -> Policy | None:
    try:
        return policylang.loads(small.DECLARATIONS + "\n".join(written))
    except policylang.PolicyError:
        return None  # absence would permit


def subsets(items: list[str]) -> list[frozenset[str]]:
    return [frozenset(one) for size in range(len(items) + 1) for one in combinations(items, size)]


@settings(max_examples=max(60, settings().max_examples))
@given(st.lists(small.rules, min_size=1, max_size=3), small.records())
def test_what_is_missing_and_what_is_possible_is_what_trying_finds(
    written: list[str], data: dict[str, Any]
) -> None:
    """`missing`, `settle` and `possible` equal brute force over all values of all sets of unknown values."""
    policy = loaded(written)
    if policy is not None:
        _compare_with_trying(policy, written, data)


def test_an_absence_ends_when_a_value_is_given() -> None:
    """What is true because something is missing does not stay so beside a value of it."""
    policy = loaded(["a is missing and t.m.x > a -> forbid gate"])
    assert policy is not None
    decision = policy.decide({}, today=TODAY)
    assert decision["gate"] is UNDETERMINED
    assert decision.possible("gate") == (Outcome.PERMITTED,)
    assert decision.missing("gate") == (("a",),)


def test_a_date_that_nothing_tells_apart_may_be_any() -> None:
    """Without a today there is no day to try first."""
    head = "record { b: bool, d: date, e: date } action go: permitted unless forbidden"
    policy = policylang.loads(f"{head} d is missing and b -> forbid go d <= e -> forbid go")
    assert set(policy.decide({}).possible("go")) == {Outcome.PERMITTED, Outcome.FORBIDDEN}


def test_more_values_may_settle_less_where_an_absence_counts() -> None:
    """`h` settles it as long as `a` is missing, and no longer once `a` is known too."""
    policy = loaded(["a is missing or unsaid -> require graded >= middle and b for gate"])
    assert policy is not None
    data = {"b": True, "g": {"k": 2}}
    assert policy.settle(data, action="gate", today=TODAY, surely=True) == (("h",),)


@pytest.mark.parametrize(("one", "other"), list(combinations("abcdefg", 2)))
def test_a_value_is_one_of_many_members_and_no_other(one: str, other: str) -> None:
    """No value is two members at once, wherever the two stand among those that rules tell apart."""
    told_apart = "".join(f"kind = {member} and flag -> forbid go\n" for member in "abcdefg")
    policy = policylang.loads(
        "set letter: a, b, c, d, e, f, g\nrecord { kind: letter, flag: bool }\n"
        "action go: permitted unless forbidden\n"
        f"{told_apart}not (kind = {one}) -> forbid go\nnot (kind = {other}) -> forbid go\n"
    )
    decision = policy.decide({}, today=TODAY)
    assert decision["go"] is UNDETERMINED
    assert decision.possible("go") == (Outcome.FORBIDDEN,)
    assert settle(decision, "go", surely=True) == (("kind",),)
    assert policy.decide({"kind": one}, today=TODAY).possible("go") == (Outcome.FORBIDDEN,)


between = st.builds("{} -> forbid gate".format, small.conditions(small.BETWEEN))


@settings(max_examples=max(80, settings().max_examples))
@given(between, small.blurred_records())
def test_bounds_are_read_as_the_evaluator_reads_them(written: str, data: dict[str, Any]) -> None:
    """The same where several values are compared, of which some are bounded and some given."""
    policy = loaded([written])
    if policy is not None:
        _compare_with_trying(policy, [written], data)


@settings(max_examples=max(40, settings().max_examples))
@given(
    st.lists(st.one_of(small.latching_rules, small.rules), min_size=1, max_size=3),
    st.one_of(small.records(), small.blurred_records()),
    st.one_of(small.records(), small.blurred_records()),
)
def test_the_past_counts_in_a_history(
    written: list[str], earlier: dict[str, Any], data: dict[str, Any]
) -> None:
    """The same in a history, where prohibitions stay that an earlier record brought about."""
    policy = loaded(written)
    if policy is not None:
        _compare_with_trying(policy, written, data, (small.BEFORE, earlier))


def _compare_with_trying(
    policy: Policy,
    written: list[str],
    data: dict[str, Any],
    earlier: tuple[date, dict[str, Any]] | None = None,
) -> None:
    unknown = small.unknown(data, written)
    if math.prod(len(domain) + 1 for domain in unknown.values()) > 2000:
        return
    past = [earlier] if earlier else []

    def decide(record: dict[str, Any]) -> Decision:
        return policy.decide_history([*past, (TODAY, record)])[-1]

    decision = decide(data)
    found = {
        chosen: small.outcomes(decide, data, {path: unknown[path] for path in unknown if path in chosen})
        for chosen in subsets(list(unknown))
    }
    for action in policy.actions:
        deciding = [chosen for chosen, by in found.items() if by[action] - {UNDETERMINED}]
        expected = small.minimal(deciding) if decision[action] is UNDETERMINED else set()
        ways = decision.missing(action)
        assert {frozenset(way) for way in ways} == expected, (data, action)
        assert len(set(ways)) == len(ways)
        assert [len(way) for way in ways] == sorted(len(way) for way in ways)
        everything = found[frozenset(unknown)][action]
        assert set(decision.possible(action)) == everything
        assert settle(decision, action, surely=False) == ways
        certain = [chosen for chosen, by in found.items() if UNDETERMINED not in by[action]]
        expected = small.minimal(certain) if decision[action] is UNDETERMINED else set()
        surely = settle(decision, action, surely=True)
        assert {frozenset(way) for way in surely} == expected, (data, action)


@settings(max_examples=max(60, settings().max_examples))
@given(st.lists(small.rules, min_size=1, max_size=3), small.records())
def test_reasons_are_what_keeping_some_facts_alone_finds(written: list[str], data: dict[str, Any]) -> None:
    """`reasons` equals brute force over all sets of facts, with the rest of them missing.

    Where a policy asks `is missing`, each set has to stand whatever the rest says.
    """
    policy = loaded(written)
    if policy is None:
        return
    decision = policy.decide(data, today=TODAY)
    facts = small.facts(data)
    for action in policy.actions:
        found = [frozenset(one) for one in decision.reasons(action)]
        if decision[action] is UNDETERMINED:
            assert not found
            continue
        assert found
        assert small.minimal(found) == set(found)
        assert [len(one) for one in found] == sorted(len(one) for one in found)
        for one in found:
            for rest in small.others(data, one):
                assert policy.decide(rest, today=TODAY)[action] is decision[action], (one, rest)
        if not any("missing" in rule for rule in written):
            used = sorted({fact for one in found for fact in one})
            deciding = [
                chosen
                for chosen in subsets(used)
                if policy.decide(small.only(data, chosen), today=TODAY)[action] is decision[action]
            ]
            assert small.minimal(deciding) == set(found), (written, data, action)
            outside = small.only(data, frozenset(facts) - set(used))
            if frozenset() not in found:
                assert policy.decide(outside, today=TODAY)[action] is not decision[action]


@settings(max_examples=max(25, settings().max_examples // 2))
@given(
    st.one_of(
        st.lists(st.one_of(small.rules, small.latching_rules), min_size=1, max_size=3),
        st.lists(between, min_size=1, max_size=1),
    ),
    st.one_of(small.records(), small.blurred_records()),
    st.sampled_from([1, 3, 0.5]),
    st.one_of(st.none(), small.records()),
)
def test_the_cheapest_changes_are_the_cheapest_of_all(
    written: list[str], data: dict[str, Any], weight: float, earlier: dict[str, Any] | None
) -> None:
    """`counterfactual` equals brute force over all changes of adjustable fields, cheapest first."""
    policy = loaded(written)
    if policy is None:
        return
    costs = {"a": weight, "t.m.x": 2}
    changes = sorted(small.changes(data, costs, written), key=lambda one: one[0])
    past = [(small.BEFORE, earlier)] if earlier else []

    def decide(record: dict[str, Any]) -> Decision:
        return policy.decide_history([*past, (TODAY, record)])[-1]

    decision = decide(data)
    for action, cheapest in _cheapest(decide, changes, ("gate", "closed")).items():
        found = counterfactual(decision, action, costs)
        assert found.is_possible == (cheapest is not None), (written, data, action)
        assert found.outcome is decision[action]
        if cheapest is not None:
            assert found.cost == cheapest, (written, data, action, found)
            assert decide(found.record)[action] is Outcome.PERMITTED
            made = data
            for change in found.changes:
                assert change.new is not None
                assert small.at(data, small.steps_of(change.path)) == change.old != change.new
                made = small.put(made, small.steps_of(change.path), change.new)
            assert made == found.record
        elif found.in_the_way:
            for rest in small.others(data, frozenset(found.in_the_way)):
                assert decide(rest)[action] is not Outcome.PERMITTED


def _cheapest(
    decide: Callable[[dict[str, Any]], Decision],
    changes: list[tuple[float, dict[str, Any]]],
    actions: tuple[str, ...],
) -> dict[str, float | None]:
    """Return what the first changes cost that permit each action, None where none do."""
    found: dict[str, float | None] = dict.fromkeys(actions)
    for cost, made in changes:
        decision = decide(made)
        for action, cheapest in found.items():
            if cheapest is None and decision.outcomes[action] is Outcome.PERMITTED:
                found[action] = cost
        if None not in found.values():
            break
    return found


@st.composite
def independent(draw: st.DrawFn) -> str:
    """Draw a condition no two of whose parts read one field, and none an adjustable one."""
    found = ""
    for atom in draw(st.permutations(list(small.FIXED)))[: draw(st.integers(1, 4))]:
        part = draw(st.sampled_from([atom, f"not ({atom})"]))
        found = f"({found} {draw(st.sampled_from(['and', 'or']))} {part})" if found else part
    return found


@given(independent(), small.records())
def test_no_fact_in_the_way_can_be_left_out(condition: str, data: dict[str, Any]) -> None:
    """The facts in the way rule the action out, and no fewer of them do.

    So it is where each part of a condition can come out as it likes, apart from the others.
    """
    policy = loaded([f"{condition} -> forbid gate"])
    assert policy is not None
    found = policy.counterfactual(data, action="gate", today=TODAY)

    def is_ruled_out_by(facts: set[str]) -> bool:
        domains = {path: small.DOMAINS[path] for path in small.FIXED.values() if path not in facts}
        made = small.filled(data, domains)
        return all(policy.decide(one, today=TODAY)["gate"] is not Outcome.PERMITTED for one in made)

    if not found.is_possible:
        facts = set(found.in_the_way)
        assert is_ruled_out_by(facts)
        for fact in facts:
            assert not is_ruled_out_by(facts - {fact})


@pytest.mark.parametrize("most", [6, 99])
@pytest.mark.parametrize("known", range(4))
@pytest.mark.parametrize("unknown", [5, 9])
def test_counts_of_many_entries_are_what_counting_finds(known: int, unknown: int, most: int) -> None:
    """Between 5 and so many entries forbid: what is possible and what settles it follows from the numbers."""
    policy = loaded([f"at least 5 item (f) and at most {most} item (f) -> forbid gate"])
    assert policy is not None
    data = {"items": [{"f": True, "e": "low"}] * known + [{"e": "low"}] * unknown}
    decision = policy.decide(data, today=TODAY)

    def outcome(low: int, high: int) -> Outcome:
        if low > most or high < 5:
            return Outcome.PERMITTED
        return Outcome.FORBIDDEN if low >= 5 and high <= most else UNDETERMINED

    def outcomes(given: int) -> set[Outcome]:
        return {outcome(known + true, known + true + unknown - given) for true in range(given + 1)}

    assert decision["gate"] is outcome(known, known + unknown) is UNDETERMINED
    assert set(decision.possible("gate")) == outcomes(unknown)
    paths = [f"items[{known + place}].f" for place in range(unknown)]
    assert settle(decision, "gate", surely=True) == (tuple(paths),)
    fewest = next(given for given in range(unknown + 1) if outcomes(given) - {UNDETERMINED})
    ways = settle(decision, "gate", surely=False)
    if unknown == 5 or most == 99:  # more sets with both limits at once are past those of the search
        assert set(ways) == set(combinations(paths, fewest))
    assert all(len(way) >= fewest for way in ways)


MIXED = ["a >= middle", "a = low", "t.m.x > a", "b", "g.c = m", "word", "done = today", "unsaid"]
READ = ["a", "b", "t.m.x", "g.c", "word", "done"]
LISTED = """
    set s: m, n
    record {
      level: number adjustable, base: number, ok: bool adjustable
      items: list of item { f: bool, c: s }
    }
    action go: permitted unless forbidden
"""


@settings(max_examples=max(60, settings().max_examples))
@given(
    st.lists(
        st.builds("{} and {} -> forbid gate".format, small.conditions(MIXED), small.conditions(MIXED)),
        min_size=1,
        max_size=2,
    ),
    small.records(),
)
def test_the_facts_in_the_way_are_a_core(written: list[str], data: dict[str, Any]) -> None:
    """With them, and whatever all other values are, the action is not permitted.

    Of the facts that keep one rule in force none can be left out.
    """
    policy = loaded(written)
    assert policy is not None
    found = policy.counterfactual(data, action="gate", today=TODAY)
    if found.is_possible:
        return

    def is_ruled_out_by(facts: set[str]) -> bool:
        made = small.filled(data, {path: small.DOMAINS[path] for path in READ if path not in facts})
        return all(policy.decide(one, today=TODAY)["gate"] is not Outcome.PERMITTED for one in made)

    facts = set(found.in_the_way)
    assert is_ruled_out_by(facts)
    for fact in facts if len(written) == 1 else ():
        assert not is_ruled_out_by(facts - {fact}), fact


@pytest.mark.parametrize(
    ("rule", "data", "facts"),
    [
        ("level + base > 3 -> forbid go", {"level": 1}, ("base",)),
        ("level >= 0 and level + base < 3 -> forbid go level < 0 -> forbid go", {"base": 1}, ()),
        ("no item (f) and ok -> forbid go not ok -> forbid go", {"items": [], "ok": False}, ("items",)),
        ("any item (f) and ok -> forbid go not ok -> forbid go", {"items": [{"f": True}, {"f": True}]}, None),
        ("fewer than 2 item (c = m) or not ok -> forbid go", {"items": [{"f": True}]}, ("items",)),
        ("no item (c = m) or ok -> forbid go", {"items": [{"c": "n"}]}, ("items", "items[0].c")),
        ("no item (c = m) or ok -> forbid go", {}, ("items",)),
        ("no item (c = m) or base > 2 -> forbid go", {"items": [], "base": 3}, ("items",)),
    ],
)
def test_the_facts_in_the_way_of_lists_and_sums(rule: str, data: dict[str, Any], facts: Any) -> None:
    policy = policylang.loads(LISTED + rule)
    found = policy.counterfactual(data, action="go", today=TODAY)
    assert found.is_possible == (facts == ())
    if facts is not None:
        assert found.in_the_way == facts


@pytest.mark.parametrize("cost", [0, -1, math.inf, math.nan, True, "2", None])
def test_a_cost_that_is_no_number_above_zero_is_refused(cost: Any) -> None:
    """As it was given, however far the level is moved."""
    policy = loaded(["a > low -> forbid gate"])
    assert policy is not None
    for given_cost in ({"a": cost}, lambda *_: cost):
        with pytest.raises(ValueError, match=re.escape(f"above 0, not {cost!r}")):
            policy.counterfactual({"a": "high"}, action="gate", today=TODAY, cost=given_cost)


COSTS = """
    set m: x, y
    record {
      a: bool adjustable, b: bool, t: per m { v: bool adjustable }, items: list of item { c: bool adjustable }
    }
    action go: permitted unless forbidden
    rule both: a and b -> forbid go
"""


@pytest.mark.parametrize("data", [{"a": False}, {"a": True, "b": True}, {}, {"b": False}])
@pytest.mark.parametrize(
    ("cost", "error", "says"),
    [
        (
            {"zzz": 1},
            ValueError,
            "`zzz`, which is no adjustable field (there is `a`, `t.x.v`, `t.y.v`, `item",
        ),
        ({"a": 1, "b": 1}, ValueError, "`b`, which is no adjustable field (there"),
        ({"t.v": 1}, ValueError, "`t.v`, which is no adjustable field (did you mean `t.y.v` or `t.x.v`?)"),
        ({"items": 1}, ValueError, "`items`, which is no adjustable field"),
        ({"items[01].c": 1}, ValueError, "`items[01].c`, which is no adjustable field"),
        ({"t.x.v": 0}, ValueError, "the cost of changing t.x.v has to be a number above 0, not 0"),
        ({"t.x.v": 10**400}, ValueError, "the cost of changing t.x.v has to be a number up to 1e+100"),
        ({"t.x.v": 1.7e308}, ValueError, "the cost of changing t.x.v has to be a number up to 1e+100"),
        ({1: 1}, TypeError, "a path in cost is a text, not 1"),
        (5, TypeError, "cost is a mapping from paths to numbers, a function"),
    ],
)
def test_a_cost_is_checked_whether_it_is_needed_or_not(cost: Any, error: Any, says: str, data: Any) -> None:
    with pytest.raises(error, match=re.escape(says)):
        policylang.loads(COSTS).counterfactual(data, action="go", cost=cost)


def test_no_cost_is_given_where_no_field_is_adjustable() -> None:
    policy = policylang.loads(
        "record { a: bool } action go: permitted unless forbidden rule r: a -> forbid go"
    )
    with pytest.raises(ValueError, match=re.escape("(no field is adjustable)")):
        policy.counterfactual({}, action="go", cost={"a": 1})


def test_costs_are_given_in_tables_and_for_any_entry() -> None:
    found = policylang.loads(COSTS).counterfactual(
        {"a": True, "b": True}, action="go", cost={"a": 3, "t.y.v": 1, "items[0].c": 1, "items[12].c": 2}
    )
    assert [(one.path, one.cost) for one in found.changes] == [("a", 3)]


ENTRIES = """
    record { g: { k: bool, h: { l: bool } }, items: list of item { f: bool, e: bool } }
    action go: permitted unless forbidden
"""


@pytest.mark.parametrize(
    ("rule", "data", "reasons"),
    [
        ("any item (f is missing)", {"items": [{"f": True}, {}]}, {("items", "items[1].f")}),
        ("any item (f is missing)", {"items": [{}, {}]}, {("items", "items[0].f"), ("items", "items[1].f")}),
        ("g.h is missing and g.h.l is missing", {"g": {"k": True}}, {("g.h",)}),
        ("g is missing and g.h.l is missing", {}, {("g",)}),
        ("g.k and g.h is missing", {"g": {"k": True}}, {("g.k", "g.h")}),
    ],
)
def test_an_absence_inside_of_what_is_there_is_a_fact(rule: str, data: Any, reasons: Any) -> None:
    """A list that is known does not say that a value of its entries is missing."""
    policy = policylang.loads(f"{ENTRIES}\n{rule} -> forbid go")
    assert set(policy.decide(data).reasons("go")) == reasons


SHORT_LISTS = """
    record { b: bool, items: list of item { f: bool, e: bool adjustable } }
    action go: permitted unless forbidden
"""
INNER = ["f", "not e", "f and e", "e or b", "f is missing", "e is missing and f"]
COUNTS = ["any item", "no item", "every item", "at least 2 item", "exactly 1 item"]
counts = st.builds("{} ({})".format, st.sampled_from(COUNTS), st.sampled_from(INNER))
TRUTHS = (None, False, True)


@settings(max_examples=max(60, settings().max_examples))
@given(
    st.lists(small.joined(st.one_of(st.just("b"), counts)), min_size=1, max_size=2),
    st.lists(st.sampled_from(TRUTHS), min_size=5, max_size=5),
    st.integers(0, 2),
)
def test_questions_about_the_entries_of_a_list(
    conditions: list[str], drawn: list[bool | None], entries: int
) -> None:
    """Every answer is what deciding all records with as many entries says, absences in entries included."""
    try:
        policy = policylang.loads(SHORT_LISTS + "\n".join(f"{one} -> forbid go" for one in conditions))
    except policylang.PolicyError:
        return  # absence would permit
    paths = ["b", *(f"items[{place}].{field}" for place in range(entries) for field in "fe")]

    def decide(values: tuple[bool | None, ...]) -> Decision:
        known = {path: value for path, value in zip(paths, values, strict=True) if value is not None}
        items = [
            {field: known[f"items[{place}].{field}"] for field in "fe" if f"items[{place}].{field}" in known}
            for place in range(entries)
        ]
        return policy.decide({"items": items, **({"b": known["b"]} if "b" in known else {})})

    outcomes = {values: decide(values)["go"] for values in product(TRUTHS, repeat=len(paths))}
    now = tuple(drawn[: len(paths)])
    decision, outcome = decide(now), outcomes[now]

    def where(free: frozenset[str], *, given: bool) -> dict[tuple[bool | None, ...], Outcome]:
        """Return the outcomes of records that differ at these paths alone, where values are given if so."""
        return {
            values: found
            for values, found in outcomes.items()
            if all(
                (not given or value is not None) if path in free else value is old
                for path, value, old in zip(paths, values, now, strict=True)
            )
        }

    for reason in decision.reasons("go"):
        assert set(where(frozenset(paths) - set(reason), given=False).values()) == {outcome}
    unknown = [path for path, value in zip(paths, now, strict=True) if value is None]
    found = {chosen: set(where(chosen, given=True).values()) for chosen in subsets(unknown)}
    assert set(decision.possible("go")) == found[frozenset(unknown)]
    if outcome is UNDETERMINED:
        may = small.minimal([chosen for chosen, by in found.items() if by - {UNDETERMINED}])
        assert {frozenset(way) for way in decision.missing("go")} == may
        sure = small.minimal([chosen for chosen, by in found.items() if UNDETERMINED not in by])
        assert {frozenset(way) for way in settle(decision, "go", surely=True)} == sure
    changes = counterfactual(decision, "go")
    adjustable = subsets([path for path in paths if path.endswith("e")])
    costs = [len(one) for one in adjustable if Outcome.PERMITTED in where(one, given=True).values()]
    assert (changes.cost if changes.is_possible else None) == min(costs, default=None)
    if not changes.is_possible:
        rest = where(frozenset(paths) - set(changes.in_the_way), given=False)
        assert Outcome.PERMITTED not in rest.values()
