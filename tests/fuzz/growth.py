"""What becomes of an account: how it begins, and what happens to it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.fuzz.account import wire_time
from tests.fuzz.mailings import (
    STATUSES,
    add_bursts,
    add_campaign,
    add_event,
    add_message,
    add_traffic,
)
from tests.fuzz.maker import DAY
from tests.fuzz.objects import add_contact, add_objects

if TYPE_CHECKING:
    from tests.fuzz.maker import Maker

_STEPS = (
    "insert",
    "insert",
    "insert",
    "campaign",
    "late",
    "objects",
    "status",
    "activity",
    "delete",
)
_DELETED = (
    "messages",
    "contacts",
    "templates",
    "open_events",
    "click_events",
    "list_recipients",
    "senders",
    "contact_statistics",
    "contact_history_data",
    "contact_metadata",
    "contact_lists",
    "campaign_drafts",
    "list_recipient_statistics",
)


def fill(maker: Maker, seed: object) -> None:
    """Create the rows that the account has at the beginning."""
    maker.chance = random.Random(f"{seed}/account")
    size = maker.size
    since = maker.now - size.span * DAY
    for _ in range(size.contacts):
        add_contact(maker, maker.time(since - 30 * DAY))
    for _ in range(size.objects):
        add_objects(maker, maker.time(since))
    for _ in range(size.campaigns):
        add_campaign(maker, maker.time(since))
    add_traffic(maker, size.messages, size.events)
    if size.burst:
        add_bursts(maker, size.burst)


def grow(maker: Maker, seed: object, since: int, amount: int) -> None:
    """Change the account by what happened since the last night."""
    maker.chance = random.Random(f"{seed}/growth/{since}")
    for _ in range(amount):
        step(maker, maker.chance.choice(_STEPS), since)


def step(maker: Maker, kind: str, since: int, seed: object = None) -> None:
    """Make one change of a kind."""
    if seed is not None:
        maker.chance = random.Random(f"{seed}/{kind}")
    recent = max(since, maker.now - 7 * DAY) if since < maker.now else maker.now - 3600
    if kind == "insert":
        add_contact(maker, maker.time(recent))
        add_message(maker, maker.pick("sent_campaigns"), maker.time(recent))
        add_event(maker, maker.time(recent))
    elif kind == "campaign":
        add_message(maker, add_campaign(maker, maker.time(recent)), maker.time(recent))
    elif kind == "late":  # rows may show some hours after their own time
        add_event(maker, maker.time(maker.now - 10 * 3600))
        add_message(maker, maker.pick("sent_campaigns"), maker.time(maker.now - 10 * 3600))
    elif kind == "objects":
        add_objects(maker, maker.time(recent))
    elif kind == "status":
        _change_status(maker)
    elif kind == "activity":
        _change_activity(maker)
    elif kind == "delete":
        _delete(maker)


def _change_status(maker: Maker) -> None:
    recent = [
        item
        for item in maker.account.living("messages")
        if item.now.at is not None and item.now.at > maker.now - 20 * 3600
    ]
    if recent:
        message = maker.chance.choice(recent)
        status = maker.chance.choice(
            [one for one in STATUSES if one != message.now.fields["Status"]]
        )
        maker.account.change(message, Status=status)
        of = {name: message.now.fields[name] for name in ("CampaignID", "ContactID")}
        maker.add(
            "message_events",
            {"EventType": "unsub", "EventAt": maker.now, "Useragent": "", "State": ""},
            parent=message,
            known={"MessageID": message.now.fields["ID"], **of},
        )


def _change_activity(maker: Maker) -> None:
    item = maker.pick("contact_statistics")
    if item is not None:
        at = wire_time(maker.time(maker.now - 3600))
        maker.account.change(item, LastActivityAt=at, OpenedCount=maker.chance.randrange(10, 99))
    contact = maker.pick("contacts")
    if contact is not None:
        maker.account.change(contact, DeliveredCount=maker.chance.randrange(50, 99))


def _delete(maker: Maker) -> None:
    read = [stream for stream in maker.read if stream in _DELETED]
    for stream in read or maker.chance.sample(_DELETED, 2):
        item = maker.pick(stream)
        if item is not None:
            maker.account.remove(item)
