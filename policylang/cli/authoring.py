"""``fmt``: policies in canonical form."""

from __future__ import annotations

from collections.abc import Iterator
import difflib
from pathlib import Path

import rich_click as click

from policylang.cli.inputs import Refused, Status, complain, echo, read_text
from policylang.diagnostics import PolicyError
from policylang.language.formatter import format_file
from policylang.language.parser import decode, parse
from policylang.source import Source, deep_stack


def policy_files(paths: tuple[str, ...]) -> Iterator[str]:
    """Yield the paths; in the place of a directory the policies below it, itself when there is none."""
    for path in paths:
        is_directory = path != "-" and Path(path).is_dir()
        found = sorted(Path(path).rglob("*.policy")) if is_directory else []
        yield from (str(file) for file in found or (path,))


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit with 1 when a file would change."
)
@click.option("--diff", is_flag=True, help="Write nothing; print the changes.")
def fmt(paths: tuple[str, ...], only_check: bool, diff: bool) -> int:
    """Put policies into canonical form, in place.

    A directory stands for the policies below it; `-` reads standard input and prints. Nothing is
    written that would read back differently.

    Exit status: 0 done, 1 with --check: some file would change, 2 bad input.

    Example: echo "post_mitigation>=High->forbid deploy" | policylang fmt -
    """
    status = Status.HOLDS
    for path in policy_files(paths):
        try:
            before, after = _formatted(path)
        except Refused as error:
            error.show()
            status = Status.BAD_INPUT
            continue
        if before != after and (only_check or diff):
            status = status if status is Status.BAD_INPUT else Status.DOES_NOT_HOLD if only_check else status
        if diff:
            lines = difflib.unified_diff(before.splitlines(), after.splitlines(), path, path, lineterm="")
            for line in lines:
                echo(line)
        elif only_check:
            if before != after:
                complain(f"{path}: would be changed")
        elif path == "-":
            click.echo(after, nl=False)
        elif before != after:
            write_policy(path, after)
            complain(f"{path}: changed")
    return status


def _formatted(path: str) -> tuple[str, str]:
    """Return a file's text and its canonical form, which is sure to read back the same."""
    shown = "<stdin>" if path == "-" else path
    if path != "-" and Path(path).is_dir():
        raise Refused(f"{path}: error: there is no policy in this directory")
    try:
        before = decode(read_text(path), shown)
        with deep_stack():
            file = parse(Source(shown, before))
            after = format_file(file)
            again = parse(Source(shown, after))
    except PolicyError as error:
        raise Refused(str(error)) from None
    comments = [sorted(comment.text for comment in one.comments) for one in (file, again)]
    if file != again or comments[0] != comments[1]:
        raise Refused(f"{shown}: error: the canonical form would read back differently; nothing is written")
    return before, after


def write_policy(path: str, text: str) -> None:
    """Write a policy's text into its file."""
    try:
        Path(path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Refused(f"{path}: error: cannot be written: {error.strerror}") from None
