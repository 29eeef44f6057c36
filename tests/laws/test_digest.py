"""``policy.digest`` is over the meaning: what says the same leaves it, every change of meaning changes it."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st
import pytest
from texts import written_policies

import policylang
from policylang.language import syntax as s
from policylang.language.formatter import format_file
from policylang.language.parser import parse
from policylang.source import Source

RICH = """\
policy rich
  title "A policy of everything"
  version "1"
  source "nowhere"
  effective 2026-01-01

scale Risk: Low < Medium < High < Critical
set area: cyber, bio
set site: rome, oslo
role board, auditor

record {
  model: text
  rate: number
  cost: number
  tested_on: past date
  due_on: date
  open: bool
  hardened: bool adjustable
  signed: attestation by board within 30 days
  scores: per area { before: Risk  after: Risk adjustable }
  sites: per site { visitors: number }
  runs: list of run { id: text key  passed: bool  level: Risk }
}

action deploy, develop: permitted unless forbidden
action share widens deploy: forbidden unless permitted

define risky = rate > 0.5 or cost >= 3
define enough = unspecified "the source does not say how much is enough"
grade danger: Risk from 2 * rate + cost: Medium at 1, High at 2.5

rule gate "A title":
  after >= High and not (open or risky) -> forbid deploy and develop
  until after <= Medium
  unless hardened and model in {"toy", "demo"}
  because "it is high"
  cites "clause 1"

rule second:
  any site (visitors > 10) -> require signed for deploy, warn "many visitors"
  cites "clause 2"

rule third:
  at least 2 run where (passed) (level <= Medium) and danger >= High -> permit share and deploy
  overrides fourth

rule fourth:
  open and enough -> forbid share and deploy
  overrides fifth

rule fifth: cost + rate < 2 and every area (after < High) -> permit share and deploy

tested_on < today - 90 days -> oblige "test again" within 30 days of due_on, forbid develop
model is missing -> forbid deploy
before > after and area = bio -> warn "the score of an area fell"

always deploy not permitted when after = Critical
always share tightens as cost rises

