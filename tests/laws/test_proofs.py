"""Every proof verifies, no wrong one does, and no corruption of one passes for it."""

from collections.abc import Callable
from datetime import date
import json
from pathlib import Path
import random
from typing import Any

import attrs
from hypothesis import given, note
from hypothesis import strategies as st
import jsonschema
from oracle import schemas
from oracle.policies import policies
from oracle.printing import printed
from proofs.corruptions import CORRUPTIONS, shuffled
from proofs.verdicts import accepted, outcomes
import pytest

import policylang
from policylang.core import evaluator
from policylang.proof import prover
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth

seeds = st.integers(0, 2**16)
DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = jsonschema.Draft202012Validator(json.loads((DOCS / "proof.schema.json").read_text("utf-8")))
TODAY = date(2024, 2, 28)


@given(st.data(), policies(), seeds)
def test_every_proof_verifies_and_reads_back(data: st.DataObject, model: Any, seed: int) -> None:
    """What a decision says, its proof shows, as a value and as JSON."""
    text = printed(model, seed)
    note(text)
    policy = policylang.loads(text)
    record, today = data.draw(schemas.records(model.schema)), data.draw(schemas.todays())
    decision = policy.decide(record, today=today)
    proof = decision.proof
    policylang.verify(proof, policy, record, today=today)
    written = json.loads(json.dumps(proof.to_dict()))
    assert SCHEMA.is_valid(written)
    assert policylang.Proof.from_dict(written) == proof
    assert accepted(written, policy, record, today=today) == outcomes(decision)
    assert policylang.Proof.from_dict(written).explain()


@given(st.data(), policies(latching=True), seeds)
def test_every_proof_over_a_history_verifies_with_it(data: st.DataObject, model: Any, seed: int) -> None:
    """A proof over a history shows the outcome with the past; without it, only what needs no past."""
    text = printed(model, seed)
    note(text)
    policy = policylang.loads(text)
    days = sorted(data.draw(st.sets(st.sampled_from(schemas.DAYS), min_size=2, max_size=4)))
    pairs = [(day, data.draw(schemas.records(model.schema))) for day in days]
    for (day, record), decision in zip(pairs, policy.decide_history(pairs), strict=True):
        written = json.loads(json.dumps(decision.proof.to_dict()))
        assert accepted(written, policy, record, today=day, history=pairs) == outcomes(decision)
        alone = policy.decide(record, today=day)
        by_itself = outcomes(alone) if outcomes(alone) == outcomes(decision) else None
        assert accepted(written, policy, record, today=day) == by_itself
        if day != days[0]:
            # What is right without a past says nothing about the decision with it.
            plain = alone.proof.to_dict()
            assert accepted(plain, policy, record, today=day, history=pairs) is None


def test_a_latched_decision_is_refused_without_its_history() -> None:
    policy = policylang.loads("post_mitigation >= High -> forbid deploy until post_mitigation <= Low")
    pairs = [
        (
            date(2026, 1, day),
            {"scores": {name: {"post_mitigation": level} for name in ("cbrn", "persuasion")}},
        )
        for day, level in ((1, "High"), (2, "Medium"), (3, "Low"))
    ]
    _, held, released = policy.decide_history(pairs)
    assert held["deploy"] is policylang.Outcome.FORBIDDEN
    policylang.verify(held.proof, policy, pairs[1][1], today=pairs[1][0], history=pairs)
    with pytest.raises(policylang.ProofError, match="its history is needed"):
        policylang.verify(held.proof, policy, pairs[1][1], today=pairs[1][0])
    with pytest.raises(policylang.ProofError, match="another history"):
        policylang.verify(held.proof, policy, pairs[1][1], today=pairs[1][0], history=pairs[1:])
    assert released["deploy"] is policylang.Outcome.UNDETERMINED  # two categories are not scored


def test_a_proof_says_no_more_than_its_outcomes_need() -> None:
    """A node that nothing rests on is refused, though it be true; so is a place with a past without one."""
    policy = policylang.loads("post_mitigation >= High -> forbid deploy")
    record = {"scores": {"cbrn": {"post_mitigation": "High"}}}
    proof = policy.decide(record).proof.to_dict()
    fact = next(node for node in proof["nodes"] if node["by"] == "given")
    idle = {**proof, "nodes": [*proof["nodes"], fact]}
    with pytest.raises(policylang.ProofError, match=rf"nodes\[{len(proof['nodes'])}\]: nothing rests on"):
        policylang.verify(policylang.Proof.from_dict(idle), policy, record)
    proof["actions"]["deploy"]["with_past"] = proof["actions"]["deploy"]["node"]
    with pytest.raises(policylang.ProofError, match="a history and only it has a past"):
        policylang.verify(policylang.Proof.from_dict(proof), policy, record)


