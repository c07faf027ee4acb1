from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tap_mailjet.sandbox import Clock, Sandbox, Size
from tests.sandbox.api import EVENT_TIMES, RESOURCES, UNTIL, parse, sort_key
from tests.sandbox.test_http import SMALLEST


def content(**settings: Any) -> dict[str, list[dict[str, Any]]]:
    with Sandbox(until=UNTIL, **settings) as sandbox:
        return {resource: sandbox.rows(resource) for resource in RESOURCES}


@pytest.mark.parametrize("size", [SMALLEST, replace(SMALLEST, days=400), Size(messages=1000)])
def test_every_field_has_a_value_somewhere_even_in_the_smallest_account(size: Size) -> None:
    for resource, rows in content(size=size).items():
        assert rows, resource
        empty = [name for name in rows[0] if not any(row[name] for row in rows)]
        assert not empty, resource


def test_the_same_seed_gives_the_same_account_and_another_another() -> None:
    first = content(size=SMALLEST, seed=5)
    assert content(size=SMALLEST, seed=5) == first
    assert content(size=SMALLEST, seed=6)["message"] != first["message"]


def test_rows_agree_with_each_other(sandbox: Sandbox) -> None:
    rows = {resource: {row["ID"]: row for row in sandbox.rows(resource)} for resource in RESOURCES}
    assert rows["message"]
    for message in rows["message"].values():
        contact = rows["contact"][message["ContactID"]]
        campaign = rows["campaign"][message["CampaignID"]]
        assert contact["CreatedAt"] <= message["ArrivedAt"]
        assert contact["Email"] == message["ContactAlt"]
        assert campaign["SendStartAt"] <= message["ArrivedAt"]
        assert campaign["Subject"] == message["Subject"]
        assert message["SenderID"] in rows["sender"]
        assert campaign["ListID"] in {0, *rows["contactslist"]}
    for resource, at in EVENT_TIMES.items():
        for event in sandbox.rows(resource):
            message = rows["message"][event["ID"]]
            assert event["ContactID"] == message["ContactID"]
            assert event[at] >= message["ArrivedAt"]


def test_contacts_and_lists_agree_with_the_events(sandbox: Sandbox) -> None:
    contacts = {row["ID"]: row for row in sandbox.rows("contact")}
    active: dict[int, str] = {}
    for resource, at in (("openinformation", "OpenedAt"), ("clickstatistics", "ClickedAt")):
        for row in sandbox.rows(resource):
            active[row["ContactID"]] = max(active.get(row["ContactID"], ""), row[at])
    assert active
    assert {
        i: row["LastActivityAt"] for i, row in contacts.items() if row["LastActivityAt"]
    } == active
    bounced = {row["ID"] for row in sandbox.rows("bouncestatistics")}
    delivered = Counter(
        row["ContactID"]
        for row in sandbox.rows("message")
        if row["Delay"] and row["ID"] not in bounced
    )
    assert {i: row["DeliveredCount"] for i, row in contacts.items()} == {
        i: delivered[i] for i in contacts
    }
    gone = sum(bool(row["UnsubscribedAt"]) for row in contacts.values())
    assert gone
    everyone = sandbox.rows("contactslist")[0]
    assert everyone["SubscriberCount"] == len(contacts) - gone


def test_who_left_gets_no_newsletters(sandbox: Sandbox) -> None:
    left = {r["ID"]: r["UnsubscribedAt"] for r in sandbox.rows("contact") if r["UnsubscribedAt"]}
    marketing = {row["ID"] for row in sandbox.rows("campaign") if row["CampaignType"] == 2}
    to_them = [r for r in sandbox.rows("message") if r["ContactID"] in left]
    letters = [row for row in to_them if row["CampaignID"] in marketing]
    assert letters
    assert all(row["ArrivedAt"] <= left[row["ContactID"]] for row in letters)


def test_there_are_twin_clicks_and_crowded_seconds(sandbox: Sandbox) -> None:
    clicks = Counter(tuple(sort_key(row)) for row in sandbox.rows("clickstatistics"))
    assert max(clicks.values()) == 2
    opens = Counter(row["OpenedAt"] for row in sandbox.rows("openinformation"))
    assert max(opens.values()) > 1


def test_campaigns_and_segments_come_in_every_kind(sandbox: Sandbox) -> None:
    campaigns = sandbox.rows("campaign")
    assert {row["CampaignType"] for row in campaigns} == {1, 2, 3}
    assert {row["NewsLetterID"] > 0 for row in campaigns} == {True, False}
    assert {row["IsStarred"] for row in campaigns} == {True, False}
    assert {row["IsDeleted"] for row in campaigns} == {True, False}
    assert {row["Status"] for row in sandbox.rows("contactfilter")} == {"used", "unused", "deleted"}
    assert {row["IsDeleted"] for row in sandbox.rows("contactslist")} == {True, False}


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ({"contacts": 1}, "contacts must be at least 20"),
        ({"days": 0}, "days must be at least"),
        ({"messages": 999, "campaigns": 40}, "need at least 1000 messages"),
    ],
)
def test_an_account_too_small_to_hang_together_is_refused(size: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Size(**size)


def test_an_account_has_as_many_messages_as_it_was_given() -> None:
    assert len(content(size=SMALLEST)["message"]) == pytest.approx(SMALLEST.messages, abs=15)
    with Sandbox(size=SMALLEST, until=UNTIL) as sandbox:
        sandbox.clock.set(UNTIL.replace(year=UNTIL.year + 1))
        assert len(sandbox.rows("message")) == SMALLEST.messages


def test_a_running_clock_follows_the_wall() -> None:
    clock = Clock()
    assert abs((Clock().now() - clock.now()).total_seconds()) <= 1
    assert clock.now().microsecond == 0
    clock.set(UNTIL)
    assert clock.now() == UNTIL
    assert parse("2026-05-01T12:00:00Z") == clock.now()
    with pytest.raises(ValueError, match="no time zone"):
        clock.set(UNTIL.replace(tzinfo=None))
