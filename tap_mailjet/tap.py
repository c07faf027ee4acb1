"""The tap: its name, its settings, its streams."""

from __future__ import annotations

import contextlib
import functools
import json
from importlib import metadata
from typing import TYPE_CHECKING, Any, cast

import pendulum
from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.singerlib import StateMessage
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_mailjet.api.client import MailjetClient
from tap_mailjet.api.redaction import redact
from tap_mailjet.config.catalog_checks import check_catalog
from tap_mailjet.config.environment import read_environment
from tap_mailjet.config.problems import explain_problems
from tap_mailjet.config.schema import CONFIG_JSONSCHEMA
from tap_mailjet.config.settings import SettingsError, parse_settings
from tap_mailjet.config.stream_map_checks import check_stream_maps
from tap_mailjet.singer.input_files import (
    check_config_files,
    checked_catalog,
    checked_state,
)
from tap_mailjet.singer.logs import mask_in_logs
from tap_mailjet.singer.message_writer import MessageWriter, TerminationSignal
from tap_mailjet.singer.runtime import SyncRuntime
from tap_mailjet.singer.signal_handlers import SignalHandlers
from tap_mailjet.singer.state_checks import check_bookmarks, check_state
from tap_mailjet.streams.registry import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType
    from typing import IO, ClassVar

    import click
    from singer_sdk import Stream
    from singer_sdk.plugin_base import _ConfigInput

    from tap_mailjet.config.settings import Settings
    from tap_mailjet.singer.base_stream import MailjetStream