example "an example" {
  given {open: true}
  expect deploy undetermined
}
"""
BASE = policylang.loads(RICH)


def edited(*changes: str) -> str:
    """Return the rich policy with texts changed that stand in it once: old, new, old, new, …"""
    text = RICH
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


SAME_MEANING = {
    "layout": (" and not (open or risky)", "\n\tand\r\n not  ( open\n or risky )"),
    "signs of another kind": (
        "after >= High and",
        "after ≥ High and",
        "-> forbid share",
        "→ forbid share",
    ),
    "a comment": ("-> forbid deploy and develop\n", "-> forbid deploy and develop  # why\n# not\n"),
    "parentheses": ("rate > 0.5 or cost >= 3", "((rate > 0.5) or (cost >= 3))"),
    "the policy's name": ("policy rich", "policy poor"),
    "the header": ('version "1"', 'version "2"', "effective 2026-01-01", "effective 2027-01-01"),
    "no header": (RICH[: RICH.index("scale")], ""),
    "a title": ('rule gate "A title":', "rule gate:"),
    "because": ('because "it is high"', 'because "it is too high"'),
    "no because": ('  because "it is high"\n', ""),
    "cites": ('cites "clause 1"', 'cites "clause 1" cites "clause 9"'),
    "claims": ("always deploy not permitted when after = Critical\n", ""),
    "examples": (RICH[RICH.index("example") :], ""),
    "the order of clauses": (
        'until after <= Medium\n  unless hardened and model in {"toy", "demo"}',
        'unless hardened and model in {"toy", "demo"}\n  until after <= Medium',
    ),
    "the order of operands of and": (
        "after >= High and not (open or risky)",
        "not (open or risky) and after >= High",
    ),
    "the order of operands of or": ("rate > 0.5 or cost >= 3", "cost >= 3 or rate > 0.5"),
    "the order of a sum": (
        "from 2 * rate + cost:",
        "from cost + 2 * rate:",
        "cost + rate < 2",
        "rate + cost < 2",
    ),
    "the order of a list of literals": ('{"toy", "demo"}', '{"demo", "toy"}'),
    "the order of bounds": ("Medium at 1, High at 2.5", "High at 2.5, Medium at 1"),
    "the order of actions of an effect": ("-> forbid deploy and develop\n", "-> forbid develop and deploy\n"),
    "the order of effects": (
        'require signed for deploy, warn "many visitors"',
        'warn "many visitors", require signed for deploy',
    ),
    "the order of actions": ("action deploy, develop:", "action develop, deploy:"),
    "the order of fields": ("rate: number\n  cost: number", "cost: number\n  rate: number"),
    "the order of members": ("cyber, bio", "bio, cyber"),
    "the order of roles": ("role board, auditor", "role auditor, board"),
    "a quoted level": ("after <= Medium\n", 'after <= "Medium"\n'),
    "a number written otherwise": ("rate > 0.5", "rate > 50%", "cost >= 3", "cost >= 3.0e0"),
    "a name in full": ("open and enough", "record.open and enough"),
    "a define written out": ("(open or risky)", "(open or (rate > 0.5 or cost >= 3))"),
    "a where joined": ("where (passed) (level <= Medium)", "(passed and level <= Medium)"),
    "no for any": ("every area (after < High)", "no area (not after < High)"),
}

# The record.
RECORD_CHANGES = {
    "the order of levels": ("Low < Medium < High < Critical", "Critical < Low < Medium < High"),
    "a level more at the top": ("High < Critical", "High < Critical < Extreme"),
    "a level more at the bottom": ("Low < Medium <", "None < Low < Medium <"),
    "a member more": ("cyber, bio", "cyber, bio, chem"),
    "a member of a set that no rule names": ("rome, oslo", "rome, oslo, lima"),
    "a field more": ("  model: text\n", "  model: text\n  extra: text\n"),
    "a field less": ("  hardened: bool adjustable", "  hardened: bool"),
    "adjustable": ("  open: bool\n", "  open: bool adjustable\n"),
    "key": ("id: text key", "id: text"),
    "a type": ("id: text key", "id: number key"),
    "past": ("due_on: date", "due_on: past date"),
    "no past": ("tested_on: past date", "tested_on: date"),
    "the role of an attestation": ("by board within", "by auditor within"),
    "its duration": ("within 30 days\n  scores", "within 31 days\n  scores"),
    "its unit": ("within 30 days\n  scores", "within 30 weeks\n  scores"),
    "no duration of it": (" within 30 days\n  scores", "\n  scores"),
}
# The actions.
ACTION_CHANGES = {
    "a default": (
        "share widens deploy: forbidden unless permitted",
        "share widens deploy: permitted unless forbidden",
    ),
    "defaults": (
        "deploy, develop: permitted unless forbidden",
        "deploy, develop: forbidden unless permitted",
    ),
    "widens": ("share widens deploy:", "share widens develop:"),
    "no widens": ("share widens deploy:", "share:"),
    "an action more": ("action deploy, develop:", "action deploy, develop, destroy:"),
}
# Conditions.
CONDITION_CHANGES = {
    "an operator": ("after >= High and", "after > High and"),
    "another operator": ("after >= High and", "after = High and"),
    "its opposite": ("after >= High and", "after < High and"),
    "a level": ("after >= High and", "after >= Medium and"),
    "a field": ("after >= High and", "before >= High and"),
    "a member for all": (
        "after >= High and",
        "scores.bio.after >= High and",
        "until after <=",
        "until scores.bio.after <=",
    ),
    "a threshold": ("rate > 0.5", "rate > 0.50000000000000011"),
    "a number's sign": ("cost >= 3", "cost >= -3"),
    "a large number": ("cost >= 3", "cost >= 3e300"),
    "and for or": ("open or risky", "open and risky"),
    "no not": ("and not (open or risky)", "and (open or risky)"),
    "not of one operand": ("and not (open or risky)", "and (not open or risky)"),
    "an operand more": ("(open or risky)", "(open or hardened or risky)"),
    "an operand less": ("(open or risky)", "risky"),
    "a coefficient": ("from 2 * rate + cost", "from 3 * rate + cost"),
    "a summand less": ("from 2 * rate + cost", "from 2 * rate"),
    "a sign in a sum": ("from 2 * rate + cost", "from 2 * rate - cost"),
    "the bound of a grade": ("High at 2.5", "High at 2.6"),
    "the level of a grade": ("High at 2.5", "Critical at 2.5"),
    "a bound less": ("Medium at 1, High at 2.5", "High at 2.5"),
    "a bound more": ("High at 2.5", "High at 2.5, Critical at 3"),
    "a literal": ('{"toy", "demo"}', '{"toy", "demos"}'),
    "a literal more": ('{"toy", "demo"}', '{"toy", "demo", ""}'),
    "a quantifier": ("any site (visitors", "every site (visitors"),
    "no for any": ("any site (visitors", "no site (visitors"),
    "a count": ("at least 2 run", "at least 3 run"),
    "at most": ("at least 2 run", "at most 2 run"),
    "exactly": ("at least 2 run", "exactly 2 run"),
    "more than": ("at least 2 run", "more than 3 run"),
    "fewer than": ("at least 2 run", "fewer than 2 run"),
    "no where": ("where (passed) ", ""),
    "a quantifier of a set": ("every area (after < High)", "any area (after < High)"),
    "a duration before": ("today - 90 days", "today - 91 days"),
    "another unit": ("today - 90 days", "today - 90 weeks"),
    "a day after": ("today - 90 days", "today + 90 days"),
    "a day between": ("today - 90 days", "today - 90 days - 1 day"),
    "a missing field": ("model is missing", "rate is missing"),
    "a missing table": ("model is missing", "sites is missing"),
    "a missing row": ("model is missing", "sites.rome is missing"),
    "a member": ("area = bio", "area = cyber"),
    "not that member": ("area = bio", "area != bio"),
    "unspecified": ("open and enough", "open and risky"),
    "another unspecified define": ("define enough", "define plenty", "open and enough", "open and plenty"),
}
# Rules.
RULE_CHANGES = {
    "an effect": (
        "-> forbid deploy and develop\n",
        "-> permit deploy and develop\n",
        "after >= High and",
        "rate = 1 and",
        "until after <= Medium",
        "",
    ),
    "an action of an effect less": ("-> forbid deploy and develop\n", "-> forbid deploy\n"),
    "an action of an effect more": (
        "-> forbid deploy and develop\n",
        "-> forbid deploy and develop and share\n",
    ),
    "another action": ("model is missing -> forbid deploy", "model is missing -> forbid develop"),
    "an effect less": (', warn "many visitors"', ""),
    "what is required": ("require signed for", "require hardened for"),
    "forbid for require": ("require signed for deploy", "forbid deploy"),
    "a warning's text": ('warn "many visitors"', 'warn "very many visitors"'),
    "an obligation's text": ('oblige "test again"', 'oblige "test anew"'),
    "an obligation's duration": ("within 30 days of due_on", "within 1 month of due_on"),
    "an obligation's date": ("within 30 days of due_on", "within 30 days of tested_on"),
    "an obligation without a date": ("within 30 days of due_on", "within 30 days"),
    "an obligation without a duration": (" within 30 days of due_on", ""),
    "a release": ("until after <= Medium", "until after <= Low"),
    "no release": ("  until after <= Medium\n", ""),
    "an exception": ("unless hardened and model", "unless open and model"),
    "no exception": ('  unless hardened and model in {"toy", "demo"}\n', ""),
    "a release for an exception": (
        '  until after <= Medium\n  unless hardened and model in {"toy", "demo"}\n',
        "  unless after <= Medium\n",
    ),
    "an override": ("  overrides fourth\n", ""),
    "another override": ("  overrides fifth\n", ""),
    "a name": ("rule second:", "rule twice:"),
    "no name": ("rule second:\n", ""),
    "a rule less": ("model is missing -> forbid deploy\n", ""),
    "a rule more": (
        "model is missing",
        "model is missing and rate is missing -> forbid deploy model is missing",
    ),
}
CHANGES = {
    f"{part}: {what}": edits
    for part, table in (
        ("record", RECORD_CHANGES),
        ("action", ACTION_CHANGES),
        ("condition", CONDITION_CHANGES),
        ("rule", RULE_CHANGES),
    )
    for what, edits in table.items()
}


@pytest.mark.parametrize("edits", SAME_MEANING.values(), ids=SAME_MEANING)
def test_what_says_the_same_leaves_the_digest(edits: tuple[str, ...]) -> None:
    policy = policylang.loads(edited(*edits))
    assert policy.digest == BASE.digest
    assert {rule.digest for rule in policy.rules} == {rule.digest for rule in BASE.rules}


@pytest.mark.parametrize("edits", CHANGES.values(), ids=CHANGES)
def test_a_change_of_meaning_changes_the_digest(edits: tuple[str, ...]) -> None:
    assert policylang.loads(edited(*edits)).digest != BASE.digest


def test_one_meaning_in_two_words_is_one_meaning() -> None:
    counts = [
        policylang.loads(edited("at least 2 run", words)) for words in ("at least 3 run", "more than 2 run")
    ]
    assert counts[0].digest == counts[1].digest


def test_different_changes_give_different_digests() -> None:
    found = {what: policylang.loads(edited(*edits)).digest for what, edits in CHANGES.items()}
    assert [pair for pair in combinations(found, 2) if found[pair[0]] == found[pair[1]]] == []


def test_the_order_of_statements_and_the_labels_that_it_gives_leave_the_digest() -> None:
    nodes = list(parse(Source("policy", RICH)).statements)
    unnamed = [place for place, node in enumerate(nodes) if isinstance(node, s.Rule) and node.name is None]
    assert len(unnamed) == 3
    for seed in range(5):
        shuffled = Random(seed).sample(nodes, len(nodes))
        policy = policylang.loads(format_file(s.File(None, tuple(shuffled))))
        assert policy.digest == BASE.digest


def test_what_a_file_extends_means_the_same_as_when_it_is_written_out(tmp_path: Path) -> None:
    declarations, rules = RICH.split('rule gate "A title"')
    (tmp_path / "base.policy").write_text(declarations, encoding="utf-8")
    (tmp_path / "own.policy").write_text(f'extends "base.policy"\nrule gate {rules}', encoding="utf-8")
    assert policylang.load(tmp_path / "own.policy").digest == BASE.digest


@given(written_policies(), st.integers(0, 2**32))
def test_the_order_of_the_statements_of_a_random_policy_leaves_the_digest(text: str, seed: int) -> None:
    nodes = parse(Source("policy", text)).statements
    shuffled = Random(seed).sample(nodes, len(nodes))
    again = policylang.loads(format_file(s.File(None, tuple(shuffled))))
    assert again.digest == policylang.loads(text).digest
