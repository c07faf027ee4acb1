from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests import docs
from tests.helpers import sync, truth

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox


def test_the_generated_parts_of_the_readme_are_fresh() -> None:
    text = docs.README.read_text()
    assert docs.readme(text) == text, "uv run python -m tests.docs"


def test_the_generated_part_of_meltano_yml_is_fresh() -> None:
    text = docs.MELTANO.read_text()
    assert docs.meltano(text) == text, "uv run python -m tests.docs"


def test_the_tables_have_a_row_for_every_setting_and_stream() -> None:
    settings, streams = docs.settings_table(), docs.streams_table()
    assert all(f"| `{name}` |" in settings for name in docs.own_settings())
    assert all(f"`{stream.name}`" in streams for stream in docs.streams())
    assert len(docs.own_settings()) == 25
    assert len(docs.streams()) == 56


def test_the_diagram_refers_only_to_streams_that_exist() -> None:
    names = {stream.name for stream in docs.streams()}
    edges = [line.split() for line in docs.entity_diagram().splitlines() if "||--o{" in line]
    assert len(edges) > 10
    assert all(edge[0] in names and edge[2] in names for edge in edges)


def test_the_readme_shows_how_to_hide_personal_data_and_it_does(sandbox: Sandbox) -> None:
    blocks = re.findall(r"```json\n(.*?)```", docs.README.read_text(), re.DOTALL)
    (maps,) = (block for block in map(json.loads, blocks) if "stream_maps" in block)
    run = sync(sandbox, *maps["stream_maps"], **maps)
    emails = {row["Email"] for row in truth(sandbox, "contacts")}
    hashes = {one["Email"] for one in run.records["contacts"]}
    assert len(hashes) == len(emails) > 50
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes)
    assert all("Name" not in one for one in run.records["contacts"])
    for stream in maps["stream_maps"].keys() - {"contacts"}:
        field = "ContactAlt" if stream == "messages" else "ContactALT"
        # Hashed alike, so that they can still be joined.
        assert {one[field] for one in run.records[stream]} <= hashes, stream
    written = json.dumps(run.messages)
    assert not any(email in written for email in emails)
