"""Many accounts and disjoint ranges side by side, under orchestrators that people have."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Clock, Sandbox, Size
from tests.conftest import UNTIL
from tests.helpers import CLOCKS, as_set, catalog_of, config_of, truth
from tests.pipelines import ROOT, run, table

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

    from tap_mailjet.sandbox.commands.warehouse import Warehouse

DAGSTER = "dagster==1.13.28"
SIZE = Size(contacts=30, lists=3, campaigns=8, messages=300, days=200)


@pytest.fixture
def shops() -> Iterator[dict[str, Sandbox]]:
    """Two accounts."""
    with (
        Sandbox(size=SIZE, seed=7, until=UNTIL, clock=Clock(at=UNTIL)) as shop,
        Sandbox(size=SIZE, seed=8, until=UNTIL, clock=Clock(at=UNTIL)) as news,
    ):
        yield {"shop": shop, "news": news}


def test_meltano_runs_accounts_and_ranges_side_by_side(
    shops: dict[str, Sandbox], store: Warehouse, project: pathlib.Path
) -> None:
    shutil.copy(ROOT / "examples" / "accounts.meltano.yml", project)
    plain = (project / "meltano.yml").read_text()
    (project / "meltano.yml").write_text(f"{plain}\ninclude_paths: [accounts.meltano.yml]\n")
    environment = {"TARGET_POSTGRES_SQLALCHEMY_URL": store.sqlalchemy_url}
    for tap, account in (("SHOP", "shop"), ("NEWS", "news"), ("NEWS_UNTIL_2026", "news")):
        for name in ("api_url", "api_key", "api_secret"):
            given = config_of(shops[account])[name]
            environment[f"TAP_MAILJET__{tap}_{name.upper()}"] = given
    try:
        run("meltano install", project)
        # Two targets that make the same tables at the same time get in each other's way.
        run("meltano run tap-mailjet--news target-postgres--news", project, **environment)
        run(
            """
            meltano run tap-mailjet--shop target-postgres--shop & one=$!
            meltano run tap-mailjet--news target-postgres--news & two=$!
            meltano run tap-mailjet--news-until-2026 target-postgres--news & three=$!
            wait $one; wait $two; wait $three
            """,
            project,
            **environment,
        )
        states = run("meltano state list", project, **environment)
    finally:
        (project / "meltano.yml").write_text(plain)
    for name in ("shop-to-target-postgres--shop", "news-to-target-postgres--news"):
        assert f"dev:tap-mailjet--{name}" in states
    assert "dev:tap-mailjet--news-until-2026-to-target-postgres--news" in states
    for account, sandbox in shops.items():
        for stream, clock in CLOCKS.items():
            rows = truth(sandbox, stream)
            assert {row[clock] < "2026" for row in rows} == {True, False}, stream
            assert keys_of(stream, table(store, stream, account)) == keys_of(stream, rows)


def primary(stream: str) -> list[str]:
    (entry,) = (one for one in catalog_of()["streams"] if one["stream"] == stream)
    return list(entry["key_properties"])


def keys_of(stream: str, rows: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    return {tuple(str(row[name]) for name in primary(stream)) for row in rows}


def test_dagster_maps_a_step_to_each_account(
    shops: dict[str, Sandbox], tmp_path: pathlib.Path
) -> None:
    # A target that keeps what it is given: the orchestration is what is tried here.
    (tmp_path / "keep.sh").write_text(
        'tee "lines.$(date +%s%N)" | grep \'"type":"STATE"\' | sed \'s/.*"value"://; s/}$//\'\n'
    )
    (tmp_path / "target.json").write_text("{}")
    for account, sandbox in shops.items():
        (tmp_path / f"{account}.json").write_text(json.dumps(config_of(sandbox)))
        sandbox.clock.set(UNTIL - timedelta(days=1))
    command = (
        f"uv run --quiet --isolated --no-project --with {DAGSTER} "
        f"dagster job execute -f '{ROOT / 'examples' / 'accounts_dagster.py'}' -j nightly"
    )
    environment = {
        "MAILJET_ACCOUNTS": ",".join(shops),
        "MAILJET_FOLDER": str(tmp_path),
        "TARGET": "bash keep.sh",
        "DAGSTER_HOME": str(tmp_path),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    run(command, tmp_path, **environment)
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
