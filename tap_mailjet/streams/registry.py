"""All streams, grouped by families of Mailjet's API reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.streams import (
    account,
    campaigns,
    contacts,
    events,
    messages,
    senders,
    statcounters,
    statistics,
    templates,
)

if TYPE_CHECKING:
    from tap_mailjet.singer.base_stream import MailjetStream

FAMILIES: dict[str, tuple[type[MailjetStream], ...]] = {
    "Events": events.STREAMS,
    "Messages": messages.STREAMS,
    "Campaigns": campaigns.STREAMS,
    "Contacts": contacts.STREAMS,
    "Statistics": (*statcounters.STREAMS, *statistics.STREAMS),
    "Templates": templates.STREAMS,
    "Senders and domains": senders.STREAMS,
    "Account": account.STREAMS,
}
STREAMS = tuple(stream for family in FAMILIES.values() for stream in family)
