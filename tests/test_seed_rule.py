"""The seed rule over 14 records on which general engines permit what they must not.

Levels compared as text, a score left out, an unknown read as false: each opens a gate. Here none
does: a record that is no record decides nothing, and an absent score is unknown.
"""

import json
from typing import Any

import pytest

import policylang
from policylang import Outcome

POLICY = policylang.loads("post_mitigation >= High -> forbid deploy")
CATEGORIES = ("cybersecurity", "cbrn", "persuasion", "model_autonomy")
SAFE: dict[str, Any] = {category: {"post_mitigation": "Low"} for category in CATEGORIES}


def record(cbrn: str) -> str:
    """Return a record in which only one category is not at Low; ``cbrn`` is the JSON of its row."""
    rows = {category: json.dumps(row) for category, row in SAFE.items()} | {"cbrn": cbrn}
    inner = ", ".join(f'"{category}": {row}' for category, row in rows.items() if row)
    return f'{{"scores": {{{inner}}}}}'


FORBIDDEN = {
    "the level at the threshold": record('{"post_mitigation": "High"}'),
    "a level that sorts below it as text": record('{"post_mitigation": "Critical"}'),
}
UNDETERMINED = {
    "the score left out": record("{}"),
    "the score null": record('{"post_mitigation": null}'),
    "the category left out": record(""),
    "the category null": record("null"),
    "no scores at all": "{}",
    "the scores null": '{"scores": null}',
    "a bound across the threshold": record('{"post_mitigation": {"at_most": "High"}}'),
}
REFUSED = {
    "an empty text": record('{"post_mitigation": ""}'),
    "NaN": record('{"post_mitigation": NaN}'),
    "an unknown level": record('{"post_mitigation": "Severe"}'),
    "another spelling": record('{"post_mitigation": "high"}'),
    "a number": record('{"post_mitigation": 3}'),
}


def decide(text: str) -> policylang.Decision:
    from policylang.core.reading import parse_json

    return POLICY.decide(parse_json(text))


def test_there_are_fourteen() -> None:
    assert len(FORBIDDEN) + len(UNDETERMINED) + len(REFUSED) == 14


@pytest.mark.parametrize("text", FORBIDDEN.values(), ids=FORBIDDEN)
def test_forbidden(text: str) -> None:
    assert decide(text)["deploy"] is Outcome.FORBIDDEN


@pytest.mark.parametrize("text", UNDETERMINED.values(), ids=UNDETERMINED)
def test_undetermined(text: str) -> None:
    decision = decide(text)
    assert decision["deploy"] is Outcome.UNDETERMINED
    assert not decision.permits("deploy")


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_refused(text: str) -> None:
    with pytest.raises(policylang.RecordError):
        decide(text)


def test_the_complete_record_is_permitted() -> None:
    assert POLICY.decide({"scores": SAFE}).permits("deploy")
