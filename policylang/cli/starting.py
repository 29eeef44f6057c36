"""``init``: a first policy with its record, test and workflow, ready to be changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
import json
from pathlib import Path
import shlex
from typing import Any

import rich_click as click

from policylang.cli.inputs import DateParameter, Refused, Status, current_date, echo
from policylang.core.examples import example_record
from policylang.core.loader import load
from policylang.core.policy import Policy
from policylang.language.checked import Example
from policylang.language.library import find
from policylang.values import date_of

TEMPLATES = {
    "small_lab": "a small lab that trains its own models",
    "deployer": "a product with somebody else's model in it",
    "research_group": "a research group: training, experiments, papers and weights",
    "strict_mitigation": "mitigations that count only when an independent assessor says so",
    "layered": "an organisation's own rules on top of a published framework",
}

TEST = '''\
"""What the policy says of the records at hand, and that less evidence never permits more."""

from datetime import date
import json
from pathlib import Path

from hypothesis import given

import policylang
from policylang import testing

FOLDER = Path(__file__).parents[1]
POLICY = policylang.load(FOLDER / "{name}.policy")
RECORD = json.loads((FOLDER / "records" / "model.json").read_text(encoding="utf-8"))
TODAY = date({today.year}, {today.month}, {today.day})  # of the record


def test_the_first_record_is_permitted() -> None:
    decision = POLICY.decide(RECORD, today=TODAY)
    assert [action for action in POLICY.actions if decision.permits(action)] == {permitted}


def test_an_empty_record_permits_nothing() -> None:
    decision = POLICY.decide({{}}, today=TODAY)
    assert not [action for action in POLICY.actions if decision.permits(action)]


@given(testing.records(POLICY))
def test_less_evidence_never_permits_more(record: dict) -> None:
    before = POLICY.decide(record, today=TODAY)
    for key in record:
        fewer = {{other: value for other, value in record.items() if other != key}}
        after = POLICY.decide(fewer, today=TODAY)
        assert all(before.permits(action) or not after.permits(action) for action in POLICY.actions)
'''

WORKFLOW = """\
name: policy

on: [push, pull_request]

permissions:
  contents: read

jobs:
  policy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install "policylang[test]"
      - run: policylang fmt --check {name}.policy
      - run: policylang check {name}.policy --format github
      - run: policylang test {name}.policy
      - run: python -m pytest tests
      # The gate: as of the current date, so that it closes when what the record says has grown too old.
      - run: policylang decide {name}.policy records/model.json --format github
"""


@click.command()
@click.argument("directory", default=".", metavar="[DIR]")
@click.option(
    "--template",
    type=click.Choice(list(TEMPLATES)),
    default="small_lab",
    show_default=True,
    help="The policy to start from.",
)
@click.option(
    "--today",
    type=DateParameter(),
    metavar="DATE",
    help="The date of the record; by default the current date in UTC.",
)
def init(directory: str, template: str, today: date | None) -> int:
    """Write a first policy, record, test and workflow into a directory; all of them pass as they are.

    Templates: `small_lab` for a small lab that trains its own models, `deployer` for a product with
    somebody else's model in it, `research_group`, `strict_mitigation` with mitigations that count only
    when an independent assessor says so, `layered` on top of a published framework.

    Nothing that exists is overwritten. Exit status: 0 written, 2 not.

    Example: policylang init my-policy --template deployer
    """
    folder = Path(directory)
    files = starter(template, today or current_date())
    present = [str(folder / name) for name in files if (folder / name).exists()]
    if present:
        raise Refused(f"error: nothing is written, as {', '.join(present)} would be overwritten")
    for name, text in files.items():
        _write(folder / name, text)
        echo(str(folder / name))
    here = "" if folder == Path() else f"cd {shlex.quote(directory)} && "
    echo(
        f"""
A policy for {TEMPLATES[template]}. Next:
  {here}policylang check {template}.policy
  policylang test {template}.policy
  policylang decide {template}.policy records/model.json
Then change the policy to what you mean, and say it in examples; --mutate tells which are missing:
  policylang test --mutate {template}.policy
The test and the workflow need policylang[test]: python -m pip install "policylang[test]" """.rstrip()
    )
    return Status.HOLDS


def starter(template: str, today: date) -> Mapping[str, str]:
    """Return the files of a template by their paths; the record is as of a date."""
    policy = load(template)
    example = most_permitting(policy)
    record = moved(example_record(example), today - (example.on or today))
    decision = policy.decide(record, today=today)
    permitted = [action for action in policy.actions if decision.permits(action)]
    listed = f"[{', '.join(json.dumps(action) for action in permitted)}]"
    source = find(template)
    given = sorted({str(e.given) for e in policy.examples if isinstance(e.given, str) and _is_own(e, source)})
    return {
        f"{template}.policy": source.read_text(encoding="utf-8"),
        **{name: (source.parent / name).read_text(encoding="utf-8") for name in given},
        "records/model.json": json.dumps(record, indent=2, ensure_ascii=False) + "\n",
        "tests/test_policy.py": TEST.format(name=template, today=today, permitted=listed),
        ".github/workflows/policy.yml": WORKFLOW.format(name=template),
    }


def _is_own(example: Example, source: Path) -> bool:
    """Return whether an example stands in the policy's own file, not in one that it extends."""
    return Path(example.span.source).name == source.name


def most_permitting(policy: Policy) -> Example:
    """Return the example of a policy whose record permits most, the first of several."""

    def count(example: Example) -> int:
        decision = policy.decide(example_record(example), today=example.on)
        return sum(decision.permits(action) for action in policy.actions)

    return max(policy.examples, key=count)


def moved(value: Any, by: timedelta) -> Any:
    """Return a JSON value with every date in it so much later."""
    match value:
        case Mapping():
            return {key: moved(inner, by) for key, inner in value.items()}
        case list():
            return [moved(inner, by) for inner in value]
        case str():
            try:
                return (date_of(value) + by).isoformat()
            except ValueError:
                return value  # no date
        case _:
            return value


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise Refused(f"{path}: error: cannot be written: {error.strerror}") from None
