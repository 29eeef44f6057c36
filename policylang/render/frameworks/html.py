"""Frameworks as one page of HTML that needs nothing else: no script, no font, no picture.

Each clause has an anchor, so that it can be cited; quotations and paraphrases look different; it
folds by keyboard, prints with everything unfolded, and says nothing by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
import re

import attrs

import policylang
from policylang.frameworks import Account, Clause, Encoded, Framework, Row
from policylang.proof.words import counted, listed
from policylang.render.checks import witness_lines
from policylang.render.frameworks import words
from policylang.render.frameworks.words import Listed
from policylang.render.html import PLAIN, style, table_markup
from policylang.render.markup import Markup, element, joined, lines

TITLE = "Frontier-safety frameworks, clause by clause"
CARDS_TITLE = "Published scorecards, decided"
SIGNS = {"permitted": "✓", "forbidden": "✕", "undetermined": "?", "not constrained": "–"}
MAX_COLUMNS = 4  # of actions, for a table that a page is wide enough for
READING = (
    ("“Words in quotation marks”", "are quoted from the published text, with its section or page."),
    ("[Words in brackets]", "tell in other words what a clause says."),
    ("Interpretation", "marks what the encoding reads into the text: another reader may read otherwise."),
    ("Unspecified", "is a standard that the text names and never states. It is never taken to be met."),
    (
        "A way out",
        "is what lifts a prohibition. An exact analysis, which tries no samples and proves its answers, asks"
        " whether it can come true.",
    ),
)


@attrs.frozen
class Library:
    """What the page shows; a part may be empty."""

    overview: Sequence[Listed] = ()
    rows: Sequence[Row] = ()
    accounts: Sequence[Account] = ()


def document(library: Library) -> str:
    """Return the page."""
    title = TITLE
    if len(library.accounts) == 1 and not library.rows:
        title = f"{library.accounts[0].framework.title}, clause by clause"
    elif library.rows and not library.accounts:
        title = CARDS_TITLE
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="generator", content=f"policylang {policylang.__version__}"),
        element("title", title),
        style("parts.css", "page.css", "frameworks/page.css"),
    )
    body = element(
        "body",
        element("a", "Skip to the content", class_="skip", href="#content"),
        _header(title, library),
        element("main", lines(_main(library)), id="content"),
        _footer(),
        class_="policylang frameworks",
    )
    return joined(PLAIN, element("html", head, "\n", body, lang="en"))


# --- the top of the page ------------------------------------------------------------------------


def _header(title: str, library: Library) -> Markup:
    return element(
        "header",
        element("p", "policylang · the library of frameworks", class_="eyebrow"),
        element("h1", title),
        element("p", _lead(library), class_="lead"),
        _numbers(library),
        element("p", words.NO_STATEMENT, class_="soft"),
    )


def _lead(library: Library) -> str:
    if library.accounts:
        return (
            "May a model be developed, deployed, released? What published frameworks answer, each clause"
            " beside the rules that encode it, with all that the text leaves open."
        )
    if library.rows:
        return words.CARDS
    return "Published frameworks, each encoded as a policy that decides, proves and can be checked."


def _numbers(library: Library) -> Markup | None:
    """Return what there is, counted."""
    found: list[tuple[int, str]] = []
    if library.overview:
        frameworks = [one for one, _ in library.overview]
        gates = [gate for _, gates in library.overview for gate in gates]
        found += [
            (len(frameworks), "frameworks"),
            (sum(len(one.rules) for one in frameworks), "rules"),
            (len(gates), "gates"),
            (sum(not gate.has_way_out for gate in gates), "without a way out"),
            (sum(len(one.unspecified) for one in frameworks), "standards left unspecified"),
        ]
    if not found:
        return None
    if library.rows:
        found.append((len(library.rows), "published scorecards"))
    items = [
        element("div", element("dt", name), element("dd", f"{number:,}".replace(",", "\N{THIN SPACE}")))
        for number, name in found
    ]
    return element("dl", lines(items), class_="numbers")


def _main(library: Library) -> Iterator[Markup]:
    if library.accounts:
        yield _how_to_read()
    if len(library.accounts) > 1:
        yield _contents(library)
    if library.overview:
        yield _overview(library)
    if library.rows:
        yield _cards(library)
    for account in library.accounts:
        yield _account(account)


def _how_to_read() -> Markup:
    terms = [pair for term, text in READING for pair in (element("dt", term), element("dd", text))]
    return element("section", element("h2", "How to read this"), element("dl", terms), class_="reading")


def _contents(library: Library) -> Markup:
    by_publisher: dict[str, list[Markup]] = {}
    for account in library.accounts:
        one = account.framework
        link = element("a", one.title, href=f"#{one.name}")
        by_publisher.setdefault(one.publisher, []).append(
            element("li", link, " ", element("span", one.dated, class_="soft"))
        )
    groups = [
        element("div", element("h3", publisher), element("ul", lines(items)))
        for publisher, items in by_publisher.items()
    ]
    parts = [element("a", "The frameworks in numbers", href="#overview")] if library.overview else []
    parts += [element("a", CARDS_TITLE, href="#scorecards")] if library.rows else []
    also = element("p", joined(*[part for one in parts for part in (one, " · ")][:-1])) if parts else None
    return element("nav", element("h2", "Contents"), also, element("div", lines(groups), class_="groups"))


def _overview(library: Library) -> Markup:
    linked = {account.framework.name for account in library.accounts}
    rows = []
    for one in library.overview:
        publisher, name, *rest = words.cells(one)
        link = element("a", name, href=f"#{name}") if name in linked else name
        cells = [element("td", cell, class_="number" if place else None) for place, cell in enumerate(rest)]
        rows.append(element("tr", element("td", publisher), element("th", link, scope="row"), cells))
    heads = [element("th", name, scope="col") for name in words.HEADS]
    table = table_markup(words.GATES, heads, rows)
    return element("section", element("h2", "The frameworks in numbers"), table, id="overview")


# --- scorecards ---------------------------------------------------------------------------------


def _cards(library: Library) -> Markup:
    intro = [element("p", words.CARDS)] if library.accounts else []
    intro += [element("p", _prose(text)) for text in words.counts(library.rows)]
    linked = {account.framework.name for account in library.accounts}
    tables = [_group(name, group, linked) for name, group in words.by_framework(library.rows)]
    title = element("h2", CARDS_TITLE) if library.accounts else None
    return element("section", title, intro, lines(tables), id="scorecards")


def _group(name: str | None, rows: list[Row], linked: set[str]) -> Markup:
    if name is None:
        items = [element("li", words.undecided_text(row), ". ", _source(row)) for row in rows]
        return joined(element("h3", words.NO_FRAMEWORK), element("ul", lines(items), class_="notes"))
    framework = rows[0].card["framework"]
    title = element("a", framework, href=f"#{name}") if name in linked else framework
    actions = list(rows[0].outcomes or ())
    columns = actions if len(actions) <= MAX_COLUMNS else ["outcomes"]
    names = ("scorecard", "published", *columns, "the developer did")
    heads = [element("th", text, scope="col") for text in names]
    body = [tr for row in rows for tr in _card(row, len(names))]
    return joined(element("h3", title), table_markup(f"Decided under {name}", heads, body))


def _card(row: Row, width: int) -> Iterator[Markup]:
    done = words.happened_text(row)
    outcomes = row.outcomes or {}
    cells = [_badge(outcome) for outcome in outcomes.values()]
    if len(outcomes) > MAX_COLUMNS:
        kinds = dict.fromkeys(outcomes.values())
        cells = [joined(*(element("p", _badge(kind), f" {_actions_of(outcomes, kind)}") for kind in kinds))]
    mark = (
        None
        if row.comparison in (None, "agrees")
        else element("span", f"outcome {row.comparison}", class_="differs")
    )
    yield element(
        "tr",
        element("th", row.card["model"], scope="row"),
        element("td", row.card["published"], class_="date"),
        [element("td", cell) for cell in cells],
        element("td", done, joined(" ", mark) if mark else None),
    )
    yield element("tr", element("td", lines(_why(row)), colspan=str(width)), class_="why-row")


def _actions_of(outcomes: Mapping[str, str], kind: str) -> str:
    return listed([action for action, outcome in outcomes.items() if outcome == kind])


def _why(row: Row) -> Iterator[Markup]:
    if row.difference is not None:
        reason = _sentence(words.reason_text(row.difference, row.comparison))
        yield element("p", element("strong", f"{reason} "), _prose(row.difference["why"]))
    if row.card["remarks"]:
        yield element("p", _prose(row.card["remarks"]))
    for also in row.also:
        yield element("p", f"{_sentence(words.also_text(also))}.")
    yield element("p", _source(row))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _source(row: Row) -> Markup:
    source = row.card["source"]
    return joined("Source: ", _link(source["url"], source["title"]), ".")


def _badge(outcome: str) -> Markup:
    kind = outcome if outcome in SIGNS and outcome != "not constrained" else "unconstrained"
    sign = element("i", SIGNS[outcome], aria_hidden="true")
    return element("span", sign, " ", outcome, class_=f"badge small {kind}")


def _prose(text: str) -> Markup:
    """Return a text in which what stands in backticks is code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return joined(text)
    return joined(
        *(element("code", piece) if place % 2 else piece for place, piece in enumerate(pieces) if piece)
    )


