from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_mailjet.sandbox import Faults
from tap_mailjet.sandbox.faults.config import KINDS, PASSING
from tap_mailjet.sandbox.faults.injector import FaultInjector
from tap_mailjet.sandbox.faults.rate_limiter import FixedWindowLimiter

if TYPE_CHECKING:
    from tests.sandbox.api import Api

PAIRS = (("Limit", "10"), ("Offset", "0"))


def kinds(faults: Faults, count: int) -> list[str | None]:
    """Return the outcomes of `count` requests that all differ."""
    fault_injector = FaultInjector(faults)
    return [fault_injector.next_fault("message", [("Offset", str(n))]).kind for n in range(count)]


def test_rates_are_about_right() -> None:
    found = Counter(kinds(Faults(too_many=0.3, reset_before=0.05, slow=0.1, hang=0.02), 10_000))
    assert found.keys() == {None, "too_many", "reset_before", "slow", "hang"}
    assert found["too_many"] == pytest.approx(3000, rel=0.1)
    assert found["reset_before"] == pytest.approx(500, rel=0.2)
    assert found["slow"] == pytest.approx(1000, rel=0.2)
    assert found["hang"] == pytest.approx(200, rel=0.3)


def test_a_storm_has_all_that_passes_in_equal_parts() -> None:
    found = Counter(kinds(Faults.storm(0.5, seed=3), 10_000))
    assert found.keys() == {None, *PASSING}
    assert found[None] == pytest.approx(5000, rel=0.1)
    assert all(found[kind] == pytest.approx(500, rel=0.25) for kind in PASSING)
    assert None not in kinds(Faults.storm(1), 1000)
    assert set(kinds(Faults.storm(0), 1000)) == {None}


def test_the_same_seed_brings_the_same_and_another_another() -> None:
    first = kinds(Faults.storm(0.5, seed=3), 200)
    assert kinds(Faults.storm(0.5, seed=3), 200) == first
    assert kinds(Faults.storm(0.5, seed=4), 200) != first


def test_the_same_requests_are_met_by_the_same_over_http(api: Api) -> None:
    found = []
    for _ in range(2):
        api.sandbox.requests.clear()
        api.sandbox.faults = Faults(seed=5, too_many=0.3, server_error=0.3)
        statuses = [api.get("sender", Offset=n).status_code for n in range(40)]
        assert [request.status for request in api.sandbox.requests] == statuses
        assert api.sandbox.injected_faults["too_many"] == statuses.count(429) > 0
        found.append(statuses)
    assert found[0] == found[1]
    assert {200, 429, 500, 502, 503} == set(found[0])


@pytest.mark.parametrize("most", [1, 2, 5])
def test_no_request_fails_more_often_in_a_row_than_it_may(most: int) -> None:
    fault_injector = FaultInjector(Faults(garbled=0.5, hang=0.5, max_consecutive=most))
    row = [fault_injector.next_fault("message", PAIRS).kind is None for _ in range(60)]
    assert row == ([False] * most + [True]) * (60 // (most + 1))


def test_requests_are_told_apart_by_resource_and_parameters_in_any_order() -> None:
    fault_injector = FaultInjector(Faults(empty=1, max_consecutive=1))
    asked: list[tuple[str, Any]] = [
        ("message", PAIRS),
        ("message", (("Offset", "10"), ("Limit", "10"))),
        ("contact", PAIRS),
        ("message", PAIRS[::-1]),
        ("message", PAIRS),
    ]
    outcomes = [fault_injector.next_fault(resource, pairs).kind for resource, pairs in asked]
    assert outcomes == ["empty", "empty", "empty", None, "empty"]


def test_what_is_slow_has_not_failed() -> None:
    fault_injector = FaultInjector(Faults(slow=1, max_consecutive=1))
    assert {fault_injector.next_fault("message", PAIRS).kind for _ in range(9)} == {"slow"}


def test_a_patient_client_gets_everything_through_a_storm(api: Api) -> None:
    whole = api.rows("message")
    api.sandbox.faults = Faults.storm(0.8, seed=1)
    rows: list[Any] = []
    failures = []
    while len(rows) < len(whole):
        for failed in range(5):
            try:
                rows += api.body("message", Limit=100, Offset=len(rows))["Data"]
            except (requests.RequestException, AssertionError):
                continue
            failures.append(failed)
            break
        else:
            pytest.fail("five times in a row")
    assert rows == whole
    assert max(failures) == 3


def test_faults_may_be_asked_for_by_many_at_a_time(api: Api) -> None:
    fault_injector = FaultInjector(Faults.storm(0.5, seed=3))
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(
            pool.map(
                lambda n: fault_injector.next_fault("message", [("n", str(n))]).kind, range(2000)
            )
        )
    assert Counter(outcomes) == Counter(kinds(Faults.storm(0.5, seed=3), 2000))
    api.sandbox.faults = Faults(too_many=0.5)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: api.get("sender", Offset=n).status_code, range(60)))
    assert Counter(statuses) == {
        429: api.sandbox.injected_faults["too_many"],
        200: 60 - api.sandbox.injected_faults["too_many"],
    }


