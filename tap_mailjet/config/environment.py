"""Settings in variables of the environment and of the file `.env`.

The SDK's own reader searches `.env` from its own folder upwards instead of in the working folder.
It stops at the first value of a wrong type, without the name of its variable. It treats unknown
words as false, and ignores misspelled variables.
"""

from __future__ import annotations

import io
import json
import os
import pathlib
from typing import TYPE_CHECKING, Any

import dotenv
from dotenv.parser import Original, parse_stream

from tap_mailjet.config.settings import SettingsError
from tap_mailjet.config.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX = "TAP_MAILJET_"
DOTENV = pathlib.Path(".env")
OTHER_VARIABLES = (f"{PREFIX}LOGLEVEL",)
"""Variables of the SDK that are not settings."""
OTHER_PLUGINS = f"{PREFIX}_"
"""The prefix of Meltano's extras and of its inherited taps, such as `TAP_MAILJET__SHOP_API_KEY`."""

TRUE = ("true", "1", "yes", "on")
FALSE = ("false", "0", "no", "off")


def read_environment(properties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the settings in the variables `TAP_MAILJET_<SETTING>`.

    A variable of the environment takes precedence over one in `.env`.

    Args:
        properties: The settings, each with its JSON schema.

    Raises:
        SettingsError: A variable has a wrong value or is not known; the message names each.
    """
    problems = _load_dotenv()
    names = {variable_of(setting): setting for setting in properties}
    problems += _unknown_variables(names)
    settings = {}
    for variable in names.keys() & os.environ.keys():
        setting = names[variable]
        try:
            settings[setting] = _parse(os.environ[variable], properties[setting])
        except ValueError as error:
            problems.append(f"The variable {variable} {error}.")
    if problems:
        raise SettingsError(sorted(problems))
    return settings


def variable_of(setting: str) -> str:
    """Return the variable of a setting."""
    return PREFIX + setting.upper()


def _load_dotenv() -> list[str]:
    """Add the variables of `.env` to the environment, and return the problems of its lines."""
    if not DOTENV.is_file():
        return []
    try:
        text = DOTENV.read_text(encoding="utf-8-sig")  # editors on Windows write a mark in front
    except (OSError, ValueError) as error:  # the latter if the file is not UTF-8
        return [f"The file {DOTENV.resolve()} cannot be read: {error}."]
    dotenv.load_dotenv(stream=io.StringIO(text), override=False)
    return [
        f"Line {_line(one.original)} of the file {DOTENV.resolve()} is not of the form NAME=value."
        for one in parse_stream(io.StringIO(text))
        if one.error or ((one.key or "").startswith(PREFIX) and one.value is None)
    ]


def _line(original: Original) -> int:
    """Return the number of a line; the parser counts from the empty lines before it."""
    text = original.string
    return original.line + text.count("\n", 0, len(text) - len(text.lstrip()))


def _unknown_variables(names: Iterable[str]) -> Iterable[str]:
    known = {*names, *OTHER_VARIABLES}
    for variable in os.environ:
        # On Windows, the names of variables are in upper case.
        is_own = variable.upper().startswith(PREFIX) and not variable.startswith(OTHER_PLUGINS)
        if is_own and variable not in known:
            yield f"The variable {variable} is not known.{did_you_mean(variable, known)}"


def _parse(text: str, schema: Mapping[str, Any]) -> Any:
    """Return the value of a setting.

    Raises:
        ValueError: The value has the wrong type. The message continues the name of the variable.
    """
    types = schema.get("type", ())
    if not text.strip():
        message = "is empty; set it to a value, or unset it"
        raise ValueError(message)
    if "integer" in types:
        return _integer(text)
    if "boolean" in types:
        return _boolean(text)
    if "array" in types and "integer" in schema["items"]["type"]:
        is_json = text.lstrip().startswith("[")
        return _json(text) if is_json else [_integer(one) for one in text.split(",")]
    return _json(text) if {"array", "object"} & {*types} else text


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = f"contains {text.strip()!r}, which is not an integer"
        raise ValueError(message) from None


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE + FALSE:
        message = f"is {text!r}, which is not one of {', '.join(TRUE + FALSE)}"
        raise ValueError(message)
    return word in TRUE


def _json(text: str) -> Any:
    # The message does not quote the value, which may be a secret, such as a salt.
    try:
        return json.loads(text)
    except ValueError as error:
        message = f"is not JSON: {error}"
        raise ValueError(message) from None
