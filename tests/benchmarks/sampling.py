"""Drawing a record of a policy against a plain strategy of the same shape."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import policylang
from policylang import testing
from policylang.language import schema as types

from ratios import Ratio, Run, ratio

DATES = st.dates(date(2024, 1, 1), date(2027, 12, 31)).map(date.isoformat)
POLICIES = ("preparedness_beta", "strict_mitigation", "gdm_fsf_3", "anthropic_rsp_2_2")


def plain(type_: types.Type, texts: tuple[str, ...] = ()) -> st.SearchStrategy[Any]:
    """Return what one writes for a type who knows what its values are like, and not where rules cut them.

    Numbers are shares or counts, dates lie in the years around, attestations are good but for their date
    and what they say; ``texts`` are those that the policy names.
    """
    match type_:
        case types.Scale(levels=names) | types.Set(members=names):
            return st.sampled_from(names)
        case types.Bool():
            return st.booleans()
        case types.Text():
            return st.sampled_from(texts) | st.text(max_size=5) if texts else st.text(max_size=5)
        case types.Number():
            return st.floats(0, 1) | st.integers(0, 10_000)
        case types.Date():
            return DATES
        case types.Attestation(role):
            return st.fixed_dictionaries(
                {"holds": st.booleans(), "by": st.just("A. Person"), "role": st.just(role), "on": DATES}
            )
        case types.Group(fields):
            return plain_records(fields, texts)
        case types.Table(over, fields):
            return st.fixed_dictionaries(dict.fromkeys(over.members, plain_records(fields, texts)))
        case types.List(fields=fields):
            keys = [field.name for field in fields if field.key]
            unique = (lambda entry: entry[keys[0]]) if keys else None
            return st.lists(plain_records(fields, texts), max_size=3, unique_by=unique)


def plain_records(fields: tuple[types.Field, ...], texts: tuple[str, ...] = ()) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({field.name: plain(field.type, texts) for field in fields})


def drawing(strategy: st.SearchStrategy[Any], times: int) -> Run:
    """Return a run that draws so many records through a property."""

    @settings(
        max_examples=times,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(record: Any) -> None:
        pass

    return draw


def ratios(times: int, rounds: int) -> Iterator[Ratio]:
    for name in POLICIES:
        policy = policylang.load(name)
        ours = drawing(testing.records(policy), times)
        theirs = drawing(plain_records(policy.schema.fields), times)
        yield Ratio(f"draw a record of {name} / a plain one of its shape", ratio(ours, theirs, rounds), 2)
