"""The service as a web application."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tap_mailjet.sandbox.api.errors import ApiError
from tap_mailjet.sandbox.faults import canned_responses, request_quotes
from tap_mailjet.sandbox.server import delivery
from tap_mailjet.sandbox.server.service import ROOT

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from tap_mailjet.sandbox.faults.injector import InjectedFault
    from tap_mailjet.sandbox.server.connection import Connection
    from tap_mailjet.sandbox.server.service import Service

_LOGGER = logging.getLogger(__name__)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""All scope the service: it is to refuse them in the API's own words."""
UNAUTHORIZED = 401
_HEADERS = {
    UNAUTHORIZED: {"WWW-Authenticate": 'Basic realm="API key and secret key"'},
    405: {"Allow": "GET"},
}


def build(service: Service) -> Starlette:
    """Return the web application of a service."""

    # A coroutine, so that queries run one after another in the server's thread: the database has
    # one lock anyway, and a thread pool would only slow each request down.
    async def endpoint(request: Request) -> ASGIApp:
        path, pairs = request.url.path, request.query_params.multi_items()
        fault = service.fault_injector.next_fault(path.removeprefix(ROOT), pairs)
        connection: Connection = request.state.connection
        if fault.kind in delivery.SILENT:
            service.log(path, pairs, 0)
            await connection.pause(fault.delay)
            return delivery.silence(fault.kind, connection)
        # Before the wait, so that the account is read and changed in the order of the requests.
        response = _respond(service, request, fault)
        await connection.pause(fault.delay)
        drip_seconds = service.fault_injector.faults.drip_seconds
        return delivery.deliver(fault.kind, response, connection, drip_seconds=drip_seconds)

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])


def _respond(service: Service, request: Request, fault: InjectedFault) -> Response:
    """Return the response to a request, as it is before it is sent."""
    path, pairs = request.url.path, request.query_params.multi_items()
    as_html = service.quirks.error_bodies == "html"
    if fault.canned is not None:
        canned = fault.canned if as_html else canned_responses.as_json(fault.canned)
        if fault.quotes is not None:
            authorization = request.headers.get("authorization", "")
            canned = request_quotes.quoting(canned, *fault.quotes, str(request.url), authorization)
        status, content, media, headers = canned
        service.log(path, pairs, status)
        headers = _HEADERS.get(status, {}) | headers
        return Response(content, status_code=status, media_type=media, headers=headers)
    try:
        status, body = service.respond(
            request.method, path, pairs, request.headers.get("authorization", "")
        )
        if status == HTTPStatus.OK:
            body = service.fault_injector.break_values(path.removeprefix(ROOT), body)
    except Exception:
        # Caught here, because uvicorn would close the connection.
        _LOGGER.exception("no response to %s %s", request.method, path)
        error = ApiError(500, "The sandbox failed; see its log.")
        status, body = error.status, error.body()
    if status == UNAUTHORIZED and as_html:
        # Seen on the live API: 401 with a content type and without a body.
        return Response(b"", status, _HEADERS[status], canned_responses.HTML)
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/json",
        headers=_HEADERS.get(status),
    )
