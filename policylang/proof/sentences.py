"""Facts about a record as sentences: what many places have in common is said once.

"scores.category.post_mitigation is High for cybersecurity, and Critical for cbrn; the rule allows at
most Medium". The number of sentences, and of places and values in one, has a limit that does not
depend on the record; what is beyond it is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from policylang.proof.words import counted, listed, places_text
from policylang.truth import Truth

MAX_NAMED = 2  # of places that are all there are
MAX_VALUES = 4  # of one field, told in one sentence
MAX_SENTENCES = 24  # of one rule


@attrs.frozen
class Place:
    """Where a value stands: a member or a list's entry, one of ``count`` of the ``kinds``."""

    name: str
    kinds: tuple[str, ...]  # "category", "entry of mitigations"
    count: int


NOWHERE = Place("", (), 1)


@attrs.frozen
class Fact:
    """One value: what it belongs to, in full and for all places at once, and what was asked of it."""

    subject: str
    general: str
    place: Place
    value: str  # with its verb: "is High"
    who: str  # who asks: "the rule"
    asked: str  # "allows at most Medium"
    asked_in_general: str
    truth: Truth
    is_count: bool = False


@attrs.frozen
class Sentence:
    """A sentence without its full stop, and what it is about."""

    subject: str
    text: str


def places_in_words(places: list[Place], last: str = "and", every: str = "every") -> str:
    """Return different places by name, or as a whole where a name for each would be longer."""
    return whole_in_words(places, every) or places_text([place.name for place in places], last)


def whole_in_words(places: list[Place], every: str = "every") -> str | None:
    """Return places that are all there are, if more than a few, as "every category"."""
    wholes = {(place.kinds, place.count) for place in places}
    if len(wholes) != 1 or not len(places) == places[0].count > MAX_NAMED:
        return None
    return " and ".join(f"{every} {kind}" for kind in places[0].kinds)


def sentences(facts: Iterable[Fact]) -> list[Sentence]:
    """Return one sentence for each subject and value, its places and what is asked of it together."""
    kinds: dict[tuple[str, str, str, bool], dict[str, dict[Fact, None]]] = {}
    for fact in facts:
        kind = (fact.general, fact.who, fact.asked_in_general, fact.is_count)
        kinds.setdefault(kind, {}).setdefault(fact.value, {})[fact] = None
    told: dict[tuple[str, str, str], list[str]] = {}
    for (_, who, _, _), by_value in kinds.items():
        for subject, text, asked in _clauses(by_value):
            told.setdefault((subject, text, who), []).append(asked)
    made = [_sentence(*key, asked) for key, asked in told.items()]
    if len(made) > MAX_SENTENCES:
        rest = len(made) - MAX_SENTENCES + 1
        made[MAX_SENTENCES - 1 :] = [Sentence("", f"and {counted(rest, 'more value')}")]
    return made


def _sentence(subject: str, text: str, who: str, asked: list[str]) -> Sentence:
    wanted = list(dict.fromkeys(one for one in asked if one))
    return Sentence(subject, f"{text}; {who} {listed(wanted)}" if wanted else text)


def _clauses(by_value: dict[str, dict[Fact, None]]) -> Iterator[tuple[str, str, str]]:
    """Yield what the facts of one kind are about, what that is, and what was asked."""
    places = {fact.place.name for facts in by_value.values() for fact in facts}
    first = next(iter(next(iter(by_value.values()))))
    if first.is_count:
        for value, facts in by_value.items():
            # The number of a list's entries that qualify may differ between a rule's instances.
            where = f"{_places(facts)}, " if len(by_value) > 1 and first.place is not NOWHERE else ""
            yield first.subject, f"{where}{first.subject} {value}", first.asked
    elif len(places) == 1 or all(f.subject == f.general for facts in by_value.values() for f in facts):
        asked = first.asked if len(places) == 1 else first.asked_in_general
        for value in by_value:
            yield first.subject, f"{first.subject} {value}", asked
    else:
        texts = [f"{value}{',' * (', ' in value)} {_places(facts)}" for value, facts in by_value.items()]
        shown = [texts[0], *(text.removeprefix("is ") for text in texts[1:MAX_VALUES])]
        if len(texts) > MAX_VALUES:
            rest = len(texts) - MAX_VALUES + 1
            shown[-1] = counted(rest, "other value")
        values = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])}, and {shown[-1]}"
        yield first.general, f"{first.general} {values}", first.asked_in_general


def _places(facts: Iterable[Fact]) -> str:
    return f"for {places_in_words(list(dict.fromkeys(fact.place for fact in facts)))}"
