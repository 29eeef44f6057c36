"""Snapshots read back as they were written, whatever stands in them, and in one order."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
import pytest

from policylang import loads
from policylang.testing.snapshot import Entry, NoSnapshot, Snapshot, changes, dump, read, snapshot_of

words = st.text(max_size=6)
entries = st.builds(Entry, st.dictionaries(words, words, max_size=3), st.lists(words, max_size=3).map(tuple))
snapshots = st.builds(Snapshot, words, words, st.dates(), st.dictionaries(words, entries, max_size=4))


@given(snapshots)
def test_what_is_written_reads_back(snapshot: Snapshot) -> None:
    assert read(dump(snapshot)) == snapshot


@given(snapshots, snapshots)
def test_changes_are_all_that_differs_by_label(before: Snapshot, after: Snapshot) -> None:
    found = changes(before, after)
    assert [change.label for change in found] == sorted(
        label
        for label in {*before.entries, *after.entries}
        if before.entries.get(label) != after.entries.get(label)
    )
    assert not changes(before, before)


def test_the_order_in_which_records_come_is_not_seen() -> None:
    policy = loads("post_mitigation >= High -> forbid deploy")
    records = {"b": {}, "a": {"scores": {"cbrn": {"post_mitigation": "High"}}}}
    other = dict(reversed(records.items()))
    one, two = (snapshot_of(policy, "p", given, date(2026, 1, 1)) for given in (records, other))
    assert dump(one) == dump(two)


@given(st.one_of(st.text(), st.sampled_from(["[]", "null", '{"format": 1}', "[" * 100_000])))
def test_no_other_text_is_a_snapshot(text: str) -> None:
    with pytest.raises(NoSnapshot):
        read(text)
