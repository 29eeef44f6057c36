"""``show``: pictures of a policy."""

from __future__ import annotations

import rich_click as click

from policylang.cli.inputs import ACTIONS, Status, asked_actions, echo, echo_json, load_policy
from policylang.render.pictures import as_json, as_markdown, as_text, pictures


@click.command()
@click.argument("policy")
@ACTIONS
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
def show(policy: str, actions: tuple[str, ...], form: str) -> int:
    """Show what a policy says of each action: the highest levels it permits, a table, a drawing.

    The table is equal to the policy; what takes too long is said to be not finished, with exit
    status 1.

    Example: policylang show preparedness_beta --action deploy
    """
    compiled = load_policy(policy)
    found = pictures(compiled, asked_actions(compiled, actions))
    if form == "json":
        echo_json(as_json(compiled, found), indent=2)
    else:
        for line in (as_markdown if form == "markdown" else as_text)(compiled, found):
            echo(line)
    finished = all(one.frontier.is_complete and one.table.is_complete for one in found)
    return Status.HOLDS if finished else Status.DOES_NOT_HOLD
