"""Fresh processes against bare Python: importing, and deciding with a policy that was pickled."""

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


def process(*arguments: str) -> Run:
    return lambda: subprocess.run([sys.executable, *arguments], check=True)


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
