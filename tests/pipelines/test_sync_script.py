"""The script of the README, on nights on which the target fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tap_mailjet.sandbox.commands import warehouse
from tests.helpers import UNTIL, config_of
from tests.support.pipelines import (
    PATH,
    ROOT,
    YESTERDAY,
    after,
    assert_loaded,
    held,
    is_incremental,
)

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox
    from tap_mailjet.sandbox.commands.warehouse import Warehouse

SCRIPT = ROOT / "examples" / "sync.sh"


class Folder:
    """A folder in which the script runs, with a tap and a target that are shell scripts."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.say("config.json", "{}")
        self.say("target.json", "{}")
        self.say("tap.sh", 'echo "$@" >tap.args; for n in 1 2 3; do echo "{\\"night\\":$n}"; done')

    def say(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)

    def start(self, target: str, **environment: str) -> subprocess.Popen[bytes]:
        self.say("target.sh", target)
        commands = {"TAP": "bash tap.sh", "TARGET": "bash target.sh"}
        return subprocess.Popen(
            [SCRIPT],
            cwd=self.path,
            env={**os.environ, "PATH": PATH, **commands, **environment},
            start_new_session=True,
        )

    def night(self, target: str, **environment: str) -> int:
        return self.start(target, **environment).wait(timeout=300)

    @property
    def state(self) -> str | None:
        path = self.path / "state.json"
        return path.read_text().strip() if path.exists() else None


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> Folder:
    return Folder(tmp_path)


def test_state_is_the_last_one_that_the_target_confirmed(folder: Folder) -> None:
    assert folder.night("cat") == 0
    assert folder.state == '{"night":3}'
    assert "--state" not in (folder.path / "tap.args").read_text()
    assert folder.night("cat") == 0
    assert (folder.path / "tap.args").read_text().strip() == (
        "--config config.json --state state.json"
    )


@pytest.mark.parametrize(
    ("target", "code", "state"),
    [
        ("exit 7", 7, "before"),
        ("cat >/dev/null; exit 7", 7, "before"),
        ("cat >/dev/null", 0, "before"),
        ("echo '{\"night\":9}'; exit 7", 7, '{"night":9}'),
        ('printf \'{"night":9}\\n{"nig\'; kill -9 $$', 137, '{"night":9}'),
        ("printf '{\"nig'; kill -9 $$", 137, "before"),
    ],
)
def test_target_that_fails_costs_no_confirmed_state(
    folder: Folder, target: str, code: int, state: str
) -> None:
    folder.say("state.json", "before\n")
    assert folder.night(target) == code
    assert folder.state == state
    assert [one.name for one in folder.path.glob("state.*")] == ["state.json"]


def test_tap_that_fails_is_a_failure_that_keeps_what_was_loaded(folder: Folder) -> None:
    folder.say("tap.sh", "echo '{\"night\":4}'; exit 1")
    assert folder.night("cat") == 1
    assert folder.state == '{"night":4}'


def test_empty_state_of_the_old_recipe_is_a_first_night(folder: Folder) -> None:
    folder.say("state.json", "")
    assert folder.night("cat") == 0
    assert "--state" not in (folder.path / "tap.args").read_text()
    assert folder.state == '{"night":3}'


def test_folder_that_is_full_keeps_the_state(folder: Folder) -> None:
    folder.say("state.json", "before\n")
    # Files of at most 512 bytes stand in for a disk that is full.
    folder.say("tap.sh", "for n in $(seq 999); do echo '{\"night\":4}'; done")
    limited = f"ulimit -f 1; exec {SCRIPT}"
    done = subprocess.run(
        ["/bin/bash", "-c", limited],
        cwd=folder.path,
        env={**os.environ, "TAP": "bash tap.sh", "TARGET": "cat"},
        check=False,
    )
    assert done.returncode != 0
    assert folder.state in {"before", '{"night":4}'}


def test_stop_waits_for_the_last_state(folder: Folder) -> None:
    folder.say(
        "tap.sh", 'trap \'echo "{\\"night\\":5}"; exit 143\' TERM; touch on; sleep 60 & wait'
    )
    process = folder.start("trap '' TERM; shift 2; exec cat")
    deadline = time.monotonic() + 20
    while not (folder.path / "on").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(timeout=30) == 143
    assert folder.state == '{"night":5}'


def test_nights_on_which_the_warehouse_fails_lose_no_row(
    sandbox: Sandbox, store: Warehouse, folder: Folder
) -> None:
    folder.say("config.json", json.dumps(config_of(sandbox)))
    settings = {"default_target_schema": warehouse.SCHEMA}
    up = json.dumps({**settings, "sqlalchemy_url": store.sqlalchemy_url})
    down = json.dumps(
        {**settings, "sqlalchemy_url": "postgresql+psycopg://postgres@127.0.0.1:9/none"}
    )
    real = {"TAP": "tap-mailjet", "TARGET": "target-postgres"}
    cut = 'head -n 300 | target-postgres "$@"; exit 1'
    sandbox.clock.set(YESTERDAY)

    folder.say("target.json", down)
    assert folder.night("", **real) != 0
    assert not (folder.path / "state.json").exists()
    folder.say("target.json", up)
    assert folder.night(cut, TAP="tap-mailjet") != 0
    assert folder.night("", **real) == 0
    before = held(sandbox)
    assert_loaded(store, before)

    first = folder.state
    sandbox.clock.set(UNTIL)
    folder.say("target.json", down)
    assert folder.night("", **real) != 0
    assert folder.state == first
    sandbox.requests.clear()
    folder.say("target.json", up)
    assert folder.night("", **real) == 0
    assert is_incremental(sandbox)
    assert folder.state != first
    assert_loaded(store, after(before, held(sandbox)))
