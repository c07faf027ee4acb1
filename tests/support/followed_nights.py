"""A warehouse that is loaded night by night from a sandbox, and compared with the account."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.helpers import Run, sync, truth

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

Json = dict[str, Any]
DAY = timedelta(days=1)
KEYS = {
    "sent_campaigns": ("ID",),
    "link_clicks": ("CampaignID", "PositionIndex", "URL"),
    "esp_statistics": ("CampaignID", "ESPName"),
    "messages": ("ID",),
    "message_events": ("MessageID", "EventType", "EventAt", "Useragent"),
}
CAMPAIGNS = ("sent_campaigns", "link_clicks", "esp_statistics")
MESSAGES = ("messages", "message_events")


def by_key(stream: str, rows: list[Json]) -> dict[tuple[Any, ...], Json]:
    """Return the last row of each key."""
    return {tuple(row[name] for name in KEYS[stream]): row for row in rows}


class Nights:
    """Syncs of one sandbox, each with the state of the one before.

    Attributes:
        tables: The rows of each stream by key, as a target that loads by key has them.
        state: The last state; None before the first sync.
        run: The last sync.
    """

    def __init__(self, sandbox: Sandbox, *streams: str, **given: Any) -> None:
        self.sandbox = sandbox
        self.streams = streams
        self.given = given
        self.tables: dict[str, dict[tuple[Any, ...], Json]] = {name: {} for name in streams}
        self.state: Json | None = None
        self.run = Run([])

    def sync(self) -> Run:
        """Sync once, and load the records."""
        self.sandbox.requests.clear()
        self.run = sync(self.sandbox, *self.streams, state=self.state, **self.given)
        self.load(self.run)
        return self.run

    def load(self, run: Run) -> None:
        """Load the records of a sync, and keep its last state."""
        self.state = run.state
        for stream in self.streams:
            self.tables[stream] |= by_key(stream, run.records[stream])

    def clock(self, name: str) -> str:
        """Return a value in the state of the first stream."""
        assert self.state is not None
        value: str = self.state["bookmarks"][self.streams[0]][name]
        return value

    def requests(self) -> Counter[str]:
        """Count the requests of the last sync by resource, without IDs in the path."""
        return Counter(one.resource.split("/1")[0] for one in self.sandbox.requests)

    def differences(self, *streams: str) -> list[tuple[Any, ...]]:
        """List what differs between the warehouse and the account."""
        found: list[tuple[Any, ...]] = []
        for stream in streams or self.streams:
            held, table = by_key(stream, truth(self.sandbox, stream)), self.tables[stream]
            found += [
                (stream, key, table.get(key), held.get(key))
                for key in held.keys() | table.keys()
                if held.get(key) != table.get(key)
            ]
        return found
