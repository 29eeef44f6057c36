"""The examples of every shipped policy notice every fault that changes what it decides.

Some faults of each are tried here, others with another seed. All of them, for a few minutes:
``policylang test --mutate policies`` exits with 0.
"""

import pytest

from policylang.core.loader import located
from policylang.language.library import shipped
from policylang.testing.mutation import EQUIVALENT, KILLED, Subject, mutate

VOCABULARY = "preparedness"  # has no rule


@pytest.mark.parametrize("name", [name for name in shipped() if name != VOCABULARY])
def test_no_fault_of_a_shipped_policy_goes_unnoticed(name: str) -> None:
    report = mutate(Subject.of(*located(name)), limit=8)
    assert report.mutants
    assert {mutant.status for mutant in report.mutants} <= {KILLED, EQUIVALENT}, [
        (mutant.at, mutant.before, mutant.after)
        for mutant in report.mutants
        if mutant.status not in (KILLED, EQUIVALENT)
    ]
