"""The command: the SDK's, with errors for the person who is woken by them."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from typing import NoReturn

from singer_sdk.exceptions import ConfigValidationError, SingerSDKError
from singer_sdk.singerlib import StateMessage

from tap_mailjet.memory import give_back_large_blocks
from tap_mailjet.messages import Stop, TargetClosedError
from tap_mailjet.redaction import redact, shorten
from tap_mailjet.tap import StateError, TapMailjet

logger = TapMailjet.logger


def main() -> None:
    """Run `tap-mailjet`.

    Whatever goes wrong is one line on stderr and exit code 1; the traceback is logged at level
    DEBUG only (`TAP_MAILJET_LOGLEVEL=DEBUG`). SIGTERM and Ctrl-C end with a last state, a line that
    says so, and 128 and the signal's number as exit code.
    """
    give_back_large_blocks()
    try:
        TapMailjet.cli()
    except Stop as stop:
        with contextlib.suppress(TargetClosedError):
            stop.tap.write_message(StateMessage(value=stop.tap.state))
        logger.warning(
            "Stopped by %s; the last state is where the next sync goes on.",
            signal.Signals(stop.signum).name,
        )
        _leave(128 + stop.signum)
    except SystemExit as done:
        # Taking down an interpreter of so many modules takes a tenth of a second.
        _leave(done.code if isinstance(done.code, int) else int(done.code is not None))
    except Exception as error:
        for line in _in_words(error):
            logger.error(line)  # noqa: TRY400 - the traceback follows, at its level
        logger.debug("Traceback:", exc_info=error)
        _leave(1)


def _leave(code: int) -> NoReturn:
    """Exit at once, without waiting for requests that are under way on other threads."""
    # What cannot be written any more, because the target is gone, is not worth a second error.
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    logging.shutdown()
    os._exit(code)


def _in_words(error: Exception) -> list[str]:
    if isinstance(error, ConfigValidationError):
        return [*error.errors, "The settings are not usable; nothing was read."]
    if isinstance(error, (SingerSDKError, StateError)):
        return [redact(str(error))]
    # By name, as the SDK reads one file with json and the other with simplejson.
    if type(error).__name__ == "JSONDecodeError":
        return [f"A file given by --config, --state or --catalog is not JSON: {error}."]
    if isinstance(error, OSError):
        return [str(error)]
    words = shorten(redact(f"{type(error).__name__}: {error}"))
    return [f"{words} (TAP_MAILJET_LOGLEVEL=DEBUG shows where)"]
