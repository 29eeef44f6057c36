"""The adjustable fields of one record: what can be changed, and predicates in which it is left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from policylang.analysis.folding import Folder, read
from policylang.analysis.formulas import Formulas, Threshold, every, refusal, some
from policylang.analysis.obstacles import obstacles
from policylang.analysis.pairs import leaves
from policylang.analysis.unknowns import Open, adjustable_value
from policylang.core.decision import Decision
from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Predicate
from policylang.core.record import Record, Steps
from policylang.core.support import AtHand
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.truth import TRUE, Truth

MAX_LEFT_OUT = 100  # facts of a set that are tried to be left out


def adjustable_paths(fields: tuple[types.Field, ...], at: Steps = ()) -> Iterator[Steps]:
    """Yield the path of every adjustable field, in a list that of its first entry."""
    for field in fields:
        path = (*at, field.name)
        match field.type:
            case types.Group(inner):
                yield from adjustable_paths(inner, path)
            case types.Table(over, inner):
                for member in over.members:
                    yield from adjustable_paths(inner, (*path, member))
            case types.List(fields=inner):
                yield from adjustable_paths(inner, (*path, 0))
            case _ if field.adjustable:
                yield path
            case _:
                pass


def has_adjustable(fields: tuple[types.Field, ...]) -> bool:
    """Return whether some field is adjustable, those of lists included."""
    return any(True for _ in adjustable_paths(fields))


class Adjustable:
    """Which paths of a record can be changed."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.is_adjustable = record.schema.is_adjustable

    def is_open(self, path: Steps) -> bool:
        """Return whether a value can be changed, or what is missing be made by giving a value in it."""
        return self.is_adjustable(path) or (self.record[path] is None and bool(self.below(path)))

    def below(self, path: Steps) -> list[Steps]:
        """Return the adjustable fields in a group, a table or a row."""
        type_ = self.record.schema.type_at(path)
        if not isinstance(type_, types.Group | types.Table):
            return []
        inner = leaves((types.Field(str(path[-1]), type_),), path[:-1])
        return [leaf.steps for leaf in inner if leaf.adjustable]


class Adjusting:
    """What the counterfactuals of one decision share; nothing in it refers to the decision, or to itself."""

    def __init__(self, decision: Decision) -> None:
        self.evaluator = decision.evaluator
        self.schema = decision.policy.schema
        self._adjustable = Adjustable(decision.record)
        self._needs = decision.policy.needs
        self._opens: dict[Steps, Open] = {}

    @cached_property
    def _folder(self) -> Folder:
        is_open, changing = self._adjustable.is_open, self.schema.changing
        return Folder(self.evaluator, is_open, changes=True, changing=changing, needs=self._needs)

    def folded(self, predicate: Predicate) -> Predicate:
        """Return a predicate in which only what can be changed is left."""
        return self._folder.fold(predicate, {})

    def opens(self, folded: Predicate) -> dict[Steps, Open]:
        """Return what may become of each path that a predicate reads, and of the fields below it."""
        paths = read([folded])
        groups = [path for path in paths if not self._adjustable.is_adjustable(path)]
        paths.update((leaf, None) for group in groups for leaf in self._adjustable.below(group))
        for path in paths:
            if path not in self._opens:
                self._opens[path] = adjustable_value(path, self.evaluator, self.schema)
        return {path: self._opens[path] for path in paths}

    def against(self, predicates: Sequence[Predicate]) -> tuple[Steps, ...] | None:
        """Return facts with which predicates are not all true, whatever all other values were.

        None of them can be left out. None where they are too many to tell.
        """
        return obstacles(predicates, self.evaluator, self._adjustable.is_adjustable, self._needs)

    def in_the_way(self, predicate: Predicate) -> tuple[Steps, ...] | None:
        """Return facts that keep a predicate from being true, whatever all other values were.

        None where no such facts are found: then changes may make it true, or it is facts that only
        together with what can be changed keep it from being true. Conditions are taken one by one, as
        if each could come out as it likes that reads what is not among the facts: so far no fact of
        the set can be left out.
        """
        formula = self._blocking.of(predicate, TRUE)
        facts = refusal(formula, frozenset())
        if facts is None:
            return None
        known = self._blocking.facts
        if len(facts) <= MAX_LEFT_OUT:
            for fact in sorted(facts, key=known.__getitem__):
                if refusal(formula, frozenset(known) - (facts - {fact})) is not None:
                    facts -= {fact}
        return tuple(sorted(facts, key=known.__getitem__))

    @cached_property
    def _blocking(self) -> _Blocking:
        return _Blocking(self.evaluator, self._adjustable)


class _Blocking(Formulas):
    """Formulas of the facts that would have to be others for a predicate to come to a truth."""

    def __init__(self, evaluator: Evaluator, fields: Adjustable) -> None:
        super().__init__(evaluator)
        self.is_adjustable = fields.is_adjustable
        self.facts: dict[Steps, int] = {}  # with the order in which they are read

    def made(self, node: Predicate, truth: Truth, at_hand: AtHand) -> Threshold:
        if self.evaluator.evaluate(node, at_hand) is truth:
            return every(())  # as it is
        return super().made(node, truth, at_hand)

    def entries(self, node: c.AtLeastEntries, truth: Truth, at_hand: AtHand) -> Threshold:
        if node.n <= 0:
            return some(())
        where = self._fact(steps(node.list, at_hand))
        if self.record[where] is None:
            return some([where])
        return some([where, self.counted(node.n, node, truth, at_hand)])

    def atom(self, atom: Predicate, truth: Truth, at_hand: AtHand) -> Threshold:
        paths = [steps(path, at_hand) for path in c.paths(atom)]
        facts = [self._fact(path) for path in paths if not self.is_adjustable(path)]
        missing = [path for path in facts if self.record[path] is None]
        if missing or len(facts) < len(paths):
            return every(missing)
        return some(facts)

    def _fact(self, path: Steps) -> Steps:
        self.facts.setdefault(path, len(self.facts))
        return path
