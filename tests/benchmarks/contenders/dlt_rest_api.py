"""dlt's rest_api source, extracted and normalised but not loaded: `... URL FOLDER`.

It writes files and not to a pipe; how many rows they hold it says at the end.
"""

from __future__ import annotations

import json
import pathlib
import sys

import dlt  # type: ignore[import-not-found,unused-ignore]
from dlt.sources.rest_api import (  # type: ignore[import-not-found,unused-ignore]
    rest_api_source,
)


def main() -> None:
    """Extract and normalise, and say how many rows there are."""
    url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{url}/v3/REST/",
                "auth": {"type": "http_basic", "username": "key", "password": "secret"},
                "paginator": {
                    "type": "offset",
                    "limit": 1000,
                    "limit_param": "Limit",
                    "offset_param": "Offset",
                    "total_path": None,
                },
            },
            "resources": [
                {
                    "name": "messages",
                    "primary_key": "ID",
                    "endpoint": {"path": "message", "data_selector": "Data"},
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        "benchmark",
        pipelines_dir=str(folder / "dlt"),
        destination=dlt.destinations.filesystem(str(folder / "loaded")),
    )
    pipeline.extract(source)
    pipeline.normalize()
    counts = pipeline.last_trace.last_normalize_info.row_counts
    sys.stdout.write(json.dumps({"rows": counts["messages"]}) + "\n")


if __name__ == "__main__":
    main()
