"""No STATE vouches for a record that is not written: BATCH, and signals at any point."""

from __future__ import annotations

import errno
import functools
import json
import pathlib
import sys
import tempfile
from signal import SIGTERM
from typing import TYPE_CHECKING, Any

import pytest
from fsspec.implementations.local import LocalFileOpener
from typing_extensions import override

from tap_mailjet.api.retries import RetryPolicy
from tap_mailjet.sandbox import Faults
from tap_mailjet.singer import bulk_stream
from tap_mailjet.singer.batch_files import BatchFileError
from tap_mailjet.singer.message_writer import MessageWriter, TerminationSignal
from tap_mailjet.tap import TapMailjet
from tests.helpers import Run, as_set, catalog_of, config_of, sync, truth
from tests.support.resuming import assert_every_state_is_true, attempt, delivered, refused

if TYPE_CHECKING:
    from types import FrameType

    from tap_mailjet.sandbox import Sandbox

Json = dict[str, Any]
STOP = TerminationSignal(SIGTERM, TapMailjet(config={}, validate_config=False))
PAIR = ("messages", "message_events")
KEPT = {"__filter__": "ID % 2 == 0"}
WAYS: dict[str, tuple[tuple[str, ...], Json]] = {
    "plain": (("messages", "contacts"), {}),
    "children": (PAIR, {}),
    "stream map": (("messages", "contacts"), {"stream_maps": {"messages": KEPT}}),
    "children and stream map": (PAIR, {"stream_maps": {"messages": KEPT}}),
    "flattening": (PAIR, {"flattening_enabled": True, "flattening_max_depth": 2}),
    "children without the parent": (("message_events",), {}),
}


def batched(folder: pathlib.Path, **given: Any) -> Json:
    """Settings that write small batches into a folder."""
    config = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": f"file://{folder}"},
        "batch_size": 25,
    }
    return {"page_size": 30, "lookback_window": 0, "batch_config": config, **given}


def incremental(*streams: str) -> Json:
    """A catalogue with contacts as a table that has a bookmark, and without some fields."""
    catalog = catalog_of(*streams)
    for entry in catalog["streams"]:
        if entry["stream"] == "contacts":
            entry["replication_method"] = "INCREMENTAL"
    return catalog


