"""Nights of one company: an account, the tap, and a warehouse that must equal the account."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import io
import json
import random
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from unittest import mock

from tap_mailjet.sandbox import Clock, Quirks, Sandbox, Size
from tap_mailjet.tap import TapMailjet
from tests.helpers import DEFAULT, as_set, catalog_of, config_of, truth
from tests.nights.account_changes import DayOfChanges, next_night
from tests.support.direct import direct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.nights.loader import Loader

Json = dict[str, Any]

BEGIN = datetime(2026, 5, 1, 3, tzinfo=timezone.utc)
TABLES = ("list_recipients", "contact_data", "user_agents")
"""Full tables in addition to the streams that are selected by default."""
CHILDREN = ("link_clicks", "esp_statistics", "message_events")
STREAMS = (*(name for name in DEFAULT if name != "statcounters"), *TABLES, *CHILDREN)
KILLED = 0.15
"""The share of runs that are killed, and started again within the hour."""
STATUS_DAYS = 30
VOLATILE = {
    "unsubscribe_events": "UnsubscribedAt",
    "bounce_reasons": "BounceDate",
}
"""Events that are read from rows about something else: a later row replaces the event there."""
LATE_BY = {
    "message_events": "MessageID",
    "link_clicks": "CampaignID",
    "esp_statistics": "CampaignID",
    "sent_campaigns": "CampaignID",
}
"""Streams that follow events by their own time, with `lookback_window`: late ones are missed."""
NAMED_AS_READ = (
    "messages",
    "open_events",
    "click_events",
    "bounce_events",
    "sent_campaigns",
)
QUIRKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lower_bound", ("exclusive", "inclusive")),
    ("upper_bound", ("exclusive", "inclusive")),
    ("message_status", ("numbers", "names", "either")),
    ("count_only", ("honoured", "honoured", "honoured", "ignored", "refused")),
    ("count_records", ("honoured", "ignored", "refused")),
    ("total", ("page", "result")),
    ("deleted", ("hidden", "shown")),
    ("deleted_events", ("shown", "hidden")),
    ("order", ("stable", "shuffled")),
    ("unknown_parameters", ("ignored", "refused")),
    ("sort", ("honoured", "refused")),
)


class Company:
    """A company whose account changes every day, and whose warehouse is synced every night.

    Args:
        seed: Draws the account, its changes, the quirks of the server, and the kills.
        loader: The warehouse.
        nights: How many nights the account lasts.
    """

    def __init__(self, seed: int, loader: Loader, nights: int) -> None:
        self.rng = random.Random(seed)
        self.loader = loader
        self.kills = self.nights = 0
        self._ever: dict[str, dict[Any, Json]] = defaultdict(dict)
        size = Size(
            contacts=30, lists=3, campaigns=8, messages=300, days=20, future_days=nights + 2
        )
        drawn: dict[str, Any] = {name: self.rng.choice(values) for name, values in QUIRKS}
        self.quirks = dataclasses.replace(Quirks(), **drawn)
        self.sandbox = Sandbox(
            size=size, seed=seed, until=BEGIN, clock=Clock(at=BEGIN), quirks=self.quirks
        )
        self.config: Json = {
            "page_size": self.rng.choice((20, 50, 200, 1000)),
            "backfill": self.rng.choice(("oldest_first", "newest_first")),
            "emit_activate_version_messages": True,
        }

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Serve the account, and let the tap's clock be the account's."""
        clock = property(lambda _: self._now_ms())
        with (
            self.sandbox,
            direct(self.sandbox),
            mock.patch.object(TapMailjet, "initialized_at", clock),
        ):
            yield

    def night(self) -> None:
        """Change the account for a day, and run the tap until a run is not killed."""
        self.nights += 1
        before = self.sandbox.clock.now()
        after = next_night(self.rng, before)
        # Without usable counts, the tap cannot notice late events.
        can_count = self.quirks.count_only == "honoured"
        changes = DayOfChanges(self.sandbox, self.rng, before, after, has_late_events=can_count)
        changes.make()
        self.sandbox.clock.set(after)
        while self._run(is_killed=self.rng.random() < KILLED):
            self.sandbox.clock.advance(timedelta(minutes=self.rng.randint(1, 60)))

    def _now_ms(self) -> int:
        return int(self.sandbox.clock.now().timestamp() * 1000)

    def _run(self, *, is_killed: bool) -> bool:
        """Run the tap once; return True if it was killed, so that it must run again."""
        tap = TapMailjet(
            config=config_of(self.sandbox, **self.config),
            state=copy.deepcopy(self.loader.state),
            catalog=catalog_of(*STREAMS),
        )
        self.sandbox.requests.clear()
        with contextlib.redirect_stdout(io.StringIO()) as written:
            tap.sync_all()
        lines = written.getvalue().splitlines()
        if is_killed:
            # What a kill leaves is a part of the output; the target confirms the last STATE in it.
            lines = lines[: self.rng.randrange(len(lines))]
            self.kills += 1
        self.loader.load(lines)
        return is_killed

    def differences(self) -> list[str]:
        """Return how the warehouse differs from the account, a line for each stream."""
        return [found for stream in STREAMS if (found := self._difference(stream))]

    def _difference(self, stream: str) -> str:
        loaded = self.loader.rows(stream)
        expected = truth(self.sandbox, stream)
        if stream in VOLATILE:
            return self._difference_of_events(stream, loaded, expected)
        if column := LATE_BY.get(stream):
            late = self._with_late_events(column)
            column = "ID" if stream == "sent_campaigns" else column
            loaded = [row for row in loaded if row[column] not in late]
            expected = [row for row in expected if row[column] not in late]
        if stream in {"messages", "message_events"}:
            loaded, expected = self._settled(stream, loaded), self._settled(stream, expected)
        return _compare(stream, _by_key(stream, expected), loaded)

    def _settled(self, stream: str, rows: list[Json]) -> list[Json]:
        """Return rows without what may be stale: what happens to messages after the window.

        Mailjet does not list which message led to an unsubscription. Such an event is found by the
        status of the message.
        """
        now = self.sandbox.clock.now()
        oldest = (now - timedelta(days=STATUS_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")
        if stream == "message_events":
            messages = self.sandbox.rows("message")
            old = {row["ID"] for row in messages if row["ArrivedAt"] < oldest}
            return [
                row for row in rows if row["EventType"] != "unsub" or row["MessageID"] not in old
            ]
        return [
            row if row["ArrivedAt"] >= oldest else {"ID": row["ID"], "ArrivedAt": row["ArrivedAt"]}
            for row in rows
        ]

    def _with_late_events(self, column: str) -> set[int]:
        """Return the messages or campaigns that have an event of a day before it was visible."""
        query = f"SELECT {column} FROM event WHERE Kind IN (1, 2, 3) AND VisibleAt - At >= 86400"  # noqa: S608
        return {row[0] for row in self.sandbox._served.account.read(query, ())}

    def _difference_of_events(self, stream: str, loaded: list[Json], rows: list[Json]) -> str:
        current = _by_key(stream, [row for row in rows if row[VOLATILE[stream]]])
        for row in current:
            self._ever[stream][json.dumps(row, sort_keys=True)] = row
        if stream == "unsubscribe_events":
            current = self._left_after_joining(current)
        ever = as_set(self._ever[stream].values())
        strange = [row for row in loaded if not as_set([row]).keys() <= ever.keys()]
        return _compare(stream, current, [*current, *strange]) or _compare(
            stream,
            current,
            [row for row in loaded if as_set([row]).keys() <= as_set(current).keys()],
        )

    def _left_after_joining(self, rows: list[Json]) -> list[Json]:
        """Return the unsubscriptions of subscriptions that existed before.

        In the sandbox, a contact that has left its lists is in a new list as one that left before.
        """
        joined = {row["ID"]: row["SubscribedAt"] for row in self.sandbox.rows("listrecipient")}
        return [row for row in rows if row["UnsubscribedAt"] >= joined[row["ListRecipientID"]]]


def _by_key(stream: str, rows: list[Json]) -> list[Json]:
    """Return one row for each key, as a warehouse that loads by key has them."""
    return list({_key(stream, row): row for row in rows}.values())


@functools.cache
def _key_properties(stream: str) -> tuple[str, ...]:
    (entry,) = (one for one in catalog_of()["streams"] if one["stream"] == stream)
    return tuple(entry["key_properties"])


def _key(stream: str, row: Json) -> tuple[Any, ...]:
    return tuple(row[name] for name in _key_properties(stream))


def _compare(stream: str, expected: list[Json], loaded: list[Json]) -> str:
    """Return how loaded rows differ from the expected rows; empty if they are equal."""
    wanted = {_key(stream, row): _timeless(stream, row) for row in expected}
    there = {_key(stream, row): _timeless(stream, row) for row in loaded}
    missing = [key for key in wanted if key not in there]
    extra = [key for key in there if key not in wanted]
    changed = [
        f"{key}: "
        + ", ".join(f"{name} {there[key][name]!r} for {value!r}"
            for name, value in row.items() if there[key][name] != value)
        for key, row in wanted.items()
        if key in there and there[key] != row
    ]  # fmt: skip
    parts = [
        f"{len(rows)} {what}: {rows[:3]}"
        for what, rows in (("missing", missing), ("extra", extra), ("stale", changed))
        if rows
    ]
    return f"{stream}: {'; '.join(parts)}" if parts else ""


def _timeless(stream: str, row: Json) -> Json:
    """Return a row of an incremental stream without names of contacts, lists and campaigns.

    A record has them as they were when it was read: the address of a contact that was anonymized
    later stays in its old events.
    """
    if stream not in NAMED_AS_READ:
        return row
    return {name: value for name, value in row.items() if not name.lower().endswith("alt")}
