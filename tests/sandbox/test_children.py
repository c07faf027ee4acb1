"""What there is of one message, contact, draft, template or campaign."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Faults, Quirks
from tests.fields import FIELDS
from tests.sandbox.api import UNTIL, Api, Row, parse

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

PARENTS = {
    "messagehistory": "message",
    "contact/getcontactslists": "contact",
    "listrecipient/ID": "listrecipient",
    "campaigndraft/detailcontent": "campaigndraft",
    "campaigndraft/schedule": "campaigndraft",
    "template/detailcontent": "template",
    "statistics/link-click": "campaign",
    "statistics/recipient-esp": "campaign",
}
# Fields that are documented, and that no client's types have.
PUBLISHED = {
    "statistics/recipient-esp": {
        "DeferredRate",
        "HardBouncedRate",
        "SoftBouncedRate",
        "SpamReportsRate",
        "UnsubscribedRate",
    }
}
SINGLE = [name for name in PARENTS if name.endswith(("detailcontent", "schedule", "/ID"))]
LISTED = [name for name in PARENTS if name not in SINGLE]


def request_of(name: str, parent: Any) -> tuple[str, dict[str, Any]]:
    """Return the path and the parameters of the request for a parent's children."""
    if name.startswith("statistics/"):
        return name, {"CampaignId": parent}
    first, _, last = name.removesuffix("/ID").partition("/")
    return "/".join(filter(None, (first, str(parent), last))), {}


@pytest.mark.parametrize("name", PARENTS)
def test_each_parent_has_what_the_account_holds(api: Api, name: str) -> None:
    held = api.sandbox.children(name)
    assert held
    for row in api.sandbox.rows(PARENTS[name])[:120]:
        path, params = request_of(name, row["ID"])
        response = api.get(path, Limit=1000, **params)
        if response.status_code == 404:
            assert name == "campaigndraft/schedule"
            assert row["ID"] not in held
            continue
        assert response.json()["Data"] == held.get(row["ID"], []), path
    assert held.keys() <= {row["ID"] for row in api.sandbox.rows(PARENTS[name])}


@pytest.mark.parametrize("name", PARENTS)
def test_rows_have_the_fields_of_the_wire(sandbox: Sandbox, name: str) -> None:
    rows = [row for rows in sandbox.children(name).values() for row in rows]
    path = request_of(name, "{ID}")[0]
    known = FIELDS.get(path, FIELDS.get(PARENTS[name], set())) | PUBLISHED.get(name, set())
    assert {frozenset(row) for row in rows} == {frozenset(known)}
    for field in known - {"DeferredMessagesCount", "DeferredRate"}:
        assert any(row[field] for row in rows), field


@pytest.mark.parametrize("name", LISTED)
def test_lists_are_paged_and_counted(api: Api, name: str) -> None:
    held = api.sandbox.children(name)
    parent = max(held, key=lambda number: len(held[number]))
    path, params = request_of(name, parent)
    whole = held[parent]
    assert len(whole) > 2
    assert api.rows(path, limit=2, **params) == whole
    count = api.body(path, countOnly=1, **params)
    assert count == {"Count": len(whole), "Data": [], "Total": len(whole)}
    api.sandbox.quirks = Quirks(order="shuffled", total="result")
    body = api.body(path, Limit=2, **params)
    assert (body["Count"], body["Total"]) == (2, len(whole))
    shuffled = api.rows(path, limit=2, **params)
    assert sorted(map(str, shuffled)) == sorted(map(str, whole))
    assert api.body(path, Nonsense=1, **params)
    api.sandbox.quirks = Quirks(unknown_parameters="refused")
    assert '"Nonsense"' in api.refused(path, Nonsense=1, **params)


@pytest.mark.parametrize("name", SINGLE)
def test_objects_know_no_pages(api: Api, name: str) -> None:
    parent, rows = next(iter(api.sandbox.children(name).items()))
    path, _ = request_of(name, parent)
    whole = {"Count": 1, "Data": rows, "Total": 1}
    assert api.body(path) == whole
    assert api.body(path, Limit=1, Offset=5, Sort="ID", countOnly=1, Nonsense=1) == whole
    api.sandbox.quirks = Quirks(unknown_parameters="refused")
    assert '"Nonsense"' in api.refused(path, Nonsense=1)


@pytest.mark.parametrize("name", [name for name in PARENTS if name != "messagehistory"])
@pytest.mark.parametrize("parent", [1, 2**62])
def test_an_unknown_parent_is_not_found(api: Api, name: str, parent: int) -> None:
    path, params = request_of(name, parent)
    response = api.get(path, **params)
    body = response.json()
    assert (response.status_code, body["StatusCode"]) == (404, 404)
    assert body["ErrorMessage"] == f"Object not found: {PARENTS[name]} of {parent}."


