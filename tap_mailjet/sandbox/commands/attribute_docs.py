"""The descriptions of the attributes of a class, for the command line."""

from __future__ import annotations

import inspect
import re

_SECTION = re.compile(r"^Attributes:\n((?: +.*\n|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)


def attributes(described: type) -> dict[str, str]:
    """Return the attributes of a class with their descriptions, each on one line.

    There are no attributes if Python drops docstrings.
    """
    section = _SECTION.search((inspect.getdoc(described) or "") + "\n")
    entries = _ENTRY.findall(section[1]) if section else []
    return {name: " ".join(text.split()) for name, text in entries}
