"""Property tests for policies, with Hypothesis: `pip install policylang[test]`.

`records` and `cases` draw records at and around everything that a policy's rules can see; `near`
varies a real record. In the order in which a strategy is made:

- `cuts`: where rules change their mind; `pools`: the values worth trying at each leaf;
- `plans`: the shape of a record with its pools, and drawing it;
- `goals`: what records are aimed at; `aims`: how a record comes to meet a goal;
- `strategies` and `nearby`: the public calls.

`mutation` and what it needs measure the examples of a policy, without Hypothesis.

Nothing here is imported before it is asked for, Hypothesis least of all.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policylang.testing.nearby import near
    from policylang.testing.strategies import cases, records

_HOMES = {
    "cases": "strategies",
    "near": "nearby",
    "records": "strategies",
}

__all__ = ["cases", "near", "records"]


def __getattr__(name: str) -> Any:
    """Resolve public names when they are first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'policylang.testing' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"policylang.testing.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
