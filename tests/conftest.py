from __future__ import annotations

import shutil
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from tap_mailjet.sandbox import Clock, Faults, Quirks, Sandbox, Size
from tap_mailjet.sandbox.commands import warehouse
from tests.pipelines import ROOT, run

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

    from tap_mailjet.sandbox.commands.warehouse import Warehouse

UNTIL = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
"""Where the history of the tests' account ends; its clock begins there for each test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=2, help="seeds for each test under fire")
    parser.addoption("--soak", action="store_true", help="run what takes minutes, too")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, 1 + metafunc.config.getoption("--seeds")))


@pytest.fixture(scope="session")
def size(pytestconfig: pytest.Config) -> Size:
    """How large the tests' accounts are: small, but for a soak."""
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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with warehouse.running(tmp_path_factory.mktemp("warehouse") / "postgres") as store:
        yield store


@pytest.fixture
def store(server: Warehouse) -> Warehouse:
    """A warehouse with nothing in it."""
    server.empty()
    return server


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A checkout of its own, with the plugins of its meltano.yml installed."""
    folder = tmp_path_factory.mktemp("project") / "tap-mailjet"
    folder.mkdir()
    for name in ("meltano.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tap_mailjet", folder / "tap_mailjet", ignore=skip)
    run("meltano install", folder)
    return folder
