"""The settings that a bookmark was made with, which the state stores beside it.

A bookmark says that all earlier rows have been written. That holds only for the rows that the
settings selected: with another `counter_source` or without `campaign_ids`, other rows are older
than the bookmark and were never read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_mailjet.config.schema import CONFIG_JSONSCHEMA
from tap_mailjet.singer import backfill
from tap_mailjet.timestamps import parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pendulum

    from tap_mailjet.config.settings import Settings
    from tap_mailjet.reading.queries import Filters

KEY = "settings"
"""The key of the settings in the state of a stream."""
START_DATE = "start_date"
CHILDREN = "children"


class Verdict(NamedTuple):
    """The result of comparing the settings of a bookmark with those of this sync.

    Attributes:
        changes: The changes since the bookmark was made, as text; empty if it can be used.
        settings: The new value of `KEY` in the state.
    """

    changes: list[str]
    settings: dict[str, Any]


def filter_settings(filters: Filters) -> list[str]:
    """Return the names of the settings that decide which rows of a resource are requested."""
    used = {
        "campaign_ids": filters.campaign_ids,
        "contact_list_ids": filters.contact_list_ids,
        "sender_ids": filters.sender_ids,
        "include_newsletter_tool": filters.newsletter_tool,
        "starred_only": filters.starred,
        "include_archived": filters.archived_apart or filters.overview,
        "include_drafts": filters.overview,
        "include_ab_tests": filters.overview,
        "segment_status": filters.segment_status,
    }
    names = [name for name, is_used in used.items() if is_used]
    return [*names, filters.deleted] if filters.deleted else names


def changed_settings(settings: Settings, names: Iterable[str]) -> dict[str, Any]:
    """Return the given settings that differ from their defaults, as JSON values."""
    found = {name: _as_json(getattr(settings, name)) for name in names}
    return {name: value for name, value in found.items() if value != _default(name)}


def judge(
    bookmark: Mapping[str, Any],
    current: Mapping[str, Any],
    *,
    start_date: pendulum.DateTime | None = None,
    children: Iterable[str] = (),
) -> Verdict:
    """Compare the settings of a bookmark with those of this sync.

    A bookmark without settings comes from an older version or was written by hand. It is treated
    as if it was made with the current settings.

    Args:
        bookmark: The entry of a stream in the state.
        current: The settings that decide which rows are requested, without default values.
        start_date: The start of the requested range, if the stream is read by time.
        children: The child streams that are read for the rows of this sync.
    """
    made_with = bookmark.get(KEY)
    value = bookmark.get("replication_key_value")
    names = sorted(children)
    start = start_date.start_of("second") if start_date else None
    settings = dict(current)
    if names:
        settings[CHILDREN] = names
    if start:
        settings[START_DATE] = to_wire(start)
    is_unread = backfill.KEY in bookmark
    if made_with is None or (value is None and not is_unread):
        return Verdict([], settings)
    changes = [
        *_changed(made_with, current),
        *_added(made_with.get(CHILDREN, []), names),
        *_moved_back(made_with.get(START_DATE), start),
    ]
    is_gap = start is not None and (is_unread or start > parse_instant(str(value)))
    if not changes and not is_gap:
        # The bookmark still covers the rows from the earlier start_date on. A start_date after
        # the bookmark leaves a gap, so that the bookmark covers only the rows after the gap. The
        # same holds while older rows are unread, because only those from start_date on are read.
        settings.pop(START_DATE, None)
        settings |= {name: made_with[name] for name in [START_DATE] if name in made_with}
    return Verdict(changes, settings)


def find_problem(settings: object) -> str | None:
    """Return why a value cannot be the settings of a bookmark, or None if it can."""
    if not isinstance(settings, dict):
        return f"the settings of the bookmark must be an object, not {settings!r}"
    children = settings.get(CHILDREN, [])
    if not (isinstance(children, list) and all(isinstance(name, str) for name in children)):
        return f"{CHILDREN} of the bookmark must be a list of streams, not {children!r}"
    try:
        parse_instant(str(settings.get(START_DATE, "2010-01-01")))
    except ValueError as error:
        return f"{START_DATE} of the bookmark is invalid: {error}"
    return None


def _changed(made_with: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    names = sorted({*made_with, *current} - {START_DATE, CHILDREN})
    pairs = [(name, *(_value(values, name) for values in (made_with, current))) for name in names]
    return [f"{name} was {before} and is {now}" for name, before, now in pairs if before != now]


def _added(before: Iterable[str], now: Iterable[str]) -> list[str]:
    # A child has no bookmark of its own: the bookmark of its parent covers the child, too.
    return [f"{name} was not read" for name in sorted({*now} - {*before})]


def _moved_back(before: str | None, now: pendulum.DateTime | None) -> list[str]:
    if before is None or (now and now >= parse_instant(before)):
        return []
    return [f"start_date was {before} and is {to_wire(now) if now else 'not set'}"]


def _value(values: Mapping[str, Any], name: str) -> object:
    return values.get(name, _default(name))


def _default(name: str) -> object:
    # The only settings without a default are the lists of IDs.
    return CONFIG_JSONSCHEMA["properties"].get(name, {}).get("default", [])


def _as_json(value: object) -> object:
    return sorted(value) if isinstance(value, tuple) else value
