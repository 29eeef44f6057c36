"""Each law is broken by something small, tells what it found, and holds of what is sound.

What no policy that loads can break is broken in the engine: a law that cannot fail is worth nothing.
"""

from collections.abc import Callable
from pathlib import Path
import re
from typing import Any

from hypothesis import Phase, settings
import pytest
from shipped import policy_of

import policylang
from policylang import testing
from policylang.core import evaluator, outcomes
from policylang.core.examples import run_example
from policylang.language.library import shipped
from policylang.testing.trials import Trial
from policylang.truth import FALSE, UNKNOWN

TRIED = settings(
    max_examples=100, phases=[Phase.generate, Phase.shrink], database=None, deadline=None, print_blob=False
)
FEW = settings(TRIED, max_examples=10, phases=[Phase.generate])
ONE_OF = "scale Risk: Low < Medium < High < Critical\nset category: cyber, cbrn\n"
RECORD = "record { scores: per category { score: Risk adjustable } ok: bool }\n"
ACTION = "action deploy: permitted unless forbidden\n"
GATE = (
    f"policy gate\n{ONE_OF}{RECORD}{ACTION}rule gate: score >= High -> forbid deploy until score <= Medium\n"
)


def broken(law: testing.Law, policy: policylang.Policy, seed: int = 0) -> testing.LawBroken:
    with pytest.raises(testing.LawBroken) as found:
        law(policy, settings=TRIED, seed=seed)
    return found.value


def of_text(text: str) -> policylang.Policy:
    return policylang.loads(text, name="gate.policy")


# --- laws of rules ------------------------------------------------------------------------------


def test_no_conflict_shows_both_rules_and_the_smallest_record() -> None:
    text = (
        f"policy gate\n{ONE_OF}{RECORD}action deploy: forbidden unless permitted\n"
        "rule gate: score >= High -> forbid deploy\nrule fine: ok -> permit deploy"
    )
    found = broken(testing.no_conflict, of_text(text))
    assert found.sentence == "fine permits deploy and gate[cyber] forbids it"
    assert found.shown[0].record == {"scores": {"cyber": {"score": "High"}}, "ok": True}
    assert [span.line for span in found.spans] == [7, 6]
    testing.no_conflict(
        of_text(text.replace("ok ->", "ok and every category (score < High) ->")), settings=TRIED
    )
    # What is required is a condition on top of the permission, as it is for `policylang check`.
    testing.no_conflict(of_text(text.replace("forbid deploy", "require false for deploy")), settings=TRIED)


def test_no_gap_names_an_action_without_rules() -> None:
    found = broken(testing.no_gap, of_text(GATE.replace("action deploy", "action deploy, develop")))
    assert found.sentence == "no rule constrains develop"
    assert found.spans[0].line == 5
    testing.no_gap(of_text(GATE), settings=TRIED)


def test_no_gap_shows_a_whole_record_that_settles_nothing() -> None:
    """A date moved out of the calendar is unknown, however complete the record."""
    text = f"record {{ due: date }} {ACTION} due + 9000 years < today -> forbid deploy"
    found = broken(testing.no_gap, of_text(text))
    assert found.sentence == "a record that lacks nothing leaves deploy undetermined"
    (shown,) = found.shown
    assert shown.record["due"] >= "1000-01-01"


def test_what_is_unspecified_is_no_gap() -> None:
    text = f'{GATE}define sound = unspecified "who knows"\nrule sound: ok -> require sound for deploy'
    testing.no_gap(of_text(text), settings=TRIED)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("rule idle: score >= High and score < Medium -> forbid deploy", "it never applies"),
        ("rule idle: ok -> forbid deploy unless ok", "it never applies"),
        ("define safe = true\nrule idle: ok -> require safe for deploy", "what it requires is always there"),
    ],
)
def test_every_rule_fires_names_a_rule_that_does_not(rule: str, why: str) -> None:
    found = broken(testing.every_rule_fires, of_text(f"{GATE}{rule}"))
    assert found.sentence == f"no record makes idle fire: {why}"


def test_until_releases_shows_a_release_that_does_not_lift() -> None:
    found = broken(
        testing.until_releases, of_text(GATE.replace("until score <= Medium", "until score <= High"))
    )
    assert found.sentence == "the `until` of gate[cyber] holds, and it still forbids deploy"
    assert found.shown[0].record == {"scores": {"cyber": {"score": "High"}}}


def test_until_releases_names_a_prohibition_without_a_way_out() -> None:
    text = GATE.replace("until score <= Medium", "until score <= Low and score >= Medium")
    found = broken(testing.until_releases, of_text(text))
    assert found.sentence == "no record meets the `until` of gate: there is no way out"


# --- laws of evidence ---------------------------------------------------------------------------


