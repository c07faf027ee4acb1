"""The documents, compared with what the code does."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tap_mailjet.singer.sync_report import StreamProgress
from tests import docs, docs_streams
from tests.helpers import sync, truth
from tests.wording import TAP, documents, tap_modules

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox

MARKDOWN = [path for path in documents() if path.suffix == ".md"]
GUARANTEES = docs.ROOT / "docs" / "guarantees.md"
ARCHITECTURE = docs.ROOT / "docs" / "architecture.md"


def between(text: str, name: str) -> str:
    """Return what is between the marks of a part of a document."""
    return text.partition(f"<!-- {name}")[2].partition("-->")[2].partition(f"<!-- end of {name}")[0]


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def test_generated_parts_are_fresh() -> None:
    stale = [path.name for path, made in docs.documents().items() if path.read_text() != made]
    assert stale == [], "uv run python -m tests.docs"


def test_tables_have_a_row_for_every_setting_and_stream() -> None:
    settings, summary = docs.settings_table(), docs_streams.streams_summary()
    sections = docs_streams.family_sections()
    assert all(f"| `{name}` |" in settings for name in docs.own_settings())
    for stream in docs_streams.streams():
        assert f"`{stream.name}`" in summary
        assert f"`{stream.name}`" in sections


def test_diagrams_refer_only_to_streams_that_exist() -> None:
    names = {stream.name for stream in docs_streams.streams()}
    sections = docs_streams.family_sections().splitlines()
    edges = [line.split() for line in sections if "||--o{" in line]
    assert len(edges) > 10
    assert all(edge[0] in names and edge[2] in names for edge in edges)


def test_core_streams_are_listed() -> None:
    listed = re.findall(r"`(\w+)`", between(docs.STREAMS.read_text(), "core"))
    assert {*listed} == {stream.name for stream in docs_streams.streams() if stream.is_core}
    assert len(listed) == 9


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.name)
def test_links_between_files_resolve(path: pathlib.Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(path.read_text())):
        name, _, fragment = target.partition("#")
        if "://" in name:
            continue
        file = path.parent / name if name else path
        if not file.exists() or (fragment and fragment not in anchors(file)):
            broken.append(target)
    assert broken == []


def anchors(path: pathlib.Path) -> set[str]:
    """Return the anchors of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", without_code(path.read_text()), re.MULTILINE)
    return {docs_streams.anchor(heading) for heading in headings}


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.name)
def test_files_that_are_named_exist(path: pathlib.Path) -> None:
    pattern = r"`((?:tests|tap_mailjet|docs|examples)/[\w/.-]*\w)`"
    named = re.findall(pattern, without_code(path.read_text()))
    assert [name for name in named if not (docs.ROOT / name).exists()] == []


def test_files_on_the_path_of_a_page_exist() -> None:
    text = ARCHITECTURE.read_text()
    diagram = text.partition("```mermaid")[2].partition("```")[0]
    named = dict(re.findall(r'\["([\w ]+): ([\w/.]+)"\]', diagram))
    assert named.keys() == {"requested", "proved complete", "typed", "written"}
    assert [name for name in named.values() if not (TAP / name).is_file()] == []
    for name in named.values():
        assert f"`{name}`" in text


def test_layers_of_the_architecture_exist() -> None:
    rows = re.findall(r"^\| (`.+?`) \|", ARCHITECTURE.read_text(), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([\w/.]+)`", row)]
    assert {*named} >= {"cli.py", "tap.py", "streams/", "singer/", "reading/", "api/"}
    assert [name for name in named if not (TAP / name).exists()] == []


def test_commands_for_the_demo_and_the_tests_are_those_that_ci_runs() -> None:
    script = (docs.ROOT / ".ci" / "run").read_text()
    own_uv = "python3 -m venv .venv-uv && .venv-uv/bin/pip install -q uv && .venv-uv/bin/"
    pattern = rf"^{re.escape(own_uv)}(uv run .*)$"
    demo, tests = re.findall(pattern, docs.README.read_text(), re.MULTILINE)
    assert demo == "uv run --no-dev --extra demo tap-mailjet-sandbox demo"
    assert tests.startswith("uv run pytest")
    assert script.rstrip().endswith(tests)
    # The script makes the same environment if uv is not installed.
    assert (
        own_uv.replace(" -q ", " --quiet ").split(" && ")[:2]
        == [line.strip() for line in script.splitlines() if ".venv-uv" in line][:2]
    )


def test_messages_of_the_troubleshooting_table_are_in_the_code() -> None:
    tables = [
        between(path.read_text(), "messages")
        for path in (docs.README, docs.ROOT / "docs" / "troubleshooting.md")
    ]
    common, messages = (re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE) for table in tables)
    assert len(messages) > 8
    assert {*common} < {*messages}
    texts = literals()
    for message in messages:
        for part in re.split(r"\.\.\.|\d+|:", message):
            assert part.strip() in texts, message


def literals() -> str:
    """Return all string literals of the tap, with implicit concatenations joined."""
    return "\n".join(
        node.value
        for path in tap_modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@pytest.mark.parametrize("path", [docs.README, GUARANTEES], ids=lambda path: path.name)
def test_line_of_the_report_has_the_form_that_the_documents_show(path: pathlib.Path) -> None:
    progress = StreamProgress("messages", rows=4913, requests=8, finished=True)
    assert str(progress).replace(" 0.0 s", " 0.9 s") in path.read_text().splitlines()


def test_stream_maps_of_the_privacy_document_hide_personal_data(sandbox: Sandbox) -> None:
    blocks = re.findall(r"```json\n(.*?)```", docs.PRIVACY.read_text(), re.DOTALL)
    (maps,) = (block for block in map(json.loads, blocks) if "stream_maps" in block)
    run = sync(sandbox, *maps["stream_maps"], **maps)
    emails = {row["Email"] for row in truth(sandbox, "contacts")}
    hashes = {one["Email"] for one in run.records["contacts"]}
    assert len(hashes) == len(emails) > 50
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes)
    assert all("Name" not in one for one in run.records["contacts"])
    for stream in maps["stream_maps"].keys() - {"contacts"}:
        field = "ContactAlt" if stream == "messages" else "ContactALT"
        # Equal addresses have equal hashes, so that the streams can still be joined.
        assert {one[field] for one in run.records[stream]} <= hashes, stream
    written = json.dumps(run.messages)
    assert not any(email in written for email in emails)


def test_stream_map_of_the_privacy_document_renames_fields(sandbox: Sandbox) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", docs.PRIVACY.read_text(), re.DOTALL)
    (maps,) = (block for block in map(yaml.safe_load, blocks) if "stream_maps" in block)
    [schema, *_] = (run := sync(sandbox, *maps["stream_maps"], **maps)).messages
    assert schema["key_properties"] == ["id"]
    expected = [(row["ID"], row["Email"]) for row in truth(sandbox, "senders")]
    found = [(row["id"], row["email"]) for row in run.records["senders"]]
    assert sorted(found) == sorted(expected)
    assert {*run.records["senders"][0]} == {"id", "email", "created_at"}
