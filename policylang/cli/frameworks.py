"""``frameworks``: the library of published frameworks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import click as plain
from click.exceptions import UsageError
import rich_click as click

from policylang.analysis.checking import TIME_LIMIT as SECONDS
from policylang.cli.analysing import TIME_LIMIT
from policylang.cli.groups import Group
from policylang.cli.inputs import Refused, Status, echo, echo_json
from policylang.cli.progress import progress
from policylang.diagnostics import suggestion
from policylang.frameworks import Row, account, framework, gates, matrix, names, rows
from policylang.proof.words import counted
from policylang.render.frameworks import html, json, markdown, text
from policylang.render.frameworks.words import Listed

T = TypeVar("T")

FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json", "html"]),
    default="text",
    show_default=True,
)


class Library(Group):
    """The group, which takes the name of a framework for one that is to be shown."""

    def resolve_command(
        self, ctx: plain.Context, args: list[str]
    ) -> tuple[str | None, plain.Command | None, list[str]]:
        if args and args[0] in names():
            raise UsageError(f"no such command {args[0]!r} (did you mean `show {args[0]}`?)", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Library, invoke_without_command=True)
@click.pass_context
def frameworks(ctx: click.Context) -> int:
    """The library of published frontier-safety frameworks, each encoded as a policy.

    Each clause stands beside the rules that encode it. Without a command: the list.

    Example: policylang frameworks show gdm_fsf_2
    """
    if ctx.invoked_subcommand is None:
        _print_list("text")
    return Status.HOLDS


@frameworks.command(name="list")
@FORMAT
def list_command(form: str) -> int:
    """List the frameworks: where each is from, how large it is, and what it leaves open.

    Example: policylang frameworks list
    """
    _print_list(form)
    return Status.HOLDS


def _print_list(form: str) -> None:
    found = _listed()
    match form:
        case "json":
            echo_json(json.list_json(found), indent=2)
        case "markdown":
            echo(markdown.document(found, (), ()))
        case "html":
            echo(html.document(html.Library(overview=found)))
        case _:
            echo("\n".join(text.list_lines(found)))


def _listed() -> list[Listed]:
    read = ((one, gates(one.policy, time_limit=SECONDS)) for one in map(framework, names()))
    return _counted(read, f"of {counted(len(names()), 'framework')} read")


def _counted(found: Iterable[T], what: str) -> list[T]:
    """Return what is found, and tell on a terminal how far that is."""
    with progress(what, prints_results=False) as line:
        done = []
        for one in found:
            done.append(one)
            line.advance()
        return done


@frameworks.command()
@click.argument("policies", nargs=-1, metavar="[POLICY]...")
@FORMAT
@TIME_LIMIT
def show(policies: tuple[str, ...], form: str, time_limit: float) -> int:
    """Show frameworks: clauses beside the rules that encode them, standards left unspecified,
    gates without a way out, and what `check` finds.

    POLICY is the name of a framework's policy, as listed. Without one, the whole library is shown.

    Example: policylang frameworks show gdm_fsf_2
    """
    for name in policies:
        if name not in names():
            raise Refused(f"error: no such framework `{name}` ({suggestion(name, names())})")
    asked = policies or names()
    accounts = (account(name, time_limit=time_limit) for name in asked)
    found = _counted(accounts, f"of {counted(len(asked), 'framework')} checked")
    listed: list[Listed] = []
    decided: tuple[Row, ...] = ()
    if not policies and form in ("markdown", "html"):  # the whole library begins with an overview
        read = {one.framework.name: one.framework.policy for one in found}
        listed = [(one.framework, one.gates) for one in found]
        decided = matrix(read.__getitem__)
    match form:
        case "json":
            echo_json([json.account_json(one) for one in found], indent=2)
        case "markdown":
            echo(markdown.document(listed, decided, found))
        case "html":
            echo(html.document(html.Library(listed, decided, found)))
        case _:
            echo("\n\n\n".join("\n".join(text.account_lines(one)) for one in found))
    return Status.HOLDS


@frameworks.command(name="matrix")
@FORMAT
def matrix_command(form: str) -> int:
    """Decide published scorecards under the framework that each was published under.

    Where the outcome is not what the developer did, the reason is given. A card is also decided under
    the other versions of its publisher's framework that know a part of it.

    Example: policylang frameworks matrix
    """
    decided = _counted(rows(), "of the scorecards decided")
    match form:
        case "json":
            echo_json(json.matrix_json(decided), indent=2)
        case "markdown":
            echo(markdown.document((), decided, ()))
        case "html":
            echo(html.document(html.Library(rows=decided)))
        case _:
            echo("\n".join(text.matrix_lines(decided)))
    return Status.HOLDS
