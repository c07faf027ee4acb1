"""Statistics: of messages, compared with the event rows; of totals, with their parts."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from tap_mailjet.sandbox import Quirks
from tap_mailjet.sandbox.account.tables import Kind
from tests.sandbox.counting import SCOPED, added, counted, counts, grouped, messages, shares
from tests.sandbox.test_filters import OF_CAMPAIGN

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox
    from tests.sandbox.api import Api


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


def test_sent_messages_have_the_status_and_the_times_of_their_events(sandbox: Sandbox) -> None:
    rows = {row["MessageID"]: row for row in sandbox.rows("messagesentstatistics")}
    offenders = []
    for message in messages(sandbox):
        row = rows[message.row["ID"]]
        assert row["Status"] == message.row["Status"]
        has_bounced = bool(row["BounceDate"]) and bool(row["StateID"])
        if (has_bounced, bool(row["ComplaintDate"])) != (
            bool(message.bounce),
            Kind.SPAM in message.met,
        ):
            offenders.append(row)
    assert offenders == []
    assert any(row["ComplaintDate"] for row in rows.values())


@pytest.mark.parametrize("resource", SCOPED)
def test_campaign_filters_select_what_is_counted(api: Api, resource: str) -> None:
    campaigns = api.sandbox.rows("campaign")
    parts = shares(api, resource)
    offenders = []
    for name, value, chosen in OF_CAMPAIGN:
        expected = added(parts, (row["ID"] for row in campaigns if chosen(row)))
        found = counts(api, resource, **{name: value})
        if found != expected or not expected or api.rows(resource) == []:
            offenders.append((name, value))
    assert offenders == []


@pytest.mark.parametrize("resource", SCOPED)
def test_deleted_campaigns_count_or_not_by_their_quirk(api: Api, resource: str) -> None:
    everything = api.rows(resource)
    assert everything != api.rows(resource, IsDeleted="false")
    api.sandbox.quirks = Quirks(deleted_events="hidden")
    assert api.rows(resource) == api.rows(resource, IsDeleted="false")


def test_unknown_campaign_counts_nothing(api: Api) -> None:
    offenders = [resource for resource in SCOPED if counts(api, resource, CampaignID=1)]
    assert offenders == []
