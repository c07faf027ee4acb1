"""Schema files without the keywords that only this project uses."""

from __future__ import annotations

from typing import Any

from singer_sdk.schema.source import SchemaDirectory
from typing_extensions import override


class SchemaFiles(SchemaDirectory):
    """Schema files from which `x-` keywords are removed.

    `x-references`, `x-personal-data` and `x-unit` state facts about a field for the documentation
    and the tests. Targets get the same facts from the description.
    """

    @override
    def fetch_schema(self, key: str) -> dict[str, Any]:
        schema = super().fetch_schema(key)
        for field in schema["properties"].values():
            for keyword in [name for name in field if name.startswith("x-")]:
                del field[keyword]
        return schema
