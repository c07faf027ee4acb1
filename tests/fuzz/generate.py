"""Accounts by chance: what a seed says there is, and what becomes of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tests.fuzz.account import Account, Broken, Fields, Item, wire_time

DAY = 86400
HUGE = 2**60
"""Message IDs of the live API begin above 2^53, where a float no longer holds them."""
COUNTRIES = ("FR", "DE", "US", "")
STATUSES = ("queued", "sent", "opened", "clicked", "bounce", "deferred")


@dataclass(frozen=True)
class Size:
    """How large an account is, and what is odd about it.

    Attributes:
        span: days over which everything happened.
        burst: rows that happened in one second, for each stream of events.
        late: days after a message until which something may happen to it.
    """

    contacts: int = 12
    campaigns: int = 5
    messages: int = 30
    events: int = 20
    objects: int = 8
    span: int = 60
    burst: int = 0
    late: int = 40
    has_huge_ids: bool = False


@dataclass(frozen=True)
class Oddities:
    """Which rows are odd: the share of each kind, 0 for none."""

    broken: str = "none"
    keyless: float = 0.0
    unclocked: float = 0.0
    hidden: float = 0.0


class Maker:
    """Fills an account, and lets it grow.

    Args:
        account: where to put it.
        size: how much.
        oddities: what is odd.
        now: the Unix second that it is.
        read: the streams that are read, to which most happens.
    """

    def __init__(
        self,
        account: Account,
        size: Size,
        oddities: Oddities,
        now: int,
        read: tuple[str, ...] = (),
    ) -> None:
        self.account = account
        self.size = size
        self.oddities = oddities
        self.now = now
        self.read = read
        self.chance = random.Random()

    def fill(self, seed: object) -> None:
        """Make what there is in the beginning."""
        self.chance = random.Random(f"{seed}/account")
        size = self.size
        since = self.now - size.span * DAY
        for _ in range(size.contacts):
            self.contact(self._time(since - 30 * DAY))
        for _ in range(size.objects):
            self.objects(self._time(since))
        for _ in range(size.campaigns):
            self.campaign(self._time(since))
        self.traffic(size.messages, size.events)
        if size.burst:
            self.bursts(size.burst)

    def grow(self, seed: object, since: int, amount: int) -> None:
        """Let time have passed since the last night."""
        self.chance = random.Random(f"{seed}/growth/{since}")
        for _ in range(amount):
            self.step(self.chance.choice(_STEPS), since)

    def step(self, kind: str, since: int, seed: object = None) -> None:
        """Let one thing happen."""
        if seed is not None:
            self.chance = random.Random(f"{seed}/{kind}")
        recent = max(since, self.now - 7 * DAY) if since < self.now else self.now - 3600
        if kind == "insert":
            self.contact(self._time(recent))
            self.message(self._pick("sent_campaigns"), self._time(recent))
            self.event(self._time(recent))
        elif kind == "campaign":
            self.message(self.campaign(self._time(recent)), self._time(recent))
        elif kind == "late":  # rows may show some hours after their own time
            self.event(self._time(self.now - 10 * 3600))
            self.message(self._pick("sent_campaigns"), self._time(self.now - 10 * 3600))
        elif kind == "objects":
            self.objects(self._time(recent))
        elif kind == "status":
            self._status()
        elif kind == "activity":
            self._activity()
        elif kind == "delete":
            self._delete()

    def contact(self, created: int) -> None:
        """Add somebody, on some lists."""
        number = self._id()
        chance = self.chance
        email = f"person.{number}@mail.example"
        contact = self._add(
            "contacts",
            {
                "ID": number,
                "Email": email,
                "Name": chance.choice(["", "Zoë", f"N{number}", "李"]),
                "CreatedAt": wire_time(created),
                "LastUpdateAt": chance.choice([None, wire_time(created)]),
                "DeliveredCount": chance.randrange(50),
                "IsExcludedFromCampaigns": chance.random() < 0.1,
            },
        )
        counts = {"ProcessedCount": chance.randrange(9), "OpenedCount": chance.randrange(9)}
        active = wire_time(self._time(created))
        self._add(
            "contact_statistics",
            {"ContactID": number, "ContactALT": email, "LastActivityAt": active, **counts},
        )
        for list_id in {chance.randrange(3, 6) for _ in range(2)}:
            recipient = self._id()
            self._add(
                "list_recipients",
                {
                    "ID": recipient,
                    "ContactID": number,
                    "ContactALT": email,
                    "ListID": list_id,
                    "IsUnsubscribed": chance.random() < 0.2,
                    "SubscribedAt": wire_time(created),
                },
            )
            self._add(
                "list_recipient_statistics",
                {"ListRecipientID": recipient, "LastActivityAt": active, **counts},
            )
            self._add(
                "contact_list_memberships",
                {"ListID": list_id, "IsActive": True, "SubscribedAt": wire_time(created)},
                parent=contact,
                known={"ContactID": number},
            )

    def objects(self, created: int) -> None:
        """Add one of each kind of thing that an account defines."""
        chance, at = self.chance, wire_time(created)
        is_deleted = chance.random() < 0.15
        self._add(
            "contact_lists",
            {
                "ID": self._id(),
                "Name": f"L{chance.randrange(9)}",
                "CreatedAt": at,
                "IsDeleted": is_deleted,
                "SubscriberCount": chance.randrange(99),
            },
            flags={"IsDeleted": is_deleted},
        )
        self._add(
            "segmentation",
            {"ID": self._id(), "Name": "S", "Expression": "age=40", "Status": "used"},
        )
        self._add(
            "senders",
            {
                "ID": self._id(),
                "Email": f"from.{self.account.next_id}@mail.example",
                "CreatedAt": at,
                "IsDefaultSender": False,
                "Status": "Deleted" if is_deleted else "Active",
            },
            flags={"deleted": is_deleted},
        )
        self._add(
            "contact_metadata",
            {"ID": self._id(), "Name": f"p{self.account.next_id}", "Datatype": "int"},
        )
        template = self._add(
            "templates",
            {
                "ID": self._id(),
                "Name": "T",
                "CreatedAt": at,
                "EditMode": 1,
                "OwnerType": "apikey",
                "Categories": ["full", "basic"],
            },
        )
        if chance.random() < 0.8:
            number = template.now.fields["ID"]
            self._add(
                "template_contents",
                {"Html-part": f"<p>{number}</p>", "Text-part": str(number), "MJMLContent": ""},
                parent=template,
                known={"TemplateID": number},
            )
        draft_deleted, archived = chance.random() < 0.2, chance.random() < 0.2
        self._add(
            "campaign_drafts",
            {
                "ID": self._id(),
                "Title": "D",
                "CreatedAt": at,
                "Subject": "Ünïcode ☃",
                "IsStarred": False,
                "Status": 2,
            },
            flags={"IsDeleted": draft_deleted, "IsArchived": archived, "IsStarred": False},
        )
        self._add(
            "contact_history_data",
            {
                "ID": self._id(),
                "ContactID": 1 + chance.randrange(999),
                "CreatedAt": self._clock(self._time(created)),
                "Name": "age",
                "Data": str(chance.randrange(99)),
            },
        )

    def campaign(self, sent: int) -> Item:
        """Add a campaign, sent at a time."""
        chance, number = self.chance, self._id()
        flags = {
            "IsDeleted": chance.random() < 0.15,
            "IsStarred": chance.random() < 0.3,
            "IsNewsletterTool": chance.random() < 0.5,
        }
        clock = self._clock(sent)
        campaign = self._add(
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
            self._add(
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

    def traffic(self, messages: int, events: int) -> None:
        """Send messages on the campaigns, and let people react to them."""
        for _ in range(messages):
            campaign = self._pick("sent_campaigns")
            sent = campaign.sent if campaign and campaign.sent is not None else self.now - DAY
            self.message(campaign, self._time(sent, sent + 2 * 3600))
        for _ in range(events):
            self.event()

    def bursts(self, rows: int) -> None:
        """Let much happen in one second."""
        campaign = self._pick("sent_campaigns")
        second = self._time(self.now - self.size.span * DAY)
        for _ in range(rows):
            self.message(campaign, second)
            self.event(second)

    def message(self, campaign: Item | None, arrived: int) -> Item | None:
        """Add a message, what is told of it, and its history."""
        contact = self._pick("contacts")
        if campaign is None or campaign.sent is None or contact is None:
            return None
        chance, account = self.chance, self.account
        account.next_message += 1
        number = account.next_message + (HUGE if self.size.has_huge_ids else 0)
        campaign_id, contact_id = campaign.now.fields["ID"], contact.now.fields["ID"]
        email = contact.now.fields["Email"]
        is_first = not any(
            item.owner is campaign for item in account.tables["message_sent_statistics"]
        )
        of = {"CampaignID": campaign_id, "ContactID": contact_id}
        message = self._add(
            "messages",
            {
                "ID": number,
                **of,
                "ArrivedAt": self._clock(arrived),
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
        self._add(
            "message_information",
            {"ID": number, **of, "ContactALT": email, "MessageSize": chance.randrange(9999)},
            owner=campaign,
        )
        self._add(
            "message_sent_statistics",
            {"MessageID": number, **of, "ToEmail": email, "Open": chance.random() < 0.5},
            owner=campaign,
        ).is_first = is_first
        for event_type in ("sent", "opened", "clicked")[: chance.randrange(4)]:
            self._add(
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

    def event(self, at: int | None = None) -> None:
        """Let somebody open, click, or bounce."""
        message = self._pick("messages")
        if message is None or message.owner is None:
            return
        chance, fields = self.chance, message.now.fields
        arrived = message.now.at or self.now - DAY
        until = min(self.now, arrived + self.size.late * DAY)
        clock = self._clock(self._time(arrived, until) if at is None else at)
        of = {"ContactID": fields["ContactID"], "ContactALT": fields["ContactAlt"]}
        is_keyless = chance.random() < self.oddities.keyless
        number = None if is_keyless else fields["ID"]
        opened = {**of, "MessageID": number, "CampaignID": fields["CampaignID"]}
        more = {"ID": self._id(), "OpenedAt": clock, "UserAgent": "A", "UserAgentID": 7}
        self._add("open_events", {**opened, **more}, owner=message.owner)
        for _ in range(chance.choice([0, 1, 1, 2])):  # two equal clicks in one second exist
            click = {"ID": self._id(), **of, "MessageID": number, "ClickedAt": clock}
            url = {"Url": "https://shop.example/?a=1", "ClickedDelay": chance.randrange(99)}
            self._add("click_events", {**click, **url}, owner=message.owner)
        if chance.random() < 0.5:
            bounce = {"ID": number, **of, "CampaignID": fields["CampaignID"], "BouncedAt": clock}
            state = {"StateID": chance.randrange(22), "IsBlocked": False}
            self._add("bounce_events", {**bounce, **state}, owner=message.owner)

    def _status(self) -> None:
        recent = [
            item
            for item in self.account.living("messages")
            if item.now.at is not None and item.now.at > self.now - 20 * 3600
        ]
        if recent:
            message = self.chance.choice(recent)
            status = self.chance.choice([one for one in STATUSES if one != message.now.fields["Status"]])
            self.account.change(message, Status=status)
            of = {name: message.now.fields[name] for name in ("CampaignID", "ContactID")}
            self._add(
                "message_events",
                {"EventType": "unsub", "EventAt": self.now, "Useragent": "", "State": ""},
                parent=message,
                known={"MessageID": message.now.fields["ID"], **of},
            )

    def _activity(self) -> None:
        item = self._pick("contact_statistics")
        if item is not None:
            at = wire_time(self._time(self.now - 3600))
            self.account.change(item, LastActivityAt=at, OpenedCount=self.chance.randrange(10, 99))
        contact = self._pick("contacts")
        if contact is not None:
            self.account.change(contact, DeliveredCount=self.chance.randrange(50, 99))

    def _delete(self) -> None:
        read = [stream for stream in self.read if stream in _DELETED]
        for stream in read or self.chance.sample(_DELETED, 2):
            item = self._pick(stream)
            if item is not None:
                self.account.remove(item)

    def _add(self, stream: str, fields: Fields, **how: Any) -> Item:
        odd = self.oddities
        if odd.broken != "none" and self.chance.random() < 0.1:
            name = next((name for name in _BROKEN[odd.broken][0] if name in fields), None)
            if name is not None:
                fields = {**fields, name: _BROKEN[odd.broken][1]}
        item = self.account.add(stream, fields, order=self.chance.random(), **how)
        item.is_hidden = self.chance.random() < odd.hidden
        return item

    def _clock(self, second: int) -> Any:
        return None if self.chance.random() < self.oddities.unclocked else wire_time(second)

    def _id(self) -> int:
        self.account.next_id += 1
        return self.account.next_id

    def _pick(self, stream: str) -> Item | None:
        living = self.account.living(stream)
        return self.chance.choice(living) if living else None

    def _time(self, since: int, until: int | None = None) -> int:
        until = self.now if until is None else min(until, self.now)
        since = min(since, until - 1)
        # Seconds that many things share are where windows are cut wrongly.
        second = self.chance.randrange(since, until)
        return second - second % 3600 if self.chance.random() < 0.2 and second - since > 3600 else second


_STEPS = ("insert", "insert", "insert", "campaign", "late", "objects", "status", "activity", "delete")
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
_HALF = ("Subject", "Name", "UserAgent", "Title")
_NUMBERS = ("Delay", "SpamassScore", "DeliveredCount", "AttemptCount", "ClickedDelay", "StateID")
_TIMES = ("SendEndAt", "LastUpdateAt", "SubscribedAt")
_BROKEN: dict[str, tuple[tuple[str, ...], Broken]] = {
    "surrogate": (_HALF, Broken('"half \\ud83d"', (None, "half \ufffd", "half ?"))),
    "nan": (_NUMBERS, Broken("NaN")),
    "infinite": (_NUMBERS, Broken("1e999")),
    "time": (_TIMES, Broken('"0000-00-00T00:00:00Z"')),
    "letters": (_TIMES, Broken('"abcdefghijTklmnopqrZ"')),
    "type": (_NUMBERS, Broken('"a word"')),
}
