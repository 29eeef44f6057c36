"""Canonical JSON is that of RFC 8785, whichever way it is written."""

from hypothesis import given
from hypothesis import strategies as st
import rfc8785

from policylang.core.canonical import canonical, digest, plain

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [",1.5", ":2e3", "\x7f\b\x01", "é", "\U0001f600"]
)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(values)
def test_the_canonical_form_is_that_of_the_standard(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert canonical(plain(value)) == rfc8785.dumps(value)


@given(st.integers(-(10**30), 10**30))
def test_an_integer_is_the_double_that_it_means(value: int) -> None:
    assert digest(plain(value)) == digest(plain(float(value)))
