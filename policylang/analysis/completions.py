"""All records that one record may turn out to be, as a space: each open value as it is, or given.

The space knows exact and absent values only. A bounded value that is not given therefore stands in
its predicates as what its bounds say: `Or(surely, And(possibly, unknown))`, where the two compare
with the ends of the range (section 5 of the language).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
import math
from time import monotonic
from typing import Any

import attrs

from policylang.analysis.folding import (
    Folder,
    Unusable,
    at_least,
    concrete,
    conjunction,
    disjunction,
    fixed,
    negation,
)
from policylang.analysis.facts import literals_of
from policylang.analysis.regions import TODAY
from policylang.analysis.solver import NotDecided
from policylang.analysis.space import Space
from policylang.analysis.unknowns import Nodes, Open, is_bounded, is_settled
from policylang.analysis.witness import with_value
from policylang.core.evaluator import Evaluator, compare
from policylang.core.predicates import Predicate
from policylang.core.reading import read_record
from policylang.core.record import Record, Steps
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.source import Span
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Value, exactly

MAX_BOUNDED = 5  # bounded values in one comparison: each may be given or not
OPEN = (-math.inf, math.inf)
SECONDS = 10.0  # for all questions about one record; then they are not decided


class Completions:
    """The space of a folded predicate, whose open values are as they are or given."""

    def __init__(
        self, folded: Predicate, opens: Mapping[Steps, Open], evaluator: Evaluator, schema: types.Schema
    ) -> None:
        self.opens = opens
        self.evaluator = evaluator
        predicate = _Bounds(opens, evaluator).without(folded)
        self.space = Space((schema,), [predicate], deadline=monotonic() + SECONDS)
        self.rails = self.space.rails(predicate)
        self._fix_today()
        self._given = {path: self._given_literal(one) for path, one in opens.items()}
        self._complete_entries()

    def literal(self, truth: Truth) -> int:
        """Return the literal that the predicate has a truth."""
        match truth:
            case Truth.TRUE:
                return self.rails.true
            case Truth.FALSE:
                return -self.rails.possible
            case Truth.UNKNOWN:
                return self.space.gates.conj((self.rails.possible, -self.rails.true))

    # --- questions ------------------------------------------------------------------------------

    def can_be(self, truths: Iterable[Truth], given: Iterable[Steps]) -> bool:
        """Return whether some values at these paths, or at some of them, give one of the truths.

        NotDecided past a limit. `refusal` then names paths of which one more is needed.
        """
        return self.space.possible(self._one_of(truths), *self._as_they_are(given))

    def refusal(self) -> frozenset[Steps]:
        """Return the paths that the last answer "no" rests on: one of them would have to be given."""
        of = {-literal: path for path, literal in self._given.items()}
        return frozenset(of[literal] for literal in self.space.core() if literal in of)

    def leaves(
        self,
        truths: Iterable[Truth],
        given: Iterable[Steps],
        free: Iterable[Steps] = (),
        one_of: Iterable[Steps] = (),
    ) -> bool:
        """Return whether some values at all of these paths leave one of the truths.

        The paths ``free`` are as they are or given, and the others as they are. Where there are any,
        ``one_of`` has to be given.
        """
        chosen = list(given)
        present = [self._present(path) for path in chosen]
        if one := [self._present(path) for path in one_of]:
            present.append(self.space.gates.disj(one))
        return self.space.possible(self._one_of(truths), *present, *self._as_they_are([*chosen, *free]))

    def needed(self, given: Iterable[Steps], others: Iterable[Steps]) -> list[Steps]:
        """Return which of the others have to be given, however many are: without it it can stay unknown."""
        known, paths = list(given), list(others)
        return [p for p in paths if self.leaves((UNKNOWN,), [*known, *(one for one in paths if one != p)])]

    def given_in_model(self) -> frozenset[Steps]:
        """Return the paths that have a value in the last answer "yes"."""
        return frozenset(path for path in self.opens if self.space.holds(self._present(path)))

    def values(self, paths: Iterable[Steps]) -> dict[Steps, Any]:
        """Return the values of the last answer "yes" at those of the paths that are given, as JSON."""
        space, today = self.space, self.evaluator.today
        return {p: space.value(p, today) for p in paths if space.holds(self._given[p])}

    def completed(self, paths: Iterable[Steps]) -> Record:
        """Return the record with the values of the last answer "yes" at those of the paths that are given."""
        data = self.evaluator.record.data
        for path, value in self.values(paths).items():
            data = with_value(data, path, value)
        return read_record(self.evaluator.record.schema, data)

    def given(self, path: Steps) -> int:
        """Return the literal that a value is given, or is another than it was."""
        return self._given[path]

    def _one_of(self, truths: Iterable[Truth]) -> int:
        return self.space.gates.disj(self.literal(truth) for truth in truths)

    def _as_they_are(self, given: Iterable[Steps]) -> list[int]:
        chosen = set(given)
        return [-literal for path, literal in self._given.items() if path not in chosen]

    def _present(self, path: Steps) -> int:
        return self.space.present(path)

    # --- what holds of every record -------------------------------------------------------------

    def _fix_today(self) -> None:
        regions, today = self.space.regions, self.evaluator.today
        absent, clause = regions.absent(TODAY), self.space.gates.clause
        if today is None:
            clause(absent)
            return
        clause(-absent)
        clause(regions.later(TODAY, (), None, (), today.toordinal()))
        clause(-regions.later(TODAY, (), None, (), today.toordinal() + 1))

    def _given_literal(self, value: Open) -> int:
        """Return the literal that a value is given or changed, and demand that it then fits and is of use."""
        path, gates = value.path, self.space.gates
        present = self.space.present(path)
        if isinstance(value.type, Nodes):
            # A group is there by itself, or by something given below it.
            own = gates.solver.fresh()
            below = [p for p in self.opens if p != path and p[: len(path)] == path]
            gates.clause(-present, own, *(self.space.present(p) for p in below))
            gates.clause(present, -own)
            return own
        if value.within is not None:
            for literal in self._literals(path, value.within):
                gates.clause(-present, literal)
        self._demand_use(path, value.type)
        if not is_settled(value.now):
            return present
        gates.clause(present)
        return -gates.conj(self._literals(path, value.now))

    def _literals(self, path: Steps, value: Value | None) -> list[int]:
        """Return the literals that a path has a value, its presence left out."""
        return list(literals_of(self.space.regions, path, value, self.evaluator.today))[1:]

    def _demand_use(self, path: Steps, type_: types.Type) -> None:
        """Demand that a value is one that rules can use: a past date, an attestation in force."""
        regions, gates = self.space.regions, self.space.gates
        if self.evaluator.today is None:
            return
        absent = regions.absent(path)
        match type_:
            case types.Date(past=True):
                gates.clause(absent, regions.later(TODAY, (), path, (), 0))
            case types.Attestation(role):
                gates.clause(absent, regions.attestation(path, f"`{role}`"))
            case _:
                pass

    def _complete_entries(self) -> None:
        """Demand that the entries of a list that is given lack nothing."""
        lists = [path for path, one in self.opens.items() if isinstance(one.type, types.List)]
        for path in list(self.space.regions.absents):
            if any(path[: len(one)] == one and len(path) > len(one) for one in lists):
                self.space.gates.clause(self.space.present(path))
                for type_ in self.space.regions.types_at(path):
                    self._demand_use(path, type_)


# --- bounds as predicates -----------------------------------------------------------------------


class _Bounds:
    """Writes what ranges say as predicates of exact values."""

    def __init__(self, opens: Mapping[Steps, Open], evaluator: Evaluator) -> None:
        self.opens = opens
        self.evaluator = evaluator
        self._memo: dict[int, tuple[Predicate, Predicate]] = {}

    def without(self, node: Predicate) -> Predicate:
        """Return a predicate of the same truth in which every constant is exact."""
        if id(node) not in self._memo:
            self._memo[id(node)] = (self._without(node), node)
        return self._memo[id(node)][0]

    def _without(self, node: Predicate) -> Predicate:
        match node:
            case c.Not(operand):
                return negation(self.without(operand))
            case c.And(operands):
                return conjunction([self.without(x) for x in operands], node.span)
            case c.Or(operands):
                return disjunction([self.without(x) for x in operands], node.span)
            case c.AtLeast(n, operands):
                return at_least(n, [self.without(x) for x in operands], node.span)
            case c.AtLeastEntries(body=body):
                return attrs.evolve(node, body=self.without(body))
            case c.Compare() | c.OneOf():
                return self._comparison(node)
            case _:
                return node

    def _comparison(self, node: c.Compare | c.OneOf) -> Predicate:
        paths = dict.fromkeys(p.steps for p in c.paths(node) if p.entry is None)
        bounded = [path for path in paths if is_bounded(self.opens[path].now)]  # type: ignore[index]
        if len(bounded) > MAX_BOUNDED:
            raise NotDecided(f"more than {MAX_BOUNDED} bounded values are compared at once")
        return self._told_apart(node, bounded)  # type: ignore[arg-type]

    def _told_apart(self, node: Predicate, bounded: list[Steps]) -> Predicate:
        """Return a comparison by cases: which of its bounded values are given."""
        if not bounded or not isinstance(node, c.Compare | c.OneOf):
            return exact_ends(node, self.evaluator)
        path, rest = bounded[0], bounded[1:]
        given = self._told_apart(node, rest)
        as_it_is = Folder(self.evaluator, lambda where: where != path, changes=True).fold(node, {})
        kept = self._told_apart(as_it_is, rest)
        if isinstance(kept, c.Fixed) and kept.truth is UNKNOWN:
            return given  # which is unknown too while the value is not given
        absent = c.Missing(concrete(path), span=node.span)
        cases = [conjunction([absent, kept], node.span), conjunction([negation(absent), given], node.span)]
        return disjunction(cases, node.span)


def exact_ends(node: Predicate, evaluator: Evaluator) -> Predicate:
    """Return a comparison of the same truth that has the ends of a range where it had the range."""
    try:
        match node:
            case c.Compare(op, left, right) if _is_ranged(left) or _is_ranged(right):
                if op in ("<", "<="):
                    op, left, right = op.replace("<", ">"), right, left
                return _between(op, _ends(left, evaluator), _ends(right, evaluator), node.span)
            case c.OneOf(item, values) if _is_ranged(item):
                return _one_of(item, values, _ends(item, evaluator), node.span)
            case _:
                return node
    except Unusable:
        return fixed(UNKNOWN)


Ends = tuple[c.Term | None, c.Term | None]
"""The least and the greatest of a term, None where it has no end."""


def _between(op: str, left: Ends, right: Ends, span: Span) -> Predicate:
    """Return ``left op right`` by the ends; ``op`` is one of ``>= > = !=``."""
    (low, high), (other_low, other_high) = left, right

    def both(first: Predicate, second: Predicate) -> Predicate:
        return conjunction([first, second], span)

    if op in (">=", ">"):
        return _rails(_reaches(op, low, other_high, FALSE, span), _reaches(op, high, other_low, TRUE, span))
    surely = both(_reaches(">=", low, other_high, FALSE, span), _reaches(">=", other_low, high, FALSE, span))
    possibly = both(_reaches(">=", high, other_low, TRUE, span), _reaches(">=", other_high, low, TRUE, span))
    equal = _rails(surely, possibly)
    return equal if op == "=" else negation(equal)


def _one_of(item: c.Term, values: tuple[c.Constant, ...], ends: Ends, span: Span) -> Predicate:
    def meets(value: c.Constant) -> Predicate:
        return _between("=", ends, (value, value), span)

    def may_be(value: c.Constant) -> Predicate:
        (low, high) = ends
        parts = [_reaches(">=", high, value, TRUE, span), _reaches(">=", value, low, TRUE, span)]
        return conjunction(parts, span)

    possibly = disjunction([may_be(value) for value in values], span)
    if not isinstance(item, c.Graded):
        # A sum stands for all numbers between its ends, so only a single number is surely one of them.
        return disjunction([_rails(fixed(FALSE), possibly), *(meets(value) for value in values)], span)
    among = {value.value.low for value in values}
    ranks = [c.Constant(exactly(r), item.type, span=span) for r in range(len(item.type.levels))]
    surely = conjunction([negation(may_be(r)) for r in ranks if r.value.low not in among], span)
    return _rails(surely, possibly)


def _rails(surely: Predicate, possibly: Predicate) -> Predicate:
    """Return a predicate that is true where it surely is, false where it is not possible."""
    span = surely.span
    return disjunction([surely, conjunction([possibly, fixed(UNKNOWN)], span)], span)


def _reaches(op: str, left: c.Term | None, right: c.Term | None, without_end: Truth, span: Span) -> Predicate:
    if left is None or right is None:
        return fixed(without_end)
    if isinstance(left, c.Constant) and isinstance(right, c.Constant):
        return fixed(compare(op, left.value, right.value))
    return c.Compare(op, left, right, span=span)


def _is_ranged(term: c.Term) -> bool:
    match term:
        case c.Constant(value):
            return not value.is_exact
        case c.Sum(parts):
            return any(_is_ranged(atom) for _, atom in parts)
        case c.DateSum(base):
            return _is_ranged(base)
        case c.Graded(subject=subject):
            return _is_ranged(subject)
        case _:
            return False


def _ends(term: c.Term, evaluator: Evaluator) -> Ends:
    """Return the ends of a term; Unusable when it has no value."""
    if not c.term_paths(term):
        value = evaluator.range_of(term, {})
        if value is None:
            raise Unusable
        least, greatest = (_constant(end, term.type, term.span) for end in (value.low, value.high))
        return least, greatest
    match term:
        case c.Sum(parts):
            ends = [(k, _ends(atom, evaluator)) for k, atom in parts if k != 0 or not _is_ranged(atom)]
            lows = tuple((k, low if k >= 0 else high) for k, (low, high) in ends)
            highs = tuple((k, high if k >= 0 else low) for k, (low, high) in ends)
            return _sum(term, lows), _sum(term, highs)
        case c.Graded(subject=subject, bounds=bounds):
            low, high = _ends(subject, evaluator)
            lowest, highest = 0, max(rank for _, rank in bounds)
            return _graded(term, low, lowest), _graded(term, high, highest)
        case _:
            return term, term


def _sum(term: c.Sum, parts: tuple[tuple[Fraction, Any], ...]) -> c.Sum | None:
    return None if any(end is None for _, end in parts) else attrs.evolve(term, parts=parts)


def _constant(end: Any, type_: types.Leaf, span: Span) -> c.Constant | None:
    return None if end in OPEN else c.Constant(exactly(end), type_, span=span)


def _graded(term: c.Graded, subject: Any, without_end: int) -> c.Term:
    if subject is None:
        return c.Constant(exactly(without_end), term.type, span=term.span)
    return attrs.evolve(term, subject=subject)
