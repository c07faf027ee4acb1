"""Check `stream_maps`, in which the SDK ignores misspelled names.

A map that removes or hashes a field that does not exist lets the real field out in clear.
"""

from __future__ import annotations

import fnmatch
import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.mapper import (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
    NULL_STRING,
)

from tap_mailjet.config.map_expressions import expression_problems
from tap_mailjet.config.other_taps import stream_hint
from tap_mailjet.config.suggestions import did_you_mean, misspelled, same_but_for_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from singer_sdk import Stream

    StreamMap = Mapping[str, str | None] | str | None

OPTIONS = (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
)
"""The keys of a map that are not fields."""
REMOVED = (None, NULL_STRING)


class MappedStream(NamedTuple):
    """A stream as a map sees it.

    Attributes:
        name: The name of the stream.
        fields: The fields in its schema.
        records: The fields of its records, without deselected fields.
        withheld: Fields that the tap never writes, so that a map may remove them.
        is_selected: True if the stream will be read.
    """

    name: str
    fields: frozenset[str]
    records: frozenset[str]
    withheld: frozenset[str]
    is_selected: bool

    @classmethod
    def of(cls, stream: Stream, withheld: Iterable[str]) -> MappedStream:
        """Return what maps have to know about a stream."""
        fields = frozenset(stream.schema["properties"])
        is_selected = stream.selected
        # The mask of a stream that is not selected has no field.
        read = [one for one in fields if not is_selected or stream.mask["properties", one]]
        return cls(stream.name, fields, frozenset(read), frozenset(withheld), is_selected)


def check_stream_maps(config: Mapping[str, Any], streams: Callable[[], Mapping[str, Any]]) -> None:
    """Check the setting `stream_maps`.

    Args:
        config: All settings.
        streams: Returns the streams, which are created only if there are maps.

    Raises:
        ConfigValidationError: A stream map has a mistake; `errors` describes each.
    """
    if maps := config.get("stream_maps"):
        mapped = [MappedStream.of(stream, stream.withheld) for stream in streams().values()]
        problems = _problems(maps, config.get("stream_map_config") or {}, mapped)
        if problems:
            raise ConfigValidationError("; ".join(problems), errors=problems)


def _problems(
    maps: Mapping[str, StreamMap], map_config: Mapping[str, Any], streams: Sequence[MappedStream]
) -> list[str]:
    """Return what is wrong with the maps, one line for each mistake."""
    problems = list(_replaced_maps(maps, streams))
    for key, entry in maps.items():
        if key == MAPPER_ELSE_OPTION:
            continue
        if key.startswith("__"):
            hint = did_you_mean(key, [MAPPER_ELSE_OPTION])
            problems.append(f"stream_maps: {key!r} is not an option of stream maps.{hint}")
        elif not (matching := [stream for stream in streams if _matches(key, entry, stream)]):
            source = _source(key, entry)
            hint = stream_hint(source, [stream.name for stream in streams])
            problems.append(f"stream_maps: {source!r} is not a stream of this tap.{hint}")
        elif entry is not None and not isinstance(entry, str):
            found = (*_field_problems(entry, matching), *_expressions(entry, map_config, matching))
            problems += [f"stream_maps, {key!r}: {problem}" for problem in dict.fromkeys(found)]
    return problems


def _source(key: str, entry: StreamMap) -> str:
    if entry is None or isinstance(entry, str):
        return key
    return str(entry.get(MAPPER_SOURCE_OPTION, key))


def _matches(key: str, entry: StreamMap, stream: MappedStream) -> bool:
    """Return True if the SDK applies a map to a stream."""
    source = _source(key, entry)
    return stream.name == source or fnmatch.fnmatch(stream.name, source)


