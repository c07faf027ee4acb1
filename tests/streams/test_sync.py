"""Whole syncs against the sandbox, over HTTP, compared with what the account holds."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks
from tests.helpers import CLOCKS, LISTED, SCHEMAS, as_set, sync, truth

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

QUIRKS = {
    "as the defaults have it": Quirks(),
    "bounds inclusive": Quirks(lower_bound="inclusive", upper_bound="inclusive"),
    "lower bound inclusive": Quirks(lower_bound="inclusive"),
    "upper bound inclusive": Quirks(upper_bound="inclusive"),
    "Total of the result": Quirks(total="result"),
    "values as strings": Quirks(values="strings", timestamps="naive"),
    "Sort refused": Quirks(sort="refused"),
    "Sort ignored, rows in any order": Quirks(sort="ignored", order="shuffled"),
    "deleted shown unasked": Quirks(deleted="shown"),
}


def absent_as_zero(stream: str, record: dict[str, Any]) -> dict[str, Any]:
    """The sandbox writes an absent number as "" among strings, which is null, but else as 0."""
    properties = SCHEMAS.get_schema(stream)["properties"]
    return {
        name: 0 if value is None and {"integer", "number"} & {*properties[name]["type"]} else value
        for name, value in record.items()
    }


@pytest.mark.parametrize("quirks", QUIRKS.values(), ids=QUIRKS.keys())
@pytest.mark.parametrize("page_size", [1000, 70])
def test_full_sync_is_what_the_account_holds_row_by_row(
    sandbox: Sandbox, quirks: Quirks, page_size: int
) -> None:
    sandbox.quirks = quirks
    run = sync(sandbox, *LISTED, page_size=page_size)
    for stream in LISTED:
        held = truth(sandbox, stream)
        records = run.records[stream]
        if quirks.values == "strings":
            records = [absent_as_zero(stream, record) for record in records]
        assert held, stream
        assert as_set(records) == as_set(held), stream


@pytest.mark.parametrize("stream", LISTED)
def test_every_field_of_a_schema_has_a_value_in_some_record(sandbox: Sandbox, stream: str) -> None:
    records = sync(sandbox, stream).records[stream]
    for name in SCHEMAS.get_schema(stream)["properties"]:
        assert any(record[name] not in {None, ""} for record in records), name


@pytest.mark.parametrize(("stream", "clock"), CLOCKS.items())
def test_records_come_in_the_order_of_their_clock_whatever_the_servers(
    sandbox: Sandbox, stream: str, clock: str
) -> None:
    sandbox.quirks = Quirks(sort="ignored", order="shuffled")
    times = [record[clock] for record in sync(sandbox, stream, page_size=50).records[stream]]
    assert len(times) > 3
    assert times == sorted(times)


def test_equal_clicks_of_one_second_all_come(sandbox: Sandbox) -> None:
    records = as_set(sync(sandbox, "click_events").records["click_events"])
    assert max(records.values()) > 1
    assert records == as_set(truth(sandbox, "click_events"))


@pytest.mark.parametrize(("stream", "clock"), CLOCKS.items())
def test_adjoining_ranges_share_no_row_and_miss_none(
    sandbox: Sandbox, stream: str, clock: str
) -> None:
    held = truth(sandbox, stream)
    # An instant at which something happened: the row that a wrong bound would lose or double.
    cut = sorted(record[clock] for record in held)[len(held) // 2]
    before = sync(sandbox, stream, end_date=cut).records[stream]
    after = sync(sandbox, stream, start_date=cut).records[stream]
    assert before
    assert after
    assert all(record[clock] < cut for record in before)
    assert all(record[clock] >= cut for record in after)
    assert as_set(itertools.chain(before, after)) == as_set(held)


def test_unknown_field_is_reported_once_and_changes_nothing_else(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.quirks = Quirks(extra_field=True)
    run = sync(sandbox, "contacts")
    said = [record.getMessage() for record in caplog.records if "schema" in record.getMessage()]
    assert len(said) == 1
    assert said[0].startswith("contacts: Field ")
    assert as_set(run.records["contacts"]) == as_set(truth(sandbox, "contacts"))


def members(sandbox: Sandbox, resource: str, **wanted: Any) -> set[int]:
    """The IDs of the rows of a resource that have these values."""
    return {
        row["ID"]
        for row in sandbox.rows(resource)
        if all(row[name] == value for name, value in wanted.items())
    }


def of_campaigns(sandbox: Sandbox, stream: str, campaigns: set[int]) -> list[dict[str, Any]]:
    """What the account holds of a stream for some campaigns."""
    if stream == "sent_campaigns":
        return [row for row in truth(sandbox, stream) if row["ID"] in campaigns]
    if stream == "click_events":
        messages = {row["ID"] for row in sandbox.rows("message") if row["CampaignID"] in campaigns}
        return [row for row in truth(sandbox, stream) if row["MessageID"] in messages]
    return [row for row in truth(sandbox, stream) if row["CampaignID"] in campaigns]


CAMPAIGN_STREAMS = ["bounce_events", "click_events", "open_events", "sent_campaigns"]


@pytest.mark.parametrize("stream", CAMPAIGN_STREAMS)
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"include_deleted_campaigns": False}, {"IsDeleted": False}),
        ({"starred_only": True}, {"IsStarred": True}),
    ],
)
def test_flags_select_campaigns_and_what_belongs_to_them(
    sandbox: Sandbox, stream: str, given: dict[str, Any], wanted: dict[str, Any]
) -> None:
    expected = of_campaigns(sandbox, stream, members(sandbox, "campaign", **wanted))
    assert 0 < len(expected) < len(truth(sandbox, stream))
    assert as_set(sync(sandbox, stream, **given).records[stream]) == as_set(expected)


@pytest.mark.parametrize("stream", CAMPAIGN_STREAMS)
def test_newsletter_tool_can_be_left_out(sandbox: Sandbox, stream: str) -> None:
    whole = as_set(truth(sandbox, stream))
    without = as_set(sync(sandbox, stream, include_newsletter_tool=False).records[stream])
    assert 0 < without.total() < whole.total()
    assert without <= whole
    asked = [request.params for request in sandbox.requests]
    assert all(params["IsNewsletterTool"] == "false" for params in asked)


@pytest.mark.parametrize("stream", [*CAMPAIGN_STREAMS, "messages"])
def test_campaigns_can_be_chosen_by_id(sandbox: Sandbox, stream: str) -> None:
    chosen = [row["ID"] for row in sandbox.rows("campaign")][:3]
    expected = of_campaigns(sandbox, stream, set(chosen))
    assert 0 < len(expected) < len(truth(sandbox, stream))
    run = sync(sandbox, stream, campaign_ids=chosen, page_size=40)
    assert as_set(run.records[stream]) == as_set(expected)


@pytest.mark.parametrize("stream", CAMPAIGN_STREAMS)
def test_contact_lists_can_be_chosen_by_id(sandbox: Sandbox, stream: str) -> None:
    chosen = next(row["ListID"] for row in sandbox.rows("campaign") if row["ListID"])
    expected = of_campaigns(sandbox, stream, members(sandbox, "campaign", ListID=chosen))
    assert 0 < len(expected) < len(truth(sandbox, stream))
    run = sync(sandbox, stream, contact_list_ids=[chosen])
    assert as_set(run.records[stream]) == as_set(expected)


@pytest.mark.parametrize("stream", [*CAMPAIGN_STREAMS, "messages"])
def test_senders_can_be_chosen_by_id(sandbox: Sandbox, stream: str) -> None:
    chosen = sandbox.rows("message")[0]["SenderID"]
    if stream == "messages":
        expected = [row for row in truth(sandbox, stream) if row["SenderID"] == chosen]
    else:
        expected = of_campaigns(sandbox, stream, members(sandbox, "campaign", FromID=chosen))
    assert 0 < len(expected) < len(truth(sandbox, stream))
    assert as_set(sync(sandbox, stream, sender_ids=[chosen]).records[stream]) == as_set(expected)


def test_contacts_of_several_lists_come_once_each(sandbox: Sandbox) -> None:
    lists = [row["ID"] for row in sandbox.rows("contactslist")]
    records = sync(sandbox, "contacts", contact_list_ids=lists, page_size=30).records["contacts"]
    answers = [request for request in sandbox.requests if request.resource == "contact"]
    assert {int(request.params["ContactsList"]) for request in answers} == set(lists)
    assert len(records) > 0
    assert max(as_set(records).values()) == 1
    assert as_set(records) <= as_set(truth(sandbox, "contacts"))


@pytest.mark.parametrize("status", ["used", "unused", "deleted"])
def test_segments_can_be_chosen_by_status(sandbox: Sandbox, status: str) -> None:
    expected = [row for row in truth(sandbox, "segmentation") if row["Status"] == status]
    assert expected
    records = sync(sandbox, "segmentation", segment_status=status).records["segmentation"]
    assert as_set(records) == as_set(expected)


def test_deleted_lists_can_be_left_out(sandbox: Sandbox) -> None:
    expected = [row for row in truth(sandbox, "contact_lists") if not row["IsDeleted"]]
    assert 0 < len(expected) < len(truth(sandbox, "contact_lists"))
    run = sync(sandbox, "contact_lists", include_deleted_lists=False)
    assert as_set(run.records["contact_lists"]) == as_set(expected)
