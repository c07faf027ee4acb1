"""The API without HTTP: from the parts of a request to a status and a body."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account.clock import to_seconds
from tap_mailjet.sandbox.api import counters, list_query
from tap_mailjet.sandbox.api.errors import ApiError, BadParameterError, NotFoundError
from tap_mailjet.sandbox.api.parameters import first, integer, joined
from tap_mailjet.sandbox.api.registry import CHILDREN, RESOURCES, named
from tap_mailjet.sandbox.faults.injector import FaultInjector
from tap_mailjet.sandbox.server.request_log import Request, RequestLog
from tap_mailjet.sandbox.truth.churn_scheduler import ChurnScheduler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_mailjet.sandbox.account.clock import Clock
    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.api.quirks import Quirks
    from tap_mailjet.sandbox.api.resources.children import Child
    from tap_mailjet.sandbox.faults.config import Faults
    from tap_mailjet.sandbox.truth.churn_config import ChurnConfig

    StatusAndBody = tuple[int, dict[str, object]]

ROOT = "/v3/REST/"
_MESSAGE = re.compile(r"message/(\d{1,18}|[1-8]\d{18})")
_FIRST_NAMES = {name.partition("/")[0] for name in (*RESOURCES, *CHILDREN)}


class Service:
    """The API of one account. Its quirks and its fault injector may be replaced at any time."""

    def __init__(
        self,
        account: Account,
        clock: Clock,
        quirks: Quirks,
        key_pair: tuple[str, str],
        *,
        faults: Faults,
        churn: ChurnConfig,
    ) -> None:
        self.account = account
        self.clock = clock
        self.quirks = quirks
        self.fault_injector = FaultInjector(faults)
        self.churn_scheduler = ChurnScheduler(account, churn, self.now)
        self.requests = RequestLog()
        self._credentials = ":".join(key_pair).encode()

    @property
    def now(self) -> int:
        """Return the Unix second up to which the account is visible."""
        return to_seconds(self.clock.now())

    def respond(
        self, method: str, path: str, pairs: Sequence[tuple[str, str]], authorization: str
    ) -> StatusAndBody:
        """Return the HTTP status and the body of a response, and log the request."""
        self.churn_scheduler.count(self.now)
        try:
            status, body = 200, self._read(method, path, pairs, authorization)
        except ApiError as error:
            status, body = error.status, error.body()
        self.log(path, pairs, status)
        return status, body

    def log(self, path: str, pairs: Sequence[tuple[str, str]], status: int) -> None:
        """Add a request to the log."""
        self.requests.add(Request(path.removeprefix(ROOT), joined(pairs), status))

    def _read(
        self, method: str, path: str, pairs: Sequence[tuple[str, str]], authorization: str
    ) -> dict[str, object]:
        """Return the body of a response with status 200, or raise ApiError."""
        if not path.startswith(ROOT):
            raise ApiError(404, f"There is nothing at {path}.")
        if not self._is_authorized(authorization):
            raise ApiError(401, "API key authentication/authorization failure.")
        if method != "GET":
            raise ApiError(405, f"Method {method} is not allowed, only GET.")
        name, parent = named(path.removeprefix(ROOT))
        now, quirks, given = self.now, self.quirks, first(pairs)
        if name == counters.NAME:
            return counters.response(self.account, given, quirks, now)
        if name in CHILDREN:
            return self._read_child(name, parent, given, now)
        if single := _MESSAGE.fullmatch(name):
            return list_query.object_response(
                self.account, RESOURCES["message"], given, quirks, now=now, key=int(single[1])
            )
        if name not in RESOURCES:
            raise self._unknown(name)
        return list_query.response(self.account, RESOURCES[name], given, quirks, now=now)

    def _read_child(
        self, name: str, parent: str, given: dict[str, str], now: int
    ) -> dict[str, object]:
        """Return the body of a response about the rows of a parent, or raise ApiError."""
        child = CHILDREN[name]
        if child.parameter:
            if child.parameter not in given:
                raise BadParameterError(child.parameter, "is required")
            parent = str(integer(child.parameter, given.pop(child.parameter)))
        elif not parent:
            raise self._unknown(name)
        number = self._known(child, parent, now)
        respond = list_query.single_response if child.is_single else list_query.response
        return respond(self.account, child.resource, given, self.quirks, now=now, parent=number)

    def _known(self, child: Child, parent: str, now: int) -> int:
        """Return the ID of a parent that is there, or raise ApiError."""
        resource = RESOURCES[child.parent]
        try:
            number = integer("ID", parent)
        except BadParameterError as error:
            raise NotFoundError(resource.name, parent) from error
        where = f"{resource.visible} AND {resource.key} = :parent"
        if child.is_empty_if_unknown:
            return number
        if not self.account.read(resource.count(where), {"clock": now, "parent": number})[0][0]:
            raise NotFoundError(resource.name, parent)
        return number

    def _unknown(self, path: str) -> ApiError:
        """Return the error for a path that names no resource.

        400 for an unknown resource was seen; a path below a known one can be a 500.
        """
        name, _, rest = path.partition("/")
        if name in RESOURCES and rest.isdecimal():
            return ApiError(501, f'The sandbox does not serve single objects: "{path}".')
        below = rest and name in _FIRST_NAMES
        status = int(self.quirks.unknown_paths) if below else 400
        return ApiError(status, f'Invalid resource: "{path}".')

    def _is_authorized(self, authorization: str) -> bool:
        """Return True if a header has the key pair."""
        scheme, _, encoded = authorization.partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return False
        return scheme.lower() == "basic" and secrets.compare_digest(given, self._credentials)
