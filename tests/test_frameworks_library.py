"""The library of frameworks: its texts taken apart, ways out of gates, and the matrix of scorecards."""

import json
import os
from pathlib import Path
import re

import pytest
from shipped import policy_of

import policylang
from policylang import demo
from policylang.analysis import solver
from policylang.cli import progress
from policylang.cli.main import run
from policylang.frameworks import PUBLISHERS, Framework, framework, gates, matrix, names
from policylang.language.library import shipped
from policylang.language.parser import parse
from policylang.language.syntax import Example
from policylang.source import Source


@pytest.fixture(scope="module", params=names())
def one(request: pytest.FixtureRequest) -> Framework:
    return framework(request.param)


def test_the_catalogue_has_every_policy_with_a_source() -> None:
    assert sorted(names()) == [name for name in shipped() if "source" in policy_of(name).header]


def test_versions_stand_in_the_order_in_which_they_were_published() -> None:
    for versions in PUBLISHERS.values():
        dates = [framework(name).dated for name in versions]
        assert dates == sorted(dates)


def test_a_framework_of_another_name_is_none() -> None:
    with pytest.raises(KeyError):
        framework("small_lab")


def test_examples_are_left_out_of_the_reading_and_nothing_else(one: Framework) -> None:
    whole = policy_of(one.name)
    assert (whole.examples != (), one.policy.examples) == (True, ())
    assert (one.policy, one.policy.claims) == (whole, whole.claims)
    statements = parse(Source("", whole.text)).statements
    first = next(place for place, node in enumerate(statements) if isinstance(node, Example))
    assert all(isinstance(node, Example) for node in statements[first:])  # no note moves to another one


