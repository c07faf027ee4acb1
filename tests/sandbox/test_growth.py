from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.api import EVENT_TIMES, RESOURCES, UNTIL, Api, parse, same, wire

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox
    from tap_mailjet.sandbox.account.added_events import EventKind

HOUR = timedelta(hours=1)


def test_the_account_grows_with_the_clock_and_loses_nothing(api: Api) -> None:
    before = {resource: api.sandbox.rows(resource) for resource in RESOURCES}
    api.sandbox.clock.advance(timedelta(days=5))
    for resource, rows in before.items():
        ids = {row["ID"] for row in rows}
        after = api.everything(resource)
        assert ids <= {row["ID"] for row in after}
        assert len(after) > len(rows), resource
        assert same(after, api.sandbox.rows(resource))


def test_nothing_is_visible_before_its_own_time(sandbox: Sandbox) -> None:
    times = {
        **EVENT_TIMES,
        "message": "ArrivedAt",
        "campaign": "SendStartAt",
        "contact": "CreatedAt",
    }
    for days in (-10, 0, 2):
        sandbox.clock.set(UNTIL + timedelta(days=days))
        for resource, at in times.items():
            rows = sandbox.rows(resource)
            assert rows
            assert all(parse(row[at]) < sandbox.clock.now() for row in rows)


def test_a_status_changes_after_the_message_arrived(sandbox: Sandbox) -> None:
    sandbox.clock.set(UNTIL - timedelta(days=10))
    before = {row["ID"]: row["Status"] for row in sandbox.rows("message")}
    sandbox.clock.set(UNTIL)
    after = {row["ID"]: row["Status"] for row in sandbox.rows("message")}
    changed = {(status, after[i]) for i, status in before.items() if after[i] != status}
    assert ("sent", "opened") in changed


def test_a_message_is_deferred_until_it_is_sent(sandbox: Sandbox) -> None:
    sandbox.clock.set(UNTIL + timedelta(days=5))
    waited = next(
        r for r in sandbox.rows("message") if 600 < r["Delay"] < 259_200 and r["Status"] == "sent"
    )
    arrived, delay = parse(waited["ArrivedAt"]), timedelta(seconds=waited["Delay"])
    found = []
    for after in (timedelta(minutes=5), delay - timedelta(seconds=1), delay):
        sandbox.clock.set(arrived + after)
        row = next(row for row in sandbox.rows("message") if row["ID"] == waited["ID"])
        found.append((row["Status"], row["Delay"]))
    assert found == [("deferred", 0.0), ("deferred", 0.0), ("sent", waited["Delay"])]


def test_some_events_come_late_but_never_later_than_twenty_hours(sandbox: Sandbox) -> None:
    def known(cut: datetime, after: timedelta) -> int:
        sandbox.clock.set(cut + after)
        return sum(parse(row["OpenedAt"]) <= cut for row in sandbox.rows("openinformation"))

    late = 0
    for days in range(3, 30, 2):
        cut = UNTIL - timedelta(days=days)
        complete = known(cut, timedelta(days=30))
        late += complete - known(cut, timedelta(minutes=3))
        assert known(cut, timedelta(hours=20)) == complete
    assert late > 0


@pytest.mark.parametrize("at", ["ComplaintDate", "BounceDate"])
def test_there_are_events_days_after_their_message(sandbox: Sandbox, at: str) -> None:
    rows = [row for row in sandbox.rows("messagesentstatistics") if row[at]]
    waits = [parse(row[at]) - parse(row["ArrivalTs"]) for row in rows]
    assert max(waits) > timedelta(days=2)
    assert min(waits) < timedelta(days=1)


def test_added_complaints_and_unsubscriptions_are_those_of_their_message(own_api: Api) -> None:
    sandbox = own_api.sandbox
    message, other = [row for row in sandbox.rows("message") if row["Status"] == "sent"][:2]
    at = UNTIL + timedelta(minutes=1)
    sandbox.add_event("spam", message_id=message["ID"], at=at)
    sandbox.add_event("unsub", message_id=other["ID"], at=at)
    sandbox.clock.set(at + timedelta(minutes=1))
    rows = {row["MessageID"]: row for row in sandbox.rows("messagesentstatistics")}
    assert (rows[message["ID"]]["Spam"], parse(rows[message["ID"]]["ComplaintDate"])) == (True, at)
    left = {row["ContactID"]: row["UnsubscribedAt"] for row in sandbox.rows("listrecipient")}
    assert parse(left[other["ContactID"]]) == at


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("click", "clickstatistics"),
        ("open", "openinformation"),
        ("bounce", "bouncestatistics"),
    ],
)
def test_an_added_event_shows_when_it_is_to(own_api: Api, kind: EventKind, resource: str) -> None:
    sandbox = own_api.sandbox
    message = next(row for row in sandbox.rows("message") if row["Status"] == "sent")
    before = own_api.rows(resource)
    at = UNTIL - HOUR
    sandbox.add_event(kind, message_id=message["ID"], at=at, visible_at=UNTIL + HOUR)
    assert own_api.rows(resource) == before
    sandbox.clock.advance(HOUR - timedelta(seconds=1))
    assert not [row for row in own_api.rows(resource) if row["ID"] == message["ID"]]
    sandbox.clock.advance(timedelta(seconds=1))
    added = [row for row in own_api.rows(resource) if row["ID"] == message["ID"]]
    assert [row[EVENT_TIMES[resource]] for row in added] == [wire(at)]
    status = {"click": "clicked", "open": "opened", "bounce": "hardbounced"}[kind]
    now = {row["ID"]: row["Status"] for row in own_api.rows("message")}
    assert now[message["ID"]] == status


def test_an_added_click_has_its_url_and_the_delay_since_sending(own: Sandbox) -> None:
    message = next(row for row in own.rows("message") if row["Status"] == "sent")
    url = 'https://www.example.com/?q="é"'
    own.add_event("click", message_id=message["ID"], at=UNTIL, url=url)
    click = next(row for row in own.rows("clickstatistics") if row["ID"] == message["ID"])
    sent = parse(message["ArrivedAt"]) + timedelta(seconds=message["Delay"])
    assert (click["Url"], click["ClickedDelay"]) == (url, (UNTIL - sent).total_seconds())


def test_an_event_that_cannot_be_is_refused(own: Sandbox) -> None:
    message = own.rows("message")[0]
    identifier, arrived = message["ID"], parse(message["ArrivedAt"])
    with pytest.raises(ValueError, match="no message 7"):
        own.add_event("click", message_id=7, at=UNTIL)
    with pytest.raises(ValueError, match="before its message"):
        own.add_event("click", message_id=identifier, at=arrived - timedelta(seconds=1))
    with pytest.raises(ValueError, match="before its message"):
        own.add_event("open", message_id=identifier, at=UNTIL, visible_at=UNTIL - HOUR)
    with pytest.raises(ValueError, match="no time zone"):
        own.add_event("open", message_id=identifier, at=UNTIL.replace(tzinfo=None))
    with pytest.raises(ValueError, match="only a click"):
        own.add_event("open", message_id=identifier, at=UNTIL, url="https://www.example.com/")
    with pytest.raises(ValueError, match="one of click, open, bounce"):
        own.add_event("sneeze", message_id=identifier, at=UNTIL)  # type: ignore[arg-type]
