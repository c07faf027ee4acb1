"""ACTIVATE_VERSION follows the last record of a table that was read completely, or is not sent."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
import requests_mock
from typing_extensions import override

from tap_mailjet.sandbox import BrokenValue, ChurnConfig, Faults, Quirks
from tap_mailjet.singer.base_stream import MailjetStream
from tap_mailjet.singer.message_writer import MessageWriter, TerminationSignal
from tap_mailjet.tap import TapMailjet
from tests.helpers import as_set, catalog_of, config_of, sync, truth
from tests.support.resuming import attempt, delivered, refused

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterable

    from tap_mailjet.sandbox import Sandbox

Json = dict[str, Any]
VERSIONS: Json = {"emit_activate_version_messages": True}
DRAFTS = ("campaign_drafts", "campaign_draft_contents")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_mailjet.singer.table_versions._wait_until_after", lambda _: None)


def activated(messages: Iterable[Json]) -> list[str]:
    return [one["stream"] for one in messages if one["type"] == "ACTIVATE_VERSION"]


def kinds(messages: Iterable[Json]) -> list[tuple[str, str | None]]:
    """Return the types and streams of messages; equal neighbours are one."""
    every = ((one["type"], one.get("stream")) for one in messages)
    return [one for one, _ in itertools.groupby(every)]


def test_version_is_activated_after_the_last_record_and_before_the_last_state(
    small: Sandbox,
) -> None:
    run = sync(small, "contacts", "messages", **VERSIONS)
    assert kinds(run.messages) == [
        ("SCHEMA", "contacts"),
        ("RECORD", "contacts"),
        ("ACTIVATE_VERSION", "contacts"),
        ("STATE", None),
        ("SCHEMA", "messages"),
        ("RECORD", "messages"),
        ("STATE", None),
    ]
    versions = {one.get("version") for one in run.messages if one.get("stream") == "contacts"}
    assert len(versions - {None}) == 1
    records = [one for one in run.messages if one["type"] == "RECORD"]
    assert {one["stream"]: "version" in one for one in records} == {
        "contacts": True,
        "messages": False,
    }


def test_child_is_activated_after_the_last_batch_of_its_parent(small: Sandbox) -> None:
    run = sync(small, *DRAFTS, page_size=20, **VERSIONS)
    assert len(run.records["campaign_drafts"]) > 20
    assert kinds(run.messages)[-3:] == [
        ("ACTIVATE_VERSION", "campaign_drafts"),
        ("ACTIVATE_VERSION", "campaign_draft_contents"),
        ("STATE", None),
    ]
    assert sorted(activated(run.messages)) == sorted(DRAFTS)


def test_child_is_activated_without_its_parent(small: Sandbox) -> None:
    run = sync(small, DRAFTS[1], **VERSIONS)
    assert activated(run.messages) == [DRAFTS[1]]


def test_setting_is_off_by_default(small: Sandbox) -> None:
    run = sync(small, "contacts")
    assert activated(run.messages) == []
    assert all("version" not in one for one in run.messages)


def with_method(method: str, *streams: str) -> Json:
    catalog = catalog_of(*streams)
    for one in catalog["streams"]:
        if one["stream"] == streams[0]:
            one["replication_method"] = method
    return catalog


@pytest.mark.parametrize(
    ("method", "streams"),
    [
        ("INCREMENTAL", ("contacts", "contact_list_memberships")),
        ("FULL_TABLE", ("messages",)),
        ("FULL_TABLE", ("open_events",)),
    ],
)
def test_table_that_has_other_rows_is_not_activated(
    small: Sandbox, method: str, streams: tuple[str, ...]
) -> None:
    run = sync(small, catalog=with_method(method, *streams), **VERSIONS)
    assert {*run.records} == {*streams}
    assert activated(run.messages) == []


@pytest.mark.parametrize("status", [400, 403, 500])
def test_table_that_fails_in_the_middle_is_not_activated(
    small: Sandbox, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with refused(status, lambda name, params: name == "contact" and params["Offset"] != "0"):
        run, error = attempt(small, "contacts", "contact_lists", page_size=10, **VERSIONS)
    assert "contacts" in str(error)
    assert run.records["contacts"]
    assert activated(run.messages) == ["contact_lists"]


@pytest.mark.parametrize("status", [403, 404])
def test_table_that_is_refused_is_not_activated(
    small: Sandbox, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(MailjetStream, "_may_be_missing", lambda _: True)
    with refused(status, lambda name, _: name == "campaigndraft"):
        run, error = attempt(small, *DRAFTS, "contact_lists", **VERSIONS)
    assert error is None
    assert activated(run.messages) == ["contact_lists"]


@pytest.mark.parametrize(("status", "is_activated"), [(403, False), (404, False)])
def test_child_with_a_refused_row_is_not_activated(
    small: Sandbox, status: int, is_activated: bool
) -> None:
    row = small.rows("campaigndraft")[3]
    with refused(status, lambda name, _: name == f"campaigndraft/{row['ID']}/detailcontent"):
        run, _ = attempt(small, *DRAFTS, **VERSIONS)
    assert activated(run.messages) == [DRAFTS[0], *[DRAFTS[1]] * is_activated]


def test_child_with_a_normal_404_is_activated(small: Sandbox) -> None:
    row = small.rows("contact")[3]
    pair = ("contacts", "contact_list_memberships")
    with refused(404, lambda name, _: name == f"contact/{row['ID']}/getcontactslists"):
        run, error = attempt(small, *pair, **VERSIONS)
    assert error is None
    assert activated(run.messages) == [*pair]


def test_child_that_has_only_404s_is_not_activated(small: Sandbox) -> None:
    with refused(404, lambda name, _: "getcontactslists" in name):
        run, _ = attempt(small, "contacts", "contact_list_memberships", **VERSIONS)
    assert activated(run.messages) == ["contacts"]


def test_table_with_an_unusable_row_is_not_activated(
    small: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    number = small.rows("contactslist")[1]["ID"]
    broken = BrokenValue(resource="contactslist", field="ID", where={"ID": number}, absent=True)
    small.faults = Faults(broken=(broken,))
    run = sync(small, "contact_lists", **VERSIONS)
    assert run.records["contact_lists"]
    assert activated(run.messages) == []
    assert "contact_lists: no ACTIVATE_VERSION, because other rows may exist: 1 rows" in caplog.text


def test_draft_that_moves_between_the_queries_keeps_the_table_from_being_activated(
    small: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Return a draft in no page, because it left the archive between the two requests."""

    def reply(request: Any, _: Any) -> Json:
        is_counted = "countonly" in request.qs
        is_first = (request.qs["isdeleted"], request.qs["isarchived"]) == (["false"], ["false"])
        rows = [{"ID": 1}, {"ID": 2}][int(request.qs.get("offset", ["0"])[0]) :] * is_first
        total = 3 * is_first if is_counted else len(rows)
        return {"Count": total, "Data": [] if is_counted else rows, "Total": total}

    with requests_mock.Mocker() as mocker:
        mocker.get(requests_mock.ANY, json=reply)
        run = sync(small, "campaign_drafts", **VERSIONS)
    assert [row["ID"] for row in run.records["campaign_drafts"]] == [1, 2]
    assert activated(run.messages) == []
    assert "query 1 of 4 had 2 rows, but Mailjet counted 3" in caplog.text


