"""The shipped policies: canonical, bound to their sources, and true to their own examples and claims."""

import pytest
from shipped import policy_of

from policylang.core.examples import claim_counterexample, example_record, run_example
from policylang.core.loader import located
from policylang.core.policy import Policy
from policylang.core.reading import read_record
from policylang.frameworks import framework
from policylang.frameworks.reading import NUMBER
from policylang.language.checked import OutcomeClaim
from policylang.language.formatter import format_file
from policylang.language.library import shipped, shipped_folder
from policylang.language.parser import parse
from policylang.language.syntax import Rule
from policylang.source import Source
from policylang.testing.coverage import Row, coverage
from policylang.testing.mutation import Subject
from policylang.truth import Truth

# A policy with a source encodes what somebody else has published; the others are ours.
FRAMEWORKS = [name for name in shipped() if "source" in policy_of(name).header]


@pytest.fixture(scope="module", params=FRAMEWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def policy(name: str) -> Policy:
    return policy_of(name)


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


def test_the_examples_see_each_rule_fire_not_fire_and_left_open(name: str) -> None:
    """Duties and warnings too, though no example can expect one; what no record can show is no gap."""
    found = coverage(Subject.of(*located(name)))
    rows: dict[str, list[Row]] = {}
    for row in found.instances:
        rows.setdefault(row.within, []).append(row)
    assert {
        (rule, str(truth))
        for rule, instances in rows.items()
        for truth in Truth
        if not any(row.seen[truth] for row in instances)
        and not all(truth in row.impossible for row in instances)
    } == set()


def test_a_framework_names_its_source(name: str, policy: Policy) -> None:
    assert {"title", "version", "source"} <= set(policy.header)
    assert "interpretation" in text_of(name).split("policy ")[0].lower()


def test_every_rule_of_a_framework_cites_its_clause(name: str) -> None:
    rules = [node for node in parse(Source(name, text_of(name))).statements if isinstance(node, Rule)]
    for rule in rules:
        assert rule.name, "a rule without a name cannot be found in the source"
        words = {type(clause).__name__ for clause in rule.clauses}
        assert "Cites" in words, rule.name


# The numbered clauses of each framework: the series, and how many. A policy without numbers is left out.
CLAUSES = {
    "amazon_fmsf": ("AM", 7),
    "anthropic_rsp_1": ("A1", 13),
    "anthropic_rsp_2_0": ("A2", 18),
    "anthropic_rsp_2_2": ("A2", 18),
    "anthropic_rsp_3": ("A3", 13),
    "eu_gpai_code_safety": ("EU", 9),
    "gdm_fsf_1": ("G1", 5),
    "gdm_fsf_2": ("G2", 7),
    "gdm_fsf_3": ("G3", 6),
    "gdm_fsf_3_1": ("G31", 8),
    "meta_aasf_2": ("M2", 8),
    "meta_faf_1_1": ("M1", 7),
    "microsoft_fgf": ("MS", 9),
    "microsoft_fgf_2026": ("MS", 9),
    "nvidia_frontier_risk": ("N", 5),
    "openai_fgf": ("OG", 4),
    "openai_preparedness_2": ("O2", 17),
    "preparedness_beta": ("OB", 13),
    "xai_rmf": ("X", 10),
}
UNNUMBERED = {"xai_rmf_draft", "xai_faif_2025", "xai_faif_2026"}


def test_every_numbered_clause_is_encoded_or_said_to_be_no_rule() -> None:
    assert set(FRAMEWORKS) == set(CLAUSES) | UNNUMBERED
    for name, (series, count) in CLAUSES.items():
        clauses = {clause.number: clause for clause in framework(name).clauses}
        numbers = {number for number in clauses if NUMBER.fullmatch(number)}
        assert numbers == {f"{series}-{place}" for place in range(1, count + 1)}, name
        for number in numbers:
            clause = clauses[number]
            assert clause.rules or clause.elsewhere or clause.outside, number


def test_what_is_no_quotation_stands_in_brackets(name: str) -> None:
    for rule in framework(name).rules:
        assert rule.because, f"{rule.name}: what does the source say?"
        if not rule.is_quotation:
            assert rule.because.endswith("]"), rule.name
        assert not rule.because.startswith("“"), rule.name
