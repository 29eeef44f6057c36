"""``demo``: the first minute."""

from __future__ import annotations

import rich_click as click

from policylang import demo as shipped
from policylang.cli.inputs import Status, coloured, echo, echo_sentences, echo_styled, load_policy
from policylang.core.decision import Decision
from policylang.proof.telling import outcomes_in_words

EXPLAINED = (("openai-o1-preview", "preparedness_beta"), ("constructed-shallow", "strict_mitigation"))
GATES = ("deploy", "develop")


@click.command()
def demo() -> int:
    """See it work: published scorecards, decided and explained.

    Example: policylang demo
    """
    policies = {name: load_policy(name) for name in shipped.POLICIES}
    cards = shipped.cards()
    decisions: dict[tuple[str, str], Decision] = {}
    for card in cards:
        for name, policy in policies.items():
            decisions[card.id, name] = policy.decide(card.records[name], today=card.published)
    echo("Published scorecards, each decided as of its date of publication.")
    echo("")
    widths = [36, 13, 13, 13, 13]
    echo(_row(["", *(name if i == 0 else "" for name in policies for i, _ in enumerate(GATES))], widths))
    echo(_row(["scorecard", *(gate for _ in policies for gate in GATES)], widths))
    echo("-" * (sum(widths) + 2 * (len(widths) - 1)))
    for card in cards:
        cells = [card.model[: widths[0] - 2] + (" *" if card.constructed else "")]
        cells += [coloured(decisions[card.id, name][gate]) for name in policies for gate in GATES]
        echo_styled(_row(cells, widths))
    echo("* constructed: the critics' shallow fix, trained on the evaluation, and a deep one.")
    echo("A level that a card prints without saying whether it is before or after mitigation counts")
    echo("for neither: unknown is not safe, so such a card is undetermined.")
    by_id = {card.id: card for card in cards}
    for card_id, name in EXPLAINED:
        echo("")
        echo(f"{by_id[card_id].model} under {name}, as of {by_id[card_id].published}:")
        echo_sentences(outcomes_in_words(decisions[card_id, name], ["deploy"]), always_wrapped=True)
    return Status.HOLDS


def _row(cells: list[str], widths: list[int]) -> str:
    padded = [
        cell + " " * (width - len(click.unstyle(cell))) for cell, width in zip(cells, widths, strict=True)
    ]
    return "  ".join(padded).rstrip()
