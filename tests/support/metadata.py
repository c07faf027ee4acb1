"""What Mailjet's API says of itself: GET /v3/REST/metadata, as recorded in 2021."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Final

METADATA: Final[dict[str, dict[str, Any]]] = json.loads(
    (pathlib.Path(__file__).parents[1] / "reference" / "mailjet-metadata.json").read_text("utf-8")
)["resources"]
