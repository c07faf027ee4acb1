"""The resources that count over the whole account, or over the campaigns that filters choose."""

from __future__ import annotations

from tap_mailjet.sandbox.account import sample_text
from tap_mailjet.sandbox.account.dimensions import (
    COUNTRIES,
    PLATFORMS,
    PROVIDERS,
    country_of,
    platform_of,
    provider_of,
    word,
)
from tap_mailjet.sandbox.account.tables import API_KEY_ID, Kind
from tap_mailjet.sandbox.api.event_resources import DELAY
from tap_mailjet.sandbox.api.resource import Resource, integers, numbers, texts
from tap_mailjet.sandbox.api.tally import CHOSEN, AggregationScope, counts, tally

_OPEN, _CLICK = int(Kind.OPEN), int(Kind.CLICK)
_IN_CHOSEN = "{of}.CampaignID IN chosen"
_READ = f"e.Kind IN ({_OPEN}, {_CLICK}) AND e.VisibleAt <= :clock"
_FIRST_DOMAIN = 401
_DOMAIN = (
    "CASE substr(k.Email, instr(k.Email, '@') + 1) "
    + " ".join(
        f"WHEN '{name}' THEN {n}" for n, name in enumerate(sample_text.DOMAINS, _FIRST_DOMAIN)
    )
    + " END"
)
_COUNTED = (
    "BlockedCount BouncedCount ClickedCount DeferredCount DeliveredCount HardBouncedCount "
    "OpenedCount ProcessedCount QueuedCount SoftBouncedCount UnsubscribedCount"
)
_BOTH = "CROSS JOIN sent CROSS JOIN met"


def _delays(kind: int, name: str) -> str:
    """Return the columns that count the events of a kind, and how late they came."""
    return (
        f"SUM(e.Kind = {kind}) AS {name}s, "
        f"AVG(CASE WHEN e.Kind = {kind} THEN {DELAY} END) AS {name}Delay"
    )


_READING = (
    f"reading AS (SELECT {_delays(_OPEN, 'Open')}, {_delays(_CLICK, 'Click')} "  # noqa: S608 - our own text
    "FROM event AS e JOIN message AS m ON m.ID = e.MessageID "
    f"WHERE {_READ} AND e.CampaignID IN chosen)"
)
_SENDING = (
    "sending AS (SELECT COUNT(*) AS Campaigns, SUM(c.CampaignType = 1) AS Transactional "
    "FROM campaign AS c WHERE c.VisibleAt <= :clock AND c.ID IN chosen)"
)

MESSAGE_STATISTICS = Resource(
    name="messagestatistics",
    table="apikey AS a",
    key="a.ID",
    visible=f"a.ID = {API_KEY_ID}",
    order=("a.ID",),
    grouped=", ".join(
        (
            CHOSEN,
            tally(AggregationScope("message AS m", "event AS e", key="", where=_IN_CHOSEN)),
            _READING,
            _SENDING,
        )
    ),
    joins=f"{_BOTH} CROSS JOIN reading CROSS JOIN sending",
    fields=(
        *counts(f"{_COUNTED} SpamComplaintCount"),
        *numbers(
            AverageClickDelay="reading.ClickDelay",
            AverageClickedCount="1.0 * reading.Clicks / NULLIF(sent.Processed, 0)",
            AverageOpenDelay="reading.OpenDelay",
            AverageOpenedCount="1.0 * reading.Opens / NULLIF(sent.Processed, 0)",
        ),
        *integers(
            CampaignCount="sending.Campaigns",
            TotalClicksCount="CASE WHEN :ProcessTotalClicksCount THEN reading.Clicks END",
            TotalOpensCount="CASE WHEN :ProcessTotalOpensCount THEN reading.Opens END",
            TransactionalCount="sending.Transactional",
        ),
    ),
    sortable={"ID": "a.ID"},
    shown=("ProcessTotalClicksCount", "ProcessTotalOpensCount"),
)

API_KEY_TOTALS = Resource(
    name="apikeytotals",
    table="apikey AS a",
    key="a.ID",
    visible=f"a.ID = {API_KEY_ID}",
    order=("a.ID",),
    grouped=tally(AggregationScope("message AS m", "event AS e", key="")),
    joins=_BOTH,
    fields=(
        # One of them is written as Mailjet writes it here and nowhere else.
        *counts(f"{_COUNTED} PreQueuedCount SpamcomplaintCount WorkFlowExitedCount"),
        *integers(LastActivity="MAX(sent.ArrivedAt, IFNULL(met.At, 0))"),
    ),
    sortable={"ID": "a.ID"},
)

DOMAIN_STATISTICS = Resource(
    name="domainstatistics",
    table="sent",
    key="sent.key",
    visible="1",
    order=("sent.key",),
    grouped=f"{CHOSEN}, "
    + tally(
        AggregationScope(
            "message AS m JOIN contact AS k ON k.ID = m.ContactID",
            "event AS e JOIN contact AS k ON k.ID = e.ContactID",
            key=_DOMAIN,
            where=_IN_CHOSEN,
        )
    ),
    joins="LEFT JOIN met ON met.key = sent.key",
    fields=(
        *counts(
            "BlockedCount BouncedCount ClickedCount DeliveredCount OpenedCount ProcessedCount "
            "QueuedCount SpamComplaintCount UnsubscribedCount"
        ),
        *texts(Domain=word("sent.key", sample_text.DOMAINS, _FIRST_DOMAIN)),
        *integers(ID="sent.key"),
    ),
    sortable={"ID": "sent.key"},
)

