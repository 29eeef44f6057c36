"""Records that are refused: every problem at once, each at its path, with a hint where one is close."""

from datetime import date, datetime
import json
from pathlib import Path
import pickle
from typing import Any

import pytest

import policylang
from policylang.core.reading import parse_json

POLICY = policylang.loads("""
scale Risk: Low < Medium < High < Critical
set category: cbrn, cyber
role assessor
record {
  rate: number
  level: Risk
  day: date
  name: text
  safe: bool
  kind: category
  word: attestation by assessor
  group: { rate: number }
  scores: per category { reached: Risk }
  runs: list of run { id: number key seconds: number }
  visits: list of visit { on: date key }
}
action deploy: permitted unless forbidden
level >= High -> forbid deploy
""")
WORD = {"holds": True, "by": "A. Person", "role": "assessor", "on": "2026-01-05"}


def problems(data: Any, policy: policylang.Policy = POLICY) -> list[tuple[str, str]]:
    with pytest.raises(policylang.RecordError) as refused:
        policy.decide(data)
    return [(problem.path, problem.message) for problem in refused.value.problems]


REFUSED: list[tuple[Any, list[str]]] = [
    # the record itself
    ([], ["", "expected an object, found a list"]),
    (None, ["", "found null"]),
    ({1: 2}, ['"1"', "unknown key `1`"]),
    ({"waivers": []}, ["waivers", "not yet"]),
    # numbers
    ({"rate": True}, ["rate", "expected a number, found true or false"]),
    ({"rate": "1"}, ["rate", 'found the text "1"']),
    ({"rate": float("nan")}, ["rate", "not finite"]),
    ({"rate": 10**400}, ["rate", "not finite"]),
    ({"rate": {}}, ["rate", "do not say what they bound"]),
    ({"rate": {"at_least": 1, "above": 0}}, ["rate", "name one side twice"]),
    ({"rate": {"above": 1, "at_most": 1}}, ["rate", "leave no value"]),
    ({"rate": {"above": 0, "below": 5e-324}}, ["rate", "leave no value"]),
    ({"rate": {"above": 1.7976931348623157e308}}, ["rate", "leave no value"]),
    ({"rate": {"at_most": None}}, ["rate.at_most", "found null"]),
    # levels, members, booleans, texts
    ({"level": "high"}, ["level", "`high` is no level of `Risk`"]),
    ({"level": {"below": "Low"}}, ["level", "leave no value"]),
    ({"level": 2}, ["level", "found a number"]),
    ({"kind": {"below": "cyber"}}, ["kind", "found an object"]),
    ({"safe": 1}, ["safe", "found a number"]),
    ({"name": {"at_least": "a"}}, ["name", "found an object"]),
    ({"name": "\ud800"}, ["name", "surrogate"]),
    # dates
    ({"day": "2026-1-5"}, ["day", "`2026-1-5` is no date"]),
    ({"day": "2026-02-30"}, ["day", "is no date"]),
    ({"day": "2026-01-05T10:00"}, ["day", "is no date"]),
    ({"day": "2026-01-05"[:9] + "\N{ARABIC-INDIC DIGIT FIVE}"}, ["day", "is no date"]),
    ({"day": datetime(2026, 1, 5)}, ["day", "expected a date, found a date with a time"]),
    ({"day": {"below": "0001-01-01"}}, ["day", "leave no value"]),
    # tables and lists
    ({"scores": {"cbnr": {}}}, ["scores.cbnr", "`cbnr` is no member of `category`"]),
    ({"scores": []}, ["scores", "found a list"]),
    ({"runs": {}}, ["runs", "expected a list, found an object"]),
    ({"runs": [None]}, ["runs[0]", "cannot be null"]),
    ({"runs": [{"seconds": 1}]}, ["runs[0]", "needs an exact `id`"]),
    ({"runs": [{"id": {"at_least": 1, "at_most": 1}}]}, ["runs[0]", "needs an exact `id`"]),
    ({"runs": [{"id": 1}, {"id": 1.0}]}, ["runs[1]", "two entries have the `id`"]),
    ({"visits": [{"on": "2026-01-01"}, {"on": date(2026, 1, 1)}]}, ["visits[1]", "two entries"]),
    # attestations
    ({"word": True}, ["word", "expected an object"]),
    ({"word": {**WORD, "holds": "yes"}}, ["word.holds", "expected true or false"]),
]


