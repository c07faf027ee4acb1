"""Runs that fail, are refused, or are killed, and what a target has got of them."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import fsspec
import requests_mock
from singer_sdk.singerlib import StateMessage

from tap_mailjet.singer.message_writer import TerminationSignal
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tap_mailjet.tap import TapMailjet
from tests.helpers import Run, as_set, catalog_of, config_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_mailjet.sandbox import Sandbox

Json = dict[str, Any]
Wanted = "Callable[[str, dict[str, str]], bool]"


def attempt(
    sandbox: Sandbox,
    *streams: str,
    state: Json | None = None,
    catalog: Json | None = None,
    **given: Any,
) -> tuple[Run, BaseException | None]:
    """Sync, and return what was written and the error; a signal writes the state."""
    tap = TapMailjet(
        config=copy.deepcopy(config_of(sandbox, **given)),
        state=copy.deepcopy(state),
        catalog=catalog_of(*streams) if streams else copy.deepcopy(catalog),
    )
    error: BaseException | None = None
    with contextlib.redirect_stdout(io.StringIO()) as written:
        try:
            tap.sync_all()
        except (IncompleteSyncError, TerminationSignal) as raised:
            error = raised
            if isinstance(raised, TerminationSignal):
                tap.write_message(StateMessage(value=tap.state))
    return Run([json.loads(line) for line in written.getvalue().splitlines()]), error


@contextlib.contextmanager
def refused(status: int, wanted: Callable[[str, dict[str, str]], bool]) -> Iterator[list[str]]:
    """Refuse the requests that a function of resource and parameters wants refused."""
    paths: list[str] = []

    def match(request: Any) -> Any:
        parts = urlsplit(request.url)
        resource = parts.path.split("/v3/REST/")[1]
        if not wanted(resource, dict(parse_qsl(parts.query))):
            return None
        paths.append(resource)
        body = {"ErrorMessage": "Not for you.", "StatusCode": status}
        return requests_mock.create_response(request, status_code=status, json=body)

    with requests_mock.Mocker(real_http=True) as mocker:
        mocker.add_matcher(match)
        yield paths


def delivered(messages: list[Json]) -> dict[str, list[Json]]:
    """The records by stream that a target has got: in RECORDs, and in the files of BATCHes."""
    found: dict[str, list[Json]] = defaultdict(list)
    for message in messages:
        if message["type"] == "RECORD":
            found[message["stream"]].append(message["record"])
        elif message["type"] == "BATCH":
            for url in message["manifest"]:
                with fsspec.open(url, "rb", compression="gzip") as file:
                    found[message["stream"]] += [json.loads(line) for line in file]
    return found


def assert_every_state_is_true(
    run: Run, resume: Callable[[Json], Run], whole: dict[str, list[Json]]
) -> int:
    """Check that what came before each STATE and what a resumed sync reads is all there is.

    A kill between two STATEs only adds to what came before the earlier one.

    Returns:
        How many different states there were.
    """
    expected = {stream: as_set(rows).keys() for stream, rows in whole.items()}
    resumed: dict[str, dict[str, list[Json]]] = {}
    for at, message in enumerate(run.messages):
        if message["type"] != "STATE":
            continue
        state = message["value"]
        text = json.dumps(state.get("bookmarks"), sort_keys=True)
        if text not in resumed:
            resumed[text] = delivered(resume(state).messages)
        before = delivered(run.messages[:at])
        for stream, rows in expected.items():
            got = as_set([*before[stream], *resumed[text][stream]])
            assert got.keys() >= rows, (stream, at, state)
    return len(resumed)
