"""Strategies for edits of a policy: each is known to keep the meaning, or to change it, and how."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import attrs
from hypothesis import reject
from hypothesis import strategies as st

from policylang.analysis.baseline import Baseline
from policylang.analysis.comparing import Change
from policylang.analysis.solver import NotDecided
from policylang.core.policy import Policy
from policylang.diagnostics import PolicyError
from policylang.language.formatter import format_file
from policylang.testing.drawn import Drawn
from policylang.testing.histories import HistoryDifference, history_difference
from policylang.testing.mutants import Draft, edited
from policylang.testing.mutation import TIME_LIMIT, Subject
from policylang.testing.plans import Draw, integers
from policylang.testing.rewording import Rewording, rewordings
from policylang.testing.subjects import origin_of

ORDER = Random(0).getrandbits(32)  # any order will do; the same in every run


@attrs.frozen(repr=False)
class Edit:
    """A policy after a change of its text, and what is known of the change.

    One that keeps the meaning leaves the digest. One that changes it has a ``witness``: a record that is
    decided otherwise, or a history where single records do not tell.
    """

    kind: str
    before: str
    after: str
    policy: Policy
    witness: Change | HistoryDifference | None

    @property
    def keeps_meaning(self) -> bool:
        return self.witness is None

    def __repr__(self) -> str:
        return f"<Edit {self.kind}: {self.before!r} becomes {self.after!r}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"{self!r} of ")
        printer.pretty(self.policy)


class Edits:
    """The edits of a policy, each made when it is first asked for."""

    def __init__(self, policy: Policy) -> None:
        origin = origin_of(policy)
        self.policy = policy
        self.origin = origin
        self.subject = Subject.of(origin.source, origin.folder, origin.stem)
        self.rewordings: Sequence[Rewording] = tuple(rewordings(self.subject.loaded.file, Random(ORDER)))
        self.drafts: Sequence[Draft] = self.subject.drafts
        self.baseline = Baseline(policy)
        self._kept: dict[int, Edit] = {}
        self._changed: dict[int, Edit | None] = {}

    def keeping(self, place: int) -> Edit:
        """Return an edit that keeps the meaning."""
        if place not in self._kept:
            found = self.rewordings[place]
            policy = self.origin.policy(format_file(found.file))
            assert policy.digest == self.policy.digest, f"{found.kind}: {found.before} is {found.after}"
            self._kept[place] = Edit(found.kind, found.before, found.after, Drawn.of(policy), None)
        return self._kept[place]

    def changing(self, place: int) -> Edit | None:
        """Return an edit that changes the meaning; None where it is not known to."""
        if place not in self._changed:
            self._changed[place] = self._judged(self.drafts[place])
        return self._changed[place]

    def _judged(self, draft: Draft) -> Edit | None:
        mutant = self.subject.mutant(draft)
        witness = None if mutant is None else self.witness(mutant)
        if witness is None:
            return None
        try:
            policy = self.origin.policy(format_file(edited(self.subject.loaded.file, draft)))
        except PolicyError:
            return None  # an example's record is no longer one
        return Edit(draft.edit.kind, draft.edit.before, draft.edit.after, Drawn.of(policy), witness)

    def witness(self, mutant: Policy) -> Change | HistoryDifference | None:
        """Return what tells a mutant from the policy; None where nothing does, or none is found."""
        comparison = self.baseline.compare(mutant, time_limit=TIME_LIMIT, fewest=False)
        if comparison.changes:
            return comparison.changes[0]
        if comparison.verdict != "equivalent":
            return None
        try:
            return history_difference(self.policy, mutant, time_limit=TIME_LIMIT)
        except NotDecided:
            return None


def edits(policy: Policy, *, keeps_meaning: bool | None = None) -> st.SearchStrategy[Edit]:
    """Draw edits of a policy's own text that are known to keep its meaning, or known to change it.

    Those that keep it say the same in another order, in other words, without what is only told; the
    digest confirms it. Those that change it are the faults of ``policylang test --mutate``, as far as
    the exact analysis has a record or a history that is decided otherwise. ``keeps_meaning`` asks for
    one kind only.
    """
    return _edits(Edits(policy), keeps_meaning)


@st.composite
def _edits(draw: Draw, found: Edits, keeps_meaning: bool | None) -> Edit:
    is_kept = draw(st.booleans()) if keeps_meaning is None else keeps_meaning
    if is_kept:
        return found.keeping(draw(integers(0, len(found.rewordings) - 1)))
    first = draw(integers(0, max(0, len(found.drafts) - 1)))
    # One that is not known to change the meaning stands for the next that is.
    for place in (*range(first, len(found.drafts)), *range(first)):
        edit = found.changing(place)
        if edit is not None:
            return edit
    if keeps_meaning is None:
        return found.keeping(0)
    reject()
