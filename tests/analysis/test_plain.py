"""Without the extra: a search in Python answers small policies, and says what it cannot answer."""

from __future__ import annotations


import pytest

import policylang
from policylang.analysis import check, solver

SMALL = """
rule gate: post_mitigation >= High -> forbid deploy
rule again: post_mitigation >= Critical -> forbid deploy
rule never: pre_mitigation < Low -> forbid develop
always deploy not permitted when any category (post_mitigation = Critical)
"""


def pigeons(holes: int) -> str:
    """Return a policy with a claim that is long to prove: more pigeons than holes find no place."""
    fields = [[f"p{i}_{j}" for j in range(holes)] for i in range(holes + 1)]
    names = ", ".join(f"{name}: bool" for row in fields for name in row)
    placed = [f"({' or '.join(row)})" for row in fields]
    clashes = [
        f"({fields[i][j]} and {fields[k][j]})"
        for j in range(holes)
        for i in range(holes + 1)
        for k in range(i)
    ]
    return f"""
        record {{ {names} }}
        action go: permitted unless forbidden
        {" or ".join(clashes)} -> forbid go
        always go not permitted when {" and ".join(placed)}
    """


def test_the_search_in_python_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policylang.loads(SMALL)
    found = [f.message for f in check(policy)]
    monkeypatch.setattr(solver, "has_cadical", lambda: False)
    report = check(policy)
    assert [f.message for f in report] == found
    assert {f.code for f in report} >= {"PL301", "PL303"}
    assert len(report.proved) == 1


def test_what_it_cannot_answer_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is past the limit is left open and lets a check fail; the rest is answered."""
    monkeypatch.setattr(solver, "has_cadical", lambda: False)
    few = {"plain": False, "deadline": None, "conflicts": 300}
    monkeypatch.setattr(solver.Solver.__init__, "__kwdefaults__", few)
    report = check(policylang.loads(pigeons(8)))
    open_ = [f for f in report if f.code == "PL390"]
    assert {f.hint for f in open_} == {"needs policylang[analysis]"}
    assert any("always go" in f.message for f in open_)
    assert len(open_) < 5
    assert not report.holds and not report.proved


def test_what_it_has_no_time_for_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra there is nothing to recommend but time."""
    policy = policylang.loads(pigeons(5))
    (with_extra,) = {f.hint for f in check(policy, time_limit=0) if f.code == "PL390"}
    monkeypatch.setattr(solver, "has_cadical", lambda: False)
    (without,) = {f.hint for f in check(policy, time_limit=0) if f.code == "PL390"}
    assert with_extra == "the time limit is over"
    assert without == "the time limit is over: needs policylang[analysis] or more time"
