"""The questions about one decision against deciding, on records of which much is not known.

The policy has twelve categories, and a third of each record is missing. Every question is asked of a
decision that was just made: all that depends on the record is built for the one answer and counts. What
depends on the policy alone is built before, with the first decision that is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
import random
from statistics import median
from time import process_time
from typing import Any

import attrs
import deciding

import policylang
from policylang import Decision, Outcome
from policylang.analysis.counterfactual import counterfactual
from policylang.analysis.settling import settle
from policylang.core.record import Record

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


@attrs.frozen
class Asked:
    """A question about each outcome that is open, or is not; ``is_open`` is None where either will do."""

    name: str
    ask: Question
    is_open: bool | None
    typical: float  # decisions that half of the answers may take
    slow: float  # decisions that all but one of a hundred may take

    def bears_on(self, outcome: Outcome) -> bool:
        return self.is_open in (None, outcome is Outcome.UNDETERMINED)


QUESTIONS = [
    Asked("reasons", Decision.reasons, False, 5, 12),
    Asked("what is missing", Decision.missing, True, 10, 25),
    Asked("what is possible", Decision.possible, True, 10, 25),
    Asked("what surely settles", partial(settle, surely=True), True, 10, 25),
    Asked("the cheapest changes", counterfactual, None, 10, 20),
    Asked("all of it as JSON", lambda decision, _: decision.to_dict(), None, 15, 60),
]


def ratios(count: int, rounds: int, entries: int = 240) -> Iterator[Ratio]:
    """Yield what half of the answers to each question take at most, and 99 in 100, in decisions."""
    policy = large_policy()
    given = [policy.record(one) for one in records(count)]

    def decide(one: Record) -> Decision:
        decision = policy.decide(one, today=deciding.TODAY)
        assert decision.outcomes
        return decision

    def answers(asked: Asked) -> Iterator[float]:
        for one in given:
            for action, outcome in decide(one).outcomes.items():
                if asked.bears_on(outcome):
                    yield min(_seconds(asked.ask, decide(one), action) for _ in range(rounds))

    for asked in QUESTIONS:
        unit = median(min(_seconds(decide, one) for _ in range(rounds)) for one in given)
        times = sorted(answers(asked))
        what = f"{asked.name}, of twelve categories"
        yield Ratio(f"{what} / decide", median(times) / unit, asked.typical)
        yield Ratio(f"{what}, 99th percentile / decide", times[99 * len(times) // 100] / unit, asked.slow)
    yield from _of_lists(entries, rounds)


def _seconds(run: Callable[..., object], *given: object) -> float:
    """Return the processor time of one call that has an answer: others may be at work beside it."""
    start = process_time()
    answer = run(*given)
    spent = process_time() - start
    assert answer is not None
    return spent


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
