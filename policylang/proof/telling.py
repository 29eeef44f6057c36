"""An explanation as text: short, or with the whole proof below it.

A short one keeps to a number of lines where it can. It says less of each rule first, then names the
last rules only; what it leaves out it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import enum
from itertools import groupby
from typing import NamedTuple, assert_never

import attrs

from policylang.core.decision import Decision
from policylang.proof.explain import Account, Explanation, Reason, explanation
from policylang.proof.prover import prove
from policylang.proof.sentences import Sentence
from policylang.proof.tree import tree_lines
from policylang.proof.words import counted, listed, places_text, wrapped

SHORT = 13  # lines; with its heading an explanation has under 15
EACH = 4  # lines that each action may have, however many there are
MAX_NOTES = 2  # lines that notes may always have
ALIKE = 3  # actions of which the same is to say are told together from so many on


class Layout(enum.Enum):
    """How a rule is laid out; only the first has a title beside a ``because``."""

    LINES = enum.auto()  # its name, its grounds, each sentence
    TWO_LINES = enum.auto()  # its name with its grounds, the sentences
    ONE_LINE = enum.auto()


class Brevity(NamedTuple):
    """How much is told: sentences of one rule, rules of one action."""

    sentences: int
    rules: int
    layout: Layout = Layout.ONE_LINE


# From generous to brief.
BREVITIES = (
    Brevity(4, 6, Layout.LINES),
    Brevity(3, 6, Layout.LINES),
    Brevity(3, 6, Layout.TWO_LINES),
    Brevity(3, 6),
    Brevity(2, 6),
    Brevity(1, 6),
    Brevity(2, 3),
    Brevity(1, 3),
    Brevity(1, 2),
    Brevity(1, 1),
)
EVERYTHING = Brevity(10**9, 10**9, Layout.LINES)


class Room(NamedTuple):
    """How much is left: lines, and rows of a terminal when the lines are wrapped."""

    lines: int
    rows: int

    @classmethod
    def of(cls, actions: int) -> Room:
        return cls(max(SHORT, EACH * actions + 1), SHORT + EACH * (actions - 1))

    def less(self, lines: Iterable[str]) -> Room:
        taken = _taken(lines)
        return Room(self.lines - taken.lines, self.rows - taken.rows)

    def holds(self, lines: Iterable[str]) -> bool:
        taken = _taken(lines)
        return taken.lines <= self.lines and taken.rows <= self.rows


class _Told:
    """What was said already, so that it is said once."""

    def __init__(self) -> None:
        self.reasons: set[Reason] = set()
        self.sentences: set[Sentence] = set()


def explain(decision: Decision, actions: Iterable[str] | None = None) -> str:
    """Return the outcome of each action, the rules that made it and the values they rest on."""
    told = explanation(decision, actions)
    room = Room.of(len(_together(told.accounts)))
    notes = min(len(told.notes), MAX_NOTES)
    lines = _fitted(told.accounts, Room(room.lines - notes, room.rows - notes))
    left = room.less(lines)
    return "\n".join(
        [*lines, *_fitted_notes(told, Room(max(left.lines, MAX_NOTES), max(left.rows, MAX_NOTES)))]
    )


def explain_fully(decision: Decision, actions: Iterable[str] | None = None) -> str:
    """Return the explanation with nothing left out, and the proof as a tree."""
    told = explanation(decision, actions)
    proof = decision.proof if actions is None else prove(decision, actions)
    lines = [*account_lines(told.accounts, EVERYTHING), *told.notes, "", "The proof:"]
    return "\n".join([*lines, *tree_lines(proof)])


def outcomes_in_words(decision: Decision, actions: Iterable[str] | None = None) -> str:
    """Return the outcomes alone, without duties and warnings."""
    told = explanation(decision, actions)
    return "\n".join(_fitted(told.accounts, Room.of(len(_together(told.accounts)))))


def _taken(lines: Iterable[str]) -> Room:
    heights = [len(wrapped(line)) for line in lines]
    return Room(len(heights), sum(heights))


def _fitted(accounts: tuple[Account, ...], room: Room) -> list[str]:
    """Return the accounts as lines, as briefly as the lines that are left ask for."""
    lines: list[str] = []
    for brevity in BREVITIES:
        lines = account_lines(accounts, brevity)
        if room.holds(lines):
            break
    return lines


def _fitted_notes(told: Explanation, room: Room) -> list[str]:
    """Return the notes that there is room for; whose word was given goes before warnings and duties."""
    if room.holds(told.notes):
        return list(told.notes)
    kinds = ((told.words_given, "attestation"), (told.warnings, "warning"), (told.duties, "obligation"))
    shown: list[str] = []
    left_out: list[str] = []
    for notes, kind in kinds:
        rest = len(notes)
        for note in notes:
            if not room.holds([*shown, note, ""]):
                break
            shown.append(note)
            rest -= 1
        left_out += [counted(rest, kind)] if rest else []
    return [*shown, f"Not told here: {listed(left_out)}"]


def account_lines(accounts: Iterable[Account], brevity: Brevity) -> list[str]:
    """Return accounts as lines: the sentence of each, then the rules that were not told before."""
    told = _Told()
    return [line for account in _together(accounts) for line in _account_lines(account, brevity, told)]


def _together(accounts: Iterable[Account]) -> list[Account]:
    """Return the accounts, in the place of some that follow each other and say the same one of them all."""
    found: list[Account] = []
    for _, alike in groupby(accounts, lambda a: attrs.evolve(a, action="", sentence=_without_name(a))):
        several = list(alike)
        if len(several) < ALIKE:
            found += several
        else:
            names = listed([account.action for account in several])
            found.append(attrs.evolve(several[0], sentence=f"Each of {names}{_without_name(several[0])}"))
    return found


def _without_name(account: Account) -> str:
    return account.sentence.removeprefix(account.action)


def _account_lines(account: Account, brevity: Brevity, told: _Told) -> Iterator[str]:
    yield f"{account.sentence}{':' if account.reasons else '.'}"
    again = [r for r in account.reasons if r in told.reasons]
    new = [r for r in account.reasons if r not in told.reasons]
    rules = brevity.rules if len(new) > brevity.rules else len(new)
    for reason in new[:rules]:
        yield from _pass_lines(reason, told) if account.is_pass else _reason_lines(reason, brevity, told)
    if again:
        yield f"  {places_text([r.rule for r in again])} as above"
    if new[rules:]:
        yield f"  {counted(len(new[rules:]), 'more rule')}: {places_text([r.rule for r in new[rules:]])}"
    yield from (f"  {prospect}" for prospect in account.prospects)
    told.reasons.update(new[:rules])


def _pass_lines(reason: Reason, told: _Told) -> Iterator[str]:
    yield f"  {reason.rule}: {'. '.join(_sentence_lines(reason, 2, told))}"


def _reason_lines(reason: Reason, brevity: Brevity, told: _Told) -> Iterator[str]:
    """Yield a rule's name with its title or its ``because``, then the sentences on its values."""
    texts = _sentence_lines(reason, brevity.sentences, told)
    is_titled = reason.title is not None and not reason.because
    name = reason.heading if is_titled else reason.name
    grounds = f", {reason.grounds}" if reason.grounds else ""
    match brevity.layout:
        case Layout.LINES:
            yield f"  {reason.heading}"
            yield from (f"    {text}" for text in (reason.grounds, *texts) if text)
        case Layout.TWO_LINES:
            yield f"  {name}{grounds}"
            yield f"    {'. '.join(texts)}"
        case Layout.ONE_LINE:
            yield f"  {name}{grounds}{'.' if is_titled else ':'} {'. '.join(texts)}"
        case _:
            assert_never(brevity.layout)


def _sentence_lines(reason: Reason, limit: int, told: _Told) -> list[str]:
    """Return the first sentences that were not told before; the last one says what else there is."""
    again = [s for s in reason.sentences if s.subject and s in told.sentences]
    new = [s for s in reason.sentences if s not in again]
    lines = [sentence.text for sentence in new[:limit]]
    rest = [f"{listed([s.subject for s in again])} as above"] if again else []
    rest += [f"and {counted(len(new) - limit, 'more value')}"] if len(new) > limit else []
    if rest:
        lines[-1:] = [f"{lines[-1]} ({', '.join(rest)})" if lines else ", ".join(rest)]
    told.sentences.update(new[:limit])
    return lines
