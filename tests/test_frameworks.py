"""The shipped policies: canonical, bound to their sources, and true to their own examples and claims."""

import pytest

import policylang
from policylang.core.examples import claim_counterexample, example_record, run_example
from policylang.core.policy import Policy
from policylang.core.record import read_record
from policylang.language.checked import OutcomeClaim
from policylang.language.formatter import format_file
from policylang.language.library import shipped, shipped_folder
from policylang.language.parser import parse
from policylang.language.syntax import Rule
from policylang.source import Source

# A policy with a source encodes what somebody else has published; the others are ours.
FRAMEWORKS = [name for name in shipped() if "source" in policylang.load(name).header]


@pytest.fixture(scope="module", params=FRAMEWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def policy(name: str) -> Policy:
    return policylang.load(name)


def text_of(name: str) -> str:
    return (shipped_folder() / f"{name}.policy").read_text(encoding="utf-8")


def test_a_framework_is_in_canonical_form(name: str) -> None:
    text = text_of(name)
    assert format_file(parse(Source(name, text))) == text


def test_a_framework_passes_its_examples_and_none_contradicts_its_claims(policy: Policy) -> None:
    assert policy.examples
    for example in policy.examples:
        assert run_example(policy, example).mismatches == (), example.title
        record = read_record(policy.schema, example_record(example))
        for claim in policy.claims:
            if isinstance(claim, OutcomeClaim):
                assert claim_counterexample(policy, claim, record, example.on) is None


def test_the_examples_of_a_gated_action_end_in_different_ways(policy: Policy) -> None:
    seen = {pair for example in policy.examples for pair in example.expected}
    for action in filter(policy.is_constrained, policy.actions):
        assert len({outcome for name, outcome in seen if name == action}) >= 2, action


def test_a_framework_names_its_source(name: str, policy: Policy) -> None:
    assert {"title", "version", "source"} <= set(policy.header)
    assert "interpretation" in text_of(name).split("policy ")[0].lower()


def test_every_rule_of_a_framework_cites_its_clause(name: str) -> None:
    rules = [node for node in parse(Source(name, text_of(name))).statements if isinstance(node, Rule)]
    for rule in rules:
        assert rule.name, "a rule without a name cannot be found in the source"
        words = {type(clause).__name__ for clause in rule.clauses}
        assert "Cites" in words, rule.name
