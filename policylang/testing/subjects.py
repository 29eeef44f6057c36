"""A policy that is put to the test: its syntax to be changed, its claims, records aimed at it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import attrs

from policylang.core.loader import policy_at, syntax_of
from policylang.core.policy import Policy
from policylang.diagnostics import PolicyError
from policylang.language.library import Loaded, read_policy, shipped_folder
from policylang.source import Source


@attrs.frozen
class Origin:
    """Where a policy was read: its text, its folder, and its name where the text gives none."""

    source: Source
    folder: Path
    stem: str

    @cached_property
    def sources(self) -> dict[str, Source]:
        return {self.source.name: self.source}

    def policy(self, text: str | None = None) -> Policy:
        """Return the policy of the text, or of another in its place; PolicyError with every problem."""
        source = self.source if text is None else Source(self.source.name, text)
        return policy_at(source, self.folder, self.stem)

    @cached_property
    def syntax(self) -> Loaded:
        """The syntax of the text with all that it extends."""
        return syntax_of(self.source, self.folder, self.stem)


def origin_of(policy: Policy) -> Origin:
    """Return where a policy was read: the file with just its text, else the current directory."""
    names = dict.fromkeys(_sources(policy))
    for name in names:
        for file in (Path(name), shipped_folder() / name):
            if _has_text(file, policy.text):
                return Origin(Source(name, policy.text), file.parent, file.stem)
    name = next(iter(reversed(names)), policy.name)
    return Origin(Source(name, policy.text), Path(), policy.name)


def _sources(policy: Policy) -> Iterable[str]:
    """Yield the names of the texts of a policy and of what it extends, its own last where it has rules."""
    yield from (action.span.source for action in policy.predicates.actions)
    yield from (claim.span.source for claim in policy.claims)
    yield from (example.span.source for example in policy.examples)
    yield from (rule.span.source for rule in policy.rules)


def _has_text(file: Path, text: str) -> bool:
    try:
        return file.is_file() and read_policy(file, str(file)) == text
    except PolicyError:
        return False


def with_claims(policy: Policy, claims: Iterable[str]) -> Policy:
    """Return the policy with more claims, texts such as ``always … when …``; PolicyError for a bad one."""
    found = list(claims)
    if not found:
        return policy
    return origin_of(policy).policy("\n".join([policy.text.rstrip("\n"), *found, ""]))
