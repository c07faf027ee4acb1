"""The command as people run it: bad input is a clear line, exit code 1, and nothing written."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import config_of
from tests.support.commands import run_inline, write

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox

# The command's own function, in a process of its own that does not wait between tries.
COMMAND = "import time; time.sleep = lambda _: None; from tap_mailjet.cli import main; main()"


def tap(*args: str, level: str = "INFO", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "TAP_MAILJET_LOGLEVEL": level, **environment},
    )


def inline(*args: str) -> subprocess.CompletedProcess[str]:
    return run_inline(*args, hurry=True)


def errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [
        line.split("|")[-1].strip()
        for line in done.stderr.splitlines()
        if "| ERROR " in line or "| CRITICAL" in line
    ]


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """What the last error says, of a run that ended as a failed one must."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert '"RECORD"' not in done.stdout
    return " ".join(errors(done))


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_good_run_exits_with_0_and_ends_with_a_state(
    sandbox: Sandbox, folder: pathlib.Path
) -> None:
    done = tap("--config", write(folder, "config.json", config_of(sandbox)))
    assert done.returncode == 0
    assert errors(done) == []
    assert json.loads(done.stdout.splitlines()[-1])["type"] == "STATE"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"api_secret": "wrong-one"},
            "Mailjet responded with 401 Unauthorized for bouncestatistics",
        ),
        ({"api_secret": "wrong-one"}, "Check the settings api_key, api_secret"),
        ({"api_url": "http://127.0.0.1:9"}, "No connection to Mailjet"),
        ({"api_url": "https://127.0.0.1:9"}, "Check the setting api_url"),
        ({"start_date": "garbage"}, "start_date is 'garbage', which is not a date"),
        ({"end_date": "31.12.2024"}, "end_date is '31.12.2024', which is not a date"),
        ({"counter_source": "Moon"}, "'Moon' is not one of ['APIKey', 'Campaign'"),
        ({"api_url": "http://api.mailjet.com"}, "plain http to api.mailjet.com"),
        ({"campain_ids": [1]}, "'campain_ids' is not a setting of this tap. Did you mean"),
        ({"counter_source": "List"}, "counter_source List requires counter_timing Message"),
    ],
)
def test_settings_that_cannot_work_are_said_in_words(
    sandbox: Sandbox, folder: pathlib.Path, given: dict[str, Any], words: str
) -> None:
    done = inline("--config", write(folder, "config.json", {**config_of(sandbox), **given}))
    assert words in refused(done)
    assert '"STATE"' not in done.stdout
    assert "wrong-one" not in done.stderr


def test_error_names_its_stream_and_window(sandbox: Sandbox, folder: pathlib.Path) -> None:
    given = {**config_of(sandbox), "api_secret": "wrong", "start_date": "2026-01-01"}
    said = refused(inline("--config", write(folder, "config.json", given)))
    assert "bounce_events: [2026-01-01T00:00:00Z, 20" in said


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ('{"bookmarks": {"open_ev', "is not JSON"),
        ([], 'must be an object with the key "bookmarks"'),
        ({"type": "STATE", "value": {"bookmarks": {}}}, 'the key "bookmarks"'),
        ({"singer_state": {}}, 'the key "bookmarks"'),
        ({"bookmarks": []}, 'the key "bookmarks"'),
        (
            {"bookmarks": {"open_events": "2024-01-01"}},
            "open_events: the entry in the state must be an object",
        ),
        (
            {"bookmarks": {"bounce_events": {"replication_key_value": "last week"}}},
            "bounce_events: the bookmark in the state, 'last week', is not a timestamp",
        ),
    ],
)
@pytest.mark.parametrize("start", [{}, {"start_date": "2024-01-01"}])
def test_damaged_state_is_said_in_words_and_nothing_is_read(
    sandbox: Sandbox, folder: pathlib.Path, state: Any, words: str, start: dict[str, str]
) -> None:
    if isinstance(state, dict):
        for bookmark in state.get("bookmarks") or {}:
            if isinstance(state["bookmarks"][bookmark], dict):
                state["bookmarks"][bookmark]["replication_key"] = "BouncedAt"
    config = write(folder, "config.json", {**config_of(sandbox), **start})
    done = inline("--config", config, "--state", write(folder, "state.json", state))
    assert words in refused(done)
    assert len(sandbox.requests) == 0


def test_files_that_are_missing_or_no_json_are_named(folder: pathlib.Path) -> None:
    assert "none.json' was not found" in refused(inline("--config", str(folder / "none.json")))
    assert "is not JSON" in refused(inline("--config", write(folder, "config.json", "{api_key")))


def test_closed_pipe_is_an_error_in_words(sandbox: Sandbox, folder: pathlib.Path) -> None:
    config = write(folder, "config.json", {**config_of(sandbox), "page_size": 50})
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, "--config", config],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == 1
    assert "The target closed its end of the pipe" in said
    assert "Traceback" not in said


def test_traceback_is_logged_at_level_debug(folder: pathlib.Path) -> None:
    done = run_inline("--config", str(folder / "none.json"), level="DEBUG")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


@pytest.mark.parametrize("secret", ["sandbox-secret", "wrong-secret-one"])
def test_no_secret_is_in_any_output_at_any_level(
    sandbox: Sandbox, folder: pathlib.Path, secret: str
) -> None:
    config = write(folder, "config.json", {**config_of(sandbox), "api_secret": secret})
    done = tap("--config", config, level="DEBUG", LOGLEVEL="DEBUG")
    assert "GET /v3/REST/" in done.stderr  # the log of the transport is on
    output = done.stdout + done.stderr
    assert secret not in output
    assert sandbox.api_key not in output
    pair = f"{sandbox.api_key}:{secret}".encode()
    assert base64.b64encode(pair).decode() not in output
    assert "Authorization" not in output


def test_settings_come_from_the_environment_and_a_dotenv_file(
    sandbox: Sandbox, folder: pathlib.Path
) -> None:
    given = {"API_URL": sandbox.url, "API_KEY": sandbox.api_key}
    environment = {f"TAP_MAILJET_{name}": value for name, value in given.items()}
    write(folder, ".env", f"TAP_MAILJET_API_SECRET={sandbox.api_secret}\n")
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "--config=ENV", "--test"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    assert '"RECORD"' in done.stdout


def test_discovery_and_about_need_neither_settings_nor_network() -> None:
    assert json.loads(tap("--discover").stdout)["streams"]
    about = json.loads(inline("--about", "--format=json").stdout)
    assert "api_secret" in about["settings"]["properties"]
    assert inline("--version").stdout.startswith("tap-mailjet v")
