from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pendulum
import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_mailjet.config.schema import (
    CONFIG_JSONSCHEMA,
    COUNTER_RESOLUTIONS,
    COUNTER_SOURCES,
    COUNTER_TIMINGS,
)
from tap_mailjet.config.settings import SettingsError
from tap_mailjet.tap import TapMailjet
from tests.helpers import as_set, catalog_of, settings, sync, truth

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

PAIR = {"api_key": "the-key", "api_secret": "the-secret"}


@pytest.mark.parametrize("name", CONFIG_JSONSCHEMA["properties"])
def test_every_setting_has_a_title_and_a_description(name: str) -> None:
    spec = CONFIG_JSONSCHEMA["properties"][name]
    assert spec["title"]
    assert spec["description"].endswith(".")


def test_key_pair_is_required_and_marked_secret() -> None:
    assert set(CONFIG_JSONSCHEMA["required"]) == {"api_key", "api_secret"}
    marked = {name for name, spec in CONFIG_JSONSCHEMA["properties"].items() if spec.get("secret")}
    assert marked == {"api_key", "api_secret"}


def test_defaults_are_usable_settings() -> None:
    made = settings()
    assert made.start_date is None
    assert made.end_date is None
    assert made.lookback == pendulum.duration(hours=24)
    assert made.page_size == 1000
    assert made.api_url == "https://api.mailjet.com"


def test_values_are_parsed() -> None:
    made = settings(
        start_date="2024-01-31",
        end_date="2024-02-29T12:00:00+02:00",
        api_url="https://api.eu.mailjet.com/",
        campaign_ids=[3, 1, 3],
    )
    assert made.start_date == pendulum.datetime(2024, 1, 31)
    assert made.end_date == pendulum.datetime(2024, 2, 29, 10)
    assert made.api_url == "https://api.eu.mailjet.com"
    assert made.campaign_ids == (3, 1)


def test_page_size_begins_at_two_and_says_why() -> None:
    spec = CONFIG_JSONSCHEMA["properties"]["page_size"]
    assert (spec["minimum"], spec["maximum"]) == (2, 1000)
    assert "Pages overlap by one row" in spec["description"]
    assert settings(page_size=2).page_size == 2


def test_request_timeout_says_when_a_whole_response_has_to_be_complete() -> None:
    description = CONFIG_JSONSCHEMA["properties"]["request_timeout"]["description"]
    assert "within twice this time" in description


def test_settings_can_be_shown_without_the_key_pair() -> None:
    shown = repr(settings())
    assert "the-key" not in shown
    assert "the-secret" not in shown


@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize("text", ["tomorrow", "31.01.2024", "2024-13-01", "P1D", ""])
def test_garbage_date_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is {text!r}, which is not a date"):
        settings(**{name: text})


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00Z", "1999-12-31", "1970-01-01"])
def test_start_before_the_first_data_is_that_of_the_first_data(text: str) -> None:
    assert settings(start_date=text).start_date == pendulum.datetime(2010, 1, 1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("start_date", "0001-01-01T00:00:00+05:00"),
        ("end_date", "9999-12-31T23:59:59-05:00"),
    ],
)
def test_date_that_its_offset_leads_out_of_the_calendar_is_refused_by_name(
    name: str, text: str
) -> None:
    with pytest.raises(SettingsError, match=f"{name} is "):
        settings(**{name: text})


@pytest.mark.parametrize("hours", [10**6, 10**8, 10**12, 10**30])
def test_lookback_of_more_than_a_century_is_one_of_a_century(hours: int) -> None:
    assert settings(lookback_window=hours).lookback == pendulum.duration(hours=10**6)


@pytest.mark.parametrize(
    "given",
    [
        {"start_date": "0001-01-01"},
        {"lookback_window": 10**8},
        {"start_date": "0001-01-01T00:00:00Z", "lookback_window": 10**8},
        {"end_date": "9999-12-31T23:59:59Z"},
    ],
    ids=str,
)
def test_dates_at_the_ends_of_the_calendar_read_everything(
    sandbox: Sandbox, given: dict[str, Any]
) -> None:
    streams = ("open_events", "contacts", "statcounters")
    catalog = catalog_of(*streams)
    for entry in catalog["streams"]:
        if entry["stream"] == "contacts":
            entry["metadata"][0]["metadata"]["replication-method"] = "INCREMENTAL"
    first = sync(sandbox, catalog=catalog, **given)
    again = sync(sandbox, catalog=catalog, state=first.state, **given)
    for run in [first, again] if "lookback_window" in given else [first]:
        for stream in ("open_events", "contacts"):
            assert as_set(run.records[stream]) == as_set(truth(sandbox, stream)), stream
        assert len(run.records["statcounters"]) > 30