@pytest.mark.parametrize(("data", "said"), REFUSED, ids=[str(n) for n in range(len(REFUSED))])
def test_a_record_is_refused_at_the_path_of_its_problem(data: Any, said: list[str]) -> None:
    [(path, message)] = problems(data)
    assert path == said[0]
    assert said[1] in message


def test_all_problems_come_at_once() -> None:
    found = problems(
        {
            "rate": {"at_least": "x", "att_most": 1, "below": None},
            "word": {"holds": 1, "role": 2, "on": "soon", "bassis": "x"},
            "runs": [3, {"id": "x"}],
            "scores": {"cbrn": {"raeched": "Low"}},
            "nmae": "x",
        }
    )
    assert [path for path, _ in found] == [
        "rate.at_least",
        "rate.att_most",
        "rate.below",
        "word.bassis",
        "word.holds",
        "word",
        "word.role",
        "word.on",
        "runs[0]",
        "runs[1].id",
        "scores.cbrn.raeched",
        "nmae",
    ]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('{"rate": 1, "rate": 1}', ["rate"]),
        ('{"group": {"rate": 1, "rate": 2}, "runs": [{"id": 1, "id": 1}]}', ["group.rate", "runs[0].id"]),
        ('{"rate": {"at_least": 1, "at_least": 2}}', ["rate.at_least"]),
        ('{"other": {"deep": {"a": 1, "a": 1}}}', ["other.deep.a", "other"]),
        ('{"rate": NaN, "level": -Infinity}', ["rate", "level"]),
        ('{"rate": 1e999}', ["rate"]),
        ('{"name": "\\ud800"}', ["name"]),
        ('{"rate": 1}}', [""]),
        ("", [""]),
        ('{"rate":' * 100_000, [""]),
    ],
)
def test_json_text_is_refused_too(text: str, paths: list[str]) -> None:
    with pytest.raises(policylang.RecordError) as refused:
        POLICY.decide(parse_json(text))
    assert [problem.path for problem in refused.value.problems] == paths


def test_a_key_that_stands_twice_in_an_example_is_not_hidden_by_its_changes(tmp_path: Path) -> None:
    (tmp_path / "given.json").write_text('{"level": "High", "level": "Low", "rate": 1}', encoding="utf-8")
    text = """
    record { rate: number level: Risk }
    scale Risk: Low < High
    action deploy: permitted unless forbidden
    level >= High -> forbid deploy
    example "twice" { given "given.json" with rate = 2 expect deploy permitted }
    """
    (tmp_path / "p.policy").write_text(text, encoding="utf-8")
    policy = policylang.load(tmp_path / "p.policy")
    from policylang.core.examples import run_example

    assert "twice" in str(run_example(policy, policy.examples[0]).mismatches)


def test_a_python_value_that_holds_itself_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = [endless]
    assert problems({"other": endless}) == [("other", "unknown key `other`")]
    assert problems({"group": endless}) == [("group.again", "unknown key `again`")]


def test_values_of_python_stand_for_those_of_json() -> None:
    as_json = '{"rate": 100000000000000000000000000, "day": "2026-01-05", "runs": [{"id": 1.0}]}'
    as_python = {"rate": 1e26, "day": date(2026, 1, 5), "runs": ({"id": 1},)}
    one, other = POLICY.record(json.loads(as_json)), POLICY.record(as_python)
    assert one == other
    assert hash(one) == hash(other)
    assert one.digest == other.digest


def test_a_record_of_another_policy_is_read_again() -> None:
    """A level's rank says something in its own scale only."""
    upside_down = policylang.loads("""
    scale Risk: Critical < High < Medium < Low
    record { level: Risk }
    action deploy: permitted unless forbidden
    level <= High -> forbid deploy
    """)
    record = POLICY.record({"level": "Critical"})
    assert upside_down.decide(record)["deploy"] is policylang.Outcome.FORBIDDEN
    assert problems(POLICY.record({"rate": 1}), upside_down) == [("rate", "unknown key `rate`")]


def test_a_record_does_not_change_and_pickles() -> None:
    given = {"scores": {"cbrn": {"reached": "High"}}, "runs": [{"id": 1}], "word": WORD}
    record = POLICY.record(given)
    digest = record.digest
    given["scores"]["cbrn"]["reached"] = "Low"  # type: ignore[call-overload,index]
    assert pickle.loads(pickle.dumps(record)) == record
    assert POLICY.record(pickle.loads(pickle.dumps(record))).digest == digest
    with pytest.raises(TypeError):
        record.values[("rate",)] = record.values["runs",]
    with pytest.raises(TypeError):
        record.values.clear()
