"""Texts for the laws of the front end: random policies of the oracle, the cases, and the shipped ones."""

from __future__ import annotations

from pathlib import Path
from random import Random
import re

from hypothesis import strategies as st
from oracle.policies import policies
from oracle.printing import printed
from test_cases import cases

import policylang

ROOT = Path(__file__).parents[2]
SHIPPED = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "policies").glob("*.policy"))]
COMMENTS = ("# why", "#", '# "quoted', "# -> forbid deploy", "#! x", "# ünï", "# \\", '# """')


def loads_alone(text: str) -> bool:
    try:
        policylang.loads(text)
    except policylang.PolicyError:
        return False
    return True


# What extends others needs their files beside it.
CASES = [text for _, text in cases() if "#>" not in text and loads_alone(text)]


@st.composite
def written_policies(draw: st.DrawFn) -> str:
    """A random policy in a random layout."""
    return printed(draw(policies()), draw(st.integers(0, 2**16)))


TOKEN = re.compile(r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n\r]*|[^\s"#]+|\s+')


def with_comments(text: str, seed: int, count: int) -> tuple[str, list[str]]:
    """Return the text with comments put between its tokens, and all comments of the result."""
    random = Random(seed)
    tokens = TOKEN.findall(text)
    gaps = [place for place, token in enumerate(tokens) if token.isspace()]
    for place in random.sample(gaps, min(count, len(gaps))):
        own_line = random.random() < 0.5
        tokens[place] = ("\n" if own_line else " ") + random.choice(COMMENTS) + "\n"
    return "".join(tokens), [token.rstrip() for token in TOKEN.findall("".join(tokens)) if token[0] == "#"]
