"""Published scorecards as demo records; each names its source."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
import json
from typing import Any

import attrs

POLICIES = ("preparedness_beta", "strict_mitigation")


@attrs.frozen
class Card:
    """One scorecard: a published one, or one constructed to carry an argument."""

    id: str
    model: str
    published: date
    constructed: bool
    records: dict[str, Any]  # by the policy that declares their shape
    unlabelled: dict[str, str]  # levels that the card prints without saying of which stage
    notes: dict[str, str]
    source: dict[str, str] | None


def cards() -> tuple[Card, ...]:
    """Return the cards of the demo: those of the Beta framework and the constructed ones."""
    return tuple(_card(data) for data in all_cards() if data["constructed"] or data.get("under") in POLICIES)


def all_cards() -> list[dict[str, Any]]:
    """Return every card as shipped, those of other frameworks as published."""
    text = (files("policylang.demo") / "cards.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["cards"]
    return found


def _card(data: dict[str, Any]) -> Card:
    records = data.get("records") or dict.fromkeys(POLICIES, data.get("record"))
    return Card(
        data["id"],
        data["model"],
        date.fromisoformat(data["published"]),
        data["constructed"],
        records,
        data.get("unlabelled", {}),
        data.get("notes", {}),
        data["source"],
    )
