"""Published scorecards under the framework that each was published under, against what happened.

The table is in the cards themselves: `under` (the policy), `record`, `expected` (the outcome of each
action) and `difference` (why the outcome of `deploy` is not what the developer did).
"""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from shipped import policy_of

from policylang import demo
from policylang.language.library import shipped

CARDS = [card for card in demo.all_cards() if not card["constructed"]]
DECIDED = [card for card in CARDS if "under" in card]
HAPPENED = {"deployed": "permitted", "deployed with safeguards": "permitted", "not deployed": "forbidden"}

KINDS = {
    "missing data",  # the card does not print what the rule asks for
    "unspecified standard",  # the rule asks for a judgement that the framework leaves without a measure
    "exception",  # the framework has an exception that was used
    "interpretation",  # the developer reads the rule otherwise than it is encoded here
    "outside the framework",  # the reason given for what happened is not one of the framework's
}


def day(card: dict[str, Any]) -> date | None:
    """Return the day of a card; None for one that is dated by month or year only."""
    return date.fromisoformat(card["published"]) if len(card["published"]) == len("2026-01-01") else None


@pytest.mark.parametrize("card", DECIDED, ids=lambda card: card["id"])
def test_the_outcomes_of_a_card(card: dict[str, Any]) -> None:
    policy = policy_of(card["under"])
    decision = policy.decide(card["record"], today=day(card))
    assert {action: decision[action].value for action in policy.actions} == card["expected"]


@pytest.mark.parametrize("card", DECIDED, ids=lambda card: card["id"])
def test_an_outcome_other_than_what_happened_is_explained(card: dict[str, Any]) -> None:
    happened = HAPPENED.get(card["published_outcome"])
    difference = card["difference"]
    if happened in (None, card["expected"]["deploy"]):
        assert difference is None
    else:
        assert difference["kind"] in KINDS
        assert difference["why"].endswith(".")


def test_cards_of_one_framework_are_decided_under_one_policy() -> None:
    policies: dict[str, set[str | None]] = {}
    for card in CARDS:
        policies.setdefault(card["framework"], set()).add(card.get("under"))
    assert all(len(names) == 1 for names in policies.values()), policies
    assert {card["under"] for card in DECIDED} <= set(shipped())


def test_a_card_of_no_framework_is_decided_under_none() -> None:
    none = [card for card in CARDS if card["framework"] is None]
    assert {card["id"] for card in none} == {"openai-gpt-4", "google-gemini-1.0-ultra"}
    assert not any("under" in card for card in none)
    assert all("no level" in card["remarks"] or "Predates" in card["remarks"] for card in none)


def test_what_a_card_claims_and_measures_besides_is_kept_beside_the_record() -> None:
    claims = [card["safeguards_claimed"] for card in CARDS if "safeguards_claimed" in card]
    assert len(claims) == 41
    assert all(claim and all(isinstance(name, str) and name for name in claim) for claim in claims)

    measured = [card["other_measured"] for card in CARDS if "other_measured" in card]
    figures = [figure for one in measured for figure in one.values()]
    assert (len(measured), len(figures)) == (28, 114)
    assert all({"value", "n", "unit", "basis"} <= figure.keys() for figure in figures)
    assert Counter(figure["basis"] for figure in figures) == {"seen": 111, "from memory": 3}