def test_scores_have_a_direction_shows_a_rise_and_a_fall_that_permit() -> None:
    found = broken(testing.scores_have_a_direction, of_text(GATE.replace("score >= High", "score = High")))
    assert found.sentence in {
        f"a higher scores.{name}.score can permit deploy, and a lower one can too"
        for name in ("cyber", "cbrn")
    }
    outcomes = [found.policy.decide(s.record, today=s.today)["deploy"].value for s in found.shown]
    assert outcomes == ["forbidden", "permitted", "permitted", "forbidden"]


def fail_open(op: str, a: Any, b: Any) -> policylang.Truth:
    """Compare as those engines do that take what is absent for false."""
    return FALSE if a is None or b is None else REAL_COMPARE(op, a, b)


def strictly(op: str, a: Any, b: Any) -> policylang.Truth:
    return REAL_COMPARE(">" if op == ">=" else op, a, b)


def first(truths: Any) -> policylang.Truth:
    """Join truths as engines do in which the first rule that matches wins."""
    return next((truth for truth in truths if truth is not UNKNOWN), FALSE)


REAL_COMPARE = evaluator.compare
Break = Callable[[pytest.MonkeyPatch], None]


def break_compare(compare: Any) -> Break:
    return lambda patch: patch.setattr(evaluator, "compare", compare)


@pytest.mark.parametrize(
    ("law", "breaks", "said"),
    [
        (testing.less_evidence_never_permits, break_compare(fail_open), "and permitted without scores"),
        (testing.outcomes_survive_evidence, break_compare(fail_open), "deploy is permitted without scores"),
        (testing.proofs_verify, break_compare(strictly), "the proof is refused"),
        (testing.engines_agree, break_compare(strictly), "the exact analysis says that it is not"),
        (
            testing.order_never_matters,
            lambda patch: patch.setattr(outcomes, "disjunction", first),
            "in another order of the text",
        ),
    ],
)
def test_a_broken_engine_breaks_the_law(
    law: testing.Law, breaks: Break, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{GATE}rule ok: ok -> forbid deploy\n"
    policy = of_text(text)
    law(policy, settings=TRIED, seed=0)
    breaks(monkeypatch)
    assert said in broken(law, policy).sentence


def test_a_proved_claim_is_held_against_every_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the evaluator goes wrong after the proof."""
    text = GATE.replace("score >= High ->", "score in {High, Critical} ->")
    trial = Trial(of_text(f"{text}always deploy not permitted when score >= High"), TRIED, 0)
    assert trial.report.proved
    monkeypatch.setattr(evaluator, "one_of", lambda *args: FALSE)
    with pytest.raises(
        testing.LawBroken, match="is proved, and the condition holds at cyber, and deploy is p"
    ):
        testing.what_is_proved_holds.on(trial)


def test_a_witness_that_the_evaluator_contradicts_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the analysis raises it when it runs its own witness again."""
    monkeypatch.setattr(evaluator, "one_of", lambda *args: FALSE)
    policy = of_text(
        f"{GATE}rule all: every category (score in {{High, Critical}}) -> forbid deploy unless ok"
    )
    text = policy.text.replace("forbid deploy unless ok", "forbid deploy, permit deploy")
    found = broken(testing.what_is_proved_holds, of_text(text))
    assert found.sentence == "the evaluator contradicts a witness of the exact analysis"


# --- claims -------------------------------------------------------------------------------------


def test_claims_hold_shows_the_record_against_a_claim() -> None:
    text = f"{GATE}always deploy forbidden when ok"
    found = broken(testing.claims_hold, of_text(text))
    assert "the condition holds, and deploy is" in found.sentence
    assert found.shown[0].record in ({"ok": True}, {"scores": {}, "ok": True})


def test_a_claim_that_tightens_is_tried_with_every_value() -> None:
    text = f"{GATE}always deploy tightens as scores.cbrn.score falls"
    found = broken(testing.claims_hold, of_text(text))
    assert found.sentence.startswith(
        "`always deploy tightens as scores.cbrn.score falls`: deploy is forbidden at"
    )
    testing.claims_hold(of_text(text.replace("falls", "rises")), settings=TRIED)


def test_a_policy_that_does_not_strengthen_is_shown(tmp_path: Any) -> None:
    (tmp_path / "base.policy").write_text(GATE)
    rule = "rule again: ok and score >= High -> require ok for deploy overrides gate"
    (tmp_path / "own.policy").write_text(f'policy own\nstrengthens "base.policy"\n{rule}')
    found = broken(testing.claims_hold, policylang.load(tmp_path / "own.policy"))
    assert "deploy is permitted, and" in found.sentence


# --- all in one line ----------------------------------------------------------------------------

FINDINGS = {
    "preparedness": {"no_gap"},  # a vocabulary without rules
}


@pytest.mark.parametrize("name", shipped())
def test_shipped_policies_are_consistent(name: str) -> None:
    failures: tuple[testing.LawBroken, ...] = ()
    is_large = settings.get_current_profile_name() == "large"
    try:
        testing.assert_consistent(
            policy_of(name), settings=settings(FEW, max_examples=100 if is_large else 5)
        )
    except testing.Inconsistent as found:
        failures = found.failures
    assert {failure.law for failure in failures} == FINDINGS.get(name, set()), "\n".join(map(str, failures))


def test_every_law_is_public_by_its_name() -> None:
    assert len({law.name for law in testing.LAWS}) == len(testing.LAWS)
    for law in testing.LAWS:
        assert getattr(testing, law.name) is law
        assert law.sentence.endswith(".")


def test_the_page_on_testing_has_every_law_with_its_sentence() -> None:
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(law.name, law.sentence) for law in testing.LAWS]


