from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tap_mailjet.sandbox import Clock, Faults, Quirks, Sandbox, Size
from tap_mailjet.sandbox.commands import warehouse
from tests.helpers import UNTIL
from tests.support.direct import direct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox.commands.warehouse import Warehouse

# Workers and commands under test compile all their imports, a second each, without this cache.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Without it, requests searches the whole environment for proxies, for each request. A proxy for
# this machine itself would be wrong anyway.
os.environ["NO_PROXY"] = "127.0.0.1,localhost"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=2, help="seeds for each test under fire")
    parser.addoption("--soak", action="store_true", help="run what takes minutes, too")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, 1 + metafunc.config.getoption("--seeds")))


@pytest.fixture(scope="session")
def size(pytestconfig: pytest.Config) -> Size:
    """Return the size of the tests' accounts: small, except in a soak test."""
    times = 4 if pytestconfig.getoption("--soak") else 1
    return Size(contacts=120 * times, lists=4, campaigns=16, messages=1500 * times, days=60)


@pytest.fixture(scope="session")
def account(size: Size) -> Iterator[Sandbox]:
    """An account that is served for all tests that do not add to it."""
    with Sandbox(size=size, seed=3, until=UNTIL, clock=Clock(at=UNTIL)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(account: Sandbox) -> Iterator[Sandbox]:
    """That account as a test wants to find it, and as the next test does."""
    _as_new(account)
    yield account
    _as_new(account)


@pytest.fixture(scope="session")
def _small_account() -> Iterator[Sandbox]:
    size = Size(contacts=20, lists=3, campaigns=8, messages=200, days=20)
    with Sandbox(size=size, seed=5, until=UNTIL, clock=Clock(at=UNTIL)) as sandbox:
        yield sandbox


@pytest.fixture
def small(_small_account: Sandbox) -> Iterator[Sandbox]:
    """An account for syncs of all streams: each row of some costs a request."""
    _as_new(_small_account)
    yield _small_account
    _as_new(_small_account)


def _as_new(account: Sandbox) -> None:
    account.clock.set(UNTIL)
    account.quirks = Quirks()
    account.faults = Faults()
    account.requests.clear()


@pytest.fixture
def own_sandbox() -> Iterator[Sandbox]:
    """An account of the test's own, to add events to."""
    size = Size(contacts=30, lists=3, campaigns=8, messages=300, days=20)
    with Sandbox(size=size, seed=5, until=UNTIL, clock=Clock(at=UNTIL)) as sandbox:
        yield sandbox


@pytest.fixture
def _sandbox_is_direct(sandbox: Sandbox) -> Iterator[None]:
    """Read the account of all tests without sockets."""
    with direct(sandbox):
        yield


@pytest.fixture
def _small_is_direct(small: Sandbox) -> Iterator[None]:
    """Read the small account without sockets."""
    with direct(small):
        yield


@pytest.fixture
def _own_sandbox_is_direct(own_sandbox: Sandbox) -> Iterator[None]:
    """Read the test's own account without sockets."""
    with direct(own_sandbox):
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with warehouse.running(tmp_path_factory.mktemp("warehouse") / "postgres") as store:
        yield store


@pytest.fixture
def store(server: Warehouse) -> Warehouse:
    """A warehouse with nothing in it."""
    server.empty()
    return server
