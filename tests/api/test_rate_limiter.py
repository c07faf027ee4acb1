"""The throttle against a server with a fixed budget of calls per window, in simulated time."""

from __future__ import annotations

import logging
import random
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_mailjet.api import rate_limiter
from tap_mailjet.api.rate_limiter import AdaptiveRateLimiter, ClientClosed


class Simulation:
    """A clock that only waiting moves, and a server that counts calls in fixed windows."""

    def __init__(self, calls: int, window: float, *, told: bool, latency: float = 0.05) -> None:
        self.now = 1000.0
        rate_limiter._jitter.seed(1)  # so that a simulation is the same each time
        self.calls, self.window, self.told, self.latency = calls, window, told, latency
        self.begun, self.used = self.now, 0
        self.served = self.refused = 0
        self.throttle = AdaptiveRateLimiter(clock=lambda: self.now)
        self.throttle._stop.wait = self._sleep  # type: ignore[assignment]

    def _sleep(self, seconds: float | None = None) -> bool:
        self.now += seconds or 0.0
        return False

    def call(self) -> None:
        """Make one call, as a client on one thread would."""
        sent = self.throttle.acquire()
        if self.now - self.begun >= self.window:
            self.begun += (self.now - self.begun) // self.window * self.window
            self.used = 0
        self.used += 1
        left = self.begun + self.window - self.now
        self.now += self.latency
        if self.used > self.calls:
            self.refused += 1
            self.throttle.record_429(sent, max(0.0, left - self.latency) if self.told else None)
        else:
            self.served += 1
            self.throttle.record_success()


@settings(deadline=None, max_examples=40)
@given(
    calls=st.integers(min_value=10, max_value=300),
    window=st.sampled_from([5.0, 10.0, 60.0]),
    told=st.booleans(),
)
def test_rate_settles_near_the_limit_and_wastes_few_calls(
    calls: int, window: float, told: bool
) -> None:
    simulation = Simulation(calls, window, told=told, latency=0.001)
    began = simulation.now
    while simulation.now < began + 40 * window:
        simulation.call()
    rate = simulation.served / (simulation.now - began)
    # Of ten calls in five seconds, 200 seeds of the jitter reached between 0.66 and 0.96.
    assert rate >= 0.65 * calls / window
    assert simulation.refused <= 0.1 * (simulation.served + simulation.refused)


@pytest.mark.parametrize("told", [True, False])
def test_refusals_that_have_nothing_to_do_with_the_rate_do_not_slow_it_without_end(
    told: bool,
) -> None:
    simulation = Simulation(10**9, 60, told=told)
    chance = random.Random(1)
    for calls in range(3000):
        if calls == 2500:
            began = simulation.now
        sent = simulation.throttle.acquire()
        simulation.now += simulation.latency
        if chance.random() < 0.1:
            simulation.throttle.record_429(sent, 1.0 if told else None)
        else:
            simulation.throttle.record_success()
    only_waiting = 500 * (simulation.latency + 0.1 * 1.0)
    # Without a bound it grows with each refusal: to a hundred times that, here.
    assert simulation.now - began <= 12 * only_waiting


def test_nothing_is_held_back_before_the_first_refusal() -> None:
    simulation = Simulation(1000, 60, told=True, latency=0.0)
    began = simulation.now
    for _ in range(1000):
        simulation.call()
    assert simulation.now == began


def test_refusal_is_waited_out_as_told() -> None:
    simulation = Simulation(5, 60, told=True, latency=0.0)
    began = simulation.now
    for _ in range(7):
        simulation.call()
    assert (simulation.served, simulation.refused) == (6, 1)
    assert simulation.now >= began + 60


