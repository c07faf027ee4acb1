"""Syncs whose settings are not those that the bookmark in the state was made with."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tap_mailjet.singer.base_stream import MailjetStream
from tap_mailjet.singer.state_checks import StateError
from tap_mailjet.tap import TapMailjet
from tests.helpers import as_set, catalog_of, config_of, sync, truth
from tests.support.resuming import assert_every_state_is_true, attempt

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox
    from tests.helpers import Run

Json = dict[str, Any]
MADE: Json = {"replication_key_value": "2026-04-20T00:00:00Z"}
WARNING = "the bookmark in the state was made with other settings"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if WARNING in one.getMessage()]


def entry(run: Run, stream: str) -> Json:
    value: Json = run.state["bookmarks"][stream]
    return value


def test_counters_of_another_source_are_read_from_the_beginning(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    given: Json = {"start_date": "2026-04-01"}
    first = sync(own_sandbox, "statcounters", **given)
    assert entry(first, "statcounters")["settings"] == {"start_date": "2026-04-01T00:00:00Z"}
    campaigns = {**given, "counter_source": "Campaign"}
    expected = sync(own_sandbox, "statcounters", **campaigns).records["statcounters"]
    assert not warnings(caplog)

    second = sync(own_sandbox, "statcounters", state=first.state, **campaigns)
    assert as_set(second.records["statcounters"]) == as_set(expected)
    assert len({one["Timeslice"][:10] for one in expected}) > 10
    (told,) = warnings(caplog)
    assert told.startswith("statcounters: ")
    assert "counter_source was APIKey and is Campaign" in told
    assert entry(second, "statcounters")["settings"]["counter_source"] == "Campaign"

    # The next night goes on from there.
    third = sync(own_sandbox, "statcounters", state=second.state, **campaigns)
    assert len(third.records["statcounters"]) < len(expected)
    assert len(warnings(caplog)) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"counter_timing": "Message"}, {"counter_timing": "Event"}),
        ({"counter_resolution": "Day"}, {"counter_resolution": "Hour"}),
        (
            {"counter_source": "Campaign", "campaign_ids": [5000001]},
            {"counter_source": "Campaign", "campaign_ids": [5000002]},
        ),
        (
            {"counter_source": "Campaign", "include_deleted_campaigns": False},
            {"counter_source": "Campaign"},
        ),
        (
            {"counter_source": "Sender", "counter_timing": "Message", "sender_ids": [101]},
            {"counter_source": "Sender", "counter_timing": "Message"},
        ),
    ],
)
def test_counters_that_are_requested_in_another_way_are_read_again(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture, before: Json, after: Json
) -> None:
    start: Json = {"start_date": "2026-04-20", "lookback_window": 0}
    state = sync(own_sandbox, "statcounters", **start, **before).state
    run = sync(own_sandbox, "statcounters", state=state, **start, **after)
    expected = sync(own_sandbox, "statcounters", **start, **after).records["statcounters"]
    assert as_set(run.records["statcounters"]) == as_set(expected)
    assert len(warnings(caplog)) == 1


@pytest.mark.parametrize(
    ("stream", "narrow"),
    [
        ("messages", {"sender_ids": [101]}),
        ("open_events", {"include_deleted_campaigns": False}),
        ("sent_campaigns", {"starred_only": True}),
        ("click_events", {"start_date": "2026-04-25"}),
    ],
)
def test_rows_that_a_wider_setting_adds_all_come(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture, stream: str, narrow: Json
) -> None:
    first = sync(own_sandbox, stream, **narrow)
    assert len(first.records[stream]) < len(truth(own_sandbox, stream))
    own_sandbox.requests.clear()
    second = sync(own_sandbox, stream, state=first.state, lookback_window=0)
    assert as_set(second.records[stream]) == as_set(truth(own_sandbox, stream))
    (told,) = warnings(caplog)
    assert next(iter(narrow)) in told
    # The prefetch follows the same decision: an early page that nobody takes costs a request.
    pages = [one.params for one in own_sandbox.requests if "countOnly" not in one.params]
    assert len({json.dumps(params, sort_keys=True) for params in pages}) == len(pages)


def test_settings_of_other_streams_are_no_change(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    first = sync(own_sandbox, "messages", include_newsletter_tool=False, segment_status="used")
    second = sync(own_sandbox, "messages", state=first.state, contact_list_ids=[1])
    assert len(second.records["messages"]) < len(first.records["messages"])
    assert not warnings(caplog)


def test_state_without_settings_is_taken_for_one_of_the_current_settings(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    first = sync(own_sandbox, "messages", sender_ids=[101])
    state = copy.deepcopy(first.state)
    del state["bookmarks"]["messages"]["settings"]
    second = sync(own_sandbox, "messages", state=state)
    assert len(second.records["messages"]) < len(truth(own_sandbox, "messages"))
    assert not warnings(caplog)
    assert entry(second, "messages")["settings"] == {}


def test_settings_that_alternate_read_from_the_beginning_each_time(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    state: Json | None = None
    for night in range(4):
        given: Json = {"sender_ids": [101]} if night % 2 else {}
        run = sync(own_sandbox, "messages", state=state, lookback_window=0, **given)
        state = run.state
        expected = sync(own_sandbox, "messages", **given).records["messages"]
        assert as_set(run.records["messages"]) == as_set(expected)
    assert len(warnings(caplog)) == 3


def test_killed_sync_after_a_change_goes_on_with_the_new_settings(
    own_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(MailjetStream, "STATE_MSG_FREQUENCY", 20)
    old = sync(own_sandbox, "messages", sender_ids=[101]).state
    run = sync(own_sandbox, "messages", state=old, page_size=30)
    # The first state is the one that came in, which a sync with the old settings still can use.
    first, *rest = [one["value"] for one in run.messages if one["type"] == "STATE"]
    assert first["bookmarks"]["messages"]["settings"] == {"sender_ids": [101]}
    assert len(rest) > 5
    assert all(state["bookmarks"]["messages"]["settings"] == {} for state in rest)
    caplog.clear()

    def resume(state: Json) -> Run:
        return sync(own_sandbox, "messages", state=state, lookback_window=0)

    assert_every_state_is_true(run, resume, {"messages": truth(own_sandbox, "messages")})
    assert len(warnings(caplog)) == 1
    half = rest[len(rest) // 2]
    assert len(resume(half).records["messages"]) < len(truth(own_sandbox, "messages")) / 1.5


def test_children_follow_when_the_bookmark_of_their_parent_is_dropped(
    own_sandbox: Sandbox,
) -> None:
    pair = ("messages", "message_events")
    first = sync(own_sandbox, *pair, start_date="2026-04-25")
    second = sync(own_sandbox, *pair, state=first.state)
    for stream in pair:
        assert as_set(second.records[stream]) == as_set(truth(own_sandbox, stream))


def test_child_that_is_selected_later_is_read_for_all_rows(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    pair = ("messages", "message_events")
    alone = sync(own_sandbox, "messages")
    both = sync(own_sandbox, *pair, state=alone.state)
    events = truth(own_sandbox, "message_events")
    assert as_set(both.records["message_events"]) == as_set(events)
    (told,) = warnings(caplog)
    assert told.startswith("messages: ")
    assert "message_events was not read" in told
    again = sync(own_sandbox, *pair, state=both.state)
    assert len(again.records["message_events"]) < len(events) / 2
    # One child less reads nothing again.
    less = sync(own_sandbox, "messages", state=again.state)
    assert len(less.records["messages"]) < len(truth(own_sandbox, "messages")) / 2
    assert len(warnings(caplog)) == 1


def test_bookmark_of_a_parent_that_is_not_selected_is_neither_used_nor_changed(
    own_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    pair = ("messages", "message_events")
    state = sync(own_sandbox, *pair, start_date="2026-04-25").state
    run = sync(own_sandbox, "message_events", state=state)
    events = truth(own_sandbox, "message_events")
    assert as_set(run.records["message_events"]) == as_set(events)
    assert len(warnings(caplog)) == 1
    bookmark = copy.deepcopy(entry(run, "messages"))
    assert bookmark == state["bookmarks"]["messages"]


def test_table_that_is_incremental_emits_all_rows_when_its_settings_change(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = catalog_of("contacts")
    for one in catalog["streams"]:
        if one["stream"] == "contacts":
            one["replication_method"] = "INCREMENTAL"
    few = [row["ID"] for row in sandbox.rows("contactslist")][:1]
    first = sync(sandbox, catalog=catalog, contact_list_ids=few)
    second = sync(sandbox, catalog=catalog, state=first.state, start_date="2020-01-01")
    assert as_set(second.records["contacts"]) == as_set(truth(sandbox, "contacts"))
    assert entry(second, "contacts")["settings"] == {}
    assert len(warnings(caplog)) == 1
    # It is read whole, whatever start_date is.
    third = sync(sandbox, catalog=catalog, state=second.state)
    assert len(third.records["contacts"]) < len(truth(sandbox, "contacts"))
    assert len(warnings(caplog)) == 1


def test_stop_while_a_bookmark_is_dropped_leaves_no_old_bookmark_with_new_settings(
    own_sandbox: Sandbox,
) -> None:
    class Watched(dict[str, Any]):
        """A stream's state that notes what it is after each change."""

        @override
        def __setitem__(self, name: str, value: object) -> None:
            super().__setitem__(name, value)
            seen.append(dict(self))

        @override
        def pop(self, *args: Any) -> Any:
            value = super().pop(*args)
            seen.append(dict(self))
            return value

    seen: list[Json] = []
    old = sync(own_sandbox, "messages", sender_ids=[101]).state
    tap = TapMailjet(config=config_of(own_sandbox), state=old, catalog=catalog_of("messages"))
    tap.state["bookmarks"]["messages"] = Watched(tap.state["bookmarks"]["messages"])
    tap.sync_all()
    first_new = next(one for one in seen if one["settings"] == {})
    assert "replication_key_value" not in first_new


@pytest.mark.parametrize(
    ("made_with", "problem"),
    [
        (None, "must be an object, not None"),
        ([1], "must be an object"),
        ({"start_date": "yesterday"}, "start_date of the bookmark is invalid"),
        ({"children": "link_clicks"}, "must be a list of streams, not 'link_clicks'"),
        ({"children": [{}]}, "must be a list of streams"),
    ],
)
def test_settings_that_cannot_be_those_of_a_bookmark_are_refused(
    own_sandbox: Sandbox, made_with: object, problem: str
) -> None:
    state = {"bookmarks": {"messages": {**MADE, "settings": made_with}}}
    with pytest.raises(StateError, match=f"messages: .*{problem}.* remove the stream"):
        attempt(own_sandbox, "messages", state=state)
    assert not own_sandbox.requests
