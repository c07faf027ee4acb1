from __future__ import annotations

import io
import signal
import sys

import pytest
from singer_sdk.singerlib import StateMessage
from typing_extensions import override

from tap_mailjet.messages import MessageWriter, Stop
from tap_mailjet.tap import TapMailjet


@pytest.fixture
def stop() -> Stop:
    return Stop(signal.SIGTERM, TapMailjet(config={}, validate_config=False))


class Interrupted(io.StringIO):
    """A stdout during whose first write signals arrive."""

    def __init__(self, writer: MessageWriter, *signals: Stop) -> None:
        super().__init__()
        self._writer = writer
        self._signals = list(signals)

    @override
    def write(self, text: str) -> int:
        while self._signals:
            self._writer.stop(self._signals.pop())
        return super().write(text)


def test_a_signal_in_the_middle_of_a_line_waits_for_its_end(
    monkeypatch: pytest.MonkeyPatch, stop: Stop
) -> None:
    writer = MessageWriter()
    written = Interrupted(writer, stop)
    monkeypatch.setattr(sys, "stdout", written)
    with pytest.raises(Stop) as caught:
        writer.write_message(StateMessage(value={}))
    assert caught.value is stop
    assert written.getvalue() == '{"type":"STATE","value":{}}\n'


def test_a_second_signal_does_not_wait(monkeypatch: pytest.MonkeyPatch, stop: Stop) -> None:
    writer = MessageWriter()
    written = Interrupted(writer, stop, stop)
    monkeypatch.setattr(sys, "stdout", written)
    with pytest.raises(Stop):
        writer.write_message(StateMessage(value={}))
    assert written.getvalue() == ""


def test_a_signal_between_two_lines_does_not_wait(stop: Stop) -> None:
    with pytest.raises(Stop) as caught:
        MessageWriter().stop(stop)
    assert caught.value.code == 128 + signal.SIGTERM
