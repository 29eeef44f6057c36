"""Where policies come from: files, shipped policies, and what they extend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs

from policylang import messages
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.language import parser, syntax
from policylang.language.losses import EVERYTHING, NOTHING
from policylang.source import Source, Span

VOCABULARY = "preparedness"  # what a text that declares nothing is read against


@attrs.frozen
class Loaded:
    """A parsed file: its own name, where it lies, and the files it extends."""

    name: str
    source: Source
    file: syntax.File
    folder: Path
    extends: tuple[tuple[syntax.Extends, Loaded], ...] = ()


def shipped_folder() -> Path:
    """Return the folder of the shipped policies: inside the package, or beside it in a checkout."""
    inside = Path(__file__).parents[1] / "policies"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "policies"


def shipped() -> tuple[str, ...]:
    """Return the names of the shipped policies."""
    return tuple(sorted(p.stem for p in shipped_folder().glob("*.policy")))


def read_policy(path: Path, shown: str) -> str:
    """Return a policy file's text; PolicyError when it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(parser.MAX_SIZE + 1)
    except (OSError, ValueError) as error:
        reason = "it is a directory" if path.is_dir() else _reason(error)
        known = shipped() if Path(shown).stem == shown and not path.exists() else ()
        raise parser.refusal(shown, messages.cannot_read(shown, reason, known)) from None
    return parser.decode(data, shown)


def _reason(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case PermissionError():
            return "permission denied"
        case OSError(strerror=str(text)):
            return text.lower()
        case _:
            return "the name cannot be a file's"


def find(name_or_path: str) -> Path:
    """Return the file of a path or, when there is none, of the shipped policy of that name."""
    path = Path(name_or_path)
    shipped_path = shipped_folder() / f"{name_or_path}.policy"
    if name_or_path in shipped() and not path.exists():
        return shipped_path
    return path


class Loader:
    """Loads a text and, once each, what it extends; collects every problem of all the files."""

    def __init__(self) -> None:
        self.problems: list[Diagnostic] = []
        self.sources: dict[str, Source] = {}
        self.done: dict[str, Loaded] = {}
        self.losses = NOTHING  # what statements that do not parse, and files that are missing, may declare

    def load(self, source: Source, folder: Path, stem: str, under_way: tuple[str, ...]) -> Loaded:
        """Return the file and what it extends; problems are noted, not raised."""
        self.sources[source.name] = source
        reading = parser.read(source)
        file = reading.file
        self.problems += reading.problems
        self.losses |= reading.losses
        name = file.header.name.text if file.header else stem
        bases = []
        for node in file.statements:
            if isinstance(node, syntax.Extends):
                base = self._base(node, folder, under_way)
                if base is not None:
                    bases.append((node, base))
        if needs_vocabulary(file) and not reading.losses.declares and under_way[-1:] != (VOCABULARY,):
            node = syntax.Extends(syntax.Name(VOCABULARY))
            base = self._base(node, folder, under_way)
            if base is not None:
                bases.append((node, base))
        return Loaded(name, source, file, folder, tuple(bases))

    def _base(self, node: syntax.Extends, folder: Path, under_way: tuple[str, ...]) -> Loaded | None:
        if isinstance(node.target, syntax.Name):
            name = node.target.text
            if name not in shipped():
                self._problem(messages.no_such_policy(name, shipped()), node.target.span)
                return None
            path, shown, key = shipped_folder() / f"{name}.policy", f"{name}.policy", name
        else:
            path = folder / node.target.value
            shown = str(Path(node.span.source).parent / node.target.value)
            key = identity(path)
        if key in under_way:
            circle = [*under_way[under_way.index(key) :], key]
            self._problem(messages.extends_cycle(Path(k).stem for k in circle), node.target.span)
            return None
        if key not in self.done:
            try:
                text = read_policy(path, shown)
            except PolicyError as error:
                self.problems += [attrs.evolve(d, span=node.target.span) for d in error.diagnostics]
                self.losses |= EVERYTHING
                return None
            source = Source(shown, text)
            self.done[key] = self.load(source, path.parent, path.stem, (*under_way, key))
        return self.done[key]

    def _problem(self, message: messages.Message, span: Span) -> None:
        self.problems.append(parser.diagnostic(message, span))
        self.losses |= EVERYTHING


def identity(path: Path) -> str:
    try:
        resolved = path.resolve()
    except (OSError, ValueError, RuntimeError):
        return str(path)
    same = resolved.parent == shipped_folder().resolve() and resolved.suffix == ".policy"
    return resolved.stem if same else str(resolved)


def check_names(files: list[Loaded]) -> Iterator[Diagnostic]:
    """Refuse two policies with unnamed rules under one name, which is what such rules are shown by."""
    seen: set[str] = set()
    spans = {id(base): node.target.span for one in files for node, base in one.extends}
    for one in files[:-1]:
        if any(isinstance(node, syntax.Rule) and node.name is None for node in one.file.statements):
            if one.name in seen:
                yield parser.diagnostic(messages.same_policy_name(one.name), spans[id(one)])
            seen.add(one.name)


def needs_vocabulary(file: syntax.File) -> bool:
    """Return whether a file declares nothing and extends nothing."""
    declaring = syntax.Scale | syntax.Set | syntax.Role | syntax.Record | syntax.Action | syntax.Extends
    return not any(isinstance(node, declaring) for node in file.statements)


def all_bases(loaded: Loaded) -> list[Loaded]:
    """Return every file that a file extends, also by way of others."""
    return in_order(loaded)[:-1]


def in_order(loaded: Loaded) -> list[Loaded]:
    """Return the files with each base before those that extend it, each once."""
    order: list[Loaded] = []

    def visit(one: Loaded) -> None:
        if any(one is seen for seen in order):
            return
        for _, base in one.extends:
            visit(base)
        order.append(one)

    visit(loaded)
    return order