class Stopping(MessageWriter):
    """Receives a signal after a number of records."""

    tap: TapMailjet

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    @override
    def write_records(self, lines: Any) -> None:
        super().write_records(lines)
        self._left -= len(lines)
        if self._left <= 0:
            self.stop(TerminationSignal(signal.SIGTERM, self.tap))


@pytest.mark.parametrize("after", [1, 11])
def test_signal_during_a_table_activates_nothing(
    small: Sandbox, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(MailjetStream, "STATE_MSG_FREQUENCY", 5)
    writer = Stopping(after)
    tap = TapMailjet(
        config=config_of(small, **VERSIONS), catalog=catalog_of("contacts"), message_writer=writer
    )
    writer.tap = tap
    with contextlib.redirect_stdout(io.StringIO()) as written, pytest.raises(TerminationSignal):
        tap.sync_all()
    messages = [json.loads(line) for line in written.getvalue().splitlines()]
    assert activated(messages) == []


def test_signal_after_the_last_record_activates_nothing(
    small: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: int) -> None:
        raise TerminationSignal(signal.SIGTERM, TapMailjet(config={}, validate_config=False))

    monkeypatch.setattr("tap_mailjet.singer.table_versions._wait_until_after", stop)
    run, error = attempt(small, "contacts", **VERSIONS)
    assert isinstance(error, TerminationSignal)
    assert activated(run.messages) == []


def test_dry_run_activates_nothing(small: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    tap = TapMailjet(config=config_of(small, **VERSIONS), catalog=catalog_of(*DRAFTS))
    names = ("my_profile", *DRAFTS)
    tap.run_sync_dry_run(None, streams=[tap.streams[name] for name in names])
    assert "ACTIVATE_VERSION" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "maps",
    [
        {"contacts": {"__alias__": "people"}},
        {"contacts": {"__filter__": "ID % 2 == 0"}},
        {"contacts": {"Email": None}, "mails": {"__source__": "contacts", "Email": "Email"}},
        {"contacts": None},
    ],
    ids=["alias", "filter", "two streams", "removed"],
)
@pytest.mark.parametrize("is_batch", [False, True])
def test_each_stream_of_a_map_is_activated(
    small: Sandbox, tmp_path: pathlib.Path, maps: Json, is_batch: bool
) -> None:
    given: Json = {**VERSIONS, "stream_maps": maps}
    if is_batch:
        encoding = {"format": "jsonl", "compression": "gzip"}
        given["batch_config"] = {
            "encoding": encoding,
            "storage": {"root": f"file://{tmp_path}"},
            "batch_size": 10,
        }
    run = sync(small, "contacts", **given)
    found = delivered(run.messages)
    assert sorted(activated(run.messages)) == sorted({*found})
    last = max(
        (at for at, one in enumerate(run.messages) if one["type"] in {"RECORD", "BATCH"}), default=0
    )
    first = [at for at, one in enumerate(run.messages) if one["type"] == "ACTIVATE_VERSION"]
    assert all(at > last for at in first)


def test_rows_of_batch_files_have_the_version(small: Sandbox, tmp_path: pathlib.Path) -> None:
    """Otherwise, a target would remove all of them when the version is activated."""
    encoding = {"format": "jsonl", "compression": "gzip"}
    batch = {"encoding": encoding, "storage": {"root": f"file://{tmp_path}"}, "batch_size": 10}
    run = sync(small, "contacts", "messages", batch_config=batch, **VERSIONS)
    found = delivered(run.messages)
    [version] = [one["version"] for one in run.messages if one["type"] == "ACTIVATE_VERSION"]
    assert {row.pop("_sdc_table_version") for row in found["contacts"]} == {version}
    assert as_set(found["contacts"]) == as_set(truth(small, "contacts"))
    assert as_set(found["messages"]) == as_set(truth(small, "messages"))


def test_empty_table_is_activated_and_so_is_its_child(small: Sandbox) -> None:
    with requests_mock.Mocker() as mocker:
        mocker.get(requests_mock.ANY, json={"Count": 0, "Data": [], "Total": 0})
        run = sync(small, *DRAFTS, **VERSIONS)
    assert kinds(run.messages) == [
        ("SCHEMA", DRAFTS[0]),
        ("ACTIVATE_VERSION", DRAFTS[0]),
        ("SCHEMA", DRAFTS[1]),
        ("ACTIVATE_VERSION", DRAFTS[1]),
        ("STATE", None),
    ]
    assert len({one["version"] for one in run.messages if "version" in one}) == 1


def test_lifetime_counters_are_activated(small: Sandbox) -> None:
    given: Json = {"counter_timing": "Message", "counter_resolution": "Lifetime"}
    assert activated(sync(small, "statcounters", **given, **VERSIONS).messages) == ["statcounters"]
    assert activated(sync(small, "statcounters", **VERSIONS).messages) == []


def test_next_sync_in_the_same_second_has_a_higher_version(
    small: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    versions = []
    for _ in range(3):
        run = sync(small, "my_profile", **VERSIONS)
        versions += [one["version"] for one in run.messages if one["type"] == "ACTIVATE_VERSION"]
    assert len(versions) == 3
    assert versions == sorted({*versions})
    assert versions[-1] < time.time()


def test_rows_that_move_during_the_read_are_written_and_activated(own_sandbox: Sandbox) -> None:
    own_sandbox.churn = ChurnConfig(every=3, inserts=2, deletes=1)
    run = sync(own_sandbox, "contacts", page_size=15, **VERSIONS)
    stayed = {row["ID"] for row in own_sandbox.survivors("contact")}
    assert activated(run.messages) == ["contacts"]
    assert stayed <= {row["ID"] for row in run.records["contacts"]}


def test_deleted_lists_and_campaigns_come_with_their_flag(small: Sandbox) -> None:
    run = sync(small, "contact_lists", "sent_campaigns")
    for stream in ("contact_lists", "sent_campaigns"):
        found = {row["ID"]: row["IsDeleted"] for row in run.records[stream]}
        assert found == {row["ID"]: row["IsDeleted"] for row in truth(small, stream)}
        assert {*found.values()} == {True, False}, stream


def test_anonymized_contacts_are_included(small: Sandbox) -> None:
    small.quirks = Quirks(anonymized="hidden")
    records = sync(small, "contacts").records["contacts"]
    assert as_set(records) == as_set(truth(small, "contacts"))
    listed = requests.get(
        f"{small.url}/v3/REST/contact?Limit=1000",
        auth=(small.api_key, small.api_secret),
        timeout=10,
    )
    assert listed.json()["Count"] < len(records)
