"""One decision by the reference evaluator against reading its record with `json.loads`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
import json
from pathlib import Path

import policylang

from ratios import Ratio, ratio

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


def ratios(times: int, rounds: int) -> Iterator[Ratio]:
    policy = policylang.load(POLICY)
    text = json.dumps(RECORD)

    def decisions() -> None:
        for _ in range(times):
            assert policy.decide(RECORD, today=TODAY).permits("deploy")

    def readings() -> None:
        for _ in range(times):
            json.loads(text)

    yield Ratio("decide four categories / json.loads of the record", ratio(decisions, readings, rounds), 100)
