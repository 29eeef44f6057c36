"""Second opinions: z3 and OxiDD answer the same on policies of some size.

``python tests/analysis opinions`` asks about more and larger ones.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("z3", reason="second opinions need policylang[dev]")
pytest.importorskip("oxidd", reason="second opinions need policylang[dev]")
import comparisons
import generated

Maker = Callable[[int, int, int], list[str]]


@pytest.mark.parametrize(
    ("make", "rules", "fields"),
    [
        (generated.structured, 10, 20),
        (generated.structured, 50, 20),
        (generated.structured, 200, 50),
        (generated.clauses, 8, 4),
        (generated.clauses, 40, 20),
        (generated.threshold, 120, 30),
    ],
)
def test_three_engines_give_the_same_findings(make: Maker, rules: int, fields: int) -> None:
    """CaDiCaL behind our questions; z3, and OxiDD for what is small, behind others written without ours."""
    is_small = rules * fields <= 1000 and (make, fields) != (generated.clauses, 20)
    agreed = comparisons.compare_checks(make(rules, fields, 7))
    assert agreed.findings > 0
    assert agreed.third or not is_small


def test_three_engines_give_the_same_verdicts_and_numbers() -> None:
    """Of mutants some of which change nothing; the numbers are those of OxiDD, to the last digit."""
    lines = generated.structured(40, 15, 1)
    agreed = comparisons.compare_verdicts(lines, range(6), counts=True)
    assert 0 < agreed.equivalent < agreed.counted == 6


@pytest.mark.parametrize(("rules", "numbers"), [(25, 20), (15, 3), (40, 4)])
def test_sums_of_numbers_are_those_of_real_arithmetic(rules: int, numbers: int) -> None:
    """With few numbers rules contradict each other; ``python tests/analysis sums`` has more of them."""
    for seed in range(2):
        lines = generated.sums(rules, 12, seed, numbers)
        findings = comparisons.compare_checks(lines, real=True).findings
        assert findings > 0 or numbers == 20
        comparisons.compare_verdicts(lines, range(2), counts=False, real=True)


def test_a_baseline_judges_many_mutants_as_z3_does() -> None:
    """With records that both policies decide again; ``python tests/analysis mutants`` has more of them."""
    lines = generated.structured(40, 40, 2)
    old = comparisons.Judged(comparisons.policy_of(lines))
    seen = {old.compare(comparisons.policy_of(generated.mutant(lines, seed))) for seed in range(16)}
    assert seen == {"equivalent", "looser", "stricter", "incomparable"}


def test_numbers_of_a_hundred_digits_are_those_of_decision_diagrams() -> None:
    """Over 200 fields, of which each part of a policy reads a few."""
    lines = generated.structured(60, 200, 0)
    old = comparisons.Counted(comparisons.policy_of(lines))
    digits = [old.compare(comparisons.policy_of(generated.mutant(lines, seed))) for seed in range(4)]
    assert min(digits) == 1
    assert max(digits) > 100
