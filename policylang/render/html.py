"""A decision as one page of HTML that needs nothing else: no script, no font, no picture.

It folds by keyboard (`details`), prints with everything unfolded, follows the reader's dark or light,
and says nothing by colour alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from typing import assert_never

import policylang
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome
from policylang.proof.explain import Account, Explanation, Reason, explanation
from policylang.proof.proof import Conclusion, Proof, ProofError
from policylang.proof.prover import prove
from policylang.proof.words import counted, listed, printable
from policylang.render.markup import Markup, element, joined, lines
from policylang.render.report import NOTHING, Decided, Report, Result, Unreadable, sign, verdict
from policylang.render.tables import Cell, Table, record_values, tables
from policylang.render.trees import tree
from policylang.truth import FALSE, TRUE, UNKNOWN

PLAIN = Markup("<!doctype html>\n")
NOTEBOOK_LINES = 150  # of one proof in a notebook
TREE_LINES = 400  # of one proof
PAGE_LINES = 4000  # of all proofs on a page
NO_PROOF = element("p", "The proof is left out of this long page.", class_="soft")


def document(report: Report) -> str:
    """Return the page."""
    title = f"{_headline(report)} · {report.title}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="generator", content=f"policylang {policylang.__version__}"),
        element("title", title),
        style("parts.css", "page.css"),
    )
    body = element(
        "body",
        element("a", "Skip to the decision", class_="skip", href="#decision"),
        _header(report),
        element("main", lines(_main(report)), id="decision"),
        _footer(report),
        class_="policylang",
    )
    return joined(PLAIN, element("html", head, "\n", body, lang="en"))


def style(*names: str) -> Markup:
    texts = [(files("policylang.render") / name).read_text(encoding="utf-8") for name in names]
    return element("style", Markup("".join(["\n", *texts])))


def _headline(report: Report) -> str:
    """Return the outcomes of one record, the number of several."""
    if len(report.results) == 1 and isinstance(report.results[0], Decided):
        told = report.results[0].told.accounts
        return listed([f"{account.action} {verdict(account)}" for account in told])
    return counted(len(report.results), "record")


def _header(report: Report) -> Markup:
    policy = report.policy
    source = policy.header.get("source")
    return element(
        "header",
        element("h1", report.title),
        element("p", f"Decided under the policy {report.name}, {report.date_text}."),
        element("p", f"Source of the policy: {source}", class_="soft") if source else None,
    )


def _main(report: Report) -> Iterator[Markup]:
    if not report.results:
        yield element("p", NOTHING)
    if len(report.results) > 1:
        yield _index(report)
    room = PAGE_LINES
    for number, result in enumerate(report.results, start=1):
        trees, taken = _trees(report, result, room)
        room -= taken
        yield _result(report, result, number, trees)


def _trees(report: Report, result: Result, room: int) -> tuple[dict[str, Markup], int]:
    """Return the proof of each action as a tree while a page has room, and how many lines they take."""
    trees: dict[str, Markup] = {}
    taken = 0
    if isinstance(result, Decided) and room > 0:
        proof = prove(result.decision, report.actions)
        for action in report.actions:
            trees[action], more = tree(proof, action, min(TREE_LINES, room - taken))
            taken += more
    return trees, taken


def _index(report: Report) -> Markup:
    """Return the table of all records and actions, each leading to its place below."""
    rows = []
    for number, result in enumerate(report.results, start=1):
        link = element("a", result.label, href=f"#record-{number}")
        if isinstance(result, Decided):
            cells = [element("td", badge(account, small=True)) for account in result.told.accounts]
        else:
            cells = [element("td", "refused", colspan=str(len(report.actions)))]
        rows.append(element("tr", element("th", link, scope="row"), cells))
    heads = [_column(name) for name in ("record", *report.actions)]
    return table_markup("Every record and the outcome of each action", heads, rows)


def table_markup(caption: str, heads: list[Markup], rows: list[Markup]) -> Markup:
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", heads)),
        element("tbody", lines(rows)),
    )
    return element("div", table, class_="wide", tabindex="0", role="group", aria_label=caption)


def _result(report: Report, result: Result, number: int, trees: Mapping[str, Markup]) -> Markup:
    match result:
        case Decided():
            parts = _decided(report, result, trees)
        case Unreadable():
            problems = [element("li", problem) for problem in result.problems]
            parts = iter([element("p", "The record was refused:"), element("ul", problems, class_="notes")])
        case _:
            assert_never(result)
    heading = element("h2", result.label, id=f"record-{number}")
    return element("article", heading, lines(parts), aria_labelledby=f"record-{number}")


def _decided(report: Report, result: Decided, trees: Mapping[str, Markup]) -> Iterator[Markup]:
    told = result.told
    told_before: set[Reason] = set()
    yield element("ul", lines(_outcome(account) for account in told.accounts), class_="outcomes")
    facts = [pair for name, value in record_values(result.decision) for pair in _term(name, value)]
    if facts:
        yield element("dl", facts)
    for table in tables(result.decision, report.actions):
        yield _table(table, report.actions)
    for account in told.accounts:
        yield _account(account, trees.get(account.action), told_before)
        told_before.update(account.reasons)
    if told.notes:
        yield element("h3", "What comes along")
        yield element("ul", lines(element("li", note) for note in told.notes), class_="notes")
    yield element("h3", "What this rests on")
    yield element(
        "dl",
        *_term("Record", result.decision.record.digest),
        *_term("Policy", report.policy.digest),
        *_term("Date", report.date_text),
    )


def _term(name: str, value: str) -> tuple[Markup, Markup]:
    return element("dt", name), element("dd", value, class_="code")


def _kind(account: Account) -> str:
    return account.outcome.value if account.is_constrained else "unconstrained"


def badge(account: Account, small: bool = False) -> Markup:
    """Return the outcome as a sign and a word in a box."""
    mark = element("i", sign(account), aria_hidden="true")
    return element("span", mark, " ", verdict(account), class_=f"badge {_kind(account)}{' small' * small}")


def _outcome(account: Account, more: Markup | None = None) -> Markup:
    return element(
        "li",
        element("p", element("strong", account.action), " ", badge(account)),
        element("p", f"{account.sentence}."),
        [element("p", f"It {prospect}.", class_="soft") for prospect in account.prospects],
        more,
        class_=f"outcome {_kind(account)}",
    )


def _account(account: Account, proof_tree: Markup | None, told: Collection[Reason]) -> Markup:
    title = f"Why {account.action} is {verdict(account)}"
    return element("section", element("h3", title), _why(account, proof_tree, told))


def _why(account: Account, proof_tree: Markup | None, told: Collection[Reason] = ()) -> Markup:
    """Return the rules that make an outcome, folded where a gate may pass, and its proof, folded."""
    reasons: Markup | None = lines(
        _reason_again(reason) if reason in told else _reason(reason) for reason in account.reasons
    )
    if account.is_pass and account.reasons:
        reasons = _fold("The rules that bear on it, and the values that they read", reasons)
    proof = _fold("The proof, statement by statement", proof_tree) if proof_tree else NO_PROOF
    return joined(reasons, proof)


def _folded_why(account: Account, proof_tree: Markup) -> Markup:
    why = _why(account, proof_tree)
    return why if account.is_pass or not account.reasons else _fold("Why", why)


def _fold(summary: str, content: Markup | None) -> Markup:
    return element("details", element("summary", summary), content, class_="fold")


def _title(reason: Reason) -> Markup:
    title = f": {reason.title}" if reason.title else ""
    return element("h4", element("span", reason.name, class_="code"), title)


def _reason_again(reason: Reason) -> Markup:
    return element("div", _title(reason), element("p", "As told above.", class_="soft"), class_="rule")


def _reason(reason: Reason) -> Markup:
    cites = listed(list(reason.cites)) if reason.cites else None
    quote = element(
        "blockquote",
        element("p", f"“{reason.because}”") if reason.because else None,
        element("footer", element("cite", cites)) if cites else None,
    )
    return element(
        "div",
        _title(reason),
        quote if reason.because or cites else None,
        element("ul", [element("li", text) for text in reason.values]),
        element("p", "Until ", element("span", reason.until, class_="code")) if reason.until else None,
        class_="rule",
    )


def _column(name: str) -> Markup:
    """Return the head of a column; a long name may go on in the next line behind a `_`."""
    first, *more = name.split("_")
    return element("th", first, [joined("_", element("wbr"), part) for part in more], scope="col")


def _table(table: Table, actions: tuple[str, ...]) -> Markup:
    heads = [_column(name) for name in (table.name or "record", *table.fields, *actions)]
    rows = [
        element(
            "tr",
            element("th", row.name, scope="row"),
            [element("td", value) for value in row.values],
            [element("td", _cell(cell)) for cell in row.cells],
        )
        for row in table.rows
    ]
    caption = "Which rules object to an action. That none does is no permission: the outcomes stand above."
    if table.left_out:
        caption += f" {counted(table.left_out, 'more row')} left out."
    title = f"Rules by {table.name}" if table.sets else "Rules on the record as a whole"
    return joined(element("h3", title), table_markup(caption, heads, rows))


CELLS = {
    TRUE: ("✕", "forbids", "forbidden"),
    UNKNOWN: ("?", "open", "undetermined"),
    FALSE: ("✓", "no objection", "permitted"),
}


def _cell(cell: Cell) -> Markup:
    if cell.objection is None:
        return element("span", "no rule", class_="soft")
    mark, word, kind = CELLS[cell.objection]
    box = element("span", element("i", mark, aria_hidden="true"), " ", word, class_=f"badge small {kind}")
    names = [joined(element("span", name, class_="name"), " ") for name in cell.rules]
    return joined(box, element("span", names, class_="why") if names else None)


def _footer(report: Report) -> Markup:
    return element(
        "footer",
        element(
            "p",
            f"Decided by policylang {policylang.__version__}. An outcome says what this text of a policy",
            " makes of this record; it is no statement of the policy's publisher.",
        ),
    )


# --- notebooks ----------------------------------------------------------------------------------


def decision_fragment(decision: Decision) -> str:
    """Return a decision for a notebook: a badge for each action, why and the proof folded below it."""
    return proof_fragment(decision.proof)


def proof_fragment(proof: Proof) -> str:
    """Return a proof for a notebook; one that was read from JSON has no rules to tell beside it.

    ProofError when such a proof is so wrong that it cannot be told.
    """
    if proof.decision is None:
        label, told = "Proof", Explanation(tuple(map(_concluded, proof.conclusions)), (), (), ())
    else:
        label = f"Decision under {printable(proof.decision.policy.name)}"
        told = explanation(proof.decision, [one.action for one in proof.conclusions])
    outcomes = [
        _outcome(account, _folded_why(account, tree(proof, account.action, NOTEBOOK_LINES)[0]))
        for account in told.accounts
    ]
    notes = element("ul", lines(element("li", note) for note in told.notes), class_="notes")
    return element(
        "div",
        style("parts.css"),
        element("ul", lines(outcomes), class_="outcomes"),
        notes if told.notes else None,
        class_="policylang",
        role="group",
        aria_label=label,
    )


def _concluded(one: Conclusion) -> Account:
    if one.outcome not in {outcome.value for outcome in Outcome}:
        raise ProofError(f"actions.{one.action}.outcome", "this is no outcome")
    action = printable(one.action)
    free = "" if one.constrained else ", but no rule constrains it"
    sentence = f"{action} is {one.outcome}{free}"
    return Account(one.action, Outcome(one.outcome), one.constrained, sentence, (), ())
