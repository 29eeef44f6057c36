"""What is said of mutants holds: the killed are noticed, the equivalent alike, the survivors shown."""

from pathlib import Path
import sys

import click
from hypothesis import given, settings
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))

import shapes

from policylang import Policy, loads, testing
from policylang.cli import testing as cli
from policylang.core.loader import located, policy_at
from policylang.source import Source
from policylang.testing import mutation
from policylang.testing.blocks import block, with_examples
from policylang.testing.mutants import Draft
from policylang.testing.mutation import Subject, killing_examples, mutate
from policylang.testing.running import run

GATE = """\
# kept
policy gate
rule gate: post_mitigation>=High->forbid deploy   # why
example "a High score" { given {scores: {cbrn: {post_mitigation: High}}} expect deploy forbidden }  # here
# the end
"""


def subject_of(text: str) -> Subject:
    return Subject.of(Source("gate.policy", text), Path(), "gate")


def statuses(report: mutation.Report) -> dict[str, str]:
    return {f"{m.kind}: {m.after or m.before}": m.status for m in report.mutants}


def test_a_gate_and_one_example() -> None:
    assert statuses(mutate(subject_of(GATE))) == {
        "rule dropped: gate": "killed",
        "threshold: post_mitigation >= Critical": "killed",
        "threshold: post_mitigation >= Medium": "survived",
        "comparison: post_mitigation < High": "killed",
        "member: every category but cybersecurity": "survived",
        "member: every category but cbrn": "killed",
        "member: every category but persuasion": "survived",
        "member: every category but model_autonomy": "survived",
    }


def test_equivalent_mutants_are_proved_and_not_counted() -> None:
    """The second rule says all that the first does, and leaves open what `other` would tell."""
    text = """
    record { risk: number  other: bool }
    action deploy: permitted unless forbidden
    rule a: risk > 2 -> forbid deploy
    rule b: risk > 2 or (other and not other) -> forbid deploy
    example "above" { given {risk: 3} expect deploy forbidden }
    example "at it" { given {risk: 2, other: true} expect deploy permitted }
    """
    report = mutate(subject_of(text))
    assert statuses(report)["rule dropped: a"] == "equivalent"
    assert statuses(report)["rule dropped: b"] == "survived"
    plain = mutate(subject_of(text.replace("or (other and not other)", "or risk > 5")))
    found = statuses(plain)
    assert found["rule dropped: a"] == found["rule dropped: b"] == "equivalent"
    assert plain.counted == len(plain.mutants) - len(plain.having("equivalent"))


def test_a_claim_kills_where_the_test_command_would_fail() -> None:
    text = """
    record { risk: number }
    action deploy, develop: permitted unless forbidden
    rule a: risk > 2 -> forbid deploy
    example "only development is expected" { given {risk: 3} expect develop permitted }
    """
    claimed = text + "always deploy not permitted when risk > 2"
    assert statuses(mutate(subject_of(text)))["rule dropped: a"] == "survived"
    (dropped,) = (m for m in mutate(subject_of(claimed)).mutants if m.kind == "rule dropped")
    assert dropped.verdict.killer == "always deploy not permitted when risk > 2"


def test_what_is_past_the_limit_of_time_is_not_decided_and_counts() -> None:
    report = mutate(subject_of(GATE), time_limit=0)
    assert report.having("not decided") and not report.having("equivalent")
    assert report.score == 100 * len(report.having("killed")) / len(report.mutants)


def test_what_does_not_load_is_no_mutant() -> None:
    """A rule with instances may not permit."""
    subject = subject_of("post_mitigation >= High -> forbid deploy")
    (effect,) = (draft for draft in subject.drafts if draft.edit.kind == "effect")
    assert subject.judge(effect).status == mutation.NO_POLICY
    assert "effect: permit deploy" not in statuses(mutate(subject))


@pytest.mark.parametrize("name", ["preparedness_beta", "deployer"])
def test_each_survivor_is_killed_by_its_example(name: str) -> None:
    """The example comes out on the policy, and does not on the mutant."""
    subject = Subject.of(*located(name))
    survivors = mutate(without_examples(subject), limit=15).having("survived")
    assert survivors
    for mutant in survivors:
        difference = mutant.verdict.difference
        assert difference is not None
        assert difference.expected != difference.mutated
        text = subject.loaded.source.text + "\n" + block(difference.example)
        assert run(policy_at(Source(f"{name}.policy", text), *subject.origin[1:])).failures == 0
        changed = subject.mutant(subject.drafts[mutant.number - 1])
        assert changed is not None
        decision = changed.decide(difference.record, today=difference.today)
        assert {action: decision[action].value for action in difference.mutated} == difference.mutated


