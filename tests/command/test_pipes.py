"""The command with a slow, odd or full stdout: lines are whole, or the run fails with a message."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tap_mailjet.streams.registry import STREAMS
from tests.support.commands import Reader

if TYPE_CHECKING:
    import pathlib

# A tap that writes records as fast as it can, through the tap's own writer and command.
WRITES = """
import sys
from tap_mailjet import command
from tap_mailjet.singer.message_writer import RecordLine
from tap_mailjet.tap import TapMailjet
from singer_sdk.singerlib import StateMessage

def sync(tap):
    for number in range({batches}):
        first = number * 100
        tap.message_writer.write_records(
            [RecordLine("rows", {{"ID": first + i, "x": "y" * 500}}) for i in range(100)]
        )
        tap.state["bookmarks"] = {{"rows": {{"replication_key_value": first + 99}}}}
        tap.write_message(StateMessage(value=tap.state))

TapMailjet.sync_all = sync
command.main()
"""
BATCHES = 40


@pytest.fixture
def config(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"api_key": "the-key", "api_secret": "the-secret"}))
    return str(path)


def command(config: str, *options: str, batches: int = BATCHES) -> list[str]:
    return [sys.executable, *options, "-c", WRITES.format(batches=batches), "--config", config]


def check(output: bytes, *, batches: int | None = None) -> int:
    """Check that each line is whole and each STATE true; return how many rows there are."""
    assert output.endswith(b"\n")
    rows = 0
    for line in output.splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            assert message["record"]["ID"] == rows
            rows += 1
        else:
            assert message["value"]["bookmarks"]["rows"]["replication_key_value"] == rows - 1
    if batches is not None:
        assert rows == 100 * batches
    return rows


@pytest.mark.parametrize("options", [["-u"], []], ids=["unbuffered", "buffered"])
@pytest.mark.parametrize("is_blocking", [True, False], ids=["blocking", "non-blocking"])
def test_all_records_reach_a_slow_target(
    config: str, options: list[str], is_blocking: bool
) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, is_blocking)
    reader = Reader(reading)
    with subprocess.Popen(
        command(config, *options), stdout=writing, stderr=subprocess.PIPE
    ) as process:
        os.close(writing)
        _, said = process.communicate(timeout=60)
    reader.join(10)
    assert process.returncode == 0, said
    check(reader.got, batches=BATCHES)


@pytest.mark.parametrize("options", [["-u"], []], ids=["unbuffered", "buffered"])
@pytest.mark.parametrize("is_blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("signums", [[signal.SIGTERM], [signal.SIGINT] * 3], ids=["one", "three"])
def test_signal_never_cuts_a_line_of_a_slow_target(
    config: str, options: list[str], is_blocking: bool, signums: list[signal.Signals]
) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, is_blocking)
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)  # so that most writes are partial
    with subprocess.Popen(
        command(config, *options, batches=100_000), stdout=writing, stderr=subprocess.PIPE
    ) as process:
        os.close(writing)
        first = os.read(reading, 3000)  # it is at work; now the pipe fills up
        time.sleep(0.1)
        for signum in signums:
            process.send_signal(signum)
            time.sleep(0.02)
        reader = Reader(reading)
        _, said = process.communicate(timeout=60)
    reader.join(10)
    assert process.returncode == 128 + signums[0], said
    assert check(first + reader.got) >= 100
    assert said.decode().count("Interrupted by") == 1


@pytest.mark.parametrize("options", [["-u"], []], ids=["unbuffered", "buffered"])
def test_full_disk_is_one_line_and_exit_code_1(config: str, options: list[str]) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            command(config, *options), stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert done.returncode == 1
    (line,) = errors(done.stderr)
    assert "Writing to stdout failed: No space left on device" in line


@pytest.mark.parametrize("options", [["-u"], []], ids=["unbuffered", "buffered"])
def test_disk_that_becomes_full_is_one_line_and_exit_code_1(
    config: str, tmp_path: pathlib.Path, options: list[str]
) -> None:
    most = 300_001
    with (tmp_path / "out.jsonl").open("wb") as out:
        done = subprocess.run(
            command(config, *options),
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        )
    assert done.returncode == 1
    (line,) = errors(done.stderr)
    assert "Writing to stdout failed: File too large" in line
    written = (tmp_path / "out.jsonl").read_bytes()
    assert len(written) == most
    check(written[: written.rindex(b"\n") + 1])


@pytest.mark.parametrize("option", ["--discover", "--about"])
def test_full_disk_fails_what_is_only_printed(config: str, option: str) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*command(config), option], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert done.returncode == 1
    (line,) = errors(done.stderr)
    assert "Writing to stdout failed: No space left on device" in line


def test_discovery_to_an_unbuffered_pipe_that_does_not_block_is_whole(config: str) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    reader = Reader(reading)
    with subprocess.Popen(
        [*command(config, "-u"), "--discover"], stdout=writing, stderr=subprocess.PIPE
    ) as process:
        os.close(writing)
        _, said = process.communicate(timeout=60)
    reader.join(10)
    assert process.returncode == 0, said
    assert len(json.loads(reader.got)["streams"]) == len(STREAMS)


def test_stdout_that_is_closed_from_the_start_is_one_line(config: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *command(config)],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    (line,) = errors(done.stderr)
    assert "stdout is closed" in line


def errors(said: bytes) -> list[str]:
    lines = said.decode().splitlines()
    assert not any("Traceback" in line for line in lines)
    return [line for line in lines if "| ERROR " in line or "| CRITICAL" in line]
