"""What became of messages, counted one by one from the account's event rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_mailjet.sandbox.account.tables import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_mailjet.sandbox import Sandbox
    from tests.sandbox.api import Api, Row

SCOPED = [
    "domainstatistics",
    "geostatistics",
    "messagestatistics",
    "toplinkclicked",
    "useragentstatistics",
]
"""The resources that count over the campaigns that filters select."""
SOFT, BLOCKED = {3, 10, 12, 13}, 14


@dataclass
class Message:
    """What became of a message according to the rows of the account."""

    row: Row
    campaign: Row
    attempts: int
    events: list[tuple[Kind, int, int | None, str | None, int | None]] = field(default_factory=list)

    @property
    def met(self) -> set[Kind]:
        return {kind for kind, *_ in self.events}

    @property
    def bounce(self) -> str:
        states = [state for kind, _, state, *_ in self.events if kind is Kind.BOUNCE]
        if not states or states[0] is None:
            return ""
        return "blocked" if states[0] >= BLOCKED else "soft" if states[0] in SOFT else "hard"


def messages(sandbox: Sandbox) -> list[Message]:
    """All messages, their events in order of time."""
    account, now = sandbox._served.account, int(sandbox.clock.now().timestamp())
    attempts = dict(account.read("SELECT ID, AttemptCount FROM message"))
    campaigns = {row["ID"]: row for row in sandbox.rows("campaign")}
    found = {
        row["ID"]: Message(row, campaigns[row["CampaignID"]], attempts[row["ID"]])
        for row in sandbox.rows("message")
    }
    for number, kind, *rest, visible in account.read(
        "SELECT MessageID, Kind, At, StateID, Url, UserAgentID, VisibleAt FROM event "
        "ORDER BY At, Seq"
    ):
        if visible is not None and visible <= now:
            found[number].events.append((Kind(kind), *rest))
    return [*found.values()]


def counted(some: Iterable[Message]) -> dict[str, int]:
    """Counts by the names of the wire, in lower case."""
    counts: Counter[str] = Counter()
    for message in some:
        status, met, bounce = message.row["Status"], message.met, message.bounce
        counts["processedcount"] += 1
        counts["deliveredcount"] += message.row["Delay"] > 0 and not bounce
        counts["openedcount"] += Kind.OPEN in met
        counts["clickedcount"] += Kind.CLICK in met
        counts["spamcomplaintcount"] += Kind.SPAM in met
        counts["unsubscribedcount"] += Kind.UNSUB in met
        counts["workflowexitedcount"] += Kind.EXIT in met
        counts["blockedcount"] += bounce == "blocked"
        counts["softbouncedcount"] += bounce == "soft"
        counts["hardbouncedcount"] += bounce == "hard"
        counts["bouncedcount"] += bounce in {"soft", "hard"}
        counts["queuedcount"] += status == "queued"
        counts["prequeuedcount"] += status == "queued" and message.attempts == 0
        counts["deferredcount"] += status == "deferred"
    return counts


def grouped(sandbox: Sandbox, group: Callable[[Message], Any]) -> dict[Any, list[Message]]:
    groups: dict[Any, list[Message]] = defaultdict(list)
    for message in messages(sandbox):
        groups[group(message)].append(message)
    return groups


def counts(api: Api, resource: str, **params: Any) -> Counter[tuple[str, ...]]:
    """The counts of a resource by row and field; those that are 0 are left out."""
    found: Counter[tuple[str, ...]] = Counter()
    for event in ("open", "click") if resource == "useragentstatistics" else ("",):
        more: dict[str, Any] = {"Event": event} if event else {}
        for row in api.rows(resource, **params, **more):
            texts = tuple(str(value) for value in row.values() if isinstance(value, str))
            for name, value in row.items():
                # The means of several campaigns do not add up.
                if isinstance(value, int) and name not in {"ID", "LinkId"}:
                    key = (event, *texts, name)
                    found[key] += value
    return +found


def shares(api: Api, resource: str) -> dict[int, Counter[tuple[str, ...]]]:
    """The counts of a resource for each campaign alone."""
    campaigns = api.sandbox.rows("campaign")
    return {row["ID"]: counts(api, resource, CampaignID=row["ID"]) for row in campaigns}


def added(parts: dict[int, Counter[tuple[str, ...]]], campaigns: Iterable[int]) -> Any:
    """The counts of several campaigns together."""
    return sum((parts[number] for number in campaigns), Counter())
