from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from tap_mailjet.sandbox import ChurnConfig, Faults, Sandbox
from tests.sandbox.api import EVENT_TIMES, RESOURCES, UNTIL, Api, Row, parse, same, wire
from tests.sandbox.test_http import SMALLEST

CHURNED = ("contact", "message", *EVENT_TIMES)
STORMY = ChurnConfig(every=2, inserts=3, deletes=2, late_events=4)
UNCHANGING = {
    "contact": ("ID", "Email", "CreatedAt"),
    "message": ("ID", "ArrivedAt", "ContactID"),
    "openinformation": ("ID", "OpenedAt", "UserAgentID"),
    "clickstatistics": ("ID", "ClickedAt", "Url"),
    "bouncestatistics": ("ID", "BouncedAt", "StateID"),
}


def keys(resource: str, rows: list[Row]) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in UNCHANGING[resource]) for row in rows}


def churned(api: Api, churn: ChurnConfig, turns: int = 1) -> Sandbox:
    """Return the sandbox after this number of turns of churn, at rest."""
    api.sandbox.churn = churn
    for _ in range(turns * churn.every + 1):
        api.body("sender")
    api.sandbox.churn = ChurnConfig()
    return api.sandbox


def patient(api: Api, resource: str) -> list[Row]:
    """All rows, read in pages of which each overlaps the last by more than ever goes."""
    rows: list[Row] = []
    offset = 0
    while page := api.body(resource, Limit=40, Offset=offset)["Data"]:
        rows += page
        offset += 10
    return rows


@pytest.mark.parametrize("resource", CHURNED)
def test_who_stays_is_read_by_a_careful_reader_and_nothing_is_read_that_never_was(
    own_api: Api, resource: str
) -> None:
    own_api.sandbox.churn = STORMY
    read = keys(resource, patient(own_api, resource))
    survivors = keys(resource, own_api.sandbox.survivors(resource))
    ever = keys(resource, own_api.sandbox.ever(resource))
    assert survivors
    assert survivors <= read <= ever
    assert survivors < ever


def test_a_reader_of_pages_misses_some_that_stay_and_reads_others_twice(own_api: Api) -> None:
    own_api.sandbox.churn = ChurnConfig(deletes=2)
    read = {row["ID"] for row in own_api.rows("message", limit=15)}
    assert {row["ID"] for row in own_api.sandbox.survivors("message")} - read
    own_api.sandbox.churn = ChurnConfig(inserts=2)
    ids = [row["ID"] for row in own_api.rows("message", limit=15, Sort="ID DESC")]
    assert len(ids) > len({*ids})


def test_each_turn_inserts_and_deletes_as_many_as_told(own_api: Api) -> None:
    sandbox = own_api.sandbox
    before = {resource: sandbox.rows(resource) for resource in CHURNED}
    sandbox.churn = ChurnConfig(every=3, inserts=4, deletes=2, late_events=6)
    for count in range(1, 10):
        own_api.body("sender")
        turns = (count - 1) // 3
        for resource, old in before.items():
            now, ever = keys(resource, sandbox.rows(resource)), sandbox.ever(resource)
            stayed = keys(resource, sandbox.survivors(resource))
            gone = keys(resource, ever) - now
            if resource in {"contact", "message"}:
                assert len(ever) - len(old) == 4 * turns
                assert len(gone) == 2 * turns
            else:
                assert len(ever) - len(old) == (4 + 2) * turns
            assert stayed <= now
            assert stayed <= keys(resource, old) <= keys(resource, ever)


def test_the_first_requests_find_the_account_as_it_was(own_api: Api) -> None:
    plain = own_api.rows("contact")
    own_api.sandbox.churn = ChurnConfig(every=2, deletes=5)
    assert own_api.body("contact", Limit=1000)["Data"] == plain
    assert own_api.body("contact", Limit=1000)["Data"] == plain
    assert len(own_api.body("contact", Limit=1000)["Data"]) == len(plain) - 5


def test_a_status_changes_while_it_is_read_and_the_survivors_know(own_api: Api) -> None:
    before = {row["ID"]: row["Status"] for row in own_api.rows("message")}
    sandbox = churned(own_api, ChurnConfig(late_events=20))
    survivors = {row["ID"]: row["Status"] for row in sandbox.survivors("message")}
    assert survivors.keys() == before.keys()
    changed = {(before[i], status) for i, status in survivors.items() if status != before[i]}
    assert {("sent", "opened"), ("sent", "clicked"), ("sent", "hardbounced")} <= changed


def test_late_events_are_old_but_not_too_old_and_new_ones_new(own_api: Api) -> None:
    for churn in (ChurnConfig(late_events=60), ChurnConfig(inserts=10)):
        sandbox = churned(own_api, churn)
        for resource, at in EVENT_TIMES.items():
            old = keys(resource, sandbox.survivors(resource))
            new = [row for row in sandbox.rows(resource) if not keys(resource, [row]) <= old]
            ages = [UNTIL - parse(row[at]) for row in new]
            assert len(ages) >= 10
            assert all(timedelta() <= age <= timedelta(hours=19) for age in ages)
            late = max(ages) > timedelta(hours=5) and len(set(ages)) > 5
            assert late if churn.late_events else set(ages) == {timedelta()}


