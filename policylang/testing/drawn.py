"""Policies that show their text where Hypothesis shows what it has drawn."""

from __future__ import annotations

from typing import Any

from policylang.core.policy import Policy


class Drawn(Policy):
    """A policy that is shown as the call that reads its text."""

    @classmethod
    def of(cls, policy: Policy) -> Drawn:
        return cls(policy.name, policy.header, policy.text, policy.predicates)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        if '"""' in self.text or "\\" in self.text:
            printer.text(f"policylang.loads({self.text!r})")
            return
        printer.text('policylang.loads("""\\')
        for line in self.text.splitlines():
            printer.break_()
            printer.text(line)
        printer.break_()
        printer.text('""")')
