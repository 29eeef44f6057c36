"""What a decision lists beside its outcomes: duties and their dates, attestations, what it is worth."""

from datetime import date
import pickle
from typing import Any

import pytest

import policylang

TODAY = date(2026, 11, 24)
HEAD = """
scale Risk: Low < Medium < High < Critical
set category: cbrn, cyber
role board, assessor
record {
  level: Risk
  rate: number
  found_on: past date
  start: date
  sound: attestation by assessor
  agreed: attestation by board
  checks: list of check { name: text key word: attestation by assessor }
}
action deploy: permitted unless forbidden
action publish: forbidden unless permitted
"""
WORD = {"holds": True, "by": "A. Person", "role": "assessor", "on": "2026-01-05"}
NO = {**WORD, "holds": False}


def decide(rules: str, record: Any, today: date | None = TODAY) -> policylang.Decision:
    return policylang.loads(HEAD + rules).decide(record, today=today)


def rests_on(rules: str, record: Any, today: date | None = TODAY) -> list[str]:
    return [used.path for used in decide(rules, record, today).attestations]


# --- attestations -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "record", "paths"),
    [
        ("level >= High -> require sound for deploy", {"level": "High", "sound": WORD}, ["sound"]),
        ("level >= High -> require sound for deploy", {"level": "High", "sound": NO}, ["sound"]),
        # a measurement decides, so nobody's word is needed
        ("level >= High -> require sound for deploy", {"level": "Low", "sound": WORD}, []),
        ("level >= High or not sound -> forbid deploy", {"level": "High", "sound": NO}, []),
        ("not sound or level >= High -> forbid deploy", {"level": "High", "sound": NO}, []),
        # a word that cannot be used decides nothing
        ("not sound -> forbid deploy", {"sound": {**WORD, "role": "board"}}, []),
        ("not sound -> forbid deploy", {"sound": {**WORD, "by": "  "}}, []),
        ("not sound -> forbid deploy", {"sound": {**WORD, "on": "2026-11-25"}}, []),
        # an outcome that is open rests on nothing
        ("level >= High and sound -> forbid deploy", {"sound": WORD}, []),
        # either would do: both are listed, whatever their order
        (
            "sound or agreed -> forbid deploy",
            {"sound": WORD, "agreed": {**WORD, "role": "board"}},
            ["sound", "agreed"],
        ),
        # what permits, and what does not
        ("sound -> permit publish", {"sound": WORD}, ["sound"]),
        ("sound -> permit publish", {"sound": NO}, ["sound"]),
        ("sound -> permit deploy", {"sound": WORD}, []),
        ("sound -> permit publish level >= High -> forbid publish", {"sound": NO, "level": "High"}, []),
        # no word on an action is one on another
        ('sound -> oblige "publish the assessment"', {"sound": WORD}, []),
        # of a list, the entries that count
        (
            "level >= High -> require at least 1 check (word) for deploy",
            {
                "level": "High",
                "checks": [{"name": "a", "word": NO}, {"name": "b", "word": WORD}, {"name": "c"}],
            },
            ["checks[1].word"],
        ),
    ],
)
def test_outcomes_rest_on_the_attestations_without_which_they_would_be_open(
    rules: str, record: Any, paths: list[str]
) -> None:
    assert rests_on(rules, record) == paths


def test_a_release_by_somebodys_word_is_listed() -> None:
    policy = policylang.loads(HEAD + "level >= High -> forbid deploy until sound")
    first, held, released = policy.decide_history(
        [
            (date(2026, 1, 1), {"level": "High"}),
            (date(2026, 2, 1), {"level": "Low", "sound": NO}),
            (date(2026, 3, 1), {"level": "Low", "sound": WORD}),
        ]
    )
    assert [d["deploy"].value for d in (first, held, released)] == ["forbidden", "forbidden", "permitted"]
    assert [[used.path for used in d.attestations] for d in (first, held, released)] == [
        [],
        ["sound"],
        ["sound"],
    ]


# --- duties -------------------------------------------------------------------------------------

TELL = 'true -> oblige "tell" '
DUTIES = [
    ('level >= High -> oblige "tell" within 30 days', {"level": "High"}, TODAY, "2026-12-24", False, True),
    ('level >= High -> oblige "tell" within 30 days', {}, TODAY, "2026-12-24", False, False),
    ('level >= High -> oblige "tell" within 30 days', {"level": "High"}, None, None, None, True),
    ('true -> oblige "tell"', {}, TODAY, None, False, True),
    (TELL + "within 1 month of found_on", {"found_on": "2026-01-31"}, TODAY, "2026-02-28", True, True),
    (TELL + "within 1 year of found_on", {"found_on": "2026-01-31"}, TODAY, "2027-01-31", False, True),
    (TELL + "within 1 year of found_on", {"found_on": "2025-11-24"}, TODAY, "2026-11-24", False, True),
    (TELL + "within 1 day of found_on", {"found_on": "2026-11-25"}, TODAY, None, None, True),
    (TELL + "within 1 day of found_on", {"found_on": {"below": "2026-01-02"}}, TODAY, None, None, True),
    (TELL + "within 1 day of found_on", {"found_on": "2026-01-01"}, None, None, None, True),
    (TELL + "within 1 day of found_on", {}, TODAY, None, None, True),
    (TELL + "within 1 day of start", {"start": "2026-11-25"}, TODAY, "2026-11-26", False, True),
    (TELL + "within 1 day of start", {"start": "2026-01-01"}, None, "2026-01-02", None, True),
    (
        TELL + "within 1 day of start",
        {"start": {"at_least": "2026-01-01", "at_most": "2026-01-01"}},
        TODAY,
        "2026-01-02",
        True,
        True,
    ),
    (TELL + "within 1 day of start", {"start": "9999-12-31"}, TODAY, None, None, True),
]


