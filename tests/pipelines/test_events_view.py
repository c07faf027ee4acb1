"""The view of all events in docs/events.md, run on PostgreSQL and compared with the account."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from tap_mailjet.sandbox.commands import warehouse
from tests.helpers import config_of
from tests.support.pipelines import ROOT, run

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox
    from tap_mailjet.sandbox.commands.warehouse import Warehouse

DELIVERED = {"sent", "opened", "clicked", "spam", "unsub"}
QUERY = (
    "SELECT event, time, message_id, contact_id, campaign_id, list_id, reason FROM mailjet_events"
)


def view() -> str:
    (text,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "events.md").read_text(), re.DOTALL)
    return str(text)


def expected(sandbox: Sandbox) -> Counter[str]:
    """The events of an account by kind; events with equal fields are one."""

    def distinct(resource: str, *fields: str) -> set[tuple[Any, ...]]:
        return {tuple(row[name] for name in fields) for row in sandbox.rows(resource)}

    bounces = distinct("bouncestatistics", "ID", "BouncedAt", "IsBlocked")
    opens = ("MessageID", "OpenedAt", "UserAgentFull")
    clicks = ("MessageID", "ClickedAt", "Url", "UserAgentID")
    return Counter(
        {
            "sent": sum(row["Status"] in DELIVERED for row in sandbox.rows("message")),
            "open": len(distinct("openinformation", *opens)),
            "click": len(distinct("clickstatistics", *clicks)),
            "bounce": sum(not is_blocked for _, _, is_blocked in bounces),
            "blocked": sum(is_blocked for _, _, is_blocked in bounces),
            "spam": sum(
                bool(row["ComplaintDate"]) for row in sandbox.rows("messagesentstatistics")
            ),
            "unsub": sum(bool(row["UnsubscribedAt"]) for row in sandbox.rows("listrecipient")),
        }
    )


def test_view_of_all_events_has_every_event_of_the_account_once(
    sandbox: Sandbox, store: Warehouse, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config_of(sandbox)))
    target = {"sqlalchemy_url": store.sqlalchemy_url, "default_target_schema": warehouse.SCHEMA}
    (tmp_path / "target.json").write_text(json.dumps(target))
    run("tap-mailjet --config config.json | target-postgres --config target.json", tmp_path)
    with psycopg.connect(store.url) as connection:
        path = sql.SQL("SET search_path TO {}").format(sql.Identifier(warehouse.SCHEMA))
        connection.execute(path)
        connection.execute(view())
        rows = connection.execute(QUERY).fetchall()
    found = Counter(row[0] for row in rows)
    assert found == expected(sandbox)
    assert all(found[event] for event in expected(sandbox))
    by_event = {event: [row for row in rows if row[0] == event] for event in found}
    for event in found.keys() - {"unsub"}:
        assert all(None not in row[1:5] for row in by_event[event]), event
    assert all(row[3] and row[5] for row in by_event["unsub"])
    reasons = {row["MessageID"]: row for row in sandbox.rows("messagesentstatistics")}
    for row in [*by_event["bounce"], *by_event["blocked"]]:
        bounce = reasons[row[2]]
        if bounce["BounceDate"] == row[1].strftime("%Y-%m-%dT%H:%M:%SZ"):
            assert (row[6] or "") == bounce["BounceReason"]