@pytest.mark.parametrize("end", ["2024-01-01", "2023-12-31"])
def test_end_not_after_the_start_is_refused(end: str) -> None:
    with pytest.raises(SettingsError, match="start_date is not before end_date"):
        settings(start_date="2024-01-01", end_date=end)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8025", "http://localhost:80", "http://[::1]:80", "http://127.9.9.9"]
)
def test_plain_http_is_taken_towards_this_machine(url: str) -> None:
    assert settings(api_url=url).api_url == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.mailjet.com", "plain http to api.mailjet.com"),
        ("http://127.0.0.1.example.com", "plain http"),
        ("http://10.0.0.1", "plain http to 10.0.0.1"),
        ("http://localhost.example.com", "plain http"),
        ("ftp://api.mailjet.com", "not the URL of an API"),
        ("api.mailjet.com", "not the URL of an API"),
        ("https://user:pass@api.mailjet.com", "must consist of scheme, host and path only"),
        ("https://api.mailjet.com?x=1", "must consist of scheme, host and path only"),
    ],
)
def test_api_url_that_is_unsafe_or_none_is_refused(url: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        settings(api_url=url)
    assert "pass" not in str(caught.value).replace("plain", "")


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        settings(start_date="x", api_url="y", counter_timing="Event", counter_source="List")
    assert len(caught.value.problems) == 3


ALLOWED = {
    *itertools.product(["APIKey", "Campaign"], ["Message", "Event"], ["Highest", "Hour", "Day"]),
    *itertools.product(["APIKey", "Campaign", "List", "Sender"], ["Message"], ["Lifetime"]),
    *itertools.product(["Sender"], ["Message"], ["Highest", "Hour", "Day"]),
}


@pytest.mark.parametrize(
    "combination", list(itertools.product(COUNTER_SOURCES, COUNTER_TIMINGS, COUNTER_RESOLUTIONS))
)
def test_combinations_of_counters_that_mailjet_refuses_are_refused(
    combination: tuple[str, str, str],
) -> None:
    names = ("counter_source", "counter_timing", "counter_resolution")
    given = dict(zip(names, combination, strict=True))
    if combination in ALLOWED:
        assert settings(**given).counter_source == combination[0]
    else:
        with pytest.raises(SettingsError, match=r"counter_\w+ \w+ requires"):
            settings(**given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"counter_source": "Foo"}, "counter_source"),
        ({"segment_status": "Foo"}, "segment_status"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 1}, "1 is less than the minimum of 2"),
        ({"page_size": 1001}, "page_size"),
        ({"page_size": "many"}, "page_size"),
        ({"lookback_window": -1}, "lookback_window"),
        ({"max_concurrency": 0}, "max_concurrency"),
        ({"request_timeout": 0}, "request_timeout"),
        ({"campaign_ids": ["x"]}, "campaign_ids"),
        ({"campaign_ids": 7}, "campaign_ids"),
        ({"starred_only": "perhaps"}, "starred_only"),
        (
            {"strat_date": "2024-01-01"},
            "'strat_date' is not a setting of this tap. Did you mean 'start_date'?",
        ),
        ({"api_key_secret": "x"}, "Did you mean 'api_secret'?"),
        ({"start_date": "garbage"}, "start_date"),
    ],
)
def test_tap_refuses_wrong_and_unknown_settings_by_name(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigValidationError) as caught:
        TapMailjet(config={**PAIR, **given})
    assert len(caught.value.errors) == 1
    assert words in caught.value.errors[0]


@pytest.mark.parametrize("name", ["api_key", "api_secret"])
def test_wrong_secret_is_refused_without_being_shown(name: str) -> None:
    with pytest.raises(ConfigValidationError) as caught:
        TapMailjet(config={**PAIR, name: 1234567890})
    assert name in caught.value.errors[0]
    assert "1234567890" not in str(caught.value) + str(caught.value.errors)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "API_KEY": "k",
        "API_SECRET": "s",
        "START_DATE": "2024-01-01",
        "LOOKBACK_WINDOW": "48",
        "CAMPAIGN_IDS": "[1, 2]",
        "SENDER_IDS": "3, 4",
        "CONTACT_LIST_IDS": "5",
        "INCLUDE_ARCHIVED": "No",
        "STREAM_MAPS": '{"contacts": {"Name": null}}',
        "STARRED_ONLY": "true",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"TAP_MAILJET_{name}", value)
    made = TapMailjet(parse_env_config=True).settings
    assert made.api_key == "k"
    assert made.lookback == pendulum.duration(hours=48)
    assert made.campaign_ids == (1, 2)
    assert made.sender_ids == (3, 4)
    assert made.contact_list_ids == (5,)
    assert made.include_archived is False
    assert made.starred_only is True
