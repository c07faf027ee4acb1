"""Writes the generated parts of README.md and meltano.yml: `uv run python -m tests.docs`."""

from __future__ import annotations

import functools
import itertools
import json
import pathlib
import re
from typing import TYPE_CHECKING, Any

from tap_mailjet.config.schema import CONFIG_JSONSCHEMA
from tap_mailjet.reading.queries import build_queries
from tap_mailjet.singer.child_stream import ChildStream
from tap_mailjet.singer.full_table_stream import FullTableStream
from tap_mailjet.singer.windowed_stream import WindowedStream
from tap_mailjet.streams.registry import FAMILIES
from tap_mailjet.streams.statcounters import Statcounters
from tap_mailjet.tap import TapMailjet
from tests.helpers import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.singer.base_stream import MailjetStream

ROOT = pathlib.Path(__file__).parent.parent
README = ROOT / "README.md"
MELTANO = ROOT / "meltano.yml"

DEFAULTS = settings()


def own_settings() -> dict[str, dict[str, Any]]:
    """The tap's own settings, without those that the SDK adds, by name."""
    names = CONFIG_JSONSCHEMA["properties"].keys() - _sdk_settings()
    return {name: spec for name, spec in CONFIG_JSONSCHEMA["properties"].items() if name in names}


def _sdk_settings() -> set[str]:
    builtin: dict[str, Any] = {}
    TapMailjet.append_builtin_config(builtin)
    return set(builtin["properties"])


def settings_table() -> str:
    """The settings as a Markdown table."""
    lines = [
        "| setting | type | default | what it does |",
        "| --- | --- | --- | --- |",
    ]
    for name, spec in own_settings().items():
        required = name in CONFIG_JSONSCHEMA["required"]
        default = f"`{json.dumps(spec['default'])}`" if "default" in spec else "-"
        lines.append(
            f"| `{name}` | {_type(spec)} | {'**required**' if required else default} "
            f"| {spec['description']} |"
        )
    return "\n".join(lines)


def _type(spec: dict[str, Any]) -> str:
    if "enum" in spec:
        return ", ".join(f"`{value}`" for value in spec["enum"] if value is not None)
    if spec.get("format") == "date-time":
        return "date"
    (name,) = [name for name in spec["type"] if name != "null"]
    if name == "array":
        return "list of integers"
    if "minimum" in spec:
        return (
            f"integer, {spec['minimum']} to {spec['maximum']}"
            if "maximum" in spec
            else (f"integer from {spec['minimum']}")
        )
    return str(name)


@functools.cache
def families() -> dict[str, list[MailjetStream]]:
    """The streams by family, as discovered with the default settings."""
    found = {
        type(stream): stream
        for stream in TapMailjet(config={}, validate_config=False).discover_streams()
    }
    return {family: [found[one] for one in types] for family, types in FAMILIES.items()}


def streams() -> list[MailjetStream]:
    """All streams, by name."""
    return sorted(itertools.chain.from_iterable(families().values()), key=lambda one: one.name)


def streams_table() -> str:
    """The streams as Markdown tables, one a family, with what each costs."""
    lines = []
    for family, members in families().items():
        lines += [
            f"**{family}**",
            "",
            "| stream | resource | key | replication | requests | settings that filter it |",
            "| --- | --- | --- | --- | --- | --- |",
            *map(_stream_row, members),
            "",
        ]
    return "\n".join(lines[:-1])


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
    """What a sync of a stream costs with the default settings."""
    if isinstance(stream, Statcounters):
        return "1 per 99 slices and source"
    if isinstance(stream, ChildStream):
        return f"1 per row of {_parent(stream)}"
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


def entity_diagram() -> str:
    """The streams and what refers to what, as Mermaid diagrams, one a family."""
    return "\n\n".join(
        "\n".join([f"**{family}**", "", "```mermaid", "erDiagram", *_entities(members), "```"])
        for family, members in families().items()
    )


def _entities(members: list[MailjetStream]) -> Iterator[str]:
    for stream in members:
        yield f"    {stream.name} {{"
        for name, spec in stream.schema["properties"].items():
            marks = ["PK"] * (name in stream.primary_keys) + ["FK"] * (_refers(spec) is not None)
            if marks or name == stream.replication_key:
                yield f"        {_kind(spec)} {name} {','.join(marks)}".rstrip()
        yield "    }"
    for stream in members:
        for name, spec in stream.schema["properties"].items():
            if target := _refers(spec):
                yield f"    {target} ||--o{{ {stream.name} : {name}"


def _refers(spec: dict[str, Any]) -> str | None:
    """The stream that a field refers to, as its description says."""
    found = re.search(r"refers to (\w+)\.", spec["description"])
    return found and found[1]


def _kind(spec: dict[str, Any]) -> str:
    types = [spec["type"]] if isinstance(spec["type"], str) else spec["type"]
    return "timestamp" if spec.get("format") == "date-time" else str(types[0])


def meltano_select() -> str:
    """The streams that are selected by default, as Meltano's selection rules."""
    return "\n".join(
        f"        - {stream.name}.*" for stream in streams() if stream.selected_by_default
    )


def meltano_settings() -> str:
    """The settings as a Meltano plugin's, in YAML."""
    lines = []
    for name, spec in own_settings().items():
        lines.append(f"        - name: {name}")
        lines.append(f"          kind: {_meltano_kind(spec)}")
        if spec.get("secret"):
            lines.append("          sensitive: true")
        if "enum" in spec:
            lines.append("          options:")
            lines += [
                f"            - {{label: {value}, value: {value}}}"
                for value in spec["enum"]
                if value is not None
            ]
        lines.append(f"          label: {spec['title']}")
        lines.append(f"          description: {json.dumps(spec['description'])}")
    return "\n".join(lines)


def _meltano_kind(spec: dict[str, Any]) -> str:
    if "enum" in spec:
        return "options"
    if spec.get("format") == "date-time":
        return "date_iso8601"
    (name,) = [name for name in spec["type"] if name != "null"]
    return str(name)


def readme(text: str) -> str:
    """README.md with its generated parts made anew."""
    for name, made in (
        ("settings", settings_table()),
        ("streams", streams_table()),
        ("entities", entity_diagram()),
    ):
        text = _between(text, f"<!-- {name} -->", f"<!-- end of {name} -->", made)
    return text


def meltano(text: str) -> str:
    """meltano.yml with its generated part made anew."""
    generated = "# generated by `uv run python -m tests.docs`"
    for name, end, made in (
        ("select", "      # end of select", meltano_select()),
        ("settings", "        # end of settings", meltano_settings()),
    ):
        text = _between(text, f"      {name}: {generated}", end, made)
    return text


def _between(text: str, begin: str, end: str, made: str) -> str:
    """Put `made` between the line `begin` and the line `end`, which stand once each."""
    pattern = re.compile(f"^{re.escape(begin)}$.*?^{re.escape(end)}$", re.DOTALL | re.MULTILINE)
    replaced, count = pattern.subn(lambda _: f"{begin}\n{made}\n{end}", text)
    if count != 1:
        message = f"{begin!r} stands {count} times, not once"
        raise ValueError(message)
    return replaced


if __name__ == "__main__":
    README.write_text(readme(README.read_text()))
    MELTANO.write_text(meltano(MELTANO.read_text()))
