from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks
from tests.sandbox.api import CATALOGUE, UNTIL, Api, Row, same, wire
from tests.sandbox.test_filters import OF_CAMPAIGN, campaigns_of_messages

if TYPE_CHECKING:
    from collections.abc import Callable

LIST, CONTACT, CAMPAIGN, DRAFTED = 10_001, 1_000_001, 5_000_004, 5_000_002
ALL = {"All": "true"}
ALL_MESSAGES: dict[str, Any] = {"AllMessages": "true", "ShowExtraData": "true"}
LISTS = CATALOGUE["liststatistics"][0]


def dead(row: Row) -> bool:
    return bool(row["Status"] == -2)


def starred(row: Row) -> bool:
    return bool(row["IsStarred"])


def overview(row: Row) -> tuple[str, int]:
    return row["IDType"], row["Status"]


# A resource, parameters, and which of its rows the parameters select, deleted or not.
SELECTING: list[tuple[str, dict[str, Any], Callable[[Row], bool]]] = [
    ("axtesting", {"IsDeleted": "true"}, lambda r: r["Deleted"]),
    ("axtesting", {"IsDeleted": "false"}, lambda r: not r["Deleted"]),
    ("axtesting", {"IsStarred": "true"}, lambda r: r["Starred"]),
    ("axtesting", {"ContactsList": LIST}, lambda r: r["ContactListID"] == LIST),
    ("campaignaggregate", {"Sender": 102}, lambda r: r["SenderID"] == 102),
    ("campaignaggregate", {"ContactsList": LIST}, lambda r: r["ContactsListID"] == LIST),
    ("campaigndraft", {"IsDeleted": "true", "IsStarred": 1}, lambda r: dead(r) and starred(r)),
    ("campaigndraft", {"IsDeleted": "false"}, lambda r: not dead(r)),
    ("campaigndraft", {"IsStarred": "true"}, starred),
    ("campaigndraft", {"ContactsList": LIST}, lambda r: r["ContactsListID"] == LIST),
    ("campaigndraft", {"Campaign": DRAFTED}, lambda r: r["CampaignID"] == DRAFTED),
    ("newsletter", {"IsDeleted": "true"}, lambda r: r["Status"] == -2),
    ("newsletter", {"IsArchived": "true", "IsDeleted": "0"}, lambda r: r["Status"] == -1),
    ("newsletter", {"IsHandled": "true"}, lambda r: r["IsHandled"]),
    ("workflow", {"IsDeleted": "true"}, lambda r: r["IsDeleted"]),
    ("workflow", {"IsDeleted": "false", "ShowAll": "true"}, lambda r: not r["IsDeleted"]),
    ("workflow", {"ShowAll": "false"}, lambda r: not r["IsDeleted"]),
    ("workflow", {"Status": "Stopped"}, lambda r: r["Status"] == "Stopped"),
    ("workflowstatistics", {"WorkflowID": 51}, lambda r: r["WorkflowID"] == 51),
    ("campaignoverview", {"All": "false"}, lambda r: r["Status"] != -1),
    ("campaignoverview", {"Archived": "true"}, lambda r: r["Status"] == -1),
    ("campaignoverview", {"Archived": "false"}, lambda r: r["Status"] != -1),
    ("campaignoverview", {"Drafts": "true"}, lambda r: r["Status"] == 0),
    ("campaignoverview", {"Programmed": "true"}, lambda r: r["Status"] == 1),
    ("campaignoverview", {"Sent": "true"}, lambda r: r["Status"] == 2),
    ("campaignoverview", {"Starred": "true", **ALL}, lambda r: r["Starred"]),
    ("campaignoverview", {"IDType": "AX", **ALL}, lambda r: r["IDType"] == "AX"),
    ("campaignoverview", {"IDType": "NL", "Drafts": 1}, lambda r: overview(r) == ("NL", 0)),
    ("contactdata", {"ContactsList": 10_002}, lambda r: r["ContactID"] % 2 == 1),
    ("contacthistorydata", {"Contact": CONTACT}, lambda r: r["ContactID"] == CONTACT),
    ("contactslistsignup", {"Contact": CONTACT}, lambda r: r["ContactID"] == CONTACT),
    ("listrecipient", {"ContactsList": LIST}, lambda r: r["ListID"] == LIST),
    ("listrecipient", {"Contact": CONTACT}, lambda r: r["ContactID"] == CONTACT),
    ("listrecipient", {"Unsub": "true"}, lambda r: r["IsUnsubscribed"]),
    ("liststatistics", {**LISTS, "IsDeleted": "true"}, lambda r: r["IsDeleted"]),
    ("liststatistics", {**LISTS, "IsDeleted": "false"}, lambda r: not r["IsDeleted"]),
    ("messageinformation", {"CampaignID": CAMPAIGN}, lambda r: r["CampaignID"] == CAMPAIGN),
    (
        "messagesentstatistics",
        {"CampaignID": CAMPAIGN, **ALL_MESSAGES},
        lambda r: r["CampaignID"] == CAMPAIGN,
    ),
    ("senderstatistics", {"SenderID": 101}, lambda r: r["SenderID"] == 101),
    ("widget", {"ContactsList": LIST}, lambda r: r["ListID"] == LIST),
    ("widget", {"IsStarred": "false"}, lambda r: not r["IsStarred"]),
]


