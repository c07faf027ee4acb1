"""Writes the generated parts of README.md and meltano.yml: `uv run python -m tests.docs`."""

from __future__ import annotations

import json
import pathlib
import re
from typing import TYPE_CHECKING, Any

from tap_mailjet.config_schema import CONFIG_JSONSCHEMA
from tap_mailjet.tap import TapMailjet

if TYPE_CHECKING:
    from tap_mailjet.streams.base import MailjetStream

ROOT = pathlib.Path(__file__).parent.parent
README = ROOT / "README.md"
MELTANO = ROOT / "meltano.yml"

# Foreign keys that cannot be told from the field's name alone.
REFERENCES = {
    "CampaignID": "sent_campaigns",
    "ContactID": "contacts",
    "MessageID": "messages",
    "ListID": "contact_lists",
    "SegmentationID": "segmentation",
}


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


def streams() -> list[MailjetStream]:
    """The streams, as discovered with the default settings."""
    return sorted(
        TapMailjet(config={}, validate_config=False).discover_streams(),
        key=lambda stream: stream.name,
    )


def streams_table() -> str:
    """The streams as a Markdown table, with the settings each can be asked by."""
    lines = [
        "| stream | resource | key | replication | settings that filter it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for stream in streams():
        key = ", ".join(stream.primary_keys)
        how = f"by {stream.replication_key}" if stream.replication_key else "full table"
        lines.append(
            f"| `{stream.name}` | {stream.resource} | {key} | {how} | {_filters(stream)} |"
        )
    return "\n".join(lines)


def _filters(stream: MailjetStream) -> str:
    if stream.name == "statcounters":
        return "`counter_*`, and the IDs of the source"
    filters = stream.filters
    names = [
        name
        for name in ("campaign_ids", "contact_list_ids", "sender_ids")
        if getattr(filters, name)
    ]
    if filters.campaign_flags:
        names += ["include_newsletter_tool", "starred_only"]
    if filters.deleted:
        names.append(filters.deleted)
    if filters.segment_status:
        names.append("segment_status")
    return ", ".join(f"`{name}`" for name in names) or "-"


def entity_diagram() -> str:
    """The streams and what refers to what, as a Mermaid diagram."""
    lines = ["```mermaid", "erDiagram"]
    for stream in streams():
        lines.append(f"    {stream.name} {{")
        for name, spec in stream.schema["properties"].items():
            marks = [
                mark
                for mark, applies in (
                    ("PK", name in stream.primary_keys),
                    ("FK", _refers(stream, name) is not None),
                )
                if applies
            ]
            if marks or name == stream.replication_key:
                lines.append(f"        {_kind(spec)} {name} {','.join(marks)}".rstrip())
        lines.append("    }")
    for stream in streams():
        for name in stream.schema["properties"]:
            target = _refers(stream, name)
            if target:
                lines.append(f"    {target} ||--o{{ {stream.name} : {name}")
    return "\n".join([*lines, "```"])


def _refers(stream: MailjetStream, field: str) -> str | None:
    if (stream.name, field) == ("bounce_events", "ID"):
        return "messages"  # https://dev.mailjet.com/email/reference/statistics/bounce/
    return REFERENCES.get(field)


def _kind(spec: dict[str, Any]) -> str:
    types = [spec["type"]] if isinstance(spec["type"], str) else spec["type"]
    return "timestamp" if spec.get("format") == "date-time" else str(types[0])


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
    begin = "      settings: # generated by `uv run python -m tests.docs`"
    return _between(text, begin, "        # end of settings", meltano_settings())


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
