"""Rows that are read as structs are written as the records of records.py, or not made at all."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_mailjet.records.conversion import compile_record
from tap_mailjet.records.row_fields import decode_row
from tap_mailjet.records.typed_decoding import TypedRowDecoder
from tests.records.test_conversion import SCHEMA, ignore

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "0", "7", "true", "false", "2020-10-08T06:36:35Z", "2020-10-08T06:36:35"]),
    st.sampled_from(["0000-00-00T00:00:00Z", "2020-02-30T00:00:00Z", "2016-12-31T23:59:60Z"]),
    st.sampled_from([1602138995, "1602138995", 2**60 + 1, 0.1, -0.0, 1.0, "x" * 20]),
    st.lists(st.one_of(st.integers(0, 5), st.just("3"), st.none()), max_size=2),
    st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 5), max_size=2),
)


FIELDS = st.dictionaries(st.sampled_from([*SCHEMA["properties"], "name", "Other"]), values)
STRUCT = TypedRowDecoder(SCHEMA, ["ID"])


@settings(max_examples=2000, deadline=None)
@given(row=FIELDS)
def test_struct_is_written_as_the_record_is_or_not_made_at_all(row: dict[str, Any]) -> None:
    wire = msgspec.json.encode(row)
    made = STRUCT.row(wire)
    try:
        convert = compile_record(SCHEMA, required=["ID"], on_unknown=ignore, on_misfit=ignore)
        expected = convert(decode_row(msgspec.Raw(wire)))
    except ValueError:
        assert made is wire
        return
    assert made is wire or msgspec.json.encode(made) == msgspec.json.encode(expected)


PLAIN = {
    "ID": 2**60 + 1,
    "Count": None,
    "Score": 1,
    "IsOn": True,
    "Name": "",
    "SeenAt": "2020-10-08T06:36:35Z",
    "Extra": {"a": 1},
}


def test_row_without_a_time_that_it_must_have_stays_as_it_came() -> None:
    wire = msgspec.json.encode({**PLAIN, "SeenAt": ""})
    assert TypedRowDecoder(SCHEMA, ["ID", "SeenAt"]).row(wire) is wire
    assert STRUCT.row(wire) is not wire


@pytest.mark.parametrize("seen", ["2020-10-08T06:36:35Z", "", None])
def test_row_that_is_as_the_schema_has_it_becomes_a_struct(seen: str | None) -> None:
    made = STRUCT.row(msgspec.json.encode({**PLAIN, "SeenAt": seen}))
    assert isinstance(made, msgspec.Struct)
    assert STRUCT.getter("SeenAt")(made) == (seen or None)
    assert STRUCT.getter("ID", "Name")(made) == (2**60 + 1, "")


@settings(deadline=None)
@given(
    rows=st.lists(st.one_of(st.just(PLAIN), FIELDS), max_size=4), count=st.sampled_from([7, "7"])
)
def test_page_has_each_row_as_a_struct_where_that_can_be(
    rows: list[dict[str, Any]], count: int | str
) -> None:
    wires = [msgspec.json.encode(row) for row in rows]
    body = msgspec.json.encode({"Count": count, "Data": rows, "Total": 9})
    page = STRUCT.page(body)
    assert (page.count, page.total, len(page.data)) == (7, 9, len(rows))
    for wire, row in zip(wires, page.data, strict=True):
        alone = STRUCT.row(wire)
        expected: Any = alone if isinstance(alone, msgspec.Struct) else msgspec.Raw(wire)
        assert row == expected


@pytest.mark.parametrize(
    "seen",
    [
        "0000-00-00T00:00:00Z",
        "abcdefghijTklmnopqrZ",
        "2016-12-31T23:59:60Z",
        "2021-02-29T00:00:00Z",
    ],
)
def test_row_with_a_time_that_the_calendar_lacks_does_not_become_a_struct(seen: str) -> None:
    wire = msgspec.json.encode({**PLAIN, "SeenAt": seen})
    assert STRUCT.row(wire) is wire


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"Data":1}', b'{"Data":[1]}', b'{"Data":[{"ID":1,"Name":"\xff"']
)
def test_page_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        STRUCT.page(body)
