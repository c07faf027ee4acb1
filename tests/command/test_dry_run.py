"""`--test`, and files that are not what their options say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Faults
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tap_mailjet.tap import TapMailjet
from tests.helpers import catalog_of, config_of
from tests.support.commands import lines, run, run_inline, write

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox


def options(sandbox: Sandbox, folder: pathlib.Path) -> list[str]:
    return ["--config", write(folder, "config.json", config_of(sandbox)), "--test"]


def test_dry_run_in_which_all_is_well_exits_with_0(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    done = run(*options(sandbox, tmp_path))
    assert done.returncode == 0, done.stderr
    assert lines(done.stderr, "ERROR") == []
    assert '"RECORD"' in done.stdout


@pytest.mark.parametrize("status", [400, 403, 404])
def test_dry_run_fails_with_a_line_for_each_stream_that_is_refused(
    sandbox: Sandbox, tmp_path: pathlib.Path, status: int
) -> None:
    # Every account has these.
    sandbox.faults = Faults(permanent={"openinformation": status, "message": status})
    done = run_inline(*options(sandbox, tmp_path))
    assert done.returncode == 1
    said = lines(done.stderr, "ERROR")
    assert sum(line.startswith("open_events") for line in said) == 1
    assert sum(line.startswith("messages") for line in said) == 1
    assert all(f"Mailjet responded with {status}" in line for line in said[:-1])
    assert "streams failed: " in said[-1]
    assert "Traceback" not in done.stderr


def test_dry_run_only_warns_of_what_an_account_may_lack_as_a_sync_of_all_streams_does(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    sandbox.faults = Faults(permanent={"widget": 403})
    done = run_inline(*options(sandbox, tmp_path))
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in lines(done.stderr, "WARNING") if "widget" in line]
    assert "Mailjet responded with 403" in line


@pytest.mark.parametrize("is_before", [True, False])
def test_dry_run_fails_for_a_stream_that_a_catalog_selects_by_name(
    sandbox: Sandbox, tmp_path: pathlib.Path, is_before: bool
) -> None:
    sandbox.faults = Faults(permanent={"widget": 403})
    given = options(sandbox, tmp_path)
    for name, code in (("widgets", 1), ("contacts", 0)):
        catalog = ["--catalog", write(tmp_path, "catalog.json", catalog_of(name, "senders"))]
        done = run_inline(*(catalog + given if is_before else given + catalog))
        assert done.returncode == code, done.stderr
        read = {json.loads(line).get("stream") for line in done.stdout.splitlines()}
        assert read - {None} == {name, "senders"}


def test_dry_run_of_a_library_raises_what_failed(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(permanent={"openinformation": 400})
    with pytest.raises(IncompleteSyncError, match=r"1 of \d+ streams failed: open_events\.$"):
        TapMailjet(config=config_of(sandbox)).run_connection_test()
    sandbox.faults = Faults()
    assert TapMailjet(config=config_of(sandbox)).run_connection_test() is True


@pytest.mark.parametrize("content", ["null", "false", "0", '""', "[]", '"a/path"', "{"])
@pytest.mark.parametrize("option", ["--state", "--catalog"])
def test_file_that_is_not_what_its_option_says_is_refused_by_its_role(
    sandbox: Sandbox, tmp_path: pathlib.Path, option: str, content: str
) -> None:
    config = write(tmp_path, "config.json", config_of(sandbox))
    done = run_inline("--config", config, option, write(tmp_path, "file.json", content))
    assert done.returncode == 1
    (line,) = lines(done.stderr, "ERROR")
    assert f"file.json given by {option} " in line
    assert done.stdout == ""
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("content", [{}, {"bookmarks": {}}])
def test_state_with_nothing_in_it_reads_from_the_start(
    sandbox: Sandbox, tmp_path: pathlib.Path, content: dict[str, Any]
) -> None:
    config = write(tmp_path, "config.json", config_of(sandbox))
    catalog = write(tmp_path, "catalog.json", catalog_of("senders"))
    state = write(tmp_path, "state.json", content)
    done = run_inline("--config", config, "--state", state, "--catalog", catalog)
    assert done.returncode == 0, done.stderr
    assert '"RECORD"' in done.stdout
