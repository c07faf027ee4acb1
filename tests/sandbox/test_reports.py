"""Statistics, compared with what is counted here, one by one, from the account's event rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks
from tap_mailjet.sandbox.account.sample_text import DOMAINS
from tap_mailjet.sandbox.account.tables import FIRST_CONTACT, Kind
from tests.sandbox.api import UNTIL, Api, Row, parse
from tests.sandbox.counting import Message, agrees, counted, grouped, messages
from tests.sandbox.test_filters import OF_CAMPAIGN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_mailjet.sandbox import Sandbox

SCOPED = [
    "domainstatistics",
    "geostatistics",
    "messagestatistics",
    "toplinkclicked",
    "useragentstatistics",
]


GROUPS: dict[str, tuple[str, Callable[[Message], Any]]] = {
    "campaignstatistics": ("CampaignID", lambda m: m.campaign["ID"]),
    "contactstatistics": ("ContactID", lambda m: m.row["ContactID"]),
    "domainstatistics": ("Domain", lambda m: DOMAINS[(m.row["ContactID"] - FIRST_CONTACT) % 3]),
    "liststatistics": ("ID", lambda m: m.campaign["ListID"]),
    "senderstatistics": ("SenderID", lambda m: m.row["SenderID"]),
    "workflowstatistics": ("WorkflowID", lambda m: m.campaign["WorkflowID"]),
    "listrecipientstatistics": (
        "ListRecipientID",
        lambda m: m.row["ContactID"] << 40 | m.campaign["ListID"],
    ),
}


@pytest.mark.parametrize("resource", GROUPS)
@pytest.mark.parametrize("days", [0, -9, 4])
def test_counts_are_those_of_the_messages(sandbox: Sandbox, resource: str, days: int) -> None:
    sandbox.clock.set(UNTIL + timedelta(days=days))
    key, group = GROUPS[resource]
    groups = grouped(sandbox, group)
    rows = sandbox.rows(resource)
    assert [row for row in rows if not agrees(row, groups.get(row[key], []))] == []
    assert any(row["ProcessedCount"] for row in rows)


@pytest.mark.parametrize("resource", ["apikeytotals", "messagestatistics"])
def test_totals_are_those_of_all_messages(sandbox: Sandbox, resource: str) -> None:
    (row,) = sandbox.rows(resource)
    assert agrees(row, messages(sandbox))
    assert all(value for name, value in row.items() if name.endswith("Count"))


def test_the_overview_counts_for_the_campaigns_that_were_sent(sandbox: Sandbox) -> None:
    groups = grouped(sandbox, lambda m: m.campaign["ID"])
    campaigns = {
        (kind, row["ID"]): row["CampaignID"]
        for kind, resource in (("Campaign", "campaigndraft"), ("NL", "newsletter"))
        for row in sandbox.rows(resource)
    }
    rows = [row for row in sandbox.rows("campaignoverview") if row["IDType"] != "AX"]
    for row in rows:
        assert agrees(row, groups.get(campaigns[row["IDType"], row["ID"]], []))
    assert any(row["ProcessedCount"] for row in rows)


def test_an_activity_is_the_latest_event(sandbox: Sandbox) -> None:
    latest: dict[int, int] = defaultdict(int)
    for message in messages(sandbox):
        for _, at, *_ in message.events:
            contact = message.row["ContactID"]
            latest[contact] = max(latest[contact], at)
    created = {row["ID"]: row["CreatedAt"] for row in sandbox.rows("contact")}
    for row in sandbox.rows("contactstatistics"):
        at = max(latest[row["ContactID"]], int(parse(created[row["ContactID"]]).timestamp()))
        assert parse(row["LastActivityAt"]).timestamp() == at


def country_of(sandbox: Sandbox) -> dict[int, str]:
    return {
        row["ContactID"]: pair["Value"]
        for row in sandbox.rows("contactdata")
        for pair in row["Data"]
        if pair["Name"] == "country"
    }


def test_countries_are_those_of_the_readers(sandbox: Sandbox) -> None:
    countries = country_of(sandbox)
    of_country: dict[str, Counter[str]] = defaultdict(Counter)
    unknown = 0
    for resource, name in (("openinformation", "OpenedCount"), ("clickstatistics", "ClickedCount")):
        for row in sandbox.rows(resource):
            country = countries.get(row["ContactID"])
            unknown += country is None
            of_country[country or ""][name] += 1
    rows = {row["Country"]: row for row in sandbox.rows("geostatistics")}
    rest = 0
    for country, row in rows.items():
        for name in ("OpenedCount", "ClickedCount"):
            assert row[name] >= of_country[country][name]
            rest += row[name] - of_country[country][name]
    # Of some contacts nothing is known, but where they read is.
    assert rest == unknown


def test_links_and_programs_are_those_of_the_clicks_and_opens(sandbox: Sandbox) -> None:
    clicks, opens = sandbox.rows("clickstatistics"), sandbox.rows("openinformation")
    links = {row["Url"]: row["ClickedCount"] for row in sandbox.rows("toplinkclicked")}
    assert links == Counter(row["Url"] for row in clicks)
    agents: Counter[str] = Counter()
    for row in sandbox.rows("useragentstatistics"):
        agents[row["UserAgent"]] += row["Count"]
        assert 0 < row["DistinctCount"] <= row["Count"]
    assert agents == Counter(row["UserAgent"] for row in (*clicks, *opens))


def test_links_of_a_campaign_are_those_of_its_clicks(sandbox: Sandbox) -> None:
    events: dict[int, Counter[str]] = defaultdict(Counter)
    pairs: dict[int, set[tuple[int, str]]] = defaultdict(set)
    of_message = {row["ID"]: row["CampaignID"] for row in sandbox.rows("message")}
    for row in sandbox.rows("clickstatistics"):
        events[of_message[row["ID"]]][row["Url"]] += 1
        pairs[of_message[row["ID"]]].add((row["ID"], row["Url"]))
    held = sandbox.children("statistics/link-click")
    assert {
        n: {row["URL"]: row["ClickedEventsCount"] for row in rows} for n, rows in held.items()
    } == events
    assert {
        n: {row["URL"]: row["ClickedMessagesCount"] for row in rows} for n, rows in held.items()
    } == {n: Counter(url for _, url in some) for n, some in pairs.items()}
    # Two equal clicks in one second are one message.
    assert any(
        r["ClickedEventsCount"] > r["ClickedMessagesCount"] for rs in held.values() for r in rs
    )


def test_providers_of_a_campaign_add_up_to_it(sandbox: Sandbox) -> None:
    groups = grouped(sandbox, lambda m: m.campaign["ID"])
    held = sandbox.children("statistics/recipient-esp")
    assert held.keys() == groups.keys()
    names = {
        "AttemptedMessagesCount": "processedcount",
        "ClickedMessagesCount": "clickedcount",
        "DeferredMessagesCount": "deferredcount",
        "DeliveredMessagesCount": "deliveredcount",
        "HardBouncedMessagesCount": "hardbouncedcount",
        "OpenedMessagesCount": "openedcount",
        "SoftBouncedMessagesCount": "softbouncedcount",
        "SpamReportsCount": "spamcomplaintcount",
        "UnsubscribedMessagesCount": "unsubscribedcount",
    }
    for number, rows in held.items():
        expected = counted(groups[number])
        for name, of in names.items():
            assert sum(row[name] for row in rows) == expected[of], (number, name)
        for row in rows:
            rate = row["OpenedMessagesCount"] / row["AttemptedMessagesCount"]
            assert row["OpenRate"] == pytest.approx(rate)


def test_workflows_and_lists_count_people(sandbox: Sandbox) -> None:
    groups = grouped(sandbox, lambda m: m.campaign["WorkflowID"])
    [first, *_] = sandbox.rows("workflowstatistics")
    people = {m.row["ContactID"] for m in groups[first["WorkflowID"]]}
    left = {m.row["ContactID"] for m in groups[first["WorkflowID"]] if Kind.EXIT in m.met}
    assert first["ContactCount"] == len(people)
    assert first["ExitedWorkflowCount"] == len(left) > 0
    assert first["ContactCompletedCount"] == len(people - left)
    contacts = {row["ID"]: row for row in sandbox.rows("contact")}
    for row in sandbox.rows("liststatistics"):
        there = [
            contacts[one["ContactID"]]
            for one in sandbox.rows("listrecipient")
            if one["ListID"] == row["ID"]
        ]
        active = [one for one in there if one["LastActivityAt"]]
        excluded = [one for one in there if one["IsExcludedFromCampaigns"]]
        assert row["ActiveCount"] == len(active)
        assert row["ExcludedSubscriberCount"] == len(excluded)
        assert row["ActiveUnsubscribedCount"] == sum(bool(one["UnsubscribedAt"]) for one in active)


def test_sent_messages_are_told_in_flags(sandbox: Sandbox) -> None:
    told = {row["MessageID"]: row for row in sandbox.rows("messagesentstatistics")}
    for message in messages(sandbox):
        row, met = told[message.row["ID"]], message.met
        assert row["Status"] == message.row["Status"]
        assert (row["Open"], row["Click"]) == (Kind.OPEN in met, Kind.CLICK in met)
        assert (row["Spam"], row["Unsub"]) == (Kind.SPAM in met, Kind.UNSUB in met)
        assert bool(row["BounceDate"]) == bool(row["StateID"]) == bool(message.bounce)
        assert bool(row["ComplaintDate"]) is row["Spam"]


@pytest.mark.parametrize(("name", "value", "chosen"), OF_CAMPAIGN)
def test_campaign_filters_choose_what_is_counted(
    api: Api, name: str, value: Any, chosen: Callable[[Row], bool]
) -> None:
    some = [m for m in messages(api.sandbox) if chosen(m.campaign)]
    (row,) = api.rows("messagestatistics", **{name: value})
    assert agrees(row, some)
    domains = api.rows("domainstatistics", **{name: value})
    assert sum(one["ProcessedCount"] for one in domains) == len(some)
    clicks = [url for m in some for kind, _, _, url, _ in m.events if kind is Kind.CLICK]
    links = api.rows("toplinkclicked", limit=20, **{name: value})
    assert {one["Url"]: one["ClickedCount"] for one in links} == Counter(clicks)
    read = [e for m in some for e in m.events if e[0] in {Kind.OPEN, Kind.CLICK}]
    for resource, names in (
        ("geostatistics", ("OpenedCount", "ClickedCount")),
        ("useragentstatistics", ("Count",)),
    ):
        rows = []
        for event in ("open", "click") if resource == "useragentstatistics" else ("",):
            more = {name: value, **({"Event": event} if event else {})}
            part_of_rows = api.rows(resource, **more)
            assert api.body(resource, countOnly=1, **more)["Total"] == len(part_of_rows)
            rows += part_of_rows
        assert sum(one[part] for one in rows for part in names) == len(read)


@pytest.mark.parametrize("resource", SCOPED)
def test_deleted_campaigns_count_or_not_by_their_quirk(api: Api, resource: str) -> None:
    everything = api.rows(resource)
    assert everything != api.rows(resource, IsDeleted="false")
    api.sandbox.quirks = Quirks(deleted_events="hidden")
    assert api.rows(resource) == api.rows(resource, IsDeleted="false")


def test_what_nothing_was_sent_by_counts_nothing(api: Api) -> None:
    (row,) = api.rows("messagestatistics", CampaignID=1)
    assert not any(row.values())
    assert api.rows("domainstatistics", CampaignID=1) == []
    assert api.rows("geostatistics", CampaignID=1) == []
