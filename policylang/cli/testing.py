"""``test``: examples and claims, and how much they notice."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import rich_click as click

from policylang.cli.authoring import policy_files, write_policy
from policylang.cli.inputs import DateParameter, Refused, Status, Within, complain, echo, echo_json, read_text
from policylang.cli.snapshots import run_snapshot
from policylang.core.loader import located, policy_at
from policylang.diagnostics import PolicyError
from policylang.language.parser import decode
from policylang.proof.words import counted
from policylang.render import runs
from policylang.render.suites import Suite
from policylang.render.suites import document as junit_document
from policylang.source import Source
from policylang.testing.blocks import with_examples
from policylang.testing.coverage import coverage as coverage_of
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

# Which options go with what is to be measured.
GO_WITH = {
    "limit": ("mutate",),
    "seed": ("mutate",),
    "jobs": ("mutate",),
    "write": ("mutate",),
    "yes": ("mutate",),
    "fail_under": ("mutate", "coverage"),
    "time_limit": ("mutate", "coverage"),
    "update": ("snapshot",),
    "today": ("snapshot",),
}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--mutate", is_flag=True, help="Count the small faults that the examples would notice.")
@click.option(
    "--coverage", is_flag=True, help="Count the truths of rules and conditions that the examples saw."
)
@click.option(
    "--snapshot", metavar="FILE", help="Decide the records among the paths as FILE says they were decided."
)
@click.option(
    "--fail-under",
    type=Within(0, 100),
    metavar="PERCENT",
    help="The least score or coverage that holds; of --mutate 100 when not given.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Try only so many edits of each policy.")
@click.option(
    "--seed", type=int, metavar="N", help="Choose the edits of --limit by this number; by default 0."
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Work in so many processes; by default 1.")
@click.option(
    "--time-limit",
    type=Within(min=0),
    metavar="SECONDS",
    help=f"Of the comparison of one mutant; by default {TIME_LIMIT:g}.",
)
@click.option(
    "--write", is_flag=True, help="Add examples that kill the survivors to the policy, after asking."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--update", is_flag=True, help="Write the --snapshot anew.")
@click.option(
    "--today",
    type=DateParameter(),
    metavar="DATE",
    help="The date of --snapshot; by default the one in it, and when it is written first the current date.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "junit"]), default="text", show_default=True
)
def test(
    paths: tuple[str, ...], mutate: bool, coverage: bool, snapshot: str | None, form: str, **options: Any
) -> int:
    """Run the examples of policies; claims (`always`) are tried on their records, and not proved.

    With --mutate, small faults are made in a copy of each policy, one at a time, and counted that no
    example notices. Each survivor comes with the example that would notice it.

    With --coverage, it is counted which rule instances and conditions the examples saw true, false
    and unknown; `-` stands where no record can show that.

    With --snapshot, the paths are a policy and real records (files, or directories of them), and
    each outcome and rule that fired must be as FILE says. FILE knows its policy, which then may be
    left out.

    Exit status: 0 all as expected, 1 some not (or a score below --fail-under), 2 bad input, 5 nothing
    to run.

    Example: policylang test preparedness_beta
    """
    asked = {"mutate": mutate, "coverage": coverage, "snapshot": snapshot is not None}
    modes = [mode for mode in asked if asked[mode]]
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    if len(modes) > 1:
        raise click.UsageError(f"{' and '.join(f'--{mode}' for mode in modes)} are asked one at a time")
    for name in given:
        if not set(modes) & set(GO_WITH[name]):
            wanted = " or ".join(f"--{mode}" for mode in GO_WITH[name])
            raise click.UsageError(f"--{name.replace('_', '-')} goes with {wanted}")
    if snapshot is not None:
        return run_snapshot(snapshot, paths, "update" in given, given.get("today"), form)
    work = _work(modes[0] if modes else "", form, given)
    for path in policy_files(paths):
        if path != "-" and Path(path).is_dir():
            complain(f"{path}: warning: there is no policy in this directory")
            continue
        try:
            work.add(path, *_located(path))
        except (Refused, PolicyError) as error:
            complain(error.message if isinstance(error, Refused) else str(error))
            work.statuses.append(Status.BAD_INPUT)
    work.show()
    return work.status()


def _work(mode: str, form: str, given: dict[str, Any]) -> Work:
    match mode:
        case "mutate":
            return Mutations(form, **given)
        case "coverage":
            return Coverages(form, **given)
        case _:
            return Examples(form)


def _located(path: str) -> tuple[Source, Path, str]:
    if path == "-":
        return Source("<stdin>", decode(read_text("-"), "<stdin>")), Path(), "policy"
    return located(path)


# --- what is run on each policy -----------------------------------------------------------------


@attrs.define
class Work(ABC):
    """Something to be run on each policy; what comes of it is collected for the formats."""

    form: str
    statuses: list[Status] = attrs.field(init=False, factory=list)
    documents: list[dict[str, Any]] = attrs.field(init=False, factory=list)
    suites: list[Suite] = attrs.field(init=False, factory=list)

    nothing = "there is no example to run"

    @abstractmethod
    def add(self, path: str, source: Source, folder: Path, stem: str) -> None:
        """Run it on one policy."""

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
class Measure(Work):
    """How much the examples notice: they must come out as expected first."""

    form: str = attrs.field(kw_only=False)
    fail_under: float
    time_limit: float = TIME_LIMIT

    def add(self, path: str, source: Source, folder: Path, stem: str) -> None:
        subject = Subject.of(source, folder, stem)
        done = run(subject.policy)
        if done.failures:
            complain(f"{path}: error: its examples must come out as expected before they can be measured")
            lines = runs.run_lines(path, done)
            self.found(Status.DOES_NOT_HOLD, runs.run_json(done), runs.run_suite(path, done), lines)
        else:
            self.measure(path, subject)

    @abstractmethod
    def measure(self, path: str, subject: Subject) -> None:
        """Measure the examples of one policy."""

    def judged(self, share: float | None) -> Status:
        """Return whether a share in percent is enough; None is one of nothing."""
        if share is None:
            return Status.NOTHING_EVALUATED
        return Status.HOLDS if share >= self.fail_under else Status.DOES_NOT_HOLD


@attrs.define(kw_only=True)
class Mutations(Measure):
    """The mutants."""

    fail_under: float = 100
    limit: int | None = None
    seed: int = 0
    jobs: int = 1
    write: bool = False
    yes: bool = False

    nothing = "there is nothing to mutate: no rule bears on an outcome"

    def __attrs_post_init__(self) -> None:
        if self.write and not self.yes and not sys.stdin.isatty():
            raise click.UsageError("--write asks before it writes, and there is no terminal: add --yes")

    def add(self, path: str, source: Source, folder: Path, stem: str) -> None:
        if self.write and (path == "-" or not Path(path).is_file()):
            raise Refused(f"{path}: error: only a policy's file can be written to")
        super().add(path, source, folder, stem)

    def measure(self, path: str, subject: Subject) -> None:
        with progress(path) as told:
            report = mutate_subject(
                subject,
                limit=self.limit,
                seed=self.seed,
                jobs=self.jobs,
                time_limit=self.time_limit,
                progress=told,
            )
        document, suite = runs.mutation_json(report), runs.mutation_suite(path, report)
        # Where all mutants are equivalent there is nothing that an example could still notice.
        score = 100.0 if report.mutants and report.score is None else report.score
        self.found(self.judged(score), document, suite, runs.mutation_lines(path, report))
        survivors = report.having(SURVIVED)
        if self.write and survivors and self.written(path, subject, report):
            killed = len(report.having(KILLED)) + len(survivors)
            self.statuses[-1] = self.judged(100 * killed / report.counted)

    def written(self, path: str, subject: Subject, report: Report) -> bool:
        """Add the examples that kill the survivors to the policy; return whether that was done."""
        survivors = report.having(SURVIVED)
        examples = killing_examples(subject, survivors)
        what = f"{counted(len(examples), 'example')} to {path}"
        if not self.yes and not _is_confirmed(f"add {what}?"):
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


def _is_confirmed(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        complain("")  # ends the line of the question
        raise


@attrs.define(kw_only=True)
class Coverages(Measure):
    """What the examples saw."""

    fail_under: float = 0

    nothing = "there is no rule to cover, or no example that could"

    def measure(self, path: str, subject: Subject) -> None:
        found = coverage_of(subject, time_limit=self.time_limit)
        document, suite = runs.coverage_json(found), runs.coverage_suite(path, found)
        share = found.share if found.examples or self.fail_under else None  # of no examples it is of nothing
        self.found(self.judged(share), document, suite, runs.coverage_lines(path, found))


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
