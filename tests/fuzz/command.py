"""Runs the command itself, `tap-mailjet --config ... --state ...`, in this process."""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import io
import json
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

import requests

from tap_mailjet import command
from tap_mailjet.tap import TapMailjet
from tests.fuzz.pipe import Pipe
from tests.fuzz.resources import RESOURCES
from tests.fuzz.transport import Endless, Gone, Line, RequestOutcome, send_signal
from tests.fuzz.waits import pools_inline
from tests.support.restoring import HANDLED, logging_restored, signals_restored

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

    from tests.fuzz.case import Night
    from tests.fuzz.waits import Waits

KEY_PAIR = ("0123456789abcdef-key", "fedcba9876543210-s/cret")
SPARE = "widgets"
"""A stream that is there and not selected, so that not all are."""
_discover = TapMailjet.discover_streams


class Hanging(BaseException):
    """Nothing happened for too long."""


class _Left(BaseException):
    """The process would have ended here."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Ended:
    """How a run of the command ended.

    Attributes:
        code: its exit code; None if it did not come to an end.
        problem: why not, as text.
        is_stopped: whether it was sent a signal.
        is_broken: whether its stdout broke.
    """

    code: int | None
    stdout: bytes
    log: str
    exchanges: list[RequestOutcome]
    refusals: int
    problem: str = ""
    is_stopped: bool = False
    is_broken: bool = False
    waited: float = 0.0


METRICS_EVERY = 8
"""Metrics are logged in one of this number of runs: they take a third of the time of a run."""


@dataclass
class Command:
    """What a run is given.

    Attributes:
        folder: a folder for its files.
        night: what is selected, and how it ends.
        config: the settings, whole.
        state: the state of the run before, if there is one.
        now: the Unix second that it is.
        pipe: what kind of stdout it has, and of what size.
    """

    folder: pathlib.Path
    night: Night
    config: dict[str, Any]
    state: dict[str, Any] | None
    now: int
    pipe: tuple[str, int] = ("whole", 0)
    is_stopped: bool = field(default=False, init=False)
    _is_over: bool = field(default=False, init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)

    def run(self, line: Line, waits: Waits, *, inline: bool) -> Ended:
        """Run it to its end, whatever that is."""
        pipe = Pipe(*self.pipe, functools.partial(self._perhaps_stop, "write"))
        log = io.StringIO()
        code, problem = None, ""
        with self._process(line, pipe, log, inline=inline):
            try:
                command.main()
            except _Left as left:
                code = left.code
            except Endless:
                problem = "endless"
            except Hanging:
                problem = "hangs"
            except Gone:
                problem = "a request of a run that was over"
            except SystemExit as done:
                code = done.code if isinstance(done.code, int) else 1
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is a finding
                problem = f"{type(error).__name__} past main()"
            finally:
                self._end()
        line.is_closed = True
        if code in {128 + one for one in HANDLED} and not self.is_stopped:
            raise KeyboardInterrupt  # it was meant for the fuzzer
        if line.is_endless:
            problem = "endless"
        return Ended(
            code,
            bytes(pipe.buffer.content),
            log.getvalue(),
            list(line.exchanges),
            line.refusals,
            problem,
            self.is_stopped,
            pipe.buffer.is_broken,
            waits.seconds,
        )

    def before_request(self, number: int) -> None:
        """Count a request before its response."""
        self._perhaps_stop("request", number)

    def _perhaps_stop(self, kind: str, number: int) -> None:
        ending = self.night.ending
        if ending is None or (ending.kind, ending.place) != (kind, number):
            return
        with self._lock:
            if not self.is_stopped and not self._is_over:
                self.is_stopped = True
                send_signal()

    def _end(self) -> None:
        """End the run: a signal that another thread has just sent is ignored."""
        try:
            with self._lock:
                self._is_over = True
        except SystemExit:
            self.is_stopped = False

    @contextlib.contextmanager
    def _process(self, line: Line, pipe: Pipe, log: io.StringIO, *, inline: bool) -> Iterator[None]:
        """Simulate a process: replace argv, stdout, stderr, exit, catalog and HTTP adapter."""
        wanted = self._wanted()

        def discover(tap: TapMailjet) -> list[Any]:
            self._perhaps_stop("start", 0)
            return [stream for stream in _discover(tap) if stream.name in wanted]

        def adapter(_session: requests.Session, _url: str = "", **_: Any) -> Line:
            return line

        files = {"config": self.config, "catalog": self._catalog(wanted), "state": self.state}
        argv = ["tap-mailjet"]
        for name, content in files.items():
            if content is not None:
                path = self.folder / f"{name}.json"
                path.write_text(json.dumps(content))
                argv += [f"--{name}", str(path)]
        with contextlib.ExitStack() as stack:
            enter = stack.enter_context
            enter(logging_restored())
            enter(signals_restored())
            enter(mock.patch.object(sys, "argv", argv))
            enter(contextlib.redirect_stdout(pipe))
            enter(contextlib.redirect_stderr(log))
            enter(mock.patch("os._exit", _leave))
            enter(mock.patch("logging.shutdown"))
            enter(mock.patch.object(TapMailjet, "discover_streams", discover))
            enter(mock.patch.object(TapMailjet, "initialized_at", self.now * 1000))
            enter(mock.patch.object(requests.Session, "get_adapter", adapter))
            if inline:
                enter(pools_inline())
            if self.now % METRICS_EVERY:
                enter(mock.patch("singer_sdk.metrics.log"))
            yield

    def _wanted(self) -> set[str]:
        wanted = {*self.night.streams}
        wanted |= {str(RESOURCES[name].parent) for name in wanted if RESOURCES[name].parent}
        return wanted if self.night.wants_all else wanted | {SPARE}

    def _catalog(self, wanted: set[str]) -> dict[str, Any]:
        entries = []
        for name in sorted(wanted):
            entry = {**_entries()[name]}
            entry["metadata"] = copy.deepcopy(entry["metadata"])
            dropped = self.night.deselected.get(name, ())
            for item in entry["metadata"]:
                if not item["breadcrumb"]:
                    item["metadata"]["selected"] = name in self.night.streams
                elif item["breadcrumb"][-1] in dropped:
                    item["metadata"]["selected"] = False
            entries.append(entry)
        return {"streams": entries}


def _leave(code: int) -> None:
    raise _Left(code)


@functools.cache
def _entries() -> dict[str, dict[str, Any]]:
    catalog = TapMailjet(config={}, validate_config=False).catalog_dict
    gc.collect()
    return {entry["stream"]: entry for entry in catalog["streams"]}
