"""The command itself: its commands, and how it ends."""

from __future__ import annotations

from contextlib import suppress
import importlib
import os
import sys
import traceback

from click.exceptions import Exit
import rich_click as click

from policylang import __version__
from policylang.cli import INTERRUPTED
from policylang.cli.groups import Group

COMMANDS = {
    "check": ("policylang.cli.analysing", "check"),
    "compare": ("policylang.cli.analysing", "compare"),
    "decide": ("policylang.cli.deciding", "decide"),
    "demo": ("policylang.cli.demo", "demo"),
    "explain": ("policylang.cli.deciding", "explain_command"),
    "frameworks": ("policylang.cli.frameworks", "frameworks"),
    "fmt": ("policylang.cli.authoring", "fmt"),
    "history": ("policylang.cli.deciding", "history"),
    "init": ("policylang.cli.starting", "init"),
    "show": ("policylang.cli.showing", "show"),
    "test": ("policylang.cli.testing", "test"),
    "verify": ("policylang.cli.proving", "verify_command"),
}


INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h
CLOSED_PIPE = 141  # as by SIGPIPE


class LazyGroup(Group):
    """Loads a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.rich_config(
    help_config=click.RichHelpConfiguration(
        text_paragraph_linebreaks="\n\n",
        padding_helptext_first_line=(0, 0, 1, 0),
        command_groups={
            "policylang": [
                {"name": "Decide", "commands": ["demo", "decide", "explain", "history", "verify"]},
                {"name": "Write policies", "commands": ["init", "check", "test", "compare", "show", "fmt"]},
                {"name": "Published frameworks", "commands": ["frameworks"]},
            ]
        },
    )
)
@click.version_option(__version__, prog_name="policylang")
def cli() -> None:
    """Decide, provably, whether an AI model may be developed or deployed.

    POLICY is a file, `-` for standard input, or the name of a shipped policy: `preparedness`,
    `strict_mitigation`, or one that `policylang frameworks` lists. RECORD is a JSON file, or `-`.

    Example: policylang demo
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its status; no input ends in a traceback."""
    try:
        status = run(sys.argv[1:] if arguments is None else arguments)
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # None: closed before the start
                stream.flush()
    except OSError as error:
        status = unwritten(error)
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Return the exit status of a command.

    Not by ``cli.main``, which would end with 1, "forbidden", when nobody reads the output on.
    """
    try:
        with cli.make_context("policylang", list(arguments)) as context:
            return int(cli.invoke(context) or 0)
    except Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return 2
    except OSError:
        raise  # of the output: what is read is refused where it is read
    except Exception:
        # A defect of policylang: 1 would say "forbidden", so it has a status of its own.
        traceback.print_exc()
        click.echo("internal error: this is a defect of policylang; nothing was decided", err=True)
        return INTERNAL_ERROR


def unwritten(error: OSError) -> int:
    """Return the exit status when the output cannot be written."""
    if not isinstance(error, BrokenPipeError):  # that is: nobody reads on
        with suppress(OSError):  # standard error may be what cannot be written
            click.echo(f"error: the output cannot be written: {error.strerror}", err=True)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)  # or the interpreter would try to write the rest at exit
    return CLOSED_PIPE if isinstance(error, BrokenPipeError) else 2
