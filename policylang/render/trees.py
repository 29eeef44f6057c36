"""A proof as nested lists that fold by keyboard; a huge one is cut, and says so."""

from __future__ import annotations

from policylang.proof.proof import Proof
from policylang.proof.tree import Line, line_text, names_of, outline
from policylang.proof.words import counted
from policylang.render.markup import Markup, element

MAX_DEPTH = 60  # browsers put what is nested deeper than 512 elements beside its parent
OPEN_DEPTH = 2  # down to which a tree is unfolded at first


def tree(proof: Proof, action: str, room: int) -> tuple[Markup, int]:
    """Return what an action's outcome rests on, in at most so many lines, and how many it took."""
    lines = outline(proof, [action])[1:]  # the outcome itself stands above
    shown = lines[: max(room, 0)]
    items = _nested(proof, shown)
    if len(lines) > len(shown):
        rest = counted(len(lines) - len(shown), "more statement")
        items.append(element("li", f"{rest} not shown here; the full explanation has all", class_="leaf"))
    return element("ul", items, class_="tree"), len(shown)


def _nested(proof: Proof, lines: list[Line]) -> list[Markup]:
    """Return list items, each with those below it folded into it."""
    names = names_of(proof)
    top: list[Markup] = []
    open_items: list[tuple[int, str, list[Markup]]] = []  # depth, sentence, the items below

    def close(depth: int) -> None:
        while open_items and open_items[-1][0] >= depth:
            at, text, below = open_items.pop()
            parent = open_items[-1][2] if open_items else top
            parent.append(_folded(text, below, is_open=at <= OPEN_DEPTH))

    for i, line in enumerate(lines):
        close(line.depth)
        text = line_text(proof, line, names)
        has_lines = i + 1 < len(lines) and lines[i + 1].depth > line.depth
        if has_lines and line.depth < MAX_DEPTH:
            open_items.append((line.depth, text, []))
        else:
            (open_items[-1][2] if open_items else top).append(element("li", text, class_="leaf"))
    close(0)
    return top


def _folded(text: str, below: list[Markup], is_open: bool) -> Markup:
    return element("li", element("details", element("summary", text), element("ul", below), open=is_open))
