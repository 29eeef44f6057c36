"""Proofs made to deceive or to break the reader: each is refused, with the path of what is wrong."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
import json
from pathlib import Path
from typing import Any

import pytest

import policylang
from policylang.cli.main import run
from policylang.proof import format as reading
from policylang.proof.format import read_proof

TODAY = date(2026, 1, 2)
TEXT = """
policy gate
scale Risk: Low < Medium < High
record {
  level: Risk
  hardened: bool
  checked: past date
  mitigations: list of mitigation { sound: bool }
}
action deploy, develop, train: permitted unless forbidden
action publish widens deploy: forbidden unless permitted
rule gate: level >= High -> require at least 2 mitigation (sound) for deploy until level <= Low
hardened -> permit publish
not hardened or checked < today - 30 days -> forbid develop
"""
RECORD = {
    "level": "High",
    "hardened": True,
    "checked": "2026-01-01",
    "mitigations": [{"sound": True}, {"sound": False}],
}
POLICY = policylang.loads(TEXT)
PROOF = json.loads(json.dumps(POLICY.decide(RECORD, today=TODAY).proof.to_dict()))
NODES = PROOF["nodes"]
ZEROS = "sha256:" + "0" * 64
DEEP: Any = 1
for _ in range(900):
    DEEP = {"a": DEEP}


def place_of(**wanted: Any) -> int:
    """Return the place of the node whose statement has these parts."""
    return next(i for i, node in enumerate(NODES) if wanted.items() <= node["statement"].items())


FACT = place_of(given=["level"])
FORBIDDEN = place_of(gate="open", action="deploy")
LISTED = next(i for i, node in enumerate(NODES) if place_of(given=["mitigations"]) in node["premises"])
ROOT = place_of(gate="open", action="develop")
EFFECT = next(i for i, node in enumerate(NODES) if "in_force" in node["statement"])
ATOM = next(i for i, node in enumerate(NODES) if node["by"] == "read")
LAST = len(NODES)


def changed(*steps: Any, to: Any) -> Any:
    """Return the proof with another value at a path, or a key that it has not."""
    copy = deepcopy(PROOF)
    at = copy
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = to
    return copy


def without(*steps: Any) -> Any:
    copy = deepcopy(PROOF)
    at = copy
    for step in steps[:-1]:
        at = at[step]
    del at[steps[-1]]
    return copy


def refusal(data: Any, policy: policylang.Policy = POLICY, record: Any = RECORD) -> str:
    """Return why a proof is refused, as it is said; anything but a refusal fails the test."""
    with pytest.raises(policylang.ProofError) as caught:
        policylang.verify(policylang.Proof.from_dict(data), policy, record, today=TODAY)
    return str(caught.value)


def test_the_proof_that_is_attacked_holds() -> None:
    policylang.verify(policylang.Proof.from_dict(PROOF), POLICY, RECORD, today=TODAY)
    outcomes = {action: one["outcome"] for action, one in PROOF["actions"].items()}
    assert outcomes == {
        "deploy": "forbidden",
        "develop": "permitted",
        "train": "permitted",
        "publish": "forbidden",
    }


# --- what is not of the format --------------------------------------------------------------------

OBJECTS = [
    (),
    ("policy",),
    ("record",),
    ("actions", "deploy"),
    ("nodes", 0),
    ("nodes", FACT, "statement"),
    ("nodes", ATOM, "statement"),
    ("nodes", EFFECT, "statement", "in_force"),
]


@pytest.mark.parametrize("path", OBJECTS, ids=str)
def test_no_key_may_be_added_or_missing(path: tuple[Any, ...]) -> None:
    at = PROOF
    for step in path:
        at = at[step]
    assert ": " in refusal(changed(*path, "extra", to=1))
    for key in at:
        assert ": " in refusal(without(*path, key)), key


PLACES = [True, False, -1, 0.5, 1e300, 10**40, "0", None, [], {}, float("nan"), float("inf")]
NO_DATES = [
    5,
    "",
    "2026-1-2",
    "2026-W01-1",
    "2026-02-30",
    "20260102",
    "２０２６-01-02",
    "2026-01-02T00",
    [],
    True,
]
MALFORMED: list[tuple[tuple[Any, ...], Any, str]] = [
    *[(("nodes", FORBIDDEN, "premises", 0), one, f"nodes[{FORBIDDEN}].premises[0]") for one in PLACES],
    *[(("actions", "deploy", "node"), one, "actions.deploy.node") for one in PLACES if one is not None],
    *[(("nodes", FACT, "statement", "on"), one, f"nodes[{FACT}].statement.on") for one in PLACES],
    *[
        (("nodes", FACT, "statement", "given", 0), one, f"nodes[{FACT}].statement.given[0]")
        for one in PLACES
        if not isinstance(one, str)
    ],
    *[(("today",), one, "today: expected a") for one in NO_DATES],
    *[(("nodes",), one, "nodes") for one in (None, 1, "x", {}, True)],
    *[(("nodes", 0), one, "nodes[0]") for one in (None, 1, "x", [], True)],
    *[(("nodes", 0, "statement"), one, "nodes[0].statement") for one in (None, 1, "x", [], {}, {"on": 0})],
    *[(("nodes", 0, "truth"), one, "nodes[0].truth") for one in ("True", True, 1, "", [], "maybe")],
    *[(("nodes", 0, "by"), one, "nodes[0].by") for one in (None, 1, [])],
    *[(("nodes", 0, "at"), one, "nodes[0].at") for one in (None, 1, [])],
    *[(("nodes", 0, "premises"), one, "nodes[0].premises") for one in (None, 0, "0", {})],
    *[(("actions",), one, "actions") for one in (None, 1, "x", [])],
    *[(("actions", "deploy"), one, "actions.deploy") for one in (None, 1, "x", [])],
    *[(("actions", "deploy", "outcome"), one, "actions.deploy.outcome") for one in (None, 0, [])],
    *[(("actions", "deploy", "constrained"), one, "actions.deploy.constrained") for one in (None, 1, "x")],
    *[(("policy",), one, "policy") for one in (None, 1, "x", [])],
    *[(("policy", "digest"), one, "policy.digest") for one in (None, 1, [])],
    *[(("policy", "predicates"), one, "policy.predicates") for one in (None, 1, [])],
    *[(("record", "digest"), one, "record.digest") for one in (None, 1, [])],
    *[(("history",), one, "history") for one in (None, 1, {})],
    (("history",), [{"date": "2026-01-01"}], "history[0]"),
    (("history",), [{"date": "2026-13-01", "record": ZEROS}], "history[0].date"),
    (("format",), "policylang-proof/2", "format"),
    (("format",), None, "format"),
    (("nodes", FACT, "statement", "value"), ["High"], f"nodes[{FACT}].statement.value"),
    (("nodes", FACT, "statement", "value"), {"a": {"b": 1}}, f"nodes[{FACT}].statement.value"),
    (("nodes", FACT, "statement", "value"), DEEP, f"nodes[{FACT}].statement.value"),
    (("nodes", FACT, "statement"), DEEP, f"nodes[{FACT}].statement"),
    (("nodes", ATOM, "statement", "entries"), {1: ["a"], "b": []}, f"nodes[{ATOM}].statement.entries"),
]


@pytest.mark.parametrize(("steps", "value", "path"), MALFORMED, ids=lambda one: str(one)[:60])
def test_what_is_not_of_the_format_is_refused_at_its_path(
    steps: tuple[Any, ...], value: Any, path: str
) -> None:
    assert refusal(changed(*steps, to=value)).startswith(path if ": " in path else f"{path}: ")


@pytest.mark.parametrize(
    "value", [None, 0, 1.5, True, "text", [], [PROOF], {}, DEEP], ids=lambda x: str(x)[:20]
)
def test_what_is_no_proof_at_all_is_refused(value: Any) -> None:
    assert refusal(value).startswith("proof: ")


BYTES = [
    b"",
    b"\xff\xfe{}",
    b"\x00" * 100,
    b"{",
    b"{}{}",
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b'{"format": NaN}',
    b'{"format": -Infinity}',
    b'{"format": ' + b"9" * 10_000 + b"}",
    b'{"format": "policylang-proof/1", "format": "policylang-proof/1"}',
    json.dumps(PROOF).replace('"truth":', '"truth": "true", "truth":', 1).encode(),
    json.dumps(PROOF).replace('"deploy":', '"deploy": {}, "deploy":', 1).encode(),
    json.dumps(PROOF)[:-1].encode(),
    json.dumps(PROOF).encode("utf-16"),
]


@pytest.mark.parametrize("data", BYTES, ids=lambda data: repr(data[:20]))
def test_a_file_that_is_no_strict_json_is_refused(data: bytes) -> None:
    with pytest.raises(policylang.ProofError, match=r"^proof: "):
        read_proof(data)


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_SIZE", 2**20)
    with pytest.raises(policylang.ProofError, match="proof: the file is larger than 1 MiB"):
        read_proof(b" " * (2**20 + 1))


# --- what is of the format and not so -------------------------------------------------------------


def with_node(statement: Any, truth: str | None, by: str, *premises: int) -> Any:
    """Add a node, and let the outcome of `deploy` be what it states, whatever that is."""
    copy = deepcopy(PROOF)
    node = {"statement": statement, "truth": truth, "by": by, "premises": list(premises), "at": ""}
    copy["nodes"].append(node)
    copy["actions"]["deploy"].update(outcome="permitted", node=LAST)
    return copy


def with_circle() -> Any:
    """Two nodes that rest on each other."""
    copy = with_node({"gate": "open", "action": "deploy"}, "true", "enough", LAST + 1)
    clear = {"gate": "clear", "action": "deploy"}
    copy["nodes"].append({"statement": clear, "truth": "true", "by": "enough", "premises": [LAST], "at": ""})
    return copy


def with_policy(digests: str, content: str) -> Any:
    """Another policy's digest, its content, or both."""
    other = policylang.loads(TEXT.replace("level >= High", "level >= Medium"))
    foreign = other.decide(RECORD, today=TODAY).proof.to_dict()["policy"]
    copy = deepcopy(PROOF)
    for key in (digests, content):
        if key:
            copy["policy"][key] = foreign[key]
    return copy


