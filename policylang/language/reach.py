"""Which sets' members at hand a condition needs, by which a rule has its instances."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from policylang.language import checked as c


@attrs.frozen
class Reach:
    """The sets at hand that a condition leaves open: by fields of their tables, and as values."""

    fields: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()

    def join(self, others: Iterable[Reach]) -> Reach:
        fields, values = self.fields, self.values
        for other in others:
            fields, values = fields | other.fields, values | other.values
        return Reach(fields, values)

    def without(self, name: str) -> Reach:
        return Reach(self.fields - {name}, self.values - {name})


def path_sets(path: c.Path | None) -> frozenset[str]:
    """Return the sets whose member at hand a path needs."""
    return frozenset(step.over for step in path.steps if isinstance(step, c.AtHand)) if path else frozenset()


def reach(condition: c.Condition, memo: dict[int, Reach]) -> Reach:
    """Return the sets at hand that a condition leaves open; shared parts are looked at once."""
    key = id(condition)
    if key not in memo:
        own = Reach(
            frozenset(name for path in c.paths(condition) for name in path_sets(path)),
            frozenset(t.member.over for t in c.terms(condition) if isinstance(t, c.MemberValue)),
        )
        below = [reach(child, memo) for child in c.children(condition)]
        if isinstance(condition, c.AtLeastMembers):
            below = [one.without(condition.over.name) for one in below]
        memo[key] = own.join(below)
    return memo[key]
