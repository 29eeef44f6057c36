"""The facts in the way: values of a record that keep predicates from being true, whatever all others were.

They are a core: so many values stay as they are that no others make the predicates true, and none of
them can be left out. That a list has the entries it has is a fact too, named by its path. They are asked
for of predicates that changes cannot make true together; more facts may stand in the way of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from policylang.analysis.cases import Cases, are_listed
from policylang.analysis.completions import Completions
from policylang.analysis.folding import NOWHERE, AtHand, Folder, concrete, conjunction, open_steps
from policylang.analysis.opened import Opened, Undecided
from policylang.analysis.reading import atoms
from policylang.analysis.unknowns import Open, Values, adjustable_value
from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Predicate
from policylang.core.record import Record, Steps
from policylang.core.support import Needs
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.truth import TRUE
from policylang.values import Entries

MAX_FACTS = 200  # values that are looked at
COUNT = "#"  # begins the paths that stand for counts over lists; no field is called so


def obstacles(
    predicates: Sequence[Predicate],
    evaluator: Evaluator,
    is_adjustable: Callable[[Steps], bool],
    needs: Needs,
) -> tuple[Steps, ...] | None:
    """Return facts with which the predicates cannot all be true; None where there are too many to tell.

    Values that are adjustable are none of them. NotDecided past a limit.
    """
    found = _facts(predicates, _Counts(evaluator, needs), is_adjustable)
    if found is not None:
        return tuple(found)
    found = _facts(predicates, Folder(evaluator, _is_open, changes=True, needs=needs), is_adjustable)
    return None if found is None else _with_lists(found, _lists(predicates, evaluator.record))


def _facts(
    predicates: Sequence[Predicate], folder: Folder, is_adjustable: Callable[[Steps], bool]
) -> list[Steps] | None:
    """Return facts as they are read, by themselves or with the lists that a folder takes for granted."""
    evaluator = folder.evaluator
    folded = conjunction((folder.fold(one, {}) for one in predicates), NOWHERE)
    if isinstance(folded, c.Fixed):
        return []
    reading = [(atom, open_steps(atom)) for atom in atoms([folded])]
    paths = dict.fromkeys(path for _, read in reading for path in read)
    if len(paths) > MAX_FACTS:
        return None
    opens = {path: _open(path, evaluator) for path in paths}
    if are_listed(reading, opens.values()):
        values = Values(evaluator, Undecided([], folder, Opened(evaluator)))
        completions: Cases | Completions = Cases(folded, reading, opens, values)
    else:
        completions = Completions(folded, opens, evaluator, evaluator.record.schema)
    free = {path for path in paths if path[0] == COUNT or is_adjustable(path)}
    found = _core(completions, paths.keys() - free, free)
    return None if found is None else [path for path in paths if path in found]


def _is_open(_: Steps) -> bool:
    return True


class _Counts(Folder):
    """Folds predicates in which any value may be another, and any count over a list come out otherwise."""

    def __init__(self, evaluator: Evaluator, needs: Needs) -> None:
        super().__init__(evaluator, _is_open, changes=True, needs=needs)
        self._number = 0

    def _entries(self, node: c.AtLeastEntries, at_hand: AtHand) -> Predicate:
        self._number += 1
        return c.Holds(concrete((COUNT, self._number)), span=node.span)


def _open(path: Steps, evaluator: Evaluator) -> Open:
    if path[0] == COUNT:
        return Open(path, types.Bool(), None, None)
    return adjustable_value(path, evaluator, evaluator.record.schema)


def _core(completions: Cases | Completions, facts: set[Steps], free: set[Steps]) -> set[Steps] | None:
    """Return facts that rule it out that a predicate is true, none too many; None where they do not."""
    if completions.can_be((TRUE,), free):
        return None
    found = set(completions.refusal())
    for fact in sorted(found, key=repr):
        others = found - {fact}
        if fact in found and not completions.can_be((TRUE,), free | (facts - others)):
            found = set(completions.refusal())
    return found


def _lists(predicates: Sequence[Predicate], record: Record) -> Iterator[Steps]:
    """Yield the known lists that predicates read, and those inside of their entries."""
    counts = [one for one in c.each(predicates) if isinstance(one, c.AtLeastEntries)]
    read = {steps(one.list, {}) for one in counts if one.list.entry is None}
    for path, value in record.values.items():
        if isinstance(value, Entries) and any(path[: len(one)] == one for one in read):
            yield path


def _with_lists(facts: Sequence[Steps], lists: Iterable[Steps]) -> tuple[Steps, ...]:
    """Return facts with lists, each before what is in it."""
    lists = list(lists)
    ordered: dict[Steps, None] = {}
    for path in facts:
        ordered.update((one, None) for one in lists if path[: len(one)] == one)
        ordered[path] = None
    return tuple(dict.fromkeys([*ordered, *lists]))
