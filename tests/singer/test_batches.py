"""No STATE covers a record whose BATCH file is not written."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tap_mailjet.api.retries import RetryPolicy
from tap_mailjet.sandbox import Faults
from tap_mailjet.singer.message_writer import MessageWriter
from tap_mailjet.tap import TapMailjet
from tests.helpers import as_set, catalog_of, config_of, sync
from tests.support.batches import (
    PAIR,
    WAYS,
    Json,
    batched,
    incremental,
    since,
    truth_since,
)
from tests.support.resuming import assert_every_state_is_true, attempt, delivered, refused

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("_own_sandbox_is_direct")


@pytest.mark.parametrize("way", WAYS)
def test_every_state_vouches_for_announced_files_only(
    own_sandbox: Sandbox, tmp_path: pathlib.Path, way: str
) -> None:
    streams, given = WAYS[way]
    given = batched(tmp_path, start_date=since(own_sandbox), **given)
    catalog = incremental(*streams)

    def resume(state: Json | None) -> Any:
        return attempt(own_sandbox, catalog=catalog, state=state, **given)[0]

    run = resume(None)
    plain = {name: value for name, value in given.items() if name != "batch_config"}
    whole = sync(own_sandbox, catalog=catalog, **plain).records
    assert {*whole} == {*streams}
    assert as_set(delivered(run.messages)["message_events"]) == as_set(whole["message_events"])
    assert assert_every_state_is_true(run, resume, whole) > 1
    assert {message["type"] for message in run.messages} == {"SCHEMA", "BATCH", "STATE"}


def test_every_state_is_true_with_deselected_fields(
    own_sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    catalog = catalog_of(*PAIR)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if item["breadcrumb"][-1:] in (["Subject"], ["Comment"]):
                item["metadata"]["selected"] = False
    start = since(own_sandbox)
    given = batched(tmp_path, start_date=start)
    given["batch_config"]["batch_size"] = 10
    run = sync(own_sandbox, catalog=catalog, **given)
    whole = {
        stream: [
            {name: value for name, value in row.items() if name not in {"Subject", "Comment"}}
            for row in rows
        ]
        for stream, rows in truth_since(own_sandbox, start, *PAIR).items()
    }
    assert as_set(delivered(run.messages)["messages"]) == as_set(whole["messages"])
    resume = lambda state: sync(own_sandbox, catalog=catalog, state=state, **given)  # noqa: E731
    assert assert_every_state_is_true(run, resume, whole) > 5


@pytest.mark.parametrize("streams", [("messages", "open_events"), PAIR])
def test_every_state_is_true_when_the_stream_fails_in_the_middle(
    own_sandbox: Sandbox,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    streams: tuple[str, str],
) -> None:
    monkeypatch.setattr("tap_mailjet.reading.windowed_reader.MAX_PAGES_PER_WINDOW", 2)
    monkeypatch.setattr("tap_mailjet.reading.windowed_reader.TARGET_PAGES_PER_SPLIT", 1)
    own_sandbox.faults = Faults.storm(0.1)
    brief = functools.partial(
        RetryPolicy,
        max_tries=12,
        base_delay=0.01,
        max_delay=0.05,
        max_retry_after=1,
        max_rate_limit_wait=9,
    )
    monkeypatch.setattr("tap_mailjet.api.client.RetryPolicy", brief)

    def wanted(resource: str, params: dict[str, str]) -> bool:
        # Not the window in the future, which must be empty.
        return resource == "message" and "2026-04-25" <= params["FromTS"] < "2026-06"

    start = since(own_sandbox, 150)
    assert start < "2026-04-24"
    given = batched(tmp_path, start_date=start)
    with refused(403, wanted):
        run, error = attempt(own_sandbox, *streams, **given)
    own_sandbox.faults = Faults()
    assert "messages" in str(error)
    whole = truth_since(own_sandbox, start, *streams)
    assert 0 < len(delivered(run.messages)["messages"]) < len(whole["messages"])

    def resume(state: Json) -> Any:
        return sync(own_sandbox, *streams, state=state, **given)

    assert assert_every_state_is_true(run, resume, whole) > 1


def test_each_stream_map_has_files_of_its_own(own_sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    maps: Json = {
        "messages": {"Subject": None},
        "subjects": {"__source__": "messages", "ID": "ID", "Subject": "Subject", "__else__": None},
    }
    run = sync(own_sandbox, "messages", stream_maps=maps, **batched(tmp_path))
    plain = sync(own_sandbox, "messages", stream_maps=maps)
    found = delivered(run.messages)
    assert {*found} == {"messages", "subjects"} == {*plain.records}
    for stream, rows in plain.records.items():
        assert as_set(found[stream]) == as_set(rows)


def test_stream_that_a_map_removes_has_no_batch(own_sandbox: Sandbox, tmp_path: Any) -> None:
    given = batched(tmp_path, stream_maps={"messages": None})
    run = sync(own_sandbox, "messages", "contacts", **given)
    assert {*delivered(run.messages)} == {"contacts"}


class Counting(MessageWriter):
    """Notes how the bookmark stood when a message was written."""

    def __init__(self) -> None:
        super().__init__()
        self.tap: TapMailjet | None = None
        self.seen: list[tuple[str, Any]] = []

    @override
    def write_message(self, message: Any) -> None:
        super().write_message(message)
        state = self.tap.state if self.tap else {}
        bookmark = state.get("bookmarks", {}).get("messages", {}).get("replication_key_value")
        self.seen.append((type(message).__name__, bookmark))


def test_bookmark_has_not_moved_when_its_batch_is_announced(
    own_sandbox: Sandbox, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = Counting()
    tap = TapMailjet(
        config=config_of(own_sandbox, **batched(tmp_path)),
        catalog=catalog_of("messages"),
        message_writer=writer,
    )
    writer.tap = tap
    tap.sync_all()
    assert capsys.readouterr().out
    batches = [bookmark for kind, bookmark in writer.seen if kind == "SDKBatchMessage"]
    states = [bookmark for kind, bookmark in writer.seen if kind == "StateMessage"]
    assert len(batches) > 5
    assert batches == [None, *states[: len(batches) - 1]]
