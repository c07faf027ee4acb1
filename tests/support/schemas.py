"""The schema files of all streams, and rules that are checked on all of them at once."""

from __future__ import annotations

import functools
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import tap_mailjet.schemas
from tests.schema_tables import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
Field = tuple[str, str]


def text_of(stream: str) -> str:
    return files(tap_mailjet.schemas).joinpath(f"{stream}.json").read_text(encoding="utf-8")


@functools.cache
def schema_of(stream: str) -> Json:
    schema: Json = json.loads(text_of(stream), object_pairs_hook=without_duplicates)
    return schema


def properties_of(stream: str) -> dict[str, Json]:
    properties: dict[str, Json] = schema_of(stream)["properties"]
    return properties


def without_duplicates(pairs: list[tuple[str, Any]]) -> Json:
    """Return the pairs as a dict; fail if a name occurs twice, which `json` would accept."""
    made = dict(pairs)
    assert len(made) == len(pairs), f"duplicate name: {[name for name, _ in pairs]}"
    return made


def base_type(spec: Json) -> str:
    kind: str = spec["type"] if isinstance(spec["type"], str) else spec["type"][0]
    return kind


def description_of(stream: str, field: str) -> str:
    description: str = properties_of(stream)[field]["description"]
    return description


def streams_that_break(rule: Callable[[str], bool]) -> list[str]:
    """Return the streams for which a rule is false."""
    return [stream for stream in sorted(KEYS) if not rule(stream)]


def fields_that_break(rule: Callable[[Field, Json], bool]) -> list[Field]:
    """Return the fields of all streams for which a rule is false."""
    return [
        (stream, name)
        for stream in sorted(KEYS)
        for name, spec in properties_of(stream).items()
        if not rule((stream, name), spec)
    ]
