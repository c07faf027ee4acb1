"""Campaigns, their messages, and what people do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.account import wire_time
from tests.fuzz.maker import DAY

if TYPE_CHECKING:
    from tests.fuzz.account import Item
    from tests.fuzz.maker import Maker

HUGE = 2**60
"""Message IDs of the live API are above 2^53, where a float no longer holds them."""
STATUSES = ("queued", "sent", "opened", "clicked", "bounce", "deferred")


def add_campaign(maker: Maker, sent: int) -> Item:
    """Add a campaign, sent at a time."""
    chance, number = maker.chance, maker.new_id()
    flags = {
        "IsDeleted": chance.random() < 0.15,
        "IsStarred": chance.random() < 0.3,
        "IsNewsletterTool": chance.random() < 0.5,
    }
    clock = maker.clock(sent)
    campaign = maker.add(
        "sent_campaigns",
        {
            "ID": number,
            "CreatedAt": wire_time(sent - chance.choice([0, 3600, 5 * DAY])),
            "SendStartAt": clock,
            "SendEndAt": None if chance.random() < 0.2 else wire_time(sent + 600),
            "Subject": chance.choice(["Hello", "«Été» \U0001f600", ""]),
            "IsDeleted": flags["IsDeleted"],
            "IsStarred": flags["IsStarred"],
            "SpamassScore": chance.choice([0, 1.5, 0.30000000000000004]),
            "CampaignType": 2,
        },
        flags=flags,
    )
    for place in range(chance.randrange(3)):
        maker.add(
            "link_clicks",
            {
                "PositionIndex": place + 1,
                "URL": f"https://shop.example/{place}",
                "ClickedEventsCount": chance.randrange(9),
                "ClickedMessagesCount": 1,
            },
            parent=campaign,
            known={"CampaignID": number},
        )
    return campaign


def add_traffic(maker: Maker, messages: int, events: int) -> None:
    """Send messages on the campaigns, and let people react to them."""
    for _ in range(messages):
        campaign = maker.pick("sent_campaigns")
        sent = campaign.sent if campaign and campaign.sent is not None else maker.now - DAY
        add_message(maker, campaign, maker.time(sent, sent + 2 * 3600))
    for _ in range(events):
        add_event(maker)


def add_bursts(maker: Maker, rows: int) -> None:
    """Add many messages and events of one second."""
    campaign = maker.pick("sent_campaigns")
    second = maker.time(maker.now - maker.size.span * DAY)
    for _ in range(rows):
        add_message(maker, campaign, second)
        add_event(maker, second)


def add_message(maker: Maker, campaign: Item | None, arrived: int) -> Item | None:
    """Add a message, its statistics, and its history."""
    contact = maker.pick("contacts")
    if campaign is None or campaign.sent is None or contact is None:
        return None
    chance, account = maker.chance, maker.account
    account.next_message += 1
    number = account.next_message + (HUGE if maker.size.has_huge_ids else 0)
    campaign_id, contact_id = campaign.now.fields["ID"], contact.now.fields["ID"]
    email = contact.now.fields["Email"]
    is_first = not any(item.owner is campaign for item in account.tables["message_sent_statistics"])
    of = {"CampaignID": campaign_id, "ContactID": contact_id}
    message = maker.add(
        "messages",
        {
            "ID": number,
            **of,
            "ArrivedAt": maker.clock(arrived),
            "ContactAlt": email,
            "Status": chance.choice(STATUSES),
            "Subject": chance.choice(["Hello", "Ça va?", ""]),
            "Delay": chance.choice([0, 0.25, 12.5]),
            "IsOpenTracked": chance.random() < 0.5,
            "AttemptCount": chance.randrange(3),
            "UUID": f"uuid-{number}",
        },
        owner=campaign,
    )
    maker.add(
        "message_information",
        {"ID": number, **of, "ContactALT": email, "MessageSize": chance.randrange(9999)},
        owner=campaign,
    )
    maker.add(
        "message_sent_statistics",
        {"MessageID": number, **of, "ToEmail": email, "Open": chance.random() < 0.5},
        owner=campaign,
    ).is_first = is_first
    for event_type in ("sent", "opened", "clicked")[: chance.randrange(4)]:
        maker.add(
            "message_events",
            {
                "EventType": event_type,
                "EventAt": arrived + chance.randrange(DAY),
                "Useragent": "",
                "State": "",
            },
            parent=message,
            known={"MessageID": number, **of},
        )
    return message


def add_event(maker: Maker, at: int | None = None) -> None:
    """Add an open, a click or a bounce."""
    message = maker.pick("messages")
    if message is None or message.owner is None:
        return
    chance, fields = maker.chance, message.now.fields
    arrived = message.now.at or maker.now - DAY
    until = min(maker.now, arrived + maker.size.late * DAY)
    clock = maker.clock(maker.time(arrived, until) if at is None else at)
    of = {"ContactID": fields["ContactID"], "ContactALT": fields["ContactAlt"]}
    is_keyless = chance.random() < maker.oddities.keyless
    number = None if is_keyless else fields["ID"]
    opened = {**of, "MessageID": number, "CampaignID": fields["CampaignID"]}
    more = {"ID": maker.new_id(), "OpenedAt": clock, "UserAgent": "A", "UserAgentID": 7}
    # Two opens in one second by different user agents exist.
    for agent in chance.choice([[""], ["A/1"], ["A/1", "B/2"]]):
        full = {"UserAgentFull": agent}
        maker.add("open_events", {**opened, **more, **full}, owner=message.owner)
    for _ in range(chance.choice([0, 1, 1, 2])):  # two equal clicks in one second exist
        click = {"ID": maker.new_id(), **of, "MessageID": number, "ClickedAt": clock}
        url = {"Url": "https://shop.example/?a=1", "ClickedDelay": chance.randrange(99)}
        url |= {"UserAgentID": chance.choice([0, 7])}
        maker.add("click_events", {**click, **url}, owner=message.owner)
    if chance.random() < 0.5:
        bounce = {"ID": number, **of, "CampaignID": fields["CampaignID"], "BouncedAt": clock}
        state = {"StateID": chance.randrange(22), "IsBlocked": False}
        maker.add("bounce_events", {**bounce, **state}, owner=message.owner)
