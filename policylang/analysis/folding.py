"""A predicate on one record, folded: what is settled becomes a constant, what may change stays.

What stays reads only paths whose value is *open*, as the caller says, and entries of lists that are
not known. Its truth is the predicate's on every record that differs from this one at open paths
alone. Entries of known lists have become operands, so nothing is at hand any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, assert_never

import attrs

from policylang.analysis.reading import atoms
from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.core.support import Need, Needs
from policylang.language import checked as c
from policylang.source import Span
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Entries, exactly

AtHand = dict[str, Steps]
NOWHERE = Span("", 1, 1, 1, 1)
FIXED = {truth: c.Fixed(truth, span=NOWHERE) for truth in Truth}
MAX_ENTRIES = 1_000  # of a list that are looked into for what may become known; the others stay as they are


class Unusable(Exception):
    """A term without a value: whatever it is compared with, the comparison is unknown."""


class Folder:
    """Folds predicates; ``is_open`` says which paths may have another value.

    ``needs`` knows the predicates of the policy. ``changes`` is for values that may be exchanged, not
    only become known: then a known truth is no reason to stop, but where nothing is read that is among
    the paths ``changing``.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        is_open: Callable[[Steps], bool],
        *,
        changes: bool,
        changing: frozenset[tuple[str | None, Steps]] | None = None,
        needs: Needs | None = None,
    ) -> None:
        self.evaluator = evaluator
        self.record = evaluator.record
        self.is_open = is_open
        self.changes = changes
        self.changing = changing
        self.needs = Needs(base=needs)
        self.is_cut = False  # whether something that may change was not looked into
        self._memo: dict[object, Predicate] = {}

    def fold(self, node: Predicate, at_hand: AtHand) -> Predicate:
        """Return a predicate folded; entries that are not ``at_hand`` are those of unknown lists."""
        need = self.needs.of(node)
        here = at_hand
        if at_hand and at_hand.keys() != need.entries:
            here = {name: at_hand[name] for name in need.entries if name in at_hand}
        key = (id(node), *here.items()) if here else id(node)
        found = self._memo.get(key)
        if found is None:
            known = self._known(need, node, here) if len(here) == len(need.entries) else None
            found = self._memo[key] = self._fold(node, here) if known is None else known
        return found

    def _known(self, need: Need, node: Predicate, at_hand: AtHand) -> Predicate | None:
        """Return the truth of a predicate that nothing can change."""
        if not self.changes and need.looks_at_absence:
            return None
        if self.changes and (self.changing is None or not need.reads.isdisjoint(self.changing)):
            return None
        truth = self.evaluator.evaluate(node, at_hand)
        return fixed(truth) if self.changes or truth is not UNKNOWN else None

    def _fold(self, node: Predicate, at_hand: AtHand) -> Predicate:
        match node:
            case c.Fixed():
                return node
            case c.Missing(path):
                where = self._where(path, at_hand)
                if isinstance(where, c.Path):
                    return node
                if self.record[where] is None and self.is_open(where):
                    return node if path.entry is None else attrs.evolve(node, path=concrete(where))
                return fixed(TRUE if self.record[where] is None else FALSE)
            case c.Holds() | c.Attested():
                return self._leaf(node, at_hand)
            case c.Compare() | c.OneOf():
                return self._comparison(node, at_hand)
            case c.Not(operand):
                return negation(self.fold(operand, at_hand))
            case c.And(operands):
                return conjunction((self.fold(x, at_hand) for x in operands), node.span)
            case c.Or(operands):
                return disjunction((self.fold(x, at_hand) for x in operands), node.span)
            case c.AtLeast(n, operands):
                return at_least(n, [self.fold(x, at_hand) for x in operands], node.span)
            case c.AtLeastEntries():
                return self._entries(node, at_hand)
            case c.AtLeastMembers():
                raise AssertionError("the compiler unfolds quantifiers over sets")
            case _:
                assert_never(node)

    def _where(self, path: c.Path, at_hand: AtHand) -> Steps | c.Path:
        """Return where a path leads; the path itself when it starts from an entry not at hand."""
        return path if path.entry is not None and path.entry not in at_hand else steps(path, at_hand)

    def _leaf(self, node: c.Holds | c.Attested, at_hand: AtHand) -> Predicate:
        where = self._where(node.path, at_hand)
        if isinstance(where, c.Path):
            return node
        if self.is_open(where):
            return node if node.path.entry is None else attrs.evolve(node, path=concrete(where))
        return fixed(self.evaluator.evaluate(node, at_hand))

    def _entries(self, node: c.AtLeastEntries, at_hand: AtHand) -> Predicate:
        where = self._where(node.list, at_hand)
        inside = {name: at for name, at in at_hand.items() if name != node.entry}
        if isinstance(where, c.Path):
            return attrs.evolve(node, body=self.fold(node.body, inside))
        known = self.record[where]
        if isinstance(known, Entries):
            places = ({**inside, node.entry: (*where, i)} for i in range(known.count))
            folds = (self.fold if i < MAX_ENTRIES else self._as_it_is for i in range(known.count))
            bodies = [fold(node.body, here) for fold, here in zip(folds, places, strict=True)]
            return at_least(node.n, bodies, node.span)
        if node.n <= 0 or not self.is_open(where):
            return fixed(TRUE if node.n <= 0 else UNKNOWN)
        return attrs.evolve(node, list=concrete(where), body=self.fold(node.body, inside))

    def _as_it_is(self, body: Predicate, at_hand: AtHand) -> Predicate:
        """Return the truth of a body at an entry that is not looked into, where that can be left out."""
        need = self.needs.of(body)
        here = {name: at_hand[name] for name in need.entries if name in at_hand}
        if self.changes or len(here) < len(need.entries):
            return self.fold(body, at_hand)
        truth = self.evaluator.evaluate(body, here)
        self.is_cut = self.is_cut or truth is UNKNOWN or need.looks_at_absence
        return fixed(truth)

    # --- comparisons ----------------------------------------------------------------------------

    def _comparison(self, node: c.Compare | c.OneOf, at_hand: AtHand) -> Predicate:
        found: c.Compare | c.OneOf = node
        try:
            if isinstance(node, c.Compare):
                first, second = self._term(node.left, at_hand), self._term(node.right, at_hand)
                if first is not node.left or second is not node.right:
                    found = c.Compare(node.op, first, second, span=node.span)
            else:
                first = self._term(node.item, at_hand)
                found = attrs.evolve(node, item=first)
        except Unusable:
            return fixed(UNKNOWN)
        if isinstance(first, c.FieldValue) or c.paths(found):
            return found
        return fixed(self.evaluator.evaluate(found))

    def _term(self, term: c.Term, at_hand: AtHand) -> Any:
        """Return a term in which only open values are read; of the same kind, or a constant."""
        match term:
            case c.Constant():
                return term
            case c.Today(span=span, type=type_):
                if self.evaluator.today is None:
                    raise Unusable
                return c.Constant(exactly(self.evaluator.today), type_, span=span)
            case c.FieldValue(path, type_, span=span):
                where = self._where(path, at_hand)
                if isinstance(where, c.Path):
                    return term
                if self.is_open(where):
                    return term if path.entry is None else c.FieldValue(concrete(where), type_, span=span)
                value = self.evaluator.field(self.record[where], type_)
                if value is None:
                    raise Unusable
                return c.Constant(value, type_, span=span)
            case c.Sum(parts):
                return attrs.evolve(term, parts=tuple((k, self._term(atom, at_hand)) for k, atom in parts))
            case c.DateSum(base):
                return attrs.evolve(term, base=self._term(base, at_hand))
            case c.Graded(subject=subject):
                return attrs.evolve(term, subject=self._term(subject, at_hand))
            case c.MemberValue():
                raise AssertionError("the compiler puts a member in place of what is at hand")
            case _:
                assert_never(term)


