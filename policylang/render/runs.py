"""What `test` found, as text, JSON and JUnit XML: examples, claims, and mutants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
import json
import math
from typing import Any

from policylang.proof.words import counted
from policylang.render.suites import Case, Suite
from policylang.testing.blocks import block
from policylang.testing.coverage import TRUTHS, Coverage, Row
from policylang.testing.mutation import EQUIVALENT, KILLED, NOT_DECIDED, SURVIVED, Mutant, Report
from policylang.testing.running import ClaimResult, Run

# --- examples and claims ------------------------------------------------------------------------


def run_lines(path: str, run: Run) -> Iterator[str]:
    """Yield a line for each example and claim, and what was not as expected."""
    for result in run.examples:
        yield f"{path}: {'passed' if result.passed else 'FAILED'}: {result.example.title}"
        yield from (f"  {text}" for text in result.mismatches)
    for claim in run.claims:
        yield f"{path}: {_claim_verdict(claim)}: {claim.claim.text}"
        yield from (f"  {text}" for text in claim.counterexamples)


def _claim_verdict(result: ClaimResult) -> str:
    if result.counterexamples:
        return f"FAILED on {counted(len(result.counterexamples), 'record')}"
    return f"tried on {counted(result.tried, 'record')}, not proved"


def run_json(run: Run) -> dict[str, Any]:
    """Return a run as JSON."""
    return {
        "policy": run.policy.name,
        "examples": [
            {"title": r.example.title, "passed": r.passed, "problems": list(r.mismatches)}
            for r in run.examples
        ],
        "claims": [
            {
                "claim": r.claim.text,
                "tried": r.tried,
                "proved": False,
                "counterexamples": list(r.counterexamples),
            }
            for r in run.claims
        ],
    }


def run_suite(path: str, run: Run) -> Suite:
    """Return a run as a suite: a case for each example and each claim."""
    cases = [_case(r.example.title, r.mismatches) for r in run.examples]
    cases += [_case(r.claim.text, r.counterexamples) for r in run.claims]
    return Suite(path, tuple(cases), (("policy digest", run.policy.digest),))


def _case(name: str, against: tuple[str, ...]) -> Case:
    return Case(name, "failure", against[0], against) if against else Case(name)


# --- mutants ------------------------------------------------------------------------------------


def percent(share: float | None) -> str:
    """Return a share in percent, never rounded up."""
    return "none" if share is None else f"{math.floor(share * 10) / 10:g} %"


def mutation_summary(path: str, report: Report) -> str:
    """Return one line: how many mutants there are, and what came of them."""
    parts = [
        f"{count} {status}"
        for status in (KILLED, SURVIVED, NOT_DECIDED, EQUIVALENT)
        if (count := len(report.having(status)))
    ]
    some = f" ({report.tried} of {report.drafts} edits tried)" if report.tried < report.drafts else ""
    found = f": {', '.join(parts)}" if parts else ""
    return f"{path}: {counted(len(report.mutants), 'mutant')}{some}{found}; score {percent(report.score)}"


def mutation_lines(path: str, report: Report) -> Iterator[str]:
    """Yield each survivor with a record and an example, what was not decided, what is equivalent."""
    for mutant in report.having(SURVIVED):
        yield f"{mutant.at}: survived: {mutant_name(mutant)}"
        yield from (f"  {line}" for line in survivor_lines(mutant))
        yield ""
    for mutant in report.having(NOT_DECIDED):
        yield f"{mutant.at}: not decided: {mutant_name(mutant)}: {mutant.verdict.reason}"
    for mutant in report.having(EQUIVALENT):
        yield f"{mutant.at}: equivalent: {mutant_name(mutant)}"
        yield from (f"  {line}" for line in history_lines(mutant))
    yield mutation_summary(path, report)


def mutant_name(mutant: Mutant) -> str:
    """Return what a mutant is, in a few words."""
    change = f"`{mutant.before}` becomes `{mutant.after}`" if mutant.after else f"without `{mutant.before}`"
    return f"mutant {mutant.number} of `{mutant.label}`, {mutant.kind}: {change}"


def survivor_lines(mutant: Mutant) -> Iterator[str]:
    """Yield the diff, how the record is decided, and the example that would kill the mutant."""
    difference = mutant.verdict.difference
    assert difference is not None, "a survivor has a record"
    yield from mutant.diff
    yield f"{_told(difference.expected, difference.mutated)}. This example would kill it:"
    yield from block(difference.example).splitlines()


def _told(expected: Mapping[str, str], mutated: Mapping[str, str]) -> str:
    """Return what policy and mutant say of the actions on which they differ."""
    told = [f"{action} is {outcome}, by the mutant {mutated[action]}" for action, outcome in expected.items()]
    return "; ".join(told)


def history_lines(mutant: Mutant) -> Iterator[str]:
    """Yield in what histories an equivalent mutant differs, nothing where it is proved that in none."""
    history = mutant.verdict.history
    if history is not None:
        told = _told(history.expected, history.mutated)
        dated = [f"on {day} {json.dumps(record, ensure_ascii=False)}" for day, record in history.steps]
        yield f"in single decisions only, not in histories: {', then '.join(dated)}: {told}"
    elif mutant.verdict.reason is not None:
        yield f"in single decisions; in histories not decided: {mutant.verdict.reason}"


def mutation_json(report: Report) -> dict[str, Any]:
    """Return a report as JSON."""
    counts = {
        status.replace(" ", "_"): len(report.having(status))
        for status in (KILLED, SURVIVED, EQUIVALENT, NOT_DECIDED)
    }
    return {
        "policy": report.policy,
        "score": report.score,
        **counts,
        "edits": report.drafts,
        "tried": report.tried,
        "mutants": [_mutant_json(mutant) for mutant in report.mutants],
    }


def _histories_json(mutant: Mutant) -> dict[str, Any]:
    """Return what is known of an equivalent mutant's histories."""
    verdict = mutant.verdict
    if mutant.status != EQUIVALENT:
        return {"histories": None, "history": None}
    if verdict.history is None:
        return {"histories": "alike" if verdict.reason is None else NOT_DECIDED, "history": None}
    history = verdict.history
    steps = [{"at": day.isoformat(), "record": record} for day, record in history.steps]
    outcomes = {"outcomes": history.expected, "mutant": history.mutated}
    return {"histories": "differ", "history": {"steps": steps, **outcomes}}