def _field_problems(
    entry: Mapping[str, str | None], streams: Sequence[MappedStream]
) -> Iterator[str]:
    """Yield the fields of a map that do not exist, and should."""
    named = ", ".join(stream.name for stream in streams[:3])
    for field, value in entry.items():
        if field in OPTIONS:
            continue
        if field.startswith("__"):
            hint = did_you_mean(field, OPTIONS)
            yield f"{field!r} is not an option of stream maps.{hint}"
            continue
        others = frozenset().union(*(stream.fields for stream in streams)) - entry.keys()
        if any(field in stream.fields for stream in streams):
            yield from _spellings(field, entry, streams)
        elif value in REMOVED:
            if not any(field in stream.withheld for stream in streams):
                yield f"{named} has no field {field!r} to remove.{did_you_mean(field, others)}"
        elif MAPPER_ELSE_OPTION not in entry and (similar := misspelled(field, others)):
            yield (
                f"{named} has no field {field!r}. Did you mean {similar!r}? The field "
                f"{similar!r} would be written unchanged. For a new field, choose a name that "
                f'differs more, or map the other field, too, for example "{similar}": null.'
            )


def _spellings(
    field: str, entry: Mapping[str, str | None], streams: Sequence[MappedStream]
) -> Iterator[str]:
    """Yield the streams of a pattern that spell a field differently."""
    for stream in streams:
        if field in stream.fields:
            continue
        if spelled := same_but_for_case(field, stream.fields - entry.keys()):
            yield (
                f"{stream.name} has {spelled!r} instead of {field!r}, which would be written "
                f"unchanged. Map {spelled!r}, too."
            )


def _expressions(
    entry: Mapping[str, str | None], config: Mapping[str, Any], streams: Sequence[MappedStream]
) -> Iterator[str]:
    """Yield the names in expressions that do not exist; the SDK finds them at the first record."""
    read = streams if len(streams) == 1 else [one for one in streams if one.is_selected]
    for field, value in entry.items():
        is_text = field not in OPTIONS or field == MAPPER_FILTER_OPTION
        if not is_text or not isinstance(value, str) or value in REMOVED:
            continue
        for stream in read:
            has_self = field in stream.records
            for problem in expression_problems(value, stream.records, config, has_self=has_self):
                yield f"{field!r} in {stream.name}: {problem}"


def _replaced_maps(maps: Mapping[str, StreamMap], streams: Sequence[MappedStream]) -> Iterator[str]:
    """Yield the maps of which a later map takes the place, so that they hide nothing.

    Of several maps that match a stream, the SDK uses the last only.
    """
    seen = set()
    for stream in streams:
        keys = [
            key
            for key, entry in maps.items()
            if not key.startswith("__")
            and _source(key, entry) == key
            and _matches(key, entry, stream)
        ]
        for earlier, later in itertools.product(keys[:-1], keys[-1:]):
            lost = _lost(maps[earlier], maps[later], stream, is_named=later == stream.name)
            if lost and (earlier, later) not in seen:
                seen.add((earlier, later))
                yield (
                    f"stream_maps: {later!r} replaces {earlier!r} for the stream {stream.name}, "
                    f"so that {', '.join(lost)} of {earlier!r} would have no effect. Repeat it "
                    f"in {later!r}."
                )


def _lost(
    earlier: StreamMap, later: StreamMap, stream: MappedStream, *, is_named: bool
) -> list[str]:
    """Return what an earlier map does to a stream, and the later map does not."""
    if later is None or isinstance(later, str):
        return []
    if earlier is None or isinstance(earlier, str):
        # "*": null before a map of one stream is the way to select this stream.
        return [] if is_named else ["the removal"]
    lost = [MAPPER_FILTER_OPTION] if MAPPER_FILTER_OPTION in earlier.keys() - later.keys() else []
    if MAPPER_ELSE_OPTION in later:
        return lost
    if MAPPER_ELSE_OPTION in earlier:
        lost.append(MAPPER_ELSE_OPTION)
    return lost + sorted(earlier.keys() & stream.fields - later.keys())
