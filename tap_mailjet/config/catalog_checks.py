"""Check the selection in a catalog, in which the SDK ignores names that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.config.other_taps import stream_hint
from tap_mailjet.config.suggestions import did_you_mean, misspelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk import Stream
    from singer_sdk.singerlib import Catalog, CatalogEntry

MOST_NAMED = 5
"""How many mistakes a message names; the catalog of another tap has many."""


class CatalogError(ValueError):
    """A catalog that selects streams or fields that do not exist."""


def check_catalog(catalog: Catalog, streams: Mapping[str, Stream]) -> None:
    """Check that the selected streams and fields exist.

    Raises:
        CatalogError: The sync would be without selected data, or with data that was deselected.
    """
    if catalog and not catalog.keys() & streams.keys():
        names = ", ".join(list(catalog)[:MOST_NAMED])
        hint = stream_hint(next(iter(catalog)), streams)
        message = (
            f"The catalog is one of another tap: it has {names}, and no stream of this tap.{hint} "
            f"--discover writes a catalog."
        )
        raise CatalogError(message)
    problems = [
        problem
        for entry in catalog.streams
        if entry.metadata.resolve_selection()[()]
        for problem in _problems(entry, streams)
    ]
    if problems:
        more = len(problems) - MOST_NAMED
        others = f" {more} more names do not exist." if more > 0 else ""
        message = (
            f"{' '.join(problems[:MOST_NAMED])}{others} Correct the catalog, or discover it again "
            f"with --discover."
        )
        raise CatalogError(message)


def _problems(entry: CatalogEntry, streams: Mapping[str, Stream]) -> Iterator[str]:
    """Yield the mistakes of a selected entry."""
    name = entry.tap_stream_id
    stream = streams.get(name)
    if stream is None:
        hint = stream_hint(name, streams)
        yield f"The catalog selects {name!r}, which is not a stream of this tap.{hint}"
        return
    fields = stream.schema["properties"]
    for breadcrumb, metadata in entry.metadata.items():
        field = breadcrumb[1] if len(breadcrumb) > 1 else ""
        if field in fields or not field:
            continue
        if metadata.selected:
            hint = did_you_mean(field, fields)
            yield f"The catalog selects {field!r} in {name}, which is not a field of it.{hint}"
        elif metadata.selected is False and (meant := misspelled(field, fields)):
            yield (
                f"The catalog deselects {field!r} in {name}, which is not a field of it. Did you "
                f"mean {meant!r}? That field would be written."
            )
