"""Which rules say nothing that others do not say: for each action those that forbid it, or permit it."""

from __future__ import annotations

from functools import cached_property

import attrs

from policylang.analysis.gates import FALSE
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
    def others(self) -> list[Rails]:
        """For each rule what all the others say, joined from those before it and those after it."""
        gates = self.space.gates
        none = Rails(FALSE, FALSE)
        before, after = [none], [none]
        for chain, rails in ((before, self.rails[:-1]), (after, self.rails[:0:-1])):
            for one in rails:
                last = chain[-1]
                true = gates.disj((last.true, one.true))
                chain.append(Rails(true, gates.disj((last.possible, one.possible))))
        return [
            Rails(gates.disj((a.true, b.true)), gates.disj((a.possible, b.possible)))
            for a, b in zip(before, reversed(after), strict=True)
        ]

    def speaks_alone(self, place: int, *, surely: bool) -> bool:
        """Return whether some record has only this rule hold, or else only this one perhaps."""
        key = (place, surely)
        if key not in self._alone:
            own, others = self.rails[place], self.others[place]
            literals = (own.true, -others.true) if surely else (own.possible, -others.possible)
            self._alone[key] = self.space.possible(*literals, as_specified=True)
        return self._alone[key]

    def is_heard(self, place: int) -> bool:
        """Return whether some record has the rule say what no other rule says."""
        return self.speaks_alone(place, surely=True) or self.speaks_alone(place, surely=False)

    def covering(self, place: int) -> list[str]:
        """Return rules that together say all that this one says, none of them to spare; it is not heard."""
        needed: list[int] = []
        for side in ("true", "possible"):
            own = getattr(self.rails[place], side)
            says = [getattr(rails, side) for rails in self.rails]
            needed = self._covering(place, own, says, needed)
        return [self.labels[i] for i in sorted(needed)]

    def _covering(self, place: int, own: int, says: list[int], needed: list[int]) -> list[int]:
        """Return rules, ``needed`` among them, of which one holds wherever this rule does."""
        space = self.space
        others = {-one: i for i, one in enumerate(says) if i != place and i not in needed}
        silent = [-says[i] for i in needed]
        if not space.possible(own, *silent, as_specified=True):
            return needed
        assert not space.possible(own, *silent, *others, as_specified=True), "the rule is not heard"
        chosen = [x for x in space.core() if x in others]
        for one in list(chosen):
            fewer = [x for x in chosen if x != one]
            if not space.possible(own, *silent, *fewer, as_specified=True):
                chosen = [x for x in fewer if x in space.core()]
        return [*needed, *(others[x] for x in chosen)]


def group_of(outcomes: Outcomes, parts: list[Part]) -> Group:
    """Return the group of some effects, rule by rule."""
    by_rule: dict[str, list[Part]] = {}
    for part in parts:
        by_rule.setdefault(part.instance.rule.label, []).append(part)
    rails = tuple(outcomes.any_of(found) for found in by_rule.values())
    return Group(outcomes.space, tuple(by_rule), rails)
