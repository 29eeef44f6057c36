"""What is said of a long list grows with the list and no faster; counted in calls, not in seconds."""

from collections.abc import Callable
from datetime import date
import json
import sys
from typing import Any

import pytest

import policylang
from policylang.proof.proof import Proof
from policylang.render import github, html, junit, markdown
from policylang.render.report import Report, decided

TODAY = date(2026, 11, 24)
CATEGORIES = ("cybersecurity", "cbrn", "persuasion", "model_autonomy")
SMALL, FACTOR = 60, 5  # the entries repeat after 60
POLICY = policylang.load("strict_mitigation")


def record(entries: int) -> dict[str, Any]:
    """Return a record whose mitigations are each attested by another assessor and fail in turn."""
    mitigations = [
        {
            "name": f"m{i}",
            "covers": CATEGORIES[i % 4],
            "level_alone": "Medium",
            "trained_on_evaluation": i % 3 == 0,
            "understood": {
                "holds": i % 5 == 0,
                "by": f"assessor {i}",
                "role": "independent_assessor",
                "on": "2026-10-15",
            },
        }
        for i in range(entries)
    ]
    scores = {name: {"pre_mitigation": "High", "post_mitigation": "Medium"} for name in CATEGORIES}
    return {"scores": scores, "mitigations": mitigations, "security_hardened": True}


def report(decision: policylang.Decision) -> Report:
    actions = tuple(POLICY.actions)
    return Report(POLICY, TODAY, actions, (decided("a.json", decision, actions),))


def read(decision: policylang.Decision) -> Proof:
    return Proof.from_dict(json.loads(json.dumps(decision.proof.to_dict())))


STEPS: dict[str, Callable[[policylang.Decision], object]] = {
    "proof": lambda decision: decision.proof,
    "to and from JSON": read,
    "verify": lambda d: policylang.verify(d.proof, POLICY, d.record, today=TODAY),
    "explain": lambda decision: decision.proof.explain(),
    "explain --full": lambda decision: decision.proof.explain(full=True),
    "notebook": lambda decision: decision._repr_html_(),
    "html": lambda decision: html.document(report(decision)),
    "markdown": lambda decision: markdown.document(report(decision)),
    "junit": lambda decision: junit.document(report(decision)),
    "github": lambda decision: github.document(report(decision)),
}


def calls(step: Callable[[policylang.Decision], object], entries: int) -> int:
    """Return how many calls a step makes on a decision that nothing was asked of before."""
    decision = POLICY.decide(record(entries), today=TODAY)
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        step(decision)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", STEPS)
def test_a_step_takes_time_linear_in_the_list(name: str) -> None:
    POLICY.decide(record(1), today=TODAY).proof.explain(full=True)  # what is made once a policy
    assert calls(STEPS[name], SMALL * FACTOR) < calls(STEPS[name], SMALL) * FACTOR * 1.1


LIMITED = {
    "explain": 4_000,
    "notebook": 60_000,
    "html": 140_000,
    "markdown": 16_000,
    "junit": 16_000,
    "github": 16_000,
}


@pytest.mark.parametrize("name", LIMITED)
def test_what_is_shown_of_a_long_list_has_a_limit(name: str) -> None:
    shown = {
        "explain": lambda decision: decision.proof.explain(),
        "notebook": lambda decision: decision._repr_html_(),
        "html": lambda decision: html.document(report(decision)),
        "markdown": lambda decision: markdown.document(report(decision)),
        "junit": lambda decision: junit.document(report(decision)),
        "github": lambda decision: github.document(report(decision)),
    }[name]
    sizes = [len(shown(POLICY.decide(record(n), today=TODAY))) for n in (400, 1600)]
    assert sizes[1] < sizes[0] * 1.05 < LIMITED[name] * 1.05, sizes