@pytest.mark.parametrize(("rule", "record", "today", "due", "overdue", "certain"), DUTIES)
def test_a_duty_falls_due_where_its_date_is_known(
    rule: str, record: Any, today: date | None, due: str | None, overdue: bool | None, certain: bool
) -> None:
    [duty] = decide(rule, record, today).obligations
    assert (duty.due and duty.due.isoformat(), duty.overdue, duty.certain) == (due, overdue, certain)


def test_in_a_history_time_runs_since_the_rule_is_active_without_a_break() -> None:
    policy = policylang.loads(HEAD + 'level >= High -> oblige "tell" within 10 days')
    levels = ["High", "High", None, "High", "Low", None, "High", None]
    pairs = [(date(2026, 1, 1 + n), {"level": level}) for n, level in enumerate(levels)]
    duties = [decision.obligations for decision in policy.decide_history(pairs)]
    found = [(d[0].due.day, d[0].certain) if d and d[0].due else None for d in duties]
    # Where the rule may be active, since when it may have been.
    assert found == [
        (11, True),
        (11, True),
        (11, False),
        (14, True),
        None,
        (16, False),
        (17, True),
        (16, False),
    ]


# --- warnings -----------------------------------------------------------------------------------


def test_a_past_date_that_is_not_wholly_past_is_a_warning() -> None:
    rule = "found_on <= 2026-01-01 -> forbid deploy"
    for value in ("2026-11-25", {"at_least": "2020-01-01"}, {"at_most": "2026-11-25"}):
        decision = decide(rule, {"found_on": value})
        assert decision["deploy"] is policylang.Outcome.UNDETERMINED
        assert [(w.rule, w.certain, "found_on" in w.text) for w in decision.warnings] == [(None, True, True)]
    assert not decide(rule, {"found_on": "2026-11-24"}).warnings
    unknown_today = decide(rule, {"found_on": "2020-01-01"}, None)
    assert unknown_today["deploy"] is policylang.Outcome.UNDETERMINED
    assert not unknown_today.warnings


# --- histories ----------------------------------------------------------------------------------


def test_what_a_release_leaves_open_is_missing() -> None:
    policy = policylang.loads(HEAD + "level >= High -> forbid deploy until rate < 0.1")
    _, later = policy.decide_history([(TODAY.replace(day=1), {"level": "High"}), (TODAY, {"level": "Low"})])
    assert later["deploy"] is policylang.Outcome.UNDETERMINED
    assert later.missing("deploy") == (("rate",),)
    assert [(f.rule, f.latched) for f in later.undecided] == [("rule-1", True)]
    _, open_too = policy.decide_history([(TODAY.replace(day=1), {"level": "High"}), (TODAY, {})])
    assert open_too.missing("deploy") == (("level",), ("rate",))


@pytest.mark.parametrize(
    ("pairs", "path"),
    [
        ([(TODAY, {}), (TODAY, {})], "[1]"),
        ([(TODAY, {}), (TODAY.replace(day=1), {})], "[1]"),
        ([(None, {})], "[0]"),
        ([(TODAY, {"level": "low"})], "[0].level"),
        ([(TODAY, [])], "[0]"),
    ],
)
def test_a_history_is_refused_at_the_place_of_its_problem(pairs: Any, path: str) -> None:
    with pytest.raises(policylang.RecordError) as refused:
        policylang.loads(HEAD).decide_history(pairs)
    assert [problem.path for problem in refused.value.problems] == [path]


# --- a value like others ------------------------------------------------------------------------


def test_decisions_are_equal_hashable_frozen_and_pickle() -> None:
    policy = policylang.loads(HEAD + "level >= High -> forbid deploy until level <= Low")
    pairs = [(TODAY.replace(day=1), {"level": "High"}), (TODAY, {"level": "Medium"})]
    plain, other = (policy.decide({"level": "Medium"}, today=day) for day in (TODAY, None))
    latched = policy.decide_history(pairs)[1]
    assert plain == policy.decide({"level": "Medium"}, today=TODAY)
    assert len({plain, other, latched, policy.decide({"level": "Medium"}, today=TODAY)}) == 3
    for decision in (plain, other, latched):
        copy = pickle.loads(pickle.dumps(decision))
        assert copy == decision
        assert copy.to_dict() == decision.to_dict()
        assert hash(copy.fired) == hash(decision.fired)
        with pytest.raises(AttributeError):
            decision.today = None


def test_a_decision_by_deeply_nested_conditions_pickles() -> None:
    deep = "(" * 90 + "level >= High" + " or level = Low)" * 90
    decision = decide(f"{deep} -> forbid deploy", {"level": "High"})
    assert pickle.loads(pickle.dumps(decision)) == decision


def test_many_records_are_decided_one_at_a_time() -> None:
    policy = policylang.loads(HEAD + "level >= High -> forbid deploy")
    asked = []

    def records() -> Any:
        for level in ("High", "Low", "low"):
            asked.append(level)
            yield {"level": level}

    decisions = policy.decide_many(records(), today=TODAY)
    assert next(decisions)["deploy"] is policylang.Outcome.FORBIDDEN
    assert asked == ["High"]
    assert next(decisions).permits("deploy")
    with pytest.raises(policylang.RecordError):
        next(decisions)


def test_nobody_is_asked_of_an_action_that_is_not_there() -> None:
    decision = decide("level >= High -> forbid deploy", {})
    for ask in (decision.__getitem__, decision.permits, decision.missing, decision.is_constrained):
        with pytest.raises(KeyError):
            ask("delpoy")


@pytest.mark.parametrize("today", ["2026-11-24", 20261124])
def test_today_is_a_date(today: Any) -> None:
    with pytest.raises(TypeError):
        decide("", {}, today)
