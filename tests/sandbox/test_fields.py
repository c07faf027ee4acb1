"""Field expressions of messages and events, against values computed here from the tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tap_mailjet.sandbox.account.tables import Kind
from tests.sandbox.api import UNTIL, parse
from tests.sandbox.counting import SOFT

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

NOW = int(UNTIL.timestamp())
BLOCKED, PERMANENT_BY_ADDRESS = 14, 5
BOUNCE_FIELDS = ["StateID", "IsBlocked", "IsStatePermanent"]
ENGAGEMENT = ((Kind.SPAM, "spam"), (Kind.UNSUB, "unsub"), (Kind.CLICK, "clicked"))


def events(sandbox: Sandbox) -> dict[int, list[tuple[Any, ...]]]:
    """The visible events by message, in order of time."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for message, *event in sandbox._served.account.read(
        "SELECT MessageID, Kind, At, StateID, Url FROM event WHERE VisibleAt <= ? ORDER BY At, Seq",
        (NOW,),
    ):
        found[message].append(tuple(event))
    return found


def bounce_status(state: int) -> str:
    if state >= BLOCKED:
        return "blocked"
    if state in SOFT:
        return "softbounced"
    return "hardbounced" if state <= PERMANENT_BY_ADDRESS else "bounce"


def status(met: list[tuple[Any, ...]], sent: int | None, deferred: int | None) -> str:
    kinds = {kind for kind, *_ in met}
    for kind, name in (*ENGAGEMENT, (Kind.OPEN, "opened")):
        if kind in kinds:
            return name
    if Kind.BOUNCE in kinds:
        return bounce_status(next(state for kind, _, state, _ in met if kind == Kind.BOUNCE))
    if sent is not None and sent <= NOW:
        return "sent"
    return "deferred" if deferred is not None and deferred <= NOW else "queued"


def test_status_state_and_delay_of_messages_follow_from_the_tables(sandbox: Sandbox) -> None:
    met = events(sandbox)
    rows = {row["ID"]: row for row in sandbox.rows("message")}
    offenders = []
    for number, arrived, sent, deferred in sandbox._served.account.read(
        "SELECT ID, ArrivedAt, SentAt, DeferredAt FROM message WHERE VisibleAt <= ?", (NOW,)
    ):
        row = rows.pop(number)
        state = next((s for kind, _, s, _ in met[number] if kind == Kind.BOUNCE), 0)
        delay = sent - arrived if sent is not None and sent <= NOW else 0
        expected = (status(met[number], sent, deferred), state, delay, arrived)
        arrival = parse(row["ArrivedAt"]).timestamp()
        if (row["Status"], row["StateID"], row["Delay"], arrival) != expected:
            offenders.append((row, expected))
    assert offenders == []
    assert rows == {}


def test_events_are_those_of_the_tables(sandbox: Sandbox) -> None:
    expected: dict[Kind, Counter[tuple[Any, ...]]] = defaultdict(Counter)
    for message, some in events(sandbox).items():
        for kind, at, state, url in some:
            detail = {
                Kind.BOUNCE: (state, state is not None and state >= BLOCKED, state not in SOFT),
                Kind.CLICK: (url,),
            }.get(Kind(kind), ())
            key = (message, at, *detail)
            expected[Kind(kind)][key] += 1
    for kind, resource, at, fields in (
        (
            Kind.BOUNCE,
            "bouncestatistics",
            "BouncedAt",
            ["StateID", "IsBlocked", "IsStatePermanent"],
        ),
        (Kind.CLICK, "clickstatistics", "ClickedAt", ["Url"]),
        (Kind.OPEN, "openinformation", "OpenedAt", []),
    ):
        found = Counter(
            (row["ID"], int(parse(row[at]).timestamp()), *(row[name] for name in fields))
            for row in sandbox.rows(resource)
        )
        assert found == expected[kind]
        assert found
