"""The frontier of an action: the highest levels at which some record is still permitted.

A point gives each level that the rules on an action read. It is permitted when some record with these
levels is, whatever else that record has to hold; it is maximal when no level of it can be raised.
"""

from __future__ import annotations

from typing import Any

import attrs

from policylang.analysis.outcomes import Outcomes, space_of
from policylang.analysis.reading import effects_on, paths_read
from policylang.analysis.solver import NotDecided, deadline_in
from policylang.analysis.witness import Unconfirmed
from policylang.core.outcomes import Outcome
from policylang.core.policy import Policy, policy_given
from policylang.core.record import Steps, path_text
from policylang.values import FrozenMap

MAX_POINTS = 50
SECONDS = 10.0


@attrs.frozen
class Frontier:
    """The maximal permitted points, each with the level of each field; ``reason`` says why some may lack.

    Without points no record is permitted whose levels are all known.
    """

    action: str
    fields: FrozenMap[str, tuple[str, ...]]
    points: tuple[FrozenMap[str, str], ...]
    reason: str | None = None

    @property
    def is_complete(self) -> bool:
        return self.reason is None

    def limits(self, point: FrozenMap[str, str]) -> dict[str, str]:
        """Return the levels of a point that are not the highest of their scale: what it allows at most."""
        return {field: level for field, level in point.items() if level != self.fields[field][-1]}

    def to_dict(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "fields": {field: list(levels) for field, levels in self.fields.items()},
            "points": [dict(point) for point in self.points],
            "complete": self.is_complete,
            "reason": self.reason,
        }


def frontier(policy: Policy, action: str, *, time_limit: float | None = SECONDS) -> Frontier:
    """Return the maximal permitted points of an action; KeyError for an undeclared one."""
    name = policy_given(policy).actions[action].name
    fields: dict[Steps, tuple[tuple[str, ...], list[int]]] = {}
    points: list[dict[Steps, int]] = []
    reason = None
    try:
        search = _Search(policy, name, deadline_in(time_limit))
        fields = search.fields
        while (point := search.next_point()) is not None:
            if len(points) == MAX_POINTS:
                raise NotDecided(f"there are more than {MAX_POINTS} points")
            points.append(point)
    except NotDecided as limit:
        reason = str(limit)
    levels = {path_text(path): names for path, (names, _) in fields.items()}
    named = tuple(FrozenMap({path_text(p): fields[p][0][r] for p, r in one.items()}) for one in points)
    return Frontier(action, FrozenMap(levels), named, reason)


class _Search:
    def __init__(self, policy: Policy, action: str, deadline: float | None) -> None:
        self.policy = policy
        self.action = action
        self.space = space_of(policy.predicates, deadline=deadline)
        self.permitted = Outcomes(self.space, policy.predicates).is_outcome(action, Outcome.PERMITTED)
        read = paths_read(effects_on(policy, action))
        levels = self.space.regions.levels
        self.fields = {path: levels[path] for path in read if path in levels}
        self.always = [self.permitted, *(self.space.present(path) for path in self.fields)]

    def next_point(self) -> dict[Steps, int] | None:
        """Return a maximal point that none of the earlier ones reaches, None when there is none."""
        if not self.space.possible(*self.always):
            return None
        point = self._in_model()
        for path, (_, ranks) in self.fields.items():
            while point[path] < len(ranks):
                if not self.space.possible(*self.always, *self._reaching(point), ranks[point[path]]):
                    break
                point = self._in_model()
        self._confirm(point)
        higher = [ranks[point[p]] for p, (_, ranks) in self.fields.items() if point[p] < len(ranks)]
        self.always.append(self.space.gates.disj(higher))
        return point

    def _in_model(self) -> dict[Steps, int]:
        return {p: sum(self.space.holds(x) for x in ranks) for p, (_, ranks) in self.fields.items()}

    def _reaching(self, point: dict[Steps, int]) -> list[int]:
        return [self.fields[path][1][rank - 1] for path, rank in point.items() if rank]

    def _confirm(self, point: dict[Steps, int]) -> None:
        found = self.space.ask(*self.always, *self._reaching(point))
        if found is None or self.policy.decide(found.record, today=found.today)[self.action] is not (
            Outcome.PERMITTED
        ):
            raise Unconfirmed(repr(found))
