"""A plain client of the sandbox, and functions to read and compare rows."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests

from tap_mailjet.sandbox import Faults
from tap_mailjet.sandbox.api import registry

if TYPE_CHECKING:
    from email.message import Message

    from tap_mailjet.sandbox import Sandbox

Row = dict[str, Any]

UNTIL = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
EVENT_TIMES = {
    "bouncestatistics": "BouncedAt",
    "clickstatistics": "ClickedAt",
    "openinformation": "OpenedAt",
}
CURRENT_DAY = {
    *EVENT_TIMES,
    "campaign",
    "geostatistics",
    "message",
    "messageinformation",
    "messagesentstatistics",
    "messagestatistics",
    "toplinkclicked",
    "useragentstatistics",
}
RESOURCES = (
    *EVENT_TIMES,
    "message",
    "campaign",
    "contact",
    "contactslist",
    "contactfilter",
    "sender",
)
ALL: dict[str, dict[str, Any]] = {
    "message": {"ShowSubject": "true", "ShowContactAlt": "true", "ShowCustomID": "true"},
    "contactfilter": {"ShowDeleted": "true"},
    "sender": {"ShowDeleted": "true"},
}

_EITHER = ("true", "false")
_DELETED: list[dict[str, Any]] = [{"IsDeleted": flag} for flag in _EITHER]
_PUT_ASIDE = [{**one, "IsArchived": flag} for one in _DELETED for flag in _EITHER]
_EXTRA: list[dict[str, Any]] = [{"ShowExtraData": "true"}]
_LISTS = {
    "CalcActive": 1,
    "CalcActiveUnsub": 1,
    "CalcActiveExcludedSubscriber": 1,
    "CalcExcludedSubscriber": 1,
}
# The queries of the catalogue whose responses together have all rows of the account.
CATALOGUE: dict[str, list[dict[str, Any]]] = {
    **{name: [{}] for name in registry.RESOURCES if name not in RESOURCES},
    "axtesting": _DELETED,
    "campaigndraft": _PUT_ASIDE,
    "campaignoverview": [{"All": "true"}],
    "campaignstatistics": [{**one, "ShowExtraData": "true"} for one in _DELETED],
    "listrecipientstatistics": _EXTRA,
    "liststatistics": [{**one, **_LISTS} for one in _DELETED],
    "messagesentstatistics": [{"AllMessages": "true", "ShowExtraData": "true"}],
    "messagestatistics": [{"ProcessTotalClicksCount": 1, "ProcessTotalOpensCount": 1}],
    "newsletter": _PUT_ASIDE,
    "useragentstatistics": [{"Event": "open"}, {"Event": "click"}],
    "workflow": [{"ShowAll": "true"}],
}

# What a response does not name because the request did; the truth has it.
IMPLIED: dict[Any, dict[str, Any]] = {event: {"Event": event} for event in ("open", "click")}


class Response:
    """A response with the attributes of one of requests, which takes three times as long."""

    def __init__(self, status: int, headers: Message, content: bytes) -> None:
        self.status_code = status
        self.headers = headers
        self.content = content

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Api:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.auth = (sandbox.api_key, sandbox.api_secret)
        credentials = f"{sandbox.api_key}:{sandbox.api_secret}".encode()
        self._headers = {"Authorization": f"Basic {b64encode(credentials).decode()}"}
        self._connection = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)

    def close(self) -> None:
        self.session.close()
        self._connection.close()

    def get(self, resource: str, **params: Any) -> Response | requests.Response:
        """Request the whole history, unless the parameters say otherwise."""
        if resource in CURRENT_DAY:
            params = {"FromTS": 1, **params}
        return self.plain(resource, **params)

    def plain(self, resource: str, **params: Any) -> Response | requests.Response:
        """Request with these parameters only."""
        path = f"/v3/REST/{resource}"
        if self.sandbox.faults != Faults():
            return self.session.get(self.sandbox.url + path, params=params, timeout=10)
        query = urlencode({k: v for k, v in params.items() if v is not None}, doseq=True)
        self._connection.request("GET", f"{path}?{query}", headers=self._headers)
        response = self._connection.getresponse()
        return Response(response.status, response.headers, response.read())

    def body(self, resource: str, **params: Any) -> dict[str, Any]:
        response = self.get(resource, **params)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def refused(self, resource: str, **params: Any) -> str:
        return self.refused_with(400, resource, **params)

    def refused_with(self, status: int, resource: str, **params: Any) -> str:
        response = self.get(resource, **params)
        assert response.status_code == status, response.text
        return str(response.json()["ErrorMessage"])

    def rows(self, resource: str, limit: int = 1000, **params: Any) -> list[Row]:
        rows: list[Row] = []
        while True:
            page = self.body(resource, Limit=limit, Offset=len(rows), **params)["Data"]
            rows += page
            if len(page) < limit:
                return rows

    def everything(self, resource: str) -> list[Row]:
        """All rows the API has, the deleted too."""
        if resource in {"campaign", "contactslist"}:
            both = (self.rows(resource, IsDeleted=flag) for flag in ("true", "false"))
            return [row for rows in both for row in rows]
        if resource in CATALOGUE:
            return [
                {**row, **IMPLIED.get(query.get("Event"), {})}
                for query in CATALOGUE[resource]
                for row in self.rows(resource, **query)
            ]
        return self.rows(resource, **ALL.get(resource, {}))


def sort_key(row: Row) -> list[str]:
    return [f"{name}={row[name]}" for name in sorted(row)]


def same(left: list[Row], right: list[Row]) -> bool:
    """Return True if two lists have the same rows, each as often, in any order; fail if empty."""
    assert right
    return sorted(left, key=sort_key) == sorted(right, key=sort_key)


def parse(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def wire(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def second() -> timedelta:
    return timedelta(seconds=1)
