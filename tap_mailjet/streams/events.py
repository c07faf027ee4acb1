"""Streams of message events: opens, clicks and bounces, each by the time of the event."""

from __future__ import annotations

from tap_mailjet.reading.queries import CAMPAIGN_FILTERS
from tap_mailjet.reading.time_windows import TimeFilter
from tap_mailjet.singer.windowed_stream import WindowedStream

# FromTS and ToTS of these resources filter by the time of the campaign. A new event of an old
# campaign would never be read.
EVENT_CLOCK = TimeFilter("EventFromTs", "EventToTs")


class BounceEvents(WindowedStream):
    """Messages that bounced or were blocked.

    https://dev.mailjet.com/email/reference/statistics/bounce/
    """

    name = "bounce_events"
    resource = "bouncestatistics"
    is_core = True
    selected_by_default = True
    # ID is the ID of the message, which can bounce more than once.
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
    # ID may not be unique, so the key consists of the fields that identify a click.
    primary_keys = ("MessageID", "ContactID", "ClickedAt", "Url")
    replication_key = "ClickedAt"
    time_filter = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


class OpenEvents(WindowedStream):
    """Opens of messages.

    https://dev.mailjet.com/email/reference/statistics/open/
    """

    name = "open_events"
    resource = "openinformation"
    is_core = True
    selected_by_default = True
    # ID may not be unique, so the key consists of the fields that identify an open.
    primary_keys = ("MessageID", "ContactID", "OpenedAt")
    replication_key = "OpenedAt"
    time_filter = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


STREAMS = (
    BounceEvents,
    ClickEvents,
    OpenEvents,
)
