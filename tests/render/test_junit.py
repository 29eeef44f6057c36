"""What readers of JUnit XML rely on: the order of elements, the counts, unique names, no skips."""

from datetime import date
from xml.etree import ElementTree

import policylang
from policylang.render import junit
from policylang.render.report import Report, decided, unreadable

POLICY = """
post_mitigation >= High -> forbid deploy
pre_mitigation >= Critical -> forbid develop
scale Risk: Low < Medium < High < Critical
set category: cyber, cbrn
record { scores: per category { pre_mitigation: Risk post_mitigation: Risk } }
action deploy, develop, sell: permitted unless forbidden
"""

# The children and attributes that the XML schemas of Ant and Jenkins have in common.
CHILDREN = {
    "testsuites": ["testsuite"],
    "testsuite": ["properties", "testcase", "system-out", "system-err"],
    "properties": ["property"],
    "testcase": ["failure", "error"],
}
COUNTS = ("tests", "failures", "errors", "skipped")
ATTRIBUTES: dict[str, set[str]] = {
    "testsuites": set(),
    "testsuite": {"id", "name", "package", "timestamp", "hostname", "time", *COUNTS},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "system-out": set(),
    "system-err": set(),
}


def document(*records: tuple[str, object]) -> ElementTree.Element:
    policy = policylang.loads(POLICY)
    actions = tuple(policy.actions)
    results = []
    for label, record in records:
        try:
            results.append(decided(label, policy.decide(record, today=date(2026, 11, 24)), actions))
        except policylang.RecordError as error:
            results.append(unreadable(label, error.problems))
    text = junit.document(Report(policy, date(2026, 11, 24), actions, tuple(results)))
    return ElementTree.fromstring(text)


LOW = {"pre_mitigation": "Low", "post_mitigation": "Low"}
SOUND = {"scores": {"cyber": LOW, "cbrn": LOW}}
OPEN = {"scores": {"cyber": LOW, "cbrn": {"pre_mitigation": "Critical"}}}


def test_elements_stand_where_the_schemas_want_them() -> None:
    root = document(("a.json", SOUND), ("b.json", OPEN), ("c.json", {"x": 1}))
    for node in root.iter():
        assert set(node.attrib) == ATTRIBUTES[node.tag]
        order = [CHILDREN[node.tag].index(child.tag) for child in node]
        assert order == sorted(order)


def test_a_case_passes_only_where_a_gate_may() -> None:
    (suite,) = document(("b.json", OPEN))
    found = {
        case.attrib["name"]: [(child.tag, child.attrib["type"]) for child in case]
        for case in suite.iter("testcase")
    }
    assert found == {
        "deploy": [("failure", "undetermined")],
        "develop": [("failure", "forbidden")],
        "sell": [("error", "not constrained")],
    }
    assert "rule-1[cbrn]" in "".join(suite.itertext())


def test_counts_say_what_the_cases_are() -> None:
    for suite in document(("a.json", SOUND), ("b.json", OPEN), ("c.json", {"x": 1})):
        cases = list(suite.iter("testcase"))
        assert int(suite.attrib["tests"]) == len(cases)
        assert int(suite.attrib["failures"]) == sum(len(case.findall("failure")) for case in cases)
        assert int(suite.attrib["errors"]) == sum(len(case.findall("error")) for case in cases)
        assert not list(suite.iter("skipped"))


def test_a_refused_record_is_an_error_with_every_problem() -> None:
    (suite,) = document(("c.json", {"x": 1, "scores": {"cyber": {"pre_mitigation": "high"}}}))
    (error,) = suite.iter("error")
    assert error.attrib["message"] == "the record was refused: 2 problems"
    assert "unknown key `x`" in (error.text or "")


def test_names_are_unique() -> None:
    suites = list(document(("a", SOUND), ("a", SOUND), ("a (2)", SOUND)))
    assert len({suite.attrib["name"] for suite in suites}) == 3
    names = [(c.attrib["classname"], c.attrib["name"]) for s in suites for c in s.iter("testcase")]
    assert len(names) == len(set(names)) == 9


def test_no_record_is_no_success() -> None:
    (suite,) = document()
    assert suite.attrib["errors"] == "1"
