"""``fmt`` and ``test``: for those who write policies."""

from __future__ import annotations

from collections.abc import Iterator
import difflib
from pathlib import Path
from typing import Any

import rich_click as click

from policylang.cli.inputs import Refused, Status, complain, echo, echo_json, load_policy, read_text
from policylang.core.examples import claim_counterexample, example_record, run_example
from policylang.core.policy import Policy
from policylang.diagnostics import PolicyError, RecordError
from policylang.language.checked import OutcomeClaim
from policylang.language.formatter import format_file
from policylang.language.parser import decode, parse
from policylang.proof.words import counted
from policylang.source import Source, deep_stack


def policy_files(paths: tuple[str, ...], may_be_none: bool = False) -> Iterator[str]:
    """Yield the paths, and for a directory the policies below it; refuse one that has none."""
    for path in paths:
        if path != "-" and Path(path).is_dir():
            found = sorted(Path(path).rglob("*.policy"))
            if not found and not may_be_none:
                raise Refused(f"{path}: error: there is no policy in this directory")
            yield from (str(file) for file in found)
        else:
            yield path


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit with 1 when a file would change."
)
@click.option("--diff", is_flag=True, help="Write nothing; print the changes.")
def fmt(paths: tuple[str, ...], only_check: bool, diff: bool) -> int:
    """Put policies into canonical form, in place.

    A directory stands for the policies below it; `-` reads standard input and prints. Nothing is
    written that would read back differently.

    Exit status: 0 done, 1 with --check: some file would change, 2 bad input.

    Example: echo "post_mitigation>=High->forbid deploy" | policylang fmt -
    """
    status = Status.HOLDS
    for path in policy_files(paths):
        try:
            before, after = _formatted(path)
        except Refused as error:
            error.show()
            status = Status.BAD_INPUT
            continue
        if before != after and (only_check or diff):
            status = status if status is Status.BAD_INPUT else Status.DOES_NOT_HOLD if only_check else status
        if diff:
            lines = difflib.unified_diff(before.splitlines(), after.splitlines(), path, path, lineterm="")
            for line in lines:
                echo(line)
        elif only_check:
            if before != after:
                complain(f"{path}: would be changed")
        elif path == "-":
            click.echo(after, nl=False)
        elif before != after:
            _write(path, after)
            complain(f"{path}: changed")
    return status


def _formatted(path: str) -> tuple[str, str]:
    """Return a file's text and its canonical form, which is sure to read back the same."""
    shown = "<stdin>" if path == "-" else path
    try:
        before = decode(read_text(path), shown)
        with deep_stack():
            file = parse(Source(shown, before))
            after = format_file(file)
            again = parse(Source(shown, after))
    except PolicyError as error:
        raise Refused(str(error)) from None
    comments = [sorted(comment.text for comment in one.comments) for one in (file, again)]
    if file != again or comments[0] != comments[1]:
        raise Refused(f"{shown}: error: the canonical form would read back differently; nothing is written")
    return before, after


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Refused(f"{path}: error: cannot be written: {error.strerror}") from None


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def test(paths: tuple[str, ...], form: str) -> int:
    """Run the examples of policies.

    Claims (`always`) are tried on the examples' records, and not proved.

    Exit status: 0 all as expected, 1 some not, 2 bad input, 5 nothing to run.

    Example: policylang test preparedness_beta
    """
    ran, failed, bad = 0, 0, False
    documents: list[dict[str, Any]] = []
    for path in policy_files(paths, may_be_none=True):
        try:
            policy = load_policy(path)
        except Refused as error:
            error.show()
            bad = True
            continue
        lines, document = _run(path, policy)
        documents.append(document)
        ran += len(document["examples"])
        failed += sum(not e["passed"] for e in document["examples"])
        failed += sum(bool(c["counterexamples"]) for c in document["claims"])
        if form == "text":
            for line in lines:
                echo(line)
    if form == "json":
        echo_json(documents, indent=2)
    elif ran:
        echo(f"{counted(ran, 'example')}, {counted(failed, 'failure')}")
    if bad:
        return Status.BAD_INPUT
    if not ran:
        complain("error: there is no example to run")
        return Status.NOTHING_EVALUATED
    return Status.DOES_NOT_HOLD if failed else Status.HOLDS


def _run(path: str, policy: Policy) -> tuple[list[str], dict[str, Any]]:
    lines: list[str] = []
    examples = []
    for example in policy.examples:
        result = run_example(policy, example)
        lines.append(f"{path}: {'passed' if result.passed else 'FAILED'}: {example.title}")
        lines += [f"  {text}" for text in result.mismatches]
        examples.append(
            {"title": example.title, "passed": result.passed, "problems": list(result.mismatches)}
        )
    claims = []
    for claim in policy.claims:
        tried, found = 0, []
        for example in policy.examples if isinstance(claim, OutcomeClaim) else ():
            try:
                record = policy.record(example_record(example))
            except RecordError:
                continue  # the example itself is reported as failed
            tried += 1
            assert isinstance(claim, OutcomeClaim)
            against = claim_counterexample(policy, claim, record, example.on)
            if against:
                found.append(f"{example.title}: {against}")
        what = (
            f"FAILED on {counted(len(found), 'record')}"
            if found
            else f"tried on {counted(tried, 'record')}, not proved"
        )
        lines.append(f"{path}: {what}: {claim.text}")
        lines += [f"  {text}" for text in found]
        claims.append({"claim": claim.text, "tried": tried, "proved": False, "counterexamples": found})
    return lines, {"policy": policy.name, "examples": examples, "claims": claims}
