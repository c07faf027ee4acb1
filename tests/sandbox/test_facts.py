"""Facts of the live API: the current day, paging, counting, sorting and refusals.

test_facts_rows.py and test_facts_filters.py go on with rows and filters.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from tap_mailjet.sandbox import Faults, Quirks
from tests.sandbox.api import CATALOGUE, EVENT_TIMES, UNTIL, Api, parse, same, wire
from tests.sandbox.counting import SCOPED, added, counts, shares
from tests.sandbox.facts import busy_day, fact, of_campaigns_since, since

FULL_HISTORY = [
    "apikeytotals",
    "campaignstatistics",
    "contactstatistics",
    "domainstatistics",
    "listrecipientstatistics",
    "liststatistics",
    "senderstatistics",
]
COUNTED = {"CounterSource": "APIKey", "CounterTiming": "Event", "CounterResolution": "Day"}


@fact("Without FromTS, campaign returns the campaigns sent since 00:00 UTC of the current day.")
def test_campaign_without_from_ts_is_the_current_day(api: Api) -> None:
    begin = busy_day(api.sandbox)
    expected = since(api.sandbox.rows("campaign"), "SendStartAt", begin)
    both = [api.plain("campaign", IsDeleted=flag).json()["Data"] for flag in ("true", "false")]
    assert same(both[0] + both[1], expected)
    api.sandbox.clock.set(begin + timedelta(days=1))
    left = api.plain("campaign").json()["Data"]
    assert all(parse(row["SendStartAt"]) >= begin + timedelta(days=1) for row in left)


@fact("FromTS=0 is the current timestamp for campaign, and like no FromTS for other resources.")
def test_from_ts_zero_is_no_lower_bound(api: Api) -> None:
    busy_day(api.sandbox)
    assert api.plain("campaign", FromTS=0).json()["Data"] == []
    for zero in ("0", "1970-01-01T00:00:00Z"):
        assert api.plain("message", FromTS=zero).json() == api.plain("message").json()


@fact("FromTS=1 returns the whole history.")
def test_from_ts_one_is_the_whole_history(api: Api) -> None:
    for resource in ("message", *EVENT_TIMES):
        rows = api.rows(resource, FromTS=1, ShowSubject=1, ShowContactAlt=1, ShowCustomID=1)
        assert same(rows, api.sandbox.rows(resource))


@fact("Without FromTS, message returns the messages that arrived on the current day.")
def test_message_without_from_ts_is_the_current_day(api: Api) -> None:
    begin = busy_day(api.sandbox)
    expected = since(api.sandbox.rows("message"), "ArrivedAt", begin)
    found = api.plain("message", Limit=1000).json()["Data"]
    assert [row["ID"] for row in found] == [row["ID"] for row in expected] != []


@pytest.mark.parametrize("bound", ["inclusive", "exclusive"])
def test_midnight_belongs_to_the_current_day_whatever_the_bounds(own_api: Api, bound: Any) -> None:
    own_api.sandbox.quirks = Quirks(lower_bound=bound)
    midnight = UNTIL.replace(hour=0)
    first, second = (row["ID"] for row in own_api.sandbox.rows("message")[:2])
    change = "UPDATE message SET ArrivedAt = ?, VisibleAt = ? WHERE ID = ?"
    for number, at in ((first, midnight), (second, midnight - timedelta(seconds=1))):
        seconds = int(at.timestamp())
        own_api.sandbox._served.account.write(change, (seconds, seconds, number))
    found = {row["ID"] for row in own_api.plain("message", Limit=1000).json()["Data"]}
    assert first in found
    assert second not in found


@fact(
    "Without FromTS, messageinformation and messagesentstatistics return the current day.",
    "Without FromTS, openinformation, clickstatistics and bouncestatistics return the current day.",
)
@pytest.mark.parametrize("resource", ["messageinformation", "messagesentstatistics", *EVENT_TIMES])
def test_rows_of_messages_without_from_ts_are_the_current_day(api: Api, resource: str) -> None:
    begin = busy_day(api.sandbox)
    more = {"AllMessages": 1, "ShowExtraData": 1} if resource == "messagesentstatistics" else {}
    found = api.plain(resource, Limit=1000, **more).json()["Data"]
    assert same(found, of_campaigns_since(api, resource, begin))


@fact(
    "Without FromTS, geostatistics is that of the current day.",
    "Without FromTS, messagestatistics and toplinkclicked are sums of the current day.",
    "Without FromTS, useragentstatistics is that of the current day.",
)
@pytest.mark.parametrize("resource", [name for name in SCOPED if name != "domainstatistics"])
def test_totals_without_from_ts_are_those_of_the_current_day(
    api: Api, resource: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = busy_day(api.sandbox)
    parts = shares(api, resource)
    sent = {row["ID"] for row in since(api.sandbox.rows("campaign"), "SendStartAt", begin)}
    monkeypatch.setattr(api, "get", api.plain)
    assert counts(api, resource) == added(parts, sent) != added(parts, parts)
    assert sent


@fact(
    "Without FromTS, apikeytotals, campaignstatistics, contactstatistics, domainstatistics, "
    "listrecipientstatistics, liststatistics and senderstatistics return the full history."
)
@pytest.mark.parametrize("resource", FULL_HISTORY)
def test_statistics_without_from_ts_are_the_full_history(api: Api, resource: str) -> None:
    found = [
        row
        for query in CATALOGUE[resource]
        for row in api.plain(resource, Limit=1000, **query).json()["Data"]
    ]
    assert same(found, api.sandbox.rows(resource))


@fact("Whether another filter than FromTS lifts the default of the current day is not documented.")
@pytest.mark.parametrize("resource", EVENT_TIMES)
@pytest.mark.parametrize(
    ("lifted_by", "whole"),
    [
        ("from_ts", set()),
        ("any_time", {"EventFromTs", "ToTS"}),
        ("any_time_or_campaign", {"EventFromTs", "ToTS", "CampaignID"}),
        ("off", {"EventFromTs", "ToTS", "CampaignID", "IsStarred"}),
    ],
)
def test_current_day_is_lifted_as_the_option_says(
    api: Api, resource: str, lifted_by: Any, whole: set[str]
) -> None:
    starred = next(row for row in api.sandbox.rows("campaign") if row["IsStarred"])
    filters: dict[str, Any] = {
        "EventFromTs": 1,
        "ToTS": wire(UNTIL),
        "CampaignID": starred["ID"],
        "IsStarred": 1,
    }
    api.sandbox.quirks = Quirks(current_day=lifted_by)
    for name, value in filters.items():
        found = api.plain(resource, Limit=1000, **{name: value}).json()["Data"]
        everything = api.get(resource, Limit=1000, **{name: value}).json()["Data"]
        assert len(everything) > 0
        assert (found == everything) is (name in whole), name


@fact("A page has 10 rows without Limit, and at most 1,000.")
def test_limit_is_ten_by_default_and_a_thousand_at_most(api: Api) -> None:
    assert len(api.body("message")["Data"]) == 10
    assert len(api.body("message", Limit=1000)["Data"]) == 1000
    assert '"Limit"' in api.refused("message", Limit=1001)


@fact("Limit=0 means 1,000, and Offset is ignored then.")
def test_limit_zero_is_a_thousand_and_ignores_offset(api: Api) -> None:
    first = api.body("message", Limit=1000)
    assert len(first["Data"]) == 1000
    assert api.body("message", Limit=0, Offset=7) == first


@fact("Offset is the index of a row, from 0.")
def test_offset_is_the_index_of_a_row(api: Api) -> None:
    rows = api.body("contact", Limit=9)["Data"]
    assert api.body("contact", Limit=4, Offset=0)["Data"] == rows[:4]
    assert api.body("contact", Limit=4, Offset=5)["Data"] == rows[5:]


@fact("Of a repeated parameter the first value counts.")
def test_first_of_a_repeated_parameter_counts(api: Api) -> None:
    assert api.body("contact", Limit=[3, 5]) == api.body("contact", Limit=3)


@fact("Unknown parameters are ignored, with status 200.")
@pytest.mark.parametrize("resource", ["message", "contact", "statcounters"])
def test_unknown_parameter_is_ignored(api: Api, resource: str) -> None:
    more = COUNTED if resource == "statcounters" else {}
    assert api.body(resource, EventFromTS=UNTIL, **more) == api.body(resource, **more)
    api.sandbox.quirks = Quirks(unknown_parameters="refused")
    assert '"EventFromTS"' in api.refused(resource, EventFromTS=UNTIL, **more)


@fact("Sort by a property that cannot be sorted by is a 400: Cannot sort on field ...")
@pytest.mark.parametrize(
    ("resource", "order"),
    [("csvimport", "ID"), ("clickstatistics", "ClickedAt"), ("contact", "ID DESC")],
)
def test_unsortable_property_is_refused(api: Api, resource: str, order: str) -> None:
    assert api.refused(resource, Sort=order) == f"Cannot sort on field {order}."


@fact("countOnly=1 returns no rows, and the number of all rows that match as Count and Total.")
def test_count_only_counts_all_rows_that_match(api: Api) -> None:
    total = len(api.rows("message", FromType=2))
    body = api.body("message", FromType=2, countOnly=1)
    assert body == {"Count": total, "Data": [], "Total": total}


@fact("countRecords=1 makes Total of a page the number of all rows that match; it may be ignored.")
def test_count_records_makes_total_the_number_of_rows_that_match(api: Api) -> None:
    plain = api.body("message", FromType=2, Limit=5)
    total = len(api.rows("message", FromType=2))
    assert api.body("message", FromType=2, Limit=5, countRecords=1) == {**plain, "Total": total}
    api.sandbox.quirks = Quirks(count_records="ignored")
    assert api.body("message", FromType=2, Limit=5, countRecords=1) == plain


@fact("A response has Count and Total, both the number of rows in the page, and Data.")
def test_envelope_counts_the_page(api: Api) -> None:
    body = api.body("message", Limit=7)
    assert (body["Count"], len(body["Data"]), body["Total"]) == (7, 7, 7)
    assert api.body("message", Offset=10**6) == {"Count": 0, "Data": [], "Total": 0}


@fact("A request needs the key pair as HTTP Basic; without it the status is 401, the body empty.")
def test_wrong_key_pair_is_401_with_empty_html(api: Api) -> None:
    url = f"{api.sandbox.url}/v3/REST/contact"
    for auth in (None, (api.sandbox.api_key, "wrong")):
        response = requests.get(url, auth=auth, timeout=10)
        assert (response.status_code, response.content) == (401, b"")
        assert response.headers["Content-Type"].startswith("text/html")


@fact("Over the rate limit the status is 429; the body may be HTML, Retry-After may be absent.")
def test_rate_limit_is_429_with_html_or_json(api: Api) -> None:
    api.sandbox.faults = Faults(rate_limit=(1, 60), rate_limit_retry_after=False)
    api.get("contact")
    response = api.get("contact")
    assert response.status_code == 429
    assert "Retry-After" not in response.headers
    assert response.text.startswith("<html>")
    api.sandbox.quirks = Quirks(error_bodies="json")
    assert api.get("contact").json()["StatusCode"] == 429


@fact("Errors are JSON with ErrorInfo, ErrorMessage, StatusCode and at times ErrorIdentifier.")
@pytest.mark.parametrize(
    ("path", "status"), [("nothing", 400), ("contact/1/getcontactslists", 404)]
)
def test_error_is_json_with_a_message(api: Api, path: str, status: int) -> None:
    response = api.get(path)
    assert response.status_code == response.json()["StatusCode"] == status
    assert {*response.json()} == {"ErrorIdentifier", "ErrorInfo", "ErrorMessage", "StatusCode"}


@fact("An unknown resource is a 400, and so is a parameter with a bad value.")
def test_unknown_resource_and_bad_value_are_400(api: Api) -> None:
    assert '"nothing"' in api.refused("nothing")
    assert '"FromTS"' in api.refused("message", FromTS="yesterday")


@fact("A path that the API does not know can be a 500.")
def test_unknown_path_is_500_or_400(api: Api) -> None:
    assert api.get("contact/1/nothing").status_code == 500
    api.sandbox.quirks = Quirks(unknown_paths="400")
    assert api.get("contact/1/nothing").status_code == 400


@fact("messagehistory of an unknown message is a 200 without rows.")
def test_history_of_an_unknown_message_has_no_rows(api: Api) -> None:
    assert api.body("messagehistory/1") == {"Count": 0, "Data": [], "Total": 0}


@fact("getcontactslists of an unknown contact is a 404, and so is any other unknown ID.")
def test_other_unknown_ids_are_404(api: Api) -> None:
    for path in ("contact/1/getcontactslists", "template/1/detailcontent"):
        assert api.get(path).status_code == 404


@fact("A resource that the key pair may not read is a 403.")
def test_forbidden_resource_is_403(api: Api) -> None:
    api.sandbox.faults = Faults(permanent={"sender": 403})
    assert api.get("sender").status_code == 403