GEO_STATISTICS = Resource(
    name="geostatistics",
    table="places",
    key="places.key",
    visible="1",
    order=("places.key",),
    grouped=(
        f"{CHOSEN}, places AS (SELECT {country_of('e.ContactID')} AS key, "  # noqa: S608 - our own text
        f"SUM(e.Kind = {_OPEN}) AS Opens, SUM(e.Kind = {_CLICK}) AS Clicks "
        f"FROM event AS e WHERE {_READ} AND e.CampaignID IN chosen GROUP BY 1)"
    ),
    fields=(
        *integers(ClickedCount="places.Clicks"),
        *texts(Country=word("places.key", COUNTRIES)),
        *integers(OpenedCount="places.Opens"),
    ),
)

TOP_LINKS = Resource(
    name="toplinkclicked",
    table="links",
    key="links.key",
    visible="1",
    order=("links.key",),
    grouped=(
        f"{CHOSEN}, links AS (SELECT number_of(e.Url) AS key, e.Url AS Url, COUNT(*) AS Clicks "  # noqa: S608 - our own text
        f"FROM event AS e WHERE e.Kind = {_CLICK} AND e.VisibleAt <= :clock "
        "AND e.CampaignID IN chosen GROUP BY e.Url)"
    ),
    fields=(
        *integers(ClickedCount="links.Clicks", ID="links.key", LinkId="links.key"),
        *texts(Url="links.Url"),
    ),
    sortable={"ID": "links.key"},
)

USER_AGENT_EVENT = "CASE agents.key % 2 WHEN 0 THEN 'open' ELSE 'click' END"

USER_AGENT_STATISTICS = Resource(
    name="useragentstatistics",
    table="agents",
    key="agents.key",
    visible="1",
    order=("agents.key",),
    grouped=(
        f"{CHOSEN}, agents AS (SELECT (e.UserAgentID * {len(PLATFORMS)} "  # noqa: S608 - our own text
        f"+ {platform_of('e.ContactID')}) * 2 + (e.Kind = {_CLICK}) AS key, COUNT(*) AS Events, "
        "COUNT(DISTINCT e.ContactID) AS Contacts "
        f"FROM event AS e WHERE {_READ} AND e.CampaignID IN chosen GROUP BY 1)"
    ),
    joins=f"JOIN useragent AS u ON u.ID = agents.key / {2 * len(PLATFORMS)}",
    fields=(
        *integers(Count="agents.Events", DistinctCount="agents.Contacts"),
        *texts(
            Platform=word(f"agents.key / 2 % {len(PLATFORMS)}", PLATFORMS, 0), UserAgent="u.Name"
        ),
    ),
    implied=texts(Event=USER_AGENT_EVENT),
)

_OF_PARENT = "{of}.CampaignID = :parent"

LINK_CLICKS = Resource(
    name="statistics/link-click",
    table="links",
    key="links.key",
    visible="1",
    order=("links.key",),
    grouped=(
        "links AS (SELECT number_of(e.Url) AS key, e.Url AS Url, COUNT(*) AS Clicks, "  # noqa: S608 - our own text
        f"COUNT(DISTINCT e.MessageID) AS Messages FROM event AS e WHERE e.Kind = {_CLICK} "
        "AND e.CampaignID = :parent AND e.VisibleAt <= :clock GROUP BY e.Url)"
    ),
    fields=(
        *integers(
            ClickedEventsCount="links.Clicks",
            ClickedMessagesCount="links.Messages",
            PositionIndex="links.key % 23",
        ),
        *texts(URL="links.Url"),
    ),
)

_RATES = {
    "DeferredRate": "sent.Deferred",
    "HardBouncedRate": "met.Hard",
    "SoftBouncedRate": "met.Soft",
    "SpamReportsRate": "met.Spam",
    "UnsubscribedRate": "met.Unsubscribed",
}

PROVIDERS_OF_CAMPAIGN = Resource(
    name="statistics/recipient-esp",
    table="sent",
    key="sent.key",
    visible="1",
    order=("sent.key",),
    grouped=tally(
        AggregationScope(
            "message AS m",
            "event AS e INDEXED BY event_by_campaign",
            key=provider_of("{of}.ContactID"),
            where=_OF_PARENT,
        )
    ),
    joins="LEFT JOIN met ON met.key = sent.key",
    fields=(
        *texts(ESPName=word("sent.key", PROVIDERS)),
        *integers(
            AttemptedMessagesCount="sent.Processed",
            ClickedMessagesCount="met.Clicked",
            DeferredMessagesCount="sent.Deferred",
            DeliveredMessagesCount="sent.Sent - COALESCE(met.Returned, 0)",
            HardBouncedMessagesCount="met.Hard",
            OpenedMessagesCount="met.Opened",
            SoftBouncedMessagesCount="met.Soft",
            SpamReportsCount="met.Spam",
            UnsubscribedMessagesCount="met.Unsubscribed",
        ),
        *numbers(
            OpenRate="1.0 * met.Opened / sent.Processed",
            ClickThroughRate="1.0 * met.Clicked / NULLIF(met.Opened, 0)",
            **{name: f"1.0 * {count} / sent.Processed" for name, count in _RATES.items()},
        ),
    ),
)
