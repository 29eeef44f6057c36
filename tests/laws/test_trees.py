"""A proof in words says all that the proof does, whatever the proof."""

from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise
import json
import random
import re
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st
from oracle import schemas
from oracle.policies import policies
from oracle.printing import printed
import pytest
from test_proofs import CORRUPTIONS, seeds

import policylang
from policylang.proof.proof import Given, Proof, ProofError, TodayIs
from policylang.proof.statements import statement_text
from policylang.proof.tree import outline

LABELS = re.compile(r" \[(\d+)\]:?$")
REFERENCES = re.compile(r" \(see \[(\d+)\]\)$")


@given(st.data(), policies(), seeds)
def test_a_tree_tells_every_fact_and_refers_back_only(data: st.DataObject, model: Any, seed: int) -> None:
    """Each fact that a proof rests on is there, once for each number, which stands before its use."""
    text = printed(model, seed)
    note(text)
    record, today = data.draw(schemas.records(model.schema)), data.draw(schemas.todays())
    proof = policylang.loads(text).decide(record, today=today).proof
    lines = Proof.from_dict(json.loads(json.dumps(proof.to_dict()))).explain().split("\n")
    said = {re.sub(r"( \(negated\))?:?$", "", line.strip()) for line in lines}
    for place, node in enumerate(proof.nodes):
        if isinstance(node.statement, Given | TodayIs):
            assert statement_text(proof, place, {}) in said
    known: set[str] = set()
    for line in lines:
        if label := LABELS.search(line):
            assert label[1] not in known
            known.add(label[1])
        if reference := REFERENCES.search(line):
            assert reference[1] in known
    depths = [line.depth for line in outline(proof)]
    assert all(later <= depth + 1 for depth, later in pairwise(depths))


@given(st.data(), policies(), seeds)
def test_a_proof_that_nobody_verified_is_told_or_refused(data: st.DataObject, model: Any, seed: int) -> None:
    """However wrong a proof from JSON is, it ends in words or in a sentence on what is wrong."""
    policy, rng = policylang.loads(printed(model, seed)), random.Random(seed)
    record, today = data.draw(schemas.records(model.schema)), data.draw(schemas.todays())
    right = policy.decide(record, today=today).proof.to_dict()
    for _ in range(20):
        wrong, what = rng.choice(CORRUPTIONS)(right, rng)
        note(what)
        for _ in range(rng.randrange(3)):
            with suppress(TypeError, LookupError, AttributeError):  # it is too wrong to be made worse
                wrong, _ = rng.choice(CORRUPTIONS)(wrong, rng)
        try:
            assert all(line.isprintable() for line in Proof.from_dict(wrong).explain().split("\n"))
        except ProofError as error:
            assert str(error)


@pytest.mark.parametrize("bad", [[7], [0], [1], [-1]])
def test_a_circle_of_premises_is_refused(bad: list[int]) -> None:
    proof = policylang.loads("post_mitigation >= High -> forbid deploy").decide({}).proof.to_dict()
    proof["nodes"][0]["premises"] = bad
    with pytest.raises(ProofError, match=r"nodes\[0\]"):
        Proof.from_dict(proof).explain()


# --- depth and size -----------------------------------------------------------------------------


def test_a_history_adds_lines_and_no_depth() -> None:
    policy = policylang.loads("post_mitigation >= High -> forbid deploy until post_mitigation <= Low")
    first = {name: {"post_mitigation": "High"} for name in ("cbrn", "persuasion")}
    later = {name: {"post_mitigation": "Medium"} for name in ("cbrn", "persuasion")}
    found = []
    for days in (5, 500):
        start = date(2024, 1, 1)
        pairs = [(start + timedelta(day), {"scores": later if day else first}) for day in range(days)]
        proof = policy.decide_history(pairs)[-1].proof
        lines = outline(proof, ["deploy"])
        found.append((max(line.depth for line in lines), len(lines) / days))
        assert f"on {start}: scores.cbrn.post_mitigation is High" in proof.explain(full=True)
    (depth, _), (same_depth, lines_a_day) = found
    assert same_depth == depth < 8
    assert lines_a_day < 6


def test_a_deep_condition_is_told() -> None:
    defines = ["define d0 = level >= High"]
    defines += [f"define d{i} = not (d{i - 1} or flag)" for i in range(1, 301)]
    head = "scale Risk: Low < High\nrecord { level: Risk flag: bool }\naction use: permitted unless forbidden"
    policy = policylang.loads("\n".join([head, *defines, "d300 -> forbid use"]))
    proof = policy.decide({"level": "High", "flag": False}).proof
    assert max(line.depth for line in outline(proof)) > 290
    assert "level is High" in proof.explain(full=True)
