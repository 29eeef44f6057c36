"""Which rules say nothing that others do not say: for each action those that forbid it, or permit it."""

from __future__ import annotations

from functools import cached_property

import attrs

from policylang.analysis.outcomes import Outcomes, Part
from policylang.analysis.rails import Rails
from policylang.analysis.space import Space


@attrs.define(eq=False, slots=False)
class Group:
    """The rules that bear on one action in one direction, each with all that it says of it.

    A rule is heard alone when some record has it say something that no other rule of the group says.
    Answers are kept.
    """

    space: Space
    labels: tuple[str, ...]
    rails: tuple[Rails, ...]
    _alone: dict[tuple[int, bool], bool] = attrs.Factory(dict)

    @cached_property
    def places(self) -> dict[str, int]:
        return {label: place for place, label in enumerate(self.labels)}

    @cached_property
    def _sides(self) -> tuple[list[int], list[int]]:
        """What each rule says surely, and perhaps."""
        return [one.true for one in self.rails], [one.possible for one in self.rails]

    def speaks_alone(self, place: int, *, surely: bool) -> bool:
        """Return whether some record has only this rule hold, or else only this one perhaps."""
        key = (place, surely)
        if key not in self._alone:
            self._alone[key] = self._is_alone(place, self._sides[0 if surely else 1])
        return self._alone[key]

    def _is_alone(self, place: int, says: list[int]) -> bool:
        literals = [-one for one in says]
        literals[place] = says[place]
        return self.space.possible(*literals, as_specified=True)

    def is_heard(self, place: int) -> bool:
        """Return whether some record has the rule say what no other rule says."""
        return self.speaks_alone(place, surely=True) or self.speaks_alone(place, surely=False)

    def covering(self, place: int) -> list[str]:
        """Return rules that together say all that this one says, none of them to spare; it is not heard."""
        needed: list[int] = []
        for says in self._sides:
            needed = self._covering(place, says, needed)
        return [self.labels[i] for i in sorted(needed)]

    def _covering(self, place: int, says: list[int], needed: list[int]) -> list[int]:
        """Return rules, ``needed`` among them, of which one holds wherever this rule does."""
        space, own = self.space, says[place]
        silent = [-says[i] for i in needed]
        if not space.possible(own, *silent, as_specified=True):
            return needed
        assert not self._is_alone(place, says), "the rule is not heard"
        causes = set(space.core())
        chosen = {-x: i for i, x in enumerate(says) if -x in causes and i != place and i not in needed}
        for one in list(chosen):
            fewer = [x for x in chosen if x != one]
            if one in chosen and not space.possible(own, *silent, *fewer, as_specified=True):
                causes = set(space.core())
                chosen = {x: chosen[x] for x in fewer if x in causes}
        return [*needed, *chosen.values()]


def group_of(outcomes: Outcomes, parts: list[Part]) -> Group:
    """Return the group of some effects, rule by rule."""
    by_rule: dict[str, list[Part]] = {}
    for part in parts:
        by_rule.setdefault(part.instance.rule.label, []).append(part)
    rails = tuple(outcomes.any_of(found) for found in by_rule.values())
    return Group(outcomes.space, tuple(by_rule), rails)
