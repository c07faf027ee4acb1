from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks
from tests.sandbox.api import ALL, EVENT_TIMES, Api, Row, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_mailjet.sandbox import Sandbox

SENDER, LIST, CAMPAIGN, CONTACT = 101, 10_001, 5_000_003, 1_000_001
OF_CAMPAIGN: list[tuple[str, Any, Callable[[Row], bool]]] = [
    ("CampaignID", CAMPAIGN, lambda c: c["ID"] == CAMPAIGN),
    ("ContactsList", LIST, lambda c: c["ListID"] == LIST),
    ("FromID", SENDER, lambda c: c["FromID"] == SENDER),
    ("FromType", 1, lambda c: c["CampaignType"] == 1),
    ("FromType", 2, lambda c: c["CampaignType"] == 2),
    ("FromType", 3, lambda c: c["CampaignType"] == 3),
    ("IsDeleted", "true", lambda c: c["IsDeleted"]),
    ("IsDeleted", "false", lambda c: not c["IsDeleted"]),
    ("IsNewsletterTool", "true", lambda c: c["NewsLetterID"] > 0),
    ("IsNewsletterTool", "false", lambda c: c["NewsLetterID"] == 0),
    ("IsStarred", "true", lambda c: c["IsStarred"]),
    ("IsStarred", "0", lambda c: not c["IsStarred"]),
    ("CustomCampaign", "starred-3", lambda c: c["CustomValue"] == "starred-3"),
]
SHOWN = {"IsDeleted"}
OWN: list[tuple[str, str, Any, Callable[[Row], bool]]] = [
    ("message", "Campaign", CAMPAIGN, lambda r: r["CampaignID"] == CAMPAIGN),
    ("message", "CampaignID", CAMPAIGN, lambda r: r["CampaignID"] == CAMPAIGN),
    ("message", "Contact", CONTACT, lambda r: r["ContactID"] == CONTACT),
    ("message", "ContactID", CONTACT, lambda r: r["ContactID"] == CONTACT),
    ("message", "FromID", SENDER, lambda r: r["FromID"] == SENDER),
    ("message", "SenderID", 103, lambda r: r["SenderID"] == 103),
    ("contact", "Email", "ada.okafor.1@example.com", lambda r: r["ID"] == CONTACT),
    ("contact", "IsExcludedFromCampaigns", "true", lambda r: r["IsExcludedFromCampaigns"]),
    ("contact", "IsExcludedFromCampaigns", "0", lambda r: not r["IsExcludedFromCampaigns"]),
    ("contactslist", "Address", "9e3779b1", lambda r: r["ID"] == LIST),
    ("contactslist", "IsDeleted", "true", lambda r: r["IsDeleted"]),
    ("contactslist", "IsDeleted", "false", lambda r: not r["IsDeleted"]),
    ("contactslist", "Name", "Customers", lambda r: r["Name"] == "Customers"),
    ("contactslist", "ExcludeID", LIST, lambda r: r["ID"] != LIST and not r["IsDeleted"]),
    ("contactfilter", "Status", "used", lambda r: r["Status"] == "used"),
    ("contactfilter", "Status", "unused", lambda r: r["Status"] == "unused"),
    ("contactfilter", "Status", "deleted", lambda r: r["Status"] == "deleted"),
    ("contactfilter", "ShowDeleted", "false", lambda r: r["Status"] != "deleted"),
    ("contactfilter", "ShowDeleted", "true", lambda r: bool(r["ID"])),
    ("contactfilter", "Name", "Over forty", lambda r: r["Name"] == "Over forty"),
    ("sender", "Status", "Inactive", lambda r: r["Status"] == "Inactive"),
    ("sender", "Status", "Deleted", lambda r: r["Status"] == "Deleted"),
    ("sender", "Email", "hello@example.com", lambda r: r["ID"] == SENDER),
    ("sender", "ShowDeleted", "false", lambda r: r["Status"] != "Deleted"),
    ("sender", "IsDomainSender", "true", lambda r: r["Email"].startswith("*@")),
]
STATUSES = [
    "queued",
    "sent",
    "opened",
    "clicked",
    "bounce",
    "spam",
    "unsub",
    "blocked",
    "hardbounced",
    "softbounced",
    "deferred",
]


def campaigns_of_messages(sandbox: Sandbox) -> dict[int, Row]:
    campaigns = {row["ID"]: row for row in sandbox.rows("campaign")}
    return {row["ID"]: campaigns[row["CampaignID"]] for row in sandbox.rows("message")}


@pytest.mark.parametrize(("name", "value", "chosen"), OF_CAMPAIGN)
def test_campaign_filters_choose_campaigns(
    api: Api, name: str, value: Any, chosen: Callable[[Row], bool]
) -> None:
    expected = [
        row
        for row in api.sandbox.rows("campaign")
        if chosen(row) and (name == "IsDeleted" or not row["IsDeleted"])
    ]
    if name == "CampaignID":
        assert expected == []
        expected = [row for row in api.sandbox.rows("campaign") if chosen(row)]
        assert api.rows("campaign", **{name: value}) == []
        assert same(api.rows("campaign", IsDeleted="true", **{name: value}), expected)
        return
    assert len(expected) < len(api.sandbox.rows("campaign"))
    assert same(api.rows("campaign", **{name: value}), expected)