OPEN = {"gate": "open", "action": "deploy"}
SHOWN = PROOF["policy"]["predicates"]
KNOWN = next(iter(SHOWN))
UNSPOKEN = next(key for key in POLICY.content.shallow if key not in SHOWN)
LIES: dict[str, tuple[Callable[[], Any], str]] = {
    "a premise that is not there": (
        lambda: changed("nodes", FORBIDDEN, "premises", to=[LAST + 5]),
        f"nodes[{FORBIDDEN}]: a premise does not stand before it",
    ),
    "a node that rests on itself": (
        lambda: with_node(OPEN, "true", "enough", LAST),
        f"nodes[{LAST}]: a premise does not stand before it",
    ),
    "nodes that rest on each other": (with_circle, f"nodes[{LAST}]: a premise does not stand before it"),
    "an outcome that rests on nothing": (
        lambda: with_node(OPEN, "true", "enough"),
        f"nodes[{LAST}]: this does not follow",
    ),
    "an outcome that is a fact": (lambda: with_node(OPEN, None, "given"), f"nodes[{LAST}]: "),
    "an outcome that rests on another action": (
        lambda: with_node(OPEN, "true", "enough", NODES[ROOT]["premises"][0]),
        f"nodes[{LAST}]: a premise is none of what it rests on",
    ),
    "an outcome that another action has": (
        lambda: changed("actions", "deploy", to=PROOF["actions"]["develop"]),
        "nodes[",
    ),
    "an outcome that a node without a truth states": (
        lambda: changed("actions", "develop", "node", to=FACT),
        f"nodes[{ROOT}]: nothing rests on the node",
    ),
    "an outcome in other words": (
        lambda: changed("actions", "develop", "outcome", to="Permitted"),
        "actions.develop: the node shows another outcome",
    ),
    "an outcome without a node": (
        lambda: changed("actions", "develop", "node", to=None),
        f"nodes[{ROOT}]: nothing rests on the node",
    ),
    "a node that is not there": (
        lambda: changed("actions", "develop", "node", to=LAST),
        f"nodes[{ROOT}]: nothing rests on the node",
    ),
    "constrained, though no rule does": (
        lambda: changed("actions", "train", "constrained", to=True),
        "actions.train: whether the action is constrained is misstated",
    ),
    "not constrained, though rules do": (
        lambda: changed("actions", "deploy", "constrained", to=False),
        "actions.deploy: whether the action is constrained is misstated",
    ),
    "an action that the policy does not declare": (
        lambda: changed("actions", "launch", to=PROOF["actions"]["develop"]),
        "actions.launch: the policy declares no such action",
    ),
    "a statement on such an action": (
        lambda: with_node({"gate": "open", "action": "launch"}, "true", "enough"),
        f"nodes[{LAST}]: the policy knows no such statement",
    ),
    "a gate that there is not": (
        lambda: with_node({"gate": "ajar", "action": "deploy"}, "true", "enough"),
        f"nodes[{LAST}]: the policy knows no such statement",
    ),
    "an action left out, its nodes left": (lambda: without("actions", "develop"), "nodes["),
    "no actions": (lambda: changed("actions", to={}), "nodes["),
    "nothing at all": (lambda: {**changed("actions", to={}), "nodes": []}, "policy.predicates: "),
    "an effect of no rule": (
        lambda: changed("nodes", EFFECT, "statement", "in_force", "rule", to=ZEROS),
        f"nodes[{EFFECT}]: the policy knows no such statement",
    ),
    "an effect of another kind": (
        lambda: changed("nodes", EFFECT, "statement", "in_force", "effect", to="permit"),
        f"nodes[{EFFECT}]: the policy knows no such statement",
    ),
    "an effect at a member": (
        lambda: changed("nodes", EFFECT, "statement", "in_force", "instance", to={"category": "cbrn"}),
        f"nodes[{EFFECT}]: the policy knows no such statement",
    ),
    "a place in a history that is not there": (
        lambda: with_node({**OPEN, "on": 0}, "true", "enough"),
        f"nodes[{FORBIDDEN}]: nothing rests on the node",
    ),
    "a history that is not there": (
        lambda: changed("history", to=[{"date": "2026-01-01", "record": ZEROS}]),
        "actions.deploy: a history and only it has a past",
    ),
    "another value": (
        lambda: changed("nodes", FACT, "statement", "value", to="Low"),
        f"nodes[{FACT}]: the record or the date differs",
    ),
    "a value that is absent": (
        lambda: changed("nodes", FACT, "statement", "value", to=None),
        f"nodes[{FACT}]: the record or the date differs",
    ),
    "a value by bounds": (
        lambda: changed("nodes", FACT, "statement", "value", to={"at_most": "Low"}),
        f"nodes[{FACT}]: the record or the date differs",
    ),
    "a value in no place of the record": (
        lambda: changed("nodes", FACT, "statement", "given", to=["levels"]),
        f"nodes[{FACT}]: the record or the date differs",
    ),
    "a path into a value": (
        lambda: changed("nodes", FACT, "statement", "given", to=["level", 0, "x"]),
        f"nodes[{FACT}]: the record or the date differs",
    ),
    "1 for true": (
        lambda: changed("nodes", place_of(given=["hardened"]), "statement", "value", to=1),
        f"nodes[{place_of(given=['hardened'])}]: the record or the date differs",
    ),
    "a number that is none": (
        lambda: changed("nodes", FACT, "statement", "value", to=float("nan")),
        f"nodes[{FACT}]: the record or the date differs",
    ),
    "more entries than there are": (
        lambda: changed("nodes", place_of(given=["mitigations"]), "statement", "value", "entries", to=9),
        f"nodes[{place_of(given=['mitigations'])}]: the record or the date differs",
    ),
    "an entry that is not there": (
        lambda: changed("nodes", place_of(given=["mitigations", 1, "sound"]), "statement", "given", 1, to=7),
        "nodes[",
    ),
    "another date": (lambda: changed("today", to="2026-01-03"), "today: this is the proof for another date"),
    "no date": (lambda: changed("today", to=None), "today: this is the proof for another date"),
    "another record's digest": (
        lambda: changed("record", "digest", to=ZEROS),
        "record.digest: this is the proof for another record",
    ),
    "a digest in capitals": (
        lambda: changed("record", "digest", to=PROOF["record"]["digest"].upper()),
        "record.digest: this is the proof for another record",
    ),
    "another policy's digest": (
        lambda: with_policy("digest", ""),
        "policy.digest: this is the proof of another policy",
    ),
    "another policy's content": (
        lambda: with_policy("policy", "rules"),
        "policy: the content is not the policy's",
    ),
    "another policy's predicates": (
        lambda: with_policy("predicates", ""),
        "policy.predicates.sha256:",
    ),
    "content nested deep": (
        lambda: changed("policy", "policy", "record", to=DEEP),
        "policy: the content is not the policy's",
    ),
    "content that is no JSON": (
        lambda: changed("policy", "policy", "actions", to={1: float("nan"), "a": {1}}),
        "policy: the content is not the policy's",
    ),
    "a predicate that means another thing": (
        lambda: changed("policy", "predicates", KNOWN, to={"fixed": "true", "unspecified": None}),
        f"policy.predicates.{KNOWN}: the policy has no such predicate",
    ),
    "a predicate that the policy has not": (
        lambda: changed("policy", "predicates", ZEROS, to=None),
        f"policy.predicates.{ZEROS}: the policy has no such predicate",
    ),
    "a predicate that is not shown": (
        lambda: without("policy", "predicates", NODES[ATOM]["statement"]["predicate"]),
        f"nodes[{ATOM}]: its predicate is not shown",
    ),
    "a predicate that no node speaks of": (
        lambda: changed("policy", "predicates", UNSPOKEN, to=POLICY.content.shallow[UNSPOKEN]),
        "policy.predicates: no node speaks of one of them",
    ),
    "an entry at hand that it does not need": (
        lambda: changed("nodes", ATOM, "statement", "entries", to={"mitigation": ["mitigations", 0]}),
        f"nodes[{ATOM}]: other entries are at hand",
    ),
    "an atom by another rule": (
        lambda: changed("nodes", ATOM, "by", to="enough"),
        f"nodes[{ATOM}]: the facts say another thing",
    ),
    "an atom that rests on nothing": (
        lambda: changed("nodes", ATOM, "premises", to=[]),
        f"nodes[{ATOM}]: it needs a value that no premise gives",
    ),
    "a fact with a truth": (
        lambda: changed("nodes", FACT, "truth", to="true"),
        f"nodes[{FACT}]: a fact has no premises",
    ),
    "a list whose length is not given": (
        lambda: changed("nodes", LISTED, "premises", to=NODES[LISTED]["premises"][1:]),
        f"nodes[{LISTED}]: the list is not given",
    ),
}


