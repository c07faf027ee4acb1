"""Facts of the live API: filters, and the clocks that they read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tap_mailjet.sandbox import Quirks
from tests.sandbox.api import EVENT_TIMES, UNTIL, Api, Row, parse, same, wire
from tests.sandbox.facts import fact, since
from tests.sandbox.test_facts_rows import METADATA
from tests.sandbox.test_filters import OF_CAMPAIGN, campaigns_of_messages

FROM, TO = UNTIL - timedelta(days=20), UNTIL - timedelta(days=3)
STATUSES = METADATA["message"]["allowed"]["Status"][:-1]
BOUNDS: dict[str, Any] = {"FromTS": wire(FROM), "ToTS": wire(TO)}
EVENT_BOUNDS: dict[str, Any] = {"EventFromTs": wire(FROM), "EventToTs": wire(TO)}
SENT: dict[str, Any] = {"AllMessages": 1, "ShowExtraData": 1}


def within(rows: list[Row], at: str) -> list[Row]:
    found = [row for row in rows if row[at] and FROM < parse(row[at]) < TO]
    assert 0 < len(found) < len(rows)
    return found


@fact("EventFromTs and EventToTs read BouncedAt, ClickedAt and OpenedAt.")
@pytest.mark.parametrize(("resource", "at"), EVENT_TIMES.items())
def test_event_bounds_read_the_time_of_the_event(api: Api, resource: str, at: str) -> None:
    expected = within(api.sandbox.rows(resource), at)
    assert same(api.rows(resource, **EVENT_BOUNDS), expected)


@fact(
    "FromTS and ToTS of bouncestatistics, clickstatistics and openinformation read SendStartAt "
    "of the campaign.",
    "FromTS and ToTS of messageinformation and of the statistics by campaign read SendStartAt "
    "of the campaign.",
)
@pytest.mark.parametrize("resource", [*EVENT_TIMES, "messageinformation", "messagesentstatistics"])
def test_bounds_read_the_start_of_the_campaign(api: Api, resource: str) -> None:
    more = SENT if resource == "messagesentstatistics" else {}
    campaigns = campaigns_of_messages(api.sandbox)
    sent = {row["ID"] for row in within([*campaigns.values()], "SendStartAt")}
    rows = api.sandbox.rows(resource)
    expected = [
        row
        for row in rows
        if campaigns[row["MessageID"] if "MessageID" in row else row["ID"]]["ID"] in sent
    ]
    assert same(api.rows(resource, **BOUNDS, **more), expected)


@fact("FromTS and ToTS of message read ArrivedAt.")
def test_bounds_of_message_read_arrived_at(api: Api) -> None:
    expected = [row["ID"] for row in within(api.sandbox.rows("message"), "ArrivedAt")]
    assert [row["ID"] for row in api.rows("message", **BOUNDS)] == expected


@fact("FromTS and ToTS of campaign read SendStartAt; CreatedAt may be days earlier.")
def test_bounds_of_campaign_read_send_start_at(api: Api) -> None:
    rows = [row for row in api.sandbox.rows("campaign") if not row["IsDeleted"]]
    assert same(api.rows("campaign", **BOUNDS), within(rows, "SendStartAt"))
    waits = [parse(row["SendStartAt"]) - parse(row["CreatedAt"]) for row in rows]
    assert max(waits) > timedelta(days=1)


@fact("Whether EventFromTs and EventToTs are honoured was never seen.")
@pytest.mark.parametrize("resource", EVENT_TIMES)
def test_event_bounds_are_honoured_ignored_or_refused(api: Api, resource: str) -> None:
    api.sandbox.quirks = Quirks(event_bounds="ignored")
    assert same(api.rows(resource, **EVENT_BOUNDS), api.sandbox.rows(resource))
    # What is ignored does not lift the current day either.
    api.sandbox.quirks = Quirks(event_bounds="ignored", current_day="any_time")
    assert api.plain(resource, **EVENT_BOUNDS).json() == api.plain(resource).json()
    api.sandbox.quirks = Quirks(event_bounds="refused")
    for name in EVENT_BOUNDS:
        assert f'"{name}"' in api.refused(resource, **{name: wire(FROM)})


@pytest.mark.parametrize(
    ("resource", "lower", "upper"),
    [
        ("messagesentstatistics", "SpamEventFromTs", "SpamEventToTs"),
        ("messagesentstatistics", "BounceEventFromTs", "BounceEventToTs"),
        ("listrecipientstatistics", "MinUnsubscribedAt", "MaxUnsubscribedAt"),
    ],
)
def test_bounds_of_spam_bounces_and_unsubscriptions_are_ignored_or_refused_as_well(
    api: Api, resource: str, lower: str, upper: str
) -> None:
    bounds: dict[str, Any] = {lower: wire(FROM), upper: wire(TO)}
    selected = api.rows(resource, **bounds, **SENT)
    api.sandbox.quirks = Quirks(event_bounds="ignored")
    assert len(selected) < len(api.sandbox.rows(resource))
    assert same(api.rows(resource, **bounds, **SENT), api.sandbox.rows(resource))
    api.sandbox.quirks = Quirks(event_bounds="refused")
    for name in bounds:
        assert f'"{name}"' in api.refused(resource, **{name: wire(FROM)})


@fact(
    "SpamEventFromTs, SpamEventToTs, BounceEventFromTs and BounceEventToTs of "
    "messagesentstatistics read ComplaintDate and BounceDate."
)
@pytest.mark.parametrize(("name", "at"), [("Spam", "ComplaintDate"), ("Bounce", "BounceDate")])
def test_bounds_of_sent_messages_read_complaints_and_bounces(api: Api, name: str, at: str) -> None:
    bounds: dict[str, Any] = {f"{name}EventFromTs": wire(FROM), f"{name}EventToTs": wire(TO)}
    expected = within(api.sandbox.rows("messagesentstatistics"), at)
    assert same(api.rows("messagesentstatistics", **bounds, **SENT), expected)


@fact("MinUnsubscribedAt of listrecipientstatistics is inclusive, MaxUnsubscribedAt exclusive.")
def test_bounds_of_unsubscriptions_are_inclusive_and_exclusive(api: Api) -> None:
    left = {r["ID"]: r["UnsubscribedAt"] for r in api.sandbox.rows("contact")}
    times = sorted({at for at in left.values() if at})
    low, high = times[1], times[-1]
    rows = api.sandbox.rows("listrecipientstatistics")
    expected = [row for row in rows if low <= left[row["ListRecipientID"] >> 40] < high]
    assert expected
    bounds = {"MinUnsubscribedAt": low, "MaxUnsubscribedAt": high, "ShowExtraData": 1}
    assert same(api.rows("listrecipientstatistics", **bounds), expected)


@fact("MinCreatedAt of contacthistorydata is inclusive, MaxCreatedAt exclusive.")
def test_bounds_of_contact_history_are_inclusive_and_exclusive(api: Api) -> None:
    rows = api.sandbox.rows("contacthistorydata")
    times = sorted({row["CreatedAt"] for row in rows})
    expected = [row for row in rows if times[9] <= row["CreatedAt"] < times[-9]]
    found = api.rows("contacthistorydata", MinCreatedAt=times[9], MaxCreatedAt=times[-9])
    assert same(found, expected)


@fact(
    "MinLastActivityAt and MaxLastActivityAt of contactstatistics, listrecipientstatistics and "
    "campaignstatistics read LastActivityAt."
)
@pytest.mark.parametrize(
    "resource", ["contactstatistics", "listrecipientstatistics", "campaignstatistics"]
)
def test_bounds_of_activity_read_last_activity_at(api: Api, resource: str) -> None:
    rows = [row for row in api.sandbox.rows(resource) if row["LastActivityAt"]]
    times = sorted({row["LastActivityAt"] for row in rows})
    bounds = {"MinLastActivityAt": times[1], "MaxLastActivityAt": times[-2]}
    expected = [row for row in rows if times[1] < row["LastActivityAt"] < times[-2]]
    more: dict[str, Any] = {} if resource == "contactstatistics" else {"ShowExtraData": 1}
    api.sandbox.quirks = Quirks(deleted="shown")
    assert same(api.rows(resource, **bounds, **more), expected)


@fact("Whether MinLastActivityAt and MaxLastActivityAt are honoured was never seen.")
@pytest.mark.parametrize("resource", ["contactstatistics", "campaignstatistics"])
def test_activity_bounds_are_honoured_ignored_or_refused(api: Api, resource: str) -> None:
    bounds = {"MinLastActivityAt": wire(TO), "MaxLastActivityAt": wire(TO)}
    assert api.plain(resource, **bounds).json()["Data"] == []
    api.sandbox.quirks = Quirks(activity_bounds="ignored")
    assert api.plain(resource, **bounds).json() == api.plain(resource).json()
    api.sandbox.quirks = Quirks(activity_bounds="refused")
    for name in bounds:
        assert f'"{name}"' in api.refused(resource, **{name: wire(FROM)})


@fact("Whether a bound of another time filter is inclusive is not documented.")
@pytest.mark.parametrize("bound", ["inclusive", "exclusive"])
def test_bounds_are_inclusive_or_exclusive(api: Api, bound: Any) -> None:
    api.sandbox.quirks = Quirks(lower_bound=bound, upper_bound=bound)
    times = sorted({row["ArrivedAt"] for row in api.sandbox.rows("message")})
    found = {row["ArrivedAt"] for row in api.rows("message", FromTS=times[3], ToTS=times[9])}
    assert found == {*(times[3:10] if bound == "inclusive" else times[4:9])}


@fact("Timestamps in filters are RFC 3339 or Unix seconds.")
def test_timestamps_in_filters_have_two_forms(api: Api) -> None:
    by_text = api.rows("message", FromTS=wire(FROM))
    assert by_text == api.rows("message", FromTS=int(FROM.timestamp()))
    assert 0 < len(by_text) < len(api.rows("message"))


@fact("Period (Day, Week, Month, Year) sets FromTS and ToTS.")
def test_period_sets_both_bounds(api: Api) -> None:
    # A Friday.
    days = {"Day": "2026-05-01", "Week": "2026-04-27", "Month": "2026-05-01", "Year": "2026-01-01"}
    api.sandbox.quirks = Quirks(lower_bound="inclusive", upper_bound="inclusive")
    for period, day in days.items():
        expected = since(api.sandbox.rows("campaign"), "SendStartAt", parse(f"{day}T00:00:00Z"))
        kept = [row for row in expected if not row["IsDeleted"]]
        found = api.plain("campaign", Period=period, Limit=1000).json()["Data"]
        assert [row["ID"] for row in found] == [row["ID"] for row in kept]
    assert kept


@fact("messagesentstatistics without AllMessages has only the first message of each campaign.")
@pytest.mark.parametrize("asked", [{}, {"AllMessages": "false"}])
def test_sent_messages_are_the_first_of_each_campaign(api: Api, asked: dict[str, Any]) -> None:
    first: dict[int, int] = {}
    for row in api.sandbox.rows("message"):
        first.setdefault(row["CampaignID"], row["ID"])
    found = api.rows("messagesentstatistics", **asked)
    assert sorted(row["MessageID"] for row in found) == sorted(first.values())
    assert len(api.rows("messagesentstatistics", AllMessages="true")) > len(found)


@fact("The campaign filters select events and totals by the campaign; boolean filters select.")
def test_campaign_filters_select_by_the_campaign(api: Api) -> None:
    campaigns = campaigns_of_messages(api.sandbox)
    rows = api.sandbox.rows("openinformation")
    for name, value, chosen in OF_CAMPAIGN:
        expected = [row for row in rows if chosen(campaigns[row["ID"]])]
        assert same(api.rows("openinformation", **{name: value}), expected), (name, value)


@fact("From and FromDomain select by the address that a campaign was sent from.")
def test_from_and_its_domain_select_campaigns(api: Api) -> None:
    rows = [row for row in api.sandbox.rows("campaign") if not row["IsDeleted"]]
    assert {row["FromEmail"].partition("@")[2] for row in rows} == {"example.com"}
    assert same(api.rows("campaign", FromDomain="example.com"), rows)
    for other in ("example.org", "ample.com"):
        assert api.rows("campaign", FromDomain=other) == []
    address = rows[0]["FromEmail"]
    expected = [row for row in rows if row["FromEmail"] == address]
    assert same(api.rows("campaign", From=address), expected)


@fact("MessageStatus is numeric, and 3,4 means either; which numbers, or names, is not documented.")
def test_message_status_takes_numbers_or_names(api: Api) -> None:
    rows = api.sandbox.rows("message")
    names = ["opened", "clicked"]
    expected = [row["ID"] for row in rows if row["Status"] in names]
    assert 0 < len(expected) < len(rows)
    texts = {
        "numbers": ",".join(str(STATUSES.index(name)) for name in names),
        "names": ",".join(names),
    }
    accepted: Any
    for accepted in ("numbers", "names", "either"):
        api.sandbox.quirks = Quirks(message_status=accepted)
        for form, text in texts.items():
            if accepted in {form, "either"}:
                found = [row["ID"] for row in api.rows("message", MessageStatus=text)]
                assert found == expected
            else:
                assert '"MessageStatus"' in api.refused("message", MessageStatus=text)
        assert '"MessageStatus"' in api.refused("message", MessageStatus="99")


@fact("contactfilter is selected by Status (used, unused, deleted) and ShowDeleted.")
def test_segments_are_selected_by_status(api: Api) -> None:
    rows = api.sandbox.rows("contactfilter")
    for status in ("used", "unused", "deleted"):
        expected = [row for row in rows if row["Status"] == status]
        assert same(api.rows("contactfilter", Status=status), expected)
    assert same(api.rows("contactfilter", ShowDeleted="true"), rows)


@fact("campaignoverview is selected by All, Archived, Drafts, Programmed, Sent, Starred, IDType.")
def test_overview_is_selected_by_state_and_type(api: Api) -> None:
    rows = api.sandbox.rows("campaignoverview")
    assert same(api.rows("campaignoverview", All=1), rows)
    for name, code in {"Archived": -1, "Drafts": 0, "Programmed": 1, "Sent": 2}.items():
        expected = [row for row in rows if row["Status"] == code]
        assert same(api.rows("campaignoverview", **{name: 1}), expected)
    for kind in ("Campaign", "AX", "NL"):
        found = api.rows("campaignoverview", All=1, IDType=kind)
        assert same(found, [row for row in rows if row["IDType"] == kind])
    starred = [row for row in rows if row["Starred"]]
    assert same(api.rows("campaignoverview", All=1, Starred=1), starred)


@fact("Event of useragentstatistics is open or click: a response has the counts of one of them.")
def test_user_agents_have_the_counts_of_one_event(api: Api) -> None:
    found: dict[str, list[Row]] = {}
    for event in ("open", "click"):
        found[event] = api.rows("useragentstatistics", Event=event)
    named = [{**row, "Event": event} for event, rows in found.items() for row in rows]
    assert same(named, api.sandbox.rows("useragentstatistics"))
    assert '"Event"' in api.refused("useragentstatistics", Event="bounce")


@fact("What useragentstatistics counts without Event is not documented.")
def test_user_agents_without_event_follow_the_option(api: Api) -> None:
    event: Any
    for event in ("open", "click"):
        api.sandbox.quirks = Quirks(user_agent_event=event)
        expected = api.rows("useragentstatistics", Event=event)
        assert api.rows("useragentstatistics") == expected != []
    api.sandbox.quirks = Quirks(user_agent_event="refused")
    assert '"Event"' in api.refused("useragentstatistics")


@fact("What is returned of deleted and archived things without a filter is not documented.")
@pytest.mark.parametrize("resource", ["contactfilter", "sender", "campaignoverview", "campaign"])
def test_deleted_rows_without_a_filter_follow_the_option(api: Api, resource: str) -> None:
    hidden = api.rows(resource)
    api.sandbox.quirks = Quirks(deleted="shown")
    assert same(api.rows(resource), api.sandbox.rows(resource))
    assert len(hidden) < len(api.sandbox.rows(resource))