def _link(target: str, text: str) -> Markup:
    """Return a link to a page of the web; what is no address of one stays text."""
    is_address = re.fullmatch(r"https://[!-~]+", target) is not None
    return element("a", text, href=target, rel="noreferrer") if is_address else joined(text)


# --- a framework --------------------------------------------------------------------------------


def _account(account: Account) -> Markup:
    one = account.framework
    return element(
        "section",
        element("h2", element("a", one.title, href=f"#{one.name}", class_="anchor")),
        element(
            "dl",
            _term("Publisher", one.publisher),
            _term("Version", words.version_text(one)),
            _term("Source", _link(one.source, one.source)),
            _term("Policy", element("span", one.name, class_="code")),
            _term("Digest", element("span", one.policy.digest, class_="code")),
        ),
        [element("p", _prose(text)) for text in one.head],
        element("div", lines(_panels(account)), class_="panels"),
        _folded("The record that is decided on", [one.record]),
        _folded("Definitions that the rules name", one.definitions),
        element("h3", "Clauses, and the rules that encode them"),
        lines(_clause(one, clause) for clause in one.clauses),
        _items("In other rules", one.elsewhere),
        _items("Outside the language", one.outside),
        _items("Beyond the language", one.beyond),
        _findings(account),
        id=one.name,
        class_="framework",
    )


