"""Faults of chosen requests."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import requests
from click.testing import CliRunner

from tap_mailjet.sandbox import Faults, ScheduledFault
from tap_mailjet.sandbox.commands import cli, fault_options
from tap_mailjet.sandbox.faults.request_match import matches_params

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.api import Api


def schedule(api: Api, *faults: dict[str, Any], **given: Any) -> None:
    api.sandbox.faults = Faults(scheduled=tuple(ScheduledFault(**one) for one in faults), **given)


@pytest.mark.parametrize(
    ("first", "times", "expected"),
    [
        (1, 1, [403, 200, 200, 200, 200]),
        (3, 1, [200, 200, 403, 200, 200]),
        (2, 3, [200, 403, 403, 403, 200]),
        (3, None, [200, 200, 403, 403, 403]),
    ],
)
def test_scheduled_fault_hits_the_nth_request_and_as_many_as_it_says(
    api: Api, first: int, times: int | None, expected: list[int]
) -> None:
    schedule(api, {"resource": "sender", "status": 403, "first": first, "times": times})
    statuses = []
    for _ in expected:
        statuses.append(api.get("sender").status_code)
        assert api.get("contact").status_code == 200  # of another resource: not counted
    assert statuses == expected
    assert api.sandbox.injected_faults == {"scheduled": expected.count(403)}
    assert [one.status for one in api.sandbox.requests if one.resource == "sender"] == expected


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_scheduled_status_has_the_body_of_an_api_error(api: Api, status: int) -> None:
    schedule(api, {"resource": "sender", "status": status})
    response = api.get("sender")
    assert response.status_code == response.json()["StatusCode"] == status
    assert response.json()["ErrorMessage"]


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        ({}, {"Limit": "10"}, True),
        ({"Offset": "10"}, {"Offset": "10"}, True),
        ({"Offset": "10"}, {"Offset": "100"}, False),
        ({"Offset": "10"}, {}, False),
        ({"Offset": ">0"}, {"Offset": "1"}, True),
        ({"Offset": ">0"}, {"Offset": "0"}, False),
        ({"Offset": ">=5"}, {"Offset": "5"}, True),
        ({"Offset": "<5"}, {"Offset": "5"}, False),
        ({"Offset": "<=5"}, {"Offset": "5"}, True),
        ({"Offset": ">5"}, {"Offset": "ten"}, False),
        ({"Offset": ">0"}, {}, False),
        ({"countOnly": "*"}, {"countOnly": "0"}, True),
        ({"countOnly": "*"}, {}, False),
        ({"countOnly": None}, {}, True),
        ({"countOnly": None}, {"countOnly": "1"}, False),
        ({"Offset": ">0", "countOnly": None}, {"Offset": "1"}, True),
        ({"Offset": ">0", "countOnly": None}, {"Offset": "1", "countOnly": "1"}, False),
    ],
)
def test_params_match_by_value_comparison_presence_and_absence(
    wanted: dict[str, str | None], given: dict[str, str], expected: bool
) -> None:
    assert matches_params(wanted, given) is expected


def test_fault_of_a_second_page_leaves_the_first_page_alone(api: Api) -> None:
    schedule(api, {"resource": "sender", "params": {"Offset": ">0"}, "status": 403, "times": None})
    statuses = [api.get("sender", Limit=2, Offset=at).status_code for at in (0, 2, 0, 4)]
    assert statuses == [200, 403, 200, 403]


def test_first_of_a_repeated_parameter_decides(api: Api) -> None:
    schedule(api, {"resource": "sender", "params": {"Offset": "3"}, "status": 403, "times": None})
    assert api.get("sender?Offset=3&Offset=5").status_code == 403
    assert api.get("sender?Offset=5&Offset=3").status_code != 403


def test_fault_of_one_parent_leaves_the_other_parents_alone(api: Api) -> None:
    first, second = (row["ID"] for row in api.sandbox.rows("message")[:2])
    schedule(api, {"resource": f"messagehistory/{first}", "status": 404, "times": None})
    assert api.get(f"messagehistory/{first}").status_code == 404
    assert api.get(f"messagehistory/{second}").status_code == 200
    schedule(api, {"resource": "messagehistory", "status": 403, "first": 2})
    assert api.get(f"messagehistory/{first}").status_code == 200
    assert api.get(f"messagehistory/{second}").status_code == 403


def test_star_counts_the_requests_of_all_resources(api: Api) -> None:
    schedule(api, {"resource": "*", "status": 500, "first": 3})
    resources = ("sender", "contact", "nothing/known", "message")
    assert [api.get(one).status_code for one in resources] == [200, 200, 500, 200]


def test_first_fault_that_is_due_decides_and_the_others_count_on(api: Api) -> None:
    schedule(
        api,
        {"resource": "sender", "status": 403, "first": 2},
        {"resource": "sender", "status": 404, "first": 2, "times": 2},
    )
    assert [api.get("sender").status_code for _ in range(4)] == [200, 403, 404, 200]


def test_scheduled_faults_come_before_chance_and_after_permanent_ones(api: Api) -> None:
    api.sandbox.faults = Faults(
        too_many=1,
        permanent={"contact": 400},
        scheduled=(ScheduledFault(resource="*", status=503, times=None),),
    )
    assert api.get("sender").status_code == 503
    assert api.get("contact").status_code == 400


def test_scheduled_kind_of_fault_is_the_one_that_chance_has(api: Api) -> None:
    schedule(
        api,
        {"resource": "sender", "fault": "garbled"},
        {"resource": "sender", "fault": "reset_before", "first": 2},
        {"resource": "sender", "fault": "too_many_with_seconds", "first": 3},
        retry_after=7,
    )
    with pytest.raises(requests.JSONDecodeError):
        api.get("sender").json()
    with pytest.raises(requests.ConnectionError):
        api.get("sender")
    assert api.get("sender").headers["Retry-After"] == "7"
    assert api.get("sender").json()["Data"]
    assert api.sandbox.injected_faults == {
        "garbled": 1,
        "reset_before": 1,
        "too_many_with_seconds": 1,
    }


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after", ["0", "-1", "Thu, 01 Jan 2026 00:00:00 GMT", "soon"])
def test_retry_after_is_sent_as_it_is(api: Api, status: int, retry_after: str) -> None:
    schedule(api, {"resource": "sender", "status": status, "retry_after": retry_after, "times": 2})
    for _ in range(2):
        response = api.get("sender")
        assert (response.status_code, response.headers["Retry-After"]) == (status, retry_after)
    assert api.get("sender").status_code == 200


@pytest.mark.parametrize(
    ("body", "media"),
    [
        ('{"Count":0,"Data":[],"Total":40}', "application/json"),
        ("<html>Down for maintenance</html>", "text/html; charset=utf-8"),
        ("", "text/html; charset=utf-8"),
    ],
)
def test_body_is_sent_as_it_is(api: Api, body: str, media: str) -> None:
    schedule(api, {"resource": "sender", "status": 200, "body": body})
    response = api.get("sender")
    assert (response.status_code, response.text) == (200, body)
    assert response.headers["Content-Type"] == media


def test_body_may_be_no_utf8(api: Api) -> None:
    schedule(api, {"resource": "sender", "status": 500, "body": '{"ErrorMessage":"\u00ff"}'})
    assert api.get("sender").content == b'{"ErrorMessage":"\xff"}'


@pytest.mark.parametrize(("kind", "seconds"), [("drip_head", 0.004), ("drip_body", 0.003)])
def test_response_that_drips_outlasts_a_timeout_and_is_whole_in_the_end(
    api: Api, kind: str, seconds: float
) -> None:
    plain = api.get("sender", Limit=1)
    schedule(api, {"resource": "sender", "fault": kind}, drip_seconds=seconds)
    url = f"{api.sandbox.url}/v3/REST/sender"
    began = time.monotonic()
    response = api.session.get(url, params={"Limit": 1}, timeout=0.2)
    assert time.monotonic() - began > 0.2
    assert response.content == plain.content
    assert response.headers["Content-Type"] == plain.headers["Content-Type"]
    assert api.get("sender", Limit=1).content == plain.content


def test_error_may_drip_as_well(api: Api) -> None:
    schedule(api, {"resource": "sender", "status": 500, "fault": "drip_body"}, drip_seconds=0.001)
    assert api.get("sender").json()["StatusCode"] == 500
    assert api.sandbox.injected_faults == {"drip_body": 1}


@pytest.mark.parametrize("kind", ["drip_head", "drip_body"])
def test_client_that_leaves_a_dripping_response_disturbs_no_other(
    api: Api, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    schedule(api, {"resource": "sender", "fault": kind}, drip_seconds=0.005)
    with api.session.get(f"{api.sandbox.url}/v3/REST/sender", timeout=5, stream=True) as response:
        assert response.status_code == 200
    assert api.body("sender")["Data"]
    assert not caplog.records


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"resource": "nothing", "status": 500}, "names 'nothing', which is no resource"),
        ({"resource": "sender", "status": 500, "first": 0}, "first and times of 1 or more"),
        ({"resource": "sender", "status": 500, "times": 0}, "first and times of 1 or more"),
        ({"resource": "sender"}, "has a status, a fault, or both"),
        ({"resource": "sender", "status": 99}, "status from 200 to 599, not 99"),
        ({"resource": "sender", "fault": "empty", "body": ""}, "need a status"),
        ({"resource": "sender", "fault": "empty", "retry_after": "0"}, "need a status"),
        ({"resource": "sender", "status": 200, "body": "\u20ac"}, "stands for one byte"),
        ({"resource": "sender", "status": 400, "body": "", "quotes": "json"}, "body or quotes"),
        (
            {"resource": "sender", "status": 400, "quotes": "json", "quoted": ("cookie",)},
            "quoted needs quotes, and is some of user",
        ),
        ({"resource": "sender", "status": 400, "quoted": ("user",)}, "quoted needs quotes"),
        ({"resource": "sender", "fault": "flood"}, "is one of too_many, .* not 'flood'"),
    ],
)
def test_scheduled_fault_of_no_use_is_refused_in_words(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Faults(scheduled=(ScheduledFault(**wrong),))


def test_file_of_faults_may_hold_scheduled_ones(tmp_path: Path) -> None:
    faults = Faults(
        scheduled=(
            ScheduledFault(resource="sender", params={"Offset": ">0", "Sort": None}, status=403),
            ScheduledFault(resource="*", first=2, times=None, status=429, retry_after="0"),
            ScheduledFault(resource="message", status=500, quotes="html", quoted=("user",)),
            ScheduledFault(resource="message", status=200, body='"\u00ff'),
        )
    )
    file = tmp_path / "plan.json"
    file.write_bytes(msgspec.json.encode(faults))
    assert fault_options.faults_of(str(file)) == faults


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"scheduled": [{"resource": "sender", "staus": 403}]}', "unknown field `staus`"),
        ('{"scheduled": [{"status": 403}]}', "missing required field `resource`"),
        ('{"scheduled": [{"resource": "sender"}]}', "has a status, a fault, or both"),
        ('{"scheduled": [{"resource": "sender", "fault": "flood"}]}', "not 'flood'"),
        (
            '{"broken": [{"resource": "sender", "field": "Id", "raw": "1"}]}',
            "sender has no 'Id', only ",
        ),
    ],
)
def test_file_with_a_scheduled_fault_of_no_use_is_refused_in_words(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(content)
    result = CliRunner().invoke(cli.cli, ["serve", "--faults", str(file)])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
