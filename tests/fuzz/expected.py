"""The record that is expected of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fuzz.account import Broken
from tests.fuzz.resources import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fuzz.account import Item, Version
    from tests.fuzz.case import Night

DERIVED = {
    "message_events": {"EventTimestamp", "EventName"},
    "message_statistics": {"Source"},
}
"""Fields that the tap makes itself."""
COUNTED_BY = {
    "CounterSource": "counter_source",
    "CounterTiming": "counter_timing",
    "CounterResolution": "counter_resolution",
}
"""The settings that say which counters are read."""
MAPPED = "Fuzz"


def matches(record: dict[str, Any], item: Item, version: Version, night: Night) -> str:
    """Return the first difference of a record from its row, or an empty string."""
    dropped = night.deselected.get(item.stream, ())
    expected = {**version.fields, **item.known}
    for name in dropped:
        expected.pop(name, None)
        if name in record and name not in RESOURCES[item.stream].key:
            return f"{name} is deselected and came"
    for name, value in expected.items():
        if night.shape == "flatten" and isinstance(value, (list, dict)):
            continue
        if name not in record:
            return f"{name} is missing"
        if not _is_same(record[name], value):
            return f"{name} is {record[name]!r} and not {value!r}"
    derived = DERIVED.get(item.stream, set())
    for name, value in record.items():
        if value is not None and name not in expected and name not in derived and name != MAPPED:
            return f"{name} is {value!r} and the row has no such value"
    return ""


def _is_same(value: Any, expected: Any) -> bool:
    if isinstance(expected, Broken):
        return value in expected.accepted
    if isinstance(value, bool) is not isinstance(expected, bool):
        return False
    return bool(value == expected)


def is_wanted(item: Item, config: Mapping[str, Any], stream: str | None = None) -> bool:
    """Return True if the settings select a row, for its own stream or one that counts it."""
    stream = stream or item.stream
    flags = item.campaign.flags
    if stream == "contact_lists":
        return config.get("include_deleted_lists", True) or not flags["IsDeleted"]
    if stream == "campaign_drafts":
        return (
            (config.get("include_deleted_campaigns", True) or not flags["IsDeleted"])
            and (config.get("include_archived", True) or not flags["IsArchived"])
            and (not config.get("starred_only") or flags["IsStarred"])
        )
    if stream == "statcounters" and any(
        item.known[name] != config[setting] for name, setting in COUNTED_BY.items()
    ):
        return False
    ids = config.get("campaign_ids") if stream in _BY_CAMPAIGN_ID else None
    if ids and item.campaign.now.fields["ID"] not in ids:
        return False
    # Counters are requested campaign by campaign, for the selected campaigns.
    if stream not in _BY_FLAGS and not (stream == "statcounters" and item.owner):
        return True
    return (
        (config.get("include_deleted_campaigns", True) or not flags["IsDeleted"])
        and (config.get("include_newsletter_tool", True) or not flags["IsNewsletterTool"])
        and (not config.get("starred_only") or flags["IsStarred"])
    )


_BY_FLAGS = {
    stream for stream, resource in RESOURCES.items() if "IsNewsletterTool" in resource.flags
}
_BY_CAMPAIGN_ID = {stream for stream, resource in RESOURCES.items() if resource.campaign}
