"""The command: the SDK's command with one-line errors, exit codes and a last STATE."""

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
from tap_mailjet.config.catalog_checks import CatalogError
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

    An error is one line on stderr and exit code 1; the traceback is logged at level DEBUG only
    (`TAP_MAILJET_LOGLEVEL=DEBUG`). SIGTERM and Ctrl-C end the sync with a last STATE, a log line,
    and exit code 128 plus the signal's number.

    Args:
        began: When the process started, by `time.monotonic()`.
    """
    TapMailjet.began = began
    sys.unraisablehook = _raise_again
    _exit(run())


def run() -> int:
    """Run `tap-mailjet`, and return its exit code."""
    try:
        command = TapMailjet.cli  # configures logging
        protect_logs()
        use_complete_stdout()
        command()
    except TerminationSignal as stop:
        return _finish_interrupted(stop)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # noqa: BLE001 - it is logged, with its traceback
        if hidden := _signal_behind(error):
            return _finish_interrupted(hidden)
        _log(error)
        return 1
    return 0


def _finish_interrupted(stop: TerminationSignal) -> int:
    """Write the last STATE, and return the exit code."""
    _exit_at_next_signal()
    code = 128 + stop.signum
    name = signal.Signals(stop.signum).name
    try:
        has_state = isinstance(stop.tap, TapMailjet) and stop.tap.write_last_state()
    except OutputError as error:
        logger.debug("The last STATE could not be written.", exc_info=error)
        has_state = True  # an earlier STATE may have been written
    if has_state:
        logger.warning("Interrupted by %s. The next sync resumes from the last STATE.", name)
    else:
        logger.warning("Interrupted by %s before the sync began; no STATE was written.", name)
    return code


def _exit_at_next_signal() -> None:
    """Exit at once at the next signal, unless it repeats the first signal within `PATIENCE`."""
    first = time.monotonic()

    def exit_at_once(signum: int, _frame: FrameType | None) -> None:
        if time.monotonic() - first >= PATIENCE:
            os._exit(128 + signum)

    for signum in SIGNALS:
        signal.signal(signum, exit_at_once)


def _raise_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Send a signal again if Python drops its exception, for example in a `__del__`."""
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


def _signal_behind(error: BaseException | None) -> TerminationSignal | None:
    """Return the signal that caused an error, if any."""
    while error is not None:
        if isinstance(error, TerminationSignal):
            return error
        error = error.__cause__ or error.__context__
    return None


def _exit(code: int) -> NoReturn:
    """Exit without waiting for requests that are in progress on other threads.

    After a signal or with a broken stdout, Python's own shutdown would wait or fail again.
    """
    for signum in SIGNALS:
        signal.signal(signum, signal.SIG_IGN)
    is_clean = code in {0, 1} and threading.active_count() == 1
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OutputError, OSError, ValueError) as error:
        # After another error, this one adds no information.
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
    for line in _error_lines(error):
        logger.error(line)
    logger.debug("Traceback:", exc_info=error)


def _error_lines(error: Exception) -> list[str]:
    """Return the lines to log for an error."""
    if isinstance(error, ConfigValidationError):
        return [*error.errors, "The settings are invalid; nothing was read."]
    if isinstance(error, (SingerSDKError, InputFileError, CatalogError)):
        return [redact(str(error))]
    # Checked by name, because the SDK reads one file with json and the other with simplejson.
    if type(error).__name__ == "JSONDecodeError":
        return [f"A file given by --config, --state or --catalog is not JSON: {error}."]
    if isinstance(error, OSError):
        return [str(error)]
    text = shorten(redact(f"{type(error).__name__}: {error}"))
    return [f"{text} (set TAP_MAILJET_LOGLEVEL=DEBUG to log the traceback)"]
