"""What all forms say of a framework in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from policylang.frameworks import Also, Clause, Encoded, Framework, Gate, Row, names
from policylang.proof.words import counted, listed

Listed = tuple[Framework, tuple[Gate, ...]]

NO_STATEMENT = "Each encoding is an interpretation of a published text, and no statement of its publisher."
CARDS = (
    "Published scorecards, each decided under the framework that it was published under, as of its"
    " date. A value that a card does not print is unknown, and unknown is not safe."
)
GATES = (
    "Gates are prohibitions. One without a way out rests on a standard that the text leaves"
    " unspecified, or states no release."
)
NO_FRAMEWORK = "Published under no framework, and decided under none"
HEADS = ("publisher", "policy", "dated", "rules", "gates", "no way out", "unspecified")


def cells(listed_: Listed) -> tuple[str, ...]:
    """Return a framework's row of the list, under `HEADS`."""
    one, gates = listed_
    return (
        one.publisher,
        one.name,
        one.dated,
        str(len(one.rules)),
        str(len(gates)),
        str(sum(not gate.has_way_out for gate in gates)),
        str(len(one.unspecified)),
    )


# --- one framework ------------------------------------------------------------------------------


def version_text(one: Framework) -> str:
    """Return the version and the day it took effect, as far as the header says."""
    header = one.policy.header
    effective = header.get("effective")
    return f"{header['version']}, effective {effective}" if effective else header["version"]


def vocabulary(one: Framework) -> Iterator[str]:
    """Yield the sets, scales and actions, each on a line."""
    for name, members in one.sets:
        yield f"{name}: {', '.join(members)}"
    for name, levels in one.scales:
        yield f"{name}: {' < '.join(levels)}"
    for action in one.policy.actions.values():
        default = "permitted unless forbidden" if action.permitted else "forbidden unless permitted"
        wider = f", widens {action.widens}" if action.widens else ""
        yield f"{action.name}: {default}{wider}"


def unspecified(one: Framework) -> Iterator[str]:
    """Yield the standards that the text leaves open, each with what it leaves open."""
    return (f"{name}: {text}" for name, text in one.unspecified)


def without_rule(clause: Clause) -> Iterator[str]:
    """Yield what of a clause is no rule of its own."""
    yield from (f"In other rules: {text}" for text in clause.elsewhere)
    yield from (f"Outside the language: {text}" for text in clause.outside)


def quotation(rule: Encoded) -> str | None:
    """Return what the rule says its source says: in quotation marks only where it quotes."""
    if rule.because is None:
        return None
    return f"“{rule.because}”" if rule.is_quotation else rule.because


def way_out_text(gate: Gate) -> str:
    """Return what a prohibition is on, and why nothing lifts it."""
    rule = listed(list(gate.instances)) if gate.instances else gate.rule
    return f"{rule}, on {listed(list(gate.actions))}: {release_text(gate)}"


def gates_title(gates: Sequence[Gate]) -> str:
    """Return how many gates there are, and how many have no way out."""
    if not gates:
        return "No gates: nothing is forbidden but what is not permitted"
    without = sum(not gate.has_way_out for gate in gates)
    return f"{counted(len(gates), 'gate')}, {without or 'none'} without a way out"


def release_text(gate: Gate) -> str:
    """Return what lifts a prohibition, or why nothing does."""
    match gate.release:
        case "unspecified":
            standards = listed([f"`{name}`" for name in gate.standards])
            text = f"rests on {standards}, which the text leaves unspecified"
        case "unstated":
            text = "no release is stated, so that it lasts as long as its trigger"
        case "impossible":
            text = "what would lift it contradicts its trigger"
        case "stated":
            text = "what lifts it can come true"
        case _:
            text = "whether it has a way out was not decided"
    return f"{text}; an exception can set it aside" if gate.excepted else text


# --- the matrix ---------------------------------------------------------------------------------


def by_framework(rows: Iterable[Row]) -> Iterator[tuple[str | None, list[Row]]]:
    """Yield the rows of each framework; those of none come last."""
    order = {name: place for place, name in enumerate(names())}
    ordered = sorted(rows, key=lambda row: order.get(row.name or "", len(order)))
    for name, group in groupby(ordered, key=lambda row: row.name):
        yield name, list(group)


def counts(rows: Iterable[Row]) -> Iterator[str]:
    """Yield how often `deploy` has each outcome, and why it is not always what the developer did."""
    decided = [row for row in rows if row.outcomes is not None]
    outcomes = Counter((row.outcomes or {})["deploy"] for row in decided)
    told = [f"{outcome} on {outcomes[outcome]}" for outcome in ("permitted", "forbidden", "undetermined")]
    yield f"Of {counted(len(decided), 'card')} published under a framework, `deploy` is {listed(told)}."
    kinds = Counter(row.difference["kind"] for row in decided if row.difference is not None)
    reasons = [f"{kind} on {n}" for kind, n in kinds.most_common()]
    yield f"Where that is not what the developer did, the reason is {listed(reasons)}."


def decided_cells(row: Row) -> tuple[str, ...]:
    """Return a card's row: its model, its date, an outcome for each action, what was done."""
    return (row.card["model"], row.card["published"], *(row.outcomes or {}).values(), happened_text(row))


def undecided_text(row: Row) -> str:
    return f"{row.card['model']}, {row.card['published']}: {happened_text(row)}"


def remarks(row: Row) -> Iterator[str]:
    """Yield why the outcome is not what was done, then the outcomes under other versions."""
    model = row.card["model"]
    if row.difference is not None:
        yield f"{model}: {reason_text(row.difference, row.comparison)} {row.difference['why']}"
    for also in row.also:
        yield f"{model} {also_text(also)}"


def reason_text(difference: Mapping[str, str], comparison: str | None) -> str:
    """Return the kind of reason for an outcome that is not what was done."""
    return f"{comparison}, {difference['kind']}:"


def also_text(also: Also) -> str:
    """Return a card's outcomes under another version of its publisher's framework."""
    share = f"{also.known} of its {counted(also.values, 'value')}"
    return f"under {also.name}, on {share}: {outcomes_text(also.outcomes)}"


def outcomes_text(outcomes: dict[str, str]) -> str:
    """Return the outcomes with the actions of each: ``deploy permitted; develop and use undetermined``."""
    actions: dict[str, list[str]] = {}
    for action, outcome in outcomes.items():
        actions.setdefault(outcome, []).append(action)
    return "; ".join(f"{listed(names)} {outcome}" for outcome, names in actions.items())


def happened_text(row: Row) -> str:
    return "not known" if row.happened == "unknown" else row.happened
