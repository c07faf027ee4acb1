from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import requests
from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.client import MailjetClient, RequestOutcome
from tap_mailjet.api.errors import (
    BadRequestError,
    CredentialsError,
    ForbiddenError,
    NoResponseError,
    NotFoundError,
    UnreachableError,
)
from tap_mailjet.api.rate_limiter import AdaptiveRateLimiter, ClientClosed
from tap_mailjet.api.retries import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests_mock import Mocker

URL = "https://mailjet.test/v3/REST/message"
TRIES = 4


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replace the waits between tries, and return their seconds."""
    waited: list[float] = []
    monkeypatch.setattr(AdaptiveRateLimiter, "pause", lambda _, seconds: waited.append(seconds))
    return waited


@pytest.fixture
def client() -> Iterator[MailjetClient]:
    made = MailjetClient(
        api_url="https://mailjet.test",
        api_key="the-key",
        api_secret="the-secret",
        timeout=7,
        user_agent="tests/1",
        retries=RetryPolicy(
            max_tries=TRIES, base_delay=0.01, max_delay=0.02, max_rate_limit_wait=0.2
        ),
    )
    yield made
    made.close()


@pytest.fixture
def reached(client: MailjetClient, requests_mock: Mocker) -> MailjetClient:
    """A client that has had a first response: from then on it is patient."""
    requests_mock.get(URL, text="{}")
    get(client)
    requests_mock.reset_mock()
    return client


def get(client: MailjetClient, **params: str) -> bytes:
    return client.get("message", params, decode=bytes)


def test_request_is_authenticated_named_bounded_and_filters_in_the_query(
    reached: MailjetClient, requests_mock: Mocker
) -> None:
    get(reached, Limit="1000", FromTS="2020-01-01T00:00:00Z")
    sent = requests_mock.last_request
    assert sent is not None
    assert sent.headers["Authorization"] == requests.auth._basic_auth_str("the-key", "the-secret")
    assert sent.headers["User-Agent"] == "tests/1"
    assert sent.qs == {"limit": ["1000"], "fromts": ["2020-01-01t00:00:00z"]}
    assert sent.body is None
    assert sent.timeout == 7
    assert sent.verify is not False


@pytest.mark.parametrize(
    ("status", "error", "setting"),
    [
        (400, BadRequestError, "filter"),
        (401, CredentialsError, "api_key, api_secret"),
        (403, ForbiddenError, "api_key"),
        (404, NotFoundError, "api_url"),
        (405, FatalAPIError, "refused"),
        (302, FatalAPIError, "api_url"),
    ],
)
def test_what_will_not_pass_is_said_at_once_with_mailjets_words_and_the_setting(  # noqa: PLR0917
    client: MailjetClient,
    requests_mock: Mocker,
    slept: list[float],
    status: int,
    error: type[Exception],
    setting: str,
) -> None:
    body = {"ErrorInfo": "more", "ErrorMessage": "Not so", "ErrorIdentifier": "e-1"}
    requests_mock.get(URL, status_code=status, json={**body, "StatusCode": status})
    with pytest.raises(error) as caught:
        get(client)
    message = str(caught.value)
    assert f"Mailjet responded with {status}" in message
    assert "for message" in message
    assert "Not so more (ErrorIdentifier e-1)" in message
    assert setting in message
    assert requests_mock.call_count == 1
    assert slept == []


def test_redirect_to_another_host_is_not_followed(
    client: MailjetClient, requests_mock: Mocker
) -> None:
    requests_mock.get(URL, status_code=307, headers={"Location": "https://elsewhere.test/"})
    elsewhere = requests_mock.get("https://elsewhere.test/", text="{}")
    with pytest.raises(FatalAPIError, match="Redirects are not followed"):
        get(client)
    assert not elsewhere.called


def test_error_message_shows_no_address_and_is_short(
    client: MailjetClient, requests_mock: Mocker
) -> None:
    requests_mock.get(URL, status_code=400, text="someone@example.com " + "long " * 1000)
    with pytest.raises(BadRequestError) as caught:
        get(client)
    assert "someone" not in str(caught.value)
    assert len(str(caught.value)) < 500


PASSING: list[dict[str, Any]] = [
    {"status_code": 500, "text": "oops"},
    {"status_code": 502},
    {"status_code": 503},
    {"exc": requests.ConnectTimeout},
    {"exc": requests.ReadTimeout},
    {"exc": requests.ConnectionError},
    {"exc": requests.exceptions.ChunkedEncodingError},
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_what_may_pass_is_repeated_until_it_has_passed(
    reached: MailjetClient, requests_mock: Mocker, slept: list[float], fault: dict[str, Any]
) -> None:
    requests_mock.get(URL, [fault, fault, {"text": "at last"}])
    assert get(reached) == b"at last"
    assert len(slept) == 2


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_what_does_not_pass_is_given_up_in_words(
    reached: MailjetClient, requests_mock: Mocker, slept: list[float], fault: dict[str, Any]
) -> None:
    requests_mock.get(URL, [fault])
    with pytest.raises(FatalAPIError, match=r"(?s)Mailjet.*Gave up after 4 tries"):
        get(reached)
    assert requests_mock.call_count == TRIES
    assert len(slept) == TRIES - 1


def test_body_that_cannot_be_decoded_is_asked_for_again(
    client: MailjetClient, requests_mock: Mocker, slept: list[float]
) -> None:
    def decode(body: bytes) -> int:
        return int(body)

    requests_mock.get(URL, [{"text": "garbled"}, {"text": ""}, {"text": "7"}])
    assert client.get("message", {}, decode=decode) == 7
    assert len(slept) == 2


def test_every_answer_is_observed_be_it_a_success_or_not(
    client: MailjetClient, requests_mock: Mocker, slept: list[float]
) -> None:
    seen: list[RequestOutcome] = []
    requests_mock.get(URL, [{"status_code": 503}, {"text": "{}"}])
    client.get("message", {}, decode=bytes, observe=seen.append)
    assert [(one.resource, one.status) for one in seen] == [("message", 503), ("message", 200)]
    assert len(slept) == 1


def test_waiting_is_said_in_the_log_without_the_secret(
    client: MailjetClient,
    requests_mock: Mocker,
    slept: list[float],
    caplog: pytest.LogCaptureFixture,
) -> None:
    requests_mock.get(URL, [{"status_code": 503, "headers": {"Retry-After": "9"}}, {"text": "{}"}])
    with caplog.at_level(logging.DEBUG):
        get(client)
    assert slept == [9]
    assert "Mailjet responded with 503 Service Unavailable for message" in caplog.text
    assert "Waiting 9.0 s before try 2" in caplog.text
    assert "the-secret" not in caplog.text


def test_refusal_for_the_rate_limit_is_waited_out_and_is_no_try(
    client: MailjetClient, requests_mock: Mocker, slept: list[float]
) -> None:
    refusals = [{"status_code": 429}] * (TRIES + 2)
    requests_mock.get(URL, [*refusals, {"text": "at last"}])
    assert get(client) == b"at last"
    assert slept == []  # the rate limiter waited, not the retries


def test_refusal_that_does_not_end_is_given_up_in_words(
    client: MailjetClient, requests_mock: Mocker
) -> None:
    requests_mock.get(URL, status_code=429, json={"ErrorMessage": "Too many"})
    with pytest.raises(FatalAPIError, match=r"responded with 429.*Too many.*Gave up after 0 s"):
        get(client)
    assert requests_mock.call_count > TRIES


def test_no_response_in_all_tries_is_an_error_of_its_own_that_leaves_other_requests_hope(
    reached: MailjetClient, requests_mock: Mocker, slept: list[float]
) -> None:
    requests_mock.get(URL, exc=requests.ConnectionError)
    with pytest.raises(UnreachableError, match="No connection to Mailjet") as caught:
        get(reached)
    assert len(slept) == TRIES - 1
    assert not isinstance(caught.value, NoResponseError)
    assert not reached.is_fatal_for_sync(caught.value)


def test_refused_key_pair_no_response_and_a_closed_client_are_hopeless(
    client: MailjetClient,
) -> None:
    for error in (CredentialsError("401"), NoResponseError("none"), ClientClosed()):
        assert client.is_fatal_for_sync(error)
    for other in (BadRequestError("400"), ForbiddenError("403"), FatalAPIError("x"), ValueError()):
        assert not client.is_fatal_for_sync(other)


def test_body_that_is_too_large_is_not_read(
    client: MailjetClient, requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_mailjet.api.client.MAX_BODY_BYTES", 2**20)
    requests_mock.get(URL, content=b"x" * (2**20 + 1))
    with pytest.raises(FatalAPIError, match="message is larger than 1 MiB and was not read"):
        get(client)
    requests_mock.get(URL, content=b"x" * 2**20)
    assert len(get(client)) == 2**20
    assert requests_mock.call_count == 2


def test_closed_client_sends_nothing_more(client: MailjetClient, requests_mock: Mocker) -> None:
    requests_mock.get(URL, text="{}")
    client.close()
    with pytest.raises(ClientClosed):
        get(client)
    assert requests_mock.call_count == 0
