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

POLICIES = ("preparedness_beta", "strict_mitigation", "gdm_fsf_3", "anthropic_rsp_2_2")


def plain(type_: types.Type) -> st.SearchStrategy[Any]:
    """Return what one writes without knowing the policy: any value of the type, each as likely."""
    match type_:
        case types.Scale(levels=names) | types.Set(members=names):
            return st.sampled_from(names)
        case types.Bool():
            return st.booleans()
        case types.Text():
            return st.text(max_size=5)
        case types.Number():
            return st.floats(allow_nan=False, allow_infinity=False)
        case types.Date():
            return st.dates().map(date.isoformat)
        case types.Attestation(role):
            by, on = st.text(min_size=1, max_size=5), st.dates().map(date.isoformat)
            return st.fixed_dictionaries({"holds": st.booleans(), "by": by, "role": st.just(role), "on": on})
        case types.Group(fields):
            return plain_records(fields)
        case types.Table(over, fields):
            return st.fixed_dictionaries(dict.fromkeys(over.members, plain_records(fields)))
        case types.List(fields=fields):
            return st.lists(plain_records(fields), max_size=3)


def plain_records(fields: tuple[types.Field, ...]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({field.name: plain(field.type) for field in fields})


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
