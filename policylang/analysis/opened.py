"""The unknown values of one decision, and what all questions about them share.

Nothing here leads back to the decision or to a question, so that all of it is gone with the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from policylang.analysis.folding import Folder, read
from policylang.analysis.unknowns import Open, Values, constants, open_value
from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.core.support import Needs
from policylang.source import deep_stack


class Opened:
    """What may become of each path of a record."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._known: dict[Steps, Open | None] = {}

    def at(self, path: Steps) -> Open | None:
        """Return what may become of a path; None where it stays as it is."""
        if path not in self._known:
            type_ = self.evaluator.record.schema.type_at(path)
            assert type_ is not None
            self._known[path] = open_value(path, type_, self.evaluator)
        return self._known[path]

    def is_open(self, path: Steps) -> bool:
        return self.at(path) is not None


class Undecided:
    """All that unknown values may change, folded when somebody asks."""

    def __init__(self, predicates: Sequence[Predicate], folder: Folder, opened: Opened) -> None:
        self.predicates = predicates
        self.folder = folder
        self.opened = opened

    @cached_property
    def folded(self) -> list[Predicate]:
        with deep_stack():
            return [self.folder.fold(one, {}) for one in self.predicates]

    @cached_property
    def opens(self) -> tuple[Steps, ...]:
        """The paths of all values that may change it."""
        return tuple(path for path in read(self.folded) if self.opened.is_open(path))

    @cached_property
    def compared(self) -> dict[Steps, tuple[Any, ...]]:
        """The constants that each of them is compared with."""
        return constants(self.folded)


class Unknowns:
    """What the questions about one decision share: values and folded predicates."""

    def __init__(self, evaluator: Evaluator, undecided: Sequence[Predicate], needs: Needs) -> None:
        self.evaluator = evaluator
        self.schema = evaluator.record.schema
        self._opened = Opened(evaluator)
        self._folder = Folder(evaluator, self._opened.is_open, changes=False, needs=needs)
        everything = Undecided(undecided, self._folder, self._opened)
        self.values = Values(evaluator, everything)

    def open(self, path: Steps) -> Open | None:
        """Return what may become of a path; None where it stays as it is."""
        return self._opened.at(path)

    def folded(self, predicate: Predicate) -> Predicate:
        """Return a predicate in which only unknown values are left."""
        return self._folder.fold(predicate, {})

    @property
    def is_cut(self) -> bool:
        """Return whether entries of long lists are not looked into."""
        return self._folder.is_cut
