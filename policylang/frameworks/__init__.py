"""The published frameworks among the shipped policies: what they say, gate and leave open.

`catalogue` names them by publisher; `reading` takes a policy's text apart into clauses, the rules
that encode them and the notes beside them; `gates` asks the analysis for a way out of each
prohibition; `account` joins these with the findings of `check`; `matrix` decides the shipped
scorecards.
"""

from __future__ import annotations

from policylang.frameworks.account import Account, account
from policylang.frameworks.catalogue import PUBLISHERS, names, publisher_of
from policylang.frameworks.gates import Gate, gates
from policylang.frameworks.matrix import Also, Row, matrix, rows
from policylang.frameworks.reading import Clause, Encoded, Framework, framework

__all__ = [
    "PUBLISHERS",
    "Account",
    "Also",
    "Clause",
    "Encoded",
    "Framework",
    "Gate",
    "Row",
    "account",
    "framework",
    "gates",
    "matrix",
    "names",
    "publisher_of",
    "rows",
]
