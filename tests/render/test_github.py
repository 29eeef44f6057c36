"""Annotations: at most ten, what stops an action first, and everything counted at the end."""

from datetime import date

import policylang
from policylang.render import github
from policylang.render.report import Report, decided


def annotations(records: int) -> list[str]:
    policy = policylang.loads('post_mitigation >= High -> forbid deploy\ntrue -> warn "look at it"')
    record = {"scores": {"cbrn": {"post_mitigation": "High"}}}
    results = [decided(f"{i}.json", policy.decide(record), ("deploy",)) for i in range(records)]
    return github.document(Report(policy, date(2026, 11, 24), ("deploy",), tuple(results))).split("\n")


def test_errors_come_first() -> None:
    lines = annotations(2)
    assert [line.split(" ")[0] for line in lines[:-1]] == ["::error", "::error", "::warning", "::warning"]
    assert lines[-1] == "policylang: 2 records under policy: 2 forbidden"


def test_there_are_ten_at_most_and_the_rest_is_counted() -> None:
    lines = annotations(8)
    assert len(lines) == 11
    assert sum(line.startswith("::error") for line in lines) == 8
    assert lines[-1] == "policylang: 8 records under policy: 8 forbidden; 6 more annotations not shown"


def test_an_annotation_leads_to_the_rule() -> None:
    at = "file=policy,line=1,col=1,endLine=1"
    assert annotations(1)[0].startswith(f"::error {at},title=0.json%3A deploy is forbidden::rule-1[cbrn]")


def test_no_record_is_an_error() -> None:
    assert annotations(0)[0].startswith("::error ")
