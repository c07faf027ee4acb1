"""What tests of several rooms need."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_sdk.schema.source import SchemaDirectory

from tap_mailjet import schemas
from tap_mailjet.config_schema import CONFIG_JSONSCHEMA
from tap_mailjet.settings import Settings, parse_settings
from tap_mailjet.tap import STREAMS, TapMailjet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_mailjet.sandbox import Sandbox

RESOURCES: dict[str, str] = {vars(stream)["name"]: stream.resource for stream in STREAMS}
# The windowed streams and the field that shows their clock.
CLOCKS = {
    "bounce_events": "BouncedAt",
    "click_events": "ClickedAt",
    "open_events": "OpenedAt",
    "messages": "ArrivedAt",
    "sent_campaigns": "SendStartAt",
}
SCHEMAS: SchemaDirectory = SchemaDirectory(schemas)


def full_config(**given: Any) -> dict[str, Any]:
    """A configuration with its defaults filled in, as the SDK hands it over."""
    defaults = {
        name: spec["default"]
        for name, spec in CONFIG_JSONSCHEMA["properties"].items()
        if "default" in spec
    }
    return {"api_key": "the-key", "api_secret": "the-secret", **defaults, **given}


def settings(**given: Any) -> Settings:
    """Settings as parsed from such a configuration."""
    return parse_settings(full_config(**given))


def catalog_of(*streams: str) -> dict[str, Any]:
    """A catalogue in which only these streams are selected."""
    catalog = TapMailjet(config={}, validate_config=False).catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["stream"] in streams
    return catalog


def config_of(sandbox: Sandbox, **given: Any) -> dict[str, Any]:
    """A configuration that reads a sandbox."""
    return {
        "api_url": sandbox.url,
        "api_key": sandbox.api_key,
        "api_secret": sandbox.api_secret,
        **given,
    }


@dataclass
class Run:
    """What a tap wrote to stdout."""

    messages: list[dict[str, Any]]

    @property
    def records(self) -> dict[str, list[dict[str, Any]]]:
        """The records by stream, in their order."""
        by_stream: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for message in self.messages:
            if message["type"] == "RECORD":
                by_stream[message["stream"]].append(message["record"])
        return by_stream

    @property
    def state(self) -> dict[str, Any]:
        """The last state, which a later sync would be given."""
        value: dict[str, Any] = [one for one in self.messages if one["type"] == "STATE"][-1][
            "value"
        ]
        return value


def sync(
    sandbox: Sandbox,
    *streams: str,
    state: dict[str, Any] | None = None,
    catalog: dict[str, Any] | None = None,
    **given: Any,
) -> Run:
    """Sync streams of a sandbox, or all of them, and keep what the tap wrote."""
    tap = TapMailjet(
        config=config_of(sandbox, **given),
        state=copy.deepcopy(state),
        catalog=catalog_of(*streams) if streams else catalog,
    )
    with contextlib.redirect_stdout(io.StringIO()) as written:
        tap.sync_all()
    return Run([json.loads(line) for line in written.getvalue().splitlines()])


def truth(sandbox: Sandbox, stream: str) -> list[dict[str, Any]]:
    """What a sandbox holds of a stream, as records: an absent value is null, not `""`."""
    properties = SCHEMAS.get_schema(stream)["properties"]
    return [
        {
            name: None if row[name] == "" and not is_text(spec) else row[name]
            for name, spec in properties.items()
        }
        for row in sandbox.rows(RESOURCES[stream])
    ]


def is_text(spec: dict[str, Any]) -> bool:
    """Whether a field is a string that may be empty."""
    return "string" in spec["type"] and spec.get("format") != "date-time"


def as_set(records: Iterable[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """Flat records without their order, but with how often each one stands.

    4 and 4.0 are the same number, but true is not 1.
    """
    return Counter(
        tuple((name, isinstance(value, bool), value) for name, value in sorted(record.items()))
        for record in records
    )
