"""What can become of a message, and how often it does."""

from __future__ import annotations

from bisect import bisect_right
from enum import Enum, auto
from itertools import accumulate
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.mailings import CampaignType, Part

if TYPE_CHECKING:
    import random

    from tap_mailjet.sandbox.mailings import Mailing


class Fate(Enum):
    """What becomes of a message after it arrived."""

    SILENT = auto()
    OPENED = auto()
    OPENED_TWICE = auto()
    """Two opens in one second."""
    CLICKED = auto()
    CLICKED_TWICE = auto()
    """Two clicks that are alike in everything."""
    HARD = auto()
    SOFT = auto()
    REJECTED = auto()
    """A bounce that is permanent, but not the address's fault."""
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
    Fate.CLICKED,
    Fate.CLICKED_TWICE,
    Fate.OPENED_TWICE,
    Fate.UNSUBSCRIBED,
    Fate.COMPLAINED,
    Fate.HARD,
    Fate.SOFT,
    Fate.REJECTED,
    Fate.BLOCKED,
    Fate.DEFERRED,
    Fate.QUEUED,
    Fate.OPENED,
    Fate.SILENT,
)
"""What the first messages of a campaign with edge cases meet, in turn, and soon."""

_ODDS = {
    Fate.HARD: 0.008,
    Fate.SOFT: 0.012,
    Fate.REJECTED: 0.003,
    Fate.BLOCKED: 0.007,
    Fate.DEFERRED: 0.001,
    Fate.RETRIED: 0.006,
    Fate.QUEUED: 0.0005,
    Fate.UNSUBSCRIBED: 0.003,
    Fate.COMPLAINED: 0.0006,
    Fate.CLICKED_TWICE: 0.001,
    Fate.CLICKED: 0.06,
    Fate.OPENED_TWICE: 0.001,
    Fate.OPENED: 0.24,
    Fate.SILENT: 1.0,
}
_FATES = tuple(_ODDS)
_STEPS = tuple(accumulate(_ODDS.values()))


def draw(luck: random.Random, mailing: Mailing) -> Fate:
    """Draw what becomes of a message of a campaign."""
    if mailing.part is Part.OLD:
        return Fate.SILENT
    fate = _FATES[bisect_right(_STEPS, luck.random())]
    if mailing.part is Part.PASSWORDS and fate in {Fate.CLICKED, Fate.CLICKED_TWICE, Fate.OPENED}:
        return Fate.SILENT
    if fate is Fate.UNSUBSCRIBED and mailing.kind is not CampaignType.MARKETING:
        return Fate.SILENT
    return fate
