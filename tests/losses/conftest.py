from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

from tap_mailjet.api.retries import RetryPolicy
from tap_mailjet.sandbox import Clock, Faults, Quirks, Sandbox, Size
from tests.helpers import UNTIL

if TYPE_CHECKING:
    from collections.abc import Iterator

API_KEY = "0fb1c35d7a9e4b6288d1f3a5c7e90b24"
API_SECRET = "d41e8cd98f00b204e9800998ecf8427e"


@pytest.fixture(autouse=True)
def _brief_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce the waits between retries, and their number."""
    brief = functools.partial(
        RetryPolicy, max_tries=3, base_delay=0.05, max_delay=0.2, max_rate_limit_wait=2
    )
    monkeypatch.setattr("tap_mailjet.api.client.RetryPolicy", brief)


@pytest.fixture(scope="session")
def _small_account() -> Iterator[Sandbox]:
    size = Size(contacts=20, lists=3, campaigns=8, messages=200, days=20)
    with Sandbox(
        size=size,
        seed=3,
        until=UNTIL,
        clock=Clock(at=UNTIL),
        api_key=API_KEY,
        api_secret=API_SECRET,
    ) as sandbox:
        yield sandbox


@pytest.fixture
def small(_small_account: Sandbox) -> Iterator[Sandbox]:
    """An account that is read in two seconds, with a key pair like those of Mailjet."""
    yield _small_account
    _small_account.faults = Faults()
    _small_account.quirks = Quirks()
    _small_account.requests.clear()
