"""Column names in PostgreSQL: quoted as they are, or in snake_case with the map of the example."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import psycopg

from tap_mailjet.sandbox.commands import warehouse
from tests.helpers import DEFAULT, LISTED, RESOURCES, SCHEMAS, as_set, catalog_of, config_of, sync
from tests.support.pipelines import ROOT, held, run, table

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox
    from tap_mailjet.sandbox.commands.warehouse import Warehouse

EXAMPLE = ROOT / "examples" / "snake_case.py"


def test_map_of_the_example_loads_snake_case_columns(
    sandbox: Sandbox, store: Warehouse, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config_of(sandbox)))
    target = {"sqlalchemy_url": store.sqlalchemy_url, "default_target_schema": warehouse.SCHEMA}
    (tmp_path / "target.json").write_text(json.dumps(target))
    pipe = (
        f"tap-mailjet --discover | python3 '{EXAMPLE}' > snake_case.json; "
        "tap-mailjet --config config.json --config snake_case.json {} "
        "| target-postgres --config target.json > states.jsonl; tail -n 1 states.jsonl > state.json"
    )
    run(pipe.replace("{}", ""), tmp_path)
    expected = held(sandbox)
    maps = json.loads((tmp_path / "snake_case.json").read_text())["stream_maps"]
    for _ in range(2):
        for stream in LISTED:
            names = {name: own for name, own in maps[stream].items() if not name.startswith("__")}
            rows = table(store, stream)
            assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for row in rows for name in row)
            renamed = [{names[name]: value for name, value in row.items()} for row in rows]
            assert as_set(renamed) == as_set(expected[stream].values()), stream
        # A second sync loads into the same rows by their renamed keys.
        run(pipe.replace("{}", "--state state.json"), tmp_path)
    with psycopg.connect(store.url) as connection:
        connection.execute(f"SET search_path = {warehouse.SCHEMA}")
        found = connection.execute("SELECT count(DISTINCT contact_id) FROM open_events").fetchone()
    assert found
    assert found[0] > 1


def test_map_of_the_example_renames_the_fields_of_all_streams(
    small: Sandbox, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "catalog.json").write_text(json.dumps(catalog_of(*RESOURCES)))
    maps = json.loads(run(f"python3 '{EXAMPLE}' < catalog.json", tmp_path))
    renamed = sync(small, *RESOURCES, **maps).records
    plain = sync(small, *RESOURCES).records
    assert {stream: len(rows) for stream, rows in renamed.items()} == {
        stream: len(rows) for stream, rows in plain.items()
    }
    for stream, rows in renamed.items():
        assert all(
            list(one.values()) == list(two.values())
            for one, two in zip(rows, plain[stream], strict=True)
        ), stream


def test_names_of_the_example_are_different_in_each_stream(tmp_path: pathlib.Path) -> None:
    (tmp_path / "catalog.json").write_text(json.dumps(catalog_of(*DEFAULT)))
    said = run(f"python3 '{EXAMPLE}' < catalog.json", tmp_path)
    maps = json.loads(said)["stream_maps"]
    assert len(maps) > 50
    for stream, entry in maps.items():
        fields = SCHEMAS.get_schema(stream)["properties"]
        values = [one for one in entry.values() if isinstance(one, str)]
        assert [re.sub(r"record\['(.*)'\]", r"\1", one) for one in values] == list(fields), stream
