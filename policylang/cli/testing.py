"""``test``: examples and claims, and how much they notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import sys
from typing import Any

import attrs
import rich_click as click

from policylang.cli.authoring import policy_files, write_policy
from policylang.cli.inputs import Refused, Status, complain, echo, echo_json, read_text
from policylang.core.loader import located, policy_at
from policylang.diagnostics import PolicyError
from policylang.language.parser import decode
from policylang.proof.words import counted
from policylang.render import runs
from policylang.render.suites import Suite, document as junit_document
from policylang.source import Source
from policylang.testing.blocks import with_examples
from policylang.testing.mutation import (
    KILLED,
    SURVIVED,
    TIME_LIMIT,
    Progress,
    Report,
    Subject,
    killing_examples,
    mutate as mutate_subject,
)
from policylang.testing.running import run

OF_MUTATE = ("limit", "seed", "jobs", "time_limit", "write", "yes", "fail_under")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--mutate", is_flag=True, help="Count the small faults that the examples would notice.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="The least score that holds; by default 100.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Try only so many edits of each policy.")
@click.option(
    "--seed", type=int, metavar="N", help="Choose the edits of --limit by this number; by default 0."
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Work in so many processes; by default 1.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help=f"Of the comparison of one mutant; by default {TIME_LIMIT:g}.",
)
@click.option(
    "--write", is_flag=True, help="Add examples that kill the survivors to the policy, after asking."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "junit"]), default="text", show_default=True
)
def test(paths: tuple[str, ...], mutate: bool, form: str, **options: Any) -> int:
    """Run the examples of policies; claims (`always`) are tried on their records, and not proved.

    With --mutate, small faults are made in a copy of each policy, one at a time, and counted that no
    example notices. Each survivor comes with the example that would notice it.

    Exit status: 0 all as expected, 1 some not (or a score below --fail-under), 2 bad input, 5 nothing
    to run.

    Example: policylang test preparedness_beta
    """
    for name in OF_MUTATE:
        if not mutate and options[name] not in (None, False):
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --mutate")
    work: Work = Mutations(form, **options) if mutate else Examples(form)
    for path in policy_files(paths, may_be_none=True):
        try:
            work.add(path, *_located(path))
        except (Refused, PolicyError) as error:
            complain(error.message if isinstance(error, Refused) else str(error))
            work.statuses.append(Status.BAD_INPUT)
    work.show()
    return work.status()


def _located(path: str) -> tuple[Source, Path, str]:
    if path == "-":
        return Source("<stdin>", decode(read_text("-"), "<stdin>")), Path(), "policy"
    return located(path)


# --- what is run on each policy -----------------------------------------------------------------


@attrs.define
class Work:
    """Something to be run on each policy; what comes of it is collected for the formats."""

    form: str
    statuses: list[Status] = attrs.field(init=False, factory=list)
    documents: list[dict[str, Any]] = attrs.field(init=False, factory=list)
    suites: list[Suite] = attrs.field(init=False, factory=list)

    nothing = "there is no example to run"

    def add(self, path: str, source: Source, folder: Path, stem: str) -> None:
        """Run it on one policy."""
        raise NotImplementedError

    def found(self, status: Status, document: dict[str, Any], suite: Suite, lines: Iterator[str]) -> None:
        """Note what came of one policy; text is printed at once."""
        self.statuses.append(status)
        self.documents.append(document)
        self.suites.append(suite)
        if self.form == "text":
            for line in lines:
                echo(line)

    def show(self) -> None:
        """Print what is printed at the end."""
        if self.form == "json":
            echo_json(self.documents, indent=2)
        elif self.form == "junit":
            click.echo(junit_document(self.suites), nl=False)

    def status(self) -> Status:
        """Return the exit status over all policies."""
        for status in (Status.BAD_INPUT, Status.DOES_NOT_HOLD, Status.HOLDS):
            if status in self.statuses:
                return status
        complain(f"error: {self.nothing}")
        return Status.NOTHING_EVALUATED


@attrs.define
class Examples(Work):
    """The examples and claims."""

    ran: int = 0
    failed: int = 0

    def add(self, path: str, source: Source, folder: Path, stem: str) -> None:
        done = run(policy_at(source, folder, stem))
        self.ran += len(done.examples)
        self.failed += done.failures
        status = Status.DOES_NOT_HOLD if done.failures else Status.HOLDS if done.examples else None
        self.found(
            Status.NOTHING_EVALUATED if status is None else status,
            runs.run_json(done),
            runs.run_suite(path, done),
            runs.run_lines(path, done),
        )

    def show(self) -> None:
        if self.form == "text" and self.ran:
            echo(f"{counted(self.ran, 'example')}, {counted(self.failed, 'failure')}")
        super().show()


@attrs.define(kw_only=True)
class Mutations(Work):
    """The mutants."""

    form: str = attrs.field(kw_only=False)
    fail_under: float | None
    limit: int | None
    seed: int | None
    jobs: int | None
    time_limit: float | None
    write: bool
    yes: bool

    nothing = "there is nothing to mutate: no rule bears on an outcome"

    def __attrs_post_init__(self) -> None:
        if self.write and not self.yes and not sys.stdin.isatty():
            raise click.UsageError("--write asks before it writes, and there is no terminal: add --yes")

    def add(self, path: str, source: Source, folder: Path, stem: str) -> None:
        if self.write and (path == "-" or not Path(path).is_file()):
            raise Refused(f"{path}: error: only a policy's file can be written to")
        subject = Subject.of(source, folder, stem)
        done = run(subject.policy)
        if done.failures:
            complain(f"{path}: error: its examples must come out as expected before they can be measured")
            self.found(
                Status.DOES_NOT_HOLD,
                runs.run_json(done),
                runs.run_suite(path, done),
                runs.run_lines(path, done),
            )
            return
        with progress(path) as told:
            report = mutate_subject(
                subject,
                limit=self.limit,
                seed=self.seed or 0,
                jobs=self.jobs or 1,
                time_limit=TIME_LIMIT if self.time_limit is None else self.time_limit,
                progress=told,
            )
        lines = runs.mutation_lines(path, report)
        document, suite = runs.mutation_json(report), runs.mutation_suite(path, report)
        self.found(self.judged(report), document, suite, lines)
        if self.write and report.having(SURVIVED) and self.written(path, subject, report):
            self.statuses[-1] = self.judged(report, killed_now=len(report.having(SURVIVED)))

    def judged(self, report: Report, killed_now: int = 0) -> Status:
        if not report.counted:
            return Status.HOLDS if report.mutants else Status.NOTHING_EVALUATED
        score = 100 * (len(report.having(KILLED)) + killed_now) / report.counted
        return (
            Status.HOLDS
            if score >= (100 if self.fail_under is None else self.fail_under)
            else Status.DOES_NOT_HOLD
        )

    def written(self, path: str, subject: Subject, report: Report) -> bool:
        """Add the examples that kill the survivors to the policy; return whether that was done."""
        survivors = report.having(SURVIVED)
        examples = killing_examples(subject, survivors)
        what = f"{counted(len(examples), 'example')} to {path}"
        if not self.yes and not click.confirm(f"add {what}?", err=True):
            return False
        before, folder, stem = subject.origin
        text = with_examples(before.text, subject.loaded.file, examples)
        done = run(policy_at(Source(before.name, text), folder, stem))
        if done.failures or done.policy.digest != subject.policy.digest:
            raise Refused(f"{path}: error: the policy would read back differently; nothing is written")
        write_policy(path, text)
        verb = "kills" if len(examples) == 1 else "kill"
        complain(f"added {what}, which {verb} {counted(len(survivors), 'survivor')}")
        return True


@contextmanager
def progress(path: str) -> Iterator[Progress]:
    """Show how far the work is, where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    with click.progressbar(length=1, label=path, file=sys.stderr) as bar:

        def told(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield told
