"""Errors that quote the request."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests

from tap_mailjet.sandbox import Faults, ScheduledFault
from tap_mailjet.sandbox.faults.request_quotes import ADDRESS, PARTS, request_quotes

if TYPE_CHECKING:
    from tests.sandbox.api import Api


def schedule(api: Api, fault: dict[str, Any]) -> None:
    api.sandbox.faults = Faults(scheduled=(ScheduledFault(**fault),))


@pytest.mark.parametrize("form", ["json", "html"])
def test_error_quotes_the_request_with_its_credentials(api: Api, form: str) -> None:
    schedule(api, {"resource": "sender", "status": 403, "quotes": form})
    response = api.get("sender", Limit=3)
    key, secret = api.session.auth = (api.sandbox.api_key, api.sandbox.api_secret)
    token = base64.b64encode(f"{key}:{secret}".encode()).decode()
    url = f"http://{key}:{secret}@{api.sandbox.url.removeprefix('http://')}/v3/REST/sender?Limit=3"
    wanted = [f"Basic {token}", token, quote(token, safe=""), key, secret, f"{key}:{secret}"]
    wanted += [url, quote(url, safe=""), ADDRESS, quote(ADDRESS, safe="")]
    assert response.status_code == 403
    if form == "json":
        body = response.json()
        said, also = body["ErrorMessage"], json.dumps(body["ErrorInfo"])
        assert all(text in also for text in wanted)
    else:
        said = html.unescape(response.text)
        assert response.headers["Content-Type"].startswith("text/html")
    assert all(text in said for text in wanted)


def test_error_quotes_chosen_parts_only(api: Api) -> None:
    parts = ("contact", "password")
    schedule(api, {"resource": "sender", "status": 403, "quotes": "json", "quoted": parts})
    body = api.get("sender").json()
    assert body["ErrorMessage"] == f"contact: {ADDRESS} password: {api.sandbox.api_secret}"
    assert body["ErrorInfo"] == {"contact": ADDRESS, "password": api.sandbox.api_secret}


def test_parts_are_what_can_be_quoted() -> None:
    assert set(PARTS) == request_quotes("http://localhost", "").keys()


def test_error_quotes_a_request_without_credentials(api: Api) -> None:
    schedule(api, {"resource": "sender", "status": 400, "quotes": "json"})
    response = requests.get(f"{api.sandbox.url}/v3/REST/sender", timeout=10)
    assert response.status_code == 400
    assert ADDRESS in response.text