@pytest.mark.parametrize("way", WAYS)
def test_every_state_vouches_for_announced_files_only(
    own_sandbox: Sandbox, tmp_path: pathlib.Path, way: str
) -> None:
    streams, given = WAYS[way]
    given, catalog = batched(tmp_path, **given), incremental(*streams)

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
    given = batched(tmp_path)
    run = sync(own_sandbox, catalog=catalog, **given)
    whole = {
        stream: [
            {name: value for name, value in row.items() if name not in {"Subject", "Comment"}}
            for row in truth(own_sandbox, stream)
        ]
        for stream in PAIR
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

    with refused(403, wanted):
        run, error = attempt(own_sandbox, *streams, **batched(tmp_path))
    own_sandbox.faults = Faults()
    assert "messages" in str(error)
    whole = {stream: truth(own_sandbox, stream) for stream in streams}
    assert 0 < len(delivered(run.messages)["messages"]) < len(whole["messages"])

    def resume(state: Json) -> Any:
        return sync(own_sandbox, *streams, state=state, **batched(tmp_path))

    assert assert_every_state_is_true(run, resume, whole) > 1


# While a line is written, the writer holds a signal back. The others run before the sync, too.
NOT_INTERRUPTED = {
    *("message_writer.py", "stdout.py", "schema_files.py", "state_checks.py"),
    *("signal_handlers.py", "logs.py", "runtime.py", "bookmark_settings.py"),
}


class Interruption:
    """Raises a TerminationSignal at the n-th line that is executed in the modules of streams."""

    FOLDER = pathlib.Path(bulk_stream.__file__).parent
    FILES = frozenset(str(path) for path in FOLDER.glob("*.py") if path.name not in NOT_INTERRUPTED)

    def __init__(self, at: int | None = None) -> None:
        self.lines = 0
        self._at = at

    def __enter__(self) -> None:
        sys.settrace(self._called)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _called(self, frame: FrameType, _event: str, _arg: object) -> Any:
        # Attributes of streams are made before the sync begins, too.
        is_wanted = frame.f_code.co_filename in self.FILES
        return self._line if is_wanted and frame.f_code.co_name not in EARLY else None

    def _line(self, _frame: FrameType, event: str, _arg: object) -> Any:
        if event == "line":
            self.lines += 1
            if self.lines == self._at:
                sys.settrace(None)
                raise STOP
        return self._line


EARLY = {
    *(
        "__init__",
        "__enter__",
        "discover_streams",
        "metadata",
        "apply_catalog",
        "_set_keys",
        "is_incremental",
    ),
    *("prefetch", "prefetch_pages", "reader", "runtime", "codec", "queries", "warn_once"),
}
"""What runs before the sync begins, where a signal ends the command without a STATE."""


@pytest.mark.parametrize("way", ["plain", "children", "stream map", "children and stream map"])
@pytest.mark.parametrize("kind", ["BATCH", "RECORD"])
def test_signal_at_any_point_loses_no_row(
    own_sandbox: Sandbox, tmp_path: pathlib.Path, pytestconfig: pytest.Config, way: str, kind: str
) -> None:
    """At 10 points, spread over the run; with `--soak` at 400."""
    streams, given = WAYS[way]
    times = sorted(row["ArrivedAt"] for row in own_sandbox.rows("message"))
    given = batched(tmp_path, **given, end_date=times[45])
    if kind == "RECORD":
        del given["batch_config"]
    catalog = incremental(*streams)

    def run(state: Json | None = None) -> Any:
        return attempt(own_sandbox, catalog=catalog, state=state, **given)

    with (counted := Interruption()):
        whole = delivered(run()[0].messages)
    assert all(len(whole[stream]) > 20 for stream in streams)
    resumed: dict[str, dict[str, list[Json]]] = {}
    points = 400 if pytestconfig.getoption("--soak") else 10
    for at in range(1, counted.lines, max(1, counted.lines // points)):
        with Interruption(at):
            stopped, error = run()
        assert isinstance(error, TerminationSignal)
        assert_nothing_is_lost(stopped, run, resumed, whole)


def assert_nothing_is_lost(stopped: Any, run: Any, resumed: Json, whole: Json) -> None:
    """Check what was announced with what a resumed run announces; no half file can be read."""
    bookmarks = stopped.state.get("bookmarks", {})
    before = delivered(stopped.messages)
    text = str(bookmarks)
    if text not in resumed:
        resumed[text] = delivered(run(stopped.state)[0].messages)
    for stream, rows in whole.items():
        got = as_set([*before[stream], *resumed[text][stream]])
        assert got.keys() == as_set(rows).keys(), (stream, bookmarks)


@pytest.mark.parametrize("at", [1, 2, 5])
@pytest.mark.parametrize("moment", ["write", "commit"])
def test_signal_while_a_file_is_written_announces_no_half_file(
    own_sandbox: Sandbox,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    at: int,
) -> None:
    given = batched(tmp_path)
    break_file(monkeypatch, moment, at, STOP)
    stopped, error = attempt(own_sandbox, *PAIR, **given)
    assert isinstance(error, TerminationSignal)
    monkeypatch.undo()

    def run(state: Json) -> Any:
        return attempt(own_sandbox, *PAIR, state=state, **given)

    announced = [url for one in stopped.messages for url in one.get("manifest", [])]
    assert len(announced) == at - 1
    whole = {stream: truth(own_sandbox, stream) for stream in PAIR}
    assert_nothing_is_lost(stopped, run, {}, whole)


def break_file(monkeypatch: pytest.MonkeyPatch, moment: str, at: int, error: BaseException) -> None:
    """Make the n-th file fail: half written, or not moved to its place."""
    real = getattr(LocalFileOpener, moment)
    calls: list[int] = []

    def broken(self: LocalFileOpener, *args: bytes) -> Any:
        calls.append(1)
        if len(calls) != at:
            return real(self, *args)
        for content in args:
            real(self, content[: len(content) // 2])
        raise error

    monkeypatch.setattr(LocalFileOpener, moment, broken, raising=True)


@pytest.mark.parametrize("moment", ["write", "flush", "commit"])
def test_full_disk_ends_the_sync_and_vouches_for_nothing_unwritten(
    own_sandbox: Sandbox,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    moment: str,
) -> None:
    given = batched(tmp_path)
    full = OSError(errno.ENOSPC, "No space left on device")
    break_file(monkeypatch, moment, 4, full)
    # A folder of its own, because other programs use the ordinary one as well.
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    # The command turns the error into exit code 1.
    with pytest.raises(BatchFileError, match=r"No space left on device\. Check the setting batch"):
        TapMailjet(config=config_of(own_sandbox, **given), catalog=catalog_of(*PAIR)).sync_all()
    monkeypatch.undo()
    assert moment == "commit" or [*temporary.iterdir()] == []
    run = Run([json.loads(line) for line in capsys.readouterr().out.splitlines()])
    assert len([one for one in run.messages if one["type"] == "BATCH"]) == 3
    whole = {stream: truth(own_sandbox, stream) for stream in PAIR}
    resume = lambda state: sync(own_sandbox, *PAIR, state=state, **given)  # noqa: E731
    assert_every_state_is_true(run, resume, whole)


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
