"""A proof as an indented text that is read from its outcome down.

What two statements rest on is told once and numbered; a negation is told with what it negates. The
tree is a flat sequence of lines with their depths, so that no proof is too deep for anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import attrs

from policylang.proof import proof as p
from policylang.truth import UNKNOWN
from policylang.proof.statements import Names, statement_text

NEGATED = " (negated)"


@attrs.frozen
class Line:
    """A statement at its depth; ``number`` if later lines refer to it, ``sees`` if it was told before."""

    depth: int
    place: int
    is_negated: bool
    number: int | None
    sees: int | None
    rests: bool  # whether lines that it rests on follow below it


def names_of(proof: p.Proof) -> Names:
    """Return the labels of the rules of a proof whose policy is at hand."""
    rules = () if proof.decision is None else proof.decision.policy.rules
    return {rule.digest: rule.label for rule in rules}


def line_text(proof: p.Proof, line: Line, names: Names) -> str:
    """Return a line's statement, with how it is meant and where else it is told."""
    text = statement_text(proof, line.place, names)
    text += NEGATED if line.is_negated else ""
    text += f" [{line.number}]" if line.number is not None else ""
    return f"{text} (see [{line.sees}])" if line.sees is not None else text


def tree_lines(proof: p.Proof) -> Iterator[str]:
    """Yield a proof as lines of text, each outcome with what it rests on indented below it."""
    names = names_of(proof)
    free = {proof.root(one.action) for one in proof.conclusions if not one.constrained}
    for line in outline(proof):
        text = line_text(proof, line, names)
        text += ", but no rule constrains it" if line.place in free else ""
        yield f"{'  ' * line.depth}{text}{':' if line.rests else ''}"


def outline(proof: p.Proof, actions: Iterable[str] | None = None) -> list[Line]:
    """Return the lines of the outcomes of some actions, of all that the proof concludes by default.

    ProofError for a proof that nobody has verified and that rests on nodes that are not there.
    """
    asked = [one.action for one in proof.conclusions] if actions is None else actions
    return list(_Outline(proof).lines([proof.root(action) for action in asked]))


class _Outline:
    def __init__(self, proof: p.Proof) -> None:
        self.proof = proof
        shown = [(d, shallow) for d, shallow in proof.predicates.items() if isinstance(shallow, Mapping)]
        self.negations = {digest for digest, shallow in shown if "not" in shallow}
        self.facts = {digest for digest, shallow in shown if "holds" in shallow}
        self.numbers: dict[int, int] = {}

    def lines(self, roots: list[int]) -> Iterator[Line]:
        shared = self.shared(roots)
        told: set[int] = set()
        pending = [(0, place, False) for place in reversed(roots)]
        while pending:
            depth, place, is_negated = pending.pop()
            if place in told and place in shared:
                yield Line(depth, place, is_negated, None, self.number(place), False)
                continue
            told.add(place)
            below = list(self.below(place, shared))
            number = self.number(place) if place in shared else None
            yield Line(depth, place, is_negated, number, None, bool(below))
            pending += [(depth + step, premise, negated) for step, premise, negated in reversed(below)]

    def number(self, place: int) -> int:
        return self.numbers.setdefault(place, len(self.numbers) + 1)

    def shared(self, roots: list[int]) -> set[int]:
        """Return the nodes with premises that several others rest on."""
        counts = Counter(roots)
        seen: set[int] = set()
        pending = list(roots)
        while pending:
            place = pending.pop()
            if place not in seen:
                seen.add(place)
                premises = [case[0] for case in self.premises(place)]
                counts.update(premises)
                pending += premises
        return {place for place, count in counts.items() if count > 1 and self.premises(place)}

    def below(self, place: int, shared: set[int]) -> Iterator[tuple[int, int, bool]]:
        """Yield what is told below a node: how much deeper, its place, whether negated.

        A history is told backwards at one depth: what was in force before stands beside what still is.
        """
        statement, cases = self.node(place).statement, self.premises(place)
        match statement:
            case p.Gate("open", action):
                own = [
                    case
                    for case in cases
                    if self.node(case[0]).statement == p.Gate("clear", action, statement.on)
                ]
                if own and own[0][0] not in shared:  # it says the same where an action widens nothing
                    yield from ((1, *case) for case in self.premises(own[0][0]))
                    cases.remove(own[0])
            case p.InForce():
                cases.sort(key=lambda case: isinstance(self.node(case[0]).statement, p.Held))
            case p.Held():
                cases.sort(key=lambda case: isinstance(self.node(case[0]).statement, p.InForce))
            case _:
                pass
        for premise, is_negated in cases:
            before = isinstance(statement, p.Held) and isinstance(self.node(premise).statement, p.InForce)
            yield -1 if before else 1, premise, is_negated

    def premises(self, place: int) -> list[tuple[int, bool]]:
        """Return what is told below a node: its premises, what a negation negates in place of it."""
        found = []
        node = self.node(place)
        is_fact = isinstance(node.statement, p.Predicated) and node.statement.predicate in self.facts
        if is_fact and node.truth is not UNKNOWN:  # its line says what the fact says
            return []
        for premise in self.below_it(place):
            at, is_negated = premise, False
            while self.is_negation(at):
                (at,), is_negated = self.below_it(at), not is_negated
            found.append((at, is_negated))
        return found

    def is_negation(self, place: int) -> bool:
        node = self.node(place)
        is_not = isinstance(node.statement, p.Predicated) and node.statement.predicate in self.negations
        return is_not and len(node.premises) == 1

    def below_it(self, place: int) -> tuple[int, ...]:
        premises = self.node(place).premises
        if premises and not 0 <= min(premises) <= max(premises) < place:
            raise p.ProofError(f"nodes[{place}]", "a premise does not stand before it")
        return premises

    def node(self, place: int) -> p.Node:
        return self.proof.nodes[place]
