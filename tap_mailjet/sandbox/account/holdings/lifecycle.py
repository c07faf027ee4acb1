"""What becomes of drafts, newsletters and A/B tests, from their writing to their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text
from tap_mailjet.sandbox.account.campaign_plan import SHOWN_AFTER, CampaignType, Part
from tap_mailjet.sandbox.account.holdings.account_plan import every, shown, turn
from tap_mailjet.sandbox.account.rng import HOUR
from tap_mailjet.sandbox.account.size import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.campaign_plan import PlannedCampaign
    from tap_mailjet.sandbox.account.holdings.account_plan import AccountPlan, Record


@dataclass(frozen=True)
class Lifecycle:
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


def sent(campaign: PlannedCampaign) -> Lifecycle:
    """Return the life of what was sent as a campaign."""
    created = campaign.start - (2 + campaign.place % 9) * DAY
    return Lifecycle(
        created,
        campaign.subject,
        campaign.identifier,
        programmed=campaign.start - DAY,
        due=campaign.start,
        delivered=campaign.start + SHOWN_AFTER,
        archived=campaign.end + DAY if every(3, campaign.place) else None,
        deleted=campaign.end + DAY // 4 if campaign.part is Part.DELETED else None,
    )


def unsent(plan: AccountPlan, purpose: str, count: int) -> Iterator[Lifecycle]:
    """Yield lives of what is not sent: of every eight, one of each kind."""
    for place, created in enumerate(plan.times(purpose, count)):
        kind = place % 8
        is_programmed = kind in {1, 2, 6}
        yield Lifecycle(
            created,
            turn(sample_text.SUBJECTS, place + place // 8),
            programmed=created + HOUR if is_programmed else None,
            # Far enough for none to be due that is not sent.
            due=plan.span.end + (1 + place) * DAY if is_programmed else None,
            archived=created + DAY if kind in {2, 3, 5} else None,
            deleted=created + 2 * DAY if kind in {4, 5, 6} else None,
        )


def marketing(plan: AccountPlan, *, newsletters: bool) -> list[PlannedCampaign]:
    """Return the marketing campaigns that were written as newsletters, or that were not."""
    return [
        campaign
        for campaign in plan.campaigns
        if campaign.kind is CampaignType.MARKETING
        and (campaign.newsletter is not None) is newsletters
    ]
