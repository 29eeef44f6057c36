"""``test --snapshot``: what a policy says of real records, against what it said before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
import os
from pathlib import Path
from typing import Any

import rich_click as click

from policylang.cli.inputs import (
    Refused,
    Status,
    complain,
    complain_of_record,
    current_date,
    echo,
    echo_json,
    load_policy,
    read_records,
    read_text,
)
from policylang.core.policy import Policy
from policylang.diagnostics import RecordError
from policylang.language.library import shipped
from policylang.proof.words import counted
from policylang.render.snapshots import snapshot_json, snapshot_lines, snapshot_suite
from policylang.render.suites import document
from policylang.testing.snapshot import NoSnapshot, Snapshot, changes, dump, read, snapshot_of


def run_snapshot(file: str, paths: tuple[str, ...], update: bool, today: date | None, form: str) -> int:
    """Decide the records of the paths and compare with the snapshot; write it when asked to."""
    before = _read(file)
    if before is None and not update:
        raise Refused(f"{file}: error: there is no such snapshot; --update writes it")
    policies = [path for path in paths if _is_policy(path)]
    if len(policies) > 1:
        raise Refused("error: a snapshot is of one policy")
    if not policies and before is None:
        raise Refused("error: name the policy too; a snapshot that is there knows its own")
    folder = Path(file).parent
    path = policies[0] if policies else _found_from(folder, before)
    policy = load_policy(path)
    records = dict(_records(policy, [p for p in paths if not _is_policy(p)], Path(file)))
    if not records:
        complain("error: there is no record to decide")
        return Status.NOTHING_EVALUATED
    day = today or (current_date() if before is None else before.today)
    after = snapshot_of(policy, _kept(folder, path), records, day)
    found = changes(before or Snapshot(path, "", day, {}), after)
    _print(file, form, found, before, after)
    if not update:
        return Status.DOES_NOT_HOLD if found else Status.HOLDS
    if before != after:
        _write(file, dump(after))
        complain(f"{file}: written, with {counted(len(records), 'record')}")
    return Status.HOLDS


def _is_policy(path: str) -> bool:
    return path.endswith(".policy") or (path in shipped() and not Path(path).exists())


def _read(file: str) -> Snapshot | None:
    """Return the snapshot of a file, None when there is no such file."""
    if not Path(file).exists():
        return None
    try:
        return read(read_text(file))
    except NoSnapshot as error:
        raise Refused(f"{file}: error: this is no snapshot: {error}") from None


def _kept(folder: Path, path: str) -> str:
    """Return how a snapshot names a path: from its own folder, whatever the current one is."""
    if not Path(path).exists():
        return path  # a shipped policy
    return Path(os.path.relpath(path, folder)).as_posix()


def _found_from(folder: Path, snapshot: Snapshot | None) -> str:
    assert snapshot is not None
    path = folder / snapshot.policy
    return snapshot.policy if snapshot.policy in shipped() and not path.exists() else str(path)


def _records(policy: Policy, paths: list[str], file: Path) -> Iterator[tuple[str, Any]]:
    """Yield each record under the path that the snapshot knows it by; refuse them all when one is."""
    refused = False
    for path in _record_files(paths, file):
        for given in read_records(path):
            try:
                if given.problem is not None:
                    raise given.problem
                line = given.label.removeprefix(path)
                yield _kept(file.parent, path) + line, policy.record(given.data)
            except RecordError as error:
                complain_of_record(given.label, error)
                refused = True
    if refused:
        raise Refused("error: a snapshot is of records that can all be read")


def _record_files(paths: list[str], file: Path) -> Iterator[str]:
    """Yield the files, and for a directory the JSON below it; the snapshot itself is no record."""
    for path in paths:
        if path == "-":
            raise Refused("error: a record in a snapshot has a path, and standard input has none")
        if not Path(path).is_dir():
            yield path
            continue
        for one in sorted(Path(path).rglob("*.json*")):
            if one.suffix in (".json", ".jsonl") and not (file.exists() and one.samefile(file)):
                yield str(one)


def _print(file: str, form: str, found: Any, before: Snapshot | None, after: Snapshot) -> None:
    match form:
        case "json":
            echo_json(snapshot_json(found, after), indent=2)
        case "junit":
            click.echo(document([snapshot_suite(file, found, after)]), nl=False)
        case _:
            for line in snapshot_lines(found, before, after):
                echo(line)


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Refused(f"{file}: error: cannot be written: {error.strerror}") from None
