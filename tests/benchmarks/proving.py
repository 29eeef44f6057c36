"""A proof built, and a proof verified, against a decision by the reference evaluator.

The proof is that of every outcome of the whole policy on four categories. Times are the least of
many rounds, of this process alone, so that a busy machine does not count, and without the collector
of garbage, as those of `timeit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
import gc
from time import process_time
from typing import Any

import deciding

import policylang

from ratios import Ratio


def seconds(run: Callable[[Any], object], inputs: list[Any]) -> float:
    gc.collect()
    gc.disable()
    start = process_time()
    for one in inputs:
        run(one)
    found = process_time() - start
    gc.enable()
    return found


def ratios(times: int, rounds: int) -> Iterator[Ratio]:
    policy = policylang.load(deciding.POLICY)
    today = deciding.TODAY

    def decide(record: Any) -> policylang.Decision:
        decision = policy.decide(record, today=today)
        assert decision.outcomes
        return decision

    def prove(decision: policylang.Decision) -> policylang.Proof:
        return decision.proof

    def verify(proof: policylang.Proof) -> None:
        policylang.verify(proof, policy, deciding.RECORD, today=today)

    took: dict[str, list[float]] = {"decide": [], "build": [], "verify": []}
    for _ in range(rounds + 1):  # the first fills what a policy keeps, and is never the least
        took["decide"].append(seconds(decide, [deciding.RECORD] * times))
        decisions = [decide(deciding.RECORD) for _ in range(times)]
        took["build"].append(seconds(prove, decisions))
        took["verify"].append(seconds(verify, [prove(decision) for decision in decisions]))
    least = {what: min(found) for what, found in took.items()}
    yield Ratio("build the proof of four categories / decide them", least["build"] / least["decide"], 3)
    yield Ratio("verify the proof of four categories / decide them", least["verify"] / least["decide"], 3)
