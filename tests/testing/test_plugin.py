"""The pytest plugin, run as its users run it: in processes of their own."""

from importlib.metadata import entry_points
from pathlib import Path
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

GATE = """
policy gate
scale Risk: Low < Medium < High
record { score: Risk adjustable, ok: bool }
action deploy: permitted unless forbidden
rule gate: score >= High -> forbid deploy until score <= Medium

always deploy not permitted when score = High
always deploy tightens as score rises

example "High is stopped" {
  given {score: High}
  expect deploy forbidden
}

example "Low is not::a gate's business" {
  given {score: Low}
  expect deploy permitted
}
"""
NAMES = [
    "example High is stopped",
    "example Low is not:a gate's business",
    "always deploy not permitted when score = High",
    "always deploy tightens as score rises",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "gate.policy").write_text(GATE)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder with the plugin, which is there already where policylang is installed."""
    installed = any(one.name == "policylang" for one in entry_points(group="pytest11"))
    plugin = () if installed else ("-p", "policylang.testing.plugin")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *plugin, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def ids(folder: Path, *arguments: str) -> list[str]:
    shown = run(folder, "--collect-only", "-q", *arguments).stdout
    return [line for line in shown.splitlines() if "::" in line]


def test_each_example_and_claim_is_a_test(folder: Path) -> None:
    assert ids(folder, "policies/") == [f"policies/gate.policy::{name}" for name in NAMES]
    done = run(folder, "policies/")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_laws_are_added_when_asked_for(folder: Path) -> None:
    found = ids(folder, "--policy-laws")
    assert len(found) == 4 + 12
    assert "policies/gate.policy::law no_conflict" in found
    done = run(folder, "--policy-laws", "-k", "law")
    assert done.returncode == 0, done.stdout
    assert "12 passed, 4 deselected" in done.stdout


def test_one_test_is_run_by_its_id_and_by_its_name(folder: Path) -> None:
    assert "1 passed" in run(folder, f"policies/gate.policy::{NAMES[0]}").stdout
    assert "1 passed" in run(folder, f"policies/gate.policy::{NAMES[2]}").stdout
    assert "1 passed, 3 deselected" in run(folder, "-k", "tightens").stdout


def broken(folder: Path, old: str, new: str) -> None:
    (folder / "policies" / "gate.policy").write_text(GATE.replace(old, new))


def test_a_failure_shows_what_the_policy_says_and_where(folder: Path) -> None:
    broken(folder, "expect deploy forbidden", "expect deploy permitted")
    done = run(folder)
    assert done.returncode == 1
    assert "gate: example `High is stopped`: deploy: expected permitted, got forbidden" in done.stdout
    assert "deploy is forbidden by 1 rule:" in done.stdout
    assert "policies/gate.policy:11:1" in done.stdout
    assert "to keep the record" not in done.stdout
    assert "Traceback" not in done.stdout and "runtest" not in done.stdout


def test_no_word_of_a_policy_moves_a_terminal(folder: Path) -> None:
    """Neither in the name of a test nor in what a failure shows of the policy and the record."""
    attack = r"\u001b[31m red \u009b1A \u202e\n next"
    (folder / "policies" / "gate.policy").write_text(f"""
    record {{ model: text }}
    action deploy: permitted unless forbidden
    rule gate "{attack}": model = "{attack}" -> forbid deploy because "{attack}"
    example "{attack}" {{ given {{model: "{attack}"}} expect deploy permitted }}
    always deploy permitted when model = "{attack}"
    """)
    shown = run(folder).stdout
    assert "2 failed" in shown
    assert "example \N{REPLACEMENT CHARACTER}[31m red" in shown
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_a_claim_is_proved_or_shown_to_fail(folder: Path) -> None:
    broken(folder, "when score = High", "when score >= Medium")
    done = run(folder)
    assert "1 failed, 3 passed" in done.stdout
    assert "gate: claim: always deploy not permitted when score >= Medium" in done.stdout
    assert '{"score": "Medium"}' in done.stdout
    assert re.search(r'example "claim: .*" \{', done.stdout)


def test_a_claim_that_is_not_decided_fails(folder: Path) -> None:
    """The plain search in Python gives up where the solver of the extra would not."""
    broken(folder, "record {", "record { " + " ".join(f"n{i}: number" for i in range(2)))
    text = (folder / "policies" / "gate.policy").read_text()
    circle = "any a (any b (x = y)) or any b (any a (x = y))"
    lists = "as: list of a { x: number }  bs: list of b { y: number }"
    text = text.replace("record {", f"record {{ {lists} ") + f"\nalways deploy forbidden when {circle}\n"
    (folder / "policies" / "gate.policy").write_text(text)
    done = run(folder)
    assert "claim: not decided: " in done.stdout, done.stdout


def test_the_first_failure_stops_and_junit_names_file_and_line(folder: Path) -> None:
    broken(folder, "expect deploy forbidden", "expect deploy permitted")
    done = run(folder, "-x", "--junitxml=found.xml", "-o", "junit_family=xunit1")
    assert "1 failed" in done.stdout and "passed" not in done.stdout
    (case,) = ElementTree.parse(folder / "found.xml").getroot().iter("testcase")
    assert case.get("name") == "example High is stopped"
    assert case.get("classname") == "policies.gate.policy"
    assert (case.get("file"), case.get("line")) == ("policies/gate.policy", "10")
    assert len(case) == 1


def test_several_processes_find_the_same(folder: Path) -> None:
    pytest.importorskip("xdist")
    done = run(folder, "-n", "2", "--policy-laws")
    assert done.returncode == 0, done.stdout
    assert "16 passed" in done.stdout


def test_a_text_that_is_no_policy_is_an_error_of_collection(folder: Path) -> None:
    broken(folder, "score >= High", "scroe >= High")
    done = run(folder)
    assert done.returncode == 2
    assert "policies/gate.policy:6:12: error[PL201]: unknown field `scroe`" in done.stdout
    assert "did you mean `score`?" in done.stdout


def test_which_files_are_policies_can_be_said(folder: Path) -> None:
    (folder / "other.policy").write_text("this is a policy of something else")
    (folder / "pytest.ini").write_text("[pytest]\npolicy_files = gate.policy\n")
    assert "4 passed" in run(folder).stdout
    (folder / "pytest.ini").write_text("[pytest]\npolicy_files =\n")
    assert run(folder).returncode == 5
    assert "4 passed" in run(folder, "policies/gate.policy").stdout


def test_what_a_policy_extends_brings_its_tests(folder: Path) -> None:
    text = 'policy own\nextends "gate.policy"\nrule ok: ok is missing -> forbid deploy\n'
    (folder / "policies" / "own.policy").write_text(text)
    done = run(folder, "policies/own.policy")
    assert "1 failed, 3 passed" in done.stdout  # what was permitted lacks `ok`
    assert (
        "own: example `Low is not::a gate's business`: deploy: expected permitted, got forbidden"
        in done.stdout
    )


FIXTURES = """
import pytest

pytestmark = pytest.mark.policy("policies/gate.policy")


def test_marked(policy):
    assert policy.decide({"score": "High"})["deploy"].value == "forbidden"


@pytest.mark.policy("preparedness_beta")
def test_shipped(policy):
    assert policy.name == "preparedness_beta"


def test_loaded(load_policy):
    assert load_policy("policies/gate.policy").name == "gate"
"""


def test_fixtures_load_policies(folder: Path) -> None:
    (folder / "test_gate.py").write_text(FIXTURES)
    done = run(folder, "--strict-markers", "test_gate.py")
    assert done.returncode == 0, done.stdout
    (folder / "test_gate.py").write_text("def test_unmarked(policy):\n    pass\n")
    done = run(folder, "test_gate.py")
    assert "say which policy: `@pytest.mark.policy(path)`" in done.stdout


def test_whoever_has_no_policies_pays_nothing() -> None:
    """Loading the plugin imports nothing of policylang but its own module and the two packages."""
    code = """
import sys, pytest
before = set(sys.modules)
import policylang.testing.plugin
print(sorted(name for name in set(sys.modules) - before if not name.startswith("_")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['policylang', 'policylang.testing', 'policylang.testing.plugin']"