@pytest.mark.parametrize("told", [0.0, -5.0, None])
def test_refusals_in_a_row_are_waited_out_longer_and_longer_whatever_retry_after_says(
    told: float | None,
) -> None:
    simulation = Simulation(1, 10**9, told=True, latency=0.01)
    throttle, began = simulation.throttle, simulation.now
    waited = []
    for _ in range(10):
        sent = throttle.acquire()
        throttle.record_429(sent, told)
        waited.append(throttle._resume - simulation.now)
    for number, wait in enumerate(waited):
        assert 0.5 * min(2**number, 60) <= wait <= min(2**number, 60)
    assert len({round(wait / min(2**number, 60), 3) for number, wait in enumerate(waited)}) > 5
    # All of them; without the floor it was no time at all.
    assert simulation.now - began >= 0.5 * (1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 + 60)


def test_retry_after_that_is_longer_than_the_floor_is_obeyed_exactly() -> None:
    throttle = AdaptiveRateLimiter(clock=lambda: 50.0)
    throttle.record_429(throttle.acquire(), 3.0)
    assert throttle._resume == 53.0


def test_refusal_after_a_success_is_the_first_one_in_a_row() -> None:
    simulation = Simulation(1, 10**9, told=True, latency=0.01)
    throttle = simulation.throttle
    for _ in range(5):
        throttle.record_429(throttle.acquire(), 0.0)
    throttle.acquire()
    throttle.record_success()
    throttle.record_429(throttle.acquire(), 0.0)
    assert throttle._resume - simulation.now <= 1


def test_refusals_without_end_do_not_overflow() -> None:
    simulation = Simulation(1, 10**9, told=True)
    for _ in range(2000):
        simulation.throttle.record_429(simulation.throttle.acquire(), 0.0)
    assert simulation.throttle._resume - simulation.now <= 60


def test_refusals_of_requests_under_way_are_one_event() -> None:
    throttle = AdaptiveRateLimiter(clock=lambda: 50.0)
    sent = [throttle.acquire() for _ in range(4)]
    for _ in range(2):
        throttle.record_success()
    throttle.record_429(sent[2], 10.0)
    pace = throttle._interval
    throttle.record_429(sent[3], None)
    assert throttle._resume == 60.0
    assert throttle._interval == pace


def test_refusal_that_comes_late_says_nothing_of_the_rate() -> None:
    now = 0.0
    throttle = AdaptiveRateLimiter(clock=lambda: now)
    sent = [throttle.acquire() for _ in range(20)]
    for _ in range(18):
        throttle.record_success()
    throttle.record_429(sent[18], 1.0)
    pace = throttle._interval
    now = 5.0
    throttle.acquire()
    throttle.record_success()
    throttle.record_429(sent[19], 30.0)  # sent before the first refusal, refused only now
    assert throttle._resume == 1.0
    assert throttle._interval <= pace


def test_two_refusals_with_little_in_between_slow_down_a_little() -> None:
    now = 0.0
    throttle = AdaptiveRateLimiter(clock=lambda: now)
    for _ in range(20):
        throttle.acquire()
        throttle.record_success()
    now = 1.0
    throttle.record_429(throttle.acquire(), 1.0)
    pace = throttle._interval
    assert pace == pytest.approx(2 / 20 / 0.9)
    now = 2.0
    throttle.acquire()
    throttle.record_success()
    now = 2.5
    throttle.record_429(throttle.acquire(), 1.0)
    assert pace < throttle._interval < 1.2 * pace


def test_long_wait_is_said_aloud_and_a_short_one_quietly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    throttle = AdaptiveRateLimiter()
    with caplog.at_level(logging.INFO):
        throttle.record_429(throttle.acquire(), 2.0)
        throttle.record_429(throttle.acquire(), 37.0)
    levels = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert levels == [
        ("INFO", "Mailjet's rate limit is reached: waiting 2.0 s."),
        ("WARNING", "Mailjet's rate limit is reached: waiting 37.0 s."),
    ]


def test_stopping_wakes_who_waits() -> None:
    throttle = AdaptiveRateLimiter()
    throttle.record_429(throttle.acquire(), 600.0)
    woken: list[BaseException] = []

    def wait() -> None:
        try:
            throttle.acquire()
        except ClientClosed as error:
            woken.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.05)
    throttle.stop()
    thread.join(timeout=5)
    assert len(woken) == 1
