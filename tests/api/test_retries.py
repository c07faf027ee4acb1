"""The delays between the tries of a request."""

from __future__ import annotations

import email.utils
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from singer_sdk.exceptions import RetriableAPIError

from tap_mailjet.api.client import MailjetClient
from tap_mailjet.api.rate_limiter import ClientClosed
from tap_mailjet.api.retries import RetryPolicy
from tests.support.servers import reply, response, serving


def waited(*errors: BaseException, retries: RetryPolicy) -> list[float]:
    return [retries.delay(tries, error) for tries, error in enumerate(errors, 1)]


def refusal(retry_after: str | None) -> RetriableAPIError:
    response = requests.Response()
    response.status_code = 429
    if retry_after is not None:
        response.headers["Retry-After"] = retry_after
    return RetriableAPIError("429", response)


def test_waits_double_up_to_the_ceiling_with_jitter_of_at_most_half() -> None:
    retries = RetryPolicy(base_delay=1, max_delay=8)
    for expected, wait in zip(
        [1, 2, 4, 8, 8], waited(*[refusal(None)] * 5, retries=retries), strict=True
    ):
        assert expected / 2 <= wait <= expected


def test_retry_after_is_obeyed_in_seconds_and_as_a_date() -> None:
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    seconds, by_date = waited(refusal("12"), refusal(date), retries=RetryPolicy())
    assert seconds == 12
    assert 27 <= by_date <= 30


@pytest.mark.parametrize(("told", "obeyed"), [("0", 1), ("86400", 900)])
def test_retry_after_is_kept_within_reason(told: str, obeyed: float) -> None:
    assert waited(refusal(told), retries=RetryPolicy(base_delay=1, max_retry_after=900)) == [obeyed]


@pytest.mark.parametrize("told", ["0", "1", "Mon, 01 Jan 2024 00:00:00 GMT"])
def test_waits_double_although_retry_after_says_less(told: str) -> None:
    retries = RetryPolicy(base_delay=1, max_delay=8)
    for expected, wait in zip(
        [1, 2, 4, 8, 8], waited(*[refusal(told)] * 5, retries=retries), strict=True
    ):
        assert max(1, expected / 2) <= wait <= expected


@pytest.mark.parametrize("told", ["soon", "", "-5", "1.5e9x"])
def test_retry_after_that_cannot_be_read_is_ignored(told: str) -> None:
    (wait,) = waited(refusal(told), retries=RetryPolicy(base_delay=1))
    assert 0.5 <= wait <= 1


def test_delay_after_very_many_tries_is_the_maximum() -> None:
    delay = RetryPolicy(base_delay=1, max_delay=8).delay(5000, refusal(None))
    assert 4 <= delay <= 8


def test_stop_wakes_a_request_that_waits_for_its_next_try(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(reply(response(status="503 Service Unavailable"))) as server:
        client = MailjetClient(
            api_url=server.url,
            api_key="the-key",
            api_secret="the-secret",
            timeout=5,
            user_agent="tests",
            retries=RetryPolicy(base_delay=20, max_delay=20),
        )
        client._first.open()
        with ThreadPoolExecutor() as pool:
            request = pool.submit(client.get, "message", {}, decode=bytes)
            while "before try 2" not in caplog.text:
                time.sleep(0.01)
            began = time.monotonic()
            client.stop()
            with pytest.raises(ClientClosed):
                request.result(timeout=5)
        assert time.monotonic() - began < 1
        assert len(server.requests) == 1
