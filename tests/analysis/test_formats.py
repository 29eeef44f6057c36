"""Findings for machines: SARIF as its specification demands, and workflow commands that hold."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

import policylang
from policylang.analysis import check
from policylang.render.checks import Checked, github, sarif

POSITION = {"type": "integer", "minimum": 1}
MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
PART = r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+"
URI = {"type": "string", "pattern": f"^{PART}$"}
REGION = {
    "type": "object",
    "required": ["startLine"],
    "properties": dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), POSITION),
    "additionalProperties": False,
}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {"type": "object", "properties": {"uri": URI}},
                "region": REGION,
            },
        }
    },
}
RESULT = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "ruleId": {"type": "string"},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": MESSAGE,
        "locations": {"type": "array", "items": LOCATION},
        "properties": {"type": "object"},
    },
    "additionalProperties": False,
}
RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "shortDescription": MESSAGE, "fullDescription": MESSAGE},
    "additionalProperties": False,
}
DRIVER = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "version": {"type": "string"},
        "rules": {"type": "array", "items": RULE, "uniqueItems": True},
    },
    "additionalProperties": False,
}
RUN = {
    "type": "object",
    "required": ["tool"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": RESULT},
    },
    "additionalProperties": False,
}
SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN},
    },
    "additionalProperties": False,
}
"""What sections 3.13 to 3.52 of SARIF 2.1.0 say of the properties that are used, in words of our own."""

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


def test_sarif_is_what_its_specification_demands() -> None:
    """Findings with and without witnesses, and texts that are refused; each rule is described."""
    log = sarif([checked(HOSTILE), refused("post_mitigaton >= High -> forbid deploy")])
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    described = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == described
    assert {"PL301", "PL330"} < described
    assert any("properties" in result for result in run["results"])
    with pytest.raises(jsonschema.ValidationError):
        run["results"][0]["level"] = "fatal"
        jsonschema.validate(log, SARIF)


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
