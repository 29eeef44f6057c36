"""What a comparison asks of a value, as the end of a sentence: "at most Medium", "from High up"."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, assert_never

from policylang.core.evaluator import Evaluator
from policylang.core.support import AtHand
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.proof.words import exact_text, listed, range_text, term_text

OPPOSITE = {">=": "<", "<": ">=", ">": "<=", "<=": ">", "=": "!=", "!=": "="}
MIRRORED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "=": "=", "!=": "!="}

Named = Callable[[c.Path], str]
"""How a path is called: in full, or for all members of a set at once."""


class Wanted(NamedTuple):
    """What is asked, as it stands behind "the rule requires", and whether it is all that will do."""

    text: str
    is_exact: bool = False


def allowed(node: c.Atom, at_hand: AtHand, evaluator: Evaluator, named: Named) -> Wanted:
    """Return what makes an atom true."""
    match node:
        case c.Compare(op, _, right):
            return _compared(op, right, _bound(right, at_hand, evaluator, named))
        case c.OneOf(_, values):
            return Wanted(listed([exact_text(v.value.low, v.type) for v in values], "or"), True)
        case c.Missing():
            return Wanted("absence", True)
        case c.Holds():
            return Wanted("true", True)
        case c.Attested(_, role, within):
            return Wanted(f"a positive attestation by {role}{f' within {within}' if within else ''}")
        case c.Fixed(truth):
            return Wanted(str(truth), True)
        case _:
            assert_never(node)


def refused(node: c.Atom, at_hand: AtHand, evaluator: Evaluator, named: Named) -> Wanted:
    """Return what makes an atom false."""
    match node:
        case c.Compare(op, _, right):
            return _compared(OPPOSITE[op], right, _bound(right, at_hand, evaluator, named))
        case c.OneOf(_, values):
            names = [exact_text(v.value.low, v.type) for v in values]
            return Wanted(f"anything but {listed(names)}")
        case c.Missing():
            return Wanted("a value")
        case c.Holds():
            return Wanted("false", True)
        case c.Attested(_, role, within):
            return Wanted(f"a negative attestation by {role}{f' within {within}' if within else ''}")
        case c.Fixed(truth):
            return Wanted(str(~truth), True)
        case _:
            assert_never(node)


def reach(node: c.Atom, at_hand: AtHand, evaluator: Evaluator, named: Named) -> str:
    """Return where an atom is true, as what stands behind "the rule applies"."""
    match node:
        case c.Compare(op, _, right):
            bound = _bound(right, at_hand, evaluator, named)
            is_date = isinstance(right.type, types.Date)
            match op:
                case ">=" if _is_end(right, top=True):
                    return f"at {bound}"
                case ">=":
                    return f"from {bound} on" if is_date else f"from {bound} up"
                case "<=" if _is_end(right, top=False):
                    return f"at {bound}"
                case "<=":
                    return f"until {bound}" if is_date else f"up to {bound}"
                case ">":
                    return f"after {bound}" if is_date else f"above {bound}"
                case "<":
                    return f"before {bound}" if is_date else f"below {bound}"
                case "=":
                    return f"when it is {bound}"
                case _:
                    return f"when it is anything but {bound}"
        case c.Missing():
            return "when it is absent"
        case c.Fixed():
            return "always"
        case c.OneOf() | c.Holds():
            return f"when it is {allowed(node, at_hand, evaluator, named).text}"
        case c.Attested():
            return f"given {allowed(node, at_hand, evaluator, named).text}"
        case _:
            assert_never(node)


def _compared(op: str, right: c.Term, bound: str) -> Wanted:
    """Return "at most Medium" and its like; of a level that is given the next one is named."""
    scale = right.type if isinstance(right, c.Constant) and isinstance(right.type, types.Scale) else None
    if scale is not None and isinstance(right, c.Constant):
        rank = right.value.low
        if op == "<" and rank > 0:
            lower = scale.levels[rank - 1]
            return Wanted(f"at most {lower}") if rank > 1 else Wanted(lower, True)
        if op == ">" and rank < len(scale.levels) - 1:
            higher = scale.levels[rank + 1]
            is_top = higher == scale.levels[-1]
            return Wanted(higher, True) if is_top else Wanted(f"at least {higher}")
    if isinstance(right.type, types.Date):
        words = {">=": "{} or later", "<=": "{} or earlier", ">": "a date after {}", "<": "a date before {}"}
    else:
        number = isinstance(right.type, types.Number)
        words = {
            ">=": "at least {}",
            "<=": "at most {}",
            ">": "more than {}" if number else "a level above {}",
            "<": "less than {}" if number else "a level below {}",
        }
    return Wanted(words.get(op, "{}" if op == "=" else "anything but {}").format(bound), op == "=")


def _is_end(term: c.Term, top: bool) -> bool:
    """Return whether a term is the highest level of its scale, or the lowest."""
    if not (isinstance(term, c.Constant) and isinstance(term.type, types.Scale)):
        return False
    return bool(term.value.low == (len(term.type.levels) - 1 if top else 0))


def _bound(term: c.Term, at_hand: AtHand, evaluator: Evaluator, named: Named) -> str:
    """Return a bound: a literal as it is, anything else with what it comes to."""
    text = term_text(term, named)
    if isinstance(term, c.Constant):
        return text
    value = evaluator.range_of(term, at_hand)
    worth = "unknown" if value is None else range_text(value.low, value.high, term.type)
    return f"{text} ({worth})"
