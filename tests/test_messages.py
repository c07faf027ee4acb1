from __future__ import annotations

import io
import signal
import sys
from datetime import datetime, timezone

import pytest
from singer_sdk.singerlib import RecordMessage, StateMessage
from typing_extensions import override

from tap_mailjet.messages import MOST_HELD, MessageWriter, RecordLine, Stop, TargetClosedError
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
    # What was held back is lost: no STATE may vouch for it.
    with pytest.raises(TargetClosedError):
        writer.write_message(StateMessage(value={}))
    assert written.getvalue() == ""


def test_records_are_held_back_until_a_state_vouches_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    writer = MessageWriter()
    now = datetime(2026, 5, 1, tzinfo=timezone.utc)
    writer.write_records([RecordLine("contacts", {"ID": 2**60, "Name": "é"}, None, now)])
    assert written.getvalue() == ""
    writer.write_message(StateMessage(value={}))
    assert written.getvalue() == (
        '{"type":"RECORD","stream":"contacts","record":{"ID":1152921504606846976,"Name":"é"},'
        '"time_extracted":"2026-05-01T00:00:00Z"}\n{"type":"STATE","value":{}}\n'
    )


def test_no_more_than_so_much_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    writer = MessageWriter()
    for _ in range(3):
        writer.write_records([RecordLine("contacts", {"Name": "x" * MOST_HELD})])
        assert written.getvalue().endswith("}}\n")


def test_a_line_of_a_record_is_the_sdks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 5, 1, 1, 2, 3, 456, tzinfo=timezone.utc)
    lines = []
    for version in (None, 7):
        written = io.StringIO()
        monkeypatch.setattr(sys, "stdout", written)
        writer = MessageWriter()
        writer.write_message(RecordMessage("s", {"b": 1, "a": None}, version, now))
        writer.write_records([RecordLine("s", {"b": 1, "a": None}, version, now)])
        writer.flush()
        lines.append(written.getvalue().splitlines())
    assert [one == other for one, other in lines] == [True, True]


def test_a_signal_between_two_lines_does_not_wait(stop: Stop) -> None:
    with pytest.raises(Stop) as caught:
        MessageWriter().stop(stop)
    assert caught.value.code == 128 + signal.SIGTERM
