"""HTML and XML built from elements: whatever is not markup already is escaped.

There is no other way to make markup in this package, so no text of a policy or record can end an
element or an attribute.
"""

from __future__ import annotations

from collections.abc import Iterable
import html

from policylang.proof.words import visible


class Markup(str):
    """Text that is markup; only this module makes it, and constants of this package."""

    __slots__ = ()


# What stands for no content in HTML; in XML these names are not used.
VOID = frozenset({"br", "hr", "link", "meta", "wbr"})

Child = str | Iterable[str] | None


def element(tag: str, /, *children: Child, **attributes: str | bool | None) -> Markup:
    """Return an element; ``class_`` stands for ``class``, ``aria_label`` for ``aria-label``.

    An attribute that is None or False is left out, one that is True stands without a value.
    """
    start = tag
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        start += f" {key.rstrip('_').replace('_', '-')}"
        if value is not True:
            start += f'="{escape(value)}"'
    if tag in VOID:
        return Markup(f"<{start}>")
    return Markup(f"<{start}>{joined(*children)}</{tag}>")


def joined(*children: Child) -> Markup:
    """Return the children one behind the other."""
    pieces: list[str] = []
    for child in children:
        if isinstance(child, str):
            pieces.append(escape(child))
        elif child is not None:
            pieces += [escape(inner) for inner in child]
    return Markup("".join(pieces))


def lines(children: Iterable[str]) -> Markup:
    """Return each child on a line of its own."""
    return Markup("".join(f"{escape(child)}\n" for child in children))


def escape(text: str) -> Markup:
    """Return a text as markup; without what cannot be seen, it is without what XML 1.0 forbids."""
    return text if isinstance(text, Markup) else Markup(html.escape(visible(text)))
