"""A local Mailjet to be used in a `with` statement."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from typing_extensions import Self, override

from tap_mailjet.sandbox.account import added_events
from tap_mailjet.sandbox.account.clock import Clock, to_seconds, to_utc
from tap_mailjet.sandbox.account.database import Account
from tap_mailjet.sandbox.account.size import Size
from tap_mailjet.sandbox.api.drawn_values import drawing
from tap_mailjet.sandbox.api.quirks import Quirks
from tap_mailjet.sandbox.faults.config import Faults
from tap_mailjet.sandbox.faults.injector import FaultInjector
from tap_mailjet.sandbox.server import app
from tap_mailjet.sandbox.server.service import Service
from tap_mailjet.sandbox.server.web_server import Server, bind
from tap_mailjet.sandbox.truth.churn_config import ChurnConfig
from tap_mailjet.sandbox.truth.ground_truth import GroundTruth

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path
    from types import TracebackType

    from tap_mailjet.sandbox.account.added_events import EventKind
    from tap_mailjet.sandbox.server.request_log import RequestLog

DEFAULT_KEY_PAIR = ("sandbox-key", "sandbox-secret")


class Sandbox(GroundTruth):
    """A generated account that is served over HTTP within a `with` statement.

    Args:
        size: The size of the account.
        seed: The same seed, size and `until` generate the same account.
        until: The end of the account's history, aware; None is now.
        quirks: How the API behaves where the real API is not documented.
        faults: The faults of requests; None is no faults.
        churn: How the account changes while it is read; None is no changes.
        clock: The time up to which the account is visible; None stands still at `until`.
        api_key: The user of HTTP Basic.
        api_secret: The password of HTTP Basic.
        host: The address to listen on.
        port: The port to listen on; 0 is a free port.
        path: A new file for the account's database, which is kept; None is a temporary file.

    Attributes:
        clock: May be set and advanced at any time.
        api_key: As given.
        api_secret: As given.

    Raises:
        ValueError: If `until` has no time zone.
    """

    def __init__(
        self,
        *,
        size: Size | None = None,
        seed: int = 1,
        until: datetime | None = None,
        quirks: Quirks | None = None,
        faults: Faults | None = None,
        churn: ChurnConfig | None = None,
        clock: Clock | None = None,
        api_key: str = DEFAULT_KEY_PAIR[0],
        api_secret: str = DEFAULT_KEY_PAIR[1],
        host: str = "127.0.0.1",
        port: int = 0,
        path: Path | None = None,
    ) -> None:
        self._size = size or Size()
        self._seed = seed
        self._until = to_utc(until or datetime.now(timezone.utc))
        self._quirks = quirks or Quirks()
        self._faults = faults or Faults()
        self._churn = churn or ChurnConfig()
        self.clock = clock or Clock(at=self._until)
        self.api_key = api_key
        self.api_secret = api_secret
        self._address = (host, port)
        self._path = path
        self._service: Service | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Generate the account and start to serve it.

        Raises:
            OSError: If the address is in use.
            FileExistsError: If there is a file at `path`.
        """
        with ExitStack() as stack:
            # The address first: a large account takes a while to generate.
            bound = stack.enter_context(bind(*self._address))
            self._address = bound.getsockname()[:2]
            until = to_seconds(self._until)
            account = Account(self._size, self._seed, until, self._path)
            stack.callback(account.close)
            account.define("drawn", drawing(self._seed))
            self._service = Service(
                account,
                self.clock,
                self._quirks,
                (self.api_key, self.api_secret),
                faults=self._faults,
                churn=self._churn,
            )
            server = Server(app.build(self._service), bound)
            server.start()
            stack.callback(server.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Return the root of the API, without a slash at the end; valid once entered."""
        host, port = self._address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def quirks(self) -> Quirks:
        """Return how the API behaves; may be replaced at any time."""
        return self._quirks

    @quirks.setter
    def quirks(self, quirks: Quirks) -> None:
        self._quirks = quirks
        if self._service is not None:
            self._service.quirks = quirks

    @property
    def faults(self) -> Faults:
        """Return the faults; may be replaced at any time, and are counted from 0 then."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        if self._service is not None:
            self._service.fault_injector = FaultInjector(faults)

    @property
    def injected_faults(self) -> Counter[str]:
        """Return the number of requests for each fault since `faults` was set, by name in Faults.

        The rate limit, permanent failures, scheduled statuses (`scheduled`) and responses with
        broken values (`broken`) are counted too; latency is not.
        """
        return self._served.fault_injector.injected_faults()

    @property
    def churn(self) -> ChurnConfig:
        """Return how the account changes; may be replaced at any time.

        A configuration that changes anything also sets the mark; another one stops all changes.
        """
        return self._churn

    @churn.setter
    def churn(self, churn: ChurnConfig) -> None:
        self._churn = churn
        if self._service is not None:
            self._service.churn_scheduler.follow(churn, self._service.now)

    def mark(self) -> None:
        """Set the mark that `survivors` and `ever` refer to, as entering and setting churn do."""
        self._served.churn_scheduler.mark(self._served.now)

    @property
    def requests(self) -> RequestLog:
        """Return the requests served so far, in order."""
        return self._served.requests

    def add_event(
        self,
        kind: EventKind,
        *,
        message_id: int,
        at: datetime,
        visible_at: datetime | None = None,
        url: str | None = None,
    ) -> None:
        """Add an event of a message, visible from `visible_at` on; None is as soon as possible.

        Times are aware and cut to the second.

        Raises:
            ValueError: If there is no such message, a time has no zone, or the event is earlier
                than its message or visible before it happened.
        """
        account = self._served.account
        added_events.add_event(
            account, kind, message_id=message_id, at=at, visible_at=visible_at, url=url
        )

    def delete_campaign(self, campaign_id: int, *, at: datetime) -> None:
        """Delete a campaign at an aware time; its messages and events stay.

        Raises:
            ValueError: If there is no such campaign, or the time has no zone.
        """
        account, deleted_at = self._served.account, to_seconds(at)
        if not account.read("SELECT 1 FROM campaign WHERE ID = ?", (campaign_id,)):
            message = f"there is no campaign {campaign_id}"
            raise ValueError(message)
        account.write("UPDATE campaign SET DeletedAt = ? WHERE ID = ?", (deleted_at, campaign_id))

    @property
    @override
    def _served(self) -> Service:
        if self._service is None:
            message = "the sandbox has no account before it is entered: use it in a with statement"
            raise RuntimeError(message)
        return self._service
