"""The pytest plugin: examples and claims of `.policy` files as tests, laws with ``--policy-laws``.

pytest imports this module for everyone who has policylang installed, so it imports nothing else of
policylang before there is a policy to be tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from policylang.core.policy import Policy
    from policylang.testing.collecting import Check, Subject


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("policylang", "policies")
    group.addoption(
        "--policy-laws", action="store_true", help="try the laws of a consistent policy on each policy too"
    )
    parser.addini(
        "policy_files",
        "patterns of the files whose examples and claims are tests; none: only files named as arguments",
        type="args",
        default=["*.policy"],
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "policy(path): the policy that the fixture `policy` loads")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    patterns = parent.config.getini("policy_files")
    is_asked = file_path.suffix == ".policy" and parent.session.isinitpath(file_path)
    if is_asked or any(fnmatch(file_path.name, pattern) for pattern in patterns):
        return PolicyFile.from_parent(parent, path=file_path)
    return None


class PolicyFile(pytest.File):
    """A policy; its tests are its examples, its claims and, when asked for, the laws."""

    def collect(self) -> Iterator[pytest.Item]:
        from policylang.testing.collecting import subject_of

        subject = subject_of(self.path, with_laws=self.config.getoption("policy_laws"))
        if isinstance(subject, str):
            raise self.CollectError(subject)
        for check in subject.checks:
            yield PolicyItem.from_parent(self, name=check.name, check=check, subject=subject)


class PolicyItem(pytest.Item):
    """One example, claim or law of a policy."""

    def __init__(self, *, check: Check, subject: Subject, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check
        self.subject = subject

    def runtest(self) -> None:
        self.check.run(self.subject)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.check.file or self.path, self.check.line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what a broken policy tells; everything else with its traceback."""
        if isinstance(excinfo.value, AssertionError) and hasattr(excinfo.value, "sentence"):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


# --- for tests written by hand ------------------------------------------------------------------


@pytest.fixture
def load_policy(request: pytest.FixtureRequest) -> Callable[[str], Policy]:
    """Return a function that loads a policy: a path from the test's folder or the root, or a shipped name."""
    from policylang.core.loader import load

    def loaded(path: str) -> Policy:
        for folder in (request.path.parent, request.config.rootpath):
            if (folder / path).is_file():
                return load(folder / path)
        return load(path)

    return loaded


@pytest.fixture
def policy(request: pytest.FixtureRequest, load_policy: Callable[[str], Policy]) -> Policy:
    """Return the policy that a test, its class or its module is marked with: ``pytest.mark.policy(path)``."""
    marker = request.node.get_closest_marker("policy")
    if marker is None or len(marker.args) != 1:
        raise pytest.UsageError(f"{request.node.nodeid}: say which policy: `@pytest.mark.policy(path)`")
    return load_policy(marker.args[0])
