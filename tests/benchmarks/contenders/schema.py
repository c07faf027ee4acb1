"""The schema that contenders are given; only the standard library, for they live apart."""

from __future__ import annotations

import json
import pathlib
from typing import Any

WHOLE = pathlib.Path(__file__).parents[3] / "tap_mailjet" / "schemas" / "messages.json"
ON_REQUEST = {"ContactAlt", "CustomID", "Subject"}
"""Fields that Mailjet returns only on request, and the benchmark's server never returns."""


def schema() -> dict[str, Any]:
    """The JSON schema of the 25 fields that are served."""
    known = json.loads(WHOLE.read_text())["properties"]
    properties = {name: spec for name, spec in known.items() if name not in ON_REQUEST}
    return {"type": "object", "properties": properties}
