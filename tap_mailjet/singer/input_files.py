"""Check the input files of the command: settings, state and catalog."""

from __future__ import annotations

import io
import json
import pathlib
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


_REMEDIES = {
    "--config": "",
    "--state": " To read from start_date, run without --state.",
    "--catalog": " --discover writes a catalog.",
}


class InputFileError(ValueError):
    """A file with the wrong content, which the SDK would ignore without a message."""


def check_config_files(paths: Iterable[str]) -> None:
    """Check that the files given by --config contain JSON objects.

    Raises:
        InputFileError: A file contains something else.
    """
    for path in paths:
        if path == "ENV" or not pathlib.Path(path).is_file():
            continue  # the SDK names a file that does not exist
        with pathlib.Path(path).open(encoding="utf-8") as file:
            content, _ = _read(file, "--config")
        if not isinstance(content, dict):
            message = (
                f"The file {path} given by --config contains {_kind(content)} instead of settings. "
                f'It must be an object, such as {{"api_key": "...", "api_secret": "..."}}.'
            )
            raise InputFileError(message)


def checked_catalog(file: IO[str] | None) -> IO[str] | None:
    """Check a catalog file, and return a copy to be read by the SDK.

    Raises:
        InputFileError: The file does not contain a catalog.
    """
    if file is None:
        return None
    content, copy = _read(file, "--catalog")
    if not _is_catalog(content):
        message = (
            f"The file {_name(file)} given by --catalog contains {_kind(content)} instead of a "
            f'catalog. It must be an object with the key "streams", as --discover writes it.'
        )
        raise InputFileError(message)
    return copy


def checked_state(file: IO[str] | None) -> IO[str] | None:
    """Check a state file, and return a copy to be read by the SDK.

    Raises:
        InputFileError: The file does not contain a state. The SDK would ignore `null` and read all
            rows again.
    """
    if file is None:
        return None
    content, copy = _read(file, "--state")
    if not isinstance(content, dict):
        message = (
            f"The file {_name(file)} given by --state contains {_kind(content)} instead of a "
            f'state. It must be an object with the key "bookmarks", as in the value of the last '
            f"STATE message.{_REMEDIES['--state']}"
        )
        raise InputFileError(message)
    return copy


def _is_catalog(content: object) -> bool:
    streams = content.get("streams") if isinstance(content, dict) else None
    return isinstance(streams, list) and all(
        isinstance(stream, dict) and isinstance(stream.get("tap_stream_id"), str)
        for stream in streams
    )


def _read(file: IO[str], option: str) -> tuple[Any, IO[str]]:
    """Return the content of a JSON file, and a copy of the file to be read again."""
    try:
        text = file.read()
        if not text.strip():
            message = f"The file {_name(file)} given by {option} is empty.{_REMEDIES[option]}"
            raise InputFileError(message)
        return json.loads(text), io.StringIO(text)
    except UnicodeDecodeError as error:
        message = f"The file {_name(file)} given by {option} is not UTF-8: {error}."
        raise InputFileError(message) from error
    except json.JSONDecodeError as error:
        message = (
            f"The file {_name(file)} given by {option} is not JSON: {error}.{_REMEDIES[option]}"
        )
        raise InputFileError(message) from error


def _name(file: IO[str]) -> str:
    return str(getattr(file, "name", ""))


def _kind(content: object) -> str:
    """Return the kind of content of a file, which may be secret."""
    if content is None or isinstance(content, bool):
        return json.dumps(content)
    if isinstance(content, (list, str)):
        return "a list" if isinstance(content, list) else "a string"
    return "another object" if isinstance(content, dict) else "a number"
