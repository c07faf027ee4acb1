"""Many accounts and disjoint ranges side by side, under orchestrators that people have."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Clock, Sandbox, Size
from tests.helpers import CLOCKS, UNTIL, as_set, catalog_of, config_of, truth
from tests.support.pipelines import ROOT, YESTERDAY, assert_loaded, held, is_incremental, run, table

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

    from tap_mailjet.sandbox.commands.warehouse import Warehouse

DAGSTER = "dagster==1.13.28"
SIZE = Size(contacts=20, lists=3, campaigns=8, messages=200, days=150)


@pytest.fixture
def shops() -> Iterator[dict[str, Sandbox]]:
    """Two accounts."""
    with (
        Sandbox(size=SIZE, seed=7, until=UNTIL, clock=Clock(at=UNTIL)) as shop,
        Sandbox(size=SIZE, seed=8, until=UNTIL, clock=Clock(at=UNTIL)) as news,
    ):
        yield {"shop": shop, "news": news}


@pytest.fixture
def dagster(tmp_path: pathlib.Path) -> pathlib.Path:
    """Dagster's command, in an environment of its own."""
    run(f"uv venv --quiet env; uv pip install --quiet --python env {DAGSTER}", tmp_path)
    return tmp_path / "env" / "bin" / "dagster"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A checkout of its own, with the plugins of meltano.yml and of the accounts installed."""
    folder = tmp_path_factory.mktemp("project") / "tap-mailjet"
    folder.mkdir()
    for name in ("meltano.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tap_mailjet", folder / "tap_mailjet", ignore=skip)
    shutil.copy(ROOT / "examples" / "accounts.meltano.yml", folder)
    with (folder / "meltano.yml").open("a") as file:
        file.write("\ninclude_paths: [accounts.meltano.yml]\n")
    run("meltano install", folder)
    return folder


def given(accounts: dict[str, Sandbox], store: Warehouse) -> dict[str, str]:
    """Return the environment in which Meltano's taps, by their prefixes, read accounts."""
    environment = {"TARGET_POSTGRES_SQLALCHEMY_URL": store.sqlalchemy_url}
    for prefix, sandbox in accounts.items():
        for name in ("api_url", "api_key", "api_secret"):
            environment[f"{prefix}_{name.upper()}"] = config_of(sandbox)[name]
    return environment


def test_meltano_runs_pipeline_accounts_and_ranges_side_by_side(
    small: Sandbox, shops: dict[str, Sandbox], store: Warehouse, project: pathlib.Path
) -> None:
    shop, news = shops["shop"], shops["news"]
    accounts = {
        "TAP_MAILJET": small,
        "TAP_MAILJET__SHOP": shop,
        "TAP_MAILJET__NEWS": news,
        "TAP_MAILJET__NEWS_UNTIL_2026": news,
    }
    environment = given(accounts, store)
    news.clock.set(YESTERDAY)
    # Two targets that make the same tables at the same time get in each other's way.
    logged = run(
        """
        meltano run tap-mailjet target-postgres & one=$!
        meltano run tap-mailjet--news target-postgres--news & two=$!
        wait $one; wait $two
        """,
        project,
        **environment,
    )
    assert_loaded(store, held(small))
    news.clock.set(UNTIL)
    news.requests.clear()
    logged += run(
        """
        meltano run tap-mailjet--shop target-postgres--shop & one=$!
        meltano run tap-mailjet--news target-postgres--news & two=$!
        meltano run tap-mailjet--news-until-2026 target-postgres--news & three=$!
        wait $one; wait $two; wait $three
        """,
        project,
        **environment,
    )
    assert is_incremental(news)
    assert not any(one.api_secret in logged for one in accounts.values())
    states = run("meltano state list", project, **environment)
    for name in ("-to-target", "--shop-to-target", "--news-to-target", "--news-until-2026-to"):
        assert f"dev:tap-mailjet{name}" in states
    state = run("meltano state get dev:tap-mailjet--news-to-target-postgres--news", project)
    assert "replication_key_value" in state
    for account, held_by in shops.items():
        for stream, clock in CLOCKS.items():
            rows = truth(held_by, stream)
            assert {row[clock] < "2026" for row in rows} == {True, False}, stream
            assert keys_of(stream, table(store, stream, account)) == keys_of(stream, rows)


def primary(stream: str) -> list[str]:
    (entry,) = (one for one in catalog_of()["streams"] if one["stream"] == stream)
    return list(entry["key_properties"])


def keys_of(stream: str, rows: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    return {tuple(str(row[name]) for name in primary(stream)) for row in rows}


def test_dagster_maps_a_step_to_each_account(
    shops: dict[str, Sandbox], tmp_path: pathlib.Path, dagster: pathlib.Path
) -> None:
    # A target that keeps what it is given: the orchestration is what is tried here.
    (tmp_path / "keep.sh").write_text(
        'tee "lines.$(date +%s%N)" | grep \'"type":"STATE"\' | sed \'s/.*"value"://; s/}$//\'\n'
    )
    (tmp_path / "target.json").write_text("{}")
    for account, sandbox in shops.items():
        (tmp_path / f"{account}.json").write_text(json.dumps(config_of(sandbox)))
        sandbox.clock.set(YESTERDAY)
    command = f"'{dagster}' job execute -f '{ROOT / 'examples' / 'accounts_dagster.py'}' -j nightly"
    environment = {
        "MAILJET_ACCOUNTS": ",".join(shops),
        "MAILJET_FOLDER": str(tmp_path),
        "TARGET": "bash keep.sh",
        "DAGSTER_HOME": str(tmp_path),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    # Side by side in the second night only: a step in a process of its own takes seconds to start.
    (tmp_path / "inline.yaml").write_text("execution: {config: {in_process: {}}}")
    run(f"{command} -c inline.yaml", tmp_path, **environment)
    first = lines(tmp_path)
    for sandbox in shops.values():
        sandbox.clock.set(UNTIL)
        sandbox.requests.clear()
    run(command, tmp_path, **environment)
    for account, sandbox in shops.items():
        asked = [one.params for one in sandbox.requests if one.resource == "message"]
        assert asked
        assert all(params["FromTS"] > "2026-04" for params in asked), account
    every = {json.dumps(one, sort_keys=True) for one in lines(tmp_path)}
    assert len(every) > len({json.dumps(one, sort_keys=True) for one in first})
    for sandbox in shops.values():
        messages = {record["ID"] for record in truth(sandbox, "messages")}
        assert messages <= {json.loads(one)["ID"] for one in every}
    assert as_set(first)


def lines(folder: pathlib.Path) -> list[dict[str, Any]]:
    """The messages' records that a target was given."""
    texts = [file.read_text() for file in folder.glob("lines.*")]
    every = [json.loads(line) for text in texts for line in text.splitlines()]
    return [
        one["record"] for one in every if one["type"] == "RECORD" and one["stream"] == "messages"
    ]
