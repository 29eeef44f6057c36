"""How commands end: the exit statuses in every combination, and what no input may bring about."""

import io
import json
import os
from pathlib import Path
import re
import subprocess
import sys
from typing import NamedTuple

import pytest

from policylang.cli.main import COMMANDS, run

POLICY = """
policy gate
record { level: Risk name: text word: attestation by board }
scale Risk: Low < High
role board
action deploy, develop, publish: permitted unless forbidden
rule gate "Nothing \\u001b[31mred": level >= High -> forbid deploy because "\\u001b[2Jgone\\u202e"
level >= High and word -> warn "\\u009b31m"
name = "x" -> forbid develop
"""
RECORDS = {
    "yes": {"level": "Low"},
    "no": {"level": "High"},
    "open": {},
    "bad": {"level": "low"},
}
YES, NO, BAD, OPEN, NOTHING = 0, 1, 2, 3, 5


class Ended(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gate.policy").write_text(POLICY, encoding="utf-8")
    for name, record in RECORDS.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")
    return tmp_path


class Command:
    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self.capfd = capfd

    def __call__(self, *arguments: str) -> Ended:
        status = run(list(arguments))
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        return Ended(status, *self.capfd.readouterr())


@pytest.fixture
def command(folder: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    return Command(capfd)


# --- statuses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "actions", "status"),
    [
        ("yes", "deploy", YES),
        ("no", "deploy", NO),
        ("open", "deploy", OPEN),
        ("bad", "deploy", BAD),
        ("yes", "publish", NOTHING),
        ("yes", "deploy publish", NOTHING),
        ("open", "deploy publish", NOTHING),
        ("no", "deploy publish", NO),
        ("yes", "", OPEN),  # develop is open; publish, unconstrained, only warns
        ("yes", "delpoy", BAD),
        ("yes", "deploy delpoy", BAD),
        ("yes yes", "deploy", YES),
        ("yes open", "deploy", OPEN),
        ("open no", "deploy", NO),
        ("no open", "deploy publish", NO),
        ("yes open", "deploy publish", NOTHING),
        ("bad no", "deploy", BAD),
        ("no bad", "deploy", BAD),
        ("yes nowhere", "deploy", BAD),
    ],
)
def test_the_first_status_that_applies_in_the_order_2_1_5_3_0(
    command: Command, folder: Path, records: str, actions: str, status: int
) -> None:
    files = [f"{name}.json" for name in records.split()]
    asked = [word for action in actions.split() for word in ("--action", action)]
    for form in ("text", "json", "jsonl"):
        assert command("decide", "gate.policy", *files, *asked, "--format", form).status == status
    if "nowhere" not in records:
        lines = [json.dumps(RECORDS[name]) for name in records.split()]
        (folder / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
        assert command("decide", "gate.policy", "all.jsonl", *asked).status == status
        assert command("explain", "gate.policy", "all.jsonl", *asked).status == status


@pytest.mark.parametrize(
    ("records", "actions", "status"),
    [
        ("no yes", "deploy", YES),
        ("yes no", "deploy", NO),
        ("no open", "deploy", OPEN),
        ("no yes", "deploy publish", NOTHING),
        ("no yes", "", OPEN),
        ("bad yes", "deploy", BAD),
        ("", "deploy", NOTHING),
    ],
)
def test_a_history_ends_as_its_last_decision_says(
    command: Command, folder: Path, records: str, actions: str, status: int
) -> None:
    lines = [
        json.dumps({"at": f"2026-01-0{n}", "record": RECORDS[name]})
        for n, name in enumerate(records.split(), 1)
    ]
    (folder / "past.jsonl").write_text("\n".join(lines), encoding="utf-8")
    asked = [word for action in actions.split() for word in ("--action", action)]
    assert command("history", "gate.policy", "past.jsonl", *asked).status == status


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"at": "2026-01-02"}', "past.jsonl:2: error: record: expected"),
        ('{"at": "2026-01-02", "at": "2026-01-03", "record": {}}', "`at` stands twice"),
        ('{"at": "2026-01-02", "record": {}, "record": {"level": "Low"}}', "`record` stands twice"),
        ('{"at": "2026-W01-5", "record": {}}', "expected a date"),
        ('{"at": "2026-01-01", "record": {}}', "past.jsonl:2: error: record: the date 2026-01-01 does not"),
        ('{"at": "2026-01-02", "record": {"level": "low"}}', "past.jsonl:2: error: level: `low` is no level"),
        ('{"at": "2026-01-02", "record": []}', "past.jsonl:2: error: record: expected an object"),
        ("[]", "past.jsonl:2: error: record: expected"),
    ],
)
def test_a_history_names_the_line_that_is_wrong(command: Command, folder: Path, line: str, said: str) -> None:
    (folder / "past.jsonl").write_text(f'{{"at": "2026-01-01", "record": {{}}}}\n{line}\n', encoding="utf-8")
    ended = command("history", "gate.policy", "past.jsonl")
    assert (ended.status, ended.out) == (BAD, "")
    assert said in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        "decide",
        "decide gate.policy",
        "decide gate.policy . yes.json",
        "decide . yes.json",
        "decide nowhere.policy yes.json",
        "decide gate.policy yes.json --today 2026-1-5",
        "decide gate.policy yes.json --today 2026-W01-1",
        "decide gate.policy yes.json --format xml",
        "decide gate.policy yes.json --proof nowhere/proof.json",
        "decide gate.policy yes.json no.json --proof proof.json",
        "decide - -",
        "explain gate.policy nowhere.json",
        "history gate.policy nowhere.jsonl",
        "check gate.policy --time-limit nan",
        "compare gate.policy gate.policy --time-limit nan",
        "test --mutate --fail-under nan gate.policy",
        "nothing",
    ],
)
def test_bad_usage_is_2_and_speaks_on_standard_error(command: Command, arguments: str) -> None:
    ended = command(*arguments.split())
    assert ended.status == BAD
    assert ended.err
    assert "Traceback" not in ended.err


