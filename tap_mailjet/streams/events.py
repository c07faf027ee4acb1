"""What happened to messages: opens, clicks and bounces, each by its own clock."""

from __future__ import annotations

from tap_mailjet.reading.queries import CAMPAIGN_FILTERS
from tap_mailjet.reading.time_windows import TimeFilter
from tap_mailjet.singer.windowed_stream import WindowedStream

# FromTS and ToTS of these resources read the clock of the event's campaign: an event of today on
# a campaign of last year would never come.
EVENT_CLOCK = TimeFilter("EventFromTs", "EventToTs")


class BounceEvents(WindowedStream):
    """Messages that came back or were blocked.

    https://dev.mailjet.com/email/reference/statistics/bounce/
    """

    name = "bounce_events"
    resource = "bouncestatistics"
    is_core = True
    selected_by_default = True
    # ID is the message's: it can bounce more than once.
    primary_keys = ("ID", "CampaignID", "ContactID", "BouncedAt")
    replication_key = "BouncedAt"
    time_filter = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


class ClickEvents(WindowedStream):
    """Clicks on links in messages.

    https://dev.mailjet.com/email/reference/statistics/click/
    """

    name = "click_events"
    resource = "clickstatistics"
    is_core = True
    selected_by_default = True
    # ID is not known to be unique: keyed by what makes a click.
    primary_keys = ("MessageID", "ContactID", "ClickedAt", "Url")
    replication_key = "ClickedAt"
    time_filter = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


class OpenEvents(WindowedStream):
    """Openings of messages.

    https://dev.mailjet.com/email/reference/statistics/open/
    """

    name = "open_events"
    resource = "openinformation"
    is_core = True
    selected_by_default = True
    # ID is not known to be unique: keyed by what makes an opening.
    primary_keys = ("MessageID", "ContactID", "OpenedAt")
    replication_key = "OpenedAt"
    time_filter = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


STREAMS = (
    BounceEvents,
    ClickEvents,
    OpenEvents,
)
