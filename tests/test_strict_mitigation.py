"""The organisation's policy that answers the critics: each part of its definition is shown by examples."""

import re

import attrs
import pytest

import policylang
from policylang.core.examples import run_example
from policylang.language.library import shipped_folder

TEXT = (shipped_folder() / "strict_mitigation.policy").read_text(encoding="utf-8")
CONJUNCTS = (
    "level_alone <= Medium",
    "independent",
    "understood",
    "generalises",
    "not trained_on_evaluation",
)


def failing(text: str) -> list[str]:
    """Return the titles of the examples that a text in the place of the policy fails."""
    policy = policylang.loads(text)
    folder = str(shipped_folder())
    examples = [attrs.evolve(example, folder=folder) for example in policy.examples]
    return [example.title for example in examples if run_example(policy, example).mismatches]


def test_its_examples_pass() -> None:
    assert failing(TEXT) == []


@pytest.mark.parametrize("conjunct", CONJUNCTS)
def test_each_conjunct_is_shown_by_an_example_without_it_and_one_where_it_is_unknown(conjunct: str) -> None:
    (definition,) = re.findall(r"(?m)^  at least 2 mitigation .*$", TEXT)
    assert conjunct in definition
    looser = re.sub(rf"(?<=[( ]){conjunct} and | and {conjunct}(?=\))", "", definition, count=1)
    assert looser != definition
    assert len(failing(TEXT.replace(definition, looser))) >= 2


def test_the_category_that_a_mitigation_covers_is_shown_by_examples() -> None:
    assert len(failing(TEXT.replace("where (covers = category) ", ""))) >= 2


def test_that_two_are_needed_is_shown_by_an_example() -> None:
    assert failing(TEXT.replace("at least 2 mitigation", "at least 1 mitigation"))
