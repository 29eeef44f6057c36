"""What is lost with text that is refused, so that nothing false is said of the rest of the file.

Whatever a statement declares is spelled in it: of names that stand in lost text, and of all names
where a whole base is missing, it is not sure whether they exist.
"""

from __future__ import annotations

from collections.abc import Iterable
import difflib
import re

import attrs

from policylang.language.lexical import END_OF_WORD, NAME, STATEMENT_WORDS, STRING, WORD, Chunk


@attrs.frozen
class Losses:
    """The names that lost text may have declared."""

    names: frozenset[str] = frozenset()
    has_all: bool = False  # any name may be among them
    has_types: bool = False  # scales, sets and fields may be among them
    declares: bool = False  # a declaration, of which standard vocabulary is none, is among them

    def __contains__(self, name: object) -> bool:
        return self.has_all or name in self.names

    def __bool__(self) -> bool:
        return self != NOTHING

    def __or__(self, other: Losses) -> Losses:
        return Losses(
            self.names | other.names,
            self.has_all or other.has_all,
            self.has_types or other.has_types,
            self.declares or other.declares,
        )

    def with_names(self, names: Iterable[str]) -> Losses:
        return attrs.evolve(self, names=self.names.union(names))

    def suggestible(self, name: str, known: Iterable[str]) -> Iterable[str]:
        """Return what to suggest in the place of an unknown name; only close ones where fields are lost."""
        found = list(known)
        if not self:
            return found
        close = difflib.get_close_matches(name, [*found, *sorted(self.names)], n=2, cutoff=0.7)
        return close if close or self.has_types else found


NOTHING = Losses()
EVERYTHING = Losses(has_all=True, has_types=True, declares=True)

STATEMENT = re.compile(
    rf"(?<![\w.\-])({'|'.join(STATEMENT_WORDS)}|record(?=\s*\{{)|role(?=\s+{NAME})){END_OF_WORD}"
)
RULE = re.compile(
    rf"\A(?!\s*(?:role|record){END_OF_WORD}(?!\s*\.))"
    rf"[\s\S]*(?:[-=]>|\u2192|\b(?:forbid|permit|require|oblige|warn)\b)"
)
BASES = {"extends", "strengthens"}
TYPES = {"scale", "set", "role", "record"}


def losses_of(text: Chunk, word: str | None) -> Losses:
    """Return what text that is refused may declare; ``word`` is that of a statement where it was misspelt."""
    source = text.source.text[text.base : text.base + len(text)]
    bare = re.sub(STRING, lambda string: "_" * len(string.group()), text)
    found = STATEMENT.match(bare, len(bare) - len(bare.lstrip()))
    word = found[1] if found else word
    words = {word, *(found[1] for found in STATEMENT.finditer(bare))}
    if words & BASES:
        return EVERYTHING
    if words & TYPES or (word is None and not RULE.search(bare)):
        return Losses(names_in(source), has_types=True, declares=bool(words & TYPES))
    if word in ("define", "grade", "action"):
        return Losses(names_in(source), declares=word == "action")
    if word == "rule":
        head = re.match(r"[^<>=]*:|\s*\S+\s+\S+", bare)
        return Losses(names_in(source[: head.end() if head else None]))
    return NOTHING


def names_in(text: str) -> frozenset[str]:
    """Return all names that stand in a text, those in quotes included."""
    pieces = re.findall(rf"{STRING}|{WORD}", text)
    strings = [piece[1:-1] for piece in pieces if piece[0] == '"']
    return frozenset([*strings, *(name for piece in pieces for name in re.findall(WORD, piece))])
