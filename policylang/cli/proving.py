"""``verify``: the independent checker as a command."""

from __future__ import annotations

from datetime import date
import rich_click as click

from policylang.cli.deciding import read_history
from policylang.cli.inputs import (
    DateParameter,
    Refused,
    Status,
    complain,
    complain_of_record,
    echo,
    load_policy,
    opened,
    read_records,
    refuse_twice,
)
from policylang.core.policy import Policy
from policylang.core.record import Record
from policylang.diagnostics import Problem, RecordError
from policylang.proof.format import MAX_SIZE, read_proof
from policylang.proof.proof import Proof, ProofError
from policylang.proof.verify import verify


RISING = "dates of a history rise strictly"


@click.command(name="verify")
@click.argument("policy")
@click.argument("record")
@click.argument("proof")
@click.option(
    "--today",
    type=DateParameter(),
    metavar="DATE",
    help="The date that the proof must be for; by default the one that it names.",
)
@click.option(
    "--history",
    "history_file",
    metavar="FILE",
    help="The dated records that the decision was made over, as `policylang history` reads them.",
)
@click.option("--at", "at", metavar="PATH", help="Where each record of the history holds its date.")
def verify_command(
    policy: str, record: str, proof: str, today: date | None, history_file: str | None, at: str | None
) -> int:
    """Check a proof with the independent checker.

    It follows the proof node by node against the policy and the record, and names the first node
    that does not follow. Exit status: 0 the proof shows what it concludes, 1 it does not, 2 bad
    policy, record or proof.

    Example:

    echo '{}'|tee r.json|policylang decide preparedness - --proof p.json;
    policylang verify preparedness r.json p.json
    """
    refuse_twice(policy, record, proof, history_file)
    compiled = load_policy(policy)
    present = _record(compiled, record)
    pairs = None if history_file is None else _history(compiled, history_file, at)
    with opened(proof) as file:
        data = file.read(MAX_SIZE + 1)  # no more of an endless one
    try:
        shown = read_proof(data)
    except ProofError as error:
        raise Refused(f"{proof}: error: {error}") from None
    day = shown.today if today is None else today
    try:
        verify(shown, compiled, present, today=day, history=pairs)
    except ProofError as error:
        complain(f"{proof}: error: {error}")
        echo("the proof does not hold")
        return Status.DOES_NOT_HOLD
    _print_shown(shown, day, over=history_file is not None)
    return Status.HOLDS


def _record(policy: Policy, path: str) -> Record:
    given = list(read_records(path))
    try:
        if len(given) != 1:
            raise Refused(f"{path}: error: expected one record, found {len(given)}")
        if given[0].problem is not None:
            raise given[0].problem
        return policy.record(given[0].data)
    except RecordError as error:
        complain_of_record(given[0].label, error)
        raise Refused("") from None


def _history(policy: Policy, path: str, at: str | None) -> list[tuple[date, Record]]:
    """Return a history's records, all of the policy, with their dates, which rise."""
    read = read_history(path, at)
    if read is None:
        raise Refused("")
    pairs: list[tuple[date, Record]] = []
    refused = False
    for (day, data), label in zip(*read, strict=True):
        try:
            if pairs and day <= pairs[-1][0]:
                raise RecordError([Problem("", f"the date {day} does not rise", RISING)])
            pairs.append((day, policy.record(data)))
        except RecordError as error:
            complain_of_record(label, error)
            refused = True
    if refused:
        raise Refused("")
    return pairs


def _print_shown(proof: Proof, day: date | None, over: bool) -> None:
    when = f"as of {day}" if day else "without a date"
    echo(f"the proof holds, {when}{' and over its history' if over else ''}:")
    for one in proof.conclusions:
        note = "" if one.constrained else ", and no rule constrains it"
        echo(f"  {one.action} is {one.outcome}{note}")
