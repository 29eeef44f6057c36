"""Questions about a policy over all records: exact answers, each with a record or a proof.

`check` and `compare` are the public calls. Below them, in the order in which a question goes:

- `regions`: records as literals, `rails`: predicates as pairs of literals (surely true, possibly true);
- `gates`, `solver`, `search`: clauses and who answers them, CaDiCaL or the search in Python;
- `theory` with `linear` and `days`: what single literals do not say, checked on each model;
- `space`: all of it behind one call. ``Space.ask(*literals)`` returns a record (`Found`), or None as a
  proof that there is none, or raises `NotDecided`;
- `outcomes`: what a policy says of its actions, as literals of a space.

A question about one decision is asked in the same way. Make a space once for a policy::

    space = space_of(policy.predicates)
    outcomes = Outcomes(space, policy.predicates)
    permitted = outcomes.is_outcome("deploy", Outcome.PERMITTED)

and fix what the record holds by literals: ``facts(space, record, today)`` gives for each path that
rules read, whether the record has it or not, the literals that say so. Leaving the literals of a path
out lets it be anything, absent included. The space must have room for the record's entries:
``space_of(policy.predicates, entries=entry_counts(record))``. ``space.core()`` then names the facts
that an impossibility rests on. Every record is to be run again by the reference evaluator (`witness`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policylang.analysis.baseline import Baseline, compare
    from policylang.analysis.checking import check
    from policylang.analysis.comparing import Change, Comparison, changed_records
    from policylang.analysis.counterfactual import Counterfactual
    from policylang.analysis.findings import Finding, Report
    from policylang.analysis.frontiers import Frontier, frontier
    from policylang.analysis.solver import NotDecided
    from policylang.analysis.tables import Table, table
    from policylang.analysis.witness import Witness

_HOMES = {
    "Baseline": "baseline",
    "Change": "comparing",
    "Comparison": "comparing",
    "Counterfactual": "counterfactual",
    "Finding": "findings",
    "Frontier": "frontiers",
    "NotDecided": "solver",
    "Report": "findings",
    "Table": "tables",
    "Witness": "witness",
    "changed_records": "comparing",
    "check": "checking",
    "compare": "baseline",
    "frontier": "frontiers",
    "table": "tables",
}

__all__ = [
    "Baseline",
    "Change",
    "Comparison",
    "Counterfactual",
    "Finding",
    "Frontier",
    "NotDecided",
    "Report",
    "Table",
    "Witness",
    "changed_records",
    "check",
    "compare",
    "frontier",
    "table",
]


def __getattr__(name: str) -> Any:
    """Resolve public names when they are first used: a decision needs none of `check` (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'policylang.analysis' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"policylang.analysis.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