def test_a_file_in_the_current_folder_is_no_framework(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("xai_rmf").write_text("true -> forbid deploy", encoding="utf-8")
    assert framework("xai_rmf").title == "xAI Risk Management Framework"
    assert {row.decision.policy.name for row in matrix() if row.decision and row.name == "xai_rmf"} == {
        "xai_rmf"
    }


def test_every_rule_stands_in_one_clause_with_its_text(one: Framework) -> None:
    assert sorted(rule.name for rule in one.rules) == sorted(rule.label for rule in one.policy.rules)
    for clause in one.clauses:
        assert clause.rules or clause.elsewhere or clause.outside, clause.number
    for rule in one.rules:
        assert rule.text.startswith(f"rule {rule.name} ")
        assert rule.text.splitlines()[1] in one.policy.text
        assert "\n  because " not in rule.text
        assert rule.cites


def test_every_interpretation_of_the_file_is_told(one: Framework) -> None:
    told = [*one.interpretations, *(text for rule in one.rules for text in rule.interpretations)]
    assert len(told) == one.policy.text.count("# interpretation:")
    words = " ".join(one.policy.text.replace("\n#", " ").split())
    assert all(" ".join(text.split()) in words for text in told)


def test_the_record_and_the_definitions_are_told_as_written(one: Framework) -> None:
    assert one.record.startswith("record {\n")
    assert one.record.endswith("\n}")
    told = [one.record, *one.definitions]
    assert all(f"\n{text}\n" in one.policy.text for text in told)
    names_of = [text.split()[1] for text in one.definitions] + [name for name, _ in one.unspecified]
    assert sorted(names_of) == sorted(re.findall(r"^define (\S+) =", one.policy.text, re.MULTILINE))


def test_lists_of_the_head_are_told(one: Framework) -> None:
    assert len(one.elsewhere) + len(one.outside) + len(one.beyond) == one.policy.text.count("\n# - ")


# --- ways out -----------------------------------------------------------------------------------

RECORD = "record { hot: bool  cold: bool  fixed: bool }  action deploy: permitted unless forbidden\n"
OPEN = 'define enough = unspecified "never said"\n'


@pytest.mark.parametrize(
    ("rule", "release", "excepted"),
    [
        ("hot -> forbid deploy until not hot", "stated", False),
        ("hot -> forbid deploy", "unstated", False),
        ("hot -> forbid deploy unless cold", "unstated", True),
        ("hot -> forbid deploy unless enough", "unstated", False),
        ("hot -> require fixed for deploy", "stated", False),
        ("hot -> require enough for deploy", "unspecified", False),
        ("hot -> require enough and fixed for deploy", "unspecified", False),
        ("hot -> require enough or fixed for deploy", "stated", False),
        ("hot -> require enough for deploy unless cold", "unspecified", True),
        ("hot -> require not hot for deploy", "impossible", False),
        ("hot -> forbid deploy until not hot and enough", "unspecified", False),
        ("hot -> forbid deploy until cold and not cold", "impossible", False),
    ],
)
def test_the_way_out_of_a_gate(rule: str, release: str, excepted: bool) -> None:
    policy = policylang.loads(f'{RECORD}{OPEN}rule gate: {rule}\nenough -> warn ""')
    (gate,) = gates(policy)
    assert (gate.release, gate.excepted) == (release, excepted)
    assert gate.standards == (("enough",) if release == "unspecified" else ())


def test_another_rule_can_set_a_gate_aside() -> None:
    policy = policylang.loads(
        f"{RECORD}rule a: hot -> forbid deploy rule b: cold -> permit deploy overrides a"
    )
    (gate,) = gates(policy)
    assert gate.excepted


def test_instances_are_named_where_they_differ() -> None:
    text = """
set risk: bio, cyber
record { scores: per risk { high: bool  fixed: bool } }
action deploy: permitted unless forbidden
define enough = unspecified "never said"
rule gate: high -> require fixed and (risk = bio or enough) for deploy
rule none: high and risk = bio -> require fixed for deploy
"""
    found = {(gate.rule, gate.release, gate.instances) for gate in gates(policylang.loads(text))}
    assert found == {
        ("gate", "stated", ("gate[bio]",)),
        ("gate", "unspecified", ("gate[cyber]",)),
        ("none", "stated", ()),
    }


def test_what_the_time_limit_leaves_open_is_not_decided() -> None:
    policy = policylang.load("openai_preparedness_2")
    found = gates(policy, time_limit=0)
    assert found
    assert {(gate.release, gate.excepted, gate.has_way_out) for gate in found} == {
        ("not decided", None, False)
    }


def test_what_takes_too_many_literals_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that the rules themselves take more."""
    monkeypatch.setattr(solver, "MAX_VARIABLES", 30)
    found = gates(policylang.load("openai_preparedness_2"))
    assert {gate.release for gate in found} == {"not decided"}


# --- the matrix ---------------------------------------------------------------------------------


def test_each_published_card_has_a_row_with_its_outcomes() -> None:
    cards = {card["id"]: card for card in demo.all_cards() if not card["constructed"]}
    rows = matrix()
    assert [row.card["id"] for row in rows] == list(cards)
    for row in rows:
        assert row.outcomes == cards[row.card["id"]].get("expected")
        assert row.name == row.card.get("under")
        assert (row.difference is not None) == (row.comparison in {"left open", "differs"})


def test_a_card_is_decided_under_the_other_versions_that_know_a_value_of_it() -> None:
    also = {(row.card["id"], other.name): other for row in matrix() for other in row.also}
    assert ("openai-o1", "openai_preparedness_2") not in also
    both = also["anthropic-claude-3.7-sonnet", "anthropic_rsp_2_2"]
    assert (both.known, both.values) == (4, 4)
    assert both.outcomes["deploy"] == "permitted"
    part = also["google-gemini-2.5-pro-preview-0506", "gdm_fsf_3"]
    assert (part.known, part.values) == (1, 2)
    assert part.outcomes["deploy"] == "undetermined"


# --- the command --------------------------------------------------------------------------------


def output_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["frameworks", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", ["list", "show", "matrix"])
def test_the_example_of_each_help_works(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(
        r"Example: policylang frameworks (.*\S)", output_of(capsys, command, "--help").replace("│", " ")
    )
    assert len(output_of(capsys, *example.split()).splitlines()) > 20


def test_the_list_as_json_and_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(output_of(capsys, "list", "--format", "json"))
    assert [one["policy"] for one in found] == list(names())
    beta = next(one for one in found if one["policy"] == "preparedness_beta")
    assert (beta["publisher"], beta["dated"], beta["gates"]) == ("OpenAI", "2023-12-18", 6)
    assert beta["without_way_out"] == 3
    markdown = output_of(capsys, "list", "--format", "markdown")
    assert f"| OpenAI | preparedness_beta | 2023\\-12-18 | {beta['rules']} | 6 | 3 | 6 |" in markdown


def test_the_name_of_a_framework_is_no_command_and_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frameworks", "xai_rmf"]) == 2
    assert "no such command 'xai_rmf' (did you mean `show xai_rmf`?)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["list"], "22 of 22 frameworks read"), (["show", "xai_rmf"], "1 of 1 framework checked")],
)
def test_a_terminal_is_told_how_far_the_reading_is(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "is_terminal", lambda _: True)
    monkeypatch.setattr(progress, "SECONDS", 0)
    monkeypatch.setenv("TERM", "xterm")
    assert run(["frameworks", *arguments]) == 0
    seen = capsys.readouterr().err
    assert f"{told}{progress.CLEAR_LINE}" in seen
    assert seen.endswith(progress.CLEAR_LINE)


def test_the_matrix_as_json_and_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row["card"]: row for row in json.loads(output_of(capsys, "matrix", "--format", "json"))}
    fast = rows["xai-grok-code-fast-1"]
    assert fast["outcomes"] == {"deploy": "forbidden"}
    assert fast["comparison"] == "differs"
    assert [also["policy"] for also in fast["also"]] == ["xai_rmf_draft", "xai_faif_2025"]
    assert (rows["openai-gpt-4"]["policy"], rows["openai-gpt-4"]["outcomes"]) == (None, None)
    markdown = output_of(capsys, "matrix", "--format", "markdown")
    document = Path(__file__).parents[1] / "docs" / "scorecards.md"
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        document.write_text(markdown, encoding="utf-8")
    assert document.read_text(encoding="utf-8") == markdown, "write it anew with UPDATE_TRANSCRIPTS=1"
    assert "| Grok Code Fast 1 | 2025\\-08-26 | forbidden | deployed |" in markdown
