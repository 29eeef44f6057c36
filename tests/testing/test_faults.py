"""`assert_consistent` finds every planted fault, and has nothing against the policies without them.

With Hypothesis's default settings and at most three stated claims. ``--hypothesis-profile=large`` tries
ten seeds of each and every law on the originals; otherwise two, and the law that the fault breaks.
"""

from faults import Fault, all_faults
from hypothesis import Phase, settings
import pytest

from policylang import testing

FAULTS = all_faults()
# Hypothesis's default settings, but for making what is found small.
DEFAULTS = settings(settings.get_profile("default"), phases=[Phase.generate], database=None, deadline=None)


def is_large() -> bool:
    return settings.get_current_profile_name() == "large"


def check(fault: Fault, *, of_original: bool, seed: int, laws: tuple[testing.Law, ...]) -> None:
    testing.assert_consistent(
        fault.original if of_original else fault.faulty,
        fault.claims,
        never_looser_than=fault.original if fault.is_compared else None,
        laws=laws,
        settings=DEFAULTS,
        seed=seed,
    )


def laws_for(fault: Fault) -> tuple[testing.Law, ...]:
    """Return the law that the fault breaks, none where only two versions tell it."""
    return tuple(law for law in testing.LAWS if law.name == fault.law)


def test_there_are_twenty_faults_of_different_kinds() -> None:
    assert len(FAULTS) >= 20
    assert len({fault.sentence for fault in FAULTS}) == len(FAULTS)
    assert len({fault.law for fault in FAULTS}) >= 7


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_planted_fault_is_found(fault: Fault) -> None:
    for seed in range(10 if is_large() else 2):
        with pytest.raises(testing.Inconsistent) as found:
            check(fault, of_original=False, seed=seed, laws=laws_for(fault))
        (failure,) = found.value.failures
        assert failure.law == fault.law


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_policy_without_its_fault_passes(fault: Fault) -> None:
    check(fault, of_original=True, seed=0, laws=testing.LAWS if is_large() else laws_for(fault))
