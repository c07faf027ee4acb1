"""Streams of events: opens, clicks, bounces, complaints and unsubscriptions, each by its time."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.reading.queries import CAMPAIGN_FILTERS, Filters
from tap_mailjet.reading.time_windows import TimeFilter
from tap_mailjet.records.derived_fields import list_recipient_id
from tap_mailjet.singer.flagged_event_stream import FlaggedEventStream
from tap_mailjet.singer.late_event_stream import LateEventStream
from tap_mailjet.singer.unsubscription_stream import UnsubscriptionStream

# FromTS and ToTS of these resources filter by the time of the campaign. A new event of an old
# campaign would never be read.
EVENT_CLOCK = TimeFilter("EventFromTs", "EventToTs")
# Without AllMessages, only the first message of each campaign is listed (documented). Without
# ShowExtraData, the time and the reason of an event are empty.
EVERY_MESSAGE = {"AllMessages": "true", "ShowExtraData": "true"}


class BounceEvents(LateEventStream):
    """Messages that bounced or were blocked.

    https://dev.mailjet.com/email/reference/statistics/bounce/
    """

    name = "bounce_events"
    resource = "bouncestatistics"
    is_core = True
    selected_by_default = True
    # ID is the ID of the message, which can bounce more than once. StateID is no part of the key:
    # Mailjet may change the cause of a bounce later, and a new key would make a second row of it.
    primary_keys = ("ID", "CampaignID", "ContactID", "BouncedAt")
    replication_key = "BouncedAt"
    time_filter = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


class ClickEvents(LateEventStream):
    """Clicks on links in messages.

    https://dev.mailjet.com/email/reference/statistics/click/
    """

    name = "click_events"
    resource = "clickstatistics"
    is_core = True
    selected_by_default = True
    # ID may not be unique, so the key consists of the fields that identify a click. The metadata
    # has no other field of the user agent.
    primary_keys = ("MessageID", "ContactID", "ClickedAt", "Url", "UserAgentID")
    replication_key = "ClickedAt"
    time_filter = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


class OpenEvents(LateEventStream):
    """Opens of messages.

    https://dev.mailjet.com/email/reference/statistics/open/
    """

    name = "open_events"
    resource = "openinformation"
    is_core = True
    selected_by_default = True
    # ID may not be unique, so the key consists of the fields that identify an open. UserAgentID
    # stands for many user agents: one of them for each browser and platform.
    primary_keys = ("MessageID", "ContactID", "OpenedAt", "UserAgentFull")
    replication_key = "OpenedAt"
    time_filter = EVENT_CLOCK
    filters = CAMPAIGN_FILTERS


class SpamEvents(FlaggedEventStream, LateEventStream):
    """Complaints about messages as spam.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "spam_events"
    resource = "messagesentstatistics"
    fields_of = "message_sent_statistics"
    selected_by_default = True
    primary_keys = ("MessageID", "ComplaintDate")
    replication_key = "ComplaintDate"
    time_filter = TimeFilter("SpamEventFromTs", "SpamEventToTs")
    event_flag = "Spam"
    params: ClassVar = EVERY_MESSAGE
    filters = CAMPAIGN_FILTERS


class BounceReasons(FlaggedEventStream, LateEventStream):
    """The reasons for which messages bounced.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "bounce_reasons"
    resource = "messagesentstatistics"
    fields_of = "message_sent_statistics"
    selected_by_default = True
    primary_keys = ("MessageID", "BounceDate")
    replication_key = "BounceDate"
    time_filter = TimeFilter("BounceEventFromTs", "BounceEventToTs")
    event_flag = "Bounce"
    params: ClassVar = EVERY_MESSAGE
    filters = CAMPAIGN_FILTERS


class UnsubscribeEvents(UnsubscriptionStream):
    """Contacts who left a contact list.

    https://dev.mailjet.com/email/reference/statistics/recipients/
    """

    name = "unsubscribe_events"
    resource = "listrecipientstatistics"
    fields_of = "list_recipients"
    selected_by_default = True
    primary_keys = ("ListRecipientID", "UnsubscribedAt")
    replication_key = "UnsubscribedAt"
    time_filter = TimeFilter("MinUnsubscribedAt", "MaxUnsubscribedAt")
    filters = Filters(contact_list_ids="ContactsList")
    derived_fields: ClassVar = {"ListRecipientID": list_recipient_id}


STREAMS = (
    BounceEvents,
    ClickEvents,
    OpenEvents,
    BounceReasons,
    SpamEvents,
    UnsubscribeEvents,
)