def test_a_parent_that_is_yet_to_come_is_not_found(api: Api) -> None:
    api.sandbox.clock.set(UNTIL + timedelta(days=5))
    latest = api.sandbox.rows("template")[-1]["ID"]
    assert api.get(f"template/{latest}/detailcontent").status_code == 200
    api.sandbox.clock.set(UNTIL)
    assert api.get(f"template/{latest}/detailcontent").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("messagehistory", 400),
        ("contact/getcontactslists", 500),
        ("contact/1/nothing", 500),
        ("template/1", 501),
    ],
)
def test_a_path_without_a_parent_or_with_more_is_no_resource(
    api: Api, path: str, status: int
) -> None:
    assert f'"{path}"' in api.refused_with(status, path)


def test_a_parent_that_is_no_number_is_refused(api: Api) -> None:
    assert api.get("messagehistory/abc").status_code == 404
    assert '"CampaignId"' in api.refused("statistics/link-click", CampaignId="abc")
    assert '"CampaignId"' in api.refused("statistics/recipient-esp")


@pytest.mark.parametrize("name", PARENTS)
def test_each_can_be_out_of_order_for_good_without_its_parent(api: Api, name: str) -> None:
    parent = next(iter(api.sandbox.children(name)))
    path, params = request_of(name, parent)
    api.sandbox.faults = Faults(permanent={name: 403})
    assert api.get(path, **params).status_code == 403
    assert api.get(PARENTS[name]).status_code == 200
    api.sandbox.faults = Faults(permanent={PARENTS[name]: 403})
    assert api.get(path, **params).status_code == 200
    assert api.get(PARENTS[name]).status_code == 403


def test_a_messages_history_is_its_events(sandbox: Sandbox) -> None:
    expected: dict[int, Counter[tuple[str, int]]] = defaultdict(Counter)
    for resource, at, kind in (
        ("openinformation", "OpenedAt", "opened"),
        ("clickstatistics", "ClickedAt", "clicked"),
        ("bouncestatistics", "BouncedAt", "bounced"),
    ):
        for row in sandbox.rows(resource):
            event = "blocked" if row.get("IsBlocked") else kind
            expected[row["ID"]][event, int(parse(row[at]).timestamp())] += 1
    sent = {row["ID"]: row for row in sandbox.rows("message")}
    history = sandbox.children("messagehistory")
    assert {e for events in expected.values() for e, _ in events} < {
        row["EventType"] for rows in history.values() for row in rows
    }
    for number, rows in history.items():
        times = [row["EventAt"] for row in rows]
        assert times == sorted(times)
        found = Counter((row["EventType"], row["EventAt"]) for row in rows)
        rest = found - expected[number]
        assert not expected[number] - found
        assert {event for event, _ in rest} <= {"sent", "unsub", "spam"}
        arrived = parse(sent[number]["ArrivedAt"]).timestamp()
        departed = [at - arrived for event, at in rest if event == "sent"]
        assert departed == [sent[number]["Delay"]][: len(departed)]


def test_contents_come_in_every_form(sandbox: Sandbox) -> None:
    contents = [rows[0] for rows in sandbox.children("template/detailcontent").values()]
    assert {type(row["MJMLContent"]) for row in contents} == {str, dict, type(None)}
    assert {type(row["Headers"]) for row in contents} == {dict}
    assert {bool(row["Text-part"]) for row in contents} == {True, False}
    assert {bool(row["Headers"]) for row in contents} == {True, False}


def test_only_what_is_programmed_and_not_put_aside_has_a_schedule(sandbox: Sandbox) -> None:
    drafts = {row["ID"]: row for row in sandbox.rows("campaigndraft")}
    schedules = sandbox.children("campaigndraft/schedule")
    assert {*schedules} == {n for n, row in drafts.items() if row["Status"] in {1, 2}}
    for number, (row,) in schedules.items():
        assert row["Status"] == ("Sent" if drafts[number]["Status"] == 2 else "Programmed")
        assert parse(row["Date"]) > parse(drafts[number]["CreatedAt"])


def test_memberships_are_subscriptions(sandbox: Sandbox) -> None:
    def pairs(rows: list[Row]) -> set[tuple[int, str]]:
        return {(row["ListID"], row["SubscribedAt"]) for row in rows}

    by_contact: dict[int, list[Row]] = defaultdict(list)
    for row in sandbox.rows("listrecipient"):
        by_contact[row["ContactID"]].append(row)
    held = sandbox.children("contact/getcontactslists")
    assert {n: pairs(rows) for n, rows in held.items()} == {
        n: pairs(rows) for n, rows in by_contact.items()
    }
