"""Log lines without secrets, and without lines that say a thing twice."""

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

# Weak, so that a program that runs many syncs keeps the key pairs of the current ones only.
_redactors: weakref.WeakSet[Redactor] = weakref.WeakSet()
_SDK_ERROR = "An unhandled error occurred while syncing"
"""How the SDK begins a line about an error that it raises as well (`Stream.sync`, 0.54)."""


def mask_in_logs(redactor: Redactor) -> None:
    """Mask a key pair in all log lines while its client exists, if `protect_logs` was called."""
    _redactors.add(redactor)


class RedactingFormatter(logging.Formatter):
    """A formatter that masks secrets and mail addresses in what another formatter makes.

    It sees the whole line, with traceback, arguments and extra fields, of every logger: also what
    urllib3 logs of a response that quotes a request.

    Args:
        inner: makes the lines.
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
    """Make all handlers mask secrets, and leave out what the command logs again."""
    for handler in _handlers():
        if not isinstance(handler.formatter, RedactingFormatter):
            handler.setFormatter(RedactingFormatter(handler.formatter or logging.Formatter()))
            handler.addFilter(_is_not_said_again)


def _handlers() -> Iterator[logging.Handler]:
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    return itertools.chain.from_iterable(logger.handlers for logger in loggers)


def _is_not_said_again(record: logging.LogRecord) -> bool:
    return not (isinstance(record.msg, str) and record.msg.startswith(_SDK_ERROR))
