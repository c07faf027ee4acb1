"""Restore what the command changes in its process."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator

HANDLED = (signal.SIGTERM, signal.SIGINT)
"""The signals that the tap handles."""


@contextlib.contextmanager
def process_restored() -> Iterator[None]:
    """Restore logging, signal handlers and hooks at the end."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(logging_restored())
        stack.enter_context(signals_restored())
        stack.enter_context(mock.patch.object(sys, "excepthook", sys.excepthook))
        stack.callback(logging.captureWarnings, capture=False)
        yield


@contextlib.contextmanager
def signals_restored() -> Iterator[None]:
    """Restore the handlers of the signals that the tap handles."""
    before = {one: signal.getsignal(one) for one in HANDLED}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextlib.contextmanager
def logging_restored() -> Iterator[None]:
    """Begin without handlers of the root logger, and restore all loggers at the end."""
    loggers = [logging.getLogger(), *_loggers()]
    before = [(one, one.handlers[:], one.level, one.propagate, one.disabled) for one in loggers]
    logging.getLogger().handlers.clear()  # pytest's would format every line again
    try:
        yield
    finally:
        known = {one for one, *_ in before}
        for one in _loggers():
            if one not in known:
                one.handlers.clear()
        for one, handlers, level, propagate, disabled in before:
            one.handlers[:] = handlers
            one.level, one.propagate, one.disabled = level, propagate, disabled
        logging.Logger.manager._clear_cache()  # type: ignore[attr-defined]


def _loggers() -> list[logging.Logger]:
    return [
        one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)
    ]
