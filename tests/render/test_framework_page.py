"""The page of the frameworks: whole, self-contained, and with an address for each clause."""

from html.parser import HTMLParser

import pytest

from policylang.frameworks import account, framework, gates, matrix, names
from policylang.render.frameworks import html, markdown
from policylang.render.frameworks.markdown import prose

SHOWN = ("preparedness_beta", "xai_rmf", "eu_gpai_code_safety")
VOID = {"meta", "br", "hr", "link"}


class Page(HTMLParser):
    """What a page holds: texts, ids, links, and tags that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(found)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def library() -> html.Library:
    accounts = [account(name) for name in SHOWN]
    overview = [(one, gates(one.policy)) for one in map(framework, names())]
    return html.Library(overview, matrix(), accounts)


@pytest.fixture(scope="module")
def page(library: html.Library) -> Page:
    return Page(html.document(library))


def test_the_page_needs_nothing_else(page: Page, library: html.Library) -> None:
    assert not page.open
    assert not page.tags & {"script", "img", "iframe", "object", "link"}
    assert not {name for name in page.attributes if name.startswith("on")} | (page.attributes & {"src"})
    style = html.document(library).split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_links_lead_to_places_of_the_page_or_to_the_web(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link.startswith("https://") or link[1:] in page.ids, link


def test_each_clause_has_an_address_and_each_rule_its_words(page: Page, library: html.Library) -> None:
    for one in (told.framework for told in library.accounts):
        for clause in one.clauses:
            assert f"{one.name}-{clause.number}" in page.ids
        for text in (one.record, *one.definitions):
            assert " ".join(text.split()) in page.text
        for rule in one.rules:
            for words in (rule.title, rule.because, *rule.cites):
                assert words is None or " ".join(words.split()) in page.text, words


def test_each_card_stands_with_what_was_done_and_why_it_comes_out_otherwise(
    page: Page, library: html.Library
) -> None:
    for row in library.rows:
        assert row.card["model"] in page.text
        assert row.card["source"]["title"] in page.text
        if row.difference is not None:
            assert row.difference["why"].split("`")[0] in page.text


def test_only_addresses_of_the_web_become_links() -> None:
    assert "href" in html._link("https://example.org/a", "a")
    for target in ("javascript:alert(1)", "https://example.org/ x", "Frontier Model Safety Framework", ""):
        assert html._link(target, "<b>") == "&lt;b&gt;"


def test_what_stands_in_backticks_is_code_and_stays_escaped() -> None:
    assert html._prose("a `<b>` c") == "a <code>&lt;b&gt;</code> c"
    assert html._prose("one ` alone") == "one ` alone"


def test_strings_of_a_rule_are_not_read_as_its_words() -> None:
    assert html._code('x -> oblige "forbid <it> unless"') == (
        "x <b>-&gt;</b> <b>oblige</b> &quot;forbid &lt;it&gt; unless&quot;"
    )


def test_markdown_has_every_clause_and_card(library: html.Library) -> None:
    text = markdown.document(library.overview, library.rows, library.accounts)
    for one in (told.framework for told in library.accounts):
        assert all(f"#### {markdown.escaped(clause.number)}\n" in text for clause in one.clauses)
        assert all(rule.text in text for rule in one.rules)
        assert all(written in text for written in (one.record, *one.definitions))
    assert all(markdown.escaped(row.card["model"]) in text for row in library.rows)
    assert text.count("```") % 2 == 0


def test_what_stands_in_backticks_is_code_in_markdown_too() -> None:
    assert prose("`a_b` is *b* `c`") == "`a_b` is \\*b\\* `c`"
    assert prose("one ` alone") == "one \\` alone"
