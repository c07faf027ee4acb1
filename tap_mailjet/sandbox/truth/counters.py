"""The rows of statcounters, counted one by one in Python: the API counts in SQL."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account.tables import API_KEY_ID, Kind
from tap_mailjet.sandbox.api import wire
from tap_mailjet.sandbox.api.counter_query import STEPS
from tap_mailjet.sandbox.api.counters import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.api.wire import Row

    Happening = tuple[int, int, int | None]
    """The kind of an event, its Unix second, and the state of a bounce."""
    Fact = tuple[str, int, int]
    """A counter, the Unix second at which it counts, and by how much."""

_NAMES = {
    Kind.OPEN: ("EventOpenedCount", "MessageOpenedCount", "EventOpenDelay"),
    Kind.CLICK: ("EventClickedCount", "MessageClickedCount", "EventClickDelay"),
    Kind.UNSUB: ("EventUnsubscribedCount", "MessageUnsubscribedCount", ""),
    Kind.SPAM: ("EventSpamCount", "MessageSpamCount", ""),
    Kind.EXIT: ("EventWorkflowExitedCount", "MessageWorkFlowExitedCount", ""),
}
_TEMPORARY = {3, 10, 12, 13}
_PREBLOCKED = 14
_MESSAGES = (
    "SELECT m.ID, m.ArrivedAt, m.SentAt, m.DeferredAt, m.CampaignID, c.ListID, c.SenderID "
    "FROM message AS m JOIN campaign AS c ON c.ID = m.CampaignID WHERE m.VisibleAt <= ?"
)
_EVENTS = "SELECT MessageID, Kind, At, StateID FROM event WHERE VisibleAt <= ? ORDER BY At, Seq"


def counters(
    account: Account, now: int, *, source: str, timing: str, resolution: str, source_id: int | None
) -> list[Row]:
    """Return all counters over all time, by source and slice, counted one by one."""
    step = STEPS.get(resolution)
    tally: dict[tuple[int, int | None], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    happened = _happened(account, now)
    place = ("Campaign", "List", "Sender").index(source) if source != "APIKey" else None
    for identifier, arrived, sent, deferred, *sources in account.read(_MESSAGES, (now,)):
        of = API_KEY_ID if place is None else sources[place]
        if of is None or source_id not in {None, of}:
            continue
        message = (arrived, sent, deferred)
        for name, at, amount in _facts(message, happened.get(identifier, []), now):
            counted_at = arrived if timing == "Message" else at
            start = None if step is None else counted_at // step * step
            tally[of, start][name] += amount
    order = sorted(tally, key=lambda key: (key[0], key[1] or 0))
    return [_row(*key, tally[key]) for key in order]


def _row(source: int, start: int | None, counts: dict[str, int]) -> Row:
    """Return a row of counters in its form on the wire."""
    return {
        "APIKeyID": API_KEY_ID,
        **{name: counts[name] for name in COUNTERS},
        "SourceID": source,
        "Timeslice": "" if start is None else wire.timestamp(start),
    }


def _happened(account: Account, now: int) -> dict[int, list[Happening]]:
    """Return the visible events by message, earliest first."""
    events: dict[int, list[Happening]] = defaultdict(list)
    for message, kind, at, state in account.read(_EVENTS, (now,)):
        events[message].append((kind, at, state))
    return events


def _facts(
    message: tuple[int, int | None, int | None], events: list[Happening], now: int
) -> Iterator[Fact]:
    """Yield all that counts for a message, given when it arrived, was sent and was deferred."""
    arrived, sent, deferred = message
    seen = set()
    yield "Total", arrived, 1
    for kind, at, state in events:
        first = kind not in seen
        seen.add(kind)
        if kind == Kind.BOUNCE:
            if first and state is not None:
                yield _bounce(state), at, 1
            continue
        count, messages, delay = _NAMES[Kind(kind)]
        yield count, at, 1
        if first:
            yield messages, at, 1
        if delay:
            yield delay, at, max(0, at - (arrived if sent is None else sent))
    if sent is not None and sent <= now:
        if Kind.BOUNCE not in seen:
            yield "MessageSentCount", sent, 1
    elif not seen - {Kind.EXIT}:
        waits = deferred is not None and deferred <= now
        yield (
            ("MessageDeferredCount", deferred or 0, 1)
            if waits
            else ("MessageQueuedCount", arrived, 1)
        )


def _bounce(state: int) -> str:
    """Return the counter a bounce goes to."""
    if state >= _PREBLOCKED:
        return "MessageBlockedCount"
    return "MessageSoftBouncedCount" if state in _TEMPORARY else "MessageHardBouncedCount"
