"""Settings in variables and in a file `.env`, with the real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers import truth
from tests.support.commands import lines, run_inline

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox

PAIR = {"API_KEY": "the-key", "API_SECRET": "the-secret"}


@pytest.fixture(autouse=True)
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the working folder, with settings in variables only."""
    environ = {f"TAP_MAILJET_{name}": value for name, value in variables.items()}
    return run_inline(*options, environ=environ, hurry=True)


def errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "the-secret" not in done.stderr
    return lines(done.stderr, "ERROR")


def dotenv(folder: pathlib.Path, sandbox: Sandbox, *others: str) -> None:
    text = (
        f"TAP_MAILJET_API_URL={sandbox.url}",
        f"export TAP_MAILJET_API_KEY='{sandbox.api_key}'",
        f"TAP_MAILJET_API_SECRET={sandbox.api_secret}  # the secret key",
        *others,
    )
    (folder / ".env").write_text("\n".join(text))


def test_env_file_in_the_working_folder_is_read(sandbox: Sandbox, folder: pathlib.Path) -> None:
    numbers = sorted(row["ID"] for row in truth(sandbox, "sent_campaigns"))[:2]
    dotenv(folder, sandbox, f"TAP_MAILJET_CAMPAIGN_IDS={numbers[0]},{numbers[1]}")
    # The real command. With `python -c`, the SDK's own reader finds the file, too.
    command = [sys.executable, "-m", "tap_mailjet", "--config", "ENV"]
    outer = {name: value for name, value in os.environ.items() if "MAILJET" not in name}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=outer
    )
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    records = [one for one in messages if one["type"] == "RECORD"]
    found = {one["record"]["ID"] for one in records if one["stream"] == "sent_campaigns"}
    assert found == {*numbers}


def test_variable_of_the_environment_precedes_the_env_file(
    sandbox: Sandbox, folder: pathlib.Path
) -> None:
    dotenv(folder, sandbox)
    done = run("--config", "ENV", API_SECRET="another")
    assert done.returncode == 1
    assert "Mailjet responded with 401" in done.stderr


def test_env_file_that_is_not_text_is_named(folder: pathlib.Path) -> None:
    (folder / ".env").write_bytes(b"TAP_MAILJET_API_KEY=\xff\xfe")
    first, *_ = errors(run("--config", "ENV", **PAIR))
    assert str(folder / ".env") in first


@pytest.mark.parametrize("line", ["TAP_MAILJET_START_DATE: 2024-01-01", "TAP_MAILJET_START_DATE"])
def test_line_of_the_env_file_that_sets_nothing_is_refused(
    sandbox: Sandbox, folder: pathlib.Path, line: str
) -> None:
    dotenv(folder, sandbox, "# a comment", "", line)
    first, *_ = errors(run("--config", "ENV"))
    assert first == f"Line 6 of the file {folder / '.env'} is not of the form NAME=value."
    assert not sandbox.requests


def test_mark_at_the_start_of_the_env_file_is_ignored(folder: pathlib.Path) -> None:
    (folder / ".env").write_text("TAP_MAILJET_PAGE_SIZE=many", encoding="utf-8-sig")
    first, *_ = errors(run("--config", "ENV", **PAIR))
    assert first.startswith("The variable TAP_MAILJET_PAGE_SIZE contains 'many'")


def test_settings_that_are_not_read_are_pointed_out(sandbox: Sandbox, folder: pathlib.Path) -> None:
    first, second, *_ = errors(run(**PAIR))
    assert "The setting api_key is missing. The environment has TAP_MAILJET_API_KEY" in first
    assert "The setting api_secret is missing." in second
    dotenv(folder, sandbox)
    first, *_ = errors(run())
    assert "There is a file .env: use --config ENV to read it." in first


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PAGE_SIZE", "many", "contains 'many', which is not an integer."),
        ("PAGE_SIZE", "10.5", "contains '10.5', which is not an integer."),
        ("CAMPAIGN_IDS", "1,two", "contains 'two', which is not an integer."),
        ("CAMPAIGN_IDS", "1;2", "contains '1;2', which is not an integer."),
        ("CAMPAIGN_IDS", "[1, 2", "is not JSON: "),
        ("CAMPAIGN_IDS", "", "is empty; set it to a value, or unset it."),
        ("INCLUDE_ARCHIVED", "nein", "is 'nein', which is not one of true, 1, yes, on, false"),
        ("INCLUDE_ARCHIVED", "", "is empty; set it to a value, or unset it."),
        ("START_DATE", " ", "is empty; set it to a value, or unset it."),
        ("STREAM_MAPS", "{'contacts': null}", "is not JSON: "),
        ("STRAT_DATE", "2024-01-01", "is not known. Did you mean 'TAP_MAILJET_START_DATE'?"),
        ("page_size", "10", "is not known. Did you mean 'TAP_MAILJET_PAGE_SIZE'?"),
    ],
)
def test_variable_with_a_mistake_is_one_line_with_its_name(
    name: str, value: str, words: str
) -> None:
    first, *rest = errors(run("--config", "ENV", **{**PAIR, name: value}))
    assert first.startswith(f"The variable TAP_MAILJET_{name} ")
    assert words in first
    assert not any("TAP_MAILJET" in line for line in rest)


def test_all_mistakes_are_reported_at_once() -> None:
    given = {**PAIR, "PAGE_SIZE": "many", "STARRED_ONLY": "maybe", "START": "x"}
    found = errors(run("--config", "ENV", **given))
    assert sum(line.startswith("The variable ") for line in found) == 3


def test_value_that_is_not_json_is_not_shown() -> None:
    given = {**PAIR, "STREAM_MAP_CONFIG": "salt: my own salt"}
    done = run("--config", "ENV", **given)
    assert "my own salt" not in done.stderr
    assert "TAP_MAILJET_STREAM_MAP_CONFIG" in errors(done)[0]


def test_variables_of_the_sdk_and_of_inherited_taps_are_not_mistakes(
    sandbox: Sandbox, folder: pathlib.Path
) -> None:
    dotenv(folder, sandbox)
    given = {"LOGLEVEL": "INFO", "_SHOP_API_KEY": "x", "_SELECT": '["*.*"]'}
    assert run("--config", "ENV", **given).returncode == 0
