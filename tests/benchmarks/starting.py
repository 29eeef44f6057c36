"""Fresh processes: importing and deciding against bare Python, pytest with the plugin and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import pickle
import subprocess
import sys
from tempfile import TemporaryDirectory

import policylang

from ratios import Ratio, Run, ratio

DECIDE = """
import pickle, sys
policy = pickle.loads(open(sys.argv[1], "rb").read())
assert policy.decide({"scores": {"cbrn": {"post_mitigation": "High"}}})["deploy"].value == "forbidden"
"""


def process(*arguments: str, folder: str | None = None) -> Run:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)


def pytest_run(folder: str, *options: str) -> Run:
    """Return a run of pytest on the tests of a folder; nothing of it is kept."""
    return process("-m", "pytest", "-p", "no:cacheprovider", *options, folder=folder)


def ratios(rounds: int) -> Iterator[Ratio]:
    with TemporaryDirectory() as folder:
        pickled = Path(folder) / "policy.pickle"
        pickled.write_bytes(pickle.dumps(policylang.load("preparedness_beta")))
        bare = process("-c", "pass")
        yield Ratio(
            "import policylang / bare Python", ratio(process("-c", "import policylang"), bare, rounds), 3
        )
        decide = process("-c", DECIDE, str(pickled))
        yield Ratio("unpickle a policy and decide / bare Python", ratio(decide, bare, rounds), 12)
        (Path(folder) / "test_nothing.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
        yield Ratio(
            "pytest where there is no policy, with the plugin / without",
            ratio(pytest_run(folder), pytest_run(folder, "-p", "no:policylang"), rounds),
            1.1,
        )