def _folded(title: str, texts: Sequence[str]) -> Markup | None:
    if not texts:
        return None
    code = element("pre", lines(_code(line) for line in "\n\n".join(texts).splitlines()), tabindex="0")
    return element("details", element("summary", title), code)


def _term(name: str, value: str) -> Markup:
    return joined(element("dt", name), element("dd", value))


def _panels(account: Account) -> Iterator[Markup]:
    one = account.framework
    without = account.without_way_out
    if one.unspecified:
        terms = [_term(name, _prose(text)) for name, text in one.unspecified]
        yield _panel(f"{counted(len(terms), 'standard')} left unspecified", element("dl", terms))
    gates = [element("li", _prose(words.way_out_text(gate))) for gate in without]
    body = element("ul", lines(gates)) if gates else element("p", "Each gate has a way out.")
    yield _panel(words.gates_title(account.gates), body if account.gates else None)
    yield _panel("Categories, scales and actions", element("dl", list(_vocabulary(one))))
    if one.interpretations:
        readings = element("ul", lines(element("li", _prose(text)) for text in one.interpretations))
        yield _panel("Interpretations of the whole", readings)


def _panel(title: str, body: Markup | None) -> Markup:
    return element("div", element("h3", title), body, class_="panel")


def _vocabulary(one: Framework) -> Iterator[Markup]:
    for name, members in one.sets:
        yield _term(name, ", ".join(members))
    for name, levels in one.scales:
        yield _term(name, " < ".join(levels))
    for action in one.policy.actions.values():
        default = "permitted unless forbidden" if action.permitted else "forbidden unless permitted"
        yield _term(action.name, f"{default}, widens {action.widens}" if action.widens else default)


