"""Kills at any STATE while old campaigns and messages are followed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Clock, Sandbox, Size
from tap_mailjet.singer.base_stream import MailjetStream
from tests.helpers import UNTIL, Run, sync, truth
from tests.support.direct import direct
from tests.support.followed_nights import CAMPAIGNS, DAY, MESSAGES
from tests.support.resuming import assert_every_state_is_true, attempt, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
HOUR = timedelta(hours=1)


@pytest.fixture
def aged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr(MailjetStream, "STATE_MSG_FREQUENCY", 40)
    monkeypatch.setattr("tap_mailjet.singer.child_batching.FIRST_BATCH", 20)
    monkeypatch.setattr("tap_mailjet.singer.child_batching.MIN_BATCH", 20)
    monkeypatch.setattr("tap_mailjet.singer.touched_stream.MIN_BATCH", 20)
    size = Size(contacts=20, lists=3, campaigns=8, messages=200, days=60)
    clock = Clock(at=UNTIL + 40 * DAY)
    with Sandbox(size=size, seed=5, until=UNTIL, clock=clock) as sandbox, direct(sandbox):
        yield sandbox


def touch(sandbox: Sandbox, every: int) -> None:
    """Add a click and an open to some messages of all ages, an hour ago."""
    at = sandbox.clock.now() - HOUR
    for row in sandbox.rows("message")[::every]:
        sandbox.add_event("open", message_id=row["ID"], at=at)
        sandbox.add_event("click", message_id=row["ID"], at=at, url="https://www.example.com/new")


def two_nights(sandbox: Sandbox, streams: tuple[str, ...], **given: Any) -> Run:
    """Return the messages of two syncs between which old messages were touched."""
    first = sync(sandbox, *streams, lookback_window=0, **given)
    sandbox.clock.advance(DAY)
    touch(sandbox, 7)
    second = sync(sandbox, *streams, state=first.state, lookback_window=0, **given)
    return Run([*first.messages, *second.messages])


@pytest.mark.parametrize(
    ("streams", "compared"), [(CAMPAIGNS, CAMPAIGNS), (MESSAGES, MESSAGES[1:])], ids=str
)
def test_kill_at_any_state_loses_no_change_of_old_rows(
    aged: Sandbox, streams: tuple[str, ...], compared: tuple[str, ...]
) -> None:
    run = two_nights(aged, streams, page_size=40)
    whole = {stream: truth(aged, stream) for stream in compared}

    def resume(state: Json) -> Run:
        return sync(aged, *streams, state=state, lookback_window=0)

    assert assert_every_state_is_true(run, resume, whole) > 3


@pytest.mark.parametrize(
    ("streams", "resource"),
    [(CAMPAIGNS, "statistics/link-click"), (MESSAGES, "messagehistory/")],
    ids=str,
)
def test_kill_after_a_failed_child_loses_no_change_of_old_rows(
    aged: Sandbox, streams: tuple[str, ...], resource: str
) -> None:
    first = sync(aged, *streams, lookback_window=0)
    aged.clock.advance(DAY)
    touch(aged, 11)
    seen: list[str] = []

    def wanted(path: str, _: dict[str, str]) -> bool:
        if path.startswith(resource):
            seen.append(path)
        return path.startswith(resource) and len(seen) % 3 == 2

    with refused(403, wanted):
        failed, error = attempt(aged, *streams, state=first.state, lookback_window=0)
    assert error is not None
    run = Run([*first.messages, *failed.messages])
    compared = [stream for stream in streams if stream != "messages"]
    whole = {stream: truth(aged, stream) for stream in compared}

    def resume(state: Json) -> Run:
        return sync(aged, *streams, state=state, lookback_window=0)

    assert_every_state_is_true(run, resume, whole)
