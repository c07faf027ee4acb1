"""Errors that quote the request: the credentials in them reach no log and no exception."""

from __future__ import annotations

import base64
import logging
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tap_mailjet.sandbox.request_quotes import ADDRESS
from tests.losses.conftest import API_KEY, API_SECRET
from tests.losses.runs import attempt, schedule

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

TOKEN = base64.b64encode(f"{API_KEY}:{API_SECRET}".encode()).decode()
SECRETS = {
    "the secret": API_SECRET,
    "the key": API_KEY,
    "the Basic token": TOKEN,
    "the percent-encoded token": quote(TOKEN, safe=""),
    "the mail address": ADDRESS,
    "the percent-encoded mail address": quote(ADDRESS, safe=""),
}


@pytest.mark.parametrize("form", ["json", "html"])
@pytest.mark.parametrize(
    ("status", "given"),
    [
        (400, {}),
        (401, {}),
        (403, {}),
        (404, {}),
        (418, {}),
        (429, {"times": 3}),
        (429, {}),
        (500, {}),
        (503, {"times": 1}),
        (200, {}),
    ],
)
def test_credentials_quoted_by_an_error_reach_no_log_and_no_exception(
    small: Sandbox, caplog: pytest.LogCaptureFixture, form: str, status: int, given: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    schedule(small, "*", status=status, quotes=form, **{"times": None, **given})
    run = attempt(small, "senders", "messages")
    assert small.inflicted["scheduled"] > 0
    raised = "".join(traceback.format_exception(run.error)) if run.error else ""
    leaked = [name for name, secret in SECRETS.items() if secret in caplog.text + raised]
    assert not leaked, f"in the log or the exception: {', '.join(leaked)}"


def test_credentials_of_a_refused_child_reach_no_log(
    small: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    schedule(small, "messagehistory", status=403, quotes="json", times=None)
    run = attempt(small, "messages", "message_events")
    raised = "".join(traceback.format_exception(run.error)) if run.error else ""
    leaked = [name for name, secret in SECRETS.items() if secret in caplog.text + raised]
    assert not leaked, f"in the log or the exception: {', '.join(leaked)}"
