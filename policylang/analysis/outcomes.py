"""What a policy says of each action, as literals of a space (section 6 of the language)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import attrs

from policylang.analysis.profiling import profiled
from policylang.analysis.demands import NO_LISTS
from policylang.analysis.rails import Rails
from policylang.analysis.space import NO_ENTRIES, NO_PATHS, Space
from policylang.core.outcomes import Outcome, widening
from policylang.core.predicates import Effect, Instance, Predicate, Predicates
from policylang.core.record import Steps

PROHIBITIONS = ("forbid", "require")
Key = tuple[str, tuple[tuple[str, str], ...]]
"""An instance: its rule's digest, which does not tell in which order effects are written, and its members."""


@attrs.frozen(eq=False)
class Part:
    """One effect of one instance with its rails."""

    instance: Instance
    effect: Effect
    rails: Rails

    @property
    def is_prohibition(self) -> bool:
        return self.effect.kind in PROHIBITIONS


@attrs.define(eq=False, slots=False)
class Outcomes:
    """A policy's outcomes in a space; with ``renamed`` those of the twin record.

    All that is the same in ``base`` is taken over from there, but for the instances ``anew``.
    """

    space: Space
    policy: Predicates
    renamed: frozenset[Steps] = NO_PATHS
    base: Outcomes | None = None
    anew: frozenset[Key] = frozenset()

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every effect on actions, in the order of the rules; what is taken over stands first."""
        taken_over = [] if self.base is None else [p for p in self.base.parts if p not in self._lost]
        return (*taken_over, *self._made)

    @cached_property
    def _by_key(self) -> list[tuple[Key, Part]]:
        return [(_key(part.instance), part) for part in self.parts]

    @cached_property
    def _keys(self) -> set[Key]:
        return {_key(instance) for instance in self.policy.instances}

    @cached_property
    def _not_taken_over(self) -> list[Instance]:
        if self.base is None:
            return list(self.policy.instances)
        known = self.base._keys - self.anew if self.anew else self.base._keys
        return [instance for instance in self.policy.instances if _key(instance) not in known]

    @cached_property
    def _made(self) -> list[Part]:
        """The effects of what is not taken over."""
        effects = [(i, e) for i in self._not_taken_over for e in i.effects if e.actions]
        return [Part(instance, e, self.space.rails(e.predicate, self.renamed)) for instance, e in effects]

    @cached_property
    def _lost(self) -> set[Part]:
        """The effects of ``base`` that are not taken over."""
        assert self.base is not None
        kept = self._keys - self.anew if self.anew else self._keys
        return {part for key, part in self.base._by_key if key not in kept}

    @cached_property
    def _bearing(self) -> dict[str, list[Part]]:
        """What bears on each action itself."""
        found: dict[str, list[Part]] = {action.name: [] for action in self.policy.actions}
        if self.base is not None:
            for action, parts in self.base._bearing.items():
                if action in found:
                    found[action] = [part for part in parts if part not in self._lost]
        for part in self._made:
            for action in part.effect.actions:
                found[action].append(part)
        return found

    @cached_property
    def _readers(self) -> dict[Steps, set[Key]]:
        """The instances that read each path, or one below it."""
        found: dict[Steps, set[Key]] = {}
        for key, part in self._by_key:
            for path in self.space.demands.reads[id(part.effect.predicate)]:
                for end in range(1, len(path) + 1):
                    found.setdefault(path[:end], set()).add(key)
        return found

    def twin_at(self, path: Steps) -> Outcomes:
        """Return the outcomes of the twin record that differs at a path; what does not read it is shared."""
        readers = frozenset(self._readers.get(path, ()))
        return Outcomes(self.space, self.policy, frozenset({path}), self, readers)

    @property
    def can_be_had(self) -> bool:
        """Whether the space of ``base`` can tell apart what this policy's own effects on actions ask."""
        effects = [effect for instance in self._not_taken_over for effect in instance.effects]
        return self.space.demands.takes([effect.predicate for effect in effects if effect.actions])

    def forbidding(self, action: str) -> list[Part]:
        """Return what forbids an action itself, not what it widens."""
        return [part for part in self._bearing[action] if part.is_prohibition]

    def permitting(self, action: str) -> list[Part]:
        """Return what permits an action itself."""
        return [part for part in self._bearing[action] if not part.is_prohibition]

    @cached_property
    def _touched(self) -> set[str]:
        """The actions on which not the same bears as in ``base``."""
        assert self.base is not None
        named = {action for part in (*self._lost, *self._made) for action in part.effect.actions}
        declared = {*self.policy.actions} - {*self.base.policy.actions}
        return named | {action.name for action in declared}

    @cached_property
    def own(self) -> dict[str, Rails]:
        """The rails of "may" for each action itself."""
        found = {}
        for action in self.policy.actions:
            if self.base is not None and action.name not in self._touched:
                found[action.name] = self.base.own[action.name]
                continue
            forbidden = self.any_of(self.forbidding(action.name))
            may = ~forbidden
            if not action.permitted:
                may = self.both(self.any_of(self.permitting(action.name)), may)
            found[action.name] = may
        return found

    @cached_property
    def may(self) -> dict[str, Rails]:
        """The rails of "may" for each action, with all that it widens."""
        actions = {a.name: a for a in self.policy.actions}
        found = {}
        for name in actions:
            chain = [self.own[wider] for wider in widening(actions, name)]
            true = self.space.gates.conj(one.true for one in chain)
            found[name] = Rails(true, self.space.gates.conj(one.possible for one in chain))
        return found

    def any_of(self, parts: list[Part]) -> Rails:
        gates = self.space.gates
        true = gates.disj(p.rails.true for p in parts)
        return Rails(true, gates.disj(p.rails.possible for p in parts))

    def both(self, a: Rails, b: Rails) -> Rails:
        gates = self.space.gates
        return Rails(gates.conj((a.true, b.true)), gates.conj((a.possible, b.possible)))

    def is_outcome(self, action: str, outcome: Outcome) -> int:
        """Return the literal that an action has an outcome."""
        may = self.may[action]
        match outcome:
            case Outcome.PERMITTED:
                return may.true
            case Outcome.FORBIDDEN:
                return -may.possible
            case Outcome.UNDETERMINED:
                return self.space.gates.conj((may.possible, -may.true))


def _key(instance: Instance) -> Key:
    return instance.rule.digest, instance.members.items_


def space_of(
    *policies: Predicates,
    others: Iterable[Predicate] = (),
    entries: Mapping[Steps, int] = NO_ENTRIES,
    plain: bool = False,
    deadline: float | None = None,
    room: bool = False,
    by_profiles: bool = False,
    short_too: bool = False,
) -> Space:
    """Return the space of the records that some policies, and other predicates, can tell apart.

    ``by_profiles`` takes lists by the profiles of their entries where that is exact and shorter, with
    ``short_too`` also where it is not shorter.
    """
    predicates = [predicate for policy in policies for predicate in _predicates(policy)] + list(others)
    schemas = tuple(policy.schema for policy in policies)
    return Space(
        schemas,
        predicates,
        entries=entries,
        plain=plain,
        deadline=deadline,
        room=room,
        profiled=profiled(schemas, predicates, deadline, short_too=short_too) if by_profiles else NO_LISTS,
    )


def _predicates(policy: Predicates) -> Iterator[Predicate]:
    for instance in policy.instances:
        yield from (instance.active, instance.condition)
        for effect in instance.effects:
            yield effect.predicate
            if effect.until is not None:
                yield effect.until
        if instance.unless is not None:
            yield instance.unless
