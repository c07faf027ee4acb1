"""What a class says of its attributes, to be said again on the command line."""

from __future__ import annotations

import inspect
import re

_SECTION = re.compile(r"^Attributes:\n((?: +.*\n|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)


def attributes(described: type) -> dict[str, str]:
    """Return the attributes of a class with their descriptions, each on one line.

    There are none if Python was told to drop docstrings.
    """
    section = _SECTION.search((inspect.getdoc(described) or "") + "\n")
    entries = _ENTRY.findall(section[1]) if section else []
    return {name: " ".join(text.split()) for name, text in entries}
