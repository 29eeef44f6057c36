"""The sentences of the analysis, PL3xx, one function each.

A function's docstring is what `check --explain CODE` prints and what docs/diagnostics.md says of the
code. `SEVERITIES` tells errors and warnings, which `check` fails on, from notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import inspect
import sys

from policylang.messages import Message, ticked

NOTES = frozenset({"PL312", "PL314", "PL315", "PL317", "PL318", "PL319", "PL320", "PL321"})
ERRORS = frozenset({"PL310", "PL330", "PL331", "PL332", "PL390"})


def severity_of(code: str) -> str:
    """Return ``error``, ``warning`` or ``note``."""
    return "error" if code in ERRORS else "note" if code in NOTES else "warning"


def explanations() -> dict[str, str]:
    """Return for each code its explanation, in order of the codes."""
    module = sys.modules[__name__]
    found = {}
    for function in vars(module).values():
        if inspect.isfunction(function) and function.__module__ == __name__ and function.__doc__:
            code = inspect.getsource(function).partition("Message(")[2].lstrip()[1:6]
            if code.startswith("PL3"):
                found[code] = inspect.cleandoc(function.__doc__)
    return dict(sorted(found.items()))


def _named(names: Iterable[str], does: str, do: str) -> str:
    """Return "`a` does" or "`a` and `b` do"."""
    listed = list(names)
    return f"{ticked(listed, 'and')} {does if len(listed) == 1 else do}"


# --- rules --------------------------------------------------------------------------------------


def never_active(rule: str) -> Message:
    """No record makes the rule active: the parts of its condition exclude each other.

    The rule says nothing, and what its author meant is not in the policy. This is proved for all
    records, with every `unspecified` define taken as true or false as well.
    """
    return Message("PL301", f"no record makes `{rule}` active: its condition cannot hold")


def swallowed(rule: str, by: str) -> Message:
    """Whenever the rule's condition holds, its `unless` or a rule that overrides it holds too.

    The exception is wider than the rule, so that the rule never applies.
    """
    return Message("PL302", f"no record makes `{rule}` active: whenever its condition holds, {by}")


def shadowed(rule: str, others: Iterable[str]) -> Message:
    """Other rules say the same in every case in which this one does, so that it changes nothing.

    Whenever the rule forbids (or permits) an action, or leaves it open, the rules named do so too, in a
    history as well. Either the rule can go, or its condition or the others' says something that was not
    meant. Of two rules that say the same each is shadowed by the other. It is a note for a rule that
    `cites` its source, which may say one thing twice, and for a rule of a policy that this one extends.
    """
    others_say = f"wherever it says something, {_named(others, 'says', 'say')} it too"
    return Message("PL303", f"`{rule}` changes no outcome: {others_say}")


def never_met(rule: str) -> Message:
    """What the rule requires excludes the rule's own condition: it forbids, whatever is done.

    A plain `forbid` would say so honestly; most likely one of the two conditions is wrong.
    """
    return Message("PL304", f"what `{rule}` requires can never be met while the rule is active")


def never_overrides(rule: str, other: str) -> Message:
    """The two rules are never active on one record, so that `overrides` has no effect."""
    return Message("PL305", f"`{rule}` overrides `{other}` and is never active when that one would be")


def conflict(
    action: str, permitting: Iterable[str], forbidding: Iterable[str], others: Sequence[str] = ()
) -> Message:
    """On some record one rule permits the action and another, by `forbid`, forbids it.

    The prohibition wins, always. If that is meant, narrow the permission, or write the prohibition as a
    `require`, which is a condition on top of the permission; if the permission was meant to win, it has to
    override. Every rule that is in a conflict about the action is named, at least once. The fifth finding
    about one action also names the rules of all further conflicts.
    """
    sides = _named(permitting, "permits", "permit"), _named(forbidding, "forbids", "forbid")
    more = f"; in conflict about it on other records: {ticked(others, 'and')}" if others else ""
    return Message(
        "PL306",
        f"{sides[0]} `{action}` where {sides[1]} it" + more,
        "the prohibition wins: write it as `require`, narrow the permission, or let that override it",
    )


# --- actions ------------------------------------------------------------------------------------


def never_permitted(action: str) -> Message:
    """No record at all permits the action: its rules contradict each other, or none permits it."""
    return Message("PL307", f"no record permits `{action}`")


def never_forbidden(action: str) -> Message:
    """Rules bear on the action and no record is forbidden it: the gate never closes."""
    return Message("PL308", f"no record forbids `{action}`, though rules bear on it")


def gap(action: str) -> Message:
    """A record with every value that the rules read leaves the action undetermined.

    Nothing is missing that could be measured, so nobody can ever decide this case: a date is moved
    beyond the calendar, or the truth of the rules falls between them.
    """
    return Message("PL309", f"a complete record leaves `{action}` undetermined")


def does_not_lift(rule: str) -> Message:
    """A record meets the `until` of a rule and the rule still forbids, or may.

    An `until` is the condition under which the prohibition is released. Here a reader would take it
    for met while the rule goes on forbidding.
    """
    return Message("PL310", f"the `until` of `{rule}` can hold while the rule still forbids, or may forbid")


def never_released(rule: str) -> Message:
    """The `until` of a rule cannot hold on any record: what it latches in a history stays for ever."""
    return Message("PL311", f"the `until` of `{rule}` can never hold")


def released_by_unspecified(rule: str, names: Iterable[str]) -> Message:
    """The `until` of a rule holds only if a define holds that the policy leaves `unspecified`.

    As long as the define says nothing, the prohibition is never released in a history.
    """
    listed = list(names)
    which = "which is" if len(listed) == 1 else "which are"
    return Message("PL312", f"the `until` of `{rule}` rests on {ticked(listed, 'and')}, {which} unspecified")


def vacuous(rule: str, what: str, entry: str) -> Message:
    """The rule is content with an empty list: `every …` and `no …` hold of no entries.

    A record that lists nothing passes where one was meant to list what was done. Ask for an entry too:
    `any review (true) and every review (passed)`. Where none is needed, say so: `no review (true) or
    every review (passed)`. A list of an entry is meant as well: `any audit (any step (true) and every
    step (done))`. Behind a `where` an entry that it picks is meant: `any review (covers = bio)`.
    """
    hint = (
        f"ask for an entry too, with `any {entry} (true)`; or say `no {entry} (true) or …`, if none will do"
    )
    return Message("PL313", f"an empty list is enough for {what} of `{rule}`", hint)


def hinges(action: str, name: str) -> Message:
    """On some record the outcome of the action is one if a define held and another if it did not.

    The policy leaves the define `unspecified`, so that it is never true. A policy that extends this one
    can give it a condition.
    """
    return Message("PL314", f"the outcome of `{action}` hinges on `{name}`, which is unspecified")


def permit_without_effect(rule: str, action: str) -> Message:
    """The action is permitted unless forbidden, so that a rule which permits it changes nothing.

    A rule that overrides a prohibition is another matter: there the permission is the exception.
    """
    return Message(
        "PL315",
        f"`{rule}` permits `{action}`, which is permitted unless forbidden",
        "an exception to a prohibition is written with `unless` or `overrides`",
    )


def both_ways(action: str, path: str) -> Message:
    """A higher value permits the action where a lower one does not, and elsewhere the reverse.

    Whichever direction is the worse one, some score that is worse gets the action permitted. The two
    records of the witness differ in this value only, and the higher one is permitted. It is asked of levels
    and numbers that are `adjustable`.
    """
    return Message("PL316", f"a higher `{path}` can permit `{action}` and a lower one can too")


# --- what nothing uses --------------------------------------------------------------------------


def unused_field(name: str) -> Message:
    """No rule reads the field. Texts and keys, which say what a record is about, are left out."""
    return Message("PL317", f"no rule reads `{name}`")


def untold_levels(scale: str, lower: str, higher: str) -> Message:
    """No rule treats two neighbouring levels of a scale differently."""
    return Message("PL318", f"no rule tells `{higher}` from `{lower}` of `{scale}`")


def unused_member(name: str, set_: str) -> Message:
    """No rule names a member of a set, and no table has a row for it."""
    return Message("PL319", f"no rule uses `{name}` of `{set_}`")


def unused_name(name: str) -> Message:
    """Nothing in the file uses the define, grade, scale or set, but for what is itself unused.

    A define that is `unspecified` is left out: it says what a source leaves open.
    """
    return Message("PL320", f"nothing uses `{name}`")


def unconstrained(action: str) -> Message:
    """No rule bears on the action: it is permitted whatever the record says, and no gate passes on that."""
    return Message("PL321", f"no rule constrains `{action}`")


# --- claims -------------------------------------------------------------------------------------


def empty_claim(claim: str) -> Message:
    """The condition of the claim holds on no record, so that the claim says nothing."""
    return Message("PL322", f"this claim says nothing, as its condition never holds: {claim}")


def refuted(claim: str, how: str) -> Message:
    """A record contradicts the claim."""
    return Message("PL330", f"{claim}: {how}")


def loosens(claim: str, lower: str, higher: str) -> Message:
    """Two records that differ in one value only contradict the claim that the action tightens with it."""
    return Message("PL331", f"{claim}: {lower}, and {higher}")


def weaker(target: str, action: str, outcome: str) -> Message:
    """A record is permitted by this policy and not by the one that it claims to strengthen."""
    return Message("PL332", f"this policy permits `{action}` where `{target}` says {outcome}")


def not_decided(question: str, reason: str) -> Message:
    """The analysis reached a limit: the question is open, which is neither a finding nor its absence.

    A longer `--time-limit` may help, or `pip install policylang[analysis]` for the fast solver.
    """
    return Message("PL390", f"not decided: {question}", reason)
