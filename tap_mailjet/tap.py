"""The tap: its name, its settings, its streams."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pendulum
from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError
from typing_extensions import override

from tap_mailjet.access import Access
from tap_mailjet.client import MailjetClient
from tap_mailjet.config_schema import CONFIG_JSONSCHEMA
from tap_mailjet.early import EarlyPages
from tap_mailjet.messages import MessageWriter, Stop
from tap_mailjet.redaction import redact
from tap_mailjet.report import Report
from tap_mailjet.server_findings import ServerFindings
from tap_mailjet.settings import SettingsError, parse_settings
from tap_mailjet.streams.bookmark_settings import KEY, find_problem
from tap_mailjet.streams.catalogue import STREAMS
from tap_mailjet.windows import parse_instant

if TYPE_CHECKING:
    from types import FrameType

    from tap_mailjet.settings import Settings
    from tap_mailjet.streams.base import MailjetStream


class StateError(ValueError):
    """A state that cannot be one; going on would read everything anew, in silence."""


class TapMailjet(Tap):
    """Mailjet's reports for a warehouse: who was mailed, what bounced, was opened, was clicked."""

    name = "tap-mailjet"
    config_jsonschema = CONFIG_JSONSCHEMA
    message_writer_class = MessageWriter

    def __init__(self, *, validate_config: bool = True, **kwargs: Any) -> None:
        """Check the settings, unless told not to, before anything is asked of Mailjet.

        Raises:
            ConfigValidationError: with every problem in `errors`, none of which shows a secret.
            StateError: the state is not of the form that this tap writes.
        """
        if isinstance(kwargs.get("state"), list):  # the SDK would take it for a path
            check_state(kwargs["state"])
        try:
            super().__init__(validate_config=validate_config, **kwargs)
            if validate_config:
                _ = self.settings
        except ConfigValidationError as error:
            raise self._without_secrets(error) from None
        except SettingsError as error:
            raise ConfigValidationError(str(error), errors=error.problems) from None

    def _without_secrets(self, error: ConfigValidationError) -> ConfigValidationError:
        # JSON schema's messages quote the value that is wrong.
        secrets = [str(self.config.get(name, "")) for name in ("api_secret", "api_key")]
        errors = [redact(problem, secrets) for problem in error.errors]
        return ConfigValidationError("; ".join(errors), errors=errors, schema=error.schema)

    @functools.cached_property
    def settings(self) -> Settings:
        """The settings, parsed and cross-checked."""
        return parse_settings(self.config)

    @functools.cached_property
    def access(self) -> Access:
        """What all streams of this sync share."""
        settings = self.settings
        client = MailjetClient(
            api_url=settings.api_url,
            api_key=settings.api_key,
            api_secret=settings.api_secret,
            timeout=settings.request_timeout,
            connections=settings.max_concurrency,
            user_agent=settings.user_agent or f"{self.name}/{metadata.version(self.name)}",
        )
        pool = ThreadPoolExecutor(settings.max_concurrency, thread_name_prefix="mailjet")
        started = pendulum.from_timestamp(self.initialized_at // 1000)
        return Access(
            settings,
            client,
            pool,
            started,
            Report(),
            EarlyPages(pool, 2 * settings.max_concurrency),
            ServerFindings(),
            streams=sorted(self.streams),
            wants_all=all(stream.selected for stream in self.streams.values()),
        )

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the state of an earlier sync.

        Raises:
            StateError: it is not of the form that this tap writes.
        """
        check_state(state)
        now = pendulum.from_timestamp(self.initialized_at // 1000)
        for name, bookmark in state.get("bookmarks", {}).items():
            if name in self.streams or not isinstance(bookmark, dict):
                check_bookmark(name, bookmark, now)
            else:
                self.logger.warning("The state has a bookmark of %s, which is no stream.", name)
        super().load_state(state)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        # The SDK would write the state from within the handler, maybe into the middle of a line,
        # and end with 0, which says that all was read.
        stop = Stop(signum, self)
        if isinstance(self.message_writer, MessageWriter):
            self.message_writer.stop(stop)
        else:
            raise stop

    @override
    def discover_streams(self) -> list[MailjetStream]:
        return [stream(self, lambda: self.access) for stream in STREAMS]


def check_state(state: object) -> None:
    """Refuse what cannot be the state of an earlier sync.

    Raises:
        StateError: it is not of the form that this tap writes.
    """
    bookmarks = state.get("bookmarks") if isinstance(state, dict) else None
    if state != {} and not isinstance(bookmarks, dict):
        message = (
            "The state is not one that this tap wrote: it must be an object with the key "
            '"bookmarks", as in the value of the last STATE message.'
        )
        raise StateError(message)


def check_bookmark(name: str, bookmark: object, now: pendulum.DateTime) -> None:
    """Refuse what cannot be the bookmark of one of our streams.

    Raises:
        StateError: going on from it would lose rows, or read all of them anew in silence.
    """
    remedy = "Correct it, or take the stream out of the state to read it from start_date."
    if not isinstance(bookmark, dict):
        message = f"{name}: the state must have an object, not {bookmark!r}. {remedy}"
        raise StateError(message)
    if "partitions" in bookmark:
        message = f"{name}: the state has partitions, which no stream of this tap has. {remedy}"
        raise StateError(message)
    if problem := find_problem(bookmark.get(KEY, {})):
        message = f"{name}: {problem}. {remedy}"
        raise StateError(message)
    value = bookmark.get("replication_key_value")
    if value is None:
        return
    try:
        instant = parse_instant(str(value))
    except ValueError:
        message = f"{name}: the bookmark in the state, {value!r}, is not a timestamp. {remedy}"
        raise StateError(message) from None
    # A day is more than clocks differ by.
    if instant > now.add(days=1):
        message = f"{name}: the bookmark in the state, {value!r}, lies in the future. {remedy}"
        raise StateError(message)
