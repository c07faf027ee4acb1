"""Checks of the files that the command is given: settings, a state and a catalog."""

from __future__ import annotations

import io
import json
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class InputFileError(ValueError):
    """A file that cannot be what its option says; going on would ignore it in silence."""


def check_config_files(paths: Iterable[str]) -> None:
    """Check that the files given by --config hold JSON objects.

    Raises:
        InputFileError: A file holds something else.
    """
    for path in paths:
        if path == "ENV":
            continue
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - the name as it was given
            content, _ = _read(file, "--config")
        if not isinstance(content, dict):
            message = (
                f"The file given by --config holds {_kind(content)} and not settings. It must be "
                f'an object, such as {{"api_key": "...", "api_secret": "..."}}.'
            )
            raise InputFileError(message)


def checked_catalog(file: IO[str] | None) -> IO[str] | None:
    """Return a catalog file as it is.

    Raises:
        InputFileError: it has no catalog.
    """
    if file is None:
        return None
    content, again = _read(file, "--catalog")
    if not isinstance(content, dict) or not isinstance(content.get("streams"), list):
        message = (
            f"The file given by --catalog holds {_kind(content)} and not a catalog. It must be an "
            f'object with the key "streams", as --discover writes it.'
        )
        raise InputFileError(message)
    return again


def checked_state(file: IO[str] | None) -> IO[str] | None:
    """Return a state file as it is.

    Raises:
        InputFileError: it has no state: the SDK would ignore `null` and read everything again.
    """
    if file is None:
        return None
    content, again = _read(file, "--state")
    if not isinstance(content, dict):
        message = (
            f"The file given by --state holds {_kind(content)} and not a state. It must be an "
            f'object with the key "bookmarks", as in the value of the last STATE message. To read '
            f"from start_date, run without --state."
        )
        raise InputFileError(message)
    return again


def _read(file: IO[str], option: str) -> tuple[Any, IO[str]]:
    """Return what a JSON file holds, and the file to be read once more."""
    try:
        text = file.read()
        return json.loads(text), io.StringIO(text)
    except ValueError as error:  # also if it is not UTF-8
        message = f"The file given by {option} is not JSON: {error}."
        raise InputFileError(message) from error


def _kind(content: object) -> str:
    """Return what a file holds, without showing it."""
    if content is None or isinstance(content, bool):
        return json.dumps(content)
    if isinstance(content, (list, str)):
        return "a list" if isinstance(content, list) else "a string"
    return "another object" if isinstance(content, dict) else "a number"