class TapMailjet(Tap):
    """A tap that extracts Mailjet's messages, events, contacts, campaigns and statistics."""

    name = "tap-mailjet"
    config_jsonschema = CONFIG_JSONSCHEMA
    message_writer_class = MessageWriter
    began: ClassVar[float | None] = None
    """When the command started, by `time.monotonic()`; None if the tap is used as a library."""
    _has_state = False

    def __init__(self, *, validate_config: bool = True, **kwargs: Any) -> None:
        """Check the settings, unless `validate_config` is false, before the first request.

        Raises:
            ConfigValidationError: The settings are invalid. `errors` lists every problem and
                contains no secret.
            StateError: The state is not of the form that this tap writes.
        """
        self._signal_handlers = SignalHandlers()
        if isinstance(kwargs.get("state"), list):  # the SDK would treat it as a path
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
        # Messages of the JSON schema validator quote the invalid value.
        secrets = [str(self.config.get(name, "")) for name in ("api_secret", "api_key")]
        problems = explain_problems(error.errors, self.config, CONFIG_JSONSCHEMA["properties"])
        errors = [redact(problem, secrets) for problem in problems]
        return ConfigValidationError("; ".join(errors), errors=errors, schema=error.schema)

    @classproperty
    @override
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        cls.append_builtin_config(CONFIG_JSONSCHEMA)
        return read_environment(CONFIG_JSONSCHEMA["properties"])

    @override
    def setup_mapper(self) -> None:
        """Check the names in the catalog and in the stream maps, and prepare the maps.

        Raises:
            CatalogError: The catalog selects streams or fields that do not exist.
            ConfigValidationError: A stream map names a stream or a field that does not exist.
        """
        if self.input_catalog is not None:
            check_catalog(self.input_catalog, self.streams)
        check_stream_maps(self.config, lambda: self.streams)
        super(Tap, self).setup_mapper()
        for entry in self.catalog.streams:
            name, schema = entry.stream or entry.tap_stream_id, entry.schema.to_dict()
            mask = entry.metadata.resolve_selection()
            if mask[()]:
                schema = get_selected_schema(name, schema, mask)
            self.mapper.register_raw_stream_schema(name, schema, entry.key_properties)

    @functools.cached_property
    def settings(self) -> Settings:
        """The settings, parsed and checked against each other."""
        return parse_settings(self.config)

    @functools.cached_property
    def runtime(self) -> SyncRuntime:
        """The resources that all streams share in one sync; `sync_all` closes them."""
        settings = self.settings
        client = MailjetClient(
            api_url=settings.api_url,
            api_key=settings.api_key,
            api_secret=settings.api_secret,
            timeout=settings.request_timeout,
            connections=settings.max_concurrency,
            user_agent=settings.user_agent or f"{self.name}/{metadata.version(self.name)}",
            began=self.began,
        )
        mask_in_logs(client.redactor)
        return SyncRuntime(
            settings,
            client,
            started=pendulum.from_timestamp(self.initialized_at // 1000),
            selects_all=lambda: all(stream.selected for stream in self.streams.values()),
        )

    @contextlib.contextmanager
    def _open_runtime(self) -> Iterator[SyncRuntime]:
        """Close the client and the threads after a sync, and restore the signal handlers."""
        try:
            with self.runtime as runtime:
                yield runtime
        finally:
            del self.runtime
            if self.began is None:  # otherwise the command handles signals until it ends
                self._signal_handlers.restore()

    @override  # type: ignore[misc] # final, but it has no hook
    def sync_all(self) -> None:
        """Sync the selected streams.

        Raises:
            IncompleteSyncError: Some streams failed; the others were synced.
        """
        with self._open_runtime() as runtime:
            for stream in self._mailjet_streams():
                if not stream.parent_stream_type:
                    stream.prefetch()
            super().sync_all()
            runtime.report.check()

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Load the state of an earlier sync.

        Raises:
            StateError: The state is not of the form that this tap writes.
        """
        check_state(state)
        now = pendulum.from_timestamp(self.initialized_at // 1000)
        if bookmarks := state.get("bookmarks"):
            for name in check_bookmarks(bookmarks, self.streams, now):
                message = "The state has a bookmark for %s, which is not a stream of this tap."
                self.logger.warning(message, name)
        super().load_state(state)
        self._has_state = True

    def write_last_state(self) -> bool:
        """Write the state after an interruption; return False if there is no state to write.

        Before the state of the earlier sync is loaded, a STATE would lose its bookmarks.

        Raises:
            OutputError: The state cannot be written.
        """
        if not self._has_state or not self.state:
            return False
        message = StateMessage(value=self.state)
        if isinstance(self.message_writer, MessageWriter):
            self.message_writer.write_last(message)
        else:
            self.write_message(message)
        return True

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        # The SDK would write the state from within the handler, possibly into the middle of a
        # line, and exit with 0, which means a complete sync.
        stop = TerminationSignal(signum, self)
        # The SDK sets the handler before it creates the writer.
        writer = getattr(self, "message_writer", None)
        if isinstance(writer, MessageWriter):
            writer.stop(stop)
        else:
            raise stop

    @override  # type: ignore[misc] # final, but the SDK's returns True in any case
    def run_sync_dry_run(
        self, dry_run_record_limit: int | None = 1, streams: Iterable[Stream] | None = None
    ) -> bool:
        """Read one record of each stream, or of each given stream.

        Raises:
            IncompleteSyncError: Some streams failed; the log has a line for each.
        """
        with self._open_runtime() as runtime:
            runtime.is_dry_run = True
            is_done = super().run_sync_dry_run(dry_run_record_limit, streams)
            runtime.report.check_dry_run()
        return is_done

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        check_config_files(value)
        return super().cb_config(ctx, param, value)

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        if value in {CliTestOptionValue.Disabled.value, CliTestOptionValue.Schema.value}:
            super().cb_test(ctx, param, value)
            return
        config: _ConfigInput = ctx.params["config"]
        # The SDK ignores the catalog here, and with it the selection of streams.
        catalog = checked_catalog(ctx.params.get("catalog"))
        tap = cls(
            config=config.config,
            catalog=None if catalog is None else json.load(catalog),
            parse_env_config=config.parse_env,
        )
        if catalog is None:
            tap.run_connection_test()
        else:
            selected = [
                stream
                for stream in tap.streams.values()
                if stream.selected or stream.has_selected_descendents
            ]
            tap.run_sync_dry_run(streams=selected)
        ctx.exit()

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        for option in command.params:
            # Click processes eager options first: --test needs the catalog in any order of options.
            option.is_eager = option.is_eager or option.name == "catalog"
        return command

    @classmethod
    @override
    def invoke(  # type: ignore[override] # the SDK's own signature differs, too
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        """Run the command after checking the state file and the catalog file.

        Raises:
            InputFileError: A file does not contain a state or a catalog.
        """
        super().invoke(
            about=about,
            about_format=about_format,
            config=config,
            state=None if about else checked_state(state),
            catalog=None if about else checked_catalog(catalog),
        )

    @override
    def discover_streams(self) -> list[MailjetStream]:
        return [stream(self, lambda: self.runtime) for stream in STREAMS]

    def _mailjet_streams(self) -> list[MailjetStream]:
        return [cast("MailjetStream", stream) for stream in self.streams.values()]
