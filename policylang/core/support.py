"""What a truth rests on: the premises that a predicate's truth needs, and the values they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from policylang.core.evaluator import Evaluator, steps
from policylang.core.predicates import Predicate
from policylang.core.record import Steps
from policylang.language import checked as c
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Attestation, Entries, Range, Value

AtHand = Mapping[str, Steps]
Premise = tuple[Predicate, AtHand]


def parts(node: Predicate, at_hand: AtHand, evaluator: Evaluator) -> list[Premise]:
    """Return the parts right below a predicate: its operands, or its body at each entry of a list."""
    if not isinstance(node, c.AtLeastEntries):
        return [(child, at_hand) for child in c.children(node)]
    where = steps(node.list, at_hand)
    known = evaluator.record[where]
    count = known.count if isinstance(known, Entries) else 0
    return [(node.body, {**at_hand, node.entry: (*where, i)}) for i in range(count)]


def premises(node: Predicate, at_hand: AtHand, evaluator: Evaluator) -> list[Premise]:
    """Return the parts below a predicate that its truth rests on.

    One false part makes a conjunction false; all true ones make it true; an unknown one rests on
    every part, as none may decide. A disjunction is the mirror image.
    """
    truth = evaluator.evaluate(node, at_hand)
    match node:
        case c.Not(operand):
            return [(operand, at_hand)]
        case c.And(operands):
            return _enough([(x, at_hand) for x in operands], FALSE, truth, evaluator)
        case c.Or(operands):
            return _enough([(x, at_hand) for x in operands], TRUE, truth, evaluator)
        case c.AtLeast(n, operands):
            return _counted(n, [(x, at_hand) for x in operands], truth, evaluator)
        case c.AtLeastEntries(n):
            return _counted(n, parts(node, at_hand, evaluator), truth, evaluator)
        case _:
            return []


def _enough(parts: list[Premise], decisive: Truth, truth: Truth, evaluator: Evaluator) -> list[Premise]:
    if truth is decisive:
        return [next(p for p in parts if evaluator.evaluate(*p) is decisive)]
    return parts


def _counted(n: int, parts: list[Premise], truth: Truth, evaluator: Evaluator) -> list[Premise]:
    """Return ``n`` true parts; or, of a count that fails or is open, all that say why."""
    if truth is TRUE:
        return [p for p in parts if evaluator.evaluate(*p) is TRUE][: max(n, 0)]
    if truth is FALSE:
        return [p for p in parts if evaluator.evaluate(*p) is FALSE][: len(parts) - n + 1]
    return parts


def walk(starts: Iterable[Premise], evaluator: Evaluator, only: Truth | None = None) -> Iterator[Premise]:
    """Yield every premise below some predicates, themselves included, each once.

    With ``only`` parts of another truth are left out with all below them.
    """
    seen: set[tuple[int, tuple[tuple[str, Steps], ...]]] = set()
    pending = list(starts)
    pending.reverse()
    while pending:
        node, at_hand = pending.pop()
        key = (id(node), tuple(at_hand.items()))
        if key in seen or (only is not None and evaluator.evaluate(node, at_hand) is not only):
            continue
        seen.add(key)
        yield node, at_hand
        pending += reversed(premises(node, at_hand, evaluator))


class Measured(Evaluator):
    """Evaluates as if nobody had attested anything."""

    def attested(self, node: c.Attested, value: object) -> Truth:
        return UNKNOWN


def attestations_behind(starts: Iterable[Premise], evaluator: Evaluator) -> Iterator[Steps]:
    """Yield where the attestations are that some truths rest on.

    A truth rests on attestations when it would be unknown without any; then it rests on those of
    every part that makes it. So no order of operands changes what is listed.
    """
    measured = Measured(evaluator.record, evaluator.today)
    pending = list(starts)
    pending.reverse()
    while pending:
        node, at_hand = pending.pop()
        truth = evaluator.evaluate(node, at_hand)
        if truth is UNKNOWN or measured.evaluate(node, at_hand) is not UNKNOWN:
            continue
        if isinstance(node, c.Attested):
            yield steps(node.path, at_hand)
        wanted = ~truth if isinstance(node, c.Not) else truth
        below = parts(node, at_hand, evaluator)
        pending += reversed([part for part in below if evaluator.evaluate(*part) is wanted])


def open_paths(node: Predicate, evaluator: Evaluator) -> list[Steps]:
    """Return the paths whose value is absent, unusable or bounded and leaves a predicate unknown."""
    found: dict[Steps, None] = {}
    for part, at_hand in walk([(node, {})], evaluator, only=UNKNOWN):
        for path in c.paths(part):
            where = steps(path, at_hand)
            value = evaluator.record[where]
            if isinstance(part, c.AtLeastEntries):
                if value is None:
                    found[where] = None
            elif not _is_usable(part, path, value, evaluator):
                found[where] = None
    return list(found)


def _is_usable(part: Predicate, path: c.Path, value: Value | None, evaluator: Evaluator) -> bool:
    """Return whether a value leaves nothing open: one that only lacks today is no other value's matter."""
    if isinstance(value, Attestation):
        return evaluator.today is None
    if not isinstance(value, Range) or not value.is_exact:
        return False
    terms = [*c.terms(part)]
    while terms:
        term = terms.pop()
        match term:
            case c.FieldValue(at, type_) if at == path:
                return evaluator.today is None or evaluator.field(value, type_) is not None
            case c.DateSum(base):
                terms.append(base)
            case c.Graded(subject=subject):
                terms.append(subject)
            case _:
                pass
    return True
