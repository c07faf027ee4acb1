from __future__ import annotations

import pytest

from tests.sandbox.api import EVENT_TIMES, RESOURCES, Api, same


@pytest.mark.parametrize("resource", RESOURCES)
def test_the_api_has_every_row_of_the_account(api: Api, resource: str) -> None:
    assert same(api.everything(resource), api.sandbox.rows(resource))


@pytest.mark.parametrize("resource", [*EVENT_TIMES, "message", "contact"])
def test_pages_cover_all_rows_exactly_once(api: Api, resource: str) -> None:
    whole = api.rows(resource)
    assert len(whole) > 17
    assert api.rows(resource, limit=17) == whole


def test_a_page_has_ten_rows_unless_told(api: Api) -> None:
    body = api.body("message")
    assert body["Count"] == len(body["Data"]) == body["Total"] == 10


def test_an_offset_past_the_end_gives_an_empty_page(api: Api) -> None:
    assert api.body("message", Offset=10**9) == {"Count": 0, "Data": [], "Total": 0}


def test_count_only_counts_all_rows_that_match(api: Api) -> None:
    total = len(api.rows("message", FromType=2))
    assert 0 < total < len(api.rows("message"))
    body = api.body("message", FromType=2, countOnly=1)
    assert body == {"Count": total, "Data": [], "Total": total}


def test_rows_are_in_the_order_of_their_ids(api: Api) -> None:
    for resource in RESOURCES:
        ids = [row["ID"] for row in api.rows(resource)]
        assert len(ids) > 1
        assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("resource", "prop"),
    [
        ("message", "ArrivedAt"),
        ("contact", "Email"),
        ("contactslist", "Name"),
        ("apikey", "CreatedAt"),
        ("campaignstatistics", "ProcessedCount"),
        ("contactstatistics", "ProcessedCount"),
        ("listrecipientstatistics", "ProcessedCount"),
        ("senderstatistics", "ProcessedCount"),
        ("liststatistics", "ProcessedCount"),
        ("contact", "DeliveredCount"),
    ],
)
def test_sort_goes_up_and_down(api: Api, resource: str, prop: str) -> None:
    values = sorted(row[prop] for row in api.rows(resource))
    assert values[0] != values[-1]
    up = api.rows(resource, limit=13, Sort=prop)
    down = api.rows(resource, limit=13, Sort=f"{prop} DESC")
    assert [row[prop] for row in up] == values
    assert [row[prop] for row in down] == values[::-1]
    assert same(down, up)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Limit", "-1"),
        ("Limit", "1001"),
        ("Limit", "ten"),
        ("Offset", "-1"),
        ("Offset", "1.5"),
        ("countOnly", "maybe"),
    ],
)
def test_paging_of_no_use_is_refused_by_name(api: Api, name: str, value: str) -> None:
    assert f'"{name}"' in api.refused("message", **{name: value})


@pytest.mark.parametrize("order", ["Status", "ID UP", "id", ""])
def test_sort_of_no_use_is_refused_with_the_field(api: Api, order: str) -> None:
    assert api.refused("message", Sort=order) == f"Cannot sort on field {order}."
