"""Records are drawn at and around what a policy can see, and shrink to what an author calls small."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
import math
from random import Random
from typing import Any

from hypothesis import Phase, find, given, note, settings
from hypothesis import strategies as st
import pytest
from shipped import policy_of

import policylang
from policylang.core.evaluator import Evaluator
from policylang.language import schema as types
from policylang.language.library import shipped
from policylang.testing import cases, near, policies, records
from policylang.testing.goals import wishes
from policylang.testing.strategies import sampler_of

TODAY = date(2026, 1, 1)
SEARCH = settings(phases=[Phase.generate, Phase.shrink], max_examples=2000, deadline=None, database=None)

TYPES = """
policy seen
scale Risk: Low < Medium < High < Critical
set category: cyber, cbrn
role lead, other
record {
  rate: number  other_rate: number  level: Risk  evaluated_on: past date  due: date  name: text  ok: bool
  word: attestation by lead within 90 days
  scores: per category { score: Risk  checks: list of check { passed: bool } }
  incidents: list of incident { id: text key  severity: Risk  cost: number }
  team: { size: number }
}
action deploy: permitted unless forbidden
"""


def smallest(policy: policylang.Policy, wanted: Any, **options: Any) -> Any:
    return find(records(policy, today=TODAY, **options), wanted, settings=SEARCH)


def drawn(policy: policylang.Policy, wanted: Any) -> bool:
    """Return whether a record of the wanted kind is drawn at all; `find` fails when none is."""
    return smallest(policy, wanted) is not None


@pytest.fixture(scope="module", params=shipped())
def policy(request: pytest.FixtureRequest) -> policylang.Policy:
    return policy_of(request.param)


@settings(max_examples=20)
@given(st.data())
def test_records_of_the_shipped_policies_are_valid(policy: policylang.Policy, data: st.DataObject) -> None:
    """Every record that is drawn is one that the policy decides."""
    record, today = data.draw(cases(policy, complete=data.draw(st.booleans())))
    policy.decide(record, today=today)


@given(st.data(), policies())
def test_records_of_any_policy_are_valid(data: st.DataObject, policy: policylang.Policy) -> None:
    """Every record that is drawn is one that the policy decides, whatever the policy."""
    record, today = data.draw(cases(policy, complete=data.draw(st.booleans())))
    note(repr(record))
    policy.decide(record, today=today)


@settings(max_examples=20)
@given(st.data())
def test_aims_are_met_in_the_shipped_policies(policy: policylang.Policy, data: st.DataObject) -> None:
    """A record drawn within an aim has the truths that were wished for."""
    check_aim(policy, data)


@given(st.data(), policies())
def test_aims_are_met_in_any_policy(data: st.DataObject, policy: policylang.Policy) -> None:
    """A record drawn within an aim has the truths that were wished for, whatever the policy."""
    check_aim(policy, data)


def check_aim(policy: policylang.Policy, data: st.DataObject) -> None:
    complete = data.draw(st.booleans())
    aims = sampler_of(policy, complete=complete).aims(TODAY)
    number = data.draw(st.integers(0, 4 * len(aims.wishes)))
    aim = aims[number]
    note(f"{number}: {aim}")
    if aim is None:
        return
    record = aims.plan.draw(data.draw, aim)
    goals = aims.wishes[number % len(aims.wishes)](Random(number))
    evaluator = Evaluator(policy.record(record), TODAY)
    assert [evaluator.evaluate(node) for node, _ in goals] == [truth for _, truth in goals], record


def test_aims_find_both_outcomes_of_every_action_that_has_both() -> None:
    """The shipped policies permit and forbid each constrained action for some record; so the aims do."""
    for name in ("preparedness_beta", "strict_mitigation", "small_lab", "anthropic_rsp_2_2"):
        policy = policy_of(name)
        aims = sampler_of(policy).aims(TODAY)
        kinds = 3  # permitted, forbidden, undetermined: the first wishes
        found = [aims[place] for place in range(kinds * len(policy.actions))]
        is_whole = [{p is not None for p in found[i : i + 2]} == {True} for i in range(0, len(found), kinds)]
        wanted = [report_permits(policy, action) for action in policy.actions]
        assert is_whole == wanted, name
        assert len(wishes(policy)) == len(aims.wishes)


def report_permits(policy: policylang.Policy, action: str) -> bool:
    """Return whether the exact analysis says that an action can be permitted and can be forbidden."""
    codes = {one.code for one in policylang.analysis.check(policy) if one.action == action}
    return not codes & {"PL311", "PL312", "PL313"}


# --- complete records ---------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.data())
def test_complete_records_lack_nothing(policy: policylang.Policy, data: st.DataObject) -> None:
    """All that is declared is there, exact and usable: only what the policy leaves open is open."""
    record, today = data.draw(cases(policy, complete=True))
    assert_whole(policy.schema.fields, record)
    decision = policy.decide(record, today=today)
    assert all(not decision.missing(action) for action in policy.actions)


def assert_whole(fields: tuple[types.Field, ...], record: Any) -> None:
    assert set(record) == {field.name for field in fields}
    for field in fields:
        value = record[field.name]
        match field.type:
            case types.Group(inner):
                assert_whole(inner, value)
            case types.Table(over, inner):
                assert set(value) == set(over.members)
                for row in value.values():
                    assert_whole(inner, row)
            case types.List(fields=inner):
                for entry in value:
                    assert_whole(inner, entry)
            case types.Attestation():
                assert value["holds"] in (True, False)
            case _:
                assert isinstance(value, str | int | float)


# --- around what is seen ------------------------------------------------------------------------


def around(number: float) -> list[float]:
    return [math.nextafter(number, -math.inf), number, math.nextafter(number, math.inf)]


@pytest.mark.parametrize(
    ("rule", "cut"),
    [
        ("rate >= 0.05", 0.05),
        ("rate in {0.3, 7}", 7.0),
        ("2 * rate - 1 < 0.5", 0.75),
        ("rate + team.size > 10", 10.0),
        ("graded >= High", 0.2),
    ],
)
def test_numbers_are_drawn_below_at_and_above_each_cut(rule: str, cut: float) -> None:
    grade = "grade graded: Risk from rate: Medium at 0.1, High at 0.2\n" if "graded" in rule else ""
    policy = policylang.loads(f"{TYPES}{grade}{rule} -> forbid deploy")
    for number in around(cut):
        assert drawn(policy, lambda record, wanted=number: record.get("rate") == wanted)


def test_sums_of_fields_are_drawn_on_both_sides_of_equality() -> None:
    policy = policylang.loads(f"{TYPES} rate > other_rate -> forbid deploy")

    def differ(record: Any) -> Fraction | None:
        pair = (record.get("rate"), record.get("other_rate"))
        return (
            Fraction(pair[0]) - Fraction(pair[1]) if all(isinstance(x, int | float) for x in pair) else None
        )

    assert drawn(policy, lambda record: differ(record) == 0)
    assert drawn(policy, lambda record: (differ(record) or 0) > 0)
    assert drawn(policy, lambda record: (differ(record) or 0) < 0)


@pytest.mark.parametrize(
    ("rule", "field", "cut"),
    [
        ("evaluated_on < today - 90 days", "evaluated_on", TODAY - timedelta(days=90)),
        ("evaluated_on + 3 months < today", "evaluated_on", date(2025, 10, 1)),
        ("due > 2026-08-02", "due", date(2026, 8, 2)),
        ("due - 1 year >= today + 2 weeks", "due", date(2027, 1, 15)),
        ("evaluated_on is missing", "evaluated_on", TODAY),
    ],
)
def test_dates_are_drawn_the_day_before_on_and_after_each_cut(rule: str, field: str, cut: date) -> None:
    policy = policylang.loads(f"{TYPES}{rule} -> forbid deploy")
    for days in (-1, 0, 1):
        day = (cut + timedelta(days=days)).isoformat()
        assert drawn(policy, lambda record, wanted=day: record.get(field) == wanted)


def test_today_is_drawn_around_the_days_that_it_is_compared_with() -> None:
    policy = policylang.loads(f"{TYPES} today >= 2026-08-02 -> forbid deploy")
    for day in (date(2026, 8, 1), date(2026, 8, 2), date(2026, 8, 3), None):
        found = find(cases(policy), lambda case, wanted=day: case[1] == wanted, settings=SEARCH)
        assert found == ({}, day)


def test_levels_members_texts_and_truths_are_all_drawn() -> None:
    policy = policylang.loads(f'{TYPES} level = Low and ok and name = "x" -> forbid deploy')
    for level in ("Low", "Medium", "High", "Critical", {"below": "Critical"}, {"at_least": "Low"}):
        assert drawn(policy, lambda record, wanted=level: record.get("level") == wanted)
    for name in ("x", "a", "b"):
        assert drawn(policy, lambda record, wanted=name: record.get("name") == wanted)
    for ok in (True, False, None):
        assert drawn(policy, lambda record, wanted=ok: record.get("ok", "absent") is wanted)


def test_lists_are_drawn_absent_and_with_up_to_one_more_than_is_counted() -> None:
    policy = policylang.loads(f"{TYPES} at least 3 incident (severity >= High) -> forbid deploy")
    for size in range(5):
        found = smallest(
            policy, lambda record, wanted=size: len(record.get("incidents", [None] * 9) or ()) == wanted
        )
        assert found == {"incidents": [{"id": name} for name in "abcd"[:size]]}
    assert smallest(policy, lambda record: "incidents" not in record) == {}


def test_attestations_are_drawn_usable_expired_early_and_of_others() -> None:
    policy = policylang.loads(f"{TYPES} true -> require word for deploy")
    words = {
        "usable": lambda w: w["on"] == "2026-01-01" and w["role"] == "lead" and w["holds"],
        "no": lambda w: w["on"] == "2026-01-01" and w["role"] == "lead" and not w["holds"],
        "just usable": lambda w: w["on"] == "2025-10-03",
        "expired": lambda w: w["on"] == "2025-10-02",
        "future": lambda w: w["on"] == "2026-01-02",
        "wrong role": lambda w: w["role"] != "lead",
        "of nobody": lambda w: not w["by"].strip(),
    }
    for fits in words.values():
        assert drawn(policy, lambda record, fits=fits: record.get("word") and fits(record["word"]))


# --- shrinking ----------------------------------------------------------------------------------


def forbidden(policy: policylang.Policy) -> Any:
    return lambda record: policy.decide(record, today=TODAY)["deploy"] is policylang.Outcome.FORBIDDEN


def permitted(policy: policylang.Policy) -> Any:
    return lambda record: policy.decide(record, today=TODAY)["deploy"] is policylang.Outcome.PERMITTED


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("score >= High -> forbid deploy", {"scores": {"cyber": {"score": "High"}}}),
        ("rate >= 0.05 -> forbid deploy", {"rate": 0.05}),
        ("rate > 0.05 -> forbid deploy", {"rate": math.nextafter(0.05, 1)}),
        (
            "at least 2 incident (severity >= Medium) -> forbid deploy",
            {"incidents": [{"id": "a", "severity": "Medium"}, {"id": "b", "severity": "Medium"}]},
        ),
        ("any category (score is missing) -> forbid deploy", {}),
        (
            "any category (any check (not passed)) -> forbid deploy",
            {"scores": {"cyber": {"checks": [{"passed": False}]}}},
        ),
        ("team.size > 3 or level = Critical -> forbid deploy", {"level": "Critical"}),
    ],
)
def test_records_shrink_to_the_smallest_in_the_terms_of_an_author(rule: str, wanted: Any) -> None:
    policy = policylang.loads(f"{TYPES}{rule}")
    assert smallest(policy, forbidden(policy)) == wanted


def test_a_permitted_record_shrinks_to_what_the_permission_needs() -> None:
    policy = policylang.loads(f"{TYPES} score >= Medium or evaluated_on < today - 90 days -> forbid deploy")
    found = smallest(policy, permitted(policy))
    assert found.keys() == {"scores", "evaluated_on"}
    assert found["scores"] == {"cyber": {"score": "Low"}, "cbrn": {"score": "Low"}}


def test_complete_records_shrink_to_the_lowest_levels() -> None:
    policy = policylang.loads(f"{TYPES} score >= High -> forbid deploy")
    found = smallest(policy, forbidden(policy), complete=True)
    assert found["level"] == "Low"
    assert [row["score"] for row in found["scores"].values()] == ["High", "Low"]
    assert found["incidents"] == []


# --- near a record ------------------------------------------------------------------------------

RECORD = {
    "rate": 0.5,
    "scores": {"cyber": {"score": "High", "checks": [{"passed": True}]}, "cbrn": None},
    "incidents": [{"id": "one", "severity": {"at_most": "High"}}],
}


def test_near_shrinks_to_the_record_and_varies_all_of_it() -> None:
    policy = policylang.loads(f"{TYPES} score >= High and rate > 0.2 -> forbid deploy")

    def found(wanted: Any) -> Any:
        return find(near(policy, RECORD, today=TODAY), wanted, settings=SEARCH)

    whole = policy.record(RECORD).data
    assert found(lambda record: True) == whole
    assert found(lambda record: record.get("rate") == 0.2) == {**whole, "rate": 0.2}
    assert found(lambda record: not record["incidents"]) == {**whole, "incidents": []}
    assert found(lambda record: repr(record).count("passed") == 2)["rate"] == 0.5
    assert "scores" not in found(lambda record: "scores" not in record)
    assert found(lambda record: (record.get("scores", {}).get("cbrn") or {}).get("score") == "Low")


@given(st.data())
def test_near_draws_records_of_the_policy(data: st.DataObject) -> None:
    """Whatever is varied, the policy decides it, and at most three values differ."""
    policy = policylang.loads(f"{TYPES} any incident (severity = Low) or rate > 2 -> forbid deploy")
    policy.decide(data.draw(near(policy, RECORD)), today=TODAY)


def test_near_refuses_what_is_no_record() -> None:
    policy = policylang.loads(TYPES)
    with pytest.raises(policylang.RecordError, match="rte"):
        near(policy, {"rte": 1})


# --- many rules ---------------------------------------------------------------------------------


def two_hundred_rules() -> str:
    fields = " ".join(f"f{i}: number" for i in range(40))
    rules = [
        f"rule r{i}: f{i % 40} >= {i} and score >= {level} -> forbid deploy until f{i % 40} < {i}"
        for i, level in zip(range(200), ["Low", "Medium", "High", "Critical"] * 50, strict=True)
    ]
    return TYPES.replace("record {", f"record {{ {fields} ") + "\n".join(rules)


def test_two_hundred_rules_pass_every_health_check() -> None:
    policy = policylang.loads(two_hundred_rules())

    @settings(suppress_health_check=(), max_examples=30, phases=[Phase.generate], database=None)
    @given(records(policy))
    def law(record: Any) -> None:
        policy.decide(record, today=TODAY)

    law()


def test_pools_rise() -> None:
    """What a comparison allows is a run of a pool: its exact values stand in order."""
    policy = policylang.loads(f"{TYPES} rate > 0.05 or rate < -1e300 or rate = 1e26 -> forbid deploy")
    plan = sampler_of(policy).aims(TODAY).plan
    pool = plan.by_place[None, ("rate",)].pool  # type: ignore[union-attr]
    exact = [choice.data for choice in pool.choices if choice.is_exact]
    least = exact.index(min(number for number in exact if number >= 0))
    assert least == 0
    assert all(abs(low) < abs(high) for low, high in pairwise(exact) if (low < 0) == (high < 0))
    assert len([1 for low, high in pairwise(exact) if (low < 0) != (high < 0)]) == 1
