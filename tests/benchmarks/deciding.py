"""One decision by the reference evaluator against reading its record with `json.loads`.

Also against the truths alone that it is made of: the record read, and each effect of each rule
instance evaluated. What a decision costs beyond them is what it keeps for its questions, the proof
among them.

The shipped frameworks are measured against that decision: the slowest of them, each on the record of
its examples that says most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
import json
from pathlib import Path
from typing import Any

import policylang
from policylang.core.evaluator import Evaluator
from policylang.core.examples import example_record
from policylang.core.policy import Policy
from policylang.frameworks import names

from ratios import Ratio, Run, ratio

TODAY = date(2026, 11, 24)
POLICY = Path(__file__).parent / "preparedness_example.policy"
WORD = {"holds": True, "by": "A. Assessor", "role": "independent_assessor", "on": "2026-10-01"}
RECORD = {
    "model": "example-1",
    "evaluated_on": "2026-10-02",
    "scores": {
        "cybersecurity": {"pre_mitigation": "Low", "post_mitigation": "Low"},
        "cbrn": {"pre_mitigation": "High", "post_mitigation": "Medium"},
        "persuasion": {"pre_mitigation": "Medium", "post_mitigation": "Medium"},
        "model_autonomy": {"pre_mitigation": "Low", "post_mitigation": "Low"},
    },
    "mitigations": [
        {
            "name": name,
            "covers": "cbrn",
            "mechanism_understood": WORD,
            "generalises": WORD,
            "trained_on_eval": False,
        }
        for name in ("refusal", "monitoring")
    ],
    "security_hardened": True,
}


def ratios(times: int, rounds: int, frameworks: Iterable[str] = names()) -> Iterator[Ratio]:
    ours, text = policylang.load(POLICY), json.dumps(RECORD)
    decisions = deciding(ours, RECORD, times)

    def readings() -> None:
        for _ in range(times):
            json.loads(text)

    yield Ratio("decide four categories / json.loads of the record", ratio(decisions, readings, rounds), 100)
    truths = evaluating(ours, RECORD, times)
    yield Ratio(
        "decide four categories / the truths of its rules alone", ratio(decisions, truths, rounds), 1.5
    )
    slowest = 0.0
    for policy in map(policylang.load, frameworks):
        theirs = deciding(policy, largest_example(policy), times)
        slowest = max(slowest, ratio(theirs, decisions, rounds))
    yield Ratio("decide by the slowest framework / four categories", slowest, 5)


def deciding(policy: Policy, record: Mapping[str, Any], times: int) -> Run:
    def decisions() -> None:
        for _ in range(times):
            assert policy.decide(record, today=TODAY).outcomes

    return decisions


def evaluating(policy: Policy, record: Mapping[str, Any], times: int) -> Run:
    instances = policy.predicates.instances

    def truths() -> None:
        for _ in range(times):
            evaluator = Evaluator(policy.record(record), TODAY)
            assert [evaluator.evaluate(effect.predicate) for one in instances for effect in one.effects]

    return truths


def largest_example(policy: Policy) -> Any:
    """Return the record of a policy's examples that says most."""
    records = [policy.record(example_record(example)).data for example in policy.examples]
    return max(records, key=lambda data: len(json.dumps(data)))