def test_filters_select_rows(api: Api) -> None:
    api.sandbox.quirks = Quirks(deleted="shown")
    offenders = []
    for resource, params, chosen in SELECTING:
        everything = api.sandbox.rows(resource)
        expected = [row for row in everything if chosen(row)]
        assert 0 < len(expected) < len(everything), (resource, params)
        if texts(api.rows(resource, limit=100, **params)) != texts(expected):
            offenders.append((resource, params))
    assert offenders == []


def texts(rows: list[Row]) -> list[str]:
    return sorted(map(str, rows))


@pytest.mark.parametrize(
    ("resource", "is_gone"),
    [
        ("axtesting", lambda r: r["Deleted"]),
        ("campaigndraft", lambda r: r["Status"] in {-1, -2}),
        ("newsletter", lambda r: r["Status"] in {-1, -2}),
        ("campaignoverview", lambda r: r["Status"] == -1),
        ("workflow", lambda r: r["IsDeleted"]),
    ],
)
def test_the_deleted_are_hidden_or_shown_where_nobody_asked(
    api: Api, resource: str, is_gone: Callable[[Row], bool]
) -> None:
    everything = api.sandbox.rows(resource)
    there = [row for row in everything if not is_gone(row)]
    assert 0 < len(there) < len(everything)
    assert texts(api.rows(resource)) == texts(there)
    api.sandbox.quirks = Quirks(deleted="shown")
    assert texts(api.rows(resource)) == texts(everything)


@pytest.mark.parametrize("resource", ["messageinformation", "messagesentstatistics"])
def test_campaign_filters_choose_the_messages_of_those_campaigns(api: Api, resource: str) -> None:
    campaigns = campaigns_of_messages(api.sandbox)
    more: dict[str, Any] = ALL_MESSAGES if resource == "messagesentstatistics" else {}
    number = "MessageID" if resource == "messagesentstatistics" else "ID"
    everything = api.sandbox.rows(resource)
    offenders = []
    for name, value, chosen in OF_CAMPAIGN:
        expected = [row for row in everything if chosen(campaigns[row[number]])]
        assert 0 < len(expected) < len(everything)
        if texts(api.rows(resource, **{name: value}, **more)) != texts(expected):
            offenders.append((name, value))
    assert offenders == []


@pytest.mark.parametrize(
    ("resource", "more"),
    [("messageinformation", {}), ("messagesentstatistics", ALL_MESSAGES)],
)
def test_messages_of_deleted_campaigns_follow_their_quirk(
    api: Api, resource: str, more: dict[str, Any]
) -> None:
    api.sandbox.quirks = Quirks(deleted_events="hidden")
    kept = api.rows(resource, **more)
    gone = api.rows(resource, IsDeleted="true", **more)
    assert gone
    assert texts(kept) == texts(api.rows(resource, IsDeleted="false", **more))
    assert texts(kept + gone) == texts(api.sandbox.rows(resource))


