"""A local Mailjet for tests, trials and measurements; the tap does not import it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tap_mailjet.sandbox.account.clock import Clock
from tap_mailjet.sandbox.account.size import Size
from tap_mailjet.sandbox.api.quirks import Quirks
from tap_mailjet.sandbox.faults.broken_values import BrokenValue
from tap_mailjet.sandbox.faults.config import Faults
from tap_mailjet.sandbox.faults.scheduled import ScheduledFault
from tap_mailjet.sandbox.truth.churn_config import ChurnConfig

if TYPE_CHECKING:
    from tap_mailjet.sandbox.server.sandbox import Sandbox

__all__ = [
    "BrokenValue",
    "ChurnConfig",
    "Clock",
    "Faults",
    "Quirks",
    "Sandbox",
    "ScheduledFault",
    "Size",
]


def __getattr__(name: str) -> Any:
    """Import the server on first use: only the server needs the extra `sandbox`.

    Raises:
        AttributeError: If the package has no such name.
    """
    if name == "Sandbox":
        return importlib.import_module("tap_mailjet.sandbox.server.sandbox").Sandbox
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
