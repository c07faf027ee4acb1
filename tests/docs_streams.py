"""The streams as Markdown, for the generated parts of the documents."""

from __future__ import annotations

import functools
import itertools
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tap_mailjet import schemas
from tap_mailjet.reading.queries import build_queries
from tap_mailjet.singer.child_stream import ChildStream
from tap_mailjet.singer.full_table_stream import FullTableStream
from tap_mailjet.singer.unsubscription_stream import UnsubscriptionStream
from tap_mailjet.singer.windowed_stream import WindowedStream
from tap_mailjet.streams.registry import FAMILIES
from tap_mailjet.streams.statcounters import Statcounters
from tap_mailjet.tap import TapMailjet
from tests.helpers import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.singer.base_stream import MailjetStream

DEFAULTS = settings()


@functools.cache
def families() -> dict[str, list[MailjetStream]]:
    """Return the streams by family, as discovered with the default settings."""
    found = {
        type(stream): stream
        for stream in TapMailjet(config={}, validate_config=False).discover_streams()
    }
    return {family: [found[one] for one in types] for family, types in FAMILIES.items()}


def streams() -> list[MailjetStream]:
    """Return all streams, by name."""
    return sorted(itertools.chain.from_iterable(families().values()), key=lambda one: one.name)


def streams_summary() -> str:
    """Return the streams as one compact Markdown table, a row for each family."""
    total = sum(map(len, families().values()))
    lines = [
        f"{total} streams:",
        "",
        "| family | selected by default | others |",
        "| --- | --- | --- |",
    ]
    for family, members in families().items():
        chosen = [f"`{one.name}`" for one in members if one.selected_by_default]
        others = [f"`{one.name}`" for one in members if not one.selected_by_default]
        link = f"[{family}](docs/streams.md#{anchor(family)})"
        lines.append(f"| {link} | {', '.join(chosen) or '-'} | {', '.join(others) or '-'} |")
    return "\n".join(lines)


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def family_sections() -> str:
    """Return a section for each family: the table of its streams and their diagram."""
    return "\n\n".join(
        f"### {family}\n\n{_streams_table(members)}\n\n{_diagram(members)}"
        for family, members in families().items()
    )


def _streams_table(members: list[MailjetStream]) -> str:
    return "\n".join(
        [
            "| stream | resource | key | replication | requests | settings that filter it |",
            "| --- | --- | --- | --- | --- | --- |",
            *map(_stream_row, members),
        ]
    )


def _stream_row(stream: MailjetStream) -> str:
    name = f"**`{stream.name}`**" if stream.selected_by_default else f"`{stream.name}`"
    cells = (
        name,
        re.sub(r"{\w+}", "{id}", stream.resource),
        ", ".join(stream.primary_keys),
        _replication(stream),
        _requests(stream),
        _filters(stream),
    )
    return f"| {' | '.join(cells)} |"


def _replication(stream: MailjetStream) -> str:
    if isinstance(stream, ChildStream):
        return f"with {_parent(stream)}"
    if isinstance(stream, FullTableStream) and stream.change_timestamps:
        return "full table, or by what changed"
    return f"by {stream.replication_key}" if stream.replication_key else "full table"


def _requests(stream: MailjetStream) -> str:
    """Return the number of requests of a sync with the default settings."""
    if isinstance(stream, Statcounters):
        return "1 per 99 slices and source"
    if isinstance(stream, ChildStream):
        return f"1 per row of {_parent(stream)}"
    if isinstance(stream, UnsubscriptionStream):
        return "1 + 1 per new row or per 1000 of all rows"
    rows = "new rows" if isinstance(stream, WindowedStream) else "rows"
    at_least = len(build_queries(DEFAULTS, stream.filters, stream.params))
    return f"{at_least} + 1 per 1000 {rows}"


def _parent(stream: ChildStream) -> str:
    return str(vars(stream.parent_stream_type)["name"])


def _filters(stream: MailjetStream) -> str:
    if stream.name == "statcounters":
        return "`counter_*`, and the IDs of the source"
    filters = stream.filters
    names = [
        name
        for name in ("campaign_ids", "contact_list_ids", "sender_ids")
        if getattr(filters, name)
    ]
    for given, setting in (
        (filters.newsletter_tool, "include_newsletter_tool"),
        (filters.starred, "starred_only"),
        (filters.deleted, filters.deleted),
        (filters.archived_apart or filters.overview, "include_archived"),
        (filters.overview, "include_drafts"),
        (filters.overview, "include_ab_tests"),
        (filters.segment_status, "segment_status"),
    ):
        if given and setting:
            names.append(setting)
    return ", ".join(f"`{name}`" for name in names) or "-"


def _diagram(members: list[MailjetStream]) -> str:
    return "\n".join(["```mermaid", "erDiagram", *_entities(members), "```"])


def _entities(members: list[MailjetStream]) -> Iterator[str]:
    for stream in members:
        yield f"    {stream.name} {{"
        for name, spec in _fields(stream.name).items():
            marks = ["PK"] * (name in stream.primary_keys) + ["FK"] * ("x-references" in spec)
            if marks or name == stream.replication_key:
                yield f"        {_kind(spec)} {name} {','.join(marks)}".rstrip()
        yield "    }"
    for stream in members:
        for name, spec in _fields(stream.name).items():
            if target := spec.get("x-references"):
                yield f"    {target.split('.')[0]} ||--o{{ {stream.name} : {name}"


def personal_data_table() -> str:
    """Return the fields that hold personal data as a Markdown table, a row for each stream."""
    lines = ["| stream | fields with personal data |", "| --- | --- |"]
    for stream in streams():
        fields = _fields(stream.name).items()
        if names := [f"`{name}`" for name, spec in fields if spec.get("x-personal-data")]:
            lines.append(f"| `{stream.name}` | {', '.join(names)} |")
    return "\n".join(lines)


@functools.cache
def _fields(stream: str) -> dict[str, dict[str, Any]]:
    """Return the fields of a schema file with their `x-` keywords."""
    text = files(schemas).joinpath(f"{stream}.json").read_text(encoding="utf-8")
    properties: dict[str, dict[str, Any]] = json.loads(text)["properties"]
    return properties


def _kind(spec: dict[str, Any]) -> str:
    types = [spec["type"]] if isinstance(spec["type"], str) else spec["type"]
    return "timestamp" if spec.get("format") == "date-time" else str(types[0])
