"""The demo records: published scorecards as they were published, and two that were constructed."""

from pathlib import Path

import pytest
from shipped import policy_of

from policylang import demo

BETA, STRICT = demo.POLICIES

# (deploy, develop) under the Beta framework's policy, then under the strict one.
OUTCOMES = {
    "openai-o1": ("permitted", "permitted", "permitted", "permitted"),
    "constructed-shallow": ("undetermined", "permitted", "forbidden", "permitted"),
    "constructed-deep": ("undetermined", "permitted", "permitted", "permitted"),
}


@pytest.mark.parametrize("card", demo.cards(), ids=[card.id for card in demo.cards()])
def test_outcomes(card: demo.Card) -> None:
    found = []
    for name in demo.POLICIES:
        decision = policy_of(name).decide(card.records[name], today=card.published)
        found += [decision["deploy"].value, decision["develop"].value]
    assert tuple(found) == OUTCOMES.get(card.id, ("undetermined",) * 4)


def test_every_published_card_keeps_its_source() -> None:
    published = [card for card in demo.all_cards() if not card["constructed"]]
    assert len(published) == 54
    assert all(card["source"]["url"].startswith("https://") for card in published)


def test_a_level_of_no_stage_is_kept_beside_the_record() -> None:
    cards = {card.id: card for card in demo.cards()}
    assert cards["openai-gpt-4o"].unlabelled["persuasion"] == "Medium"
    assert "scores" not in cards["openai-gpt-4o"].records[BETA]
    assert "post_mitigation" not in cards["openai-o1-preview"].records[BETA]["scores"]["cbrn"]


def test_a_model_without_a_scorecard_has_no_scores() -> None:
    card = next(card for card in demo.cards() if card.id == "openai-gpt-4.1")
    assert card.records[BETA] == {"model": card.model}
    assert not card.unlabelled


def test_the_demo_fits_100_columns() -> None:
    transcript = (Path(__file__).parent / "transcripts" / "demo.txt").read_text(encoding="utf-8")
    assert "Shallow fix" in transcript
    assert [line for line in transcript.splitlines() if len(line) > 100] == []
