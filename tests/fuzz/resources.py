"""What the fuzzer knows of Mailjet's resources: Mailjet's own metadata, nothing of the tap's."""

from __future__ import annotations

import functools
import json
import pathlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

METADATA = pathlib.Path(__file__).parents[1] / "reference" / "mailjet-metadata.json"

EVERYWHERE = frozenset({"Limit", "Offset", "Sort", "countOnly", "countRecords"})
"""Parameters that every resource knows."""

DOCUMENTED: dict[str, Iterable[str]] = {
    # https://dev.mailjet.com/email/reference/statistics/: the metadata is older than these.
    "statcounters": {"SourceID"},
    "statistics/link-click": {"CampaignId"},
    # https://dev.mailjet.com/email/reference/contacts/: anonymised contacts are newer, too.
    **dict.fromkeys(
        (
            "contact",
            "contactdata",
            "contacthistorydata",
            "contactstatistics",
            "listrecipient",
            "listrecipientstatistics",
        ),
        frozenset({"IncludeAnonymized"}),
    ),
}


@dataclass(frozen=True)
class Resource:
    """One resource: what it lists, what identifies a row, and which filters it obeys.

    Attributes:
        stream: the stream that reads it.
        path: below /v3/REST/, with the parent's ID in braces.
        key: the fields that identify a record.
        clock: the field that the bounds read; None if it is always read whole.
        bounds: the parameters that select by the clock.
        dated: whether FromTS and ToTS select by the campaign's SendStartAt, or by the own clock if
            the bounds are these two. Without them only the current day may be listed.
        campaign: the parameter that selects by campaign.
        flags: the parameters that select by a flag, each true or false.
        parent: the stream whose rows it is read for.
        essential: whether every account has it.
        whole: whether a bookmark never applies.
    """

    stream: str
    path: str
    key: tuple[str, ...] = ("ID",)
    clock: str | None = None
    bounds: tuple[str, str] | None = None
    dated: bool = False
    campaign: str | None = None
    flags: tuple[str, ...] = ()
    parent: str | None = None
    essential: bool = False

    @property
    def root(self) -> str:
        """The path without the parent's ID, by which the metadata lists it."""
        return self.path.partition("/{")[0]

    @functools.cached_property
    def known(self) -> frozenset[str]:
        """The parameters that it knows."""
        said = metadata().get(self.root, {}).get("filters", {})
        return EVERYWHERE | frozenset(said) | frozenset(DOCUMENTED.get(self.root, ()))

    @functools.cached_property
    def is_sortable(self) -> bool:
        """Whether the metadata lists ID among what it can be sorted by."""
        return "ID" in metadata().get(self.root, {}).get("sort", {})


@functools.cache
def metadata() -> dict[str, dict[str, dict[str, str]]]:
    """Return what Mailjet said of each resource."""
    resources: dict[str, dict[str, dict[str, str]]] = json.loads(METADATA.read_text())["resources"]
    return resources


SENT = ("FromTS", "ToTS")
EVENT = ("EventFromTs", "EventToTs")
ACTIVITY = ("MinLastActivityAt", "MaxLastActivityAt")
OF_CAMPAIGN = ("IsDeleted", "IsNewsletterTool", "IsStarred")

_ALL = (
    Resource(
        "messages",
        "message",
        ("ID",),
        "ArrivedAt",
        SENT,
        dated=True,
        campaign="CampaignID",
        essential=True,
    ),
    Resource(
        "sent_campaigns",
        "campaign",
        ("ID",),
        "SendStartAt",
        SENT,
        dated=True,
        campaign="CampaignID",
        flags=OF_CAMPAIGN,
        essential=True,
    ),
    Resource(
        "open_events",
        "openinformation",
        ("MessageID", "ContactID", "OpenedAt", "UserAgentFull"),
        "OpenedAt",
        EVENT,
        dated=True,
        campaign="CampaignID",
        flags=OF_CAMPAIGN,
        essential=True,
    ),
    Resource(
        "click_events",
        "clickstatistics",
        ("MessageID", "ContactID", "ClickedAt", "Url", "UserAgentID"),
        "ClickedAt",
        EVENT,
        dated=True,
        campaign="CampaignID",
        flags=OF_CAMPAIGN,
        essential=True,
    ),
    Resource(
        "bounce_events",
        "bouncestatistics",
        ("ID", "CampaignID", "ContactID", "BouncedAt"),
        "BouncedAt",
        EVENT,
        dated=True,
        campaign="CampaignID",
        flags=OF_CAMPAIGN,
        essential=True,
    ),
    Resource(
        "contact_history_data",
        "contacthistorydata",
        ("ID",),
        "CreatedAt",
        ("MinCreatedAt", "MaxCreatedAt"),
    ),
    Resource("contact_statistics", "contactstatistics", ("ContactID",), "LastActivityAt", ACTIVITY),
    Resource(
        "list_recipient_statistics",
        "listrecipientstatistics",
        ("ListRecipientID",),
        "LastActivityAt",
        ACTIVITY,
    ),
    Resource(
        "statcounters",
        "statcounters",
        ("CounterSource", "CounterTiming", "CounterResolution", "SourceID", "Timeslice"),
        "Timeslice",
        SENT,
        essential=True,
    ),
    Resource(
        "message_information",
        "messageinformation",
        dated=True,
        campaign="CampaignID",
        flags=OF_CAMPAIGN,
    ),
    Resource(
        "message_sent_statistics",
        "messagesentstatistics",
        ("MessageID",),
        dated=True,
        campaign="CampaignID",
        flags=OF_CAMPAIGN,
    ),
    Resource("geo_statistics", "geostatistics", ("Country",), dated=True, flags=OF_CAMPAIGN),
    Resource("message_statistics", "messagestatistics", ("Source",), dated=True, flags=OF_CAMPAIGN),
    Resource("contacts", "contact", essential=True),
    Resource("contact_lists", "contactslist", flags=("IsDeleted",), essential=True),
    Resource("segmentation", "contactfilter", essential=True),
    Resource("senders", "sender"),
    Resource("templates", "template"),
    Resource("list_recipients", "listrecipient"),
    Resource("contact_metadata", "contactmetadata"),
    Resource("campaign_drafts", "campaigndraft", flags=("IsDeleted", "IsArchived")),
    Resource(
        "message_events",
        "messagehistory/{ID}",
        ("MessageID", "EventType", "EventAt"),
        parent="messages",
    ),
    Resource(
        "template_contents", "template/{ID}/detailcontent", ("TemplateID",), parent="templates"
    ),
    Resource(
        "contact_list_memberships",
        "contact/{ID}/getcontactslists",
        ("ContactID", "ListID"),
        parent="contacts",
    ),
    Resource(
        "link_clicks",
        "statistics/link-click",
        ("CampaignID", "PositionIndex", "URL"),
        parent="sent_campaigns",
    ),
)
RESOURCES = {resource.stream: resource for resource in _ALL}
CHILDREN = [resource.stream for resource in _ALL if resource.parent]
TOTALS = ("geo_statistics", "message_statistics")
"""Sums that Mailjet makes of messages: no rows of their own."""
OF_MESSAGES = ("message_information", "message_sent_statistics")
"""Reports with a row for each message."""
CAMPAIGN_SCOPED = [resource.stream for resource in _ALL if resource.campaign]
