from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_mailjet.records import compile_record
from tap_mailjet.structs import RecordStruct

SCHEMA: dict[str, Any] = {
    "properties": {
        "ID": {"type": "integer"},
        "Count": {"type": ["integer", "null"]},
        "Score": {"type": ["number", "null"]},
        "IsOn": {"type": ["boolean", "null"]},
        "Name": {"type": ["string", "null"]},
        "SeenAt": {"type": ["string", "null"], "format": "date-time"},
        "ContactAlt": {"type": ["string", "null"]},
        "Tags": {"type": ["array", "null"], "items": {"type": ["integer", "null"]}},
        "Extra": {"type": ["object", "null"]},
    }
}
BLANK: dict[str, Any] = dict.fromkeys(SCHEMA["properties"])


def make(row: dict[str, Any], said: list[str] | None = None) -> dict[str, Any]:
    said = [] if said is None else said
    return compile_record(SCHEMA, report=said.append)(row)


@pytest.mark.parametrize(
    ("field", "wire", "value"),
    [
        ("ID", 1152921504606846976, 1152921504606846976),
        ("ID", 1152921504606846977, 1152921504606846977),
        ("ID", "1152921504606846977", 1152921504606846977),
        ("Count", "0", 0),
        ("Count", 0, 0),
        ("Count", "-1", -1),
        ("Count", 3.0, 3),
        ("Count", "3.0", 3),
        ("Count", "", None),
        ("Count", None, None),
        ("Count", True, 1),
        ("Score", 0.25, 0.25),
        ("Score", 4, 4),
        ("Score", "0.25", 0.25),
        ("Score", "", None),
        ("IsOn", True, True),
        ("IsOn", "false", False),
        ("IsOn", "True", True),
        ("IsOn", 0, False),
        ("IsOn", "1", True),
        ("IsOn", "", None),
        ("Name", "", ""),
        ("Name", "Zoë “x”", "Zoë “x”"),
        ("Name", 7, "7"),
        ("Name", True, "true"),
        ("Name", ["a"], '["a"]'),
        ("Name", None, None),
        ("SeenAt", "2020-10-08T06:36:35Z", "2020-10-08T06:36:35Z"),
        ("SeenAt", "2020-10-08T06:36:35", "2020-10-08T06:36:35Z"),
        ("SeenAt", "2020-10-08T08:36:35+02:00", "2020-10-08T06:36:35Z"),
        ("SeenAt", "2020-10-08T06:36:35.5Z", "2020-10-08T06:36:35.500000Z"),
        ("SeenAt", 1602138995, "2020-10-08T06:36:35Z"),
        ("SeenAt", "1602138995", "2020-10-08T06:36:35Z"),
        ("SeenAt", "", None),
        ("Tags", ["1", 2, ""], [1, 2, None]),
        ("Tags", "", None),
        ("Extra", {"a": 1}, {"a": 1}),
        ("Extra", "", None),
    ],
)
def test_a_value_comes_out_as_the_schema_types_it(field: str, wire: Any, value: Any) -> None:
    said: list[str] = []
    made = make({field: wire}, said)
    assert made == {**BLANK, field: value}
    assert type(made[field]) is type(value)
    assert said == []


@pytest.mark.parametrize(
    ("field", "wire"),
    [
        ("Count", "many"),
        ("Count", "0.5"),
        ("Count", [1]),
        ("Score", "nan"),
        ("Score", "inf"),
        ("IsOn", "maybe"),
        ("IsOn", 2),
        ("SeenAt", "yesterday"),
        ("Tags", "1,2"),
        ("Extra", [1]),
    ],
)
def test_a_value_that_its_type_cannot_hold_is_null_and_reported(field: str, wire: Any) -> None:
    said: list[str] = []
    assert make({field: wire}, said) == BLANK
    assert len(said) == 1
    assert field in said[0]


def test_a_value_that_is_reported_is_not_told() -> None:
    said: list[str] = []
    make({"Count": "someone@example.com"}, said)
    assert said
    assert "someone" not in said[0]


