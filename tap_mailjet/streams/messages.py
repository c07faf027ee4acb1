"""Streams of messages and of data about each message."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.reading.queries import CAMPAIGN_FILTERS, TOTAL_FILTERS, Filters
from tap_mailjet.reading.time_windows import TimeFilter
from tap_mailjet.records.derived_fields import api_key, event_name, timestamps
from tap_mailjet.singer.child_stream import ChildStream
from tap_mailjet.singer.full_table_stream import FullTableStream
from tap_mailjet.singer.status_stream import StatusStream
from tap_mailjet.singer.touched_stream import TouchedStream


class Messages(TouchedStream, StatusStream):
    """All messages that Mailjet has processed, with their latest status.

    https://dev.mailjet.com/email/reference/messages/
    """

    name = "messages"
    resource = "message"
    is_core = True
    selected_by_default = True
    replication_key = "ArrivedAt"
    time_filter = TimeFilter("FromTS", "ToTS")
    resume_keys: ClassVar = (*StatusStream.resume_keys, *TouchedStream.resume_keys)
    params: ClassVar = {"ShowSubject": "true", "ShowContactAlt": "true", "ShowCustomID": "true"}
    filters = Filters(campaign_ids="CampaignID", sender_ids="SenderID")


class MessageInformation(FullTableStream):
    """The content facts and tracking options of each message.

    The time filter uses the time of the campaign, so the resource is read completely.

    https://dev.mailjet.com/email/reference/messages/
    """

    name = "message_information"
    resource = "messageinformation"
    filters = CAMPAIGN_FILTERS


class MessageEvents(ChildStream):
    """All events of a message, with one request per message.

    The stream reads the messages that `messages` emits, and earlier messages with new events.

    https://dev.mailjet.com/email/reference/messages/
    """

    name = "message_events"
    resource = "messagehistory/{ID}"
    parent_stream_type = Messages
    parent_fields: ClassVar = {
        "MessageID": "ID",
        "ContactID": "ContactID",
        "CampaignID": "CampaignID",
    }
    # Two events in one second may differ only in the user agent.
    primary_keys = ("MessageID", "EventType", "EventAt", "Useragent")
    derived_fields: ClassVar = {**timestamps("EventAt"), "EventName": event_name}


class MessageStates(FullTableStream):
    """The meanings of the StateID of a message or a bounce.

    https://dev.mailjet.com/email/reference/messages/
    """

    name = "message_states"
    resource = "messagestate"


class MessageStatistics(FullTableStream):
    """Totals and averages over all messages: one row.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "message_statistics"
    resource = "messagestatistics"
    primary_keys = ("Source",)
    # Without these parameters, Mailjet does not count the two totals.
    params: ClassVar = {"ProcessTotalClicksCount": "true", "ProcessTotalOpensCount": "true"}
    filters = TOTAL_FILTERS
    derived_fields: ClassVar = {"Source": api_key}


class MessageSentStatistics(FullTableStream):
    """The result of each message, as flags.

    The time filter uses the time of the campaign, so the resource is read completely.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "message_sent_statistics"
    resource = "messagesentstatistics"
    primary_keys = ("MessageID",)
    # Without ShowExtraData, the reason and the time of a bounce are empty.
    params: ClassVar = {"AllMessages": "true", "ShowExtraData": "true"}
    filters = CAMPAIGN_FILTERS


STREAMS = (
    Messages,
    MessageEvents,
    MessageInformation,
    MessageSentStatistics,
    MessageStates,
    MessageStatistics,
)