def without_examples(subject: Subject) -> Subject:
    """Return the same policy whose examples nobody wrote: every mutant is compared."""
    bare = Subject(subject.origin, subject.loaded, subject.policy)
    bare.__dict__["cases"] = ()
    return bare


@settings(max_examples=max(10, settings().max_examples // 5))
@given(testing.policies(shapes.SCHEMA), shapes.records())
def test_an_equivalent_mutant_decides_a_record_alike(policy: Policy, record: object) -> None:
    """Whatever the record, bounds and gaps included."""
    subject = subject_of(policy.text)
    report = mutate(subject, limit=8, time_limit=5)
    assert {m.status for m in report.mutants} <= {"killed", "survived", "equivalent", "not decided"}
    for mutant in report.having("equivalent"):
        changed = subject.mutant(subject.drafts[mutant.number - 1])
        assert changed is not None
        before, after = (p.decide(record, today=shapes.TODAY) for p in (subject.policy, changed))
        assert before.outcomes == after.outcomes, mutant


def test_the_survivors_of_a_large_policy_are_shown_too() -> None:
    """Their records may have more facts than they need; the examples kill them all the same."""
    size = mutation.MOST_INSTANCES + 20
    fields = " ".join(f"f{i}: number" for i in range(size))
    rules = "\n".join(f"rule r{i}: f{i} > {i} and f{i - 1} > 3 -> forbid deploy" for i in range(1, size))
    text = f"record {{ {fields} }} action deploy: permitted unless forbidden\n{rules}\n"
    subject = subject_of(text)
    report = mutate(subject, limit=4)
    assert [mutant.status for mutant in report.mutants] == ["survived"] * 4
    examples = killing_examples(subject, report.mutants)
    again = subject_of(with_examples(text, subject.loaded.file, examples))
    assert [mutant.status for mutant in mutate(again, limit=4).mutants] == ["killed"] * 4


def test_any_number_of_processes_reports_the_same() -> None:
    subject = Subject.of(*located("preparedness_beta"))
    assert len(subject.drafts) > 2 * mutation.MIN_SHARE
    assert mutate(subject, jobs=2) == mutate(subject)


def test_a_seed_chooses_the_same_edits_in_their_order() -> None:
    found = Subject.of(*located("preparedness_beta")).drafts

    def numbers(chosen: list[Draft]) -> list[int]:
        return [draft.number for draft in chosen]

    first, again, other = (numbers(mutation.chosen(found, 10, seed)) for seed in (1, 1, 2))
    assert first == again == sorted(first)
    assert first != other
    assert mutation.chosen(found, None, 1) == mutation.chosen(found, len(found), 1) == found


def test_examples_are_added_behind_the_last_and_nothing_else_changes() -> None:
    subject = subject_of(GATE)
    examples = killing_examples(subject, mutate(subject).having("survived"))
    text = with_examples(GATE, subject.loaded.file, examples)
    head, tail = GATE.split("# the end")
    assert text.startswith(head) and text.endswith("\n# the end" + tail)
    assert loads(text).digest == subject.policy.digest
    assert mutate(subject_of(text)).score == 100


def test_examples_are_added_to_a_text_without_one() -> None:
    subject = subject_of("post_mitigation >= High -> forbid deploy  # alone")
    examples = killing_examples(subject, mutate(subject).having("survived"))
    text = with_examples(subject.loaded.source.text, subject.loaded.file, examples)
    assert text.startswith("post_mitigation >= High -> forbid deploy  # alone\n\nexample ")
    assert mutate(subject_of(text)).score == 100


def test_a_question_that_is_interrupted_ends_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(question: str, *, err: bool) -> bool:
        raise click.Abort

    monkeypatch.setattr(cli.click, "confirm", interrupted)
    with pytest.raises(click.Abort):
        cli._is_confirmed("add an example?")
    assert capsys.readouterr().err == "\n"
