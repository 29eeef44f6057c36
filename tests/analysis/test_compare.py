"""Comparisons against brute force: a direction is found exactly when some record goes that way."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

import policylang
from policylang import Outcome
from policylang.analysis import Baseline, compare
from policylang.analysis.comparing import STRICTNESS

import generated
from enumerated import loaded, records, rules, tried

VERDICTS = {
    (False, False): "equivalent",
    (True, False): "looser",
    (False, True): "stricter",
    (True, True): "incomparable",
}


@settings(max_examples=max(24, settings().max_examples // 8))
@given(st.lists(rules, min_size=1, max_size=2), st.lists(rules, min_size=1, max_size=2))
def test_a_direction_is_found_exactly_when_a_record_goes_that_way(
    first: list[str], second: list[str]
) -> None:
    """Equal to deciding every small record by both policies; a baseline used twice says the same."""
    old, new = loaded(first), loaded([*first[1:], *second])
    if old is None or new is None:
        return
    some, are_enough = tried(old, new)
    decided = [(old.decide(record), new.decide(record)) for record in some]
    baseline = Baseline(old)
    for comparison in (compare(old, new), baseline.compare(new), baseline.compare(new, fewest=False)):
        for one in comparison.actions:
            changes = [STRICTNESS[b[one.action]] - STRICTNESS[a[one.action]] for a, b in decided]
            expected = VERDICTS[any(c > 0 for c in changes), any(c < 0 for c in changes)]
            assert one.verdict == expected or not are_enough
            assert (
                one.permits_more
                == any(b[one.action] is Outcome.PERMITTED is not a[one.action] for a, b in decided)
                or not are_enough
            )
            for change, looser in ((one.looser, True), (one.stricter, False)):
                if change is not None:
                    found = [p.decide(change.record, today=change.today)[one.action] for p in (old, new)]
                    assert found == [change.old, change.new]
                    assert (STRICTNESS[change.new] > STRICTNESS[change.old]) == looser
                    assert change.sentence.startswith("NEW ")


def test_a_record_of_many_facts_is_proved_the_smallest_soon() -> None:
    """Every rule of a large policy has to be known not to hold: some fact of each is needed."""
    lines = generated.structured(200, 200, 1)
    old, new = (policylang.loads("\n".join(x)) for x in (lines, generated.mutant(lines, 2)))
    comparison = compare(old, new, time_limit=20, count_limit=0)
    assert comparison.verdict == "incomparable"
    assert [(change.is_smallest, len(change.record) > 25) for change in comparison.changes] == [
        (True, True)
    ] * 4


@settings(max_examples=max(10, settings().max_examples // 10))
@given(st.lists(rules, min_size=1, max_size=2), st.lists(rules, min_size=1, max_size=2))
def test_no_small_record_has_fewer_facts_than_the_smallest(first: list[str], second: list[str]) -> None:
    """Among all small records with the same outcomes; entries of lists are facts too."""
    old, new = loaded(first), loaded([*first[1:], *second])
    if old is None or new is None:
        return
    # Not each is the smallest, as where lists are taken by profiles.
    changes = [change for change in compare(old, new, count_limit=0).changes if change.is_smallest]
    for record in tried(old, new)[0] if changes else []:
        before, after = old.decide(record), new.decide(record)
        for change in changes:
            is_alike = (before[change.action], after[change.action]) == (change.old, change.new)
            assert not is_alike or facts_of(change.record) <= facts_of(record)


def facts_of(record: dict[str, Any]) -> int:
    """Return the number of leaves, and entries of lists."""
    found = 0
    for value in record.values():
        found += sum(1 + len(entry) for entry in value) if isinstance(value, list) else 1
    return found


def test_the_smallest_record_has_no_fact_to_spare_and_few_enough() -> None:
    """As small as any: another record with fewer facts does not show the change."""
    old, new = (
        loaded(["a >= high and b -> forbid gate"]),
        loaded(["(a >= high and b) or a = middle -> forbid gate"]),
    )
    assert old is not None and new is not None
    change = compare(old, new)["gate"].stricter
    assert change is not None
    sizes = [
        len(r)
        for r in records()
        if old.decide(r)["gate"] is change.old and new.decide(r)["gate"] is change.new
    ]
    assert len(change.record) == min(sizes)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ("score >= 5 -> forbid go", "equivalent"),
        ("score > 5 -> forbid go", "looser"),
        ("score >= 4 -> forbid go", "stricter"),
        ("at least 2 item (n > 3) -> forbid go", "incomparable"),
    ],
)
def test_one_baseline_for_many_policies(change: str, verdict: str) -> None:
    """Whatever was compared before: what one rule of a policy needs is made for it alone."""
    text = """
        record {{ score: number, items: list of item {{ n: number }} }}
        action go: permitted unless forbidden
        any item (n >= 7) -> forbid go
        {}
    """
    baseline = Baseline(policylang.loads(text.format("score >= 5 -> forbid go")))
    other = policylang.loads("record { x: bool } action go: permitted unless forbidden x -> forbid go")
    for new in (other, policylang.loads(text.format("any item (n >= 6) -> forbid go"))):
        assert baseline.compare(new).verdict == "incomparable"
    assert baseline.compare(policylang.loads(text.format(change))).verdict == verdict


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("forbidden unless permitted", "permitted unless forbidden", "looser"),
        ("permitted unless forbidden", "forbidden unless permitted", "stricter"),
        ("forbidden unless permitted", "forbidden unless permitted", "equivalent"),
    ],
)
def test_a_default_of_an_action_counts_where_all_rules_are_the_same(old: str, new: str, verdict: str) -> None:
    text = "record {{ safe: bool }}\naction go: {}\nnot safe -> forbid go"
    first, second = (policylang.loads(text.format(default)) for default in (old, new))
    assert [compare(first, second)["go"].verdict, Baseline(first).compare(second)["go"].verdict] == [
        verdict
    ] * 2


def test_a_baseline_counts_the_regions_of_two_policies_whatever_came_before() -> None:
    text = "record {{ x: number }} action go: permitted unless forbidden x > {} -> forbid go"
    old, new, other = (policylang.loads(text.format(n)) for n in (5, 8, 7))
    baseline = Baseline(old)
    baseline.compare(other, count_limit=5)
    (one,), (expected,) = baseline.compare(new, count_limit=5).actions, compare(old, new).actions
    assert one.counts == expected.counts
    assert (one.counts.looser, one.counts.stricter) == (1, 0)


def test_names_order_and_layout_do_not_matter() -> None:
    old = policylang.loads(
        "rule a: post_mitigation >= High -> forbid deploy\nrule b: pre_mitigation = Low -> forbid develop"
    )
    new = policylang.loads(
        "pre_mitigation < Medium->forbid develop  not (post_mitigation < High) -> forbid deploy"
    )
    assert compare(old, new).verdict == "equivalent"


@pytest.mark.parametrize(
    ("effects", "reordered", "verdict"),
    [
        ("forbid deploy, require y for develop", "require y for develop, forbid deploy", "equivalent"),
        ("forbid deploy, require y for develop", "require y for deploy, forbid develop", "incomparable"),
        (
            "require y for deploy, require z for deploy",
            "require z for deploy, require y for deploy",
            "equivalent",
        ),
        (
            "require y for deploy and develop, require z for develop and deploy",
            "require z for deploy and develop, require y for develop and deploy",
            "equivalent",
        ),
        (
            "require y for deploy, require z for develop",
            "require z for deploy, require y for develop",
            "incomparable",
        ),
        ('warn "w", forbid deploy', 'forbid deploy, warn "w"', "equivalent"),
    ],
)
def test_the_order_of_effects_does_not_matter_where_the_actions_are_the_same(
    effects: str, reordered: str, verdict: str
) -> None:
    head = "record { x: bool, y: bool, z: bool } action deploy, develop: permitted unless forbidden "
    old, new = (policylang.loads(f"{head} rule r: x -> {text}") for text in (effects, reordered))
    assert [compare(old, new).verdict, Baseline(old).compare(new).verdict] == [verdict, verdict]


# --- two record types and two sets of actions -----------------------------------------------------

GO = "action go: permitted unless forbidden"


@pytest.mark.parametrize(
    ("old", "new", "verdict", "told"),
    [
        ("s: A < B < C | s >= B", "s: A < B < D | s >= B", "equivalent", ["level `C` only in OLD", "`D`"]),
        ("s: A < B | s >= B", "s: A < B < C < D | s >= B", "equivalent", ["levels `C` and `D` only in NEW"]),
        ("s: A < B | s >= B", "s: B < A | s >= B", "stricter", ["in another order"]),
        ("s: A < B < C | s >= B", "s: C < A < B | s >= A", "incomparable", ["in another order"]),
        ("s: A < B | s >= B", "s: C < D | s >= D", "equivalent", ["no levels in common"]),
        ("s: A < B | s >= B", "s: B < C | s >= C", "looser", ["level `A` only in OLD"]),
        ("s: A < B | s >= B", "s: B < C | s >= B", "equivalent", ["level `C` only in NEW"]),
    ],
)
def test_levels_are_aligned_by_their_names(old: str, new: str, verdict: str, told: list[str]) -> None:
    """Of the records that fit both: their level is one that both scales have, or absent."""
    policies, sides = [], []
    for text in (old, new):
        levels, condition = text.removeprefix("s:").split("|")
        declared = f"scale S: {levels} record {{ s: S }} {GO}"
        policies.append(policylang.loads(f"{declared} {condition} -> forbid go"))
        sides.append(set(levels.replace("<", " ").split()))
    shared = sorted(sides[0] & sides[1])
    decided = [[p.decide(r)["go"] for p in policies] for r in ({}, *({"s": x} for x in shared))]
    changes = [STRICTNESS[b] - STRICTNESS[a] for a, b in decided]
    comparison = compare(*policies)
    assert comparison.verdict == VERDICTS[any(c > 0 for c in changes), any(c < 0 for c in changes)] == verdict
    assert all(any(part in sentence for sentence in comparison.differences) for part in told)


BEYOND = """
scale L: {below}low < high{level}
set S: a, b{member}
record {{ c: {type}, s: S, unread: L, items: list of item {{ level: L }} }}
action go: permitted unless forbidden
{rules}
"""


@pytest.mark.parametrize(
    ("change", "old_rules", "new_rules", "more", "told"),
    [
        ({"level": " < top"}, "c >= high -> forbid go", "c >= high -> forbid go", False, None),
        ({"level": " < top"}, "c >= high -> forbid go", "c = high -> forbid go", True, "`c` is `top`"),
        ({"below": "none < "}, "c >= low -> forbid go", "c >= none -> forbid go", False, None),
        ({"below": "none < "}, "c >= low -> forbid go", "c >= low -> forbid go", True, "`c` is `none`"),
        ({"member": ", d"}, "s = a -> forbid go", "s = a -> forbid go", True, "`s` is `d`"),
        ({"member": ", d"}, "s = a -> forbid go", "s in {a, d} -> forbid go", False, None),
        ({"type": "number"}, "c >= high -> forbid go", "c > 9 -> forbid go", True, "`c` is given"),
        ({"type": "number"}, "c >= high -> forbid go", "c > 9 or c <= 9 -> forbid go", False, None),
        ({"type": "number"}, "s = a -> forbid go", "s = a or c > 9 -> forbid go", False, None),
        (
            {"level": " < top"},
            "any item (level = high) -> forbid go",
            "any item (level = high) -> forbid go",
            None,
            "not decided",
        ),
    ],
)
def test_what_old_cannot_read_it_does_not_permit(
    change: dict[str, str], old_rules: str, new_rules: str, more: bool | None, told: str | None
) -> None:
    """The verdict is over records that fit both; a gate that may not get looser looks beyond them."""
    parts = {"below": "", "level": "", "member": "", "type": "L"}
    old = policylang.loads(BEYOND.format(**parts, rules=old_rules))
    new = policylang.loads(BEYOND.format(**{**parts, **change}, rules=new_rules))
    comparison = compare(old, new)
    assert comparison.permits_more is more
    assert [told in note for note in comparison.notes] == [True] if told else not comparison.notes


KEYED = """
record {{ n: number, items: list of item {{ {fields}ok: bool }} }}
action go: forbidden unless permitted
{rule} -> permit go
"""
APPROVED = "at least 2 item (ok)"


@pytest.mark.parametrize(
    ("old", "new", "rules", "more"),
    [
        ("by: text key, ", "by: text, ", (APPROVED, APPROVED), None),
        ("by: text key, ", "", (APPROVED, APPROVED), None),
        ("by: text key, ", "by: text, id: text key, ", (APPROVED, APPROVED), None),
        ("by: text key, ", "by: number key, ", (APPROVED, APPROVED), None),
        ("by: text key, ", "by: text, ", ("n > 1", "n > 1"), False),
        ("by: text key, ", "by: text, ", (APPROVED, f"{APPROVED} and n > 1 and n < 1"), False),
        ("by: text key, ", "by: text key, more: text, ", (APPROVED, APPROVED), False),
        ("by: text, ", "by: text key, ", (APPROVED, APPROVED), False),
    ],
)
def test_a_key_that_is_gone_makes_lists_that_old_cannot_read(
    old: str, new: str, rules: tuple[str, str], more: bool | None
) -> None:
    """Two approvals by one person, of which OLD takes one for a mistake, are enough for NEW."""
    sides = zip((old, new), rules, strict=True)
    policies = [policylang.loads(KEYED.format(fields=fields, rule=rule)) for fields, rule in sides]
    comparison = compare(*policies)
    assert comparison.permits_more is more
    open_end = "beyond OLD: entries of `items` may have what OLD cannot read"
    assert [note.endswith(open_end) for note in comparison.notes] == ([True] if more is None else [])


def test_a_key_of_one_side_only_is_told() -> None:
    text = 'record {{ l: list of e {{ k: text{} }} }} {} any e (k = "a") -> forbid go'
    comparison = compare(*(policylang.loads(text.format(key, GO)) for key in (" key", "")))
    assert comparison.verdict == "equivalent"
    assert comparison.differences == ("`l.k` is a key only in OLD",)


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("go", "stay", "incomparable"),
        ("go, stay", "go", "stricter"),
        ("go", "go, stay", "looser"),
        ("stay, go", "go, stay", "equivalent"),
    ],
)
def test_an_action_that_a_policy_does_not_have_it_never_permits(old: str, new: str, verdict: str) -> None:
    text = "record {{ x: bool }} action {}: permitted unless forbidden x -> forbid {}"
    sides = [(actions, actions.replace(",", " and")) for actions in (old, new)]
    policies = [policylang.loads(text.format(*side)) for side in sides]
    comparison = compare(*policies)
    assert comparison.verdict == verdict
    assert comparison.permits_more == (verdict in ("looser", "incomparable"))


def test_an_added_action_that_nothing_permits_changes_no_verdict() -> None:
    text = "record { x: bool } action go: permitted unless forbidden x -> forbid go "
    more = "action stay: forbidden unless permitted x and not x -> permit stay"
    comparison = compare(policylang.loads(text), policylang.loads(text + more))
    assert (comparison.verdict, comparison.only_new) == ("equivalent", ("stay",))
    assert comparison.added_permits == ()


@pytest.mark.parametrize(
    ("old", "new", "notes"),
    [
        (
            "x -> forbid go until y",
            "x -> forbid go",
            ["`until` of `rule-1` of OLD can", "`rule-1` of OLD may"],
        ),
        ("x -> forbid go until y", "rule r: x -> forbid go until x and y", ["OLD and of `r` of NEW"]),
        ("rule r: x -> forbid go until y", "rule q: x -> forbid go until y", []),
        ("x -> forbid go", "not (not x) -> forbid go", []),
        ("x and not x -> forbid go", 'x -> warn "w"', ["only OLD has rules on `go`"]),
    ],
)
def test_what_no_single_record_shows_is_told(old: str, new: str, notes: list[str]) -> None:
    """A past, and a gate that is asked of an action without rules."""
    head = f"record {{ x: bool, y: bool }} {GO}"
    comparison = compare(policylang.loads(f"{head} {old}"), policylang.loads(f"{head} {new}"))
    assert [note in told for note, told in zip(notes, comparison.notes, strict=True)] == [True] * len(notes)


@pytest.mark.parametrize(
    ("old", "new", "more"),
    [
        ("x -> forbid go until y", "x -> forbid go", None),
        ("x -> forbid go until y", "x -> forbid go until y or z", None),
        ("x -> forbid go until y", "x or z -> forbid go until y and x", False),
        ("x -> forbid go until y", "true -> forbid go", False),
        ("x -> forbid go until y", "x or y -> forbid go", None),
        ("x -> require z for go until y", "x or not z -> forbid go until y", False),
        ("x -> forbid go", "x -> forbid go until y", False),
        ("x -> forbid go until y", "z -> forbid go until y", True),
        ("z -> forbid go until y x -> forbid go", "x or z -> forbid go", None),
        ("x -> forbid come until y", "x -> forbid go until y", True),
        ("x -> forbid come until y x -> forbid go", "x -> forbid come x -> forbid go until y", None),
        ("x -> forbid go, forbid come until y", "x -> forbid go, forbid come", None),
    ],
)
def test_a_prohibition_that_lasts_less_long_is_not_decided(old: str, new: str, more: bool | None) -> None:
    """NEW may permit it in a history, which no single record shows; `come` is `go` and more."""
    head = "record { x: bool, y: bool, z: bool } action go, come: permitted unless forbidden"
    policies = [
        policylang.loads(f"{head} action come_again widens go: permitted unless forbidden {x}")
        for x in (old, new)
    ]
    assert compare(*policies).permits_more is more
    assert Baseline(policies[0]).compare(policies[1]).permits_more is more


def test_releases_may_be_nested_deeply() -> None:
    """By defines, as deep as a policy may be."""
    head = f"record {{ x: bool, y: bool }} {GO} define d0 = y "
    chain = [f"define d{place} = not (d{place - 1} and x)" for place in range(1, 300)]
    last = policylang.loads(f"{head} {' '.join(chain)} x -> forbid go until d299")
    other = policylang.loads(f"{head} {' '.join(chain)} x -> forbid go until d298")
    assert [compare(last, one).permits_more for one in (last, other)] == [False, None]


def test_a_sentence_tells_what_both_outcomes_rest_on() -> None:
    """Not only what OLD forbids for, as NEW does not permit whenever that is so."""
    head = f"record {{ x: bool, y: bool, n: number }} {GO}"
    old = policylang.loads(f"{head} x -> forbid go")
    new = policylang.loads(f"{head} x -> require y for go")
    told = compare(old, new)["go"].looser
    assert told is not None
    assert told.sentence == "NEW permits go when x is true and y is true; OLD forbids it"


def test_a_sentence_tells_facts_in_the_order_of_the_record() -> None:
    """Also where the stricter policy rests on the later ones alone."""
    head = "record { x: bool, y: bool, z: bool } action go: forbidden unless permitted "
    old, new = (policylang.loads(f"{head} rule r: {one} -> permit go") for one in ("x and y", "z"))
    told = compare(old, new)["go"].stricter
    assert told is not None
    assert told.sentence == "NEW forbids go when x is true, y is true and z is false; OLD permits it"


@pytest.mark.parametrize(
    ("old", "new", "when"),
    [
        ("at least 2 e (true)", "at least 3 e (true)", "l is a list of 2 entries"),
        ("no e (y)", "no e (true) and x", "x is false and l is a list without entries"),
        ("no e (y)", "false", "l is a list without entries"),
        ("any e (y)", "false", "l[0].y is true"),
        ("at least 2 e (true)", "no e (y)", "l is a list of 2 entries and l[0].y is true"),
    ],
)
def test_a_sentence_tells_of_a_list_where_no_entry_tells(old: str, new: str, when: str) -> None:
    head = f"record {{ x: bool, l: list of e {{ y: bool }} }} {GO}"
    policies = (policylang.loads(f"{head} {one} -> forbid go") for one in (old, new))
    told = compare(*policies)["go"].looser
    assert told is not None
    assert told.sentence == f"NEW permits go when {when}; OLD forbids it"


def test_a_sentence_tells_the_day_where_an_outcome_rests_on_it() -> None:
    old, new = (
        policylang.loads(
            "record { p: past date } action go: permitted unless forbidden "
            f"rule r: p < today - {days} days -> forbid go"
        )
        for days in (90, 180)
    )
    told = compare(old, new)["go"].looser
    assert told is not None and told.today is not None
    assert told.sentence == (
        f"NEW permits go when p is {told.record['p']} and today is {told.today}; OLD forbids it"
    )


def test_each_action_is_told_when_it_is_decided_made_small_and_counted() -> None:
    text = "record {{ x: number }} action go, stay: permitted unless forbidden x > {} -> forbid go"
    calls: list[None] = []
    compare(*(policylang.loads(text.format(n)) for n in (1, 2)), answered=lambda: calls.append(None))
    assert len(calls) == 2 * 3
