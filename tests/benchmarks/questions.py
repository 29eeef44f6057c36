"""The questions about one decision against deciding, on records of which much is not known.

The policy has twelve categories, and a third of each record is missing. Every question is asked of a
decision that was just made, so that what its questions share is built for it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
import random
from typing import Any

import deciding

import policylang
from policylang import Decision, Outcome

from ratios import Ratio, ratio, seconds

CATEGORIES = [f"category_{i}" for i in range(12)]
LEVELS = ["Low", "Medium", "High", "Critical"]


def large_policy() -> policylang.Policy:
    text = deciding.POLICY.read_text(encoding="utf-8")
    four = "cybersecurity, cbrn, persuasion, model_autonomy"
    assert four in text
    return policylang.loads(text.replace(four, ", ".join(CATEGORIES)))


def records(count: int) -> list[dict[str, Any]]:
    """Return records each of whose values is missing with a probability of three in ten."""
    source = random.Random(1)

    def known(values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if source.random() > 0.3}

    def score() -> dict[str, Any]:
        return known({"pre_mitigation": source.choice(LEVELS), "post_mitigation": source.choice(LEVELS[:2])})

    def mitigation(name: str) -> dict[str, Any]:
        words = dict.fromkeys(["mechanism_understood", "generalises"], deciding.WORD)
        covers = source.choice(CATEGORIES)
        return {"name": name, **known({"covers": covers, **words, "trained_on_eval": False})}

    return [
        {
            **known({"evaluated_on": "2026-10-02", "security_hardened": True}),
            "scores": {category: score() for category in CATEGORIES},
            "mitigations": [mitigation(f"m{i}") for i in range(source.choice([0, 2, 5]))],
        }
        for _ in range(count)
    ]


def long_record(count: int) -> dict[str, Any]:
    """Return a record with so many mitigations about which nothing is known."""
    low = {"pre_mitigation": "Low", "post_mitigation": "Low"}
    scores = {**dict.fromkeys(deciding.RECORD["scores"], low), "cbrn": {**low, "pre_mitigation": "High"}}
    entries = [{"name": f"m{i}", "covers": "cbrn"} for i in range(count)]
    return {"scores": scores, "security_hardened": True, "mitigations": entries}


Question = Callable[[Decision, str], object]


def questions(policy: policylang.Policy) -> Iterator[tuple[str, Question, bool, float]]:
    """Yield each question, whether it is about an open outcome, and how many decisions it may cost."""

    def settle(decision: Decision, action: str) -> object:
        return policy.settle(decision.record, action=action, today=deciding.TODAY, surely=True)

    def counterfactual(decision: Decision, action: str) -> object:
        return policy.counterfactual(decision.record, action=action, today=deciding.TODAY)

    yield "reasons", Decision.reasons, False, 12
    yield "what is missing", Decision.missing, True, 20
    yield "what is possible", Decision.possible, True, 20
    yield "what surely settles", settle, True, 30
    yield "the cheapest changes", counterfactual, True, 40


def ratios(count: int, rounds: int, entries: int = 240) -> Iterator[Ratio]:
    policy, today = large_policy(), deciding.TODAY
    given = [policy.record(one) for one in records(count)]

    def decide() -> None:
        for one in given:
            assert policy.decide(one, today=today).outcomes

    def ask(question: Question, is_open: bool) -> None:
        for one in given:
            decision = policy.decide(one, today=today)
            for action, outcome in decision.outcomes.items():
                if (outcome is Outcome.UNDETERMINED) == is_open:
                    assert question(decision, action) is not None
                    break

    for name, question, is_open, limit in questions(policy):
        what = f"decide twelve categories, and {name} / decide"
        yield Ratio(what, ratio(partial(ask, question, is_open), decide, rounds), limit)

    def json() -> None:
        for one in given:
            assert policy.decide(one, today=today).to_dict()

    yield Ratio("decide twelve categories, as JSON / decide", ratio(json, decide, rounds), 40)
    yield from _of_lists(entries, rounds)


def _of_lists(entries: int, rounds: int) -> Iterator[Ratio]:
    policy = policylang.load("strict_mitigation")
    long, short = (policy.record(long_record(count)) for count in (entries, entries // 4))

    def decide() -> None:
        assert policy.decide(long, today=deciding.TODAY).outcomes

    def json() -> None:
        assert policy.decide(long, today=deciding.TODAY).to_dict()

    def json_of_short() -> None:
        assert policy.decide(short, today=deciding.TODAY).to_dict()

    what = f"decide {entries} entries that are not known, as JSON"
    yield Ratio(f"{what} / decide", ratio(json, decide, rounds), 80)
    growth = seconds(json) / seconds(json_of_short)
    yield Ratio(f"{what} / {entries // 4} such entries, a quarter", growth / 4, 1.5)
