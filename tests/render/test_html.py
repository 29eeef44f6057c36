"""Pages and notebooks: well-formed, foldable without a script, cut where a proof is huge."""

from datetime import date, timedelta
from html.parser import HTMLParser
import json
import re
from typing import Any

import pytest

import policylang
from policylang.proof.proof import Proof, ProofError
from policylang.render import html
from policylang.render.report import Report, decided
from policylang.render.trees import MAX_DEPTH, tree

TODAY = date(2026, 11, 24)
POLICY = """
post_mitigation >= High -> forbid deploy until post_mitigation <= Medium
pre_mitigation >= High -> require security_hardened for develop
"""
VOID = {"meta", "link", "br", "hr", "wbr"}


class Tree(HTMLParser):
    """The nesting of a page: refuses what is closed wrongly, and finds how deep it goes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.deepest = 0
        self.details: list[bool] = []  # whether each is open at first
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.deepest = max(self.deepest, len(self.open))
        if tag == "details":
            self.details.append(any(name == "open" for name, _ in attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(policy: policylang.Policy, *records: Any) -> str:
    actions = tuple(policy.actions)
    results = [
        decided(f"{i}.json", policy.decide(record, today=TODAY), actions) for i, record in enumerate(records)
    ]
    return html.document(Report(policy, TODAY, actions, tuple(results)))


RECORD = {"scores": {"cbrn": {"pre_mitigation": "High", "post_mitigation": "High"}}}


def test_a_page_has_the_proof_of_each_outcome_folded() -> None:
    text = page(policylang.loads(POLICY), RECORD)
    found = Tree(text)
    assert found.details.count(True) >= 2  # the first lines of a tree, once it is unfolded
    assert "scores.cbrn.post_mitigation is High" in text
    assert re.search(r"<summary>rule-1\[cbrn\] forbids deploy", text)
    # A summary is what the keyboard reaches; each stands first in its details.
    assert text.count("<details") == len(re.findall(r"<details[^>]*><summary>", text))


def test_a_long_page_leaves_proofs_out_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "PAGE_LINES", 20)
    text = page(policylang.loads(POLICY), *[RECORD] * 6)
    assert "The proof is left out of this long page." in text
    assert "scores.cbrn.post_mitigation is High" in text


def long_list(entries: int) -> policylang.Decision:
    policy = policylang.loads(
        "record { tests: list of test { passed: bool } }\n"
        "action use: permitted unless forbidden\nany test (not passed) -> forbid use"
    )
    return policy.decide({"tests": [{"passed": True}] * entries})


def test_a_huge_proof_is_cut_and_says_by_how_much() -> None:
    decision = long_list(1000)
    for text in (decision._repr_html_(), page(decision.policy, decision.record.data)):
        shown = text.count("passed is true")
        found = re.search(r"(\d+) more statements not shown here", text)
        assert found is not None
        assert 100 < shown < 500
        assert shown + int(found[1]) - 1000 in range(10)
    assert len(long_list(3000)._repr_html_()) < len(decision._repr_html_()) + 20


def test_a_table_is_printed_whole_and_its_heads_are_broken_between_words() -> None:
    text = page(policylang.loads(POLICY), RECORD)
    assert '<th scope="col">post_<wbr>mitigation</th>' in text
    printed = text[text.index("@media print") :]
    assert ".wide { overflow: visible; }" in printed[: printed.index("</style>")]


def test_no_proof_is_nested_deeper_than_browsers_read() -> None:
    head = "record { flag: bool other: bool }\naction use: permitted unless forbidden\ndefine d0 = other"
    defines = [f"define d{i} = not (d{i - 1} or flag)" for i in range(1, 200)]
    policy = policylang.loads("\n".join([head, *defines, "d199 -> forbid use"]))
    proof = policy.decide({"flag": False, "other": True}).proof
    markup, taken = tree(proof, "use", 10_000)
    assert taken > 199
    assert Tree(markup).deepest < 4 * MAX_DEPTH < 512
    assert "other is true" in markup


# --- notebooks ----------------------------------------------------------------------------------


def test_a_notebook_shows_badges_reasons_and_trees() -> None:
    decision = policylang.loads(POLICY).decide(RECORD, today=TODAY)
    text = decision._repr_html_()
    Tree(text)
    assert text == decision.proof._repr_html_()
    for action, outcome in decision.outcomes.items():
        assert re.search(rf"<strong>{action}</strong> <span class=\"badge {outcome}\">", text)
    assert "the rule allows at most Medium" in text
    assert "<details" in text and "<script" not in text


def test_a_proof_that_was_read_shows_its_tree() -> None:
    proof = policylang.loads(POLICY).decide(RECORD, today=TODAY).proof
    read = Proof.from_dict(json.loads(json.dumps(proof.to_dict())))
    text = read._repr_html_()
    Tree(text)
    assert "scores.cbrn.post_mitigation is High" in text
    assert "badge forbidden" in text


def test_a_proof_of_nonsense_is_refused() -> None:
    data = policylang.loads(POLICY).decide(RECORD, today=TODAY).proof.to_dict()
    data["actions"]["deploy"]["outcome"] = "allowed<script>"
    with pytest.raises(ProofError, match="no outcome"):
        Proof.from_dict(data)._repr_html_()


def test_a_latched_decision_shows_its_history() -> None:
    policy = policylang.loads(POLICY)
    both = {"post_mitigation": "High"}
    pairs = [
        (TODAY + timedelta(day), {"scores": {"cbrn": {"post_mitigation": level}, "persuasion": both}})
        for day, level in enumerate(("High", "Low", "Low"))
    ]
    text = policy.decide_history(pairs)[-1]._repr_html_()
    Tree(text)
    assert "forbidden" in text
