"""The command: the SDK's, with errors for the person who is woken by them."""

from __future__ import annotations

import _thread
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, NoReturn

from singer_sdk.exceptions import ConfigValidationError, SingerSDKError

from tap_mailjet.api.redaction import redact, shorten
from tap_mailjet.singer.input_files import InputFileError
from tap_mailjet.singer.logs import protect_logs
from tap_mailjet.singer.message_writer import PATIENCE, TerminationSignal
from tap_mailjet.singer.stdout import OutputError, use_complete_stdout
from tap_mailjet.tap import TapMailjet

if TYPE_CHECKING:
    from types import FrameType

logger = TapMailjet.logger

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main(began: float | None = None) -> NoReturn:
    """Run `tap-mailjet` as this process.

    Whatever goes wrong is one line on stderr and exit code 1; the traceback is logged at level
    DEBUG only (`TAP_MAILJET_LOGLEVEL=DEBUG`). SIGTERM and Ctrl-C end with a last state, a line that
    says so, and 128 and the signal's number as exit code.

    Args:
        began: when the process started, by `time.monotonic()`.
    """
    TapMailjet.began = began
    sys.unraisablehook = _raise_again
    _leave(run())


def run() -> int:
    """Run `tap-mailjet`, and return its exit code."""
    try:
        command = TapMailjet.cli  # sets up the log
        protect_logs()
        use_complete_stdout()
        command()
    except TerminationSignal as stop:
        return _stopped(stop)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except Exception as error:  # noqa: BLE001 - it is logged, with its traceback
        if hidden := _stop_behind(error):
            return _stopped(hidden)
        _log(error)
        return 1
    return 0


def _stopped(stop: TerminationSignal) -> int:
    """Write the last state, and return the exit code."""
    _leave_at_next_signal()
    code = 128 + stop.signum
    name = signal.Signals(stop.signum).name
    try:
        has_state = isinstance(stop.tap, TapMailjet) and stop.tap.write_last_state()
    except OutputError as error:
        logger.debug("The last STATE could not be written.", exc_info=error)
        has_state = True  # an earlier one may have been
    if has_state:
        logger.warning("Stopped by %s; the last state is where the next sync goes on.", name)
    else:
        logger.warning("Stopped by %s before the sync began; no STATE was written.", name)
    return code


def _leave_at_next_signal() -> None:
    """End at once if a signal comes, unless it belongs to the one that came before."""
    first = time.monotonic()

    def leave(signum: int, _frame: FrameType | None) -> None:
        if time.monotonic() - first >= PATIENCE:
            os._exit(128 + signum)

    for signum in SIGNALS:
        signal.signal(signum, leave)


def _raise_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Send a signal again whose exception Python drops, as in the callback of a weak reference."""
    if isinstance(unraisable.exc_value, TerminationSignal):
        _thread.start_new_thread(_send_again, (unraisable.exc_value.signum,))
    else:
        sys.__unraisablehook__(unraisable)


def _send_again(signum: int) -> None:
    time.sleep(0.05)
    # The signal also has to wake the main thread if it waits for a response.
    main_thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main_thread is not None:
        signal.pthread_kill(main_thread, signum)
    else:
        _thread.interrupt_main(signal.Signals(signum))


def _stop_behind(error: BaseException | None) -> TerminationSignal | None:
    """Return the stop that an error came from, if one did."""
    while error is not None:
        if isinstance(error, TerminationSignal):
            return error
        error = error.__cause__ or error.__context__
    return None


def _leave(code: int) -> NoReturn:
    """Exit, without waiting for requests that are under way on other threads.

    After a signal or with a broken stdout, Python's own shutdown would wait or fail once more.
    """
    for signum in SIGNALS:
        signal.signal(signum, signal.SIG_IGN)
    is_clean = code in {0, 1} and threading.active_count() == 1
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OutputError, OSError, ValueError) as error:
        # After another error this one says nothing new.
        if code == 0:
            _log(error)
            code = 1
        is_clean = False
    if is_clean:
        sys.exit(code)
    with contextlib.suppress(Exception):
        logging.shutdown()
    os._exit(code)


def _log(error: Exception) -> None:
    for line in _in_words(error):
        logger.error(line)
    logger.debug("Traceback:", exc_info=error)


def _in_words(error: Exception) -> list[str]:
    if isinstance(error, ConfigValidationError):
        return [*error.errors, "The settings are not usable; nothing was read."]
    if isinstance(error, (SingerSDKError, InputFileError)):
        return [redact(str(error))]
    # By name, as the SDK reads one file with json and the other with simplejson.
    if type(error).__name__ == "JSONDecodeError":
        return [f"A file given by --config, --state or --catalog is not JSON: {error}."]
    if isinstance(error, OSError):
        return [str(error)]
    words = shorten(redact(f"{type(error).__name__}: {error}"))
    return [f"{words} (TAP_MAILJET_LOGLEVEL=DEBUG shows where)"]
