"""First pages that are requested ahead: how many at a time, and in which order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tap_mailjet.api.page import Page
from tap_mailjet.reading.prefetch import PagePrefetcher
from tests.helpers import sync

if TYPE_CHECKING:
    import pytest

    from tap_mailjet.sandbox import Sandbox


def page(number: int) -> Page:
    return Page([], number, number)


def test_no_more_pages_are_requested_ahead_than_there_is_room_for() -> None:
    requested: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        early = PagePrefetcher(pool, 3)
        for number in range(10):

            def get(number: int = number) -> Page:
                requested.append(number)
                return page(number)

            early.ask("message", {"CampaignID": str(number)}, get)
        pool.submit(lambda: None).result()
        assert requested == [0, 1, 2]
        first = early.take("message", {"CampaignID": "0"})
        assert first is not None
        assert first.result() == page(0)
        pool.submit(lambda: None).result()
        assert requested == [0, 1, 2, 3]


def test_page_that_is_taken_before_its_turn_is_left_to_the_caller() -> None:
    with ThreadPoolExecutor(1) as pool:
        early = PagePrefetcher(pool, 1)
        early.ask("message", {"CampaignID": "1"}, lambda: page(1))
        early.ask("message", {"CampaignID": "2"}, lambda: page(2))
        assert early.take("message", {"CampaignID": "2"}) is None
        assert early.take("message", {"CampaignID": "2"}) is None
        first = early.take("message", {"CampaignID": "1"})
        assert first is not None
        assert early.take("message", {"CampaignID": "1"}) is None


def test_hundred_campaign_ids_do_not_fill_the_memory_with_first_pages(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    take = PagePrefetcher.take

    def counting(self: PagePrefetcher, *args: object) -> object:
        held.append(len(self._requested))
        return take(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(PagePrefetcher, "take", counting)
    sync(sandbox, campaign_ids=[*range(1, 101)], max_concurrency=4)
    assert max(held) <= 8