def test_nothing_to_decide_is_5(command: Command, folder: Path) -> None:
    (folder / "none.jsonl").write_text("\n \n", encoding="utf-8")
    assert command("decide", "gate.policy", "none.jsonl").status == NOTHING
    (folder / "free.policy").write_text('true -> warn "x"', encoding="utf-8")
    (folder / "empty.json").write_text("{}", encoding="utf-8")
    assert command("decide", "free.policy", "empty.json").status == NOTHING


# --- input and output ---------------------------------------------------------------------------


def test_a_file_without_a_record_is_not_passed_over(command: Command, folder: Path) -> None:
    (folder / "none.jsonl").write_text("\n \n", encoding="utf-8")
    for form in ("text", "json", "jsonl", "markdown", "html", "junit", "github"):
        for files, status in (("yes.json none.jsonl", NOTHING), ("none.jsonl no.json", NO)):
            options = ("--action", "deploy", "--format", form)
            ended = command("decide", "gate.policy", *files.split(), *options)
            assert (ended.status, ended.err) == (
                status,
                "none.jsonl: error: there is no record, so nothing was evaluated\n",
            )
            if form in ("markdown", "html", "junit", "github"):
                assert ended.out.count("there is no record, so nothing was evaluated") >= 1


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a file without an end")
@pytest.mark.parametrize(
    "arguments",
    [
        "decide gate.policy /dev/zero",
        "decide gate.policy endless.jsonl",
        "explain gate.policy /dev/zero",
        "history gate.policy /dev/zero",
        "verify gate.policy yes.json /dev/zero",
        "compare gate.policy gate.policy --records /dev/zero",
        "decide /dev/zero yes.json",
        "fmt /dev/zero",
    ],
)
def test_a_file_without_an_end_is_refused(command: Command, folder: Path, arguments: str) -> None:
    (folder / "endless.jsonl").symlink_to("/dev/zero")
    ended = command(*arguments.split())
    assert ended.status == BAD
    assert re.search(r" is larger than [0-9]+ MiB\n$", ended.err)


def test_what_is_no_json_is_said_in_whole_sentences(command: Command, folder: Path) -> None:
    (folder / "control.json").write_bytes(b'{"name": "a\x01b"}')
    said = "this is no JSON: line 1, column 12: invalid control character\n"
    assert command("decide", "gate.policy", "control.json") == (
        BAD,
        "",
        f"control.json: error: record: {said}",
    )
    verified = command("verify", "gate.policy", "yes.json", "control.json")
    assert verified == (BAD, "", f"control.json: error: proof: {said}")


def test_an_example_of_a_file_without_an_end_fails(command: Command, folder: Path) -> None:
    example = 'example "endless" { given "/dev/zero" expect deploy permitted }'
    (folder / "endless.policy").write_text(POLICY + example, encoding="utf-8")
    ended = command("test", "endless.policy")
    assert ended.status == NO
    assert "record: the record is larger than 64 MiB" in ended.out


