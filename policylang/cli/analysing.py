"""``check`` and ``compare``: exact answers over all records."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import rich_click as click

from policylang import messages
from policylang.analysis import changed_records, compare as compare_policies
from policylang.analysis import check as check_policy
from policylang.analysis.messages import explanations
from policylang.cli.authoring import policy_files
from policylang.cli.inputs import (
    TODAY,
    Given,
    Refused,
    Status,
    Within,
    complain,
    complain_of_record,
    current_date,
    echo,
    echo_json,
    load_policy,
    read_records,
    read_text,
    refuse_twice,
)
from policylang.cli.progress import progress
from policylang.core.loader import load, loads
from policylang.core.outcomes import Outcome
from policylang.core.policy import Policy
from policylang.diagnostics import PolicyError, RecordError
from policylang.language.parser import refusal
from policylang.proof.words import visible
from policylang.render.checks import Checked, checks_json, finding_text, github, sarif, summary
from policylang.render.comparisons import comparison_lines, record_lines
from policylang.source import Source

TIME_LIMIT = click.option(
    "--time-limit",
    type=Within(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Of one policy, or one pair; what it leaves open is reported as not decided.",
)


@click.command()
@click.argument("policies", nargs=-1, metavar="POLICY...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
)
@TIME_LIMIT
@click.option("--explain", "code", metavar="CODE", help="Say what a finding such as PL301 means, and stop.")
def check(policies: tuple[str, ...], form: str, time_limit: float, code: str | None) -> int:
    """Check policies: text, names and types, then every question that the exact analysis asks.

    Each finding has a record that shows it, or is proved for all records. Exit status: 0 there are no
    findings but notes, 1 there is an error or a warning, or something was not decided, 2 bad text.

    Example: policylang check preparedness_beta
    """
    if code is not None:
        return _explain(code)
    if not policies:
        raise Refused("error: there is no policy to check")
    refuse_twice(*policies)
    status = Status.HOLDS
    found = []
    for path in policy_files(policies):
        one = _checked(path, time_limit)
        found.append(one)
        if one.report is None:
            status = Status.BAD_INPUT
        elif not one.report.holds and status is not Status.BAD_INPUT:
            status = Status.DOES_NOT_HOLD
        if form == "text":
            _print(one)
    match form:
        case "json":
            echo_json(checks_json(found), indent=2)
        case "sarif":
            echo_json(sarif(found), indent=2)
        case "github":
            for line in github(found):
                echo(line)
        case _:
            pass
    return status


def _explain(code: str) -> int:
    known = explanations()
    if code.upper() not in known:
        raise Refused(f"error: there is no finding `{code}`; there is {', '.join(known)}")
    echo(f"{code.upper()}: {known[code.upper()]}")
    return Status.HOLDS


def _checked(path: str, time_limit: float) -> Checked:
    try:
        if path != "-" and Path(path).is_dir():
            raise refusal(path, messages.cannot_read(path, "there is no policy in this directory", ()))
        policy = loads(read_text("-"), name="<stdin>") if path == "-" else load(path)
    except PolicyError as error:
        complain(str(error))
        return Checked(path, None, None, error.diagnostics)
    with progress("questions answered", prints_results=False) as line:
        return Checked(path, policy, check_policy(policy, time_limit=time_limit, answered=line.advance))


def _print(one: Checked) -> None:
    """Print what was found: findings as diagnostics, then what is proved."""
    if one.policy is None or one.report is None:
        return
    name = "<stdin>" if one.path == "-" else one.path if Path(one.path).exists() else f"{one.path}.policy"
    sources = {name: Source(name, one.policy.text)}
    for finding in one.report:
        complain(finding_text(finding, sources))
    echo(summary(one))
    for claim in one.report.proved:
        echo(f"{one.path}: proved: {visible(claim)}")


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--records", "records_file", metavar="FILE", help="Also list which of these records change outcome."
)
@click.option(
    "--fail-if-looser", is_flag=True, help="Exit with 1 unless NEW permits no record that OLD does not."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@TODAY
@TIME_LIMIT
def compare(
    old: str,
    new: str,
    records_file: str | None,
    fail_if_looser: bool,
    form: str,
    today: date | None,
    time_limit: float,
) -> int:
    """Compare what two policies mean, over all records: equivalent, stricter, looser, incomparable.

    Values of records are exact or absent, but for those of `--records`, for which `--today` is too. Each
    difference has a record that shows it. Exit status: 0, or 1 when a verdict was not decided, or with
    `--fail-if-looser` when NEW permits more, or it is not decided whether it does; 2 bad input.

    Example: policylang compare preparedness_beta strict_mitigation
    """
    refuse_twice(old, new, records_file)
    policies = load_policy(old), load_policy(new)
    given = list(read_records(records_file)) if records_file is not None else []
    day = today or current_date()
    with progress("questions answered", prints_results=False) as line:
        comparison = compare_policies(*policies, time_limit=time_limit, answered=line.advance)
    changed, refused = _changed(policies, given, day)
    if form == "json":
        document = {**comparison.to_dict(), "records": [{"record": r, "changes": c} for r, c in changed]}
        echo_json(document, indent=2)
    else:
        for told in comparison_lines(comparison):
            echo(told)
        if records_file is not None:
            for told in record_lines(changed, len(given), refused, day):
                echo(told)
    if refused:
        return Status.BAD_INPUT
    is_looser = comparison.permits_more is not False or any(
        after == Outcome.PERMITTED.value for _, outcomes in changed for _, after in outcomes.values()
    )
    if comparison.verdict == "not decided" or (fail_if_looser and is_looser):
        return Status.DOES_NOT_HOLD
    return Status.HOLDS


def _changed(
    policies: tuple[Policy, Policy], given: list[Given], day: date
) -> tuple[list[tuple[str, dict[str, list[str]]]], int]:
    """Return the records that change with their outcomes, and how many were refused."""
    found, refused = [], 0
    for one in given:
        try:
            if one.problem is not None:
                raise one.problem
            for change in changed_records(*policies, [one.data], today=day):
                outcomes = {a: [old.value, new.value] for a, (old, new) in change.outcomes.items()}
                found.append((one.label, outcomes))
        except RecordError as error:
            complain_of_record(one.label, error)
            refused += 1
    return found, refused
