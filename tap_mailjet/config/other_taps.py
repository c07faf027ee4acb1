"""The names that other connectors for Mailjet give to its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tap_mailjet.config.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

STREAMS: Final = {
    # airbytehq/airbyte, source-mailjet-mail
    "stats_api_lifetime_message": "statcounters",
    # singer-io/tap-mailjet
    "campaigns": "sent_campaigns",
    "click_statistics": "click_events",
    "contacts_list": "contact_lists",
    "list_recipient": "list_recipients",
    "top_link_clicked": "top_links_clicked",
    # The name of the resource in Mailjet's API, as in Somtom/tap-mailjet, in Airbyte's source, and
    # in earlier versions of singer-io/tap-mailjet
    "bouncestatistics": "bounce_events",
    "campaign": "sent_campaigns",
    "campaigndraft": "campaign_drafts",
    "campaignoverview": "campaign_overview",
    "campaignstatistics": "campaign_statistics",
    "clickstatistics": "click_events",
    "contact": "contacts",
    "contactdata": "contact_data",
    "contactfilter": "segmentation",
    "contactmetadata": "contact_metadata",
    "contactslist": "contact_lists",
    "contactstatistics": "contact_statistics",
    "geostatistics": "geo_statistics",
    "listrecipient": "list_recipients",
    "message": "messages",
    "messageinformation": "message_information",
    "openinformation": "open_events",
    "sender": "senders",
    "template": "templates",
    "toplinkclicked": "top_links_clicked",
}
"""The streams of other connectors, with the stream of this tap that reads the same data."""


def stream_hint(name: str, known: Iterable[str]) -> str:
    """Return a sentence with the stream that a name probably means, with a leading space."""
    if renamed := STREAMS.get(name.casefold()):
        return f" This tap's name for it is {renamed!r}."
    return did_you_mean(name, known)
