"""All that is told of one framework: its text taken apart, its gates and what `check` found."""

from __future__ import annotations

import attrs

from policylang.analysis import Report, check
from policylang.frameworks.gates import Gate, gates
from policylang.frameworks.reading import Framework, framework


@attrs.frozen
class Account:
    """A framework with the answers of the analysis."""

    framework: Framework
    gates: tuple[Gate, ...]
    report: Report

    @property
    def without_way_out(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.has_way_out)


def account(name: str, *, time_limit: float | None = None) -> Account:
    """Return the account of a framework; KeyError for a policy that encodes none."""
    found = framework(name)
    return Account(
        found, gates(found.policy, time_limit=time_limit), check(found.policy, time_limit=time_limit)
    )
