"""Lists by how many entries they have of each kind: shorter than entry by entry, where it is exact.

The *profile* of an entry is the truth that each counted condition has of it. A count depends on no
more than how many entries there are of each profile, and on those numbers only as far as it counts.
So a list is a number for each profile that an entry can have, capped at the greatest count.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from policylang.core.predicates import Predicate
from policylang.truth import Truth


@attrs.define
class Profile:
    """One way in which an entry can be seen: an entry that is, and one without a value missing."""

    truths: tuple[Truth, ...]
    entry: dict[str, Any]
    whole: dict[str, Any] | None
    needs_today: bool
    most: int  # no count tells more entries apart


@attrs.frozen
class Profiled:
    """A list by the profiles of its entries; ``places`` has the conditions in the order of the truths."""

    places: Mapping[Predicate, int]
    profiles: tuple[Profile, ...]


def entry_on(value: Any, today: date | None) -> Any:
    """Return what an entry holds with its attestations of today."""
    if not isinstance(value, dict):
        return value
    if "holds" in value and "on" in value:
        return value if today is None else {**value, "on": today.isoformat()}
    return {key: entry_on(inner, today) for key, inner in value.items()}
