"""The parsed values of the settings, checked once before the first request."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pendulum

from tap_mailjet.timestamps import EARLIEST_DATA, parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping


MAX_LOOKBACK_HOURS = 10**6
"""More than a century. A longer lookback would lead out of the calendar."""
MAX_LOOKBACK_DAYS = MAX_LOOKBACK_HOURS // 24


_LISTS = ("campaign_ids", "contact_list_ids", "sender_ids", "message_events_for")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings as the tap uses them: instants in UTC, IDs without duplicates.

    `start_date` is at least `EARLIEST_DATA`, and lookbacks are at most `MAX_LOOKBACK_HOURS`,
    because date arithmetic ends at the year 1.
    """

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    start_date: pendulum.DateTime | None
    end_date: pendulum.DateTime | None
    api_url: str
    lookback: pendulum.Duration
    backfill: str
    status_lookback: pendulum.Duration
    late_events: pendulum.Duration
    page_size: int
    max_concurrency: int
    request_timeout: int
    user_agent: str | None
    campaign_ids: tuple[int, ...]
    contact_list_ids: tuple[int, ...]
    sender_ids: tuple[int, ...]
    message_events_for: tuple[str, ...]
    include_deleted_campaigns: bool
    include_deleted_lists: bool
    include_newsletter_tool: bool
    include_archived: bool
    include_drafts: bool
    include_ab_tests: bool
    starred_only: bool
    segment_status: str
    counter_source: str
    counter_timing: str
    counter_resolution: str

    @property
    def secrets(self) -> tuple[str, str]:
        """The values that must never appear in a log."""
        return (self.api_secret, self.api_key)


class SettingsError(ValueError):
    """Settings that have the right types but invalid values; `problems` describes each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def parse_settings(config: Mapping[str, Any]) -> Settings:
    """Parse a configuration that the schema has accepted and whose defaults are filled in.

    Raises:
        SettingsError: Some settings are invalid; the message names each.
    """
    problems: list[str] = []
    start, end = (_date(config, name, problems) for name in ("start_date", "end_date"))
    if start and end and start >= end:
        problems.append("start_date is not before end_date, so nothing can be read")
    elif start and start > pendulum.now("UTC"):
        problems.append(f"start_date is {config['start_date']}, which is in the future")
    api_url = _api_url(config["api_url"], problems)
    problems += _counter_problems(
        config["counter_source"], config["counter_timing"], config["counter_resolution"]
    )
    if problems:
        raise SettingsError(problems)
    converted: dict[str, Any] = {
        "start_date": start and max(start, EARLIEST_DATA),
        "end_date": end,
        "api_url": api_url,
        "user_agent": config.get("user_agent"),
        "lookback": pendulum.duration(hours=min(config["lookback_window"], MAX_LOOKBACK_HOURS)),
        "status_lookback": _days(config["status_lookback_window"]),
        "late_events": _days(config["late_events_window"]),
        **{name: tuple(dict.fromkeys(config.get(name) or ())) for name in _LISTS},
    }
    unchanged = Settings.__dataclass_fields__.keys() - converted.keys()
    return Settings(**converted, **{name: config[name] for name in unchanged})


def _days(number: int) -> pendulum.Duration:
    return pendulum.duration(days=min(number, MAX_LOOKBACK_DAYS))


def _date(config: Mapping[str, Any], name: str, problems: list[str]) -> pendulum.DateTime | None:
    text = config.get(name)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):  # the latter if the offset leads out of the calendar
        problems.append(
            f"{name} is {text!r}, which is not a date such as 2024-01-31 or a timestamp such as "
            f"2024-01-31T00:00:00Z"
        )
        return None


def _api_url(url: str, problems: list[str]) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        problems.append("api_url is not the URL of an API, such as https://api.mailjet.com")
    elif parts.username or parts.password or parts.query or parts.fragment:
        problems.append("api_url must consist of scheme, host and path only")
    elif parts.scheme == "http" and not _is_loopback(parts.hostname):
        problems.append(
            f"api_url is plain http to {parts.hostname}: the key pair would be sent "
            f"unencrypted; use https"
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _counter_problems(source: str, timing: str, resolution: str) -> list[str]:
    """Return the problems of a combination that Mailjet refuses.

    Source: https://dev.mailjet.com/email/reference/statistics/
    """
    problems = []
    if resolution == "Lifetime" and timing == "Event":
        problems.append("counter_resolution Lifetime requires counter_timing Message")
    if source == "List" and (timing, resolution) != ("Message", "Lifetime"):
        problems.append(
            "counter_source List requires counter_timing Message and counter_resolution Lifetime"
        )
    if source == "Sender" and timing != "Message":
        problems.append("counter_source Sender requires counter_timing Message")
    return problems
