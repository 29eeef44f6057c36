"""Random policies against trying all their records: a few here, more with ``python tests/analysis brute``."""

from __future__ import annotations

import brute
import pytest

from policylang.analysis.rails import Rails
from policylang.analysis.witness import Unconfirmed


def test_all_answers_are_those_of_trying_all_records() -> None:
    """Findings, verdicts, numbers, reasons, settling sets, what is possible, and the cheapest changes."""
    found = [brute.compared(seed) for seed in range(24)]
    assert {one.verdict for one in found} == {"equivalent", "looser", "stricter", "incomparable"}
    assert max(one.records for one in found) > 1000


def test_an_analysis_that_is_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a negation that forgets what is unknown no more than a few policies are needed."""
    monkeypatch.setattr(Rails, "__invert__", lambda rails: Rails(-rails.true, -rails.possible))
    with pytest.raises((AssertionError, Unconfirmed)):
        for seed in range(20):
            brute.compared(seed)
