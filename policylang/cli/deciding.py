"""``decide``, ``explain`` and ``history``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
import json
from pathlib import Path
import re
from typing import Any

import rich_click as click

from policylang import messages
from policylang.cli.inputs import (
    ACTIONS,
    TODAY,
    Given,
    Refused,
    Status,
    asked_actions,
    coloured,
    complain,
    complain_of_record,
    current_date,
    decision_status,
    echo,
    echo_json,
    echo_sentences,
    echo_styled,
    load_policy,
    read_records,
    shown,
    worst,
    refuse_twice,
)
from policylang.cli.progress import Progress, progress
from policylang.core.decision import Decision
from policylang.core.policy import Policy
from policylang.core.reading import JsonObject
from policylang.diagnostics import Problem, RecordError
from policylang.proof.telling import explain, explain_fully
from policylang.proof.prover import prove
from policylang.proof.words import printable
from policylang.render import github, html, junit, markdown
from policylang.render.remedies import remedies
from policylang.render.report import NOTHING, Report, Result, decided, empty, unreadable
from policylang.values import date_of

DOCUMENTS = {
    "markdown": markdown.document,
    "html": html.document,
    "junit": junit.document,
    "github": github.document,
}


@click.command()
@click.argument("policy")
@click.argument("records", nargs=-1, required=True, metavar="RECORD...")
@ACTIONS
@TODAY
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "jsonl", *DOCUMENTS]),
    default="text",
    show_default=True,
)
@click.option("--proof", "proof_file", type=click.Path(dir_okay=False), help="Write the proof to this file.")
def decide(
    policy: str,
    records: tuple[str, ...],
    actions: tuple[str, ...],
    today: date | None,
    form: str,
    proof_file: str | None,
) -> int:
    """Decide records under a policy.

    A record is a JSON file, or `-` for standard input; a `.jsonl` file has one a line.

    Exit status: 0 every asked action is permitted, 1 some is forbidden, 2 bad input, 3 some is
    undetermined, 5 nothing was evaluated.

    Example: echo "{}" | policylang decide preparedness_beta - --action deploy
    """
    refuse_twice(policy, *records)
    compiled = load_policy(policy)
    asked = asked_actions(compiled, actions)
    day = today or current_date()
    statuses: list[Status] = []
    decisions: list[Decision] = []
    results: list[Result] = []
    keeps_all = form == "json" or proof_file is not None
    with progress("records decided", prints_results=form in ("text", "jsonl")) as line:
        for label, decision in _decisions(compiled, records, day, line):
            if decision is None:
                results.append(empty(label))
                statuses.append(Status.NOTHING_EVALUATED)
                continue
            if isinstance(decision, RecordError):
                results.append(unreadable(label, decision.problems))
                statuses.append(Status.BAD_INPUT)
                continue
            statuses.append(decision_status(decision, asked, bool(actions)))
            if keeps_all or not decisions:
                decisions.append(decision)
            if form == "jsonl":
                echo_json(decision.to_dict(asked))
            elif form == "text":
                _print_decision(label, decision, asked)
            elif form in DOCUMENTS:
                results.append(decided(label, decision, asked))
    if form in DOCUMENTS:
        echo(DOCUMENTS[form](Report(compiled, day, asked, tuple(results))))
    if form == "json" and decisions:
        documents = [decision.to_dict(asked) for decision in decisions]
        echo_json(documents[0] if len(documents) == 1 else documents, indent=2)
    for decided_first in decisions[:1]:
        _warn_unconstrained(decided_first, asked)
    if proof_file is not None:
        _write_proof(proof_file, decisions, asked)
    return worst(statuses)


def _decisions(
    policy: Policy, paths: tuple[str, ...], today: date | None, line: Progress | None = None
) -> Iterator[tuple[str, Decision | RecordError | None]]:
    """Yield the label of each record with its decision or its problems, which are printed.

    A file without any record is not passed over: it yields None.
    """
    for path in paths:
        given = None
        for given in read_records(path):
            yield given.label, _decide_one(policy, given, today, line)
            if line is not None:
                line.advance()
        if given is None:
            if line is not None:
                line.clear()
            complain(f"{shown(path)}: error: {NOTHING}")
            yield shown(path), None


def _decide_one(
    policy: Policy, given: Given, today: date | None, line: Progress | None = None
) -> Decision | RecordError:
    """Return the decision, or the problems of the record, which are printed."""
    try:
        if given.problem is not None:
            raise given.problem
        return policy.decide(given.data, today=today)
    except RecordError as error:
        if line is not None:
            line.clear()
        complain_of_record(given.label, error)
        return error


def _print_decision(label: str, decision: Decision, actions: tuple[str, ...]) -> None:
    policy = decision.policy
    version = f" {policy.version}" if policy.version else ""
    echo(f"{printable(f'{label} under {policy.name}{version}')}, as of {decision.today}:")
    width = max(len(action) for action in actions) if actions else 0
    for action in actions:
        note = "" if decision.is_constrained(action) else "  (no rule constrains it)"
        echo_styled(f"  {action:{width}}  {coloured(decision[action])}{note}")
    echo("")
    echo_sentences(explain(decision, actions))


def _warn_unconstrained(decision: Decision, actions: tuple[str, ...]) -> None:
    for action in actions:
        if not decision.is_constrained(action):
            complain(f"warning: no rule of the policy constrains `{action}`")


def _write_proof(path: str, decisions: list[Decision], actions: tuple[str, ...]) -> None:
    if len(decisions) != 1:
        raise Refused("error: --proof needs exactly one record that is decided")
    text = json.dumps(prove(decisions[0], actions).to_dict(), ensure_ascii=False)
    try:
        Path(path).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path}: error: cannot be written: {error.strerror}") from None


@click.command(name="explain")
@click.argument("policy")
@click.argument("record")
@ACTIONS
@TODAY
@click.option("--full", is_flag=True, help="Leave nothing out, and show the whole proof.")
def explain_command(
    policy: str, record: str, actions: tuple[str, ...], today: date | None, full: bool
) -> int:
    """Say why: what made a decision, what would lift it, what is missing.

    The explanation is short; what it leaves out it counts.

    The exit status is that of `decide`.

    Example: echo "{}" | policylang explain preparedness_beta - --action deploy
    """
    refuse_twice(policy, record)
    compiled = load_policy(policy)
    asked = asked_actions(compiled, actions)
    statuses = []
    for label, decision in _decisions(compiled, (record,), today or current_date()):
        if decision is None:
            continue
        if isinstance(decision, RecordError):
            statuses.append(Status.BAD_INPUT)
            continue
        echo(f"{printable(label)} under {compiled.name}, as of {decision.today}:")
        echo_sentences((explain_fully if full else explain)(decision, asked))
        for sentence in remedies(decision, asked):
            echo_sentences(sentence)
        statuses.append(decision_status(decision, asked, bool(actions)))
    return worst(statuses)


HISTORY_PLACE = re.compile(r"\[([0-9]+)\]\.?(.*)", re.DOTALL)
"""A path in a list of dated records: which record, and the path in it."""


@click.command()
@click.argument("policy")
@click.argument("file")
@click.option(
    "--at",
    "at",
    metavar="PATH",
    help="Where each record holds its date; by default a key `at` beside `record`.",
)
@ACTIONS
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "jsonl"]), default="text", show_default=True
)
@click.option(
    "--proof",
    "proof_file",
    type=click.Path(dir_okay=False),
    help="Write the proof of the last decision to this file.",
)
def history(
    policy: str, file: str, at: str | None, actions: tuple[str, ...], form: str, proof_file: str | None
) -> int:
    """Decide dated records in order: a prohibition holds until its release.

    FILE has one JSON object a line, all of one subject: {"at": "2026-01-31", "record": {…}}. The
    exit status is that of the last decision.

    Example:

    echo '{"at":"2026-01-31","record":{}}'|policylang history preparedness_beta -
    """
    compiled = load_policy(policy)
    asked = asked_actions(compiled, actions)
    read = read_history(file, at)
    if read is None:
        return Status.BAD_INPUT
    pairs, labels = read
    try:
        decisions = compiled.decide_history(pairs)
    except RecordError as error:
        for problem in error.problems:
            place = HISTORY_PLACE.fullmatch(problem.path)
            label = labels[int(place[1])] if place else file
            path = place[2] if place else problem.path
            complain_of_record(label, RecordError([problem._replace(path=path)]))
        return Status.BAD_INPUT
    for decision in decisions:
        if form == "jsonl":
            echo_json(decision.to_dict(asked))
        elif form == "text":
            outcomes = ", ".join(f"{action} {coloured(decision[action])}" for action in asked)
            held = [f.rule for f in decision.fired if f.latched]
            note = f"  (held by {', '.join(dict.fromkeys(held))})" if held else ""
            echo_styled(f"{decision.today}  {outcomes}{note}")
    if form == "json":
        echo_json([d.to_dict(asked) for d in decisions], indent=2)
    if not decisions:
        complain(f"{shown(file)}: error: {NOTHING}")
        return Status.NOTHING_EVALUATED
    if form == "text":
        echo("")
        echo_sentences(explain(decisions[-1], asked))
    if proof_file is not None:
        _write_proof(proof_file, [decisions[-1]], asked)
    return decision_status(decisions[-1], asked, bool(actions))


def read_history(file: str, at: str | None) -> tuple[list[tuple[date, Any]], list[str]] | None:
    """Return a history's dated records and their labels; None, with the problems shown, when bad."""
    pairs, labels, refused = [], [], False
    for given in read_records(file, by_line=True):
        try:
            if given.problem is not None:
                raise given.problem
            pairs.append(dated(given.data, at))
            labels.append(given.label)
        except RecordError as error:
            complain_of_record(given.label, error)
            refused = True
    return None if refused else (pairs, labels)


def dated(data: Any, at: str | None) -> tuple[date, Any]:
    """Return the date and the record of one line of a history."""
    value: Any = data
    record = data
    if at is None:
        if not isinstance(data, JsonObject) or set(data) != {"at", "record"}:
            raise RecordError(
                [Problem("", 'expected {"at": DATE, "record": {…}}', "or name the date's path with --at")]
            )
        if data.duplicates:
            raise RecordError([Problem("", messages.duplicate_key(data.duplicates[0]).text)])
        value, record = data["at"], data["record"]
    else:
        for step in at.split("."):
            value = value.get(step) if isinstance(value, dict) else None
    try:
        return date_of(value), record
    except (TypeError, ValueError):
        raise RecordError([Problem(at or "at", "expected a date such as 2026-01-31")]) from None
