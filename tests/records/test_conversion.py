from __future__ import annotations

from typing import Any

import pytest

from tap_mailjet.records.conversion import (
    UnusableRowError,
    compile_record,
    distinct,
    distinct_lists,
)

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


def ignore(_field: str) -> None:
    pass


def make(row: dict[str, Any], misfits: list[str] | None = None) -> dict[str, Any]:
    said: list[str] = [] if misfits is None else misfits
    return compile_record(SCHEMA, on_unknown=said.append, on_misfit=said.append)(row)


@pytest.mark.parametrize(
    ("field", "wire", "value"),
    [
        ("ID", 1152921504606846976, 1152921504606846976),
        ("ID", 1152921504606846977, 1152921504606846977),
        ("ID", "1152921504606846977", 1152921504606846977),
        ("ID", "1152921504606846977.0", 1152921504606846977),
        ("ID", " 7 ", 7),
        ("ID", 2**63, 2**63),
        ("ID", "18446744073709551617", 2**64 + 1),
        ("ID", -(10**30), -(10**30)),
        ("ID", "1.5e3", 1500),
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
        ("Score", 2**60, 1.152921504606846976e18),
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
        ("SeenAt", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
        ("SeenAt", "0099-01-01T00:00:00+00:00", "0099-01-01T00:00:00Z"),
        ("SeenAt", "2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
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
def test_value_comes_out_as_the_schema_types_it(field: str, wire: Any, value: Any) -> None:
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
        ("Count", "1e400"),
        ("Count", "1e999999999"),
        ("Count", "nan"),
        ("Count", "Infinity"),
        ("Count", "1_000"),
        ("Count", "9" * 5000),
        ("Count", {"a": 1}),
        ("Score", 10**400),
        ("Score", "1_0.5"),
        ("Score", {}),
        ("SeenAt", "abcdefghijTklmnopqrZ"),
        ("SeenAt", "0000-00-00T00:00:00Z"),
        ("SeenAt", "2021-02-29T00:00:00Z"),
        ("SeenAt", "2021-02-28T24:00:00Z"),
        ("SeenAt", "2021-02-28T00:60:00Z"),
        ("SeenAt", "12:30:00"),
        ("SeenAt", True),
        ("SeenAt", [1]),
        ("SeenAt", {}),
        ("SeenAt", 10**30),
        ("SeenAt", "0001-01-01T00:00:00+02:00"),
        ("Score", "nan"),
        ("Score", "inf"),
        ("IsOn", "maybe"),
        ("IsOn", 2),
        ("SeenAt", "yesterday"),
        ("Tags", "1,2"),
        ("Extra", [1]),
    ],
)
def test_misfitting_value_is_null_and_its_field_is_named(field: str, wire: Any) -> None:
    said: list[str] = []
    assert make({field: wire}, said) == BLANK
    assert said == [field]


def test_every_misfitting_value_is_counted_and_the_others_stay() -> None:
    said: list[str] = []
    made = make({"ID": 1, "Count": "many", "Score": "high", "Name": "x"}, said)
    assert made == {**BLANK, "ID": 1, "Name": "x"}
    assert said == ["Count", "Score"]


def test_field_the_schema_does_not_have_is_named_and_left_out() -> None:
    said: list[str] = []
    assert make({"ID": 1, "Novelty": 2}, said) == {**BLANK, "ID": 1}
    assert said == ["Novelty"]


def test_field_spelt_in_another_case_is_the_same_field() -> None:
    said: list[str] = []
    assert make({"ContactALT": "x"}, said)["ContactAlt"] == "x"
    assert said == []


@pytest.mark.parametrize(
    "row",
    [
        {"ContactAlt": "x", "ContactALT": ""},
        {"ContactALT": "", "ContactAlt": "x"},
        {"ContactALT": "y", "ContactAlt": "x"},
        {"ContactAlt": "x", "ContactALT": "y"},
        {"ContactALT": "x", "ContactAlt": None},
    ],
)
def test_of_two_spellings_of_a_field_no_value_is_lost(row: dict[str, Any]) -> None:
    assert make(row)["ContactAlt"] == "x"


REFERRING: dict[str, Any] = {
    "properties": {
        "AXTesting": {"type": ["object", "null"]},
        "AXTestingID": {"type": ["integer", "null"]},
        "CampaignID": {"type": ["integer", "null"]},
    }
}


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ({"AXTesting": "123456"}, (None, 123456, None)),
        ({"AXTesting": 123456}, (None, 123456, None)),
        ({"AXTesting": "123456", "AXTestingID": None}, (None, 123456, None)),
        ({"AXTestingID": "", "AXTesting": "123456"}, (None, 123456, None)),
        ({"AXTesting": "123456", "AXTestingID": 7}, (None, 7, None)),
        ({"AXTestingID": 7, "AXTesting": "123456"}, (None, 7, None)),
        ({"AXTesting": {"ID": 7}, "AXTestingID": 7}, ({"ID": 7}, 7, None)),
        ({"AXTesting": "", "AXTestingID": 7}, (None, 7, None)),
        ({"Campaign": "9"}, (None, None, 9)),
        ({"campaign": 9}, (None, None, 9)),
        ({"Campaign": ""}, (None, None, None)),
    ],
)
def test_foreign_key_without_id_in_its_name_is_read_as_the_id(
    row: dict[str, Any], values: tuple[Any, ...]
) -> None:
    said: list[str] = []
    convert = compile_record(REFERRING, on_unknown=said.append, on_misfit=said.append)
    assert tuple(convert(row).values()) == values
    assert said == []


