"""Campaigns that were sent."""

from __future__ import annotations

from tap_mailjet.queries import CAMPAIGN_FILTERS
from tap_mailjet.streams.windowed import WindowedStream
from tap_mailjet.windows import FilterPair


class SentCampaigns(WindowedStream):
    """Sendings, marketing and transactional; every message belongs to one.

    https://dev.mailjet.com/email/reference/campaigns/sent-campaigns/
    """

    name = "sent_campaigns"
    resource = "campaign"
    # The filters read SendStartAt; CreatedAt may be days earlier.
    replication_key = "SendStartAt"
    pair = FilterPair("FromTS", "ToTS")
    filters = CAMPAIGN_FILTERS
