"""Explain the problems that the JSON schema validator finds in the settings."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from tap_mailjet.config.environment import DOTENV, variable_of
from tap_mailjet.config.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_UNKNOWN = re.compile(r"Additional properties are not allowed (?!.* in config\[)")
_MISSING = re.compile(r"'(\w+)' is a required property$")


def explain_problems(
    problems: Iterable[str], config: Mapping[str, Any], properties: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the problems, with the setting that an unknown name probably means.

    Args:
        problems: The messages of the validator, or other messages.
        config: The settings that were given.
        properties: The settings that exist.
    """
    for problem in problems:
        if _UNKNOWN.match(problem):
            for name in sorted(config.keys() - properties.keys()):
                hint = did_you_mean(name, properties)
                yield f"{name!r} is not a setting of this tap.{hint}"
        elif missing := _MISSING.match(problem):
            yield f"The setting {missing[1]} is missing.{_where(variable_of(missing[1]))}"
        else:
            yield problem


def _where(variable: str) -> str:
    """Return a hint if the setting is in a variable that is not read, with a leading space."""
    if variable in os.environ:
        return f" The environment has {variable}: use --config ENV to read it."
    if DOTENV.is_file():
        return " There is a file .env: use --config ENV to read it."
    return ""
