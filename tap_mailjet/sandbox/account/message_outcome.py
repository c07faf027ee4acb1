"""The outcomes of messages, and how frequent they are."""

from __future__ import annotations

from bisect import bisect_right
from enum import Enum, auto
from itertools import accumulate
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account.campaign_plan import CampaignType, Part

if TYPE_CHECKING:
    import random

    from tap_mailjet.sandbox.account.campaign_plan import PlannedCampaign


class MessageOutcome(Enum):
    """The outcome of a message after it arrived."""

    SILENT = auto()
    OPENED = auto()
    OPENED_TWICE = auto()
    """Two opens in one second."""
    CLICKED = auto()
    CLICKED_TWICE = auto()
    """Two clicks that are equal in all fields."""
    HARD = auto()
    SOFT = auto()
    REJECTED = auto()
    """A permanent bounce that the address did not cause."""
    BLOCKED = auto()
    DEFERRED = auto()
    """Deferred for three days, then bounced."""
    RETRIED = auto()
    """Deferred for up to three days, then sent."""
    QUEUED = auto()
    """Queued for five days, then sent."""
    UNSUBSCRIBED = auto()
    COMPLAINED = auto()


GUARANTEED = (
    MessageOutcome.CLICKED,
    MessageOutcome.CLICKED_TWICE,
    MessageOutcome.OPENED_TWICE,
    MessageOutcome.UNSUBSCRIBED,
    MessageOutcome.COMPLAINED,
    MessageOutcome.HARD,
    MessageOutcome.SOFT,
    MessageOutcome.REJECTED,
    MessageOutcome.BLOCKED,
    MessageOutcome.DEFERRED,
    MessageOutcome.QUEUED,
    MessageOutcome.OPENED,
    MessageOutcome.SILENT,
)
"""The outcomes of the first messages of a campaign with edge cases, in turn."""

_ODDS = {
    MessageOutcome.HARD: 0.008,
    MessageOutcome.SOFT: 0.012,
    MessageOutcome.REJECTED: 0.003,
    MessageOutcome.BLOCKED: 0.007,
    MessageOutcome.DEFERRED: 0.001,
    MessageOutcome.RETRIED: 0.006,
    MessageOutcome.QUEUED: 0.0005,
    MessageOutcome.UNSUBSCRIBED: 0.003,
    MessageOutcome.COMPLAINED: 0.0006,
    MessageOutcome.CLICKED_TWICE: 0.001,
    MessageOutcome.CLICKED: 0.06,
    MessageOutcome.OPENED_TWICE: 0.001,
    MessageOutcome.OPENED: 0.24,
    MessageOutcome.SILENT: 1.0,
}
_OUTCOMES = tuple(_ODDS)
_STEPS = tuple(accumulate(_ODDS.values()))


def draw(rng: random.Random, campaign: PlannedCampaign) -> MessageOutcome:
    """Draw the outcome of a message of a campaign."""
    if campaign.part is Part.OLD:
        return MessageOutcome.SILENT
    outcome = _OUTCOMES[bisect_right(_STEPS, rng.random())]
    if campaign.part is Part.PASSWORDS and outcome in {
        MessageOutcome.CLICKED,
        MessageOutcome.CLICKED_TWICE,
        MessageOutcome.OPENED,
    }:
        return MessageOutcome.SILENT
    if outcome is MessageOutcome.UNSUBSCRIBED and campaign.kind is not CampaignType.MARKETING:
        return MessageOutcome.SILENT
    return outcome
