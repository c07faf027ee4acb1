"""Handing records on by the thousand gives what the SDK gives one by one."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry
from singer_sdk.contrib.msgspec import MsgSpecWriter
from typing_extensions import override

from tap_mailjet.singer.bulk_stream import BulkStream
from tap_mailjet.tap import TapMailjet
from tests.helpers import DEFAULT, RESOURCES, as_set, catalog_of, config_of, sync
from tests.support.resuming import delivered

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("_sandbox_is_direct", "_small_is_direct")
Json = dict[str, Any]


class TextWriter(MsgSpecWriter):
    """The SDK's own fast writer, for a stdout that takes text."""

    @override
    def write_message(self, message: Any) -> None:
        print(self.format_message(message).decode(), end="")  # noqa: T201


def lines(
    sandbox: Sandbox,
    *,
    slow: bool,
    catalog: Json | None = None,
    state: Json | None = None,
    **given: Any,
) -> list[str]:
    """What a sync writes: with the SDK's own writer, and so record by record; or in bulk."""
    config = copy.deepcopy(config_of(sandbox, **given))  # the SDK takes `__else__` out
    tap = TapMailjet(
        config=config,
        catalog=copy.deepcopy(catalog),
        state=copy.deepcopy(state),
        message_writer=TextWriter() if slow else None,
    )
    with contextlib.redirect_stdout(io.StringIO()) as written:
        tap.sync_all()
    return [in_order(line) for line in written.getvalue().splitlines()]


def in_order(line: str) -> str:
    """A line with its keys sorted, and without the moment at which it was written."""
    message = json.loads(line)
    assert ("time_extracted" in message) == (message["type"] == "RECORD")
    message.pop("time_extracted", None)
    message.pop("version", None)
    return without_moment(json.dumps(message, sort_keys=True))


def without_moment(text: str) -> str:
    """A text without the moment at which the sync started."""
    return re.sub(r'"(replication_key_signpost|since)": "[^"]*"', "", text)


def deselected(*fields: tuple[str, str]) -> Json:
    """A catalogue of everything but some fields."""
    catalog = catalog_of(*RESOURCES)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if item["breadcrumb"] and (entry["stream"], item["breadcrumb"][-1]) in fields:
                item["metadata"]["selected"] = False
    return catalog


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"page_size": 150},
        {"emit_activate_version_messages": True},
        {"flattening_enabled": True, "flattening_max_depth": 2},
        {"stream_maps": {"messages": {"Subject": None, "__filter__": "ID % 2 == 0"}}},
        {"stream_maps": {"messages": {"__alias__": "mails"}, "__else__": None}},
    ],
    ids=["plain", "small pages", "versions", "flattened", "mapped", "renamed"],
)
def test_output_is_that_of_the_sdk_byte_for_byte(sandbox: Sandbox, given: Json) -> None:
    quick, slow = (lines(sandbox, slow=slow, **given) for slow in (False, True))
    assert len(quick) > 1000
    assert quick == slow


def test_output_with_deselected_fields_is_that_of_the_sdk(small: Sandbox) -> None:
    catalog = deselected(
        ("messages", "Subject"), ("contacts", "Email"), ("open_events", "UserAgent")
    )
    quick, slow = (lines(small, slow=slow, catalog=catalog) for slow in (False, True))
    assert quick == slow
    contacts = [line for line in quick if '"RECORD"' in line and '"stream": "contacts"' in line]
    assert contacts
    assert not any('"Email"' in line for line in contacts)


@pytest.mark.parametrize("batches", [False, True])
def test_nested_field_that_is_deselected_is_not_emitted(
    sandbox: Sandbox, tmp_path: pathlib.Path, batches: bool
) -> None:
    catalog = catalog_of("template_contents")
    expected = sync(sandbox, catalog=catalog).records["template_contents"]
    assert any("From" in (record["Headers"] or {}) for record in expected)
    for entry in catalog["streams"]:
        if entry["stream"] == "template_contents":
            path = ["properties", "Headers", "properties", "From"]
            entry["metadata"].append({"breadcrumb": path, "metadata": {"selected": False}})
    for record in expected:
        (record["Headers"] or {}).pop("From", None)
    config = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": f"file://{tmp_path}"},
    }
    given = {"batch_config": config} if batches else {}
    found = delivered(sync(sandbox, catalog=catalog, **given).messages)
    assert as_set(found["template_contents"]) == as_set(expected)


def test_nested_field_that_is_deselected_is_not_written(sandbox: Sandbox) -> None:
    catalog = catalog_of("contact_data", "message_information", "messages")
    left_out = {
        "message_information": ("SpamAssassinRules", "properties", "ALT"),
        "contact_data": ("Properties", "properties", "age"),
    }
    for entry in catalog["streams"]:
        if path := left_out.get(entry["stream"]):
            metadata = {"inclusion": "available", "selected": False}
            entry["metadata"].append({"breadcrumb": ["properties", *path], "metadata": metadata})
    quick, slow = (lines(sandbox, slow=slow, catalog=catalog) for slow in (False, True))
    assert quick == slow
    records = [json.loads(line) for line in quick if '"RECORD"' in line]
    nested = [one["record"] for one in records if one["stream"] == "message_information"]
    assert any("ID" in one["SpamAssassinRules"] for one in nested)
    assert not any("ALT" in one["SpamAssassinRules"] for one in nested)


def test_output_from_a_state_is_that_of_the_sdk(sandbox: Sandbox) -> None:
    state = sync(sandbox, end_date="2026-04-20").state
    quick, slow = (lines(sandbox, slow=slow, state=state) for slow in (False, True))
    assert quick == slow


def test_what_is_compared_is_made_in_both_ways(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(BulkStream, "_write_in_bulk", never)
    lines(sandbox, slow=True)
    with pytest.raises(AssertionError):
        lines(sandbox, slow=False)


class Bucket(MemoryFileSystem):  # type: ignore[misc]
    """Keeps what is written to `s3://` in memory."""

    protocol = "s3"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: Any) -> str:
        return str(path).removeprefix("s3://").rstrip("/")


@pytest.fixture
def _bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_registry, "s3", Bucket)


@pytest.mark.usefixtures("_bucket")
@pytest.mark.parametrize("where", ["a folder", "a bucket"])
def test_batches_hold_the_records_of_the_messages(
    sandbox: Sandbox, tmp_path: pathlib.Path, where: str
) -> None:
    root = f"file://{tmp_path}" if where == "a folder" else "s3://the-bucket/mailjet"
    given: Json = {
        "stream_maps": {"contacts": {"Email": None, "__filter__": "ID % 2 == 0"}},
        "page_size": 200,
    }
    expected = sync(sandbox, **given)
    run = sync(
        sandbox,
        **given,
        batch_config={
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": root},
            "batch_size": 400,
        },
    )
    assert not run.records
    batches: dict[str, list[Json]] = {name: [] for name in DEFAULT}
    for message in run.messages:
        if message["type"] == "BATCH":
            for url in message["manifest"]:
                assert url.startswith(root)
                with fsspec.open(url, "rb", compression="gzip") as file:
                    batches[message["stream"]] += [json.loads(line) for line in file]
    for stream in DEFAULT:
        assert as_set(batches[stream]) == as_set(expected.records[stream]), stream
    assert without_moment(json.dumps(run.state)) == without_moment(json.dumps(expected.state))