def test_new_messages_arrive_now_and_a_little_earlier(own_api: Api) -> None:
    sandbox = churned(own_api, ChurnConfig(inserts=10))
    old = {row["ID"] for row in sandbox.survivors("message")}
    ages = [
        UNTIL - parse(row["ArrivedAt"]) for row in sandbox.rows("message") if row["ID"] not in old
    ]
    assert len(ages) == 10
    assert ages.count(timedelta()) == 5
    assert timedelta() < max(ages) < timedelta(seconds=90)
    by_time = own_api.rows("message", FromTS=wire(UNTIL - timedelta(minutes=2)))
    assert len([row for row in by_time if row["ID"] not in old]) == 10


def test_contacts_come_and_go_from_their_lists(own_api: Api) -> None:
    def members() -> int:
        lists = [row["ID"] for row in own_api.sandbox.rows("contactslist")]
        return sum(len(own_api.rows("contact", ContactsList=identifier)) for identifier in lists)

    def subscribers() -> int:
        return sum(row["SubscriberCount"] for row in own_api.sandbox.rows("contactslist"))

    before = members(), subscribers()
    churned(own_api, ChurnConfig(inserts=8))
    joined = members(), subscribers()
    assert all(8 <= new - old <= 16 for new, old in zip(joined, before, strict=True))
    churned(own_api, ChurnConfig(deletes=8))
    assert members() < joined[0]
    assert subscribers() < joined[1]


def test_the_account_still_hangs_together_after_much_churn(own_api: Api) -> None:
    sandbox = churned(own_api, ChurnConfig(inserts=5, deletes=5, late_events=5), turns=30)
    messages = {row["ID"]: row for row in sandbox.rows("message")}
    for resource in RESOURCES:
        assert same(own_api.everything(resource), sandbox.rows(resource))
    for resource, at in EVENT_TIMES.items():
        for event in sandbox.rows(resource):
            assert event[at] >= messages[event["ID"]]["ArrivedAt"]
    counted = own_api.body(
        "statcounters",
        CounterSource="APIKey",
        CounterTiming="Message",
        CounterResolution="Lifetime",
    )
    told = sandbox.counters(source="APIKey", timing="Message", resolution="Lifetime")
    assert counted["Data"] == told
    assert told[0]["Total"] == len(messages)
    gone = {row["ID"] for row in sandbox.ever("message")} - messages.keys()
    with pytest.raises(ValueError, match="no message"):
        sandbox.add_event("open", message_id=min(gone), at=UNTIL)


def test_an_account_can_be_emptied(own_api: Api) -> None:
    sandbox = churned(own_api, ChurnConfig(deletes=1000, inserts=1, late_events=1), turns=3)
    assert sandbox.survivors("message") == sandbox.survivors("contact") == []
    assert own_api.body("openinformation")["Data"] == []


def test_what_is_there_at_a_mark_counts_as_there_throughout(own_api: Api) -> None:
    sandbox = own_api.sandbox
    for resource in RESOURCES:
        assert sandbox.survivors(resource) == sandbox.ever(resource) == sandbox.rows(resource)
    churned(own_api, STORMY)
    assert sandbox.survivors("message") != sandbox.rows("message")
    sandbox.mark()
    for resource in RESOURCES:
        assert sandbox.survivors(resource) == sandbox.ever(resource) == sandbox.rows(resource)
    sandbox.churn = STORMY
    for _ in range(2):
        own_api.body("sender")
        assert sandbox.survivors("message") == sandbox.rows("message")
    sandbox.mark()
    own_api.body("sender")
    assert sandbox.survivors("message") != sandbox.rows("message")


def test_rows_that_the_clock_uncovers_did_not_stay_throughout(own_api: Api) -> None:
    sandbox = own_api.sandbox
    before = sandbox.rows("message")
    sandbox.mark()
    sandbox.clock.advance(timedelta(days=2))
    assert len(sandbox.rows("message")) > len(before)
    assert keys("message", sandbox.survivors("message")) == keys("message", before)
    assert sandbox.ever("message") == sandbox.rows("message")


def history(seed: int) -> list[Any]:
    churn = ChurnConfig(every=2, inserts=2, deletes=2, late_events=2, seed=seed)
    with Sandbox(size=SMALLEST, until=UNTIL, churn=churn) as sandbox:
        with closing(Api(sandbox)) as api:
            pages = [api.body("message", Limit=50, Offset=50 * n)["Data"] for n in range(6)]
        return [pages, [(sandbox.survivors(name), sandbox.ever(name)) for name in CHURNED]]


def test_the_same_seed_and_requests_make_the_same_changes() -> None:
    first = history(seed=1)
    assert history(seed=1) == first
    assert history(seed=2) != first


def test_requests_that_never_reach_the_account_do_not_change_it(own_api: Api) -> None:
    sandbox = own_api.sandbox
    sandbox.churn = ChurnConfig(deletes=1)
    sandbox.faults = Faults(permanent={"sender": 500})
    for _ in range(5):
        assert own_api.get("sender").status_code == 500
    assert sandbox.survivors("message") == sandbox.ever("message")


def test_there_is_no_telling_about_what_is_no_resource(own_api: Api) -> None:
    for tell in (own_api.sandbox.survivors, own_api.sandbox.ever):
        with pytest.raises(KeyError):
            tell("statcounters")
    with pytest.raises(RuntimeError, match="with statement"):
        Sandbox().mark()


@pytest.mark.parametrize("name", ["every", "inserts", "deletes", "late_events"])
def test_churn_of_no_use_is_refused_in_words(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is at least [01], not -1"):
        ChurnConfig(**{name: -1})