def _clause(one: Framework, clause: Clause) -> Markup:
    anchor = f"{one.name}-{clause.number}"
    return element(
        "article",
        element("h4", element("a", clause.number, href=f"#{anchor}", class_="anchor")),
        lines(_rule(rule) for rule in clause.rules),
        lines(element("p", _prose(text), class_="outside") for text in words.without_rule(clause)),
        id=anchor,
        class_="clause",
    )


def _rule(rule: Encoded) -> Markup:
    quote = element(
        "blockquote",
        element("p", words.quotation(rule) or "", class_=None if rule.is_quotation else "told"),
        element("footer", element("cite", listed(list(rule.cites)))),
    )
    body = rule.text.splitlines()[1:]  # without `rule NAME "title":`
    title = element(
        "p", element("span", rule.name, class_="code name"), f" {rule.title or ''}", class_="title"
    )
    code = element("pre", lines(_code(line.removeprefix("  ")) for line in body), tabindex="0")
    notes = [element("p", _prose(text), class_="remark") for text in rule.remarks]
    notes += [
        element("p", element("strong", "Interpretation "), _prose(text), class_="reading-note")
        for text in rule.interpretations
    ]
    return element("div", quote, element("div", title, code, notes), class_="pair")


# Words of the language that say what a rule does; a string is one piece, so that none is found in it.
PIECE = re.compile(r'("(?:[^"\\]|\\.)*"|\b(?:forbid|permit|require|oblige|warn|unless|until|overrides)\b|->)')


def _code(line: str) -> Markup:
    """Return a line of a rule, its effects and clauses emphasised."""
    pieces = PIECE.split(line)
    return joined(
        *(
            element("b", piece) if place % 2 and not piece.startswith('"') else piece
            for place, piece in enumerate(pieces)
        )
    )


def _items(title: str, items: Iterable[str]) -> Markup | None:
    found = [element("li", _prose(item)) for item in items]
    return joined(element("h3", title), element("ul", lines(found), class_="notes")) if found else None


def _findings(account: Account) -> Markup:
    report = account.report
    items = [
        element(
            "li",
            element("strong", f"{finding.severity} {finding.code}: "),
            _prose(finding.message),
            [element("p", line, class_="code") for line in witness_lines(finding)],
        )
        for finding in report
    ]
    items += [element("li", element("strong", "proved: "), claim) for claim in report.proved]
    found = counted(len(report), "finding") if report else "no findings"
    summary = f"What the exact analysis says: {found}, {counted(len(report.proved), 'claim')} proved"
    return element("details", element("summary", summary), element("ul", lines(items), class_="notes"))


def _footer() -> Markup:
    return element(
        "footer",
        element("h2", "How to cite"),
        element(
            "p",
            "Name the published text and its clause for what a framework says, and policylang with the digest"
            " of the policy for how it is encoded here. Each clause has an address of its own: follow the"
            " link on its number. A digest changes whenever the meaning of the encoding does.",
        ),
        element(
            "p",
            f"Made by policylang {policylang.__version__}. {words.NO_STATEMENT} An outcome says what an"
            " encoding makes of the values that a scorecard prints; it does not say that a developer kept or"
            " broke a promise.",
        ),
    )