def test_a_proof_made_by_hand_cannot_count_places_from_the_end() -> None:
    """A premise at -1 would be the node itself, an outcome that rests on nothing."""
    policy = policylang.loads("post_mitigation >= High -> forbid deploy")
    proof = policy.decide({}).proof
    root = attrs.evolve(proof.nodes[-1], truth=TRUE, by="enough", premises=(-1,))
    lying = attrs.evolve(proof, nodes=(*proof.nodes[:-1], root))
    with pytest.raises(policylang.ProofError, match="does not stand before it"):
        policylang.verify(lying, policy, {})


def test_what_holds_once_does_not_count_twice() -> None:
    """A statement with two nodes of its own is still one premise."""
    policy = policylang.loads(
        "record { a: bool  b: bool } action deploy: forbidden unless permitted  a and b -> permit deploy"
    )
    record = {"a": True, "b": False}
    proof = policy.decide({"a": True, "b": True}).proof.to_dict()
    proof["record"]["digest"] = policy.record(record).digest
    nodes = proof["nodes"]
    place = next(i for i, node in enumerate(nodes) if node["statement"].get("given") == ["b"])
    one = next(node for node in nodes if node["premises"] == [0] or node["premises"] == [1])
    one_place = nodes.index(one)
    assert one_place < place
    nodes[place], nodes[place + 1] = nodes[one["premises"][0]], {**one, "premises": [place]}
    with pytest.raises(policylang.ProofError, match="a premise stands twice"):
        policylang.verify(policylang.Proof.from_dict(proof), policy, record)


# --- corruption ---------------------------------------------------------------------------------


@given(st.data(), policies(), seeds, st.booleans())
def test_no_corruption_of_a_proof_passes(data: st.DataObject, model: Any, seed: int, past: bool) -> None:
    """Twenty corruptions each: a changed field is refused, changed premises show no other outcome."""
    policy = policylang.loads(printed(model, seed))
    record, today = data.draw(schemas.records(model.schema)), data.draw(schemas.todays())
    known: dict[str, Any] = {"today": today}
    decision = policy.decide(record, today=today)
    if past and today is not None:
        pairs = [(date(2023, 1, 1), data.draw(schemas.records(model.schema))), (today, record)]
        decision, known["history"] = policy.decide_history(pairs)[-1], pairs
    proof = decision.proof.to_dict()
    right = outcomes(decision)
    rng = random.Random(seed)
    for _ in range(20):
        corrupted, what = rng.choice(CORRUPTIONS)(proof, rng)
        shown = accepted(corrupted, policy, record, **known)
        note(what)
        if what.startswith("premises"):
            assert shown is None or shown.items() <= right.items()
        elif corrupted != proof and not (what == "added permit" and shown == right):
            assert shown is None, what


@given(st.data(), policies(), seeds)
def test_no_proof_holds_for_a_record_that_differs_in_what_it_rests_on(
    data: st.DataObject, model: Any, seed: int
) -> None:
    """Even with the other record's digest written in, the facts do not fit."""
    policy = policylang.loads(printed(model, seed))
    record, today = data.draw(schemas.records(model.schema)), data.draw(schemas.todays())
    other, _ = data.draw(schemas.poorer(model.schema, record))
    proof = policy.decide(record, today=today).proof.to_dict()
    proof["record"]["digest"] = policy.record(other).digest
    shown = accepted(proof, policy, other, today=today)
    assert shown is None or shown == outcomes(policy.decide(other, today=today))


# --- wrong deciders and other provers -----------------------------------------------------------


def strict(op: str, a: Any, b: Any, right: Callable[..., Truth] = evaluator.compare) -> Truth:
    return right(op.replace(">=", ">").replace("<=", "<"), a, b)


def hopeful(op: str, a: Any, b: Any, right: Callable[..., Truth] = evaluator.compare) -> Truth:
    found = right(op, a, b)
    return FALSE if found is UNKNOWN else found


def lazy(truths: Any) -> Truth:
    found = list(truths)
    return FALSE if FALSE in found else UNKNOWN if found and found[0] is UNKNOWN else TRUE