@pytest.mark.parametrize("resource", EVENT_TIMES)
def test_campaign_filters_choose_the_events_of_those_campaigns(api: Api, resource: str) -> None:
    campaigns = campaigns_of_messages(api.sandbox)
    everything = api.sandbox.rows(resource)
    offenders = []
    for name, value, chosen in OF_CAMPAIGN:
        expected = [row for row in everything if chosen(campaigns[row["ID"]])]
        assert len(expected) < len(everything)
        if not same(api.rows(resource, **{name: value}), expected):
            offenders.append((name, value))
    assert offenders == []


def test_a_resources_own_filters_choose_just_what_they_say(api: Api) -> None:
    offenders = []
    for resource, name, value, chosen in OWN:
        expected = [row for row in api.sandbox.rows(resource) if chosen(row)]
        params = {**(ALL["message"] if resource == "message" else {}), name: value}
        if not same(api.rows(resource, **params), expected):
            offenders.append((resource, name, value))
    assert offenders == []


@pytest.mark.parametrize("status", STATUSES)
def test_message_status_chooses_messages_and_events(api: Api, status: str) -> None:
    api.sandbox.quirks = Quirks(message_status="names")
    expected = {row["ID"] for row in api.sandbox.rows("message") if row["Status"] == status}
    assert expected
    assert {row["ID"] for row in api.rows("message", MessageStatus=status)} == expected
    opens = [row for row in api.sandbox.rows("openinformation") if row["ID"] in expected]
    assert opens or status not in {"opened", "clicked", "spam", "unsub"}
    assert api.rows("openinformation", MessageStatus=status) == opens


def test_a_message_id_chooses_its_clicks_and_opens(api: Api) -> None:
    message = api.sandbox.rows("clickstatistics")[0]["MessageID"]
    for resource in ("clickstatistics", "openinformation"):
        expected = [row for row in api.sandbox.rows(resource) if row["MessageID"] == message]
        assert same(api.rows(resource, MessageID=message), expected)


def test_from_type_and_custom_id_choose_messages(api: Api) -> None:
    campaigns = campaigns_of_messages(api.sandbox)
    rows = api.sandbox.rows("message")
    expected = [row["ID"] for row in rows if campaigns[row["ID"]]["CampaignType"] == 3]
    assert expected
    assert [row["ID"] for row in api.rows("message", FromType=3)] == expected
    custom = next(row for row in rows if row["CustomID"])
    found = api.rows("message", CustomID=custom["CustomID"], **ALL["message"])
    assert found == [custom]


def test_subject_address_and_custom_id_are_empty_unless_shown(api: Api) -> None:
    hidden = {"Subject": "", "ContactAlt": "", "CustomID": ""}
    truth = api.sandbox.rows("message")
    assert all(any(row[name] for row in truth) for name in hidden)
    assert same(api.rows("message"), [{**row, **hidden} for row in truth])
    subject = api.rows("message", ShowSubject="true")
    assert subject == [{**row, "ContactAlt": "", "CustomID": ""} for row in truth]


def test_contacts_are_chosen_by_campaign_and_by_list(api: Api) -> None:
    contacts = api.sandbox.rows("contact")
    messages = api.sandbox.rows("message")
    mailed = {row["ContactID"] for row in messages if row["CampaignID"] == CAMPAIGN}
    expected = [row for row in contacts if row["ID"] in mailed]
    assert len(expected) < len(contacts)
    assert same(api.rows("contact", Campaign=CAMPAIGN), expected)
    second = api.rows("contact", ContactsList=LIST + 1)
    assert same(second, [row for row in contacts if row["ID"] % 2])


def test_filters_are_all_required_at_once(api: Api) -> None:
    campaigns = campaigns_of_messages(api.sandbox)
    expected = [
        row
        for row in api.sandbox.rows("openinformation")
        if campaigns[row["ID"]]["ListID"] == LIST and campaigns[row["ID"]]["NewsLetterID"] == 0
    ]
    found = api.rows("openinformation", ContactsList=LIST, IsNewsletterTool="false")
    assert same(found, expected)


@pytest.mark.parametrize(
    ("resource", "name", "value"),
    [
        ("message", "ContactID", "ada"),
        ("message", "ContactID", str(2**63)),
        ("campaign", "IsDeleted", "yes"),
        ("campaign", "FromType", "4"),
        ("message", "MessageStatus", "read"),
        ("message", "FromTS", "yesterday"),
        ("message", "ToTS", "2026-13-01T00:00:00Z"),
        ("contactfilter", "Status", ""),
    ],
)
def test_value_that_is_unknown_is_refused_by_name(
    api: Api, resource: str, name: str, value: str
) -> None:
    assert f'"{name}"' in api.refused(resource, **{name: value})


@pytest.mark.parametrize(
    ("resource", "name", "value"),
    [
        ("message", "EventFromTs", "0"),
        ("clickstatistics", "eventfromts", "0"),
        ("contact", "FromTS", "0"),
        ("bouncestatistics", "MessageID", "1"),
    ],
)
def test_filter_that_a_resource_does_not_have_is_ignored_or_refused_by_name(
    api: Api, resource: str, name: str, value: Any
) -> None:
    assert api.rows(resource, **{name: value}) == api.rows(resource)
    api.sandbox.quirks = Quirks(unknown_parameters="refused")
    assert f'"{name}"' in api.refused(resource, **{name: value})
