"""policylang: deciding, provably, whether an AI model may be developed or deployed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policylang import analysis as analysis
    from policylang import testing as testing
    from policylang.core.decision import Decision
    from policylang.core.entries import Fired, Obligation
    from policylang.core.outcomes import Outcome
    from policylang.core.loader import load, loads
    from policylang.core.policy import Policy
    from policylang.core.record import Record
    from policylang.diagnostics import Diagnostic, PolicyError, Problem, RecordError
    from policylang.proof.proof import Proof, ProofError
    from policylang.proof.verify import verify
    from policylang.source import Span
    from policylang.truth import Truth

__version__ = "0.1.0"

_HOMES = {
    "Decision": "core.decision",
    "Diagnostic": "diagnostics",
    "Fired": "core.entries",
    "Obligation": "core.entries",
    "Outcome": "core.outcomes",
    "Policy": "core.policy",
    "PolicyError": "diagnostics",
    "Problem": "diagnostics",
    "Proof": "proof.proof",
    "ProofError": "proof.proof",
    "Record": "core.record",
    "RecordError": "diagnostics",
    "Span": "source",
    "Truth": "truth",
    "load": "core.loader",
    "loads": "core.loader",
    "verify": "proof.verify",
}

_PACKAGES = ("analysis", "testing")  # reached as attributes without being imported first

__all__ = [
    "Decision",
    "Diagnostic",
    "Fired",
    "Obligation",
    "Outcome",
    "Policy",
    "PolicyError",
    "Problem",
    "Proof",
    "ProofError",
    "Record",
    "RecordError",
    "Span",
    "Truth",
    "__version__",
    "load",
    "loads",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Resolve public names when they are first used (PEP 562)."""
    if name in _PACKAGES:
        return importlib.import_module(f"policylang.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'policylang' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"policylang.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
