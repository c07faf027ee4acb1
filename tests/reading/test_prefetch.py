"""Responses that are requested ahead: how many at a time, and in which order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.reading.prefetch import PagePrefetcher
from tests.helpers import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

    from tap_mailjet.sandbox import Sandbox


class Recorder:
    """A client that returns the campaign of each request, and records it."""

    def __init__(self) -> None:
        self.requested: list[str] = []

    def get(
        self, resource: str, params: Mapping[str, str], *, decode: Any, observe: Any = None
    ) -> Any:
        assert resource == "message"
        assert (decode, observe) == (decode_nothing, None)
        self.requested.append(params["CampaignID"])
        return params["CampaignID"]


def decode_nothing(body: bytes) -> Any:
    return body


def campaign(number: int, **more: str) -> dict[str, str]:
    return {"CampaignID": str(number), **more}


def test_no_more_pages_are_requested_ahead_than_there_is_room_for() -> None:
    client = Recorder()
    with ThreadPoolExecutor(1) as pool:
        prefetcher = PagePrefetcher(client, pool, 3)
        for number in range(10):
            prefetcher.submit("message", campaign(number), decode=decode_nothing)
        pool.submit(lambda: None).result()
        assert client.requested == ["0", "1", "2"]
        assert prefetcher.get("message", campaign(0), decode=decode_nothing) == "0"
        pool.submit(lambda: None).result()
        assert client.requested == ["0", "1", "2", "3"]


def test_page_that_is_wanted_before_its_turn_is_requested_by_the_caller() -> None:
    client = Recorder()
    with ThreadPoolExecutor(1) as pool:
        prefetcher = PagePrefetcher(client, pool, 1)
        prefetcher.submit("message", campaign(1), decode=decode_nothing)
        prefetcher.submit("message", campaign(2), decode=decode_nothing)
        assert prefetcher.get("message", campaign(2), decode=decode_nothing) == "2"
        assert prefetcher.get("message", campaign(1), decode=decode_nothing) == "1"
        assert sorted(client.requested) == ["1", "2"]


def test_prefetched_page_is_used_once() -> None:
    client = Recorder()
    with ThreadPoolExecutor(1) as pool:
        prefetcher = PagePrefetcher(client, pool, 1)
        prefetcher.submit("message", campaign(1), decode=decode_nothing)
        for _ in range(2):
            assert prefetcher.get("message", campaign(1), decode=decode_nothing) == "1"
    assert client.requested == ["1", "1"]


def test_prefetched_page_that_was_refused_for_count_records_is_requested_without() -> None:
    class Refusing(Recorder):
        @override
        def get(self, resource: str, params: Mapping[str, str], **how: Any) -> Any:
            if "countRecords" in params:
                message = "Unknown parameter countRecords"
                raise BadRequestError(message)
            return super().get(resource, params, **how)

    client = Refusing()
    with ThreadPoolExecutor(1) as pool:
        prefetcher = PagePrefetcher(client, pool, 1)
        prefetcher.submit("message", campaign(1, countRecords="1"), decode=decode_nothing)
        pool.submit(lambda: None).result()
        assert prefetcher.get("message", campaign(1), decode=decode_nothing) == "1"


def test_prefetched_page_is_found_with_and_without_count_records() -> None:
    client = Recorder()
    with ThreadPoolExecutor(1) as pool:
        prefetcher = PagePrefetcher(client, pool, 1)
        prefetcher.submit("message", campaign(1, countRecords="1"), decode=decode_nothing)
        assert prefetcher.get("message", campaign(1), decode=decode_nothing) == "1"
    assert client.requested == ["1"]


def test_threads_that_all_wait_for_prefetched_pages_do_not_wait_for_each_other() -> None:
    client = Recorder()
    with ThreadPoolExecutor(1) as pool:
        prefetcher = PagePrefetcher(client, pool, 2)

        def submit_and_get() -> Any:
            prefetcher.submit("message", campaign(1), decode=decode_nothing)
            return prefetcher.get("message", campaign(1), decode=decode_nothing)

        assert pool.submit(submit_and_get).result(timeout=10) == "1"


def test_hundred_campaign_ids_do_not_fill_the_memory_with_first_pages(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    pop: Callable[..., Any] = PagePrefetcher._pop

    def counting(self: PagePrefetcher, *args: object) -> object:
        held.append(len(self.requested))
        return pop(self, *args)

    monkeypatch.setattr(PagePrefetcher, "_pop", counting)
    sync(sandbox, campaign_ids=[*range(1, 101)], max_concurrency=4)
    assert max(held) <= 8


def test_page_that_another_stream_decodes_with_other_types_is_requested_again() -> None:
    client = Decoding()
    with ThreadPoolExecutor(1) as pool:
        prefetcher = PagePrefetcher(client, pool, 3)
        prefetcher.submit("message", campaign(1), decode=decode_nothing)
        pool.submit(lambda: None).result()
        assert prefetcher.get("message", campaign(1), decode=bytes.decode) == "a page"
        assert prefetcher.get("message", campaign(1), decode=decode_nothing) == b"a page"
    assert client.requests == 2


class Decoding:
    """A client whose responses have one body."""

    def __init__(self) -> None:
        self.requests = 0

    def get(
        self, _resource: str, _params: Mapping[str, str], *, decode: Any, observe: Any = None
    ) -> Any:
        del observe
        self.requests += 1
        return decode(b"a page")
