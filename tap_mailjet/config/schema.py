"""The settings as people and machines are told of them: a JSON schema."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th
from singer_sdk.helpers.capabilities import EMIT_ACTIVATE_VERSION_CONFIG

from tap_mailjet.api.page import MAX_PAGE_SIZE

FEWEST_ROWS_A_PAGE = 2
"""Pages overlap by one row: with pages of one row a read would not get on, or miss a moved row."""

SEGMENT_STATUSES = ("all", "used", "unused", "deleted")
COUNTER_SOURCES = ("APIKey", "Campaign", "List", "Sender")
COUNTER_TIMINGS = ("Message", "Event")
COUNTER_RESOLUTIONS = ("Highest", "Hour", "Day", "Lifetime")

_ID_LIST = th.ArrayType(th.IntegerType(minimum=1))

CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType(min_length=1),
        required=True,
        secret=True,
        title="API key",
        description="The public half of the key pair; one pair is one (sub-)account.",
    ),
    th.Property(
        "api_secret",
        th.StringType(min_length=1),
        required=True,
        secret=True,
        title="API secret",
        description="The secret half of the key pair.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description=(
            "Read nothing that happened before this date or timestamp (UTC unless it says "
            "otherwise). Without it: all there is, back to 2010."
        ),
    ),
    th.Property(
        "end_date",
        th.DateTimeType,
        title="End date",
        description=(
            "Read nothing that happened at or after this date or timestamp. Without it: up to "
            "the moment the sync starts."
        ),
    ),
    th.Property(
        "api_url",
        th.StringType,
        default="https://api.mailjet.com",
        title="API URL",
        description=(
            "Accounts on other infrastructure use https://api.us.mailjet.com or "
            "https://api.eu.mailjet.com. Plain http is taken towards this machine only."
        ),
    ),
    th.Property(
        "lookback_window",
        th.IntegerType(minimum=0),
        default=24,
        title="Lookback window",
        description=(
            "Hours before its bookmark from which an incremental stream reads again, for rows "
            "that Mailjet shows late and messages whose status changes."
        ),
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=FEWEST_ROWS_A_PAGE, maximum=MAX_PAGE_SIZE),
        default=MAX_PAGE_SIZE,
        title="Page size",
        description=(
            "Rows in one response, 2 to 1000. Mailjet returns at most 1000, and pages overlap by "
            "one row, so that a row that moves meanwhile is noticed."
        ),
    ),
    th.Property(
        "max_concurrency",
        th.IntegerType(minimum=1, maximum=32),
        default=4,
        title="Maximum concurrency",
        description="Requests under way at the same time.",
    ),
    th.Property(
        "request_timeout",
        th.IntegerType(minimum=1),
        default=120,
        title="Request timeout",
        description=(
            "Seconds to wait for a connection, and for each part of a response. A whole response "
            "has to be complete within twice this time. The very first response of a sync has to "
            "begin within 15 seconds in any case."
        ),
    ),
    th.Property(
        "user_agent",
        th.StringType(min_length=1),
        title="User agent",
        description="Sent with every request. Without it: tap-mailjet and its version.",
    ),
    th.Property(
        "campaign_ids",
        _ID_LIST,
        title="Campaign IDs",
        description="Only what belongs to these campaigns. Empty or absent: all campaigns.",
    ),
    th.Property(
        "contact_list_ids",
        _ID_LIST,
        title="Contact list IDs",
        description="Only what belongs to these contact lists. Empty or absent: all lists.",
    ),
    th.Property(
        "sender_ids",
        _ID_LIST,
        title="Sender IDs",
        description="Only what was sent by these senders. Empty or absent: all senders.",
    ),
    th.Property(
        "include_deleted_campaigns",
        th.BooleanType,
        default=True,
        title="Include deleted campaigns",
        description="Read deleted campaigns and their events as well as the others.",
    ),
    th.Property(
        "include_deleted_lists",
        th.BooleanType,
        default=True,
        title="Include deleted lists",
        description="Read deleted contact lists as well as the others.",
    ),
    th.Property(
        "include_newsletter_tool",
        th.BooleanType,
        default=True,
        title="Include the newsletter tool",
        description=(
            "Read campaigns that were made with Mailjet's newsletter tool, and their events."
        ),
    ),
    th.Property(
        "include_archived",
        th.BooleanType,
        default=True,
        title="Include archived campaigns",
        description=(
            "Read archived campaigns, drafts and newsletters in campaign_overview, "
            "campaign_drafts and newsletters as well as the others."
        ),
    ),
    th.Property(
        "include_drafts",
        th.BooleanType,
        default=True,
        title="Include drafts",
        description="Read drafts in campaign_overview as well as the others.",
    ),
    th.Property(
        "include_ab_tests",
        th.BooleanType,
        default=True,
        title="Include A/B tests",
        description="Read A/B tests in campaign_overview as well as the others.",
    ),
    th.Property(
        "starred_only",
        th.BooleanType,
        default=False,
        title="Starred only",
        description="Read starred campaigns and their events only.",
    ),
    th.Property(
        "segment_status",
        th.StringType,
        default="all",
        allowed_values=list(SEGMENT_STATUSES),
        title="Segment status",
        description="Read segments of this status only.",
    ),
    th.Property(
        "counter_source",
        th.StringType,
        default="APIKey",
        allowed_values=list(COUNTER_SOURCES),
        title="Counter source",
        description=(
            "What statcounters counts for: the whole key, or each campaign, list or sender "
            "(those of campaign_ids, contact_list_ids or sender_ids, else all of the account)."
        ),
    ),
    th.Property(
        "counter_timing",
        th.StringType,
        default="Event",
        allowed_values=list(COUNTER_TIMINGS),
        title="Counter timing",
        description=(
            "Count an open or click when the message was sent (Message) or when it happened "
            "(Event). Of Message, slices older than the lookback window may still change."
        ),
    ),
    th.Property(
        "counter_resolution",
        th.StringType,
        default="Day",
        allowed_values=list(COUNTER_RESOLUTIONS),
        title="Counter resolution",
        description="Length of a slice: Highest is five minutes, Lifetime is one row in all.",
    ),
).to_dict()
# The SDK obeys this setting, but leaves it to the tap to declare it.
CONFIG_JSONSCHEMA["properties"] |= EMIT_ACTIVATE_VERSION_CONFIG["properties"]
# A setting that nobody knows is a misspelt one; it would otherwise do nothing, in silence.
CONFIG_JSONSCHEMA["additionalProperties"] = False