def test_standard_input_is_a_record_or_a_policy(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def given(text: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))

    given(b'{"level": "High"}')
    assert command("decide", "gate.policy", "-", "--action", "deploy").status == NO
    given(POLICY.encode())
    assert command("decide", "-", "no.json", "--action", "deploy").status == NO
    given(b"")
    assert command("decide", "gate.policy", "-").status == BAD
    given(b'{"at": "2026-01-01", "record": {"level": "High"}}\r\n')
    assert command("history", "gate.policy", "-", "--action", "deploy").status == NO
    monkeypatch.setattr(sys, "stdin", None)
    assert command("decide", "gate.policy", "-").status == BAD


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_words_of_records_and_policies_cannot_steer_a_terminal(
    command: Command, folder: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # so that nothing is left out for want of a terminal
    word = {"holds": True, "by": "A\x1b[31m\x9b", "role": "board", "on": "2026-01-01"}
    file = "rec\x1b[2J.json"
    (folder / file).write_text(json.dumps({"level": "High", "word": word, "name": "y"}), encoding="utf-8")
    ended = command("decide", "gate.policy", file, "--today", "2026-11-24", "--format", form)
    assert ended.status == NO
    for outcome, colour in (("permitted", 32), ("forbidden", 31)):
        ended = ended._replace(out=ended.out.replace(f"\x1b[{colour}m\x1b[1m{outcome}\x1b[0m", outcome))
    assert all(c.isprintable() or c == "\n" for c in ended.out + ended.err)
    if form != "text":
        assert json.loads(ended.out)["fired"][0]["because"] == "\x1b[2Jgone\u202e"
    (folder / "odd.json").write_text(json.dumps({"\x1b[31m": 1, "name": 1}), encoding="utf-8")
    assert "\x1b" not in command("decide", "gate.policy", "odd.json").err


@pytest.mark.parametrize(
    ("no_colour", "forced", "term", "coloured"),
    [
        ("", "", "xterm", False),
        ("", "1", "xterm", True),
        ("1", "1", "xterm", False),
        ("", "1", "dumb", False),
    ],
)
def test_colour_is_for_those_who_want_it(
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    no_colour: str,
    forced: str,
    term: str,
    coloured: bool,
) -> None:
    for name, value in (("NO_COLOR", no_colour), ("FORCE_COLOR", forced), ("TERM", term)):
        monkeypatch.setenv(name, value)
    for line in ("decide gate.policy no.json", "demo"):
        assert ("\x1b[31m" in command(*line.split()).out) is coloured


def policylang(line: str, folder: Path, **environment: str) -> tuple[int, str]:
    """Return the status of a shell line and what it wrote to standard error."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        ["bash", "-c", line.replace("policylang", f'"{sys.executable}" -m policylang')],
        cwd=folder,
        env={"PATH": path, "PYTHONPATH": root, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_output_that_cannot_be_written_is_no_decision(folder: Path) -> None:
    (folder / "many.jsonl").write_text('{"level": "High"}\n' * 2000, encoding="utf-8")
    first = "policylang decide gate.policy many.jsonl --format jsonl | head -n 1 > /dev/null"
    assert policylang(f"{first}; exit ${{PIPESTATUS[0]}}", folder) == (141, "")
    assert policylang("policylang decide gate.policy open.json >&-", folder)[0] == OPEN
    if Path("/dev/full").exists():
        status, said = policylang("policylang decide gate.policy yes.json > /dev/full", folder)
        assert (status, "Traceback" in said) == (BAD, False)
        assert policylang("policylang decide gate.policy nowhere.json 2> /dev/full", folder)[0] == BAD
    ascii_only = policylang("policylang decide gate.policy no.json", folder, PYTHONIOENCODING="ascii:strict")
    assert (ascii_only[0], "Traceback" in ascii_only[1]) == (NO, False)


def test_an_interrupt_is_130(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: object) -> int:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    ended = command("decide", "gate.policy", "-")
    assert (ended.status, ended.err) == (130, "interrupted\n")


def test_an_interrupt_while_the_command_loads_is_130(folder: Path) -> None:
    code = """
import sys
class Interrupting:
    def find_spec(name, path, target=None):
        if name == "rich_click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting)
from policylang.__main__ import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_a_module_is_a_command_too(folder: Path) -> None:
    assert policylang("policylang decide gate.policy yes.json --action deploy", folder)[0] == YES


def test_the_help_shows_every_command_in_a_group(command: Command) -> None:
    shown = command("--help").out
    assert "─ Commands ─" not in shown, "a command stands in no group"
    assert all(re.search(rf"^│ {name}\b", shown, re.M) for name in COMMANDS)
