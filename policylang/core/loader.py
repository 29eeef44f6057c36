"""The whole pipeline: text, syntax, checked policy, predicates, policy."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path

from policylang import messages
from policylang.core.compiler import compile_policy
from policylang.core.policy import Policy
from policylang.core.reading import read_record
from policylang.diagnostics import PolicyError, RecordError
from policylang.language.checked import CheckedPolicy, Example
from policylang.language.checker import check
from policylang.language.library import Loaded, Loader, find, identity, read_policy
from policylang.language.names import Problems
from policylang.source import Source, deep_stack
from policylang.values import FrozenMap


def loads(text: str | bytes, *, name: str = "policy") -> Policy:
    """Return the policy of a text; PolicyError with every problem of it.

    What it extends by path is relative to the current directory.
    """
    if isinstance(text, bytes):
        from policylang.language.parser import decode

        text = decode(text, name)
    return policy_at(Source(name, text), Path(), Path(name).stem or "policy")


def load(path: str | PathLike[str]) -> Policy:
    """Return the policy of a file, or the shipped policy of that name when there is no such file.

    PolicyError with every problem, an unreadable file included.
    """
    return policy_at(*located(fspath(path)))


def located(path: str) -> tuple[Source, Path, str]:
    """Return a policy's text, its folder and its file's name without `.policy`."""
    file = find(path)
    text = read_policy(file, path)
    return Source(path if file == Path(path) else f"{path}.policy", text), file.parent, file.stem


def syntax_of(source: Source, folder: Path, stem: str) -> Loaded:
    """Return the syntax of a text that loads, with all that it extends; for those who change it."""
    with deep_stack():
        return Loader().load(source, folder, stem, (_own_key(folder, source, stem),))


def policy_of(loaded: Loaded) -> Policy | None:
    """Return the policy of a changed syntax, None when it is no policy any more."""
    problems = Problems()
    with deep_stack():
        checked = check(loaded, problems)
        if checked is None or problems.found:
            return None
        compiled = compile_policy(checked, problems)
    if compiled is None or problems.found:
        return None
    return Policy(checked.name, FrozenMap(dict(checked.header)), loaded.source.text, compiled)


def policy_at(source: Source, folder: Path, stem: str) -> Policy:
    """Return the policy of a text in a folder; PolicyError with every problem of it."""
    loader, problems = Loader(), Problems()
    with deep_stack():
        loaded = loader.load(source, folder, stem, (_own_key(folder, source, stem),))
        checked = check(loaded, problems, loader.losses)
        if checked is not None:
            _check_examples(checked, problems)
        found = [*loader.problems, *problems.found.values()]
        assert found or not loader.losses, "what is lost is refused"
        compiled = compile_policy(checked, problems) if checked is not None and not found else None
        if checked is None or compiled is None:
            found = [*loader.problems, *problems.found.values()]
            found.sort(key=lambda d: (d.span.source != source.name, d.span.source, d.span.start))
            raise PolicyError(found, loader.sources)
    return Policy(checked.name, FrozenMap(dict(checked.header)), source.text, compiled)


def _own_key(folder: Path, source: Source, stem: str) -> str:
    return identity(folder / f"{stem}.policy") if source.name.endswith(".policy") else source.name


def _check_examples(policy: CheckedPolicy, problems: Problems) -> None:
    """Check the records that examples give inline against the declared record."""
    for example in policy.examples:
        if isinstance(example.given, Mapping):
            _check_example(policy, example, problems)


def _check_example(policy: CheckedPolicy, example: Example, problems: Problems) -> None:
    places = dict(example.places)
    try:
        read_record(policy.schema, example.given)
    except RecordError as error:
        for problem in error.problems:
            span = places.get(problem.path, example.span)
            problems.add(messages.bad_example_record(*problem), span)