@pytest.mark.parametrize("told", [True, False])
def test_calls_beyond_the_rate_limit_are_refused(api: Api, *, told: bool) -> None:
    api.sandbox.faults = Faults(rate_limit=(3, 60), rate_limit_retry_after=told)
    resources = ("message", "contact", "sender", "message", "nothing")
    answers = [api.get(resource) for resource in resources]
    assert [response.status_code for response in answers] == [200, 200, 200, 429, 429]
    for response in answers[3:]:
        assert "429 Too Many Requests" in response.text
        wait = response.headers.get("Retry-After")
        assert wait in {str(seconds) for seconds in range(50, 61)} if told else wait is None
    assert api.sandbox.injected_faults == {"rate_limit": 2}
    assert [request.status for request in api.sandbox.requests].count(429) == 2


def test_windows_follow_one_another_from_the_first_call() -> None:
    times = (1003, 1004, 1009, 1012.5, 1013, 1022, 1022.75, 1049, 1052, 1052.5)
    limiter = FixedWindowLimiter(2, 10, clock=iter(times).__next__)
    waits = [limiter.take() for _ in times]
    assert waits == [None, None, 4, 0.5, None, None, 0.25, None, None, 0.5]


def test_some_resources_may_fail_for_good_and_others_not(api: Api) -> None:
    api.sandbox.faults = Faults(permanent={"openinformation": 403, "statcounters": 500})
    for _ in range(5):
        response = api.get("openinformation")
        assert response.status_code == response.json()["StatusCode"] == 403
        assert api.get("statcounters").status_code == 500
        assert api.body("message")["Data"]
    assert api.sandbox.injected_faults == {"permanent": 10}


def test_faults_end_when_they_are_taken_back(api: Api) -> None:
    api.sandbox.faults = Faults(too_many=1)
    assert api.get("sender").status_code == 429
    assert api.sandbox.faults == Faults(too_many=1)
    api.sandbox.faults = Faults()
    assert api.get("sender").status_code == 200
    assert not api.sandbox.injected_faults


def test_a_rate_is_a_probability() -> None:
    for kind, rate in product(KINDS, [-0.1, 1.1, float("nan")]):
        with pytest.raises(ValueError, match=f"{kind} is a rate from 0 to 1"):
            Faults(**{kind: rate})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"too_many": 0.6, "hang": 0.5}, "together are 1.1, more than 1"),
        ({"max_consecutive": 0}, "max_consecutive is at least 1"),
        ({"retry_after": -1}, "retry_after is at least 0"),
        ({"slow_seconds": -1}, "slow_seconds is at least 0"),
        ({"latency": -0.1}, "latency is at least 0"),
        ({"rate_limit": (0, 1)}, "one call or more in some seconds, not 0 in 1"),
        ({"rate_limit": (1, 0)}, "one call or more in some seconds, not 1 in 0"),
        ({"permanent": {"nothing": 500}}, "'nothing', which is no resource"),
        ({"permanent": {"contact": 200}}, "the status 200, which is no failure"),
    ],
)
def test_faults_of_no_use_are_refused_in_words(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Faults(**wrong)


def test_a_storm_has_a_rate() -> None:
    with pytest.raises(ValueError, match="a storm has a rate from 0 to 1, not 2"):
        Faults.storm(2)