def test_a_field_the_schema_does_not_know_is_reported_and_left_out() -> None:
    said: list[str] = []
    assert make({"ID": 1, "Novelty": 2}, said) == {**BLANK, "ID": 1}
    assert said == ["Field Novelty is not in the schema; its values are left out."]


def test_a_field_spelt_in_another_case_is_the_same_field() -> None:
    said: list[str] = []
    assert make({"ContactALT": "x"}, said)["ContactAlt"] == "x"
    assert said == []


@pytest.mark.parametrize("row", [{}, {"ID": None}, {"ID": ""}, {"ID": "abc"}])
def test_a_row_without_its_key_is_an_error(row: dict[str, Any]) -> None:
    record = compile_record(SCHEMA, required=["ID"], report=lambda _: None)
    with pytest.raises(ValueError, match="no usable ID"):
        record(row)


def test_rows_do_not_share_what_they_are_made_of() -> None:
    record = compile_record(SCHEMA, report=lambda _: None)
    first = record({"ID": 1, "Name": "a"})
    assert record({"ID": 2})["Name"] is None
    assert first["Name"] == "a"


def test_a_credential_is_left_out_without_a_word_however_it_is_spelled() -> None:
    said: list[str] = []
    convert = compile_record(SCHEMA, withheld=["SecretKey"], report=said.append)
    assert convert({"ID": 1, "SecretKey": "s", "Secretkey": "s"}) == {**BLANK, "ID": 1}
    assert not said


def test_a_user_and_a_password_are_masked_however_the_field_is_spelled() -> None:
    convert = compile_record(SCHEMA, masked=["Name"], report=print)
    assert convert({"ID": 1, "NAME": "https://u:p@host/"})["Name"] == "https://***@host/"
    assert convert({"ID": 1, "Name": None})["Name"] is None
    assert convert({"ID": 1, "Name": ""})["Name"] == ""


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "0", "7", "true", "false", "2020-10-08T06:36:35Z", "2020-10-08T06:36:35"]),
    st.sampled_from([1602138995, "1602138995", 2**60 + 1, 0.1, -0.0, 1.0, "x" * 20]),
    st.lists(st.integers(0, 5), max_size=2),
    st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 5), max_size=2),
)


FIELDS = st.dictionaries(st.sampled_from([*SCHEMA["properties"], "name", "Other"]), values)
STRUCT = RecordStruct(SCHEMA, ["ID"])


@settings(max_examples=2000, deadline=None)
@given(row=FIELDS)
def test_a_struct_is_written_as_the_record_is_or_not_made_at_all(row: dict[str, Any]) -> None:
    wire = msgspec.json.encode(row)
    made = STRUCT.row(wire)
    try:
        expected = compile_record(SCHEMA, required=["ID"], report=lambda _: None)(
            msgspec.json.decode(wire)
        )
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


def test_a_row_without_a_time_that_it_must_have_stays_as_it_came() -> None:
    wire = msgspec.json.encode({**PLAIN, "SeenAt": ""})
    assert RecordStruct(SCHEMA, ["ID", "SeenAt"]).row(wire) is wire
    assert STRUCT.row(wire) is not wire


@pytest.mark.parametrize("seen", ["2020-10-08T06:36:35Z", "", None])
def test_a_row_that_is_as_the_schema_has_it_becomes_a_struct(seen: str | None) -> None:
    made = STRUCT.row(msgspec.json.encode({**PLAIN, "SeenAt": seen}))
    assert isinstance(made, msgspec.Struct)
    assert STRUCT.getter("SeenAt")(made) == (seen or None)
    assert STRUCT.getter("ID", "Name")(made) == (2**60 + 1, "")


@settings(deadline=None)
@given(
    rows=st.lists(st.one_of(st.just(PLAIN), FIELDS), max_size=4), count=st.sampled_from([7, "7"])
)
def test_a_page_has_each_row_as_a_struct_where_that_can_be(
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
    "body", [b"", b"[]", b'{"Data":1}', b'{"Data":[1]}', b'{"Data":[{"ID":1,"Name":"\xff"}]}']
)
def test_a_page_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        STRUCT.page(body)
