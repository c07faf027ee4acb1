"""Files given to the command by mistake: the error names the file, the option and the remedy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import catalog_of, config_of, sync, truth
from tests.support.commands import lines, run_inline, write

if TYPE_CHECKING:
    import pathlib
    import subprocess

    from tap_mailjet.sandbox import Sandbox

OTHER_TAP = {"campaigns": {"CreatedAt": "2026-01-01T00:00:00Z"}, "list_recipient": {"ID": 3}}


def errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return lines(done.stderr, "ERROR")


class Files:
    """The input files of the command; all are correct unless a test changes one."""

    def __init__(self, folder: pathlib.Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self.contents: dict[str, Any] = {
            "config": config_of(sandbox),
            "state": {},
            "catalog": catalog_of("contacts"),
        }

    def run(self, **changed: Any) -> subprocess.CompletedProcess[str]:
        options = []
        for name, content in {**self.contents, **changed}.items():
            options += [f"--{name}", write(self._folder, f"{name}.json", content)]
        return run_inline(*options)


@pytest.fixture
def files(sandbox: Sandbox, tmp_path: pathlib.Path) -> Files:
    return Files(tmp_path, sandbox)


@pytest.mark.parametrize("option", ["config", "state", "catalog"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty."),
        (" \n", "is empty."),
        ("{", "is not JSON: "),
        ("[]", "contains a list instead of "),
        ("null", "contains null instead of "),
    ],
)
def test_file_that_is_empty_or_not_json_is_named_with_its_option(
    files: Files, sandbox: Sandbox, option: str, content: str, words: str
) -> None:
    [message] = errors(files.run(**{option: content}))
    assert f"/{option}.json given by --{option} {words}" in message
    assert not sandbox.requests


def test_file_that_is_not_utf8_is_named(files: Files, tmp_path: pathlib.Path) -> None:
    state = tmp_path / "other.json"
    state.write_bytes(b"\xff\xfe{\x00}\x00")
    config = write(tmp_path, "config.json", files.contents["config"])
    [message] = errors(run_inline("--config", config, "--state", str(state)))
    assert f"The file {state} given by --state is not UTF-8" in message


def test_state_of_another_tap_is_refused(files: Files, sandbox: Sandbox) -> None:
    [message] = errors(files.run(state={"bookmarks": OTHER_TAP}))
    assert "The state is one of another tap: it has bookmarks for campaigns, list_recip" in message
    assert "This tap's name for it is 'sent_campaigns'." in message
    assert not sandbox.requests


def test_bookmark_of_one_unknown_stream_is_a_warning(files: Files, sandbox: Sandbox) -> None:
    own = sync(sandbox, "open_events").state["bookmarks"]
    done = files.run(state={"bookmarks": {**own, **OTHER_TAP}})
    assert done.returncode == 0
    warnings = lines(done.stderr, "WARNING")
    assert sum("is not a stream of this tap" in line for line in warnings) == 2


def selecting(name: str, *, selected: bool | None = True) -> dict[str, Any]:
    metadata = [{"breadcrumb": [], "metadata": {"selected": selected}}]
    return {"tap_stream_id": name, "stream": name, "schema": {}, "metadata": metadata}


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("campaigns", "sent_campaigns"),  # singer-io/tap-mailjet
        ("click_statistics", "click_events"),
        ("contacts_list", "contact_lists"),
        ("list_recipient", "list_recipients"),
        ("top_link_clicked", "top_links_clicked"),
        ("template", "templates"),
        ("campaign", "sent_campaigns"),  # source-mailjet-mail of Airbyte
        ("contactslist", "contact_lists"),
        ("listrecipient", "list_recipients"),
        ("message", "messages"),
        ("stats_api_lifetime_message", "statcounters"),
        ("openinformation", "open_events"),  # Somtom/tap-mailjet
        ("bouncestatistics", "bounce_events"),
        ("contactfilter", "segmentation"),
    ],
)
def test_selected_stream_of_another_tap_is_refused_with_its_new_name(
    files: Files, sandbox: Sandbox, name: str, new: str
) -> None:
    catalog = files.contents["catalog"]
    catalog["streams"].append(selecting(name))
    [message] = errors(files.run(catalog=catalog))
    assert f"The catalog selects '{name}', which is not a stream of this tap." in message
    assert f"This tap's name for it is '{new}'." in message
    assert not sandbox.requests


def test_misspelled_stream_in_a_catalog_is_refused(files: Files) -> None:
    files.contents["catalog"]["streams"].append(selecting("mesages"))
    [message] = errors(files.run())
    assert "Did you mean 'messages'?" in message


def test_stream_that_is_not_selected_may_be_unknown(files: Files) -> None:
    files.contents["catalog"]["streams"].append(selecting("campaigns", selected=False))
    assert files.run().returncode == 0


def test_catalog_without_a_stream_of_this_tap_is_refused(files: Files) -> None:
    streams = [selecting(name, selected=None) for name in ("campaigns", "leads")]
    [message] = errors(files.run(catalog={"streams": streams}))
    assert "The catalog is one of another tap: it has campaigns, leads" in message


def test_configured_catalog_of_airbyte_is_not_a_catalog(files: Files) -> None:
    streams = [{"stream": {"name": "message"}, "sync_mode": "full_refresh"}]
    [message] = errors(files.run(catalog={"streams": streams}))
    assert "instead of a catalog" in message


def with_field(catalog: dict[str, Any], name: str, *, selected: bool) -> dict[str, Any]:
    """Add a field to the metadata of contacts."""
    for entry in catalog["streams"]:
        if entry["stream"] == "contacts":
            item = {"breadcrumb": ["properties", name], "metadata": {"selected": selected}}
            entry["metadata"].append(item)
    return catalog


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("created_at", "Did you mean 'CreatedAt'?"),
        ("Emial", "Did you mean 'Email'?"),
        ("Zzz", "The catalog selects 'Zzz' in contacts, which is not a field of it."),
    ],
)
def test_selected_field_that_does_not_exist_is_refused(
    files: Files, sandbox: Sandbox, field: str, words: str
) -> None:
    [message] = errors(
        files.run(catalog=with_field(files.contents["catalog"], field, selected=True))
    )
    assert words in message
    assert not sandbox.requests


def test_deselected_field_that_is_misspelled_is_refused(files: Files) -> None:
    catalog = with_field(files.contents["catalog"], "email", selected=False)
    [message] = errors(files.run(catalog=catalog))
    assert "Did you mean 'Email'? That field would be written." in message


def test_deselected_field_that_no_longer_exists_is_ignored(files: Files, sandbox: Sandbox) -> None:
    done = files.run(catalog=with_field(files.contents["catalog"], "Removed", selected=False))
    assert done.returncode == 0
    records = [json.loads(line) for line in done.stdout.splitlines() if '"RECORD"' in line]
    assert len(records) == len(truth(sandbox, "contacts"))


def test_start_date_in_the_future_is_one_error(files: Files, sandbox: Sandbox) -> None:
    future = {**files.contents["config"], "start_date": "2099-01-01"}
    first, *rest = errors(files.run(config=future))
    assert first == "start_date is 2099-01-01, which is in the future"
    assert not any("start_date" in line for line in rest)
    assert not sandbox.requests
