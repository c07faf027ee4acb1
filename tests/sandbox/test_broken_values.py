"""Values in a form that JSON, or Mailjet's documentation, does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_mailjet.sandbox import BrokenValue, Faults
from tap_mailjet.sandbox.commands import fault_options

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.api import Api


def break_values(api: Api, *values: dict[str, Any]) -> None:
    api.sandbox.faults = Faults(broken=tuple(BrokenValue(**one) for one in values))


@pytest.mark.parametrize(
    "raw",
    [
        '"\\ud83d"',
        "NaN",
        "1e999",
        '""',
        '"0000-00-00T00:00:00Z"',
        "1152921504606846977.0",
        "null",
        "[[[[1]]]]",
        '"\u00ff\u00fe"',
        '"not closed',
        "",
    ],
)
def test_raw_value_is_written_as_it_is_in_the_chosen_row_only(api: Api, raw: str) -> None:
    rows = api.body("contact", Limit=3)["Data"]
    break_values(
        api, {"resource": "contact", "field": "Name", "where": {"ID": rows[1]["ID"]}, "raw": raw}
    )
    content = api.get("contact", Limit=3).content
    expected = msgspec.json.encode(
        {
            "Count": 3,
            "Data": [rows[0], {**rows[1], "Name": msgspec.Raw(raw.encode("latin-1"))}, rows[2]],
            "Total": 3,
        }
    )
    assert content == expected
    assert api.sandbox.injected_faults == {"broken": 1}


def test_truth_stays_as_it_is(api: Api) -> None:
    before = api.sandbox.rows("contact")
    break_values(api, {"resource": "contact", "field": "Name", "raw": "null"})
    assert {row["Name"] for row in api.rows("contact")} == {None}
    assert api.sandbox.rows("contact") == before


def test_row_is_chosen_wherever_it_is_in_a_page(api: Api) -> None:
    number = api.sandbox.rows("contact")[7]["ID"]
    break_values(api, {"resource": "contact", "field": "ID", "where": {"ID": number}, "raw": '""'})
    for limit in (1, 3, 1000):
        rows = api.rows("contact", limit)
        assert [row["ID"] for row in rows].count("") == 1
        assert number not in {row["ID"] for row in rows}


def test_field_may_have_another_name_in_all_rows(api: Api) -> None:
    plain = api.rows("contact")
    break_values(api, {"resource": "contact", "field": "CreatedAt", "name": "createdat"})
    renamed = [{**row, "createdat": row["CreatedAt"]} for row in plain]
    for row in renamed:
        del row["CreatedAt"]
    assert api.rows("contact") == renamed


def test_field_may_be_absent(api: Api) -> None:
    break_values(api, {"resource": "contact", "field": "ID", "absent": True})
    assert all("ID" not in row and "Name" in row for row in api.rows("contact"))


def test_several_values_of_a_row_may_be_broken(api: Api) -> None:
    number = api.body("contact", Limit=1)["Data"][0]["ID"]
    where = {"ID": number}
    break_values(
        api,
        {"resource": "contact", "field": "ID", "where": where, "raw": '"0"'},
        {"resource": "contact", "field": "Name", "where": where, "raw": "1", "name": "name"},
    )
    row = api.body("contact", Limit=1)["Data"][0]
    assert (row["ID"], row["name"]) == ("0", 1)


def test_value_of_the_envelope_may_be_broken(api: Api) -> None:
    plain = api.body("contact", Limit=5)
    break_values(api, {"resource": "contact", "field": "Total", "raw": "null", "envelope": True})
    assert api.body("contact", Limit=5) == {**plain, "Total": None}
    break_values(
        api,
        {
            "resource": "contact",
            "field": "Data",
            "where": {"Count": 0},
            "raw": "null",
            "envelope": True,
        },
    )
    assert api.body("contact", Limit=5) == plain
    assert api.body("contact", Offset=10_000) == {"Count": 0, "Data": None, "Total": 0}


def test_value_of_one_parent_may_be_broken(api: Api) -> None:
    first, second = (row["ID"] for row in api.sandbox.rows("message")[:2])
    path = f"messagehistory/{first}"
    break_values(api, {"resource": path, "field": "EventType", "raw": "7"})
    assert {row["EventType"] for row in api.body(path)["Data"]} == {7}
    assert 7 not in {row["EventType"] for row in api.body(f"messagehistory/{second}")["Data"]}


def test_other_resources_and_errors_stay_as_they_are(api: Api) -> None:
    plain = api.body("sender")
    break_values(api, {"resource": "contact", "field": "Name", "raw": "NaN"})
    assert api.body("sender") == plain
    assert api.get("contact", Limit=-1).status_code == 400
    assert not api.sandbox.injected_faults


def test_values_of_counters_may_be_broken(api: Api) -> None:
    asked = {"CounterSource": "APIKey", "CounterTiming": "Message", "CounterResolution": "Lifetime"}
    break_values(api, {"resource": "statcounters", "field": "MessageSentCount", "raw": "-1"})
    assert [row["MessageSentCount"] for row in api.body("statcounters", **asked)["Data"]] == [-1]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"resource": "nothing", "field": "ID", "raw": "1"}, "'nothing', which is no resource"),
        ({"resource": "*", "field": "ID", "raw": "1"}, "'\\*', which is no resource"),
        ({"resource": "sender", "field": "Id", "raw": "1"}, "sender has no 'Id', only "),
        (
            {"resource": "sender", "field": "ID", "where": {"id": 1}, "raw": "1"},
            "sender has no 'id', only .*ID",
        ),
        (
            {"resource": "sender", "field": "ID", "raw": "1", "envelope": True},
            "sender has no 'ID', only Count, Data, Total",
        ),
        ({"resource": "sender", "field": "ID"}, "has raw, name or absent"),
        ({"resource": "sender", "field": "ID", "raw": "\u20ac"}, "stands for one byte"),
    ],
)
def test_broken_value_of_no_use_is_refused_in_words(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BrokenValue(**wrong)


def test_file_of_faults_may_hold_broken_values(tmp_path: Path) -> None:
    faults = Faults(
        broken=(
            BrokenValue(resource="contact", field="Name", where={"ID": 2**60}, raw='"\u00ff"'),
            BrokenValue(resource="messagehistory", field="EventAt", name="eventat"),
            BrokenValue(resource="sender", field="Data", raw="null", envelope=True),
        )
    )
    file = tmp_path / "plan.json"
    file.write_bytes(msgspec.json.encode(faults))
    assert fault_options.faults_of(str(file)) == faults
