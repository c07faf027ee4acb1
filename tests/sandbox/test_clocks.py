from __future__ import annotations

from datetime import timedelta

import pytest

from tap_mailjet.sandbox import Quirks
from tests.sandbox.api import EVENT_TIMES, UNTIL, Api, parse, same, wire
from tests.sandbox.test_filters import campaigns_of_messages

FROM, TO = UNTIL - timedelta(days=20), UNTIL - timedelta(days=3)


@pytest.mark.parametrize("resource", EVENT_TIMES)
def test_event_bounds_read_the_events_own_clock(api: Api, resource: str) -> None:
    at = EVENT_TIMES[resource]
    everything = api.sandbox.rows(resource)
    expected = [row for row in everything if FROM < parse(row[at]) < TO]
    assert len(expected) < len(everything)
    assert same(api.rows(resource, EventFromTs=wire(FROM), EventToTs=wire(TO)), expected)


@pytest.mark.parametrize("resource", EVENT_TIMES)
def test_other_bounds_of_events_read_the_start_of_their_campaign(api: Api, resource: str) -> None:
    campaigns = campaigns_of_messages(api.sandbox)
    everything = api.sandbox.rows(resource)
    expected = [row for row in everything if FROM < parse(campaigns[row["ID"]]["SendStartAt"]) < TO]
    by_event = api.rows(resource, EventFromTs=wire(FROM), EventToTs=wire(TO))
    found = api.rows(resource, FromTS=wire(FROM), ToTS=wire(TO))
    assert same(found, expected)
    assert found != by_event


@pytest.mark.parametrize("resource", EVENT_TIMES)
def test_a_year_old_campaign_still_gets_events(api: Api, resource: str) -> None:
    recent = api.rows(resource, EventFromTs=wire(UNTIL - timedelta(days=3)))
    campaigns = campaigns_of_messages(api.sandbox)
    old = UNTIL - timedelta(days=300)
    assert [row for row in recent if parse(campaigns[row["ID"]]["SendStartAt"]) < old]


@pytest.mark.parametrize(
    ("resource", "at"), [("message", "ArrivedAt"), ("campaign", "SendStartAt")]
)
def test_bounds_of_messages_and_campaigns_read_their_own_clock(
    api: Api, resource: str, at: str
) -> None:
    everything = api.rows(resource)
    expected = [row for row in everything if FROM < parse(row[at]) < TO]
    assert len(expected) < len(everything)
    assert same(api.rows(resource, FromTS=wire(FROM), ToTS=wire(TO)), expected)


def test_a_campaign_is_created_days_before_it_is_sent(api: Api) -> None:
    rows = api.sandbox.rows("campaign")
    waits = [parse(row["SendStartAt"]) - parse(row["CreatedAt"]) for row in rows]
    assert max(waits) > timedelta(days=1) > min(waits)


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-11T12:00:00Z",
        "2026-04-11T12:00:00",
        "2026-04-11T12:00:00.000Z",
        "2026-04-11T14:30:00+02:30",
        "2026-04-11T03:00:00-09:00",
        "1775908800",
    ],
)
def test_an_instant_is_understood_in_each_of_its_forms(api: Api, text: str) -> None:
    expected = [row for row in api.rows("message") if parse(row["ArrivedAt"]) > FROM]
    assert same(api.rows("message", FromTS=text), expected)


@pytest.mark.parametrize("lower", ["inclusive", "exclusive"])
@pytest.mark.parametrize("upper", ["inclusive", "exclusive"])
def test_bounds_are_open_or_closed_as_told(api: Api, lower: str, upper: str) -> None:
    api.sandbox.quirks = Quirks(lower_bound=lower, upper_bound=upper)  # type: ignore[arg-type]
    for resource, at, first, last in (
        ("message", "ArrivedAt", "FromTS", "ToTS"),
        ("campaign", "SendStartAt", "FromTS", "ToTS"),
        ("openinformation", "OpenedAt", "EventFromTs", "EventToTs"),
    ):
        times = sorted({row[at] for row in api.rows(resource)})
        low, high = times[1], times[-2]
        found = {row[at] for row in api.rows(resource, **{first: low, last: high})}
        assert found
        assert (low in found) is (lower == "inclusive")
        assert (high in found) is (upper == "inclusive")
        assert not found & {times[0], times[-1]}