# --- what a folded predicate reads --------------------------------------------------------------


def concrete(where: Steps) -> c.Path:
    """Return a path of the record itself; the places of entries are steps of it."""
    return c.Path(where)  # type: ignore[arg-type]  # places are numbers


def open_steps(atom: Predicate) -> list[Steps]:
    """Return the open paths that an atom of a folded predicate reads, those inside of a count too."""
    match atom:
        case c.Compare(_, c.FieldValue(c.Path(where, None)), c.Constant()) | c.Holds(c.Path(where, None)):
            return [where]  # type: ignore[list-item]  # as most do
        case _:
            pass
    if not isinstance(atom, c.AtLeastEntries):
        found: list[Any] = [path.steps for path in c.paths(atom) if path.entry is None]
        return found if len(found) < 2 else list(dict.fromkeys(found))
    pending: list[Predicate] = [atom]
    inside = dict[Steps, None]()
    while pending:
        one = pending.pop()
        inside.update((path.steps, None) for path in c.paths(one) if path.entry is None)  # type: ignore[misc]
        pending += c.children(one)
    return list(inside)


def read(folded: Iterable[Predicate]) -> dict[Steps, None]:
    """Return the open paths that folded predicates read, in order."""
    return dict.fromkeys(path for atom in atoms(folded) for path in open_steps(atom))


# --- predicates made simple ---------------------------------------------------------------------


def fixed(truth: Truth) -> c.Fixed:
    return FIXED[truth]


def is_fixed(node: Predicate, truth: Truth) -> bool:
    return isinstance(node, c.Fixed) and node.truth is truth


def negation(node: Predicate) -> Predicate:
    match node:
        case c.Fixed(truth):
            return fixed(~truth)
        case c.Not(operand):
            return operand
        case _:
            return c.Not(node, span=node.span)


def conjunction(operands: Iterable[Predicate], span: Span) -> Predicate:
    """Return the conjunction; operands after one that is false are not looked at."""
    kept = _before(operands, FALSE, TRUE)
    if kept is None or not kept:
        return fixed(FALSE if kept is None else TRUE)
    return kept[0] if len(kept) == 1 else c.And(tuple(kept), span=span)


def disjunction(operands: Iterable[Predicate], span: Span) -> Predicate:
    """Return the disjunction; operands after one that is true are not looked at."""
    kept = _before(operands, TRUE, FALSE)
    if kept is None or not kept:
        return fixed(TRUE if kept is None else FALSE)
    return kept[0] if len(kept) == 1 else c.Or(tuple(kept), span=span)


def _before(operands: Iterable[Predicate], deciding: Truth, neutral: Truth) -> list[Predicate] | None:
    """Return the operands that count; None where one of them decides the whole."""
    kept: list[Predicate] = []
    for operand in operands:
        if isinstance(operand, c.Fixed):
            if operand.truth is deciding:
                return None
            if operand.truth is neutral:
                continue
        kept.append(operand)
    return kept


def at_least(n: int, operands: Sequence[Predicate], span: Span) -> Predicate:
    kept: list[Predicate] = []
    for one in operands:
        if not isinstance(one, c.Fixed) or one.truth is UNKNOWN:
            kept.append(one)
        elif one.truth is TRUE:
            n -= 1
    if n <= 0:
        return fixed(TRUE)
    return c.AtLeast(n, tuple(kept), span=span) if n <= len(kept) else fixed(FALSE)
