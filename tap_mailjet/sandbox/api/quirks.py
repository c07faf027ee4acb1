"""Options for behaviour of the API that is not documented."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints

Bound = Literal["inclusive", "exclusive"]
Counting = Literal["honoured", "ignored", "refused", "zero", "negative", "unfiltered"]


@dataclass(frozen=True)
class Quirks:
    """How the sandbox behaves where the behaviour of the real API is not documented.

    The defaults are documented, or were seen on the live API; docs/sandbox.md lists the facts.

    Attributes:
        current_day: Which filters lift the default of the current UTC day: FromTS only, any time
            filter, any time filter or CampaignID; or off, without this default.
        lower_bound: Whether FromTS, EventFromTs and MinLastActivityAt select their own second;
            statcounters are exempt.
        upper_bound: Whether ToTS, EventToTs and MaxLastActivityAt select their own second;
            statcounters are exempt.
        event_bounds: Whether EventFromTs and EventToTs, those of spam and bounces, and
            MinUnsubscribedAt and MaxUnsubscribedAt are honoured, ignored, or refused with 400.
        activity_bounds: Whether MinLastActivityAt and MaxLastActivityAt are honoured, ignored, or
            refused with 400.
        unknown_parameters: Whether unknown parameters are ignored, or refused with 400.
        total: What `Total` of a page counts: the rows of the page, the whole result, or far more
            rows than there are.
        count_only: Whether countOnly is honoured, ignored, refused with 400, or counts wrongly: 0,
            -1, or all rows whatever the filters.
        count_records: Whether countRecords is honoured, ignored, refused with 400, or counts
            wrongly, as count_only.
        values: JSON numbers and booleans, or all of them strings, an absent number `""`.
        timestamps: With a `Z` at the end, or without.
        sort: Whether `Sort` is honoured, refused with 400, or has no effect.
        offset: Whether `Offset` is honoured, or every page is the first; or what an Offset above
            100 is: refused with 400, an empty page, or 100.
        limit: Whether `Limit` is honoured, or no page has more than 100 rows.
        hidden_rows: Which positions of a result are hidden after the limit was applied: none, every
            fifth, or the first 1,000. All rows of the account are at other positions.
        order: The order without `Sort`: by ID, or shuffled in the same way for every request.
        deleted: Whether deleted and archived rows are listed if no filter selects them.
        deleted_events: Whether rows of deleted campaigns are listed and counted where IsDeleted
            selects by the campaign and is not given.
        anonymized: Whether anonymized contacts are listed if IncludeAnonymized is not given.
        user_agent_event: What useragentstatistics without `Event` counts: opens, clicks, or it is
            refused with 400.
        message_status: Whether MessageStatus takes numbers such as `3,4`, names, or either, or is
            ignored.
        message_status_list: What `3,4` selects: either status, only the first, or it is refused
            with 400.
        empty_result: The envelope of an empty page: a list and a number, or null for Data, for
            Total, or for both.
        error_bodies: Whether 401 and 429 have a body of HTML (empty for 401) or of JSON.
        unknown_paths: The status for a path below a known resource that the API does not know.
        extra_field: Whether rows have a field that is in no schema.

    Raises:
        ValueError: If an option has an unknown value.
    """

    current_day: Literal["from_ts", "any_time", "any_time_or_campaign", "off"] = "from_ts"
    lower_bound: Bound = "exclusive"
    upper_bound: Bound = "exclusive"
    event_bounds: Literal["honoured", "ignored", "refused"] = "honoured"
    activity_bounds: Literal["honoured", "ignored", "refused"] = "honoured"
    unknown_parameters: Literal["ignored", "refused"] = "ignored"
    total: Literal["page", "result", "huge"] = "page"
    count_only: Counting = "honoured"
    count_records: Counting = "honoured"
    values: Literal["typed", "strings"] = "typed"
    timestamps: Literal["z", "naive"] = "z"
    sort: Literal["honoured", "refused", "ignored"] = "honoured"
    offset: Literal["honoured", "ignored", "refused", "empty", "clamped"] = "honoured"
    limit: Literal["honoured", "capped"] = "honoured"
    hidden_rows: Literal["none", "some", "first"] = "none"
    order: Literal["stable", "shuffled"] = "stable"
    deleted: Literal["hidden", "shown"] = "hidden"
    deleted_events: Literal["shown", "hidden"] = "shown"
    anonymized: Literal["shown", "hidden"] = "shown"
    user_agent_event: Literal["open", "click", "refused"] = "open"
    message_status: Literal["numbers", "names", "either", "ignored"] = "numbers"
    message_status_list: Literal["either", "first", "refused"] = "either"
    empty_result: Literal["list", "null_data", "null_total", "null"] = "list"
    error_bodies: Literal["html", "json"] = "html"
    unknown_paths: Literal["500", "400"] = "500"
    extra_field: bool = False

    def __post_init__(self) -> None:
        for name, known in choices().items():
            if getattr(self, name) not in known:
                message = f"{name} is one of {', '.join(known)}, not {getattr(self, name)!r}"
                raise ValueError(message)


def choices() -> dict[str, tuple[str, ...]]:
    """Return the values of each option, its default first; plain booleans are left out."""
    hints = get_type_hints(Quirks)
    known: dict[str, tuple[str, ...]] = {}
    for field in fields(Quirks):
        if isinstance(field.default, str):
            others = (value for value in get_args(hints[field.name]) if value != field.default)
            known[field.name] = (field.default, *others)
    return known
