"""A signal at any moment: no state is forgotten, and no stop is lost."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk import tap_base

from tap_mailjet import command
from tap_mailjet.tap import TapMailjet
from tests.helpers import config_of
from tests.support.commands import argv, environment, write
from tests.support.restoring import process_restored
from tests.support.servers import Server, serving

if TYPE_CHECKING:
    import pathlib
    import socket
    from collections.abc import Iterator

    from tap_mailjet.sandbox import Sandbox

STATE = {
    "bookmarks": {
        name: {"replication_key": key, "replication_key_value": "2026-04-01T00:00:00Z"}
        for name, key in [
            ("bounce_events", "BouncedAt"),
            ("click_events", "ClickedAt"),
            ("messages", "ArrivedAt"),
            ("open_events", "OpenedAt"),
        ]
    }
}
SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
def silent() -> Iterator[Server]:
    """A server that never responds: the sync has begun, and gets no further."""

    def handle(client: socket.socket, _head: bytes) -> None:
        client.recv(1)

    with serving(handle) as server:
        yield server


@pytest.fixture
def options(silent: Server, tmp_path: pathlib.Path) -> list[str]:
    config = {"api_url": silent.url, "api_key": "the-key", "api_secret": "the-secret"}
    return [
        *("--config", write(tmp_path, "config.json", config)),
        *("--state", write(tmp_path, "state.json", STATE)),
    ]


def check_states(output: str) -> list[dict[str, Any]]:
    """Check that the lines are whole, and that each STATE has the bookmarks that came in."""
    assert output == "" or output.endswith("\n")
    messages = [json.loads(line) for line in output.splitlines()]
    states = [one["value"] for one in messages if one["type"] == "STATE"]
    for state in states:
        for name, bookmark in STATE["bookmarks"].items():
            # The SDK adds where it started.
            assert bookmark.items() <= state["bookmarks"][name].items(), state
    return states


@pytest.mark.timeout(1800)
def test_signal_at_any_moment_of_the_start_forgets_no_bookmark(
    options: list[str], pytestconfig: pytest.Config
) -> None:
    began = time.monotonic()
    with subprocess.Popen(
        argv(*options), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        start = time.monotonic() - began
        process.kill()
    moments = 200 if pytestconfig.getoption("--soak") else 12
    for number in range(moments):
        signum = SIGNALS[number % 2]
        process = subprocess.Popen(
            argv(*options),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        # Half of them in the last fifth, where the tap is made.
        part = number / moments
        time.sleep(start * (1.6 * part if part < 0.5 else 0.6 + 0.4 * part))
        process.send_signal(signum)
        output, said = process.communicate(timeout=30)
        check_states(output)
        # Before the first line of ours Python itself ends, as it does.
        assert process.returncode in {128 + signum, -signum}, said
        if process.returncode > 0:
            assert said.lower().count("interrupted by") == 1, said
            assert "Traceback" not in said


# What the SDK does when it makes a tap, in this order, and what to do before or after it.
PHASES: dict[str, tuple[Any, str]] = {
    "writer made": (TapMailjet, "instantiate_processor"),
    "streams made": (TapMailjet, "discover_streams"),
    "catalog made": (TapMailjet, "setup_mapper"),
    "state loaded": (TapMailjet, "load_state"),
    "bookmark loaded": (tap_base, "write_stream_state"),
    "markers reset": (TapMailjet, "_reset_state_progress_markers"),
    "methods set": (TapMailjet, "_set_compatible_replication_methods"),
}


@pytest.fixture
def _own_process() -> Iterator[None]:
    """Restore what the command changes in its process."""
    with process_restored():
        yield


@pytest.mark.usefixtures("_own_process")
@pytest.mark.parametrize("signum", SIGNALS)
@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("phase", PHASES)
def test_signal_in_each_phase_of_the_start_writes_the_state_that_came_in_or_none(  # noqa: PLR0917
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    silent: Server,
    phase: str,
    is_before: bool,
    signum: signal.Signals,
) -> None:
    owner, name = PHASES[phase]
    original = getattr(owner, name)
    sent: list[signal.Signals] = []

    def signalled(*args: Any, **kwargs: Any) -> Any:
        if is_before:
            send()
        result = original(*args, **kwargs)
        send()
        return result

    def send() -> None:
        if not sent and signal.getsignal(signum) is not default:
            sent.append(signum)
            signal.raise_signal(signum)

    default = signal.getsignal(signum)
    is_bound = phase == "writer made"  # a classmethod
    monkeypatch.setattr(owner, name, staticmethod(signalled) if is_bound else signalled)
    monkeypatch.setattr(sys, "argv", ["tap-mailjet", *options])
    with contextlib.redirect_stdout(io.StringIO()) as written:
        code = command.run()
    assert sent
    assert code == 128 + signum
    states = check_states(written.getvalue())
    has_loaded = phase in {"markers reset", "methods set"} or (
        phase == "state loaded" and not is_before
    )
    assert len(states) == has_loaded
    # Prefetching begins before the SDK gets to these two.
    assert phase in {"markers reset", "methods set"} or silent.requests == []


def test_signal_before_the_handler_of_the_tap_is_set_ends_at_once(options: list[str]) -> None:
    code = (
        "import os, signal, singer_sdk.plugin_base as base\n"
        "def kill(*_, **__): os.kill(os.getpid(), signal.SIGTERM)\n"
        "base.BaseSingerWriter._validate_config = kill\n"
        "from tap_mailjet.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 143
    assert done.stdout == ""
    assert "interrupted by SIGTERM before the sync began; no STATE was written" in done.stderr


@pytest.mark.parametrize("state", [None, {}, {"bookmarks": {}}])
def test_stop_without_a_state_writes_none(
    silent: Server, tmp_path: pathlib.Path, state: dict[str, Any] | None
) -> None:
    config = {"api_url": silent.url, "api_key": "the-key", "api_secret": "the-secret"}
    given = ["--state", write(tmp_path, "state.json", state)] if state is not None else []
    code = (
        "import os, signal, tap_mailjet.tap as tap\n"
        "def kill(_): os.kill(os.getpid(), signal.SIGTERM)\n"
        "tap.TapMailjet._reset_state_progress_markers = kill\n"
        "from tap_mailjet.cli import main; main()"
    )
    options = ["--config", write(tmp_path, "config.json", config), *given]
    done = subprocess.run(
        [sys.executable, "-c", code, *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 143
    assert done.stdout == ""
    assert "Interrupted by SIGTERM before the sync began; no STATE was written." in done.stderr


def test_second_signal_ends_a_stop_that_hangs(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    config = write(tmp_path, "config.json", config_of(sandbox))
    process = subprocess.Popen(
        argv("--config", config), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(1)  # nobody reads: the pipe is full
    process.send_signal(signal.SIGTERM)
    time.sleep(2.3)  # longer than PATIENCE
    assert process.poll() is None or process.returncode == 143
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 143, said
