from __future__ import annotations

import asyncio
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tap_mailjet.sandbox import Faults, Quirks, Sandbox, Size
from tests.sandbox.api import UNTIL, Api

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from tests.sandbox.api import Row

SIZE = Size(contacts=80, lists=5, campaigns=16, messages=1250, days=30, future_days=5)


@pytest.fixture(scope="session", autouse=True)
def _brief_ends() -> Iterator[None]:
    """Make uvicorn check ten times as often if it has to stop: the tests stop about 80 servers."""

    def sleep(seconds: float) -> Coroutine[Any, Any, None]:
        return asyncio.sleep(seconds / 10)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "uvicorn.server.asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": sleep})
        )
        yield


class SharedSandbox(Sandbox):
    """A sandbox whose account never changes, so that its expected rows are read once."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._known: dict[tuple[object, ...], Any] = {}

    @override
    def rows(self, resource: str) -> list[Row]:
        rows: list[Row] = self._once(super().rows, resource)
        return [*rows]

    @override
    def children(self, resource: str) -> dict[int, list[Row]]:
        rows: dict[int, list[Row]] = self._once(super().children, resource)
        return {**rows}

    def _once(self, read: Callable[[str], Any], resource: str) -> Any:
        key = (read.__name__, resource, self.clock.now(), self.quirks)
        if key not in self._known:
            self._known[key] = read(resource)
        return self._known[key]


@pytest.fixture(scope="session")
def shared() -> Iterator[Sandbox]:
    with SharedSandbox(size=SIZE, seed=14, until=UNTIL) as sandbox:
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
    with closing(Api(sandbox)) as client:
        yield client


@pytest.fixture
def own_api(own: Sandbox) -> Iterator[Api]:
    with closing(Api(own)) as client:
        yield client
