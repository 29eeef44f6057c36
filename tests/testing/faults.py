"""Policies with one planted fault each, of kinds that published frameworks show; see `faults/`.

A file begins with what is wrong, in a sentence, and the law that the fault breaks. Then come the claims
that the author states, at most three, and the text that the fault puts in place of another. The policy
without its fault stands below ``---``.
"""

from __future__ import annotations

from pathlib import Path

import attrs

import policylang

FOLDER = Path(__file__).parent / "faults"


@attrs.frozen
class Fault:
    """A policy, and what was done to it."""

    name: str
    sentence: str
    law: str
    claims: tuple[str, ...]
    is_compared: bool  # the fault is that the new version is looser
    original: policylang.Policy
    faulty: policylang.Policy


def read(path: Path) -> Fault:
    head, _, text = path.read_text(encoding="utf-8").partition("---\n")
    sentence, *lines = head.splitlines()
    told = [tuple(line.strip().split(": ", 1)) for line in lines if ": " in line]
    given = dict(told)
    claims = tuple(value for key, value in told if key == "claim")
    assert text.count(given["fault"]) == 1, "a fault has one place"
    assert len(claims) <= 3
    faulty = text.replace(given["fault"], given["=>"])
    return Fault(
        path.stem,
        sentence.removeprefix("# "),
        given["breaks"],
        claims,
        "never looser than the original" in lines,
        policylang.loads(text, name=path.stem),
        policylang.loads(faulty, name=path.stem),
    )


def all_faults() -> list[Fault]:
    return [read(path) for path in sorted(FOLDER.glob("*.txt"))]
