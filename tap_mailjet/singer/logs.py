"""Mask secrets in log lines, and drop duplicate error lines."""

from __future__ import annotations

import itertools
import logging
import weakref
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_mailjet.api.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.api.redaction import Redactor

# Weak references, so that key pairs of finished syncs do not stay in memory.
_redactors: weakref.WeakSet[Redactor] = weakref.WeakSet()
_SDK_ERROR = "An unhandled error occurred while syncing"
"""Start of the log line for an error that the SDK also raises (`Stream.sync`, 0.54)."""


def mask_in_logs(redactor: Redactor) -> None:
    """Mask a key pair in all log lines while its client exists; requires `protect_logs`."""
    _redactors.add(redactor)


class RedactingFormatter(logging.Formatter):
    """A formatter that masks secrets and mail addresses in the lines of another formatter.

    It processes the complete lines of all loggers, with traceback, arguments and extra fields.
    This includes lines of urllib3 about a response that quotes a request.

    Args:
        inner: Formats the lines.
    """

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = self._inner.format(record)
        for redactor in list(_redactors):
            line = redactor.key_pair(line)
        return redact(line)


def protect_logs() -> None:
    """Make all handlers mask secrets, and drop lines that the command logs again."""
    for handler in _handlers():
        if not isinstance(handler.formatter, RedactingFormatter):
            handler.setFormatter(RedactingFormatter(handler.formatter or logging.Formatter()))
            handler.addFilter(_is_not_duplicate)


def _handlers() -> Iterator[logging.Handler]:
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    return itertools.chain.from_iterable(logger.handlers for logger in loggers)


def _is_not_duplicate(record: logging.LogRecord) -> bool:
    return not (isinstance(record.msg, str) and record.msg.startswith(_SDK_ERROR))
