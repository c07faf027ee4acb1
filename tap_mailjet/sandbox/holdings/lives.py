"""What becomes of drafts, newsletters and A/B tests, from their writing to their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_mailjet.sandbox import words
from tap_mailjet.sandbox.chance import HOUR
from tap_mailjet.sandbox.holdings.story import every, shown, turn
from tap_mailjet.sandbox.mailings import SHOWN_AFTER, CampaignType, Part
from tap_mailjet.sandbox.size import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox.holdings.story import Record, Story
    from tap_mailjet.sandbox.mailings import Mailing


@dataclass(frozen=True)
class Life:
    """One such thing; times are Unix seconds, None where it never happens.

    Attributes:
        created: When it was written.
        subject: Its subject line.
        campaign: The ID of the campaign it was sent as.
        programmed: When it was decided to send it.
        due: When it is to be sent.
        delivered: When it was sent.
        archived: When it was put aside.
        deleted: When it was thrown away.
    """

    created: int
    subject: str
    campaign: int | None = None
    programmed: int | None = None
    due: int | None = None
    delivered: int | None = None
    archived: int | None = None
    deleted: int | None = None

    def columns(self) -> Record:
        """Return the columns that all tables of such things have."""
        return {
            "CreatedAt": self.created,
            "Subject": self.subject,
            "CampaignID": self.campaign,
            "ProgrammedAt": self.programmed,
            "DueAt": self.due,
            "DeliveredAt": self.delivered,
            "ArchivedAt": self.archived,
            "DeletedAt": self.deleted,
            "VisibleAt": shown(self.created),
        }


def sent(mailing: Mailing) -> Life:
    """Return the life of what was sent as a campaign."""
    created = mailing.start - (2 + mailing.place % 9) * DAY
    return Life(
        created,
        mailing.subject,
        mailing.identifier,
        programmed=mailing.start - DAY,
        due=mailing.start,
        delivered=mailing.start + SHOWN_AFTER,
        archived=mailing.end + DAY if every(3, mailing.place) else None,
        deleted=mailing.end + DAY // 4 if mailing.part is Part.DELETED else None,
    )


def unsent(story: Story, purpose: str, count: int) -> Iterator[Life]:
    """Yield lives of what is not sent: of every eight, one of each kind."""
    for place, created in enumerate(story.times(purpose, count)):
        kind = place % 8
        is_programmed = kind in {1, 2, 6}
        yield Life(
            created,
            turn(words.SUBJECTS, place + place // 8),
            programmed=created + HOUR if is_programmed else None,
            # Far enough for none to be due that is not sent.
            due=story.span.end + (1 + place) * DAY if is_programmed else None,
            archived=created + DAY if kind in {2, 3, 5} else None,
            deleted=created + 2 * DAY if kind in {4, 5, 6} else None,
        )


def marketing(story: Story, *, newsletters: bool) -> list[Mailing]:
    """Return the marketing campaigns that were written as newsletters, or that were not."""
    return [
        mailing
        for mailing in story.mailings
        if mailing.kind is CampaignType.MARKETING
        and (mailing.newsletter is not None) is newsletters
    ]
