"""The command itself: its commands, and how it ends."""

from __future__ import annotations

import importlib
import os
import sys
import traceback

from click.exceptions import Exit, UsageError
import rich_click as click

from policylang import __version__
from policylang.diagnostics import suggestion

COMMANDS = {
    "check": ("policylang.cli.authoring", "check"),
    "decide": ("policylang.cli.deciding", "decide"),
    "demo": ("policylang.cli.demo", "demo"),
    "explain": ("policylang.cli.deciding", "explain_command"),
    "fmt": ("policylang.cli.authoring", "fmt"),
    "history": ("policylang.cli.deciding", "history"),
    "test": ("policylang.cli.authoring", "test"),
}


INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h


class LazyGroup(click.RichGroup):
    """Loads a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise UsageError(f"no such command {args[0]!r} ({suggestion(args[0], COMMANDS)})", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.rich_config(
    help_config=click.RichHelpConfiguration(
        text_paragraph_linebreaks="\n\n",
        padding_helptext_first_line=(0, 0, 1, 0),
        command_groups={
            "policylang": [
                {"name": "Decide", "commands": ["demo", "decide", "explain", "history"]},
                {"name": "Write policies", "commands": ["check", "test", "fmt"]},
            ]
        },
    )
)
@click.version_option(__version__, prog_name="policylang")
def cli() -> None:
    """Decide, provably, whether an AI model may be developed or deployed.

    POLICY is a file, `-` for standard input, or the name of a shipped policy: `preparedness`,
    `preparedness_beta`, `strict_mitigation`. RECORD is a JSON file, or `-`.

    Example: policylang demo
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its status; no input ends in a traceback."""
    try:
        status = cli.main(arguments, prog_name="policylang", standalone_mode=False)
        sys.stdout.flush()
    except Exit as error:
        status = error.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        status = 130
    except click.ClickException as error:
        error.show()
        status = 2
    except BrokenPipeError:
        # Nobody reads on: keep the interpreter from complaining when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 141
    except Exception:
        # A defect of policylang: 1 would say "forbidden", so it has a status of its own.
        traceback.print_exc()
        click.echo("internal error: this is a defect of policylang; nothing was decided", err=True)
        status = INTERNAL_ERROR
    sys.exit(int(status or 0))