def one_short(n: int, truths: Any, right: Callable[..., Truth] = evaluator.at_least) -> Truth:
    return right(n - 1, truths)


BROKEN = [("compare", strict), ("compare", hopeful), ("conjunction", lazy), ("at_least", one_short)]


@pytest.mark.parametrize(("name", "wrong"), BROKEN, ids=[wrong.__name__ for _, wrong in BROKEN])
@given(st.data(), policies(), seeds)
def test_no_proof_by_a_broken_evaluator_shows_a_wrong_outcome(
    name: str, wrong: Any, data: st.DataObject, model: Any, seed: int
) -> None:
    policy = policylang.loads(printed(model, seed))
    record, today = data.draw(schemas.records(model.schema)), data.draw(schemas.todays())
    right = outcomes(policy.decide(record, today=today))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluator, name, wrong)
        decision = policy.decide(record, today=today)
        claimed, proof = outcomes(decision), decision.proof.to_dict()
    shown = accepted(proof, policy, record, today=today)
    assert shown is None or shown == claimed == right


def test_the_broken_evaluators_are_wrong_somewhere() -> None:
    """Each of them permits what it must not, so that the law above has something to refuse."""
    policy = policylang.loads(
        """
        scale Risk: Low < Medium < High
        set category: cbrn, cyber
        record { scores: per category { level: Risk  tested: bool } a: bool  b: bool }
        action deploy, develop, train: permitted unless forbidden
        any category (level >= High) -> forbid deploy
        a and b -> forbid train
        true -> require at least 2 category (tested) for develop
        """
    )
    seen = set()
    for name, wrong in BROKEN:
        record = {
            "scores": {"cbrn": {"level": "High", "tested": True}, "cyber": {"tested": False}},
            "a": True,
        }
        if wrong is hopeful:
            record["scores"]["cbrn"]["level"] = "Low"  # type: ignore[index]
        right = outcomes(policy.decide(record))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(evaluator, name, wrong)
            decision = policy.decide(record)
            proof = decision.proof
        if outcomes(decision) != right:
            seen.add(wrong.__name__)
            with pytest.raises(policylang.ProofError):
                policylang.verify(proof, policy, record)
    assert seen == {wrong.__name__ for _, wrong in BROKEN}


def from_the_end(n: int, total: int, truths: Any, result: Truth) -> list[tuple[int, Truth]]:
    """Choose other operands than the prover does: the last that are enough."""
    found = list(enumerate(truths))[::-1]
    if result is UNKNOWN:
        return [one for one in found if one[1] is not TRUE] + [one for one in found if one[1] is TRUE]
    return [one for one in found if one[1] is result][: max(n if result is TRUE else total - n + 1, 0)]


@given(st.data(), policies(), seeds)
def test_a_second_prover_is_accepted(data: st.DataObject, model: Any, seed: int) -> None:
    """Which sufficient premises a proof names, and in which order nodes stand, is its own affair."""
    policy = policylang.loads(printed(model, seed))
    record, today = data.draw(schemas.records(model.schema)), data.draw(schemas.todays())
    decision = policy.decide(record, today=today)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prover, "_enough", from_the_end)
        proof = decision.proof.to_dict()
    assert accepted(shuffled(proof, random.Random(seed)), policy, record, today=today) == outcomes(decision)


# --- size ---------------------------------------------------------------------------------------

LISTS = """
scale Risk: Low < Medium < High
record { level: Risk  mitigations: list of mitigation { sound: bool  cost: number } }
action deploy: permitted unless forbidden
level >= High -> require at least 3 mitigation (sound and cost <= 10) for deploy
"""


@pytest.mark.parametrize("count", [100, 20_000])
def test_a_proof_is_linear_in_what_was_read(count: int) -> None:
    """A requirement that fails over a long list reads it all, and no part of it twice."""
    policy = policylang.loads(LISTS)
    record = {"level": "High", "mitigations": [{"sound": i % 2 == 0, "cost": 11} for i in range(count)]}
    proof = policy.decide(record).proof
    assert 3 * count < len(proof.nodes) < 3 * count + 50
    written = json.loads(json.dumps(proof.to_dict()))
    assert accepted(written, policy, record) == {"deploy": "forbidden"}
    assert policylang.Proof.from_dict(written).explain()
    assert len(proof.explain().splitlines()) < 30
