"""A local Mailjet for trying, testing and timing; the tap itself never imports it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tap_mailjet.sandbox.broken_values import BrokenValue
from tap_mailjet.sandbox.churn import Churn
from tap_mailjet.sandbox.clock import Clock
from tap_mailjet.sandbox.faults import Faults
from tap_mailjet.sandbox.quirks import Quirks
from tap_mailjet.sandbox.scheduled_faults import ScheduledFault
from tap_mailjet.sandbox.size import Size

if TYPE_CHECKING:
    from tap_mailjet.sandbox.sandbox import Sandbox

__all__ = [
    "BrokenValue",
    "Churn",
    "Clock",
    "Faults",
    "Quirks",
    "Sandbox",
    "ScheduledFault",
    "Size",
]


def __getattr__(name: str) -> Any:
    """Import the server when it is first asked for: it alone needs the extra `sandbox`.

    Raises:
        AttributeError: If the package has no such name.
    """
    if name == "Sandbox":
        return importlib.import_module("tap_mailjet.sandbox.sandbox").Sandbox
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