@pytest.mark.parametrize(
    ("row", "named"),
    [({"AXTesting": "Version A"}, "AXTesting"), ({"Campaign": {"ID": 9}}, "Campaign")],
)
def test_foreign_key_that_is_no_number_is_counted(row: dict[str, Any], named: str) -> None:
    said: list[str] = []
    convert = compile_record(REFERRING, on_unknown=said.append, on_misfit=said.append)
    assert set(convert(row).values()) == {None}
    assert said == [named]


@pytest.mark.parametrize("row", [{}, {"ID": None}, {"ID": ""}, {"ID": "abc"}, {"ID": 0.5}])
def test_row_without_its_key_is_unusable(row: dict[str, Any]) -> None:
    record = compile_record(SCHEMA, required=["ID"], on_unknown=ignore, on_misfit=ignore)
    with pytest.raises(UnusableRowError) as caught:
        record(row)
    assert caught.value.reason == "without ID"


def test_rows_do_not_share_what_they_are_made_of() -> None:
    record = compile_record(SCHEMA, on_unknown=ignore, on_misfit=ignore)
    first = record({"ID": 1, "Name": "a"})
    assert record({"ID": 2})["Name"] is None
    assert first["Name"] == "a"


def test_credential_is_left_out_without_a_word_however_it_is_spelled() -> None:
    said: list[str] = []
    convert = compile_record(
        SCHEMA, withheld=["SecretKey"], on_unknown=said.append, on_misfit=ignore
    )
    assert convert({"ID": 1, "SecretKey": "s", "Secretkey": "s"}) == {**BLANK, "ID": 1}
    assert not said


def test_user_and_a_password_are_masked_however_the_field_is_spelled() -> None:
    convert = compile_record(SCHEMA, masked=["Name"], on_unknown=ignore, on_misfit=ignore)
    assert convert({"ID": 1, "NAME": "https://u:p@host/"})["Name"] == "https://***@host/"
    assert convert({"ID": 1, "Name": None})["Name"] is None
    assert convert({"ID": 1, "Name": ""})["Name"] == ""


REPEATED = [
    ([], []),
    ([[], []], []),
    ([["a1", "a2", "b1"]], ["a1", "a2", "b1"]),
    ([["a1", "a2"], [], ["a3", "b1", "b2"]], ["a1", "a2", "b1", "b2"]),
    ([["a1"], ["b1"], ["b2", "a2", "c1", "c2"]], ["a1", "b1", "c1", "c2"]),
]
"""Results of queries, and their rows without those that an earlier query has returned."""


@pytest.mark.parametrize(("results", "rows"), REPEATED)
def test_row_of_an_earlier_query_is_dropped_and_equal_rows_of_one_query_are_kept(
    results: list[list[str]], rows: list[str]
) -> None:
    def first_letter(row: str) -> str:
        return row[0]

    assert list(distinct(map(iter, results), first_letter)) == rows
    assert distinct_lists(results, first_letter) == rows
