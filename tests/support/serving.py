"""A tap that reads what a test serves, byte for byte, without a sandbox."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.singer.sync_report import IncompleteSyncError
from tap_mailjet.tap import TapMailjet
from tests.helpers import RESOURCES, Run, catalog_of

if TYPE_CHECKING:
    from requests_mock import Mocker
    from requests_mock.request import _RequestObjectProxy as Request

URL = "https://mailjet.test"
EMPTY = b'{"Count":0,"Data":[],"Total":0}'


def page(*rows: bytes | dict[str, Any] | None) -> bytes:
    """A response body with rows, each given as JSON or as what it stands for."""
    data = b",".join(
        row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode()
        for row in rows
    )
    return b'{"Count":%d,"Data":[%b],"Total":%d}' % (len(rows), data, len(rows))


def serve(mocker: Mocker, stream: str, body: bytes) -> None:
    """Serve a body as the first page of a stream's resource, and nothing after it."""

    def respond(request: Request, _context: Any) -> bytes:
        # requests_mock lowers the case of parameters.
        return EMPTY if request.qs.get("offset", ["0"]) != ["0"] else body

    mocker.get(f"{URL}/v3/REST/{RESOURCES[stream]}", content=respond)


def read(
    *streams: str,
    state: dict[str, Any] | None = None,
    catalog: dict[str, Any] | None = None,
    fails: bool = False,
    **given: Any,
) -> Run:
    """Sync streams from what is served, and return what the tap wrote until it ended or failed."""
    config = {"api_url": URL, "api_key": "k", "api_secret": "s", **given}
    tap = TapMailjet(config=config, catalog=catalog or catalog_of(*streams), state=state)
    expected = pytest.raises(IncompleteSyncError) if fails else contextlib.nullcontext()
    with contextlib.redirect_stdout(io.StringIO()) as written, expected:
        tap.sync_all()
    return Run([json.loads(line) for line in written.getvalue().splitlines()])
