"""Find the messages that had new events in a range of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from tap_mailjet.api.errors import ForbiddenError, NotFoundError
from tap_mailjet.reading.time_windows import TimeFilter
from tap_mailjet.reading.windowed_reader import TimeFilterError, WindowedReader
from tap_mailjet.records.conversion import clock_function
from tap_mailjet.records.row_fields import decode_fields, key_function, lookup
from tap_mailjet.records.values import MISFIT, integer
from tap_mailjet.timestamps import record_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pendulum
    from msgspec import Raw

    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.time_windows import Window

    Query = Mapping[str, str]

T = TypeVar("T")
EVENT_CLOCK = TimeFilter("EventFromTs", "EventToTs")


class EventSource(NamedTuple):
    """A resource that lists events of messages.

    Attributes:
        resource: Its name.
        clock: The time of an event.
        message: The ID of the message.
        time_filter: The parameters that filter by this time.
        arrived: The time at which the message arrived, if the resource has it.
        more_key: Fields that, with the message and the time, identify an event.
        params: Parameters of every request.
        lists_messages: True if the resource lists all messages, also those without an event.
    """

    resource: str
    clock: str
    message: str = "MessageID"
    time_filter: TimeFilter = EVENT_CLOCK
    arrived: str = "ArrivedAt"
    more_key: Sequence[str] = ()
    params: Mapping[str, str] = {}
    lists_messages: bool = False


# Clicks come last: they do not name the campaign of the message, but most clicks follow an open.
SOURCES = (
    EventSource("openinformation", "OpenedAt", more_key=("UserAgentID",)),
    EventSource("bouncestatistics", "BouncedAt", message="ID"),
    EventSource(
        "messagesentstatistics",
        "ComplaintDate",
        time_filter=TimeFilter("SpamEventFromTs", "SpamEventToTs"),
        arrived="ArrivalTs",
        # Without AllMessages, only the first message of each campaign is listed (documented).
        params={"AllMessages": "true", "ShowExtraData": "true"},
        lists_messages=True,
    ),
    EventSource("clickstatistics", "ClickedAt", more_key=("Url",)),
)
"""An unsubscription changes the Status of its message, and no resource lists it by message."""


class TouchedMessage(NamedTuple):
    """A message with an event.

    Attributes:
        number: Its ID.
        contact: The ID of the contact, None if unknown.
        campaign: The ID of the campaign, None if unknown.
        arrived: When it arrived, None if unknown.
        happened: When the event happened; None if the time is invalid.
    """

    number: int
    contact: int | None
    campaign: int | None
    arrived: str | None
    happened: str | None


class TouchedMessages:
    """A reader of the messages that had events.

    Args:
        reader: Reads the resources of the account.
        on_reread: Called with the number of repeated reads.
        warn: Called with a warning about the server or its rows.
        now: When the sync started.
    """

    def __init__(
        self,
        reader: PageReader,
        *,
        on_reread: Callable[[int], None],
        warn: Callable[[str], None],
        now: pendulum.DateTime,
    ) -> None:
        self._reader = reader
        self._on_reread = on_reread
        self._warn = warn
        self._now = now

    def read(
        self, source: EventSource, queries: Sequence[Query], whole: Window
    ) -> Iterator[TouchedMessage]:
        """Yield the message of each event in a range.

        Raises:
            FatalAPIError: The events cannot be read completely.
        """
        nameless, has_read = 0, False
        try:
            for row in self._rows(source, queries, whole):
                has_read = True
                touched = _touched_by(source, row)
                if touched is None:
                    nameless += 1
                else:
                    yield touched
        except (ForbiddenError, NotFoundError) as error:
            # Every account has the other resources. A complaint also changes the Status.
            if has_read or not source.lists_messages:
                raise
            self._warn(
                f"Mailjet refuses {source.resource}, so complaints about earlier messages are not "
                f"followed: {error}"
            )
        if nameless:
            self._warn(f"{nameless} events of {source.resource} do not name their message.")

    def _rows(self, source: EventSource, queries: Sequence[Query], whole: Window) -> Iterator[Raw]:
        reader = self._reader.for_resource(source.resource)
        chosen = [{**query, **source.params} for query in queries]
        timestamp = clock_function(source.clock)
        undated: list[Raw] = []
        is_filtered = True

        def clock(row: Raw) -> str | None:
            try:
                return timestamp(row)
            except ValueError:
                return None

        def keep_undated(row: Raw) -> None:
            if not source.lists_messages:
                undated.append(row)  # it is an event, at some time
            elif str(lookup(decode_fields(row), "Spam")).lower() in {"true", "1"}:
                undated.append(row)
            elif is_filtered:
                message = f"Mailjet returned a message without {source.clock}"
                raise TimeFilterError(message)

        windowed = WindowedReader(
            reader,
            chosen,
            time_filter=source.time_filter,
            key=key_function([source.message, source.clock, *source.more_key]),
            clock=clock,  # type: ignore[arg-type] # all rows are undecoded
            on_reread=self._on_reread,
            on_undated=keep_undated,  # type: ignore[arg-type] # all rows are undecoded
            now=self._now,
        )
        try:
            for _, rows in windowed.read(whole, expects_many=False):
                yield from rows  # type: ignore[misc] # all rows are undecoded
        except TimeFilterError as finding:
            is_filtered = False
            evidence = str(finding).rstrip(".")
            rows_in_all = sum(max(0, reader.row_count(query)) for query in chosen)
            self._warn(
                f"Mailjet does not filter {source.resource} by {source.time_filter.lower} and "
                f"{source.time_filter.upper}: {evidence}. To find messages with new events, all of "
                f"it is read: about {rows_in_all} rows and "
                f"{len(chosen) + rows_in_all // reader.page_size} requests in each sync."
            )
            yield from windowed.read_unfiltered(whole)  # type: ignore[misc] # undecoded
        yield from undated


def _touched_by(source: EventSource, row: Raw) -> TouchedMessage | None:
    """Return the message of an event; None if the event does not name its message."""
    try:
        fields = decode_fields(row)
        number = integer(lookup(fields, source.message))
    except MISFIT:
        return None
    if not number:  # the documentation has an open whose MessageID is empty
        return None
    return TouchedMessage(
        number,
        _known(integer, fields, "ContactID"),
        _known(integer, fields, "CampaignID"),
        _known(record_time, fields, source.arrived),
        _known(record_time, fields, source.clock),
    )


def _known(convert: Callable[[Any], T | None], fields: Mapping[str, Any], name: str) -> T | None:
    """Return the value of a field, None if it is absent, zero or invalid."""
    try:
        return convert(lookup(fields, name)) or None
    except MISFIT:
        return None
