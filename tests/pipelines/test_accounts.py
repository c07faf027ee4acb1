"""Many accounts and disjoint ranges side by side, under orchestrators that people have."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Clock, Sandbox, Size
from tests.helpers import CLOCKS, UNTIL, catalog_of, config_of, truth
from tests.support.pipelines import (
    ROOT,
    YESTERDAY,
    after,
    assert_loaded,
    held,
    is_incremental,
    run,
    table,
)

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


def test_dagster_loads_each_account_into_its_own_schema(
    shops: dict[str, Sandbox], store: Warehouse, tmp_path: pathlib.Path, dagster: pathlib.Path
) -> None:
    # The other tests use the schemas shop and news.
    shops = {f"dagster_{account}": sandbox for account, sandbox in shops.items()}
    for name in ("accounts_dagster.py", "sync.sh"):
        shutil.copy(ROOT / "examples" / name, tmp_path)
    target = {"sqlalchemy_url": store.sqlalchemy_url, "default_target_schema": "for_all"}
    (tmp_path / "target.json").write_text(json.dumps(target))
    for account, sandbox in shops.items():
        (tmp_path / account).mkdir()
        (tmp_path / account / "config.json").write_text(json.dumps(config_of(sandbox)))
        sandbox.clock.set(YESTERDAY)
    command = f"'{dagster}' job execute -f accounts_dagster.py -j nightly"
    environment = {
        "MAILJET_ACCOUNTS": ",".join(shops),
        "MAILJET_FOLDER": str(tmp_path),
        "TARGET": "target-postgres",
        "DAGSTER_HOME": str(tmp_path),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    # The first night, too: the targets create their tables at the same time.
    run(command, tmp_path, **environment)
    first = {account: held(sandbox) for account, sandbox in shops.items()}
    for account, rows in first.items():
        assert_loaded(store, rows, account)
    for sandbox in shops.values():
        sandbox.clock.set(UNTIL)
        sandbox.requests.clear()
    run(command, tmp_path, **environment)
    for account, sandbox in shops.items():
        assert is_incremental(sandbox)
        assert_loaded(store, after(first[account], held(sandbox)), account)
