"""The tap under fire: faults, a rate limit, and an account that changes.

Two seeds each in the ordinary run; `--seeds 15 --soak` for long.
"""

from __future__ import annotations

import functools
import itertools
import json
import logging
import random
import re
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.plugin_base import PluginBase

from tap_mailjet.api.retries import RetryPolicy
from tap_mailjet.sandbox import ChurnConfig, Clock, Faults, Quirks, Sandbox, Size
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tap_mailjet.streams.messages import Messages
from tests.helpers import (
    CLOCKS,
    LISTED,
    RESOURCES,
    UNTIL,
    as_set,
    catalog_of,
    config_of,
    sync,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGUN = UNTIL.strftime("%Y-%m-%dT%H:%M:%SZ")
Records = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the client's waits to hundredths."""
    brief = functools.partial(RetryPolicy, base_delay=0.01, max_delay=0.05, max_tries=12)
    monkeypatch.setattr("tap_mailjet.api.client.RetryPolicy", brief)


@pytest.fixture
def changing(size: Size) -> Iterator[Sandbox]:
    """An account of its own, as it is read while it changes."""
    with Sandbox(size=size, seed=11, until=UNTIL, clock=Clock(at=UNTIL)) as sandbox:
        yield sandbox


def keys(stream: str, rows: Records) -> list[tuple[Any, ...]]:
    (entry,) = (one for one in catalog_of()["streams"] if one["stream"] == stream)
    return [tuple(row[name] for name in entry["key_properties"]) for row in rows]


def test_whatever_the_faults_what_is_emitted_is_the_account(sandbox: Sandbox, seed: int) -> None:
    sandbox.faults = Faults.storm(0.25, seed=seed)
    run = sync(sandbox, *LISTED, page_size=40)
    met = sandbox.injected_faults
    assert sum(met.values()) > 20
    assert len(met) >= 7, met
    for stream in LISTED:
        assert as_set(run.records[stream]) == as_set(truth(sandbox, stream)), stream


def test_hanging_server_is_given_another_try(sandbox: Sandbox, seed: int) -> None:
    sandbox.faults = Faults(hang=0.25, seed=seed)
    run = sync(sandbox, "contacts", page_size=10, request_timeout=1)
    assert sandbox.injected_faults["hang"] > 0
    assert as_set(run.records["contacts"]) == as_set(truth(sandbox, "contacts"))


@pytest.mark.parametrize("stream", ["contacts", *CLOCKS])
def test_while_the_account_changes_no_row_that_stays_is_missed(
    changing: Sandbox, stream: str, seed: int
) -> None:
    resource = RESOURCES[stream]
    changing.churn = ChurnConfig(every=2, inserts=2, deletes=2, late_events=1, seed=seed)
    changing.mark()
    # What happens while it is read lies after the range, which ends when the sync begins.
    run = sync(changing, stream, page_size=60, end_date=BEGUN)
    changing.churn = ChurnConfig()
    read = keys(stream, run.records[stream])
    clock = CLOCKS.get(stream)
    stays = [row for row in changing.survivors(resource) if not clock or "" < row[clock] < BEGUN]
    ever = Counter(keys(stream, changing.ever(resource)))
    assert len(stays) > (0 if stream == "spam_events" else 10)
    assert {*keys(stream, stays)} <= {*read} <= {*ever}
    if clock:  # a table is too large to hold, and may have a row twice
        assert Counter(read) <= ever


def test_faults_and_changes_together_lose_nothing(changing: Sandbox, seed: int) -> None:
    changing.faults = Faults.storm(0.3, seed=seed)
    changing.churn = ChurnConfig(every=4, inserts=1, deletes=1, late_events=1, seed=seed)
    changing.mark()
    run = sync(changing, "messages", "contacts", "open_events", page_size=80, end_date=BEGUN)
    changing.churn = ChurnConfig()
    for stream in ("messages", "contacts", "open_events"):
        clock = CLOCKS.get(stream)
        rows = changing.survivors(RESOURCES[stream])
        stays = keys(stream, [row for row in rows if not clock or row[clock] < BEGUN])
        assert {*stays} <= {*keys(stream, run.records[stream])}, stream


@pytest.mark.parametrize("minutes", [-7, 7])
def test_clock_that_is_wrong_by_minutes_loses_nothing(
    changing: Sandbox, monkeypatch: pytest.MonkeyPatch, minutes: int, seed: int
) -> None:
    """Syncs follow each other; the machine's clock is ahead of Mailjet's, or behind it."""
    now = UNTIL - timedelta(days=1)

    def machine(_tap: PluginBase) -> int:
        return int((now + timedelta(minutes=minutes)).timestamp() * 1000)

    monkeypatch.setattr(PluginBase, "initialized_at", property(machine))
    chance = random.Random(seed)
    state, emitted = None, []
    while now < UNTIL:
        changing.clock.set(now)
        run = sync(changing, "open_events", "messages", state=state)
        state = run.state
        emitted += run.records["open_events"] + run.records["messages"]
        now += timedelta(minutes=chance.randint(5, 400))
    now = UNTIL + timedelta(minutes=30)
    changing.clock.set(now)
    run = sync(changing, "open_events", "messages", state=state)
    emitted += run.records["open_events"] + run.records["messages"]
    changing.clock.set(UNTIL)
    seen = {*itertools.chain.from_iterable(_ids(record) for record in emitted)}
    for stream in ("open_events", "messages"):
        assert {*itertools.chain.from_iterable(map(_ids, truth(changing, stream)))} <= seen


def _ids(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    at = record.get("OpenedAt")
    return [(record["MessageID"], at)] if at else [(record["ID"],)]


def test_permanent_fault_takes_down_its_own_stream_only(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sandbox.faults = Faults(permanent={"openinformation": 403, "contactslist": 500})
    with pytest.raises(IncompleteSyncError) as caught:
        sync(sandbox)
    assert str(caught.value) == (
        "2 of 13 streams failed: contact_lists, open_events. All other streams completed."
    )
    told = [record.getMessage() for record in caplog.records if " rows, " in record.getMessage()]
    assert len(told) == 13
    assert sum("complete (verified)" in line for line in told) == 11
    (line,) = (line for line in told if line.startswith("open_events: 0 rows"))
    assert "INCOMPLETE" in line
    assert "responded with 403" in line
    metrics = [record.getMessage() for record in caplog.records if "METRIC" in record.getMessage()]
    (retries,) = (one for one in metrics if '"http_retry_count"' in one and "contact_lists" in one)
    found = re.search(r'"value":(\d+)', retries)
    assert found
    assert int(found[1]) >= 11
    assert sum('"reread_count","value":0' in one for one in metrics) == 13


def test_bug_in_one_stream_takes_down_that_stream_only(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_rows: Any) -> Any:
        missing = "someone@example.com"
        raise KeyError(missing)

    monkeypatch.setattr(Messages, "batch_for_children", lambda _self, rows, _size: broken(rows))
    with pytest.raises(IncompleteSyncError, match="1 of 13 streams failed: messages"):
        sync(sandbox)
    errors = [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
    assert len(errors) == 2
    assert errors[1].startswith("messages: 0 rows")
    assert all("KeyError" in error for error in errors)
    assert "someone" not in caplog.text


def test_bug_in_the_prefetch_takes_no_other_stream_down(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(Messages, "prefetch_pages", broken)
    records = sync(sandbox).records
    for stream in ("messages", "open_events"):
        assert as_set(records[stream]) == as_set(truth(sandbox, stream)), stream


def test_others_are_whole_when_one_has_failed(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.faults = Faults(permanent={"bouncestatistics": 404})
    with pytest.raises(IncompleteSyncError):
        # What was written before the error is what the target got.
        _sync_to_stdout(sandbox)
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for stream in set(LISTED) - {"bounce_events"}:
        records = [
            one["record"] for one in written if one["type"] == "RECORD" and one["stream"] == stream
        ]
        assert as_set(records) == as_set(truth(sandbox, stream)), stream


def _sync_to_stdout(sandbox: Sandbox) -> None:
    from tap_mailjet.tap import TapMailjet  # noqa: PLC0415 - after the SDK's own stdout is set

    TapMailjet(config=config_of(sandbox)).sync_all()


@pytest.mark.parametrize("told", [True, False])
def test_rate_limit_is_kept_to_with_few_calls_wasted(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    brief = functools.partial(RetryPolicy, base_delay=0.1, max_delay=1.0)
    monkeypatch.setattr("tap_mailjet.api.client.RetryPolicy", brief)
    sandbox.faults = Faults(rate_limit=(80, 2.0), rate_limit_retry_after=told)
    began = time.monotonic()
    run = sync(sandbox, "messages", "open_events", "contacts", page_size=20)
    seconds = time.monotonic() - began
    asked = [request.status for request in sandbox.requests]
    assert as_set(run.records["messages"]) == as_set(truth(sandbox, "messages"))
    assert len(asked) > 160
    assert asked.count(429) <= 0.1 * len(asked)
    assert asked.count(429) > 0
    # A machine that is busy is slower; how near it settles is shown in simulated time.
    assert len(asked) / seconds >= 0.5 * 40


def test_server_that_ignores_offset_is_reported(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.quirks = Quirks(offset="ignored")
    with pytest.raises(IncompleteSyncError, match="contacts"):
        sync(sandbox, "contacts", page_size=50)
    assert "it ignores Offset" in caplog.text
    pages = [request for request in sandbox.requests if "countOnly" not in request.params]
    # The first page, the prefetched pages, and two pages read again.
    assert len(pages) <= 1 + 4 + 2


def test_server_that_gives_fewer_rows_than_asked_for_is_read_right(sandbox: Sandbox) -> None:
    sandbox.quirks = Quirks(limit="capped", total="result")
    run = sync(sandbox, *LISTED, page_size=1000)
    for stream in LISTED:
        assert as_set(run.records[stream]) == as_set(truth(sandbox, stream)), stream
