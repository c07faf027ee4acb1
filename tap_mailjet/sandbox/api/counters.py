"""The response to a query for statcounters, counted in SQL."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.sandbox.account.tables import API_KEY_ID, Kind
from tap_mailjet.sandbox.api import paging, wire
from tap_mailjet.sandbox.api.counter_query import NAMES, CounterQuery
from tap_mailjet.sandbox.api.message_status import (
    DELAY,
    FIRST,
    STATUS,
    UNSENT,
    bounce_status,
    happened,
)
from tap_mailjet.sandbox.api.paging import Paging
from tap_mailjet.sandbox.api.resource import Field, Type, in_order, names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.api.quirks import Quirks

    Slice = tuple[int, int | None]

NAME = "statcounters"
COUNTERS = in_order(
    "EventClickDelay EventClickedCount EventOpenDelay EventOpenedCount EventSpamCount "
    "EventUnsubscribedCount EventWorkflowExitedCount MessageBlockedCount MessageClickedCount "
    "MessageDeferredCount MessageHardBouncedCount MessageOpenedCount MessageQueuedCount "
    "MessageSentCount MessageSoftBouncedCount MessageSpamCount MessageUnsubscribedCount "
    "MessageWorkFlowExitedCount Total"
)
FIELDS = (
    Field("APIKeyID", Type.INTEGER, ""),
    *(Field(name, Type.INTEGER, "") for name in COUNTERS[:-1]),
    Field("SourceID", Type.INTEGER, ""),
    Field("Timeslice", Type.TIME, ""),
    Field("Total", Type.INTEGER, ""),
)
"""They are counted here and not read by expressions of their own."""
UNSUPPORTED = names("APIKeyID CampaignID CounterType IdentityID")
SORTABLE = ("ID",)
"""As the metadata has it, though a row has no ID: the order is the natural one."""


class _Fact(NamedTuple):
    """Things that are counted in one go: the counters, where from, when they happened."""

    counters: dict[str, str]
    tables: str
    at: str
    where: str


_SOURCES = {
    "APIKey": str(API_KEY_ID),
    "Campaign": "m.CampaignID",
    "List": "c.ListID",
    "Sender": "c.SenderID",
}
_MESSAGES = "message AS m JOIN campaign AS c ON c.ID = m.CampaignID"
_EVENTS = (
    "event AS e JOIN message AS m ON m.ID = e.MessageID JOIN campaign AS c ON c.ID = m.CampaignID"
)


def _messages(counter: str, at: str, where: str = "1") -> _Fact:
    """Return the counting of messages."""
    return _Fact({counter: "COUNT(*)"}, _MESSAGES, at, f"m.VisibleAt <= :clock AND {where}")


def _events(kind: Kind, **counters: str) -> _Fact:
    """Return the counting of events of a kind."""
    return _Fact(counters, _EVENTS, "e.At", f"e.Kind = {int(kind)} AND e.VisibleAt <= :clock")


def _bounced(*statuses: str) -> str:
    """Return the counting of messages whose bounce gave them one of these statuses."""
    listed = ", ".join(f"'{status}'" for status in statuses)
    return f"SUM({FIRST} AND {bounce_status('e')} IN ({listed}))"


# A message counts once as opened, at its first open.
_COUNT, _MESSAGE_COUNT = "COUNT(*)", f"SUM({FIRST})"
_FACTS = (
    _messages("Total", "m.ArrivedAt"),
    _messages("MessageQueuedCount", "m.ArrivedAt", f"{UNSENT} AND {STATUS} = 'queued'"),
    _messages("MessageDeferredCount", "m.DeferredAt", f"{UNSENT} AND {STATUS} = 'deferred'"),
    _messages(
        "MessageSentCount", "m.SentAt", f"m.SentAt <= :clock AND NOT {happened(Kind.BOUNCE)}"
    ),
    _events(
        Kind.OPEN,
        EventOpenedCount=_COUNT,
        MessageOpenedCount=_MESSAGE_COUNT,
        EventOpenDelay=f"SUM({DELAY})",
    ),
    _events(
        Kind.CLICK,
        EventClickedCount=_COUNT,
        MessageClickedCount=_MESSAGE_COUNT,
        EventClickDelay=f"SUM({DELAY})",
    ),
    _events(
        Kind.BOUNCE,
        MessageBlockedCount=_bounced("blocked"),
        MessageSoftBouncedCount=_bounced("softbounced"),
        MessageHardBouncedCount=_bounced("hardbounced", "bounce"),
    ),
    _events(Kind.UNSUB, EventUnsubscribedCount=_COUNT, MessageUnsubscribedCount=_MESSAGE_COUNT),
    _events(Kind.SPAM, EventSpamCount=_COUNT, MessageSpamCount=_MESSAGE_COUNT),
    _events(Kind.EXIT, EventWorkflowExitedCount=_COUNT, MessageWorkFlowExitedCount=_MESSAGE_COUNT),
)


def response(
    account: Account, given: Mapping[str, str], quirks: Quirks, now: int
) -> dict[str, object]:
    """Return the body of a page of counters; the slices in which nothing happened are left out."""
    paging.check_supported(NAME, UNSUPPORTED, given)
    paging.check_known(given, NAMES | paging.NAMES, quirks)
    page = Paging.of(given, SORTABLE, quirks)
    query = CounterQuery.of(given, now)
    counted = _count(account, query, now)

    def count() -> int:
        return len(counted)

    if page.count_only:
        # Every source and slice is selected by a filter: there is no larger number to count.
        return paging.count_envelope(paging.counted(quirks.count_only, count, count), quirks)
    order = sorted(counted, key=lambda key: (key[0], key[1] or 0))
    chosen = order[page.offset : page.offset + page.limit]
    raw = [_raw(key, counted[key]) for key in chosen]
    total = page.total(len(raw), count, count, quirks)
    return paging.envelope(wire.rows(FIELDS, raw, quirks), total, quirks)


def _raw(key: Slice, counts: Mapping[str, int]) -> tuple[int | None, ...]:
    """Return the values of a row in the order of its fields."""
    values = [counts.get(name, 0) for name in COUNTERS]
    return (API_KEY_ID, *values[:-1], *key, values[-1])


def _count(account: Account, query: CounterQuery, now: int) -> dict[Slice, dict[str, int]]:
    """Return the counts by source and start of slice."""
    counted: dict[Slice, dict[str, int]] = defaultdict(dict)
    for fact in _FACTS:
        for source, start, *sums in account.read(_statement(fact, query), {"clock": now}):
            counted[source, start] |= dict(zip(fact.counters, sums, strict=True))
    return {key: counts for key, counts in counted.items() if any(counts.values())}


def _statement(fact: _Fact, query: CounterQuery) -> str:
    """Return the statement that counts by source and slice."""
    at = "m.ArrivedAt" if query.timing == "Message" else fact.at
    source, start, within = _SOURCES[query.source], "NULL", "1"
    if query.step is not None and query.after is not None and query.up_to is not None:
        start = f"{at} - {at} % {query.step}"
        first = (query.after // query.step + 1) * query.step
        last = query.up_to // query.step * query.step
        within = f"{at} >= {first} AND {at} < {last + query.step}"
    if query.source_ids is not None:
        within += f" AND {source} IN ({', '.join(map(str, query.source_ids))})"
    sums = ", ".join(fact.counters.values())
    return (
        f"SELECT {source}, {start}, {sums} FROM {fact.tables} "  # noqa: S608 - our own text and integers
        f"WHERE {fact.where} AND {within} GROUP BY 1, 2"
    )
