"""Makes the small tables of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account.holdings import account, campaigns, contacts, senders, templates

if TYPE_CHECKING:
    import sqlite3

    from tap_mailjet.sandbox.account.holdings.account_plan import AccountPlan

MAKERS = {
    "contactmetadata": contacts.metadata,
    "contacthistory": contacts.history,
    "signup": contacts.signups,
    "csvimport": contacts.imports,
    "batchjob": contacts.jobs,
    "template": templates.templates,
    "draft": campaigns.drafts,
    "newsletter": campaigns.newsletters,
    "axtest": campaigns.tests,
    "workflow": campaigns.workflows,
    "aggregate": campaigns.aggregates,
    "metasender": senders.metasenders,
    "dns": senders.domains,
    "messagestate": senders.states,
    "apikey": account.keys,
    "apikeyaccess": account.accesses,
    "user": account.users,
    "profile": account.profiles,
    "parseroute": account.routes,
    "callback": account.callbacks,
    "widget": account.widgets,
    "preference": account.preferences,
}
"""What makes the rows of each table."""

_IN_COMMON = (
    "CampaignID, Title, Subject, CreatedAt, ProgrammedAt, DueAt, DeliveredAt, ArchivedAt, "
    "DeletedAt, VisibleAt"
)
_MORE = f"""
CREATE TABLE overview (
    Seq INTEGER PRIMARY KEY, ID INTEGER, IDType TEXT, EditMode TEXT, EditType TEXT, Starred INTEGER,
    {_IN_COMMON}
);
INSERT INTO overview
SELECT ID * 4, ID, 'Campaign', EditMode, 'full', IsStarred, {_IN_COMMON} FROM draft UNION ALL
SELECT ID * 4 + 1, ID, 'NL', EditMode, EditType, IsStarred, {_IN_COMMON} FROM newsletter UNION ALL
SELECT ID * 4 + 2, ID, 'AX', 'tool2', 'full', Starred, {_IN_COMMON} FROM axtest;
CREATE INDEX history_by_time ON contacthistory (CreatedAt, ID, VisibleAt);
CREATE INDEX axtest_by_campaign ON axtest (CampaignID);
"""  # noqa: S608 - our own names
"""The overview repeats what drafts, newsletters and A/B tests say of themselves."""


def fill(connection: sqlite3.Connection, plan: AccountPlan) -> None:
    """Make the tables and their rows."""
    connection.execute("BEGIN")
    for table, maker in MAKERS.items():
        rows = list(maker(plan))
        names = [name for name in rows[0] if name != "ID"]
        connection.execute(f"CREATE TABLE {table} (ID INTEGER PRIMARY KEY, {', '.join(names)})")
        marks = ", ".join(f":{name}" for name in names)
        connection.executemany(
            f"INSERT INTO {table} (ID, {', '.join(names)}) VALUES (:ID, {marks})",  # noqa: S608 - our own names
            rows,
        )
    connection.execute("COMMIT")
    connection.executescript(_MORE)
