"""The checker that an outsider wrote from the document accepts and refuses what `verify` does."""

import ast
from datetime import date
import json
from pathlib import Path
import random
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st
from oracle import schemas
from oracle.policies import policies
from oracle.printing import printed

import policylang

from .corruptions import CORRUPTIONS
from .thorough import Thorough
from .verdicts import accepted, as_json, believed, outcomes

seeds = st.integers(0, 2**16)


def test_the_outsider_knows_nothing_of_the_engine() -> None:
    for name in ("outsider", "reading"):
        tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text("utf-8"))
        imported = {one.module for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
        imported |= {
            alias.name for one in ast.walk(tree) if isinstance(one, ast.Import) for alias in one.names
        }
        assert "json" in imported or "math" in imported
        assert not {one for one in imported if one and one.startswith("policylang")}


@given(st.data(), policies(latching=True), seeds, st.booleans())
def test_the_outsider_says_what_verify_says(data: st.DataObject, model: Any, seed: int, past: bool) -> None:
    """Of right proofs and of corrupted ones, with and without a history."""
    text = printed(model, seed)
    note(text)
    policy = policylang.loads(text)
    record, today = data.draw(schemas.records(model.schema)), data.draw(schemas.todays())
    known: dict[str, Any] = {"today": today}
    decision = policy.decide(record, today=today)
    if past and today is not None:
        pairs = [(date(2023, 1, 1), data.draw(schemas.records(model.schema))), (today, record)]
        decision, known["history"] = policy.decide_history(pairs)[-1], pairs
    proof = decision.proof.to_dict()
    assert believed(proof, policy, record, **known) == outcomes(decision)
    assert believed(proof, policy, record, today=today) == accepted(proof, policy, record, today=today)
    rng = random.Random(seed)
    for _ in range(8):
        corrupted, what = rng.choice(CORRUPTIONS)(proof, rng)
        note(what)
        assert believed(corrupted, policy, record, **known) == accepted(corrupted, policy, record, **known)


@given(st.data(), policies(latching=True), seeds, st.booleans())
def test_a_prover_that_leaves_nothing_out_is_accepted(
    data: st.DataObject, model: Any, seed: int, past: bool
) -> None:
    """It decides by itself, from the document alone, and names every operand, from the last to the first."""
    text = printed(model, seed)
    note(text)
    policy = policylang.loads(text)
    record, today = data.draw(schemas.records(model.schema)), data.draw(schemas.todays())
    known: dict[str, Any] = {"today": today}
    decision, pairs = policy.decide(record, today=today), [(today, record)]
    if past and today is not None:
        pairs = [(date(2023, 1, 1), data.draw(schemas.records(model.schema))), (today, record)]
        decision, known["history"] = policy.decide_history(pairs)[-1], pairs
    content = json.loads(json.dumps(policy.content.json))
    dated = [(day and day.isoformat(), as_json(one)) for day, one in pairs]
    proof = Thorough(content, dict(policy.content.shallow), dated).proof()
    assert accepted(proof, policy, record, **known) == outcomes(decision)
    assert believed(proof, policy, record, **known) == outcomes(decision)
