"""The plan of the account's campaigns: time, list and number of messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text, tables
from tap_mailjet.sandbox.account.rng import HOUR, seeded_rng
from tap_mailjet.sandbox.account.size import DAY

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.people import People


class CampaignType(IntEnum):
    """Mailjet's types of campaign."""

    TRANSACTIONAL = 1
    MARKETING = 2
    UNKNOWN = 3


class Part(IntEnum):
    """The roles of campaigns, by place: even the smallest account has each; others repeat them."""

    OLD = 0
    ORDERS = 1
    DELETED = 2
    STARRED = 3
    WORKFLOW = 4
    PASSWORDS = 5
    UNTYPED = 6
    SHORT = 7


ONCE = (Part.OLD, Part.DELETED)
"""Roles that occur once: the year-old campaign, and the campaign with all edge cases."""
OLD_SHARE, TRANSACTIONAL_SHARE, MARKETING_SHARE = 0.05, 0.3, 0.65
SHOWN_AFTER = 5
"""Seconds after its start at which a campaign is visible; its first message comes later."""


@dataclass
class PlannedCampaign:
    """A campaign of the plan; times are Unix seconds.

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
        """Return True if its messages must have every outcome."""
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
            return sample_text.TRANSACTIONAL_SUBJECTS[self.part.name]
        return sample_text.SUBJECTS[
            (self.place + self.place // len(Part)) % len(sample_text.SUBJECTS)
        ]


def plan(people: People, seed: int) -> list[PlannedCampaign]:
    """Plan all campaigns, in the order of SendStartAt."""
    rng = seeded_rng(seed, "campaigns")
    campaigns = [_planned(place, people, rng) for place in range(people.size.campaigns)]
    _share_out(campaigns, people.size.messages, rng)
    campaigns.sort(key=lambda campaign: (campaign.start, campaign.place))
    for order, campaign in enumerate(campaigns):
        campaign.identifier = tables.FIRST_CAMPAIGN + order
    return campaigns


def rows(campaigns: list[PlannedCampaign]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table `campaign`."""
    for campaign in campaigns:
        marketing = campaign.kind is CampaignType.MARKETING
        newsletter = campaign.newsletter
        custom = f"{campaign.part.name.lower()}-{campaign.place}"
        # FromID and SenderID of this campaign differ.
        sent_by = tables.FIRST_SENDER + 2 if campaign.part is Part.STARRED else campaign.sender
        deleted = campaign.end + DAY // 4 if campaign.part is Part.DELETED else None
        score = campaign.place % 5 * 0.3
        is_tracked = campaign.part is not Part.PASSWORDS
        yield (
            campaign.identifier, f"mj.nl={newsletter}" if newsletter else custom,
            int(campaign.kind), _created_at(campaign), custom, deleted, campaign.sender, sent_by,
            sample_text.SENDERS[campaign.sender - tables.FIRST_SENDER][1],
            campaign.part is Part.STARRED,
            None if campaign.audience is None else tables.FIRST_LIST + campaign.audience,
            newsletter, tables.FIRST_SEGMENT if campaign.part is Part.STARRED else None,
            campaign.start, campaign.end, score, sample_text.SPAM_RULES if score else "",
            campaign.subject, tables.FIRST_WORKFLOW if campaign.part is Part.WORKFLOW else None,
            is_tracked, is_tracked, marketing, True, campaign.place % 3 != 2,  # noqa: PLR2004
            int(campaign.part is Part.ORDERS), campaign.start + SHOWN_AFTER,
        )  # fmt: skip


def _planned(place: int, people: People, rng: random.Random) -> PlannedCampaign:
    """Plan the time and audience of one campaign."""
    span = people.span
    part = Part(place % len(Part))
    if place >= len(Part) and part in ONCE:
        part = Part.SHORT
    if part in {Part.ORDERS, Part.PASSWORDS, Part.UNTYPED}:
        kind = CampaignType.UNKNOWN if part is Part.UNTYPED else CampaignType.TRANSACTIONAL
        start = span.start + span.history * (place - 1) // (2 * people.size.campaigns)
        return PlannedCampaign(place, part, kind, start, span.end, None)
    start = _marketing_start(place, people, rng)
    audience = place % (people.size.lists - 1)
    deleted = people.list_deleted_at(audience)
    if deleted is not None and start > deleted - DAY:
        audience = 0
    end = min(start + 2 * HOUR, max(span.end, start + HOUR))
    return PlannedCampaign(place, part, CampaignType.MARKETING, start, end, audience)


def _marketing_start(place: int, people: People, rng: random.Random) -> int:
    """Return when a newsletter goes out: the special ones early in the history."""
    span = people.span
    if place == Part.OLD:
        return span.old
    if place < len(Part):
        return span.start + span.history * (place - 1) // 10
    room = span.end - span.start - 4 * HOUR
    return span.start + int(room * (place + rng.random()) / (people.size.campaigns + 1))


def _share_out(campaigns: list[PlannedCampaign], messages: int, rng: random.Random) -> None:
    """Set the number of messages of each campaign; their sum is exactly `messages`."""
    weights = [1.0 if m.place < len(Part) else 0.7 + 0.6 * rng.random() for m in campaigns]
    marketing = [m.kind is CampaignType.MARKETING and m.part is not Part.OLD for m in campaigns]
    newsletters = sum(w for w, flag in zip(weights, marketing, strict=True) if flag)
    others = sum(weights) - newsletters - weights[Part.OLD]
    given, done = 0.0, 0
    for campaign, weight, flag in zip(campaigns, weights, marketing, strict=True):
        part = (
            MARKETING_SHARE * weight / newsletters
            if flag
            else TRANSACTIONAL_SHARE * weight / others
        )
        given += OLD_SHARE if campaign.part is Part.OLD else part
        campaign.count = round(given * messages) - done
        done += campaign.count


def _created_at(campaign: PlannedCampaign) -> int:
    """Return when a campaign was written: days before it went out, or minutes."""
    return campaign.start - (1 + campaign.place % 5) * (DAY if campaign.place % 3 == 0 else 60)
