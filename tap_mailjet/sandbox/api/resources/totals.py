"""The resources that count over all of an account, or over the campaigns that filters select."""

from __future__ import annotations

from tap_mailjet.sandbox.account.sample_text import AGENTS, COUNTRIES, DOMAINS
from tap_mailjet.sandbox.api.campaign_filters import OF_CAMPAIGN, deleted_campaigns_hidden
from tap_mailjet.sandbox.api.drawn_resource import Drawn
from tap_mailjet.sandbox.api.parameters import choice, integer
from tap_mailjet.sandbox.api.resource import Filter

_FILTERS = {**OF_CAMPAIGN, "CampaignID": Filter(integer, "c.ID = :CampaignID")}
_HIDDEN = (deleted_campaigns_hidden("c"),)

RESOURCES = (
    Drawn("apikeytotals", "api_key_totals", rows=1, without="Source").table(),
    Drawn(
        "messagestatistics",
        "message_statistics",
        rows=1,
        without="Source",
        shown={
            "TotalClicksCount": "ProcessTotalClicksCount",
            "TotalOpensCount": "ProcessTotalOpensCount",
        },
        filters=_FILTERS,
        hidden=_HIDDEN,
        unsupported="ContactEmail ContactID ContactListID MessageStatus",
        is_current_day=True,
    ).total(),
    Drawn(
        "domainstatistics",
        "domain_statistics",
        rows=len(DOMAINS),
        first_id=401,
        choices={"Domain": DOMAINS},
        filters=_FILTERS,
        hidden=_HIDDEN,
        unsupported="MessageStatus",
    ).total(),
    Drawn(
        "geostatistics",
        "geo_statistics",
        rows=len(COUNTRIES),
        choices={"Country": COUNTRIES},
        filters=_FILTERS,
        hidden=_HIDDEN,
        unsupported="MessageStatus",
        ascending="",
        is_current_day=True,
    ).total(),
    Drawn(
        "toplinkclicked",
        "top_links_clicked",
        choices={"Url": ("https://www.example.com/l'été-{n}",)},
        sql={"LinkId": "1 + d.N"},
        filters=_FILTERS,
        hidden=_HIDDEN,
        unsupported="ActualClicks Contact Message",
        is_current_day=True,
    ).total(),
    Drawn(
        "useragentstatistics",
        "user_agent_statistics",
        # The numbers of choices have no common divisor, so that each combination occurs once.
        rows=len(AGENTS) * 3 * 2,
        choices={
            "Event": ("open", "click"),
            "Platform": ("Desktop", "Mobile", "Webmail"),
            "UserAgent": tuple(name for name, _ in AGENTS),
        },
        implied="Event",
        filters={
            **_FILTERS,
            "Event": Filter(choice("open", "click"), "[Event] = :Event", on_rows=True),
        },
        hidden=_HIDDEN,
        unsupported="ExcludePlatform Platform",
        ascending="",
        is_current_day=True,
    ).total(),
)
