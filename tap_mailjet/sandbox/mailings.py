"""The account's campaigns: what is sent, when, to whom, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from tap_mailjet.sandbox import tables, words
from tap_mailjet.sandbox.chance import HOUR, chance
from tap_mailjet.sandbox.size import DAY

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tap_mailjet.sandbox.people import People


class CampaignType(IntEnum):
    """Mailjet's types of campaign."""

    TRANSACTIONAL = 1
    MARKETING = 2
    UNKNOWN = 3


class Part(IntEnum):
    """The campaigns that even the smallest account has, by their place; the rest repeat them."""

    OLD = 0
    ORDERS = 1
    DELETED = 2
    STARRED = 3
    WORKFLOW = 4
    PASSWORDS = 5
    UNTYPED = 6
    SHORT = 7


ONCE = (Part.OLD, Part.DELETED)
"""Parts that do not come again: the year-old campaign, and the one with all the edge cases."""
OLD_SHARE, TRANSACTIONAL_SHARE, MARKETING_SHARE = 0.05, 0.3, 0.65
SHOWN_AFTER = 5
"""Seconds after its start at which a campaign is visible; its first message comes later."""


@dataclass
class Mailing:
    """A campaign to be sent; times are Unix seconds.

    Attributes:
        place: Its number in the plan.
        part: What makes it special.
        kind: Its type.
        start: SendStartAt.
        end: SendEndAt; no message arrives at or after it.
        audience: The number of the list it goes to; None for single messages.
        count: How many messages it has.
        identifier: Its ID; IDs grow with SendStartAt.
    """

    place: int
    part: Part
    kind: CampaignType
    start: int
    end: int
    audience: int | None
    count: int = field(default=0)
    identifier: int = field(default=0)

    @property
    def is_edgy(self) -> bool:
        """Tell whether it must show every fate a message can have."""
        return self.place in {Part.DELETED, Part.STARRED}

    @property
    def newsletter(self) -> int | None:
        """Return the ID of the newsletter it was written as, None if it was not."""
        marketing = self.kind is CampaignType.MARKETING
        tool = marketing and self.part in {Part.OLD, Part.DELETED, Part.SHORT}
        return tables.FIRST_NEWSLETTER + self.place if tool else None

    @property
    def sender(self) -> int:
        """Return the ID of the sender it is sent for."""
        return tables.FIRST_SENDER + (0 if self.kind is CampaignType.MARKETING else 1)

    @property
    def subject(self) -> str:
        """Return its subject line."""
        if self.audience is None:
            return words.TRANSACTIONAL_SUBJECTS[self.part.name]
        return words.SUBJECTS[(self.place + self.place // len(Part)) % len(words.SUBJECTS)]


def plan(people: People, seed: int) -> list[Mailing]:
    """Plan all campaigns, in the order of SendStartAt."""
    luck = chance(seed, "campaigns")
    mailings = [_mailing(place, people, luck) for place in range(people.size.campaigns)]
    _share_out(mailings, people.size.messages, luck)
    mailings.sort(key=lambda mailing: (mailing.start, mailing.place))
    for order, mailing in enumerate(mailings):
        mailing.identifier = tables.FIRST_CAMPAIGN + order
    return mailings


def rows(mailings: list[Mailing]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table `campaign`."""
    for mailing in mailings:
        marketing = mailing.kind is CampaignType.MARKETING
        newsletter = mailing.newsletter
        custom = f"{mailing.part.name.lower()}-{mailing.place}"
        # The press office sends in the shop's name now and then: FromID is not SenderID.
        sent_by = tables.FIRST_SENDER + 2 if mailing.part is Part.STARRED else mailing.sender
        deleted = mailing.end + DAY // 4 if mailing.part is Part.DELETED else None
        score = mailing.place % 5 * 0.3
        yield (
            mailing.identifier,
            f"mj.nl={newsletter}" if newsletter else custom,
            int(mailing.kind),
            _created_at(mailing),
            custom,
            deleted,
            mailing.sender,
            sent_by,
            words.SENDERS[mailing.sender - tables.FIRST_SENDER][1],
            mailing.part is Part.STARRED,
            None if mailing.audience is None else tables.FIRST_LIST + mailing.audience,
            newsletter,
            tables.FIRST_SEGMENT if mailing.part is Part.STARRED else None,
            mailing.start,
            mailing.end,
            score,
            words.SPAM_RULES if score else "",
            mailing.subject,
            tables.FIRST_WORKFLOW if mailing.part is Part.WORKFLOW else None,
            mailing.part is not Part.PASSWORDS,
            mailing.part is not Part.PASSWORDS,
            marketing,
            True,
            mailing.place % 3 != 2,  # noqa: PLR2004 - every third has no text part
            int(mailing.part is Part.ORDERS),
            mailing.start + SHOWN_AFTER,
        )


def _mailing(place: int, people: People, luck: random.Random) -> Mailing:
    """Plan the time and audience of one campaign."""
    span = people.span
    part = Part(place % len(Part))
    if place >= len(Part) and part in ONCE:
        part = Part.SHORT
    if part in {Part.ORDERS, Part.PASSWORDS, Part.UNTYPED}:
        kind = CampaignType.UNKNOWN if part is Part.UNTYPED else CampaignType.TRANSACTIONAL
        start = span.start + span.history * (place - 1) // (2 * people.size.campaigns)
        return Mailing(place, part, kind, start, span.end, None)
    start = _marketing_start(place, people, luck)
    audience = place % (people.size.lists - 1)
    deleted = people.list_deleted_at(audience)
    if deleted is not None and start > deleted - DAY:
        audience = 0
    end = min(start + 2 * HOUR, max(span.end, start + HOUR))
    return Mailing(place, part, CampaignType.MARKETING, start, end, audience)


def _marketing_start(place: int, people: People, luck: random.Random) -> int:
    """Return when a newsletter goes out: the special ones early in the history."""
    span = people.span
    if place == Part.OLD:
        return span.old
    if place < len(Part):
        return span.start + span.history * (place - 1) // 10
    room = span.end - span.start - 4 * HOUR
    return span.start + int(room * (place + luck.random()) / (people.size.campaigns + 1))


def _share_out(mailings: list[Mailing], messages: int, luck: random.Random) -> None:
    """Give each campaign its number of messages; together they are exactly `messages`."""
    weights = [1.0 if m.place < len(Part) else 0.7 + 0.6 * luck.random() for m in mailings]
    marketing = [m.kind is CampaignType.MARKETING and m.part is not Part.OLD for m in mailings]
    newsletters = sum(w for w, flag in zip(weights, marketing, strict=True) if flag)
    others = sum(weights) - newsletters - weights[Part.OLD]
    given, done = 0.0, 0
    for mailing, weight, flag in zip(mailings, weights, marketing, strict=True):
        part = (
            MARKETING_SHARE * weight / newsletters
            if flag
            else TRANSACTIONAL_SHARE * weight / others
        )
        given += OLD_SHARE if mailing.part is Part.OLD else part
        mailing.count = round(given * messages) - done
        done += mailing.count


def _created_at(mailing: Mailing) -> int:
    """Return when a campaign was written: days before it went out, or minutes."""
    return mailing.start - (1 + mailing.place % 5) * (DAY if mailing.place % 3 == 0 else 60)
