"""Groups of commands: one that does not exist is refused with what was meant."""

from __future__ import annotations

import click as plain
from click.exceptions import UsageError
import rich_click as click

from policylang.diagnostics import suggestion


class Group(click.RichGroup):
    """A group that suggests a command for one that it does not have."""

    def resolve_command(
        self, ctx: plain.Context, args: list[str]
    ) -> tuple[str | None, plain.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            raise UsageError(f"no such command {args[0]!r} ({suggestion(args[0], known)})", ctx)
        return super().resolve_command(ctx, args)
