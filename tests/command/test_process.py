"""The command as a process: killed, stopped, and weighed.

With `--seeds` and `--soak` as in test_fire.py.
"""

from __future__ import annotations

import itertools
import json
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Clock, Faults, Sandbox, Size
from tests.helpers import CLOCKS, LISTED, UNTIL, as_set, catalog_of, config_of, sync, truth

if TYPE_CHECKING:
    import pathlib

Records = list[dict[str, Any]]

COMMAND = "from tap_mailjet.cli import main; main()"


class Process:
    """The command at work, with its output in a file, as far as it has got."""

    def __init__(self, sandbox: Sandbox, folder: pathlib.Path) -> None:
        config = folder / "config.json"
        config.write_text(json.dumps(config_of(sandbox, page_size=40)))
        self._out, self._err = folder / "out.jsonl", folder / "err.txt"
        with self._out.open("w") as out, self._err.open("w") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-c", COMMAND, "--config", str(config)], stdout=out, stderr=err
            )

    def wait_for(self, lines: int) -> None:
        """Wait until this number of lines is written, or the process ends."""
        while self._process.poll() is None and self.output.count("\n") < lines:
            time.sleep(0.01)

    def end(self, signum: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        self._process.send_signal(signum)
        return self._process.wait(timeout=20)

    @property
    def output(self) -> str:
        return self._out.read_text()

    @property
    def said(self) -> str:
        return self._err.read_text()


def messages(output: str) -> list[dict[str, Any]]:
    """The messages of an output that may end in the middle of a line."""
    return [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith("\n")]


def records_of(written: list[dict[str, Any]], stream: str) -> Records:
    return [one["record"] for one in written if one["type"] == "RECORD" and one["stream"] == stream]


def test_sync_killed_at_any_moment_goes_on_where_its_last_state_is(
    sandbox: Sandbox, tmp_path: pathlib.Path, seed: int
) -> None:
    sandbox.faults = Faults(latency=0.002)
    chance = random.Random(seed)
    process = Process(sandbox, tmp_path)
    process.wait_for(lines=chance.randint(50, 2000))
    assert process.end(signal.SIGKILL) == -signal.SIGKILL
    written = messages(process.output)
    places = [at for at, one in enumerate(written) if one["type"] == "STATE"]
    state = written[places[-1]]["value"] if places else {}
    # What follows the last state never was: the target may not have kept it.
    kept = written[: places[-1] + 1] if places else []
    resumed = sync(sandbox, state=state, lookback_window=24, status_lookback_window=0)
    for stream in LISTED:
        before = records_of(kept, stream)
        got = as_set(itertools.chain(before, resumed.records[stream]))
        assert got.keys() == as_set(truth(sandbox, stream)).keys(), stream
        mark = state.get("bookmarks", {}).get(stream, {}).get("replication_key_value")
        # Old campaigns are read again when they were deleted or had activity.
        if mark and stream in CLOCKS and stream != "sent_campaigns":
            margin = (UNTIL.__class__.fromisoformat(mark[:19]) - timedelta(hours=24)).isoformat()
            assert all(one[CLOCKS[stream]] >= margin for one in resumed.records[stream])


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_with_a_last_state_and_a_line_that_says_so(
    sandbox: Sandbox, tmp_path: pathlib.Path, signum: signal.Signals, seed: int
) -> None:
    sandbox.faults = Faults(latency=0.005)
    process = Process(sandbox, tmp_path)
    process.wait_for(lines=random.Random(seed).randint(20, 1500))
    assert process.end(signum) == 128 + signum
    assert process.output.endswith("\n")
    written = messages(process.output)
    assert written[-1]["type"] == "STATE"
    assert (
        f"Interrupted by {signum.name}. The next sync resumes from the last STATE." in process.said
    )
    assert "Traceback" not in process.said
    resumed = sync(sandbox, "messages", "open_events", state=written[-1]["value"])
    for stream in ("messages", "open_events"):
        before = [
            one["record"] for one in written if one.get("stream") == stream and "record" in one
        ]
        got = as_set(itertools.chain(before, resumed.records[stream]))
        assert got.keys() == as_set(truth(sandbox, stream)).keys(), stream


def test_sync_that_waits_stops_at_once(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.faults = Faults(hang=1.0, max_consecutive=100)
    process = Process(sandbox, tmp_path)
    process.wait_for(lines=1)  # the first SCHEMA; the first request follows
    time.sleep(0.3)
    began = time.monotonic()
    assert process.end(signal.SIGTERM) == 128 + signal.SIGTERM
    assert time.monotonic() - began < 3


PEAK = """
import json, resource, subprocess, sys
done = subprocess.run([sys.executable, "-c", sys.argv[1], *sys.argv[2:]], stdout=subprocess.DEVNULL)
print(json.dumps([done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""


def peak(messages_held: int, folder: pathlib.Path) -> float:
    """Return the peak memory of reading this number of messages, in MiB."""
    size = Size(messages=messages_held, contacts=messages_held // 50, days=300)
    with Sandbox(size=size, seed=2, until=UNTIL, clock=Clock(at=UNTIL)) as sandbox:
        config, catalog = folder / "config.json", folder / "catalog.json"
        config.write_text(json.dumps(config_of(sandbox)))
        catalog.write_text(json.dumps(catalog_of("messages")))
        done = subprocess.run(
            [
                *(sys.executable, "-c", PEAK, COMMAND),
                *("--config", str(config), "--catalog", str(catalog)),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    code, mebibytes = json.loads(done.stdout)
    assert code == 0, done.stderr
    return float(mebibytes)


@pytest.mark.timeout(1800)
def test_memory_stays_flat(tmp_path: pathlib.Path, pytestconfig: pytest.Config) -> None:
    # Both are many windows.
    fewer, more = (100_000, 1_000_000) if pytestconfig.getoption("--soak") else (40_000, 120_000)
    small, large = peak(fewer, tmp_path), peak(more, tmp_path)
    print(f"{fewer:,} messages: {small:.0f} MiB; {more:,} messages: {large:.0f} MiB")  # noqa: T201
    assert large <= 120
    assert large <= 1.1 * small