@pytest.mark.parametrize(("lie", "path"), LIES.values(), ids=LIES.keys())
def test_what_is_not_so_is_refused_at_its_node(lie: Callable[[], Any], path: str) -> None:
    data = lie()
    assert json.dumps(data, default=str) != json.dumps(PROOF)
    assert refusal(data).startswith(path)


def test_a_policy_that_differs_in_what_the_outcome_does_not_rest_on_is_another_policy() -> None:
    """The digest is over the meaning: another rule counts, other words do not."""
    other = policylang.loads(TEXT + 'hardened -> warn "hardened"\n')
    assert refusal(PROOF, other).startswith("policy.digest: this is the proof of another policy")
    policylang.verify(
        policylang.Proof.from_dict(PROOF),
        policylang.loads("# a comment\n" + TEXT.replace("for deploy", 'for deploy because "so"')),
        RECORD,
        today=TODAY,
    )


def test_a_record_that_differs_in_what_the_outcome_does_not_rest_on_is_another_record() -> None:
    other = {**RECORD, "mitigations": [{"sound": True}, {"sound": False}, {"sound": False}]}
    assert refusal(PROOF, record=other).startswith("record.digest: ")
    same = {key: RECORD[key] for key in reversed(RECORD)}
    policylang.verify(policylang.Proof.from_dict(PROOF), POLICY, same, today=TODAY)


