"""The resources beyond the nine: that each is there, whole, and as the wire has it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from tap_mailjet.sandbox import ChurnConfig, Faults, Quirks, Sandbox, Size
from tap_mailjet.sandbox.api.registry import RESOURCES
from tests.fields import FIELDS
from tests.sandbox.api import CATALOGUE, UNTIL, Api, Row, parse, sort_key
from tests.sandbox.test_http import SMALLEST

NAMES = sorted(CATALOGUE)
KEYS = {
    "apikeytotals": [],
    "campaignoverview": ["ID", "IDType"],
    "campaignstatistics": ["CampaignID"],
    "contactdata": ["ContactID"],
    "contactstatistics": ["ContactID"],
    "domainstatistics": ["Domain"],
    "geostatistics": ["Country"],
    "listrecipientstatistics": ["ListRecipientID"],
    "messagesentstatistics": ["MessageID"],
    "messagestatistics": [],
    "senderstatistics": ["SenderID"],
    "toplinkclicked": ["LinkId", "Url"],
    "useragentstatistics": ["Platform", "UserAgent", "Event"],
    "workflowstatistics": ["WorkflowID"],
}
LARGE = [
    "axtesting",
    "batchjob",
    "campaigndraft",
    "campaignoverview",
    "contactdata",
    "contacthistorydata",
    "contactslistsignup",
    "contactstatistics",
    "listrecipient",
    "listrecipientstatistics",
    "messageinformation",
    "messagesentstatistics",
    "newsletter",
    "preferences",
    "template",
    "toplinkclicked",
]
SPELT = {
    "apikeytotals": "SpamcomplaintCount",
    "batchjob": "RefID",
    "campaignstatistics": "HardBouncedCount",
    "contactslistsignup": "SourceId",
    "contactstatistics": "HardbouncedCount",
    "listrecipientstatistics": "SoftbouncedCount",
    "workflowstatistics": "WorflowStartedAt",
}
CLOCKS = {
    "contacthistorydata": "CreatedAt",
    "contactstatistics": "LastActivityAt",
    "listrecipientstatistics": "LastActivityAt",
}
# Fields that were seen or are documented, and that no client's types have; and one of the truth's.
PUBLISHED = {
    "apikey": {"Skipspamd"},
    "template": {"LocaleList"},
    "useragentstatistics": {"Event"},
}
# What ID is in a row; totals have a single row, and no ID in it.
OTHER_IDS = (
    "ID",
    "ListRecipientID",
    "MessageID",
    "SenderID",
    "WorkflowID",
    "ContactID",
    "CampaignID",
    "Count",
)
STAMPS = ("CreatedAt", "RequestAt", "SubscribedAt")


def texts(rows: list[Row]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


def key(resource: str, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEYS.get(resource, ["ID"]))


def test_the_api_has_what_the_account_holds(api: Api) -> None:
    """The rows to compare with are read by the field expressions of the server."""
    offenders = [
        resource
        for resource in NAMES
        if not api.sandbox.rows(resource)
        or texts(api.everything(resource)) != texts(api.sandbox.rows(resource))
    ]
    assert offenders == []


@pytest.mark.parametrize("order", ["stable", "shuffled"])
def test_pages_cover_all_rows_exactly_once(api: Api, order: Any) -> None:
    api.sandbox.quirks = Quirks(order=order, total="result")
    offenders = []
    for resource, query in ((name, query) for name in LARGE for query in CATALOGUE[name]):
        whole = api.rows(resource, **query)
        paged = api.rows(resource, limit=max(17, len(whole) // 6), **query)
        count = api.body(resource, countOnly=1, **query)
        expected = {"Count": len(whole), "Data": [], "Total": len(whole)}
        total = api.body(resource, **query)["Total"]
        if (paged, count, total) != (whole, expected, len(whole)):
            offenders.append((resource, query))
    assert offenders == []
    assert [name for name in LARGE if len(api.sandbox.rows(name)) <= 30] == []


def test_sorting_by_id_goes_up_and_down_where_there_is_one(api: Api) -> None:
    offenders = []
    for resource in NAMES:
        ascending = RESOURCES[resource].ascending
        [query, *_] = CATALOGUE[resource]
        name = next(name for name in OTHER_IDS if name in FIELDS[resource] or name == "Count")
        if "ID" not in RESOURCES[resource].sortable:
            is_right = api.refused(resource, Sort="ID") == "Cannot sort on field ID."
        else:
            limit = max(19, len(api.sandbox.rows(resource)) // 6)
            up: list[Any] = [r.get(name) for r in api.rows(resource, limit, Sort="ID", **query)]
            is_right = len(up) < 2 or up == sorted(up)
            if "ID" in ascending:
                said = api.refused(resource, Sort="ID DESC")
                is_right &= said == "Cannot sort on field ID DESC."
            else:
                rows = api.rows(resource, limit, Sort="ID DESC", **query)
                is_right &= [row[name] for row in rows] == up[::-1]
        if not is_right:
            offenders.append(resource)
    assert offenders == []


def test_rows_have_the_fields_of_the_wire(sandbox: Sandbox) -> None:
    offenders = []
    for resource in NAMES:
        known = {name.lower() for name in FIELDS[resource] | PUBLISHED.get(resource, set())}
        for row in sandbox.rows(resource):
            is_spelt = SPELT.get(resource, next(iter(row))) in row
            if not is_spelt or sorted(name.lower() for name in row) != sorted(known):
                offenders.append((resource, row))
    assert offenders == []


@pytest.mark.parametrize("size", [SMALLEST, Size(messages=1000)])
def test_keys_are_there_and_unique(size: Size) -> None:
    with Sandbox(size=size, until=UNTIL) as sandbox:
        for resource in NAMES:
            keys = [key(resource, row) for row in sandbox.rows(resource)]
            assert len({*keys}) == len(keys) > 0, resource
            assert all(part not in {"", None} for one in keys for part in one), resource
        for resource, clock in CLOCKS.items():
            assert all(row[clock] for row in sandbox.rows(resource)), resource


def test_no_row_is_there_before_it_came_to_be(sandbox: Sandbox) -> None:
    seen: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    offenders = []
    for days, resource in product((-200, -20, -3, 0, 2, 5), NAMES):
        sandbox.clock.set(UNTIL + timedelta(days=days))
        rows = sandbox.rows(resource)
        lost = seen[resource] - {key(resource, row) for row in rows}
        seen[resource] = {key(resource, row) for row in rows}
        for name in {*STAMPS} & {*(rows[0] if rows else {})}:
            times = [row[name] for row in rows]
            instants = [parse(at).timestamp() if isinstance(at, str) else at for at in times if at]
            if max(instants) > sandbox.clock.now().timestamp():
                offenders.append((resource, name, days))
        if lost:
            offenders.append((resource, str(lost), days))
    assert offenders == []


def test_much_comes_with_time(sandbox: Sandbox) -> None:
    grown = set()
    for resource in NAMES:
        before = sandbox.rows(resource)
        sandbox.clock.set(UNTIL + timedelta(days=5))
        if len(sandbox.rows(resource)) > len(before):
            grown.add(resource)
        sandbox.clock.set(UNTIL)
    assert {"apikey", "campaigndraft", "template", "workflow", "listrecipient", "user"} <= grown


def test_the_same_seed_gives_the_same_account_and_another_another() -> None:
    def content(seed: int) -> dict[str, list[Row]]:
        with Sandbox(size=SMALLEST, seed=seed, until=UNTIL) as sandbox:
            return {resource: sandbox.rows(resource) for resource in NAMES}

    first = content(5)
    assert content(5) == first
    other = content(6)
    assert {name for name in NAMES if other[name] != first[name]} >= {"apikey", "template"}


def test_there_are_things_of_every_state(sandbox: Sandbox) -> None:
    drafts = sandbox.rows("campaigndraft")
    assert {row["Status"] for row in drafts} == {-2, -1, 0, 1, 2}
    overview = sandbox.rows("campaignoverview")
    states = {(row["IDType"], row["Status"]) for row in overview}
    assert states == {(kind, n) for kind in ("Campaign", "AX", "NL") for n in (-1, 0, 1, 2)}
    # The same ID with several IDTypes: only both together are a key.
    assert max(Counter(row["ID"] for row in overview).values()) > 1
    for resource, name in (("workflow", "IsDeleted"), ("axtesting", "Deleted")):
        assert {row[name] for row in sandbox.rows(resource)} == {True, False}
    assert {row["Status"] for row in sandbox.rows("newsletter")} > {-2, -1}


def test_objects_are_objects_and_absent_ones_null(sandbox: Sandbox) -> None:
    def kinds(resource: str, name: str) -> set[type]:
        return {type(row[name]) for row in sandbox.rows(resource)}

    for resource, name in (
        ("batchjob", "Data"),
        ("campaigndraft", "AXTesting"),
        ("campaignstatistics", "AXTesting"),
        ("widget", "Template"),
    ):
        assert kinds(resource, name) == {dict, type(None)}
    for resource, name in (("template", "Categories"), ("contactdata", "Data")):
        assert kinds(resource, name) == {list}
    rules = [row["SpamAssassinRules"] for row in sandbox.rows("messageinformation")]
    assert {(one["ALT"], one["ID"]) for one in rules} == {("", -1)}
    items = [one["Items"] for one in rules if "Items" in one]
    assert 0 < len(items) < len(rules)
    assert all(items)
    values = [pair["Value"] for row in sandbox.rows("contactdata") for pair in row["Data"]]
    assert {type(value) for value in values} == {bool, float, int, str}


def test_objects_stay_what_they_are_where_numbers_are_strings(api: Api) -> None:
    plain = api.rows("messageinformation")
    api.sandbox.quirks = Quirks(values="strings", timestamps="naive")
    for row, known in zip(api.rows("messageinformation"), plain, strict=True):
        assert row["ID"] == str(known["ID"])
        assert row["SpamAssassinRules"] == known["SpamAssassinRules"]
        assert row["CreatedAt"] + "Z" == known["CreatedAt"]


def test_ids_are_of_64_bits(sandbox: Sandbox) -> None:
    for resource in ("listrecipient", "template", "messageinformation"):
        assert all(row["ID"] > 2**53 for row in sandbox.rows(resource))


def test_each_can_be_out_of_order_for_good(api: Api) -> None:
    offenders = []
    for resource in NAMES:
        api.sandbox.faults = Faults(permanent={resource: 403})
        response, other = api.get(resource), api.get("message", Limit=1)
        status = response.json()["StatusCode"]
        if (response.status_code, status, other.status_code) != (403, 403, 200):
            offenders.append(resource)
    assert offenders == []


def test_unknown_parameters_are_ignored_or_refused(api: Api) -> None:
    offenders = [name for name in NAMES if api.body(name, Nonsense=1) != api.body(name)]
    assert offenders == []
    api.sandbox.quirks = Quirks(unknown_parameters="refused")
    offenders = [name for name in NAMES if '"Nonsense"' not in api.refused(name, Nonsense=1)]
    assert offenders == []


def test_references_are_to_rows_that_are_there(sandbox: Sandbox) -> None:
    known = {
        name: {0, *(row["ID"] for row in sandbox.rows(resource))}
        for name, resource in (
            ("APIKeyID", "apikey"),
            ("CampaignID", "campaign"),
            ("ContactID", "contact"),
            ("ContactsListID", "contactslist"),
            ("ListID", "contactslist"),
            ("SegmentationID", "contactfilter"),
            ("SenderID", "sender"),
            ("UserID", "user"),
            ("RealUserID", "user"),
            ("WorkflowID", "workflow"),
            ("AXTestingID", "axtesting"),
        )
    }
    checked = set()
    for resource in NAMES:
        for row in sandbox.rows(resource):
            for name in row.keys() & known.keys():
                assert row[name] in known[name], (resource, name)
                checked.add(name)
    assert checked == {*known}


def test_what_churn_deletes_is_known_of_all_resources(own_api: Api) -> None:
    sandbox = own_api.sandbox
    before = {name: sandbox.rows(name) for name in ("listrecipient", "messageinformation")}
    sandbox.churn = ChurnConfig(deletes=3)
    for _ in range(3):
        own_api.body("sender")
    sandbox.churn = ChurnConfig()
    for name, rows in before.items():
        now = sandbox.rows(name)
        assert len(now) < len(rows)
        ids = {row["ID"] for row in rows}
        assert {row["ID"] for row in sandbox.ever(name)} == ids
        assert sorted(sandbox.survivors(name), key=sort_key) == sorted(now, key=sort_key)
    assert sandbox.survivors("geostatistics") == sandbox.rows("geostatistics")
