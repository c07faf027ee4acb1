"""Statistics of the whole account: by country, link, user agent, domain, sender and list."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.reading.queries import LIST_FILTERS, TOTAL_FILTERS, Filters
from tap_mailjet.records.derived_fields import api_key, timestamps
from tap_mailjet.singer.child_stream import ChildStream
from tap_mailjet.singer.full_table_stream import FullTableStream
from tap_mailjet.streams.campaigns import SentCampaigns


class GeoStatistics(FullTableStream):
    """Opens and clicks by country.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "geo_statistics"
    resource = "geostatistics"
    primary_keys = ("Country",)
    filters = TOTAL_FILTERS


class TopLinksClicked(FullTableStream):
    """The most clicked links.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "top_links_clicked"
    resource = "toplinkclicked"
    primary_keys = ("LinkId", "Url")
    filters = TOTAL_FILTERS


class LinkClicks(ChildStream):
    """Clicks by link, with one request per campaign.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "link_clicks"
    resource = "statistics/link-click"
    parent_stream_type = SentCampaigns
    params: ClassVar = {"CampaignId": "{ID}"}
    parent_fields: ClassVar = {"CampaignID": "ID"}
    # The response for a deleted campaign, or a campaign without clicks, is not documented.
    allow_missing = True
    primary_keys = ("CampaignID", "PositionIndex", "URL")


class EspStatistics(ChildStream):
    """Message and event counts by mailbox provider, with one request per campaign.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "esp_statistics"
    resource = "statistics/recipient-esp"
    parent_stream_type = SentCampaigns
    params: ClassVar = {"CampaignId": "{ID}"}
    parent_fields: ClassVar = {"CampaignID": "ID"}
    # The response for a deleted campaign is not documented.
    allow_missing = True
    primary_keys = ("CampaignID", "ESPName")


class UserAgentStatistics(FullTableStream):
    """Opens and clicks by program and platform.

    A response counts either opens or clicks.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "user_agent_statistics"
    resource = "useragentstatistics"
    primary_keys = ("Event", "Platform", "UserAgent")
    variants: ClassVar = ({"Event": "open"}, {"Event": "click"})
    filters = TOTAL_FILTERS


class UserAgents(FullTableStream):
    """Browsers and mail clients that opens and clicks come from.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "user_agents"
    resource = "useragent"


class DomainStatistics(FullTableStream):
    """Message and event counts by domain of the recipient.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "domain_statistics"
    resource = "domainstatistics"
    primary_keys = ("Domain",)
    filters = TOTAL_FILTERS


class SenderStatistics(FullTableStream):
    """Message and event counts of each sender.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "sender_statistics"
    resource = "senderstatistics"
    primary_keys = ("SenderID",)
    filters = Filters(sender_ids="SenderID")


class ListStatistics(FullTableStream):
    """Message and event counts of each contact list.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "list_statistics"
    resource = "liststatistics"
    # Without these parameters, Mailjet omits four of the counts.
    params: ClassVar = {
        "CalcActive": "true",
        "CalcActiveUnsub": "true",
        "CalcActiveExcludedSubscriber": "true",
        "CalcExcludedSubscriber": "true",
    }
    filters = LIST_FILTERS


class ApiKeyTotals(FullTableStream):
    """Message and event counts of the whole account: one row.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "api_key_totals"
    resource = "apikeytotals"
    primary_keys = ("Source",)
    derived_fields: ClassVar = {"Source": api_key, **timestamps("LastActivity")}


STREAMS = (
    ApiKeyTotals,
    DomainStatistics,
    EspStatistics,
    GeoStatistics,
    LinkClicks,
    ListStatistics,
    SenderStatistics,
    TopLinksClicked,
    UserAgentStatistics,
    UserAgents,
)
