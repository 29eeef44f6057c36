"""Defines and grades: no circles, no condition too deep, none that nothing could use."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from policylang import messages
from policylang.diagnostics import Diagnostic
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.declarations import find_cycle
from policylang.language.names import Frame, Names, Problems, Scope, visible
from policylang.language.resolver import MAX_CONDITION_DEPTH, Resolver
from policylang.source import Span

MAX_ENTRIES_AT_HAND = 3  # in the search for a scope that fits a definition which nothing uses


def _names_in(node: Any) -> Iterator[str]:
    """Yield each bare name that a condition or sum uses."""
    stack = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, s.Path) and len(at.steps) == 1:
            yield at.steps[0].text
        stack.extend(s.children(at))


def _depth(node: s.Node) -> int:
    """Return how deep the connectives and quantifiers of a definition are nested."""
    nesting = s.Define | s.And | s.Or | s.Not | s.Quantified
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [x for one in level for x in s.children(one) if isinstance(x, nesting)]
    return deepest


def check_definitions(defines: dict[str, s.Define], grades: dict[str, s.Grade], problems: Problems) -> None:
    """Refuse circles of defines and grades, and conditions too deep once they are written out."""
    nodes: dict[str, s.Define | s.Grade] = {**defines, **grades}
    graph = {name: {n for n in _names_in(node) if n in nodes} for name, node in nodes.items()}
    circle = find_cycle(graph)
    if circle:
        problems.add(messages.cycle("definitions use each other", circle), nodes[circle[0]].name.span)
        return
    depths: dict[str, int] = {}
    pending = list(nodes)
    while pending:
        name = pending[-1]
        waiting = [n for n in graph[name] if n not in depths]
        if waiting:
            pending += waiting
            continue
        pending.pop()
        if name not in depths:
            depths[name] = _depth(nodes[name]) + max((depths[n] for n in graph[name]), default=0)
            if depths[name] > MAX_CONDITION_DEPTH:
                problems.add(messages.define_depth(MAX_CONDITION_DEPTH), nodes[name].name.span)
                return


def check_unused(resolver: Resolver) -> None:
    """Refuse a define or grade that nothing uses and that fits no scope, by its best scope's problems."""
    used = {name for name, _ in resolver.defined()}
    for name in (*resolver.names.defines, *resolver.names.grades):
        if name not in used:
            fewest = None
            for scope in _scopes_for(resolver, name):
                found = _problems_in(resolver.names, name, scope)
                fewest = found if fewest is None or len(found) < len(fewest) else fewest
                if not fewest:
                    break
            resolver.problems.found.update(fewest or {})


def _scopes_for(resolver: Resolver, name: str) -> Iterator[Scope]:
    """Yield the record's scope and those of entries at hand that a definition could be read in."""
    names = _names_of(name, {**resolver.names.defines, **resolver.names.grades})
    homes = [frame for frame in _entry_frames(resolver.names.schema.fields) if names & _names_at(frame[-1])]
    # Each name has its entry at hand when all have; fewer are tried for names that several have.
    for count in (len(homes), *range(min(len(homes), MAX_ENTRIES_AT_HAND))):
        for chosen in combinations(homes, count):
            yield (*resolver.root, *dict.fromkeys(frame for chain in chosen for frame in chain))


def _problems_in(names: Names, name: str, scope: Scope) -> dict[tuple[str, str, Span], Diagnostic]:
    """Return the problems of a definition in a scope."""
    resolver = Resolver(names, Problems())
    if name in names.defines:
        resolver.define(name, scope)
    else:
        resolver.grade(name, scope)
    return resolver.problems.found


def _entry_frames(fields: tuple[types.Field, ...], outer: Scope = ()) -> Iterator[Scope]:
    """Yield the frame of each list's entry, behind those of the entries that it lies in."""
    for field in fields:
        match field.type:
            case types.List(entry, inner):
                chain = (*outer, Frame(entry, inner))
                yield chain
                yield from _entry_frames(inner, chain)
            case types.Group(inner) | types.Table(_, inner):
                yield from _entry_frames(inner, outer)
            case _:
                pass


def _names_at(frame: Frame) -> set[str | None]:
    """Return what a bare name, or a path's first step, can say when an entry is at hand."""
    inner = (list_.entry for list_ in types.lists(frame.fields))
    return {frame.entry, *(name for name, _, _ in visible(frame)), *inner}


def _names_of(name: str, nodes: dict[str, Any]) -> set[str | None]:
    """Return the first steps and quantified names of a definition and of those that it uses."""
    found: set[str | None] = set()
    waiting = [name]
    while waiting:
        stack: list[s.Node] = [nodes[waiting.pop()]]
        while stack:
            at = stack.pop()
            text = at.steps[0].text if isinstance(at, s.Path) else None
            if isinstance(at, s.Quantified):
                text = at.over.text
            if text is not None and text not in found:
                found.add(text)
                waiting += [text] if text in nodes else []
            stack.extend(s.children(at))
    return found
