"""One stream of events in a warehouse, over simulated nights with late events."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from tap_mailjet.sandbox import Clock, Sandbox, Size
from tests.helpers import FLAGGED, Run, catalog_of, truth
from tests.support.nights import at as arrival
from tests.support.nights import tap_at, written_by

if TYPE_CHECKING:
    import random

Json = dict[str, Any]
SIZE = Size(contacts=80, lists=3, campaigns=24, messages=800, days=40, future_days=60)
UNTIL = datetime(2026, 3, 1, 3, 7, 11, tzinfo=timezone.utc)
DAY = timedelta(days=1)
KINDS: dict[str, Any] = {
    "open_events": "open",
    "click_events": "click",
    "bounce_events": "bounce",
    "spam_events": "spam",
    "bounce_reasons": "bounce",
}
LOWER = {
    "spam_events": "SpamEventFromTs",
    "bounce_reasons": "BounceEventFromTs",
}


def new_sandbox() -> Sandbox:
    """Return an account at `UNTIL`."""
    return Sandbox(size=SIZE, seed=3, until=UNTIL, clock=Clock(at=UNTIL))


class Warehouse:
    """The rows of one stream, by key, and the state after the last sync."""

    def __init__(self, sandbox: Sandbox, stream: str, **given: Any) -> None:
        self.sandbox, self.stream, self.given = sandbox, stream, given
        self.state: Json | None = None
        self.held: set[tuple[Any, ...]] = set()
        [entry] = [one for one in catalog_of()["streams"] if one["stream"] == stream]
        self._key = entry["key_properties"]

    def sync(self, *, after: timedelta = DAY) -> Run:
        """Advance the clock, sync once, and load the records."""
        self.sandbox.clock.advance(after)
        self.sandbox.requests.clear()
        run = self.run()
        self.load(run)
        return run

    def run(self) -> Run:
        """Sync once, without loading the records."""
        return written_by(tap_at(self.sandbox, self.state, self.stream, **self.given))

    def load(self, run: Run) -> None:
        """Load the records of a run and keep its state."""
        self.held |= {self.identity(row) for row in run.records[self.stream]}
        self.state = run.state

    def missing(self) -> list[tuple[Any, ...]]:
        """Return the keys of the rows that the account has and the warehouse does not have."""
        rows = truth(self.sandbox, self.stream)
        return [key for row in rows if (key := self.identity(row)) not in self.held]

    @property
    def bookmark(self) -> Json:
        """The state of the stream."""
        assert self.state is not None
        entry: Json = self.state["bookmarks"][self.stream]
        return entry

    def requests_before_range(self) -> list[Json]:
        """Return the parameters of the requests for times before the range of the last sync."""
        name = LOWER.get(self.stream, "EventFromTs")
        sent = [one.params for one in self.sandbox.requests]
        newest = max(params[name] for params in sent if not counts_rows(params))
        first = datetime.fromisoformat(newest.replace("Z", "+00:00")) - timedelta(days=1, hours=3)
        edge = first.strftime("%Y-%m-%dT%H:%M:%SZ")
        return [params for params in sent if params[name] < edge]

    def identity(self, row: Json) -> tuple[Any, ...]:
        """Return the key of a row."""
        return tuple(row[name] for name in self._key)


def counts_rows(params: Json) -> bool:
    """Return True if a request only counts rows."""
    return "countOnly" in params


def old_messages(sandbox: Sandbox, stream: str, days: int) -> list[Json]:
    """Return the messages that were there some days ago, without an event that happens once."""
    now, kind = sandbox.clock.now(), KINDS[stream]
    rows = [row for row in sandbox.rows("message") if now - arrival(row) > timedelta(days=days)]
    if kind in {"open", "click"}:
        return rows
    name = {"spam": "spam_events", "bounce": "bounce_reasons"}[kind]
    flagged = {row["MessageID"] for row in truth(sandbox, name) if row[FLAGGED[name]]}
    return [row for row in rows if row["ID"] not in flagged]


def add_late(sandbox: Sandbox, stream: str, rng: random.Random, *ages: float) -> None:
    """Add events that happened some days ago and become visible now."""
    now = sandbox.clock.now()
    for age in ages:
        message = rng.choice(old_messages(sandbox, stream, int(age) + 1))
        happened = now - timedelta(days=age, seconds=rng.randrange(3600))
        sandbox.add_event(KINDS[stream], message_id=message["ID"], at=happened, visible_at=now)
