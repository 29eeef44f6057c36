"""What commands read: policies, records, dates; and how they end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
import enum
from functools import partial
import json
import math
import os
from pathlib import Path
import re
import shutil
import sys
from typing import Any, BinaryIO

import attrs
import rich_click as click

from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome
from policylang.core.loader import load, loads
from policylang.core.policy import Policy
from policylang.core.reading import MAX_SIZE, parse_json
from policylang.diagnostics import PolicyError, RecordError
from policylang.messages import unknown_action
from policylang.values import date_of
from policylang.proof.words import WIDTH, printable, wrapped


class Status(enum.IntEnum):
    """Exit statuses; they are a contract."""

    PERMITTED = 0
    HOLDS = 0
    FORBIDDEN = 1
    DOES_NOT_HOLD = 1
    BAD_INPUT = 2
    UNDETERMINED = 3
    NOTHING_EVALUATED = 5


# When several apply, the first of these.
PRECEDENCE = (
    Status.BAD_INPUT,
    Status.FORBIDDEN,
    Status.NOTHING_EVALUATED,
    Status.UNDETERMINED,
    Status.PERMITTED,
)


def worst(statuses: list[Status]) -> Status:
    """Return the status that goes before the others; nothing evaluated when there is none."""
    return min(statuses, key=PRECEDENCE.index) if statuses else Status.NOTHING_EVALUATED


class Within(click.FloatRange):
    """A number in a range; ``nan`` is in none, though no comparison says so."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = float(super().convert(value, param, ctx))
        if math.isnan(found):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return found


def visible(text: str) -> str:
    """Return a text in which nothing but line ends and tabs can move a terminal's cursor or colour."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def wants_colour() -> bool | None:
    """Return whether the environment asks for colour or for none; None: where there is a terminal."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def echo(text: str) -> None:
    """Print a result that holds words of a record or a policy."""
    click.echo(visible(text))


def echo_sentences(text: str, *, always_wrapped: bool = False) -> None:
    """Print lines of prose; on a terminal they are wrapped between words, elsewhere left whole."""
    if always_wrapped or (sys.stdout is not None and sys.stdout.isatty()):
        width = min(shutil.get_terminal_size((WIDTH, 0)).columns, WIDTH)
        text = "\n".join(row for line in text.split("\n") for row in wrapped(line, width))
    echo(text)


def echo_styled(text: str) -> None:
    """Print a line of names and outcomes; colour only on a terminal that wants it."""
    click.echo(text, color=wants_colour())


def echo_json(document: object, indent: int | None = None) -> None:
    """Print JSON; what is not printable stands as an escape."""
    is_utf8 = "utf" in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    text = json.dumps(document, indent=indent, ensure_ascii=not is_utf8)
    click.echo(re.sub(r"[^\n -~]", lambda found: _json_character(found[0]), text))


def _json_character(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def complain(text: str) -> None:
    """Print a problem to standard error."""
    click.echo(visible(text), err=True)


OUTCOME_COLOURS = {"permitted": "green", "forbidden": "red", "undetermined": "yellow"}


def coloured(outcome: Outcome) -> str:
    return click.style(outcome.value, fg=OUTCOME_COLOURS[outcome.value], bold=True)


class DateParameter(click.ParamType[date]):
    """A date on the command line."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date_of(value)
        except ValueError:
            self.fail(f"{value!r} is no date such as 2026-01-31", param, ctx)


TODAY = click.option(
    "--today",
    type=DateParameter(),
    metavar="DATE",
    help="The date of the decision; by default the current date in UTC.",
)
ACTIONS = click.option(
    "--action", "actions", multiple=True, metavar="ACTION", help="An action to ask for; by default all."
)


def current_date() -> date:
    """Return today's date in UTC: the one place that reads the clock."""
    return datetime.now(UTC).date()


class Refused(click.ClickException):
    """Input that decides nothing: its problems, and exit status 2."""

    exit_code = int(Status.BAD_INPUT)

    def show(self, file: Any = None) -> None:
        complain(self.message)


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for ``-``; refuse what cannot be read."""
    try:
        if path != "-":
            with Path(path).open("rb") as file:
                yield file
        elif sys.stdin is None:
            raise Refused("error: standard input is closed")
        else:
            yield sys.stdin.buffer
    except IsADirectoryError:
        raise Refused(f"{path}: error: this is a directory") from None
    except FileNotFoundError:
        raise Refused(f"{path}: error: there is no such file") from None
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: error: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def refuse_twice(*paths: str | None) -> None:
    """Refuse paths of which more than one is standard input."""
    if paths.count("-") > 1:
        raise Refused("error: standard input can be read only once")


def read_text(path: str) -> bytes:
    """Return the bytes of a file, or of standard input for ``-``; no more than what is sure to be refused."""
    with opened(path) as file:
        return file.read(MAX_SIZE + 1)


def load_policy(path: str) -> Policy:
    """Return a policy from a file, a shipped name or standard input."""
    try:
        if path == "-":
            return loads(read_text("-"), name="<stdin>")
        return load(path)
    except PolicyError as error:
        raise Refused(str(error)) from None


@attrs.frozen
class Given:
    """One record as it was given: where from, and its mapping or the reason there is none."""

    label: str
    data: Any = None
    problem: RecordError | None = None


def shown(path: str) -> str:
    """Return a file as it is called where something is said of it."""
    return "<stdin>" if path == "-" else path


def read_records(path: str, by_line: bool = False) -> Iterator[Given]:
    """Yield the record of a JSON file, or one for each line of a ``.jsonl`` file."""
    with opened(path) as file:
        if not (by_line or path.endswith(".jsonl")):
            yield _given(shown(path), file.read(MAX_SIZE + 1))
            return
        for number, line in enumerate(iter(partial(file.readline, MAX_SIZE + 1), b""), start=1):
            if line.strip():
                yield _given(f"{shown(path)}:{number}", line)
            if len(line) > MAX_SIZE:
                return  # where the next line begins is not known, and this one may have no end


def _given(label: str, text: bytes) -> Given:
    try:
        return Given(label, parse_json(text))
    except RecordError as error:
        return Given(label, problem=error)


def complain_of_record(label: str, error: RecordError) -> None:
    for problem in error.problems:
        complain(printable(f"{label}: error: {problem}"))


def asked_actions(policy: Policy, actions: tuple[str, ...]) -> tuple[str, ...]:
    """Return the actions asked, all of the policy's by default; refuse undeclared ones."""
    for action in actions:
        if action not in policy.actions:
            message = unknown_action(action, policy.actions)
            hint = f" ({message.hint})" if message.hint else ""
            raise Refused(f"error: {message.text}{hint}")
    return actions or tuple(policy.actions)


def decision_status(decision: Decision, actions: tuple[str, ...], were_named: bool) -> Status:
    """Return the exit status of one decision for the actions asked."""
    constrained = [a for a in actions if decision.is_constrained(a)]
    statuses = [STATUS_OF[decision[action]] for action in constrained]
    if not constrained or (were_named and len(constrained) < len(actions)):
        statuses.append(Status.NOTHING_EVALUATED)
    return worst(statuses)


STATUS_OF: Mapping[Outcome, Status] = {
    Outcome.PERMITTED: Status.PERMITTED,
    Outcome.FORBIDDEN: Status.FORBIDDEN,
    Outcome.UNDETERMINED: Status.UNDETERMINED,
}
