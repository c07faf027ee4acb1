"""Nightly syncs of messages at the time of the sandbox's clock, into a warehouse by key."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from tap_mailjet.tap import TapMailjet
from tests.helpers import Run, catalog_of, config_of

if TYPE_CHECKING:
    import random

    from tap_mailjet.sandbox import Sandbox

Json = dict[str, Any]
STATUS_DAYS = 30


def tap_at(sandbox: Sandbox, state: Json | None, *streams: str, **given: Any) -> TapMailjet:
    """Return a tap of streams, or of messages, that starts at the time of the sandbox's clock."""
    tap = TapMailjet(
        config=copy.deepcopy(config_of(sandbox, **given)),
        state=copy.deepcopy(state),
        catalog=catalog_of(*(streams or ("messages",))),
    )
    started = int(sandbox.clock.now().timestamp() * 1000)
    vars(tap)["_PluginBase__initialized_at"] = started
    return tap


def written_by(tap: TapMailjet) -> Run:
    """Sync, and return what a tap wrote."""
    with contextlib.redirect_stdout(io.StringIO()) as written:
        tap.sync_all()
    return Run([json.loads(line) for line in written.getvalue().splitlines()])


@dataclass
class Nights:
    """A warehouse of messages that is loaded every night.

    Attributes:
        sandbox: The account.
        given: The settings.
        state: The state after the last sync.
        held: The last record of each message.
    """

    sandbox: Sandbox
    given: Json = field(default_factory=dict)
    state: Json | None = None
    held: dict[int, Json] = field(default_factory=dict)

    def sync(self) -> Run:
        """Sync once, and load the records."""
        self.sandbox.requests.clear()
        run = written_by(tap_at(self.sandbox, self.state, **self.given))
        self.load(run)
        return run

    def load(self, run: Run) -> None:
        """Load the records of a run and keep its state."""
        self.held |= {record["ID"]: record for record in run.records["messages"]}
        self.state = run.state

    @property
    def remembered(self) -> Json:
        """What the state says about statuses."""
        assert self.state is not None
        value: Json = self.state["bookmarks"]["messages"].get("statuses", {})
        return value

    def wrong(self, days: int = STATUS_DAYS) -> list[int]:
        """Return the messages of the last days whose Status or StateID differs."""
        begin = self.sandbox.clock.now() - timedelta(days=days)
        return [
            row["ID"]
            for row in self.sandbox.rows("message")
            if at(row) >= begin
            and facts(self.held.get(row["ID"], {"Status": "missing"})) != facts(row)
        ]


def facts(row: Json) -> tuple[Any, ...]:
    """Return the fields that a status change changes; an absent StateID is 0 or null."""
    return row["Status"], row.get("StateID") or 0


def at(row: Json) -> datetime:
    """Return when a message arrived."""
    return datetime.fromisoformat(row["ArrivedAt"].replace("Z", "+00:00"))


def add_late_events(sandbox: Sandbox, rng: random.Random, number: int, days: int = 28) -> int:
    """Add opens, clicks and bounces of messages that are up to some days old, visible now.

    Returns:
        The number of messages whose Status changed.
    """
    now, rows = sandbox.clock.now(), sandbox.rows("message")
    old = [row for row in rows if timedelta(hours=2) < now - at(row) < timedelta(days=days)]
    for _ in range(number if old else 0):
        row = rng.choice(old)
        # The StateID of a message that was opened would change without its Status.
        kinds: Any = ("open", "click", "bounce") if row["Status"] == "sent" else ("open", "click")
        sandbox.add_event(rng.choice(kinds), message_id=row["ID"], at=now)
    after = {row["ID"]: row["Status"] for row in sandbox.rows("message")}
    return sum(row["Status"] != after[row["ID"]] for row in rows)


UNTIL = datetime(2026, 3, 1, 3, 7, 11, tzinfo=timezone.utc)
