"""Literals a small step further: what a threshold moves by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
import re

import attrs

from policylang.language import lexical
from policylang.language import syntax as s
from policylang.values import Duration


def sum_steps(node: s.Sum) -> Iterator[s.Sum]:
    """Yield a sum with one of its literals a step further, up and down."""
    for place, (sign, term) in enumerate(node.terms):
        for new in _term_steps(term):
            yield attrs.evolve(node, terms=(*node.terms[:place], (sign, new), *node.terms[place + 1 :]))


def _term_steps(term: s.Term) -> Iterator[s.Term]:
    if term.coefficient is not None:
        for number in number_steps(term.coefficient):
            yield attrs.evolve(term, coefficient=number)
    for atom in _steps(term.atom):
        yield attrs.evolve(term, atom=atom)


def _steps(atom: s.Atom) -> Iterator[s.Atom]:
    match atom:
        case s.Number():
            yield from number_steps(atom)
        case s.DateLiteral(day):
            for days in (1, -1):
                try:
                    yield attrs.evolve(atom, value=day + timedelta(days))
                except OverflowError:
                    continue  # the first or the last day there is
        case s.DurationLiteral(Duration(count, unit)):
            for new in (count + 1, count - 1):
                if new >= 0:
                    yield attrs.evolve(atom, value=Duration(new, unit))
        case _:
            return


def number_steps(number: s.Number) -> Iterator[s.Number]:
    """Yield the number one unit of its last digit further: 0.05 gives 0.06 and 0.04, 5% gives 6% and 4%.

    A number with an exponent moves by a tenth of that: 1e26 gives 1.1e26 and 0.9e26.
    """
    written = re.fullmatch(r"(-?[\d_.]+)([eE][+-]?\d+)?(%?)", number.text)
    assert written is not None, number.text
    digits, exponent, percent = written[1].replace("_", ""), written[2] or "", written[3]
    value = Decimal(digits)
    places = -int(value.as_tuple().exponent) + bool(exponent)
    for unit in (Decimal(1).scaleb(-places), -Decimal(1).scaleb(-places)):
        text = f"{value + unit:.{places}f}{exponent}{percent}"
        yield attrs.evolve(number, value=lexical.number_value(text) + 0.0, text=text)
