"""The messages themselves."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.queries import Filters
from tap_mailjet.streams.windowed import WindowedStream
from tap_mailjet.windows import FilterPair


class Messages(WindowedStream):
    """Every message that Mailjet processed, with its latest status.

    https://dev.mailjet.com/email/reference/messages/
    """

    name = "messages"
    resource = "message"
    replication_key = "ArrivedAt"
    pair = FilterPair("FromTS", "ToTS")
    params: ClassVar = {"ShowSubject": "true", "ShowContactAlt": "true", "ShowCustomID": "true"}
    filters = Filters(campaign_ids="CampaignID", sender_ids="SenderID")
