"""The ways people run it, with the real tools: a pipe, Meltano, and the scheduled job."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import yaml

from tap_mailjet.sandbox.commands import warehouse
from tap_mailjet.timestamps import parse_instant, to_wire
from tests.conftest import UNTIL
from tests.helpers import CLOCKS, DEFAULT, LISTED, as_set, catalog_of, config_of, truth
from tests.pipelines import ROOT, WIRE, run, table

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox
    from tap_mailjet.sandbox.commands.warehouse import Warehouse

YESTERDAY = UNTIL - timedelta(days=1)


Tables = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def held(sandbox: Sandbox) -> Tables:
    """What the sandbox holds, by stream and key: equal clicks of one second are one row."""
    keys = {one["stream"]: one["key_properties"] for one in catalog_of()["streams"]}
    return {
        stream: {tuple(row[name] for name in keys[stream]): row for row in truth(sandbox, stream)}
        for stream in LISTED
    }


def after(before: Tables, now: Tables) -> Tables:
    """What a warehouse holds after a second sync: what is older than the lookback stays."""
    for stream, clock in CLOCKS.items():
        last = max(row[clock] for row in before[stream].values())
        margin = to_wire(parse_instant(last).subtract(hours=24))
        for key, row in before[stream].items():
            if row[clock] < margin:
                now[stream][key] = row
    return now


def assert_loaded(store: Warehouse, expected: Tables) -> None:
    for stream, rows in expected.items():
        assert rows, stream
        assert as_set(table(store, stream)) == as_set(rows.values()), stream


def is_incremental(sandbox: Sandbox) -> bool:
    """Whether the last requests looked back from a bookmark, and did not begin anew."""
    asked = [one.params for one in sandbox.requests if one.resource == "openinformation"]
    assert asked
    begun = (YESTERDAY - timedelta(days=14)).strftime(WIRE)
    return all(params["EventFromTs"] > begun for params in asked)


def test_a_pipe_into_target_postgres_loads_what_mailjet_holds(
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


def test_meltano_runs_the_pipeline_and_keeps_its_state(
    sandbox: Sandbox, store: Warehouse, project: pathlib.Path
) -> None:
    environment = {
        "TAP_MAILJET_API_URL": sandbox.url,
        "TAP_MAILJET_API_KEY": sandbox.api_key,
        "TAP_MAILJET_API_SECRET": sandbox.api_secret,
        "TARGET_POSTGRES_SQLALCHEMY_URL": store.sqlalchemy_url,
    }
    sandbox.clock.set(YESTERDAY)
    run("meltano run tap-mailjet target-postgres", project, **environment)
    before = held(sandbox)
    assert_loaded(store, before)

    sandbox.clock.set(UNTIL)
    sandbox.requests.clear()
    said = run("meltano run tap-mailjet target-postgres", project, **environment)
    assert is_incremental(sandbox)
    assert_loaded(store, after(before, held(sandbox)))
    assert sandbox.api_secret not in said
    state = run("meltano state get dev:tap-mailjet-to-target-postgres", project, **environment)
    assert "replication_key_value" in state


class Job:
    """The scheduled job that a user can copy, run here step by step."""

    def __init__(self, folder: pathlib.Path, secrets: dict[str, str]) -> None:
        text = (ROOT / ".github" / "examples" / "nightly-sync.yml").read_text()
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


def test_the_scheduled_job_installs_syncs_and_keeps_its_state(
    sandbox: Sandbox, store: Warehouse, tmp_path: pathlib.Path
) -> None:
    run(f"uv build --quiet --wheel --out-dir '{tmp_path / 'dist'}' '{ROOT}'", ROOT)
    secrets = {
        "MAILJET_API_KEY": sandbox.api_key,
        "MAILJET_API_SECRET": sandbox.api_secret,
        "WAREHOUSE_URL": store.sqlalchemy_url,
    }
    job = Job(tmp_path, secrets)
    job.run("Install", PIP_FIND_LINKS=str(tmp_path / "dist"))
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


def test_the_demo_loads_everything_and_then_what_is_new(tmp_path: pathlib.Path) -> None:
    said = run("tap-mailjet-sandbox demo --messages 1000 --seed 4", tmp_path)
    rows = {line.split()[0]: line.split() for line in said.splitlines() if "equal" in line}
    assert rows.keys() == {*DEFAULT}
    first, second = (int(count.replace(",", "")) for count in rows["messages"][1:3])
    assert 0 < second < first / 4
    asked = run("""tap-mailjet-sandbox query 'SELECT count(*) FROM "messages"'""", tmp_path)
    assert rows["messages"][3].replace(",", "") in asked
