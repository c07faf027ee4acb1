"""Pipelines with the real tools: a pipe into target-postgres and the scheduled job."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tap_mailjet.sandbox.commands import warehouse
from tests.helpers import UNTIL, config_of
from tests.support.pipelines import ROOT, YESTERDAY, after, assert_loaded, held, is_incremental, run

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox
    from tap_mailjet.sandbox.commands.warehouse import Warehouse


def test_pipe_into_target_postgres_loads_what_mailjet_holds(
    sandbox: Sandbox, store: Warehouse, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config_of(sandbox)))
    target = {"sqlalchemy_url": store.sqlalchemy_url, "default_target_schema": warehouse.SCHEMA}
    (tmp_path / "target.json").write_text(json.dumps(target))
    sandbox.clock.set(YESTERDAY)
    pipe = "tap-mailjet --config config.json {} | target-postgres --config target.json > out.jsonl"
    run(pipe.format(""), tmp_path)
    before = held(sandbox)
    assert_loaded(store, before)

    run("tail -n 1 out.jsonl > state.json", tmp_path)
    sandbox.clock.set(UNTIL)
    sandbox.requests.clear()
    run(pipe.format("--state state.json"), tmp_path)
    assert is_incremental(sandbox)
    assert_loaded(store, after(before, held(sandbox)))


INSTALLERS = {
    "pip": {},
    # The same environments, without dependencies of tests, in a fifth of the time.
    "uv": {
        r"python -m venv (\w+)": r"uv venv --quiet --python python \1",
        r"(\w+)/bin/pip install ": r"uv pip install --quiet --python \1 ",
    },
}
"""How the job installs tap and target: as it is written, or by commands that stand in for it."""


class Job:
    """The scheduled job that a user can copy, run here step by step."""

    def __init__(self, folder: pathlib.Path, secrets: dict[str, str], *, installer: str) -> None:
        text = (ROOT / "examples" / "nightly-sync.yml").read_text()
        for pattern, command in INSTALLERS[installer].items():
            text, count = re.subn(pattern, command, text)
            assert count == 2
        for name, value in secrets.items():
            text = text.replace("${{ secrets." + name + " }}", value)
        self.steps = yaml.safe_load(text)["jobs"]["sync"]["steps"]
        self.folder = folder

    def run(self, *names: str, **environment: str) -> None:
        """Run the steps with these names; GitHub's own actions have nothing to do here."""
        for name in names:
            (step,) = (one for one in self.steps if one.get("name") == name)
            assert step["shell"] == "bash"
            run(step["run"], self.folder, **step.get("env", {}), **environment)


@pytest.mark.parametrize("installer", ["uv", pytest.param("pip", marks=pytest.mark.scheduled)])
def test_scheduled_job_installs_syncs_and_keeps_its_state(
    sandbox: Sandbox, store: Warehouse, tmp_path: pathlib.Path, installer: str
) -> None:
    run(f"uv build --quiet --wheel --out-dir '{tmp_path / 'dist'}' '{ROOT}'", ROOT)
    secrets = {
        "MAILJET_API_KEY": sandbox.api_key,
        "MAILJET_API_SECRET": sandbox.api_secret,
        "WAREHOUSE_URL": store.sqlalchemy_url,
    }
    job = Job(tmp_path, secrets, installer=installer)
    # Modules that no run imports need not be compiled.
    quick = {"PIP_NO_COMPILE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    dist = str(tmp_path / "dist")
    job.run("Install", PIP_FIND_LINKS=dist, UV_FIND_LINKS=dist, **quick)
    sync = ("Sync", "Take the last state that the target confirmed")
    sandbox.clock.set(YESTERDAY)
    job.run(*sync, TAP_MAILJET_API_URL=sandbox.url)
    first = json.loads((tmp_path / "state.json").read_text())
    before = held(sandbox)
    assert_loaded(store, before)

    sandbox.clock.set(UNTIL)
    sandbox.requests.clear()
    job.run(*sync, TAP_MAILJET_API_URL=sandbox.url)
    second = json.loads((tmp_path / "state.json").read_text())
    assert is_incremental(sandbox)
    marks = [
        state["bookmarks"]["open_events"]["replication_key_value"] for state in (first, second)
    ]
    assert marks[0] < marks[1]
    assert_loaded(store, after(before, held(sandbox)))
