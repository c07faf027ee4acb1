"""What happened to messages: opens, clicks and bounces, each by its own clock."""

from __future__ import annotations

from tap_mailjet.queries import CAMPAIGN_FILTERS
from tap_mailjet.streams.windowed import WindowedStream
from tap_mailjet.windows import FilterPair

# FromTS and ToTS of these resources read the clock of the event's campaign: an event of today on
# a campaign of last year would never come.
EVENT_CLOCK = FilterPair("EventFromTs", "EventToTs")


class BounceEvents(WindowedStream):
    """Messages that came back or were blocked.

    https://dev.mailjet.com/email/reference/statistics/bounce/
    """

    name = "bounce_events"
    resource = "bouncestatistics"
    is_essential = True
    selected_by_default = True
    # ID is the message's: it can bounce more than once.
    primary_keys = ("ID", "CampaignID", "ContactID", "BouncedAt")
    replication_key = "BouncedAt"
    pair = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


class ClickEvents(WindowedStream):
    """Clicks on links in messages.

    https://dev.mailjet.com/email/reference/statistics/click/
    """

    name = "click_events"
    resource = "clickstatistics"
    is_essential = True
    selected_by_default = True
    # ID is not known to be unique: keyed by what makes a click.
    primary_keys = ("MessageID", "ContactID", "ClickedAt", "Url")
    replication_key = "ClickedAt"
    pair = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


class OpenEvents(WindowedStream):
    """Openings of messages.

    https://dev.mailjet.com/email/reference/statistics/open/
    """

    name = "open_events"
    resource = "openinformation"
    is_essential = True
    selected_by_default = True
    # ID is not known to be unique: keyed by what makes an opening.
    primary_keys = ("MessageID", "ContactID", "OpenedAt")
    replication_key = "OpenedAt"
    pair = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS
