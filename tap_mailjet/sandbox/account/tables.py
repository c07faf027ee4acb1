"""The account's tables in SQLite; all times are Unix seconds, NULL where a thing never was.

A deleted row has no VisibleAt.
"""

from __future__ import annotations

from enum import IntEnum


class Kind(IntEnum):
    """The kinds of events; the values are stored in the table `event`."""

    OPEN = 1
    CLICK = 2
    BOUNCE = 3
    UNSUB = 4
    SPAM = 5
    EXIT = 6
    """The contact left the workflow that sent the message."""


FIRST_DNS = 11
FIRST_USER = 41
FIRST_WORKFLOW = 51
FIRST_SENDER = 101
FIRST_SEGMENT = 301
FIRST_TEST = 801
FIRST_NEWSLETTER = 900
FIRST_LIST = 10_001
FIRST_CONTACT = 1_000_001
FIRST_CAMPAIGN = 5_000_001
FIRST_DRAFT = 2**33 + 1
FIRST_TEMPLATE = 2**54 + 1
FIRST_MESSAGE = 2**60
"""Mailjet's message IDs are above 2^53, so that a client that reads them as floats fails."""
API_KEY_ID = 77
HISTORY_ROWS, LAST_HISTORY_ROW = 200, 195
"""The number of rows of `history_row`, and the last row that resources with few rows use."""
LIST_RECIPIENT = "({s}ContactID << 40 | {s}ListID)"
"""The ID of a subscription: above 2^53 too, and ascending with the contact's ID."""

TABLES = """
CREATE TABLE sender (
    ID INTEGER PRIMARY KEY, CreatedAt INTEGER, DNSID INTEGER, Email TEXT, EmailType TEXT,
    Filename TEXT, IsDefaultSender INTEGER, Name TEXT, Status TEXT, VisibleAt INTEGER
);
CREATE TABLE contactslist (
    ID INTEGER PRIMARY KEY, Address TEXT, CreatedAt INTEGER, DeletedAt INTEGER, Name TEXT,
    VisibleAt INTEGER
);
CREATE TABLE contactfilter (
    ID INTEGER PRIMARY KEY, Description TEXT, Expression TEXT, Name TEXT, Status TEXT,
    VisibleAt INTEGER
);
CREATE TABLE contact (
    ID INTEGER PRIMARY KEY, CreatedAt INTEGER, Email TEXT, Name TEXT, IsOptInPending INTEGER,
    ExcludedAt INTEGER, VisibleAt INTEGER, DeletedAt INTEGER
);
CREATE TABLE subscription (
    ListID INTEGER, ContactID INTEGER, SubscribedAt INTEGER, PRIMARY KEY (ListID, ContactID)
) WITHOUT ROWID;
CREATE TABLE useragent (ID INTEGER PRIMARY KEY, Name TEXT, FullName TEXT);
CREATE TABLE campaign (
    ID INTEGER PRIMARY KEY, ALT TEXT, CampaignType INTEGER, CreatedAt INTEGER, CustomValue TEXT,
    DeletedAt INTEGER, FromID INTEGER, SenderID INTEGER, FromName TEXT, IsStarred INTEGER,
    ListID INTEGER, NewsLetterID INTEGER, SegmentationID INTEGER, SendStartAt INTEGER,
    SendEndAt INTEGER, SpamassScore REAL, SpamassRules TEXT, Subject TEXT, WorkflowID INTEGER,
    IsClickTracked INTEGER, IsOpenTracked INTEGER, IsUnsubTracked INTEGER, HasHtml INTEGER,
    HasText INTEGER, AttachmentCount INTEGER, VisibleAt INTEGER
);
CREATE TABLE message (
    ID INTEGER PRIMARY KEY, ArrivedAt INTEGER, VisibleAt INTEGER, SentAt INTEGER,
    DeferredAt INTEGER, CampaignID INTEGER, ContactID INTEGER, CustomID TEXT, AttemptCount INTEGER
);
CREATE TABLE event (
    Seq INTEGER PRIMARY KEY, Kind INTEGER, MessageID INTEGER, CampaignID INTEGER,
    ContactID INTEGER, At INTEGER, VisibleAt INTEGER, Url TEXT, UserAgentID INTEGER,
    StateID INTEGER
);
CREATE TABLE messagestate (ID INTEGER PRIMARY KEY, State TEXT, RelatedTo TEXT);
CREATE TABLE history_row (Place INTEGER PRIMARY KEY, CreatedAt INTEGER, VisibleAt INTEGER);
"""

INDEXES = f"""
CREATE INDEX subscription_by_id ON subscription ({LIST_RECIPIENT.format(s="")}, SubscribedAt);
CREATE INDEX subscription_by_contact ON subscription (ContactID, SubscribedAt);
CREATE INDEX contact_by_deletion ON contact (DeletedAt) WHERE DeletedAt IS NOT NULL;
CREATE INDEX message_by_arrival ON message (ArrivedAt, ID, VisibleAt);
CREATE INDEX message_by_campaign ON message (CampaignID, ArrivedAt, ID, VisibleAt);
CREATE INDEX message_by_sending_of_campaign ON message (CampaignID, SentAt, VisibleAt);
CREATE INDEX message_by_deferral_of_campaign ON message (CampaignID, DeferredAt, VisibleAt)
    WHERE DeferredAt IS NOT NULL;
CREATE INDEX message_by_contact ON message (ContactID, SentAt);
CREATE INDEX message_by_sending ON message (SentAt);
CREATE INDEX message_by_deferral ON message (DeferredAt) WHERE DeferredAt IS NOT NULL;
CREATE INDEX message_by_custom_id ON message (CustomID) WHERE CustomID IS NOT NULL;
CREATE INDEX event_by_time ON event (Kind, At, VisibleAt, MessageID, CampaignID);
CREATE INDEX event_by_message ON event (Kind, MessageID, Seq, At, VisibleAt, CampaignID);
CREATE INDEX event_by_campaign ON event (Kind, CampaignID, At, VisibleAt, MessageID);
CREATE INDEX event_by_contact ON event (ContactID, Kind, VisibleAt, At);
"""
"""Created after the rows, which is several times faster."""
