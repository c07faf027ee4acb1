"""Writes stream maps that rename all fields to snake_case: `ContactID` becomes `contact_id`.

    tap-mailjet --discover | python3 snake_case.py > snake_case.json
    tap-mailjet --config config.json --config snake_case.json

With a catalog of your own, `python3 snake_case.py < catalog.json`. To hash or drop a field, change
its line: `"email": "sha256(config['salt'] + Email)"`, or delete the line.
"""

import json
import re
import sys

WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """Return a name in lower case with underscores between its words."""
    return WORD.sub("_", name).replace("-", "_").lower()


def stream_map(entry: dict) -> dict:
    """Return the map of one stream, with its fields that are not deselected."""
    found = {tuple(item["breadcrumb"]): item["metadata"] for item in entry["metadata"]}
    fields = [
        name
        for name in entry["schema"]["properties"]
        if found.get(("properties", name), {}).get("selected") is not False
    ]
    keys = [snake_case(name) for name in entry["key_properties"]]
    # A name such as Html-part is no name in an expression.
    values = [name if name.isidentifier() else f"record['{name}']" for name in fields]
    renamed = dict(zip(map(snake_case, fields), values, strict=True))
    return {"__else__": None, "__key_properties__": keys, **renamed}


if __name__ == "__main__":
    streams = json.load(sys.stdin)["streams"]
    maps = {entry["tap_stream_id"]: stream_map(entry) for entry in streams}
    json.dump({"stream_maps": maps}, sys.stdout, indent=2)
