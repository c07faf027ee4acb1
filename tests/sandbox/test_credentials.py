from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.sandbox.api import CATALOGUE, Api

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox


def test_the_api_serves_every_secret_it_has_and_only_where_the_real_one_does(api: Api) -> None:
    sandbox = api.sandbox
    served = {name: json.dumps(api.everything(name), ensure_ascii=False) for name in CATALOGUE}
    assert len(sandbox.secrets) > 20
    shown = {name for name, text in served.items() if any(s in text for s in sandbox.secrets)}
    assert shown == {"apikey", "apikeyaccess", "eventcallbackurl", "parseroute"}
    everything = "".join(served.values())
    # The last row of each table is yet to come, and has its secret already.
    assert sum(secret in everything for secret in sandbox.secrets) > 20


def test_no_secret_is_missing(sandbox: Sandbox) -> None:
    known = sandbox.secrets
    assert "" not in known
    assert {row["SecretKey"] for row in sandbox.rows("apikey")} <= known
    callbacks = sandbox.rows("eventcallbackurl")
    signatures = {row["SharedAccessSignature"] for row in callbacks} - {""}
    assert signatures
    assert signatures <= known
    passwords = [row["Subaccount"]["Password"] for row in accesses(sandbox)]
    assert passwords
    assert {*passwords} <= known
    for resource in ("eventcallbackurl", "parseroute"):
        urls = [row["Url"] for row in sandbox.rows(resource)]
        found = [match[1] for url in urls if (match := re.search(r"//([^/]*)@", url))]
        assert 0 < len(found) < len(urls)
        assert {*found} <= known
        assert {one.rpartition(":")[2] for one in found} <= known


def accesses(sandbox: Sandbox) -> list[dict[str, dict[str, str]]]:
    return [row for row in sandbox.rows("apikeyaccess") if row["Subaccount"]]
