"""The JSON schema of the settings, with their titles and descriptions."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th
from singer_sdk.helpers.capabilities import EMIT_ACTIVATE_VERSION_CONFIG

from tap_mailjet.api.page import MAX_PAGE_SIZE

FEWEST_ROWS_A_PAGE = 2
"""Smallest page size. Pages overlap by one row, so pages of one row would not advance a read."""

SEGMENT_STATUSES = ("all", "used", "unused", "deleted")
BACKFILLS = ("oldest_first", "newest_first")
COUNTER_SOURCES = ("APIKey", "Campaign", "List", "Sender")
COUNTER_TIMINGS = ("Message", "Event")
COUNTER_RESOLUTIONS = ("Highest", "Hour", "Day", "Lifetime")

MESSAGE_STATUSES = (
    "processed",
    "queued",
    "sent",
    "opened",
    "clicked",
    "bounce",
    "spam",
    "unsub",
    "blocked",
    "softbounced",
    "hardbounced",
    "deferred",
    "unknown",
)
"""The statuses of a message, according to `GET /v3/REST/metadata`."""

_ID_LIST = th.ArrayType(th.IntegerType(minimum=1))

CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType(min_length=1),
        required=True,
        secret=True,
        title="API key",
        description=(
            "Public part of the API key pair. One key pair belongs to one account or sub-account."
        ),
    ),
    th.Property(
        "api_secret",
        th.StringType(min_length=1),
        required=True,
        secret=True,
        title="API secret",
        description="Secret part of the API key pair.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description=(
            "Read only data from this date or timestamp on (UTC unless it has an offset). "
            "Default: the whole history, from 2010 on."
        ),
    ),
    th.Property(
        "end_date",
        th.DateTimeType,
        title="End date",
        description=(
            "Read only data before this date or timestamp. Default: the time at which the sync "
            "starts."
        ),
    ),
    th.Property(
        "api_url",
        th.StringType,
        default="https://api.mailjet.com",
        title="API URL",
        description=(
            "Base URL of the API. Some accounts use https://api.us.mailjet.com or "
            "https://api.eu.mailjet.com. Plain http is accepted for this machine only."
        ),
    ),
    th.Property(
        "lookback_window",
        th.IntegerType(minimum=0),
        default=24,
        title="Lookback window",
        description=(
            "Hours before its bookmark from which an incremental stream reads again, because "
            "some rows appear late and message statuses change (see status_lookback_window)."
        ),
    ),
    th.Property(
        "backfill",
        th.StringType,
        default="oldest_first",
        allowed_values=list(BACKFILLS),
        title="Backfill",
        description=(
            "Order in which the first sync of an incremental stream reads the history. With "
            "newest_first, the newest rows come first and later syncs resume with the older ones."
        ),
    ),
    th.Property(
        "status_lookback_window",
        th.IntegerType(minimum=0),
        default=30,
        title="Status lookback window",
        description=(
            "Days before its bookmark in which messages and sent_campaigns follow changes of rows "
            "that have already been read."
        ),
    ),
    th.Property(
        "late_events_window",
        th.IntegerType(minimum=0),
        default=30,
        title="Late events window",
        description=(
            "Days before the start of a sync in which the tap counts events, and reads the days "
            "again in which events became visible later than lookback_window. 0 turns this off."
        ),
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=FEWEST_ROWS_A_PAGE, maximum=MAX_PAGE_SIZE),
        default=MAX_PAGE_SIZE,
        title="Page size",
        description=(
            "Rows per page, 2 to 1000. Pages overlap by one row, so that the tap notices rows "
            "that move between two requests."
        ),
    ),
    th.Property(
        "max_concurrency",
        th.IntegerType(minimum=1, maximum=32),
        default=4,
        title="Maximum concurrency",
        description="Maximum number of concurrent requests.",
    ),
    th.Property(
        "request_timeout",
        th.IntegerType(minimum=1),
        default=120,
        title="Request timeout",
        description=(
            "Seconds to wait for a connection and for each read of a response. A complete "
            "response has to arrive within twice this time. The first response of a sync has to "
            "start within 15 seconds."
        ),
    ),
    th.Property(
        "user_agent",
        th.StringType(min_length=1),
        title="User agent",
        description="Value of the User-Agent header. Default: tap-mailjet and its version.",
    ),
    th.Property(
        "campaign_ids",
        _ID_LIST,
        title="Campaign IDs",
        description=(
            "Read only data of these campaigns. Default (also for an empty list): all campaigns."
        ),
    ),
    th.Property(
        "contact_list_ids",
        _ID_LIST,
        title="Contact list IDs",
        description=(
            "Read only data of these contact lists. Default (also for an empty list): all lists."
        ),
    ),
    th.Property(
        "sender_ids",
        _ID_LIST,
        title="Sender IDs",
        description=(
            "Read only data of these senders. Default (also for an empty list): all senders."
        ),
    ),
    th.Property(
        "message_events_for",
        th.ArrayType(th.StringType(allowed_values=list(MESSAGE_STATUSES))),
        title="Message events for",
        description=(
            "Read message_events only for messages with one of these statuses, such as spam and "
            "unsub. Default (also for an empty list): all messages."
        ),
    ),
    th.Property(
        "include_deleted_campaigns",
        th.BooleanType,
        default=True,
        title="Include deleted campaigns",
        description="Include deleted campaigns and their events.",
    ),
    th.Property(
        "include_deleted_lists",
        th.BooleanType,
        default=True,
        title="Include deleted lists",
        description="Include deleted contact lists.",
    ),
    th.Property(
        "include_newsletter_tool",
        th.BooleanType,
        default=True,
        title="Include the newsletter tool",
        description="Include campaigns made with Mailjet's newsletter tool, and their events.",
    ),
    th.Property(
        "include_archived",
        th.BooleanType,
        default=True,
        title="Include archived campaigns",
        description=(
            "Include archived campaigns, drafts and newsletters in campaign_overview, "
            "campaign_drafts and newsletters."
        ),
    ),
    th.Property(
        "include_drafts",
        th.BooleanType,
        default=True,
        title="Include drafts",
        description="Include drafts in campaign_overview.",
    ),
    th.Property(
        "include_ab_tests",
        th.BooleanType,
        default=True,
        title="Include A/B tests",
        description="Include A/B tests in campaign_overview.",
    ),
    th.Property(
        "starred_only",
        th.BooleanType,
        default=False,
        title="Starred only",
        description="Read only starred campaigns and their events.",
    ),
    th.Property(
        "segment_status",
        th.StringType,
        default="all",
        allowed_values=list(SEGMENT_STATUSES),
        title="Segment status",
        description="Read only segments with this status.",
    ),
    th.Property(
        "counter_source",
        th.StringType,
        default="APIKey",
        allowed_values=list(COUNTER_SOURCES),
        title="Counter source",
        description=(
            "Object that statcounters counts for: the API key, or each campaign, list or "
            "sender. The setting campaign_ids, contact_list_ids or sender_ids limits which "
            "ones."
        ),
    ),
    th.Property(
        "counter_timing",
        th.StringType,
        default="Event",
        allowed_values=list(COUNTER_TIMINGS),
        title="Counter timing",
        description=(
            "Count opens and clicks at the time of the message (Message) or of the event "
            "(Event). With Message, slices older than the lookback window may still change."
        ),
    ),
    th.Property(
        "counter_resolution",
        th.StringType,
        default="Day",
        allowed_values=list(COUNTER_RESOLUTIONS),
        title="Counter resolution",
        description=(
            "Length of a time slice. Highest is five minutes; Lifetime is one row for the whole "
            "history."
        ),
    ),
).to_dict()
# The SDK reads this setting, but the tap has to declare it.
CONFIG_JSONSCHEMA["properties"] |= EMIT_ACTIVATE_VERSION_CONFIG["properties"]
# An unknown setting is usually a misspelled one, which would be ignored without a warning.
CONFIG_JSONSCHEMA["additionalProperties"] = False
