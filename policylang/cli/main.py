"""The command itself: its commands, and how it ends."""

from __future__ import annotations

import importlib
import os
import sys
import traceback

from click.exceptions import Exit
import rich_click as click

from policylang import __version__

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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="policylang")
def cli() -> None:
    """Decide, provably, whether an AI model may be developed or deployed.

    Start with: policylang demo
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
