"""The service as a web application."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tap_mailjet.sandbox import delivery, refusals, request_quotes
from tap_mailjet.sandbox.errors import ApiError
from tap_mailjet.sandbox.service import ROOT

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from tap_mailjet.sandbox.connection import Connection
    from tap_mailjet.sandbox.service import Service
    from tap_mailjet.sandbox.trouble import Blow

_LOGGER = logging.getLogger(__name__)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""All reach the service: it is to refuse them in the API's own words."""
UNAUTHORIZED = 401
_HEADERS = {
    UNAUTHORIZED: {"WWW-Authenticate": 'Basic realm="API key and secret key"'},
    405: {"Allow": "GET"},
}


def build(service: Service) -> Starlette:
    """Return the web application of a service."""

    # A coroutine, so that queries run one after another in the server's thread: the database is
    # behind one lock anyway, and a pool of threads would only add to each request.
    async def endpoint(request: Request) -> ASGIApp:
        path, pairs = request.url.path, request.query_params.multi_items()
        blow = service.trouble.strike(path.removeprefix(ROOT), pairs)
        connection: Connection = request.state.connection
        if blow.kind in delivery.SILENT:
            service.remember(path, pairs, 0)
            await connection.pause(blow.delay)
            return delivery.silence(blow.kind, connection)
        # Before the wait: the account is read, and changes, in the order of the requests.
        response = _respond(service, request, blow)
        await connection.pause(blow.delay)
        drip_seconds = service.trouble.faults.drip_seconds
        return delivery.deliver(blow.kind, response, connection, drip_seconds=drip_seconds)

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])


def _respond(service: Service, request: Request, blow: Blow) -> Response:
    """Return the response to a request, as it is before it is sent."""
    path, pairs = request.url.path, request.query_params.multi_items()
    as_html = service.quirks.error_bodies == "html"
    if blow.refusal is not None:
        refusal = blow.refusal if as_html else refusals.as_json(blow.refusal)
        if blow.quotes is not None:
            authorization = request.headers.get("authorization", "")
            refusal = request_quotes.quoting(refusal, blow.quotes, str(request.url), authorization)
        status, content, media, headers = refusal
        service.remember(path, pairs, status)
        headers = _HEADERS.get(status, {}) | headers
        return Response(content, status_code=status, media_type=media, headers=headers)
    try:
        status, body = service.answer(
            request.method, path, pairs, request.headers.get("authorization", "")
        )
        if status == HTTPStatus.OK:
            body = service.trouble.break_values(path.removeprefix(ROOT), body)
    except Exception:
        # Caught here, for a failure that reaches uvicorn costs the client its connection.
        _LOGGER.exception("no answer to %s %s", request.method, path)
        error = ApiError(500, "The sandbox failed; its log says why.")
        status, body = error.status, error.body()
    if status == UNAUTHORIZED and as_html:
        # Seen on the live API: 401 with a type but without a body.
        return Response(b"", status, _HEADERS[status], refusals.HTML)
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/json",
        headers=_HEADERS.get(status),
    )