def _mutant_json(mutant: Mutant) -> dict[str, Any]:
    verdict, witness, example = mutant.verdict, None, None
    if verdict.difference is not None:
        today = verdict.difference.today
        witness = {
            "record": verdict.difference.record,
            "today": None if today is None else today.isoformat(),
            "outcomes": verdict.difference.expected,
            "mutant": verdict.difference.mutated,
        }
        example = block(verdict.difference.example)
    return {
        "number": mutant.number,
        "kind": mutant.kind,
        "in": mutant.label,
        "at": mutant.at,
        "before": mutant.before,
        "after": mutant.after,
        "status": mutant.status,
        "killed_by": verdict.killer,
        "reason": verdict.reason,
        "diff": "\n".join(mutant.diff),
        "witness": witness,
        "example": example,
        **_histories_json(mutant),
    }


def mutation_suite(path: str, report: Report) -> Suite:
    """Return a report as a suite: a case for each mutant, skipped where no example could kill it."""
    properties = (("score", "none" if report.score is None else str(report.score)),)
    return Suite(path, tuple(_mutant_case(mutant) for mutant in report.mutants), properties)


def _mutant_case(mutant: Mutant) -> Case:
    name = mutant_name(mutant)
    match mutant.status:
        case "survived":
            return Case(name, "failure", "no example kills it", tuple(survivor_lines(mutant)))
        case "not decided":
            return Case(name, "error", f"not decided: {mutant.verdict.reason}")
        case "equivalent":
            found = "; ".join(history_lines(mutant)) or "it decides every record and history alike"
            return Case(name, "skipped", f"equivalent: {found}")
        case _:
            return Case(name)


# --- coverage -----------------------------------------------------------------------------------


def coverage_summary(path: str, found: Coverage) -> str:
    """Return one line: how many of the truths that records can show the examples saw."""
    seen = f"{found.seen} of {counted(found.possible, 'truth')} seen by {counted(found.examples, 'example')}"
    return f"{path}: {seen}; coverage {percent(found.share)}"


def coverage_lines(path: str, found: Coverage) -> Iterator[str]:
    """Yield a table of rule instances and one of conditions, then the summary."""
    if found.rows:
        yield from _table("rule instance", found.instances)
        yield ""
        yield from _table("condition", found.conditions)
        yield ""
    yield coverage_summary(path, found)


MAX_WIDTH = 66  # of a name in a table: with the columns behind it, it fits a line of 100


def _table(head: str, rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each row: how many examples saw each truth, `-` where no record can show it."""
    names = [f"{row.at.line}: {row.name}" for row in rows]
    names = [name if len(name) <= MAX_WIDTH else f"{name[: MAX_WIDTH - 1]}…" for name in names]
    width = max(len(head), *(len(name) for name in names))
    yield f"{head:{width}}  {'true':>8}  {'false':>8}  {'unknown':>8}"
    for row, name in zip(rows, names, strict=True):
        cells = ["-" if t in row.impossible else str(row.seen[t]) for t in TRUTHS]
        gaps = f"  {gaps_text(row)}" if row.gaps else ""
        yield f"{name:{width}}  {'  '.join(f'{cell:>8}' for cell in cells)}{gaps}"


def gaps_text(row: Row) -> str:
    """Return what no example saw."""
    if len(row.gaps) == len(TRUTHS):
        return "never seen"
    return f"never seen {' or '.join(str(truth) for truth in row.gaps)}"


def coverage_json(found: Coverage) -> dict[str, Any]:
    """Return a coverage as JSON."""
    return {
        "policy": found.policy,
        "coverage": found.share,
        "seen": found.seen,
        "possible": found.possible,
        "examples": found.examples,
        "instances": [_row_json(row) for row in found.instances],
        "conditions": [_row_json(row) for row in found.conditions],
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "in": row.within,
        "at": str(row.at),
        **{str(truth): row.seen[truth] for truth in TRUTHS},
        "impossible": [str(truth) for truth in TRUTHS if truth in row.impossible],
        "gaps": [str(truth) for truth in row.gaps],
    }


def coverage_suite(path: str, found: Coverage) -> Suite:
    """Return a coverage as a suite: a case for each row, a failure where a truth was not seen."""
    cases = []
    for row in found.rows:
        name = f"{row.at}: {row.name}"
        cases.append(Case(name, "failure", gaps_text(row)) if row.gaps else Case(name))
    properties = (("coverage", "none" if found.share is None else str(found.share)),)
    return Suite(path, tuple(cases), properties)
