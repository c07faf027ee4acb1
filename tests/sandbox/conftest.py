from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_mailjet.sandbox import Faults, Quirks, Sandbox, Size
from tests.sandbox.api import UNTIL, Api

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = Size(contacts=80, lists=5, campaigns=16, messages=1500, days=30, future_days=5)


@pytest.fixture(scope="session")
def shared() -> Iterator[Sandbox]:
    with Sandbox(size=SIZE, seed=7, until=UNTIL) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    """The shared account, its switches as they are at first; for tests that add nothing to it."""
    shared.quirks = Quirks()
    shared.faults = Faults()
    shared.clock.set(UNTIL)
    shared.requests.clear()
    return shared


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """A small account for a test that changes it."""
    size = Size(contacts=40, lists=3, campaigns=8, messages=300, days=10, future_days=3)
    with Sandbox(size=size, seed=3, until=UNTIL) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    client = Api(sandbox)
    with client.session:
        yield client


@pytest.fixture
def own_api(own: Sandbox) -> Iterator[Api]:
    client = Api(own)
    with client.session:
        yield client
