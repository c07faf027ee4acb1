"""Errors that quote the request: the credentials in them reach no log and no exception."""

from __future__ import annotations

import base64
import logging
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tap_mailjet.sandbox.faults.request_quotes import ADDRESS, PARTS
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


def leaked(caplog: pytest.LogCaptureFixture, error: Exception | None) -> list[str]:
    """Return what is in the log, at any level, or in an exception and those that caused it."""
    said = caplog.text + "".join(traceback.format_exception(error) if error else [])
    return [name for name, secret in SECRETS.items() if secret in said]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("form", ["json", "html"])
def test_each_part_of_the_credentials_in_an_error_is_redacted(
    small: Sandbox, caplog: pytest.LogCaptureFixture, form: str, part: str
) -> None:
    caplog.set_level(logging.DEBUG)
    schedule(small, "*", status=400, quotes=form, quoted=(part,), times=None)
    run = attempt(small, "senders")
    assert small.injected_faults["scheduled"] > 0
    found = leaked(caplog, run.error)
    assert not found, f"in the log or the exception: {', '.join(found)}"


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
def test_credentials_in_an_error_of_any_status_are_redacted(
    small: Sandbox, caplog: pytest.LogCaptureFixture, form: str, status: int, given: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    schedule(small, "*", status=status, quotes=form, **{"times": None, **given})
    run = attempt(small, "senders", "messages")
    assert small.injected_faults["scheduled"] > 0
    found = leaked(caplog, run.error)
    assert not found, f"in the log or the exception: {', '.join(found)}"


def test_credentials_in_the_error_of_a_child_are_redacted(
    small: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    schedule(small, "messagehistory", status=403, quotes="json", times=None)
    run = attempt(small, "messages", "message_events")
    found = leaked(caplog, run.error)
    assert not found, f"in the log or the exception: {', '.join(found)}"
