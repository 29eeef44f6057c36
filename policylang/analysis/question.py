"""A predicate on one record, and what it can come to as unknown values become known.

Each answer is exact. A formula that takes the atoms one by one leaves few sets of values to look at, a
few values that are tried accept most of those, and the solver decides what is left: over the cases of
the values where these can be listed (`Cases`), over all records elsewhere (`Completions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations, islice
from typing import TYPE_CHECKING

from policylang.analysis.cases import Cases, are_listed
from policylang.analysis.completions import Completions
from policylang.analysis.folding import open_steps, read
from policylang.analysis.implicants import NEVER, Node, of_paths, places, smallest_sets, threshold
from policylang.analysis.reaching import Reach
from policylang.analysis.reading import atoms
from policylang.analysis.solver import NotDecided
from policylang.analysis.unknowns import MAX_OPEN, Aim, ends_known, patched
from policylang.analysis.ways import Ways, ways
from policylang.analysis.witness import Unconfirmed
from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Predicate
from policylang.core.record import Steps, path_text
from policylang.language import checked as c
from policylang.source import deep_stack
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth

if TYPE_CHECKING:
    from policylang.analysis.opened import Unknowns

MAX_ABSENCES = 5  # values that end an absence: each may be given or not


class Question:
    """A predicate on the record of a decision; sets of its unknown values are whole numbers."""

    def __init__(self, unknowns: Unknowns, predicate: Predicate, parts: Iterable[Predicate] | None) -> None:
        """``parts`` are what it is made of in the order of the rules, where that is another one."""
        self.predicate = predicate
        self.unknowns = unknowns
        with deep_stack():
            self.folded = unknowns.folded(predicate)
            self.reading = [(atom, open_steps(atom)) for atom in atoms([self.folded])]
            inside = dict.fromkeys(path for _, paths in self.reading for path in paths)
            in_order = inside if parts is None else read(map(unknowns.folded, parts))
        self.opens = {p: one for p in in_order if p in inside and (one := unknowns.open(p)) is not None}
        self.paths = tuple(islice(self.opens, MAX_OPEN))
        self.everything = (1 << len(self.paths)) - 1
        self._places = {path: place for place, path in enumerate(self.paths)}
        self._reaches: dict[int, Reach] = {}

    @cached_property
    def completions(self) -> Completions | Cases:
        """The records that this one may turn out to be; NotDecided where there is too much to say."""
        if not self._is_all:
            raise NotDecided("too many values are unknown")
        with deep_stack():
            if self._are_listed:
                return Cases(self.folded, self.reading, self.opens, self.unknowns.values)
            return Completions(self.folded, self.opens, self.unknowns.evaluator, self.unknowns.schema)

    @cached_property
    def _are_listed(self) -> bool:
        return are_listed(self.reading, self.opens.values())

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """All unknown values as people write their paths, those that are looked at first."""
        return tuple(path_text(path) for path in self.opens)

    @property
    def _is_all(self) -> bool:
        """Return whether all unknown values are looked at, and not the first ones only."""
        return len(self.paths) == len(self.opens) and not self.unknowns.is_cut

    def _chosen(self, number: int) -> list[Steps]:
        return [self.paths[place] for place in places(number)]

    def _number(self, paths: Iterable[Steps]) -> int:
        return sum(1 << self._places[path] for path in paths)

    def _ways(self, found: Iterator[int]) -> Ways:
        with deep_stack():
            return ways(found, self.texts, self._is_all)

    # --- may: some values decide it -------------------------------------------------------------

    @cached_property
    def missing(self) -> Ways:
        """The sets that may settle it; all unknown values as one set when none was found in time."""
        if self.may_settle or self.may_settle.is_complete:
            return self.may_settle
        rest = Ways([self.texts])
        rest.is_complete = False
        return rest

    @cached_property
    def lacks(self) -> tuple[str, ...]:
        """All paths of the sets that may settle it, in order; of all unknown values past a limit."""
        ways = self.may_settle
        rest = () if ways.is_complete else self.texts
        return tuple(dict.fromkeys([*(path for way in ways for path in way), *rest]))

    @cached_property
    def may_settle(self) -> Ways:
        alone = {path for truth in (TRUE, FALSE) for path in self._deciding(truth)}
        if alone == self.opens.keys():  # as with most of what is not decided
            return Ways((text,) for text in self.texts)
        return self._ways(self._settling(self._number(path for path in self.paths if path in alone)))

    def _settling(self, alone: int) -> Iterator[int]:
        """Yield the minimal sets that may settle it: those values that do so alone, and sets of others."""
        yield from (1 << place for place in places(alone))
        others = self.everything & ~alone
        reaching = {truth: self._reaching(truth, others) for truth in (TRUE, FALSE)}

        def unsettled(chosen: int) -> int | None:
            """Return None when some values at these paths decide it, otherwise what they lack."""
            if any(self._is_met(truth, formula, chosen) for truth, formula in reaching.items()):
                return None
            given = self._chosen(chosen)
            if self.completions.can_be((TRUE, FALSE), given):
                self._confirm(given, (TRUE, FALSE))
                return None
            return self._number(self.completions.refusal()) & others

        formula = threshold(1, reaching.values())
        yield from smallest_sets(formula, (lambda _: None) if self._is_read_once else unsettled)

    def _deciding(self, truth: Truth) -> Iterator[Steps]:
        """Yield values that may each give it a truth alone, by an atom that is the whole or decides it."""
        node, wanted = _inside(self.folded, truth)
        match node:
            case c.And(operands):
                parts = operands if wanted is FALSE else ()
            case c.Or(operands):
                parts = operands if wanted is TRUE else ()
            case _:
                parts = (node,)
        for part in parts:
            atom, needed = _inside(part, wanted)
            if isinstance(atom, c.Compare | c.OneOf | c.Holds | c.Attested):
                paths = open_steps(atom)
                if len(paths) == 1 and self.unknowns.values.told(atom, self.opens[paths[0]])[needed.value]:
                    yield paths[0]

    @cached_property
    def _is_read_once(self) -> bool:
        """Return whether each value stands in one atom, which it makes true or false as it likes.

        Then each may be what everything hinges on: the others can be such that without it, and only
        without it, the predicate is unknown.
        """
        read_by = [path for _, paths in self.reading for path in paths]
        if len(set(read_by)) < len(read_by) or not all(self._is_free(*one) for one in self.reading):
            return False
        pending, seen = [self.folded], set[int]()
        while pending:
            node = pending.pop()
            if id(node) in seen:
                return False
            seen.add(id(node))
            pending += c.children(node)
        return True

    def _is_free(self, atom: Predicate, paths: Sequence[Steps]) -> bool:
        """Return whether an atom reads one value, which makes it true or false as it likes."""
        if not isinstance(atom, c.Compare | c.OneOf | c.Holds | c.Attested) or len(paths) > 1:
            return False
        told = self.unknowns.values.told(atom, self.opens[paths[0]])
        return bool(told[TRUE.value] and told[FALSE.value])

    def _reaching(self, truth: Truth, among: int) -> Node:
        """Return the formula that it may come to a truth, as paths among some are chosen."""
        with deep_stack():
            if among not in self._reaches:
                at = {path: self._places[path] for path in self._chosen(among)}
                self._reaches[among] = Reach(self.unknowns.values, self.reading, self.opens, at)
            return self._reaches[among].of(self.folded, truth)

    def _is_met(self, truth: Truth, formula: Node, chosen: int) -> bool:
        """Return whether values at these paths were found that make a truth; the formula is that it may."""
        parts: list[Node] = []
        if not _holds(formula, chosen, parts):
            return False
        values = self.unknowns.values
        found = values.meet(
            (part.about, [self.opens[path] for path in self._chosen(part.support & chosen)])
            for part in parts
            if isinstance(part.about, Aim)
        )
        if found is None:
            return False
        if not chosen & self._absences:
            return True  # whatever the other values are
        for path in self._chosen(chosen):
            samples = [found[path]] if path in found else values.samples(self.opens[path])
            if not samples:
                return False
            found[path] = samples[0]
        return patched(self.unknowns.evaluator, found).evaluate(self.folded) is truth

    @cached_property
    def _absences(self) -> int:
        """The paths that, once given, end an absence that the predicate looks at."""
        looked_at = [atom.path.steps for atom, _ in self.reading if isinstance(atom, c.Missing)]
        return self._number(p for p in self.paths if any(p[: len(at)] == at for at in looked_at))

    # --- surely: all values decide it -------------------------------------------------------------

    @cached_property
    def surely_settles(self) -> Ways:
        """The sets that settle it whatever their values are; past a limit those found so far."""
        if self._is_all and self._is_read_once and ends_known(self.folded, self.unknowns.evaluator.today):
            return Ways([self.texts])  # nothing less does
        return self._ways(self._surely())

    def _surely(self) -> Iterator[int]:
        """Yield the minimal sets all whose values decide it.

        More values keep it decided, but for those that end an absence that it looks at. So sets are
        looked for with each choice of those in turn.
        """
        absences = places(self._absences)
        if not absences:
            yield from self._surely_beside(0)
            return
        if len(absences) > MAX_ABSENCES:
            raise NotDecided(f"more than {MAX_ABSENCES} values are missing that rules ask about")
        found: list[int] = []
        for count in range(len(absences) + 1):
            for ended in combinations(absences, count):
                fixed = sum(1 << place for place in ended)
                found += (fixed | chosen for chosen in self._surely_beside(fixed))
        yield from (one for one in found if not any(one & less == less != one for less in found))

    def _surely_beside(self, fixed: int) -> Iterator[int]:
        """Yield the minimal sets that together with these absences ended surely decide it."""
        given, others = self._chosen(fixed), self._chosen(self.everything & ~self._absences)
        leaves = self.completions.leaves

        def undecided(chosen: int) -> int | None:
            """Return None when all values decide it; otherwise what a largest set that does not lacks."""
            known = frozenset(self._chosen(chosen))
            if not leaves((UNKNOWN,), [*given, *known], others):
                return None
            while True:
                known |= self.completions.given_in_model() & frozenset(others)
                rest = [path for path in others if path not in known]
                if not rest or not leaves((UNKNOWN,), [*given, *known], others, rest):
                    return self._number(rest)

        needed = self.completions.needed(given, others)
        return smallest_sets(of_paths(len(needed), self._number(needed)), undecided)

    # --- what is still possible -------------------------------------------------------------------

    def can_become(self, truth: Truth) -> bool:
        """Return whether it has a truth once every unknown value is known, whatever they may be."""
        if isinstance(self.folded, c.Fixed):
            return self.folded.truth is truth
        with deep_stack():
            if truth is UNKNOWN:
                if self._is_all and ends_known(self.folded, self.unknowns.evaluator.today):
                    return False
            elif any(True for _ in self._deciding(truth)):
                return True
            elif not self._are_listed:
                formula = self._reaching(truth, self.everything)
                if self._is_met(truth, formula, self.everything):
                    return True
                if self._is_all and formula is NEVER:
                    return False
            if not self.completions.leaves((truth,), self.paths):
                return False
            self._confirm(self.paths, (truth,))
            return True

    # --- the reference evaluator has the last word ------------------------------------------------

    def _confirm(self, given: Iterable[Steps], truths: tuple[Truth, ...]) -> None:
        """Run the evaluator on the record of the solver's last answer."""
        record = self.completions.completed(given)
        if Evaluator(record, self.unknowns.evaluator.today).evaluate(self.predicate) not in truths:
            raise Unconfirmed(", ".join(self.texts))


def _inside(node: Predicate, truth: Truth) -> tuple[Predicate, Truth]:
    """Return what a negation denies with the truth that it then has; anything else as it is."""
    return (node.operand, ~truth) if isinstance(node, c.Not) else (node, truth)


def _holds(formula: Node, chosen: int, about: list[Node]) -> bool:
    """Return whether a set satisfies a formula, and add the parts about atoms that are enough for it."""
    if not formula.parts:
        return formula.n <= (1 if formula.support & chosen else 0)
    lacking, before, left = formula.n, len(about), len(formula.parts)
    for part in formula.parts:
        if part.support & chosen and _holds(part, chosen, about):
            lacking -= 1
            if lacking == 0:
                break
        left -= 1
        if left < lacking:
            break
    if lacking:
        del about[before:]
        return False
    if formula.about is not None:
        about.append(formula)
    return True
