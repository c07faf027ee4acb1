"""The command with `backfill: newest_first`: killed and resumed, and how soon rows come.

With `--seeds` and `--soak` as in test_fire.py.
"""

from __future__ import annotations

import itertools
import json
import random
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Clock, Faults, Sandbox, Size
from tests.helpers import UNTIL, as_set, catalog_of, config_of, sync, truth
from tests.support.commands import argv, write

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

Json = dict[str, Any]
STREAMS = ("messages", "open_events")


def process(
    sandbox: Sandbox, folder: pathlib.Path, *streams: str, **given: Any
) -> subprocess.Popen[bytes]:
    """Start the command, with its output in a pipe."""
    config = write(folder, "config.json", config_of(sandbox, **given))
    catalog = write(folder, "catalog.json", catalog_of(*streams))
    return subprocess.Popen(
        argv("--config", config, "--catalog", catalog),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def run_until(
    sandbox: Sandbox, folder: pathlib.Path, lines: int, signum: signal.Signals, **given: Any
) -> list[Json]:
    """Run the command, send it a signal after a number of lines, and return its messages."""
    with process(sandbox, folder, *STREAMS, backfill="newest_first", **given) as started:
        output = iter(started.stdout or ())
        written = list(itertools.islice(output, lines))
        started.send_signal(signum)
        written += output
    return [json.loads(line) for line in written if line.endswith(b"\n")]


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_backfill_that_is_ended_at_any_moment_resumes_at_both_ends(
    sandbox: Sandbox, tmp_path: pathlib.Path, seed: int, signum: signal.Signals
) -> None:
    sandbox.faults = Faults(latency=0.005)
    number = random.Random(seed).randint(20, 2500)
    written = run_until(sandbox, tmp_path, number, signum, page_size=10)
    places = [at for at, one in enumerate(written) if one["type"] == "STATE"]
    state = written[places[-1]]["value"] if places else {}
    # A target may not have kept the rows after the last STATE.
    kept = written[: places[-1]] if places else []
    resumed = sync(sandbox, *STREAMS, state=state, lookback_window=0, page_size=10)
    for stream in STREAMS:
        before = [one["record"] for one in kept if one.get("stream") == stream and "record" in one]
        rows = as_set([*before, *resumed.records[stream]])
        assert rows.keys() == as_set(truth(sandbox, stream)).keys(), (stream, number)
        assert "backfill" not in resumed.state["bookmarks"][stream]


@pytest.fixture
def years(pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    """An account of four years, with 100,000 messages in a soak test."""
    messages = 100_000 if pytestconfig.getoption("--soak") else 3_000
    size = Size(contacts=500, campaigns=100, messages=messages, days=1460)
    with Sandbox(size=size, seed=3, until=UNTIL, clock=Clock(at=UNTIL)) as sandbox:
        sandbox.faults = Faults(latency=0.1)
        yield sandbox


def seconds(sandbox: Sandbox, folder: pathlib.Path, order: str) -> dict[str, float]:
    """Return the seconds until the rows of the newest day begin and are complete, and the end."""
    times = sorted(row["ArrivedAt"] for row in truth(sandbox, "messages"))
    newest = [one for one in times if one[:10] == times[-1][:10]]
    page_size = 1000 if len(times) > 10_000 else 20
    came: dict[str, float] = {}
    begun, found = time.monotonic(), 0
    given = {"backfill": order, "page_size": page_size}
    with process(sandbox, folder, "messages", **given) as started:
        for line in started.stdout or ():
            message = json.loads(line)
            if message["type"] == "RECORD" and message["record"]["ArrivedAt"] >= newest[0]:
                found += 1
                came.setdefault("first row", time.monotonic() - begun)
            if found == len(newest):
                came.setdefault("complete", time.monotonic() - begun)
    assert started.returncode == 0
    return {**came, "end": time.monotonic() - begun}


def test_newest_day_comes_first(years: Sandbox, tmp_path: pathlib.Path) -> None:
    came = {order: seconds(years, tmp_path, order) for order in ("newest_first", "oldest_first")}
    print(f"\n{came}")  # noqa: T201 - docs/scaling.md has the numbers of the soak test
    newest, oldest = came["newest_first"], came["oldest_first"]
    assert newest["complete"] < oldest["first row"]
