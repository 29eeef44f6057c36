"""Running a policy's examples, and trying its claims on their records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs

from policylang.core.compiler import Grounder, bindings
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome
from policylang.core.evaluator import Evaluator
from policylang.core.policy import Policy
from policylang.core.reading import MAX_SIZE, JsonObject, parse_json
from policylang.core.record import Record
from policylang.diagnostics import Problem, RecordError
from policylang.language.checked import Example, OutcomeClaim
from policylang.truth import TRUE


@attrs.frozen
class ExampleResult:
    """What came of an example: the decision, and what was not as expected."""

    example: Example
    decision: Decision | None
    mismatches: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.mismatches


def run_example(policy: Policy, example: Example) -> ExampleResult:
    """Decide an example's record and compare each expected outcome."""
    try:
        decision = policy.decide(example_record(example), today=example.on)
    except RecordError as error:
        return ExampleResult(example, None, tuple(str(p) for p in error.problems))
    mismatches = tuple(
        f"{action}: expected {expected}, got {decision[action]}"
        for action, expected in example.expected
        if decision[action].value != expected
    )
    return ExampleResult(example, decision, mismatches)


def example_record(example: Example) -> Any:
    """Return the record that an example gives, with its changes; RecordError when it cannot be read."""
    data = example.given
    if isinstance(data, str):
        try:
            with (Path(example.folder) / data).open("rb") as file:
                data = parse_json(file.read(MAX_SIZE + 1))
        except (OSError, ValueError) as error:
            if isinstance(error, RecordError):
                raise
            raise RecordError([Problem("", f"`{data}` cannot be read")]) from None
    for steps, value in example.changes:
        data = _changed(data, steps, value)
    return data


def _changed(data: Any, steps: tuple[str, ...], value: Any) -> Any:
    if not steps:
        return value
    inner = JsonObject(data if isinstance(data, Mapping) else {})
    inner[steps[0]] = _changed(inner.get(steps[0]), steps[1:], value)
    return inner


def claim_counterexample(
    policy: Policy, claim: OutcomeClaim, record: Record, today: date | None
) -> str | None:
    """Return how one record contradicts a claim, None when it does not."""
    decision = policy.decide(record, today=today)
    outcome = decision[claim.action]
    as_claimed = (
        outcome is not Outcome.PERMITTED
        if claim.outcome == "not permitted"
        else outcome.value == claim.outcome
    )
    if as_claimed:
        return None
    grounder, evaluator = Grounder(), Evaluator(record, today)
    for members in bindings(claim.sets):
        if evaluator.evaluate(grounder.ground(claim.condition, members)) is TRUE:
            at = f" at {', '.join(members.values())}" if members else ""
            return f"the condition holds{at}, and {claim.action} is {outcome}"
    return None
