"""Pages with any broken values, repaired in the test's own way."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_mailjet.api.lenient_json import MAX_DEPTH, Damage, exact_number, read_row
from tap_mailjet.api.page import decode_page
from tap_mailjet.records.row_fields import decode_row
from tests.records.test_typed_decoding import STRUCT

if TYPE_CHECKING:
    import random

text = st.text(st.characters(codec=None, exclude_categories=()), max_size=6)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    text,
    st.floats(-(2**52), 2**52),
    st.sampled_from([math.nan, math.inf, -math.inf]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text, inner, max_size=3)),
)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
rows = st.lists(st.dictionaries(names, values, max_size=4), min_size=1, max_size=4)


def body_of(data: list[Any]) -> bytes:
    return json.dumps({"Count": len(data), "Data": data, "Total": len(data)}).encode()


def repaired(value: Any) -> Any:
    """What is to become of a value; UTF-16 joins two halves of an emoji that meet."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [repaired(item) for item in value]
    if isinstance(value, dict):
        return {repaired(name): repaired(item) for name, item in value.items()}
    return value


@settings(deadline=None, max_examples=80)
@given(rows)
def test_page_with_any_values_is_delivered_with_every_row(data: list[dict[str, Any]]) -> None:
    page = decode_page(body_of(data))
    assert (page.count, page.total, len(page.data)) == (len(data), len(data), len(data))
    assert [decode_row(row) for row in page.data] == repaired(data)


@settings(deadline=None, max_examples=25)
@given(rows, st.randoms(use_true_random=False))
def test_page_that_was_cut_short_is_refused(
    data: list[dict[str, Any]], chance: random.Random
) -> None:
    body = body_of(data)
    for cut in chance.choices(range(len(body)), k=10):
        for decode in (decode_page, STRUCT.page):
            with pytest.raises(ValueError, match=r"."):
                decode(body[:cut])


@settings(deadline=None, max_examples=50)
@given(rows, st.randoms(use_true_random=False))
def test_page_with_any_wrong_byte_is_read_or_refused_with_value_error(
    data: list[dict[str, Any]], chance: random.Random
) -> None:
    # Drawing a page takes longer than reading it: each is damaged in several ways.
    for wrong in (1, 1, 2, 2, 3, 3, 3, 3):
        body = bytearray(body_of(data))
        for _ in range(wrong):
            body[chance.randrange(len(body))] = chance.randrange(256)
        assert_read_or_refused(bytes(body))


def assert_read_or_refused(body: bytes) -> None:
    for decode in (decode_page, STRUCT.page):
        try:
            page = decode(body)
        except ValueError:
            continue
        for row in page.data:
            try:
                fields = decode_row(row)
            except ValueError:
                continue
            assert all(isinstance(name, str) for name in fields)
            msgspec.json.encode(fields)  # and so can be written


@given(st.integers(2**53, 2**63 - 1))
def test_integer_that_is_written_with_a_fraction_stays_exact(number: int) -> None:
    assert exact_number(f"{number}.0") == number
    assert type(exact_number(f"{number}.0")) is int
    assert exact_number(f"-{number}.00") == -number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_float_stays_the_same_number(number: float) -> None:
    # A float is written in fewer digits than its exact value has.
    assert float(exact_number(repr(number))) == number


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 2_000, 200_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_only_the_value_that_is_nested_too_deeply_is_null(
    depth: int, brackets: tuple[bytes, bytes]
) -> None:
    opening, closing = brackets
    deep = opening * depth + (b"" if opening == b"[" else b"1") + closing * depth
    body = b'{"Data":[{"a":[1,[2]],"b":%b,"c":"]}"},{"d":4}]}' % deep
    first, second = map(decode_row, decode_page(body).data)
    if depth > 1_000:
        assert first == {"a": [1, [2]], "b": None, "c": "]}"}
    assert second == {"d": 4}
    with pytest.raises(ValueError, match=r"."):
        decode_page(body[:-20])


def test_damage_is_named_by_field_and_kind() -> None:
    found: list[tuple[str, Damage]] = []
    read_row(rb'{"a":NaN,"b":"\ud83d","c":[NaN,"\ud83d"],"d":1}', lambda *one: found.append(one))
    assert {*found} == {
        ("a", Damage.NULLED),
        ("b", Damage.REPLACED),
        ("c", Damage.NULLED),
        ("c", Damage.REPLACED),
    }