@pytest.mark.parametrize("resource", ["contactstatistics", "listrecipientstatistics"])
@pytest.mark.parametrize("lower", ["inclusive", "exclusive"])
@pytest.mark.parametrize("upper", ["inclusive", "exclusive"])
def test_activity_bounds_are_open_or_closed_as_told(
    api: Api, resource: str, lower: Any, upper: Any
) -> None:
    api.sandbox.quirks = Quirks(lower_bound=lower, upper_bound=upper)
    rows = api.sandbox.rows(resource)
    times = sorted({row["LastActivityAt"] for row in rows})
    low, high = times[len(times) // 3], times[-len(times) // 3]
    expected = [
        row
        for row in rows
        if low < row["LastActivityAt"] < high
        or (row["LastActivityAt"] == low and lower == "inclusive")
        or (row["LastActivityAt"] == high and upper == "inclusive")
    ]
    bounds: dict[str, Any] = {"MinLastActivityAt": low, "MaxLastActivityAt": high}
    more: dict[str, Any] = {"ShowExtraData": 1} if resource == "listrecipientstatistics" else {}
    assert 0 < len(expected) < len(rows)
    assert texts(api.rows(resource, limit=30, **bounds, **more)) == texts(expected)
    count = api.body(resource, countOnly=1, **bounds, **more)
    assert count["Total"] == len(expected)


@pytest.mark.parametrize("bound", ["inclusive", "exclusive"])
def test_the_documented_bounds_of_contact_history_follow_no_quirk(api: Api, bound: Any) -> None:
    api.sandbox.quirks = Quirks(lower_bound=bound, upper_bound=bound)
    rows = api.sandbox.rows("contacthistorydata")
    times = sorted({row["CreatedAt"] for row in rows})
    low, high = times[10], times[-10]
    expected = [row for row in rows if low <= row["CreatedAt"] < high]
    assert same(api.rows("contacthistorydata", MinCreatedAt=low, MaxCreatedAt=high), expected)
    assert same(api.rows("contacthistorydata", MinCreatedAt=wire(UNTIL - timedelta(900))), rows)


@pytest.mark.parametrize(
    ("resource", "asked", "fields"),
    [
        ("listrecipientstatistics", "ShowExtraData", ["Data"]),
        ("liststatistics", "CalcActive", ["ActiveCount"]),
        ("liststatistics", "CalcActiveUnsub", ["ActiveUnsubscribedCount"]),
        ("liststatistics", "CalcActiveExcludedSubscriber", ["ActiveExcludedSubscriberCount"]),
        ("liststatistics", "CalcExcludedSubscriber", ["ExcludedSubscriberCount"]),
        ("messagestatistics", "ProcessTotalClicksCount", ["TotalClicksCount"]),
        ("messagestatistics", "ProcessTotalOpensCount", ["TotalOpensCount"]),
        ("campaignstatistics", "ShowExtraData", ["CampaignSubject", "ContactListName"]),
        ("messagesentstatistics", "ShowExtraData", ["BounceReason", "Details", "FBLSource"]),
    ],
)
def test_some_fields_are_empty_unless_asked_for(
    api: Api, resource: str, asked: str, fields: list[str]
) -> None:
    more = {"AllMessages": "true"} if resource == "messagesentstatistics" else {}
    for name in fields:
        assert not any(row[name] for row in api.rows(resource, 1000, **more))
        assert any(row[name] for row in api.rows(resource, 1000, **{asked: "true"}, **more))


def test_deleted_senders_come_along_when_asked_for(api: Api) -> None:
    assert texts(api.rows("sender", ShowDeleted="true")) == texts(api.sandbox.rows("sender"))
    assert len(api.rows("sender")) < len(api.sandbox.rows("sender"))


@pytest.mark.parametrize(
    ("resource", "name", "value"),
    [
        ("campaignoverview", "IDType", "Newsletter"),
        ("campaigndraft", "IsArchived", "perhaps"),
        ("contactstatistics", "MinLastActivityAt", "yesterday"),
        ("listrecipient", "ContactsList", "all"),
    ],
)
def test_a_value_of_no_use_is_refused_by_name(
    api: Api, resource: str, name: str, value: str
) -> None:
    assert f'"{name}"' in api.refused(resource, **{name: value})
