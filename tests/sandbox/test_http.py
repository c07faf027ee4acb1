from __future__ import annotations

import uuid
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests

from tap_mailjet.sandbox import Quirks, Sandbox, Size
from tap_mailjet.sandbox.api.registry import RESOURCES
from tests.sandbox.api import UNTIL, Api

if TYPE_CHECKING:
    from pathlib import Path

SMALLEST = Size(contacts=20, lists=3, campaigns=8, messages=200, days=2, future_days=0)


@pytest.mark.parametrize(
    "credentials", [None, ("sandbox-key", "wrong"), ("wrong", "sandbox-secret"), ("", "")]
)
def test_a_wrong_or_absent_key_pair_is_refused(
    sandbox: Sandbox, credentials: tuple[str, str] | None
) -> None:
    url = f"{sandbox.url}/v3/REST/message"
    response = requests.get(url, auth=credentials, timeout=10)
    assert response.status_code == 401
    assert (response.headers["Content-Type"].partition(";")[0], response.text) == ("text/html", "")
    sandbox.quirks = Quirks(error_bodies="json")
    body = requests.get(url, auth=credentials, timeout=10).json()
    uuid.UUID(body.pop("ErrorIdentifier"))
    assert body == {
        "ErrorInfo": "",
        "ErrorMessage": "API key authentication/authorization failure.",
        "StatusCode": 401,
    }


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Bearer c2FuZGJveA==", "Basic w6k="])
def test_a_garbled_authorization_is_refused(sandbox: Sandbox, header: str) -> None:
    url = f"{sandbox.url}/v3/REST/message"
    assert requests.get(url, headers={"Authorization": header}, timeout=10).status_code == 401


def test_a_key_pair_of_ones_own_is_taken() -> None:
    with Sandbox(size=SMALLEST, until=UNTIL, api_key="clé", api_secret="s:t") as sandbox:
        url = f"{sandbox.url}/v3/REST/sender"
        good = {"Authorization": f"Basic {b64encode('clé:s:t'.encode()).decode()}"}
        assert requests.get(url, headers=good, timeout=10).status_code == 200
        bad = ("sandbox-key", "sandbox-secret")
        assert requests.get(url, auth=bad, timeout=10).status_code == 401


@pytest.mark.parametrize("resource", ["nothing", "Message", "nothing/1", ""])
def test_an_unknown_resource_is_refused(api: Api, resource: str) -> None:
    assert f'"{resource}"' in api.refused(resource)


def test_a_url_outside_the_api_is_not_found(api: Api) -> None:
    response = api.session.get(f"{api.sandbox.url}/v4/message", timeout=10)
    assert (response.status_code, response.json()["StatusCode"]) == (404, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_get_is_allowed(api: Api, method: str) -> None:
    response = api.session.request(method, f"{api.sandbox.url}/v3/REST/message", timeout=10)
    assert response.status_code == 405
    assert response.json()["StatusCode"] == 405
    assert method in response.json()["ErrorMessage"]


def test_the_same_error_has_the_same_identifier_and_another_another(api: Api) -> None:
    first, again, other = (
        api.get("message", Limit=limit).json()["ErrorIdentifier"] for limit in (-1, -1, "x")
    )
    assert first == again != other


def test_a_failure_of_the_sandbox_itself_is_told_in_the_apis_shape(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(RESOURCES, "sender", replace(RESOURCES["sender"], table="nothing"))
    response = api.get("sender")
    assert (response.status_code, response.json()["StatusCode"]) == (500, 500)
    assert "no response to GET /v3/REST/sender" in caplog.text
    assert api.get("contact").status_code == 200


def test_requests_are_remembered_in_order(api: Api) -> None:
    api.get("contact", Limit=3)
    api.plain("message", Limit=-1)
    api.plain("message", CampaignID=[1, 2])
    assert list(api.sandbox.requests) == [
        ("contact", {"Limit": "3"}, 200),
        ("message", {"Limit": "-1"}, 400),
        ("message", {"CampaignID": "1,2"}, 200),
    ]
    assert api.sandbox.requests[-2].status == 400
    api.sandbox.requests.clear()
    assert len(api.sandbox.requests) == 0


def test_a_plus_in_sort_is_a_space(api: Api) -> None:
    url = f"{api.sandbox.url}/v3/REST/sender?Sort=ID+DESC"
    ids = [row["ID"] for row in api.session.get(url, timeout=10).json()["Data"]]
    assert len(ids) > 3
    assert ids == sorted(ids, reverse=True)


def test_requests_at_the_same_time_are_answered_rightly(sandbox: Sandbox) -> None:
    offsets = range(0, 600, 20)

    def page(offset: int) -> list[int]:
        url = f"{sandbox.url}/v3/REST/message"
        params = {"Limit": 20, "Offset": offset, "FromTS": 1}
        auth = (sandbox.api_key, sandbox.api_secret)
        response = requests.get(url, params=params, auth=auth, timeout=10)
        assert len(sandbox.rows("contact")) > 0
        return [row["ID"] for row in response.json()["Data"]]

    with ThreadPoolExecutor(8) as pool:
        found = [identifier for ids in pool.map(page, offsets) for identifier in ids]
    assert found == [row["ID"] for row in sandbox.rows("message")][:600]
    assert len(sandbox.requests) == len(offsets)


def test_large_ids_and_odd_characters_arrive_whole(api: Api) -> None:
    messages = api.rows("message", ShowSubject="true")
    assert messages[0]["ID"] == 1152921504606846976
    assert any('"' in row["Subject"] for row in messages)
    assert any(not row["Subject"].isascii() for row in messages)
    urls = [row["Url"] for row in api.rows("clickstatistics")]
    assert any('"' in url for url in urls)
    assert any(not url.isascii() for url in urls)


def test_a_sandbox_leaves_nothing_behind_unless_it_is_given_a_path(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite"
    with Sandbox(size=SMALLEST, until=UNTIL, path=path) as sandbox:
        url = sandbox.url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=1)
    assert path.stat().st_size > 0
    with pytest.raises(FileExistsError, match="new file"), Sandbox(size=SMALLEST, path=path):
        pass


def test_a_busy_port_is_said_in_words(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with (
        pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"),
        Sandbox(size=SMALLEST, port=port),
    ):
        pass


def test_nothing_can_be_asked_before_the_sandbox_is_entered() -> None:
    with pytest.raises(RuntimeError, match="with statement"):
        Sandbox(size=SMALLEST).rows("message")
