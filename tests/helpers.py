"""Streams, settings and syncs for tests of several folders."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from singer_sdk.schema.source import SchemaDirectory

from tap_mailjet import schemas, tap
from tap_mailjet.config.schema import CONFIG_JSONSCHEMA
from tap_mailjet.config.settings import Settings, parse_settings
from tap_mailjet.singer.child_stream import ChildStream
from tap_mailjet.streams.registry import STREAMS
from tap_mailjet.tap import TapMailjet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_mailjet.sandbox import Sandbox

UNTIL = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
"""Where the history of the tests' accounts ends; their clock begins there for each test."""
RESOURCES: dict[str, str] = {vars(stream)["name"]: stream.resource for stream in STREAMS}
# What is synced without a catalogue; all but statcounters are lists of rows that the sandbox holds.
DEFAULT = [vars(stream)["name"] for stream in STREAMS if stream.selected_by_default]
LISTED = [name for name in DEFAULT if name != "statcounters"]
CHILDREN: dict[str, type[ChildStream]] = {
    vars(stream)["name"]: stream for stream in STREAMS if issubclass(stream, ChildStream)
}
# The windowed streams and the field that shows their clock.
CLOCKS = {
    "bounce_events": "BouncedAt",
    "bounce_reasons": "BounceDate",
    "click_events": "ClickedAt",
    "open_events": "OpenedAt",
    "messages": "ArrivedAt",
    "sent_campaigns": "SendStartAt",
    "spam_events": "ComplaintDate",
}
# Streams of a resource that lists more rows than events, and the field that events have.
FLAGGED = {
    "bounce_reasons": "BounceDate",
    "spam_events": "ComplaintDate",
    "unsubscribe_events": "UnsubscribedAt",
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
    catalog: dict[str, Any] = json.loads(_catalog(tuple(vars(tap)["STREAMS"])))
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["stream"] in streams
    return catalog


@functools.cache
def _catalog(_streams: tuple[object, ...]) -> str:
    """Return the catalog of the streams that the tap has now."""
    return json.dumps(TapMailjet(config={}, validate_config=False).catalog_dict)


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
    made = TapMailjet(
        config=copy.deepcopy(config_of(sandbox, **given)),
        state=copy.deepcopy(state),
        catalog=catalog_of(*streams) if streams else catalog,
    )
    with contextlib.redirect_stdout(io.StringIO()) as written:
        made.sync_all()
    return Run([json.loads(line) for line in written.getvalue().splitlines()])


def truth(sandbox: Sandbox, stream: str) -> list[dict[str, Any]]:
    """What a sandbox holds of a stream, as records: an absent value is null, not `""`."""
    properties = SCHEMAS.get_schema(stream)["properties"]
    add = ADDED.get(stream, dict)
    # The ends of subscriptions are in another resource than the one that lists them by time.
    resource = "listrecipient" if stream == "unsubscribe_events" else RESOURCES[stream]
    held = children(sandbox, stream) if stream in CHILDREN else sandbox.rows(resource)
    if stream in FLAGGED:
        held = [row for row in held if row[FLAGGED[stream]]]
    made = []
    for row in held:
        on_wire = {name.lower(): value for name, value in {**row, **add(row)}.items()}
        made.append(
            {name: as_typed(on_wire[name.lower()], spec) for name, spec in properties.items()}
        )
    return made


def children(sandbox: Sandbox, stream: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a child stream, with the parent's fields."""
    child = CHILDREN[stream]
    parents = {
        row["ID"]: row for row in sandbox.rows(RESOURCES[vars(child.parent_stream_type)["name"]])
    }
    for number, rows in sandbox.children(child.resource.replace("/{ID}", "")).items():
        known = {name: parents[number][field] for name, field in child.parent_fields.items()}
        yield from ({**row, **known} for row in rows)


def as_typed(value: Any, spec: dict[str, Any]) -> Any:
    """A value of the sandbox's as a record has it."""
    if value == "" and not is_text(spec):
        return None
    if "string" in spec["type"] and isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if isinstance(value, str) and value.startswith("http"):
        return re.sub(r"//[^/]*@", "//***@", value)
    return value


def is_text(spec: dict[str, Any]) -> bool:
    """Whether a field is a string that may be empty."""
    return "string" in spec["type"] and spec.get("format") != "date-time"


def stamps(**fields: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a function that makes timestamps of Unix seconds."""

    def stamped(row: dict[str, Any]) -> dict[str, Any]:
        return {
            name: datetime.fromtimestamp(row[field], timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            if row[field]
            else None
            for name, field in fields.items()
        }

    return stamped


# The fields that the tap adds, computed independently of the tap.
ADDED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "api_key_totals": lambda row: {
        "Source": "APIKey",
        **stamps(LastActivityTimestamp="LastActivity")(row),
    },
    "batch_jobs": stamps(
        AliveTimestamp="AliveAt",
        JobEndTimestamp="JobEnd",
        JobStartTimestamp="JobStart",
        RequestTimestamp="RequestAt",
    ),
    "campaign_overview": stamps(SendTimeStartTimestamp="SendTimeStart"),
    "contact_list_signups": stamps(ConfirmTimestamp="ConfirmAt", SignupTimestamp="SignupAt"),
    "widgets": stamps(CreatedTimestamp="CreatedAt", ModifiedTimestamp="ModifiedAt"),
    "message_statistics": lambda _: {"Source": "APIKey"},
    "unsubscribe_events": lambda row: {"ListRecipientID": row["ID"]},
    "contact_data": lambda row: {"Properties": {one["Name"]: one["Value"] for one in row["Data"]}},
    "message_events": lambda row: {
        **stamps(EventTimestamp="EventAt")(row),
        "EventName": {
            "sent": "Email Delivered",
            "opened": "Email Opened",
            "clicked": "Email Link Clicked",
            "bounced": "Email Bounced",
            "blocked": "Email Blocked",
            "unsub": "Unsubscribed",
            "spam": "Email Marked as Spam",
        }[row["EventType"]],
    },
}


def as_set(records: Iterable[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """Flat records without their order, but with how often each one stands.

    4 and 4.0 are the same number, but true is not 1.
    """
    return Counter(
        tuple(
            (name, isinstance(value, bool), hashable(value))
            for name, value in sorted(record.items())
        )
        for record in records
    )


def hashable(value: Any) -> Any:
    """A value, or the text of one that cannot be in a set."""
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else value
