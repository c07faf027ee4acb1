from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.client import MailjetClient
from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.api.retries import RetryPolicy
from tap_mailjet.reading.page_reader import OVERLAP, PageReader
from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.records.row_fields import decode_row, key_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests_mock import Mocker
    from requests_mock.request import _RequestObjectProxy as Request

URL = "https://mailjet.test/v3/REST/contact"


@pytest.fixture(params=[1, 4], ids="{} ahead".format)
def reader(request: pytest.FixtureRequest) -> Iterator[PageReader]:
    client = MailjetClient(
        api_url="https://mailjet.test",
        api_key="k",
        api_secret="s",
        timeout=1,
        user_agent="tests",
        retries=RetryPolicy(max_tries=2, base_delay=0.001),
    )
    with ThreadPoolExecutor(request.param) as pool:
        yield PageReader(client, "contact", page_size=3, pool=pool, ahead=request.param)
    client.close()


KEY = key_function(["ID"])


def table(reader: PageReader, query: dict[str, str] | None = None) -> Iterator[dict[str, Any]]:
    return map(decode_row, read_table(reader, query or {}, key=KEY, on_reread=lambda: None))


def server(
    rows: int, *, total: str = "page", cap: int = 1000, sort: int = 200
) -> Callable[[Request, Any], dict[str, Any]]:
    """Return a server of `rows` rows that is as unhelpful as the documentation allows."""

    def respond(request: Request, context: Any) -> dict[str, Any]:
        if "sort" in request.qs and sort != 200:
            context.status_code = sort
            return {"ErrorMessage": "Sort"}
        if request.qs.get("countonly") == ["1"]:
            return {"Count": rows, "Data": [], "Total": rows}
        limit = min(int(request.qs["limit"][0]), cap)
        offset = int(request.qs["offset"][0])
        data = [{"ID": number} for number in range(rows)][offset : offset + limit]
        return {
            "Count": len(data),
            "Data": data,
            "Total": rows if total == "result" else len(data),
        }

    return respond


@pytest.mark.parametrize("rows", range(10))
@pytest.mark.parametrize("total", ["page", "result"])
def test_table_is_read_whole_whatever_total_means(
    reader: PageReader, requests_mock: Mocker, rows: int, total: str
) -> None:
    requests_mock.get(URL, json=server(rows, total=total))
    assert [row["ID"] for row in table(reader)] == list(range(rows))


@pytest.mark.parametrize(
    ("rows", "total", "requests"),
    [
        (0, "page", 2),  # a page of so few rows may have been hidden as a whole
        (2, "page", 2),  # a first short page leaves open whether the server caps its pages
        (2, "result", 2),
        (3, "page", 4),  # a full page leaves open whether there is more: count, page, count
        (8, "page", 6),  # four pages that overlap by a row, counted before and after
        (8, "result", 4),
    ],
)
def test_no_more_requests_than_the_responses_leave_open(
    reader: PageReader, requests_mock: Mocker, rows: int, total: str, requests: int
) -> None:
    requests_mock.get(URL, json=server(rows, total=total))
    assert len(list(table(reader))) == rows
    assert requests_mock.call_count == requests


def test_pages_are_fetched_ahead_and_come_in_order(
    reader: PageReader, requests_mock: Mocker
) -> None:
    respond = server(30)

    def slow_at_first(request: Request, context: Any) -> dict[str, Any]:
        if request.qs.get("offset") == ["3"]:
            time.sleep(0.05)
        return respond(request, context)

    requests_mock.get(URL, json=slow_at_first)
    assert [row["ID"] for row in table(reader)] == list(range(30))


def test_rows_that_came_after_counting_are_read_as_well(
    reader: PageReader, requests_mock: Mocker
) -> None:
    requests_mock.get(URL, json=server(10))
    first = reader.page({})
    found = list(reader.remaining_pages({}, first, expected=5, received=lambda: 5))
    assert [offset for offset, _ in found] == [2, 4, 6, 8]
    read = [decode_row(row)["ID"] for _, page in found for row in page.data[OVERLAP:]]
    assert read == list(range(3, 10))


def test_server_that_gives_less_than_asked_for_is_read_on_where_total_tells(
    reader: PageReader, requests_mock: Mocker
) -> None:
    requests_mock.get(URL, json=server(7, total="result", cap=2))
    assert [row["ID"] for row in table(reader)] == list(range(7))


def test_table_is_asked_for_by_id(reader: PageReader, requests_mock: Mocker) -> None:
    requests_mock.get(URL, json=server(4))
    list(table(reader, {"ContactsList": "9"}))
    assert {call.qs["sort"][0] for call in requests_mock.request_history} == {"id"}
    assert {call.qs["contactslist"][0] for call in requests_mock.request_history} == {"9"}


def test_server_that_refuses_to_sort_is_read_unsorted(
    reader: PageReader, requests_mock: Mocker
) -> None:
    requests_mock.get(URL, json=server(5, sort=400))
    assert [row["ID"] for row in table(reader)] == list(range(5))
    list(table(reader))
    sorts = ["sort" in call.qs for call in requests_mock.request_history]
    # Once with countRecords and once without, as either may be what is refused.
    assert sorts == [True] * 2 + [False] * (len(sorts) - 2)


def test_bad_query_is_not_taken_for_a_refusal_to_sort(
    reader: PageReader, requests_mock: Mocker
) -> None:
    requests_mock.get(URL, status_code=400, json={"ErrorMessage": "No such filter"})
    with pytest.raises(BadRequestError, match="No such filter"):
        list(table(reader, {"Wrong": "1"}))


def test_server_that_ignores_offset_is_found_out_by_the_second_page(
    reader: PageReader, requests_mock: Mocker
) -> None:
    page = {"Count": 3, "Data": [{"ID": 1}, {"ID": 2}, {"ID": 3}], "Total": 3}
    requests_mock.get(URL, json=page)
    read = table(reader)
    assert [next(read)["ID"] for _ in range(3)] == [1, 2, 3]
    with pytest.raises(FatalAPIError, match="ignores Offset"):
        next(read)


def test_what_a_first_page_leaves_open_is_counted(
    reader: PageReader, requests_mock: Mocker
) -> None:
    requests_mock.get(URL, json=server(1234))
    assert reader.rows_expected({"FromTS": "1"}, reader.page({"FromTS": "1"})) == 1234
    assert requests_mock.request_history[1].qs == {"fromts": ["1"], "countonly": ["1"]}


def test_ids_of_64_bits_come_through_exactly(reader: PageReader, requests_mock: Mocker) -> None:
    requests_mock.get(
        URL, text='{"Count":1,"Data":[{"ID":1152921504606846977,"Delay":0.1}],"Total":1}'
    )
    assert [decode_row(row) for row in reader.page({}).data] == [
        {"ID": 1152921504606846977, "Delay": 0.1}
    ]


def test_envelope_written_in_strings_is_read(reader: PageReader, requests_mock: Mocker) -> None:
    requests_mock.get(URL, text='{"Count":"1","Data":[{"ID":"1"}],"Total":"1"}')
    assert list(table(reader)) == [{"ID": "1"}]


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"Data":[1]}', '{"Data":[{"ID":1}'])
def test_body_that_is_no_page_is_an_error_and_never_an_empty_page(
    reader: PageReader, requests_mock: Mocker, body: str
) -> None:
    requests_mock.get(URL, text=body)
    with pytest.raises(FatalAPIError, match="not with a page"):
        list(table(reader))
    assert requests_mock.call_count == 2