# --- as a command ---------------------------------------------------------------------------------


@pytest.mark.parametrize("data", BYTES, ids=lambda data: repr(data[:20]))
def test_the_command_ends_with_a_sentence(
    data: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, out, err = verified(data, tmp_path, capfd)
    assert (status, out) == (2, "")
    assert err.startswith(f"{tmp_path / 'proof.json'}: error: proof: ")


@pytest.mark.parametrize(
    "name", ["another policy's content", "an action that the policy does not declare", "1 for true"]
)
def test_the_command_names_the_node_that_is_wrong(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lie, path = LIES[name]
    status, out, err = verified(json.dumps(lie()).encode(), tmp_path, capfd)
    assert (status, out) == (1, "the proof does not hold\n")
    assert err.startswith(f"{tmp_path / 'proof.json'}: error: {path}")


@pytest.mark.parametrize("name", ["\ud800", "\x1b[2J", "a\nb", "x" * 100_000, "", "\u202e"], ids=ascii)
def test_no_name_in_a_proof_breaks_the_command(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for data in (
        changed("actions", name, to=PROOF["actions"]["develop"]),
        changed("actions", name, to=1),
        changed(name, to=1),
        changed("policy", "predicates", name, to={}),
        changed("nodes", 0, "statement", name, to=1),
    ):
        status, out, err = verified(json.dumps(data).encode(), tmp_path, capfd)
        assert status in (1, 2)
        assert err.count("\n") == 1
        assert not {"\x1b", "\u202e"} & set(out + err)
        assert len(err) < 2000


def verified(data: bytes, folder: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Return what the command says of a file: its status, its output, its errors."""
    files = {"gate.policy": TEXT.encode(), "record.json": json.dumps(RECORD).encode(), "proof.json": data}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    status = run(["verify", *[str(folder / name) for name in files]])
    out, err = capfd.readouterr()
    return status, out, err
