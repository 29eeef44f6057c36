"""Decision tables of another standard, row by row: a column a scale, a row a rule, an outcome an action."""

import csv
from pathlib import Path

import pytest

import policylang

TABLES = sorted((Path(__file__).parent / "ssvc").glob("*.csv"))


def quoted(text: str) -> str:
    return f'"{text}"'


def name(text: str) -> str:
    return text.replace(" ", "_")


def policy_of(header: list[str], rows: list[list[str]]) -> policylang.Policy:
    """Return the table as a policy: each outcome an action that only its rows permit."""
    columns = header[:-1]
    lines = []
    for place, column in enumerate(columns):
        levels = list(dict.fromkeys(row[place] for row in rows))
        lines.append(f"scale scale_{name(column)}: {' < '.join(map(quoted, levels))}")
    fields = " ".join(f"{name(column)}: scale_{name(column)}" for column in columns)
    lines.append(f"record {{ {fields} }}")
    outcomes = list(dict.fromkeys(row[-1] for row in rows))
    lines.append(f"action {', '.join(map(name, outcomes))}: forbidden unless permitted")
    for row in rows:
        tests = [f"{name(c)} = {quoted(value)}" for c, value in zip(columns, row, strict=False)]
        lines.append(f"{' and '.join(tests)} -> permit {name(row[-1])}")
    return policylang.loads("\n".join(lines))


@pytest.mark.parametrize("path", TABLES, ids=[p.stem for p in TABLES])
def test_every_row_comes_out(path: Path) -> None:
    header, *rows = list(csv.reader(path.read_text().splitlines()))
    policy = policy_of(header, rows)
    for row in rows:
        record = {name(c): value for c, value in zip(header[:-1], row, strict=False)}
        decision = policy.decide(record)
        permitted = [a for a in policy.actions if decision[a] is policylang.Outcome.PERMITTED]
        assert permitted == [name(row[-1])]
        # One column left out: nothing but the row's own outcome may still be permitted.
        for column in record:
            blurred = policy.decide({k: v for k, v in record.items() if k != column})
            assert all(not blurred.permits(a) or a == name(row[-1]) for a in policy.actions)
