"""The Status of messages in a warehouse, over many simulated nights."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import logging
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Clock, Quirks, Sandbox, Size
from tap_mailjet.singer.state_checks import StateError
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tap_mailjet.streams.messages import Messages
from tests.helpers import Run
from tests.support.direct import direct
from tests.support.nights import UNTIL, Nights, add_late_events, at, tap_at, written_by
from tests.support.resuming import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = Size(contacts=80, lists=3, campaigns=24, messages=800, days=20, future_days=60)
PAGE = 10
HIDE = "UPDATE message SET VisibleAt = ? WHERE ID = ?"
LACKING = "the state does not say which statuses were delivered"
QUIRKS: list[dict[str, Any]] = [
    *({"message_status": value} for value in ("numbers", "names", "either", "ignored")),
    *(
        {"lower_bound": lower, "upper_bound": upper}
        for lower, upper in itertools.product(["inclusive", "exclusive"], repeat=2)
    ),
    *({"count_only": value} for value in ("ignored", "refused", "zero", "negative", "unfiltered")),
    *({"message_status_list": value} for value in ("first", "refused")),
    {"message_status_list": "first", "message_status": "names"},
    {"unknown_parameters": "refused"},
    {"values": "strings"},
    {"hidden_rows": "some"},
    {"count_records": "ignored", "order": "shuffled"},
    {"total": "huge"},
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(size=SIZE, seed=3, until=UNTIL, clock=Clock(at=UNTIL)) as made, direct(made):
        yield made


def named(odd: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in odd.items())


def test_each_status_is_right_the_morning_after_it_changed_for_sixty_days(
    sandbox: Sandbox,
) -> None:
    nights, rng, changed, without = Nights(sandbox, {"page_size": PAGE}), random.Random(1), 0, 0
    plain = Nights(sandbox, {"page_size": PAGE, "status_lookback_window": 0})
    for _ in range(60):
        nights.sync()
        assert not nights.wrong()
        plain.sync()
        without += len(plain.wrong())
        sandbox.clock.advance(timedelta(days=1))
        changed += add_late_events(sandbox, rng, rng.choice([0, 1, 4]))
    assert changed > 40
    assert without > 100


@pytest.mark.parametrize("odd", QUIRKS, ids=named)
def test_statuses_are_right_whatever_mailjet_does_not_document(
    sandbox: Sandbox, odd: dict[str, Any]
) -> None:
    sandbox.quirks = Quirks(**odd)
    nights, rng = Nights(sandbox, {"page_size": PAGE}), random.Random(2)
    for night in range(5):
        nights.sync()
        assert not nights.wrong(), night
        sandbox.clock.advance(timedelta(days=1))
        add_late_events(sandbox, rng, 2 * (night % 3))


def test_state_says_what_was_delivered_up_to_the_range_of_the_next_sync(sandbox: Sandbox) -> None:
    nights = Nights(sandbox, {"page_size": PAGE})
    nights.sync()
    sandbox.clock.advance(timedelta(days=1))
    add_late_events(sandbox, random.Random(3), 5)
    nights.sync()
    for start, end, counts in nights.remembered["parts"]:
        held = [one for one in nights.held.values() if start <= one["ArrivedAt"] < end]
        assert Counter(one["Status"] for one in held) == Counter(counts)
    parts = nights.remembered["parts"]
    assert all(one[1] == other[0] for one, other in itertools.pairwise(parts))
    assert parts[0][0] == "2026-01-31T00:00:00Z"  # thirty days before the sync
    assert nights.state is not None
    bookmark = nights.state["bookmarks"]["messages"]["replication_key_value"]
    day_before = datetime.fromisoformat(bookmark.replace("Z", "+00:00")) - timedelta(days=1)
    assert parts[-1][1] == day_before.strftime("%Y-%m-%dT%H:00:00Z")


def test_night_without_changes_costs_at_most_twenty_requests(sandbox: Sandbox) -> None:
    nights = Nights(sandbox, {"page_size": PAGE})
    for _ in range(3):
        nights.sync()
        sandbox.clock.advance(timedelta(minutes=1))
    assert len(sandbox.requests) <= 20
    counts = [one for one in sandbox.requests if "countOnly" in one.params]
    assert len(counts) > 5


def test_zero_days_turn_it_off(sandbox: Sandbox) -> None:
    nights = Nights(sandbox, {"page_size": PAGE, "status_lookback_window": 0})
    nights.sync()
    sandbox.clock.advance(timedelta(days=1))
    nights.sync()
    assert nights.remembered == {}
    assert not [one for one in sandbox.requests if "MessageStatus" in one.params]


@pytest.mark.parametrize("taken", ["all", "first", "middle", "last", "facts"])
def test_what_the_state_lacks_is_read_again(
    sandbox: Sandbox, taken: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    nights = Nights(sandbox, {"page_size": PAGE})
    nights.sync()
    sandbox.clock.advance(timedelta(days=1))
    assert add_late_events(sandbox, random.Random(5), 12) > 5
    assert nights.state is not None
    statuses = nights.state["bookmarks"]["messages"]["statuses"]
    parts = statuses["parts"]
    if taken == "all":
        del nights.state["bookmarks"]["messages"]["statuses"]
    elif taken == "facts":
        del statuses["facts"]
    else:
        del parts[{"first": 1, "middle": len(parts) // 2, "last": -1}[taken]]
    nights.sync()
    assert not nights.wrong()
    assert caplog.text.count(LACKING) == (taken != "facts")
    nights.sync()
    assert caplog.text.count(LACKING) == (taken != "facts")


@pytest.mark.parametrize(
    "changes",
    [
        [{"lookback_window": 24}, {"lookback_window": 100}, {"lookback_window": 1}],
        [{"status_lookback_window": 3}, {"status_lookback_window": 30}],
        [{"status_lookback_window": 30}, {"status_lookback_window": 0}, {}],
        [{}, {"start_date": "2026-02-20T10:20:30Z"}, {"start_date": "2026-02-20T10:20:30Z"}],
        [{}, {"sender_ids": [101]}, {}],
    ],
)
def test_changed_settings_leave_no_status_behind(
    sandbox: Sandbox, changes: list[dict[str, Any]]
) -> None:
    nights, rng = Nights(sandbox), random.Random(7)
    for given in changes:
        nights.given = {"page_size": PAGE, **given}
        nights.sync()
        sandbox.clock.advance(timedelta(days=1))
        add_late_events(sandbox, rng, 6)
    nights.sync()
    days = 8 if any("start_date" in given for given in changes) else 30
    assert not nights.wrong(days) or "sender_ids" in str(changes[-1])


def test_filters_of_several_queries_are_counted_together(sandbox: Sandbox) -> None:
    senders = sorted({row["SenderID"] for row in sandbox.rows("message")})
    assert len(senders) > 1
    nights, rng = Nights(sandbox, {"page_size": 3, "sender_ids": senders}), random.Random(8)
    for _ in range(4):
        nights.sync()
        assert not nights.wrong()
        sandbox.clock.advance(timedelta(days=1))
        add_late_events(sandbox, rng, 3)


@pytest.mark.parametrize(
    "statuses",
    [
        [],
        {"parts": {}},
        {"parts": [["2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z", {}]]},
        {"facts": {"lower": "yes"}},
        {"facts": {"values": {"1": "read"}}},
        {"days": []},
    ],
)
def test_state_that_would_hide_changes_is_an_error_that_says_what_to_do(
    sandbox: Sandbox, statuses: object
) -> None:
    state = {"bookmarks": {"messages": {"statuses": statuses}}}
    with pytest.raises(StateError, match="remove it from the state to read"):
        tap_at(sandbox, state)


def test_killed_sync_leaves_a_state_from_which_the_next_one_finds_each_status(
    sandbox: Sandbox, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr(Messages, "STATE_MSG_FREQUENCY", 3)
    nights, resumed = Nights(sandbox, {"page_size": PAGE}), 0
    nights.sync()
    for _ in range(12):
        sandbox.clock.advance(timedelta(days=1))
        add_late_events(sandbox, rng, 6)
        run = written_by(tap_at(sandbox, nights.state, page_size=PAGE))
        # A target that is killed has loaded what came before the last STATE that it has seen.
        cuts = [cut for cut, one in enumerate(run.messages) if one["type"] == "STATE"]
        if rng.random() < 0.5:
            cut = rng.choice([*cuts[:-1], rng.randrange(1, len(run.messages))])
            seen = Run(run.messages[: cut + 1])
            nights.held |= {record["ID"]: record for record in seen.records["messages"]}
            states = [one["value"] for one in seen.messages if one["type"] == "STATE"]
            nights.state = states[-1] if states else nights.state
            resumed += 1
            nights.sync()
        else:
            nights.load(run)
        assert not nights.wrong()
    assert resumed > 2


def test_failed_read_of_changes_keeps_the_earlier_counts(sandbox: Sandbox) -> None:
    nights = Nights(sandbox, {"page_size": PAGE})
    nights.sync()
    nights.sync()
    before = nights.remembered["parts"]
    sandbox.clock.advance(timedelta(days=1))
    assert add_late_events(sandbox, random.Random(9), 9) > 3
    tap = tap_at(sandbox, nights.state, page_size=PAGE)
    with (
        contextlib.redirect_stdout(io.StringIO()) as written,
        refused(403, lambda _, params: "MessageStatus" in params and "countOnly" not in params),
        pytest.raises(IncompleteSyncError),
    ):
        tap.sync_all()
    nights.load(Run([json.loads(line) for line in written.getvalue().splitlines()]))
    known = {part[0]: part for part in nights.remembered["parts"]}
    assert [known.get(part[0], part)[2] for part in before[:-1]] == [
        part[2] for part in before[:-1]
    ]
    assert nights.wrong()
    nights.sync()
    assert not nights.wrong()


def test_deleted_and_late_messages_are_noticed(sandbox: Sandbox) -> None:
    nights, account = Nights(sandbox, {"page_size": PAGE}), sandbox._served.account
    nights.sync()
    nights.sync()
    now = sandbox.clock.now()
    old = [
        row["ID"]
        for row in sandbox.rows("message")
        if at(row) < sandbox.clock.now() - timedelta(days=3)
    ]
    for message in old[:2]:
        account.write(
            "UPDATE message SET VisibleAt = ? WHERE ID = ?", (int(now.timestamp()) + 3600, message)
        )
    nights.sync()
    # They are visible again, days after they arrived.
    sandbox.clock.advance(timedelta(days=1))
    for message in old[:2]:
        del nights.held[message]
    nights.sync()
    assert not nights.wrong()