def test_stated_claims_are_tried_and_bad_ones_refused() -> None:
    policy = of_text(GATE)
    testing.assert_consistent(
        policy, ["always deploy not permitted when scores.cbrn.score = High"], settings=FEW
    )
    with pytest.raises(testing.Inconsistent, match="breaks 1 law: claims_hold"):
        testing.assert_consistent(policy, ["always deploy forbidden when ok"], settings=FEW)
    with pytest.raises(policylang.PolicyError, match="okay"):
        testing.assert_consistent(policy, ["always deploy forbidden when okay"], settings=FEW)


def test_a_looser_version_is_shown_with_the_old_outcome() -> None:
    old, new = of_text(GATE), of_text(GATE.replace("score >= High", "score >= Critical"))
    testing.assert_consistent(old, never_looser_than=new, settings=FEW)
    with pytest.raises(testing.Inconsistent) as found:
        testing.assert_consistent(new, never_looser_than=old, laws=(), settings=TRIED)
    (failure,) = found.value.failures
    (shown,) = failure.shown
    assert shown.wanted == {"deploy": "forbidden"}
    levels = [row["score"] for row in shown.record["scores"].values()]
    assert sorted(levels) == ["High", "Low"]


def test_the_same_seed_finds_the_same() -> None:
    policy = of_text(f"{GATE}always deploy forbidden when ok")
    assert len({str(broken(testing.claims_hold, policy, seed=7)) for _ in range(2)}) == 1


def test_a_record_needs_no_list_where_a_value_would_do() -> None:
    """Hypothesis's shrinker is stuck with the entries; two changes at once get rid of them."""
    lists = "mitigations: list of mitigation { name: text key, sound: bool } }\n"
    old = of_text(
        f"{GATE.replace('ok: bool }', 'pre: Risk ' + lists, 1)}"
        "rule sound: pre >= High -> require at least 2 mitigation (sound) for deploy"
    )
    new = of_text(old.text.replace("score >= High", "score >= Critical"))
    for seed in range(4):
        with pytest.raises(testing.Inconsistent) as found:
            testing.assert_consistent(new, never_looser_than=old, laws=(), settings=TRIED, seed=seed)
        assert "mitigations" not in found.value.failures[0].shown[0].record


# --- what is told -------------------------------------------------------------------------------


TOLD = """\
gate: claims_hold: \
`always deploy not permitted when scores.cbrn.score >= High`: the condition holds, and deploy is permitted

the record, decided on 2026-01-01:
  {"scores": {"cyber": {"score": "Low"}, "cbrn": {"score": "High"}}}
deploy is permitted, as the one rule that could forbid it does not:
  gate[cyber; cbrn]
    scores.category.score is Low for cyber, and High for cbrn; the rule allows at most High

gate.policy:7:1
 7 | always deploy not permitted when scores.cbrn.score >= High
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

gate.policy:6:1
 6 | rule gate: score > High -> forbid deploy until score <= High
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

to keep the record in the policy, with what the law asks for:

example "claims_hold: the record" {
  given {scores: {cyber: {score: Low}, cbrn: {score: High}}}
  on 2026-01-01
  expect deploy forbidden
}"""


def test_a_failure_tells_the_record_why_the_rule_and_an_example() -> None:
    text = GATE.replace("score >= High", "score > High").replace("<= Medium", "<= High")
    found = broken(
        testing.claims_hold, of_text(f"{text}always deploy not permitted when scores.cbrn.score >= High")
    )
    assert str(found) == TOLD


def test_the_example_of_a_failure_parses_and_reproduces() -> None:
    """Pasted into the policy it fails where the law asks for another outcome, and else passes."""
    text = f"{GATE}always deploy forbidden when ok\n"
    found = broken(testing.claims_hold, of_text(text))
    (pasted,) = of_text(text + found.examples[0]).examples
    result = run_example(of_text(text), pasted)
    assert result.decision is not None and not result.passed
    assert "expected forbidden" in result.mismatches[0]
    text = GATE.replace("until score <= Medium", "until score <= High")
    found = broken(testing.until_releases, of_text(text))
    policy = of_text(text + "".join(found.examples))
    assert [run_example(policy, example).passed for example in policy.examples] == [True]


def test_nothing_of_hypothesis_is_in_what_is_told() -> None:
    found = broken(testing.until_releases, of_text(GATE.replace("<= Medium", "<= High")))
    assert not getattr(found, "__notes__", [])
    assert "drawn=" not in str(found)
