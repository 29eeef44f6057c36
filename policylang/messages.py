"""Every sentence that policylang says about a text or a record, one function each.

Codes are stable: PL1xx the text, PL2xx names and types, PL4xx records. docs/diagnostics.md shows a
bad and a good example of each. Functions take plain strings and return a `Message`.
"""

from __future__ import annotations

from collections.abc import Iterable
import re
from typing import NamedTuple

from policylang.diagnostics import suggestion

LABEL = re.compile("rule-[1-9][0-9]*")  # how a rule without a name is shown, which nothing refers to


class Message(NamedTuple):
    """A code, a sentence and a hint or None."""

    code: str
    text: str
    hint: str | None = None


def ticked(names: Iterable[str], last: str = "or") -> str:
    """Return "`a`, `b` or `c`"."""
    shown = [f"`{name}`" for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


# --- PL1xx: the text ----------------------------------------------------------------------------


def unexpected(expected: str, found: str, hint: str | None) -> Message:
    return Message("PL101", f"expected {expected}, found {found}", hint)


def unclosed_string() -> Message:
    return Message(
        "PL102", "this string is never closed", 'end it with `"` on the same line, or use `"""` over several'
    )


def forbidden_character(name: str, escape: str) -> Message:
    return Message(
        "PL103",
        f"the character {name} must not stand in a policy",
        f"in a string write it as the escape `{escape}`",
    )


def nested_too_deep(limit: int) -> Message:
    return Message("PL104", f"nested more than {limit} deep", "give a part a name with `define`")


def too_large(limit: int) -> Message:
    return Message("PL105", f"the text is larger than {limit // 2**20} MiB")


def not_text(reason: str) -> Message:
    return Message("PL106", f"this is no UTF-8 text: {reason}")


def no_such_date(text: str) -> Message:
    return Message("PL107", f"`{text}` is no date", "dates are written `2026-01-31`, year, month and day")


def bad_number(text: str) -> Message:
    return Message("PL108", f"the number `{text}` is too large", "numbers are IEEE doubles, below 1.8e308")


def mixed_connectives(found: str) -> Message:
    other = "or" if found == "and" else "and"
    return Message("PL109", f"`{found}` mixed with `{other}`", "put one of them in parentheses")


def bad_string(text: str) -> Message:
    return Message("PL110", f"the string {text} has an escape that says nothing", "escapes are those of JSON")


def no_condition(text: str) -> Message:
    return Message("PL111", f"`{text}` alone is no condition", "compare it, for instance `x >= High`")


def only_paths_are_missing() -> Message:
    return Message("PL112", "only a value of the record can be missing or known")


def policy_not_first() -> Message:
    return Message("PL113", "`policy` comes first in a file and stands once")


def second_record() -> Message:
    return Message("PL114", "a file has at most one `record`", "put all fields into one")


def repeated_clause(clause: str) -> Message:
    return Message("PL115", f"`{clause}` stands twice", f"join them into one `{clause}`")


def cannot_read(name: str, reason: str, shipped: Iterable[str]) -> Message:
    return Message("PL116", f"cannot read `{name}`: {reason}", suggestion(name, shipped))


def no_such_policy(name: str, known: Iterable[str]) -> Message:
    return Message("PL117", f"there is no shipped policy `{name}`", suggestion(name, known))


def extends_cycle(names: Iterable[str]) -> Message:
    return Message("PL118", f"the policies extend each other in a circle: {' -> '.join(names)}")


def not_yet(what: str) -> Message:
    return Message("PL119", f"{what}: not yet supported", "this version refuses what it cannot decide")


def too_many_errors(limit: int) -> Message:
    return Message("PL120", f"more than {limit} errors; the rest of the text was not read")


def same_policy_name(name: str) -> Message:
    return Message(
        "PL121",
        f"another policy that is extended is called `{name}` too",
        "its unnamed rules could not be told from this one's; give one of them another name",
    )


# --- PL2xx: names and types ---------------------------------------------------------------------


def unknown_name(
    name: str, known: Iterable[str], arithmetic: str | None = None, forms: Iterable[str] = ()
) -> Message:
    shown = list(forms)
    if arithmetic:
        hint: str | None = f"write `{arithmetic}`, with blanks around the minus"
    else:
        hint = f"write {ticked(shown)}" if shown else suggestion(name, known)
    return Message("PL201", f"unknown field `{name}`", hint)


def unknown_level(
    kind: str, name: str, type_: str, known: Iterable[str], forms: Iterable[str] = ()
) -> Message:
    shown = list(forms)
    hint = f"write {ticked(shown)}" if shown else suggestion(name, known)
    return Message("PL202", f"`{name}` is no {kind} of `{type_}`", hint)


def unknown_action(name: str, known: Iterable[str]) -> Message:
    return Message("PL203", f"unknown action `{name}`", suggestion(name, known))


def unknown_rule(name: str, known: Iterable[str]) -> Message:
    named = None if LABEL.fullmatch(name.rpartition("/")[2]) else suggestion(name, known)
    return Message("PL204", f"unknown rule `{name}`", named or "only a named rule can be overridden")


def ambiguous(name: str, forms: Iterable[str]) -> Message:
    return Message("PL205", f"`{name}` can be read in more than one way", f"write {ticked(forms)}")


def type_clash(left: str, right: str) -> Message:
    return Message("PL206", f"{left} cannot be compared with {right}")


def no_order(what: str) -> Message:
    return Message("PL207", f"{what} knows only `=`, `!=` and `in`")


def declared_twice(kind: str, name: str) -> Message:
    return Message("PL208", f"{kind} `{name}` is declared twice")


def unknown_type(kind: str, name: str, known: Iterable[str]) -> Message:
    return Message("PL209", f"unknown {kind} `{name}`", suggestion(name, known))


def unquantified(name: str, entry: str) -> Message:
    forms = [f"{q} {entry} ({name} …)" for q in ("any", "every", "no")]
    return Message("PL210", f"`{name}` is a field of each {entry}", f"write {ticked(forms)}")


def no_member_at_hand(name: str) -> Message:
    return Message(
        "PL211",
        f"no member of `{name}` is at hand here",
        f"use a field of a `per {name}` table, or `any {name} (…)`, `every {name} (…)`",
    )


def not_a_condition(name: str, what: str) -> Message:
    return Message("PL212", f"`{name}` is {what} and no condition", "compare it with a value")


def not_a_value(name: str, what: str) -> Message:
    return Message("PL213", f"`{name}` is {what} and no value to compare")


def not_a_quantity(what: str) -> Message:
    return Message(
        "PL214", f"{what} cannot be added or multiplied", "sums are of numbers, or a date and durations"
    )


def bare_duration() -> Message:
    return Message("PL215", "a duration stands only behind a date, as in `today - 90 days`")


def not_quantifiable(name: str, known: Iterable[str]) -> Message:
    return Message("PL216", f"`{name}` is no set and no list's entry", suggestion(name, known))


def list_out_of_reach(name: str) -> Message:
    return Message(
        "PL217", f"the list of `{name}` is not in scope here", "quantify over what holds the list first"
    )


def permit_with_instances(sets: Iterable[str]) -> Message:
    forms = [f"{q} {name} (…)" for name in sets for q in ("every", "any")]
    return Message(
        "PL218", "a rule that permits cannot have an instance for each member", f"write {ticked(forms)}"
    )


def override_lacks_sets(rule: str, sets: Iterable[str]) -> Message:
    forms = [f"{q} {name} (…)" for name in sets for q in ("every", "any")]
    return Message(
        "PL219",
        f"the rule has instances over {ticked(sets, 'and')}, and `{rule}` has not",
        f"write {ticked(forms)}",
    )


def override_lacks_actions(rule: str, actions: Iterable[str]) -> Message:
    return Message(
        "PL220",
        f"`{rule}` bears on {ticked(actions, 'and')}, and this rule does not",
        "a rule overrides only rules whose actions it all forbids, permits or requires something for",
    )


def cycle(kind: str, names: Iterable[str]) -> Message:
    return Message("PL221", f"{kind} in a circle: {' -> '.join(names)}")


def absence_would_permit(word: str) -> Message:
    other = "that only forbid" if word == "missing" else "that only permit"
    return Message(
        "PL222",
        f"absence would permit: `is {word}` stands where it could permit an action",
        f"`is {word}` is for conditions {other}",
    )


def until_without_prohibition() -> Message:
    return Message("PL223", "`until` releases a prohibition, and this rule has no `forbid` or `require`")


def until_of_other_sets(clause: str, sets: Iterable[str]) -> Message:
    return Message(
        "PL224",
        f"`{clause}` uses a field of a table over {ticked(sets, 'and')}, where the rule has no instances",
        f"write {ticked([f'every {name} (…)' for name in sets])}",
    )


def grade_bounds(reason: str) -> Message:
    return Message(
        "PL226",
        f"the bounds of a grade {reason}",
        "each level but the lowest at a higher number than the level below",
    )


def misplaced_modifier(word: str, what: str) -> Message:
    return Message("PL227", f"`{word}` cannot stand on {what}")


def reserved_field(name: str) -> Message:
    return Message("PL228", f"no field may be called `{name}`")


def not_adjustable_type(name: str) -> Message:
    return Message("PL229", f"`{name}` names a type of the language", "choose another name")


def base_cannot_change(what: str, name: str) -> Message:
    return Message("PL230", f"{what} `{name}` comes from an extended policy and cannot change")


def no_such_path(path: str, known: Iterable[str], forms: Iterable[str] = ()) -> Message:
    shown = list(forms)
    hint = f"write {ticked(shown)}" if shown else suggestion(path.rsplit(".", 1)[-1], known)
    return Message("PL231", f"the record has no `{path}`", hint)


def bad_example_record(path: str, text: str, hint: str | None) -> Message:
    return Message("PL232", f"the example's record: {path or 'record'}: {text}", hint)


def too_many_instances(limit: int) -> Message:
    return Message(
        "PL233",
        f"written out for each member of its sets, the policy has more than {limit} instances or conditions",
        "use fewer sets in one rule",
    )


def tightens_what(path: str) -> Message:
    return Message(
        "PL234", f"`{path}` is no level, number or date outside of lists, so it neither rises nor falls"
    )


def quoted_only(name: str) -> Message:
    return Message("PL235", f"`{name}` is a bare word where a text must be quoted", f'write `"{name}"`')


def date_takes_durations() -> Message:
    return Message("PL236", "a date takes durations only", "as in `today - 90 days`")


def label_as_name(name: str) -> Message:
    return Message(
        "PL237", f"no rule may be called `{name}`: unnamed rules are shown so", "choose a telling name"
    )


def define_depth(limit: int) -> Message:
    return Message("PL238", f"with its defines the condition is nested more than {limit} deep")


# --- PL4xx: records -----------------------------------------------------------------------------


def not_json(reason: str) -> Message:
    return Message("PL401", f"this is no JSON: {reason}")


def place_in_json(line: int, column: int, wrong: str) -> str:
    """Return what is wrong where, in the words of the library that reads JSON."""
    return f"line {line}, column {column}: {wrong.lower().removesuffix(' at')}"


def unknown_key(name: str, known: Iterable[str]) -> Message:
    return Message("PL402", f"unknown key `{name}`", suggestion(name, known))


def wrong_type(expected: str, found: str) -> Message:
    return Message("PL403", f"expected {expected}, found {found}")


def no_such_level(kind: str, name: str, type_: str, known: Iterable[str]) -> Message:
    return Message("PL404", f"`{name}` is no {kind} of `{type_}`", suggestion(name, known))


def not_finite() -> Message:
    return Message("PL405", "the number is not finite")


def impossible_date(text: str) -> Message:
    return Message("PL406", f"`{text}` is no date", "dates are written `2026-01-31`")


def duplicate_key(name: str) -> Message:
    return Message("PL407", f"the key `{name}` stands twice")


def bad_bounds(reason: str) -> Message:
    return Message(
        "PL408",
        f"these bounds {reason}",
        "bounds are one of `at_least` and `above`, one of `at_most` and `below`, or both",
    )


def null_entry() -> Message:
    return Message("PL409", "an entry of a list cannot be null")


def key_needed(name: str) -> Message:
    return Message("PL410", f"every entry needs an exact `{name}`, its key")


def key_repeated(name: str, value: str) -> Message:
    return Message("PL411", f"two entries have the `{name}` `{value}`")


def bad_unicode() -> Message:
    return Message("PL412", "the text holds half of a surrogate pair")


def attestation_lacks(name: str) -> Message:
    return Message("PL413", f"an attestation needs `{name}`")


def waivers_not_yet() -> Message:
    return Message("PL414", "waivers are not yet supported", "this version refuses what it cannot decide")


def record_too_large(limit: int) -> Message:
    return Message("PL415", f"the record is larger than {limit // 2**20} MiB")
