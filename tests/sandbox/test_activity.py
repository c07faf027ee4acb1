"""What of an old campaign or message moves when something happens to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.api import UNTIL, Api, Row, parse, same, wire

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox
    from tap_mailjet.sandbox.account.added_events import EventKind

HOUR = timedelta(hours=1)


def activity(sandbox: Sandbox, campaign: int) -> str:
    """Return LastActivityAt of a campaign."""
    rows = sandbox.rows("campaignstatistics")
    found: str = next(row["LastActivityAt"] for row in rows if row["CampaignID"] == campaign)
    return found


def times_of(sandbox: Sandbox) -> dict[int, list[str]]:
    """Return the times of the messages and events of each campaign, as the API shows them."""
    campaigns = {row["ID"]: [row["SendEndAt"]] for row in sandbox.rows("campaign")}
    messages = {row["ID"]: row for row in sandbox.rows("message")}
    for row in messages.values():
        arrived = parse(row["ArrivedAt"])
        sent = wire(arrived + timedelta(seconds=row["Delay"]))
        campaigns[row["CampaignID"]] += [row["ArrivedAt"], sent]
    for resource, at in (
        ("openinformation", "OpenedAt"),
        ("clickstatistics", "ClickedAt"),
        ("bouncestatistics", "BouncedAt"),
    ):
        for row in sandbox.rows(resource):
            campaigns[messages[row["ID"]]["CampaignID"]].append(row[at])
    return campaigns


def test_last_activity_is_not_before_any_event_of_the_campaign(sandbox: Sandbox) -> None:
    for days in (-20, 0):
        sandbox.clock.set(UNTIL + timedelta(days=days))
        for campaign, times in times_of(sandbox).items():
            assert max(times) <= activity(sandbox, campaign) <= wire(sandbox.clock.now())


@pytest.mark.parametrize("kind", ["click", "open", "bounce", "spam"])
def test_last_activity_moves_when_an_event_becomes_visible(own: Sandbox, kind: EventKind) -> None:
    own.clock.set(UNTIL + timedelta(days=9))
    old = min(own.rows("campaign"), key=lambda row: str(row["SendStartAt"]))["ID"]
    message = next(row["ID"] for row in own.rows("message") if row["CampaignID"] == old)
    at = own.clock.now() - HOUR
    before = activity(own, old)
    own.add_event(kind, message_id=message, at=at, visible_at=own.clock.now() + HOUR)
    assert activity(own, old) == before < wire(at)
    own.clock.advance(HOUR)
    assert activity(own, old) == wire(at)


def test_campaign_is_deleted_at_its_time(own_api: Api) -> None:
    own = own_api.sandbox
    campaign = next(row["ID"] for row in own.rows("campaign") if not row["IsDeleted"])
    own.delete_campaign(campaign, at=UNTIL + HOUR)
    deleted: Any = {"IsDeleted": "true", "CampaignID": campaign}
    assert own_api.rows("campaign", **deleted) == []
    own.clock.advance(HOUR)
    assert [row["IsDeleted"] for row in own_api.rows("campaign", **deleted)] == [True]
    with pytest.raises(ValueError, match="no campaign 7"):
        own.delete_campaign(7, at=UNTIL)


def test_single_message_is_that_of_the_list(api: Api) -> None:
    shown: Any = dict.fromkeys(("ShowSubject", "ShowContactAlt", "ShowCustomID"), "true")
    listed: list[Row] = api.rows("message", **shown)
    for row in listed[::97]:
        body = api.get(f"message/{row['ID']}", **shown).json()
        assert same(body["Data"], [row])
    bare = api.get(f"message/{listed[0]['ID']}").json()["Data"][0]
    assert bare["Subject"] == ""
    assert api.get("message/7").status_code == 404
