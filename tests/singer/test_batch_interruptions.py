"""A signal at any point, or a full disk, announces no file that is not complete."""

from __future__ import annotations

import errno
import json
import pathlib
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from fsspec.implementations.local import LocalFileOpener

from tap_mailjet.singer import bulk_stream
from tap_mailjet.singer.batch_files import BatchFileError
from tap_mailjet.singer.message_writer import TerminationSignal
from tap_mailjet.tap import TapMailjet
from tests.helpers import Run, as_set, catalog_of, config_of, sync
from tests.support.batches import (
    PAIR,
    STOP,
    WAYS,
    Json,
    batched,
    incremental,
    since,
    truth_since,
)
from tests.support.resuming import assert_every_state_is_true, attempt, delivered

if TYPE_CHECKING:
    from types import FrameType

    from tap_mailjet.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("_own_sandbox_is_direct")


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
    """At 6 points, spread over the run; with `--soak` at 400."""
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
    points = 400 if pytestconfig.getoption("--soak") else 6
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
    given = batched(tmp_path, start_date=(start := since(own_sandbox)))
    break_file(monkeypatch, moment, at, STOP)
    stopped, error = attempt(own_sandbox, *PAIR, **given)
    assert isinstance(error, TerminationSignal)
    monkeypatch.undo()

    def run(state: Json) -> Any:
        return attempt(own_sandbox, *PAIR, state=state, **given)

    announced = [url for one in stopped.messages for url in one.get("manifest", [])]
    assert len(announced) == at - 1
    assert_nothing_is_lost(stopped, run, {}, truth_since(own_sandbox, start, *PAIR))


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
    given = batched(tmp_path, start_date=(start := since(own_sandbox)))
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
    resume = lambda state: sync(own_sandbox, *PAIR, state=state, **given)  # noqa: E731
    assert_every_state_is_true(run, resume, truth_since(own_sandbox, start, *PAIR))
