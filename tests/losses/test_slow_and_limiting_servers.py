"""A response that drips, and a 429 that says to retry at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.sandbox import Faults, ScheduledFault
from tap_mailjet.singer.sync_report import IncompleteSyncError
from tests.losses.runs import assert_complete, attempt, schedule

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

TIMEOUT = 1
"""The setting `request_timeout`."""
DRIPS_FOR = 15
"""Seconds that a dripping response takes. No wait for a byte takes as long as the timeout."""
PAST = "Thu, 01 Jan 2026 00:00:00 GMT"


def drip(sandbox: Sandbox, part: str, **given: Any) -> None:
    """Make the head or the body of responses for senders drip."""
    url = f"{sandbox.url}/v3/REST/sender"
    plain = requests.get(url, auth=(sandbox.api_key, sandbox.api_secret), timeout=10)
    head = sum(len(name) + len(value) for name, value in plain.headers.items())
    seconds = DRIPS_FOR / (head if part == "drip_head" else len(plain.content))
    assert seconds < TIMEOUT / 2
    fault = ScheduledFault(resource="sender", fault=part, **given)
    sandbox.faults = Faults(drip_seconds=seconds, scheduled=(fault,))


@pytest.mark.parametrize("part", ["drip_head", "drip_body"])
def test_dripping_response_counts_as_a_timeout_and_is_retried(small: Sandbox, part: str) -> None:
    drip(small, part)
    began = time.monotonic()
    run = attempt(small, "senders", request_timeout=TIMEOUT)
    seconds = time.monotonic() - began
    assert small.injected_faults[part] == 1
    assert seconds < DRIPS_FOR, f"one response took {seconds:.0f} s with a timeout of {TIMEOUT} s"
    assert run.error is None
    assert_complete(small, run, "senders")


@pytest.mark.parametrize("part", ["drip_head", "drip_body"])
def test_server_that_always_drips_ends_the_run_as_incomplete(small: Sandbox, part: str) -> None:
    # Not the first response, which shows that Mailjet can be reached.
    drip(small, part, first=2, times=None)
    began = time.monotonic()
    run = attempt(small, "senders", request_timeout=TIMEOUT, page_size=4)
    seconds = time.monotonic() - began
    assert small.injected_faults[part] >= 1
    assert isinstance(run.error, IncompleteSyncError), f"exit code 0 after {seconds:.0f} s"
    assert seconds < 2 * DRIPS_FOR


@pytest.mark.parametrize("retry_after", ["0", PAST])
@pytest.mark.parametrize("first", [1, 2])
def test_endless_429_that_says_to_retry_at_once_gets_few_requests(
    small: Sandbox, retry_after: str, first: int
) -> None:
    # The fixture lets a client wait for two seconds in all, from 0.05 s to 0.2 s each time.
    schedule(small, "*", status=429, retry_after=retry_after, first=first, times=None)
    run = attempt(small, "senders", page_size=4)
    sent = small.injected_faults["scheduled"]
    assert isinstance(run.error, (IncompleteSyncError, FatalAPIError))
    assert sent < 80, f"{sent} requests within 2 s"


@pytest.mark.parametrize("retry_after", ["0", PAST])
def test_429_that_says_to_retry_at_once_is_waited_for_longer_each_time(
    small: Sandbox, retry_after: str
) -> None:
    schedule(small, "sender", status=429, retry_after=retry_after, times=10)
    began = time.monotonic()
    run = attempt(small, "senders")
    seconds = time.monotonic() - began
    assert small.injected_faults["scheduled"] == 10
    assert_complete(small, run, "senders")
    assert seconds > 0.6, f"10 refusals were retried within {seconds * 1000:.0f} ms"
