"""A bookmark holds for the settings that it was made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pendulum
import pytest

from tap_mailjet.reading.queries import build_queries
from tap_mailjet.singer.bookmark_settings import changed_settings, filter_settings, judge
from tap_mailjet.streams.registry import STREAMS
from tests.helpers import settings

if TYPE_CHECKING:
    from tap_mailjet.singer.base_stream import MailjetStream

Json = dict[str, Any]
# Values that differ from the default, of every setting that goes into queries.
CHANGED: Json = {
    "campaign_ids": [7, 5],
    "contact_list_ids": [3],
    "sender_ids": [9],
    "include_deleted_campaigns": False,
    "include_deleted_lists": False,
    "include_newsletter_tool": False,
    "include_archived": False,
    "include_drafts": False,
    "include_ab_tests": False,
    "starred_only": True,
    "segment_status": "used",
}


def is_consistent(stream: type[MailjetStream], setting: str) -> bool:
    """Return True if a setting is recorded exactly if it changes the queries of a stream."""
    made = settings(**{setting: CHANGED[setting]})
    is_queried = build_queries(made, stream.filters) != build_queries(settings(), stream.filters)
    found = changed_settings(made, filter_settings(stream.filters))
    value = CHANGED[setting]
    in_order = sorted(value) if isinstance(value, list) else value
    return (setting in filter_settings(stream.filters)) == is_queried and found == (
        {setting: in_order} if is_queried else {}
    )


def test_filter_settings_of_a_stream_are_those_that_change_its_queries() -> None:
    wrong = [
        (stream.resource, setting)
        for stream in STREAMS
        for setting in CHANGED
        if not is_consistent(stream, setting)
    ]
    assert wrong == []


def test_settings_at_their_defaults_are_not_in_the_state() -> None:
    extra = ["counter_source", "counter_resolution"]
    found = {
        stream.resource: changed_settings(settings(), [*filter_settings(stream.filters), *extra])
        for stream in STREAMS
    }
    assert [resource for resource, changed in found.items() if changed] == []


MADE: Json = {"replication_key_value": "2026-04-20T00:00:00Z"}


@pytest.mark.parametrize(
    ("recorded", "current", "changes"),
    [
        (None, {"campaign_ids": [1]}, []),
        ({}, {}, []),
        ({"campaign_ids": [1]}, {"campaign_ids": [1]}, []),
        ({"campaign_ids": [1]}, {}, ["campaign_ids was [1] and is []"]),
        ({}, {"starred_only": True}, ["starred_only was False and is True"]),
        ({"counter_source": "List"}, {}, ["counter_source was List and is APIKey"]),
        ({"of_a_later_version": 1}, {}, ["of_a_later_version was 1 and is []"]),
        (
            {"campaign_ids": [1], "starred_only": True},
            {"campaign_ids": [2]},
            ["campaign_ids was [1] and is [2]", "starred_only was True and is False"],
        ),
    ],
)
def test_changes_name_each_setting_with_both_values(
    recorded: Json | None, current: Json, changes: list[str]
) -> None:
    bookmark = MADE if recorded is None else {**MADE, "settings": recorded}
    assert judge(bookmark, current) == (changes, current)


@pytest.mark.parametrize(
    ("recorded", "now", "is_changed", "kept"),
    [
        (None, None, False, None),
        (None, "2026-04-01", False, None),
        ("2026-04-01", "2026-04-01", False, "2026-04-01"),
        ("2026-04-01", "2026-03-01", True, "2026-03-01"),
        ("2026-04-01", None, True, None),
        # Everything from the earlier date on has been read up to the bookmark.
        ("2026-04-01", "2026-04-10", False, "2026-04-01"),
        # What lies between the bookmark and the later date is not read.
        ("2026-04-01", "2026-04-25", False, "2026-04-25"),
        (None, "2026-04-25", False, "2026-04-25"),
    ],
)
def test_start_date_that_is_moved_back_is_a_change(
    recorded: str | None, now: str | None, is_changed: bool, kept: str | None
) -> None:
    bookmark = {**MADE, "settings": {"start_date": f"{recorded}T00:00:00Z"} if recorded else {}}
    start = pendulum.parse(now) if now else None
    assert start is None or isinstance(start, pendulum.DateTime)
    verdict = judge(bookmark, {}, start_date=start)
    assert bool(verdict.changes) is is_changed
    assert verdict.settings == ({"start_date": f"{kept}T00:00:00Z"} if kept else {})


def test_child_that_was_not_selected_is_a_change_and_one_less_is_none() -> None:
    one = {**MADE, "settings": {"children": ["link_clicks"]}}
    assert judge(one, {}, children=["link_clicks"]).changes == []
    assert judge(one, {}).changes == []
    verdict = judge(one, {}, children=["link_clicks", "esp_statistics"])
    assert verdict.changes == ["esp_statistics was not read"]
    assert verdict.settings == {"children": ["esp_statistics", "link_clicks"]}
