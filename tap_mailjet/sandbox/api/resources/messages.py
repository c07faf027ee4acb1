"""The resources that tell more of each message, and what its states mean."""

from __future__ import annotations

from tap_mailjet.sandbox.account import sample_text
from tap_mailjet.sandbox.account.tables import Kind
from tap_mailjet.sandbox.api.contact_columns import EMAIL
from tap_mailjet.sandbox.api.event_resources import IS_TEMPORARY
from tap_mailjet.sandbox.api.message_resource import (
    EVENTS_OF_MESSAGE,
    MESSAGES,
    STATUS,
    happened,
    of_bounce,
)
from tap_mailjet.sandbox.api.resource import (
    Resource,
    booleans,
    integers,
    named,
    numbers,
    objects,
    texts,
    times,
)

_SENT = "m.SentAt <= :clock"
_RULES = ", ".join(
    f"json_object('HitCount', {place}, 'Name', '{name}', 'Score', {place} * 0.1)"
    for place, name in enumerate(sample_text.SPAM_RULES.split(","), 1)
)
SPAM_ASSASSIN_RULES = (
    "CASE WHEN c.SpamassRules = '' THEN json_object('ALT', '', 'ID', -1) "
    f"ELSE json_object('ALT', '', 'ID', -1, 'Items', json_array({_RULES})) END"
)
_JOINS = "JOIN campaign AS c ON c.ID = m.CampaignID JOIN contact AS k ON k.ID = m.ContactID"
BOUNCED_AT = of_bounce("x.At")
COMPLAINED_AT = (
    f"(SELECT MIN(x.At) FROM {EVENTS_OF_MESSAGE} "  # noqa: S608 - our own text
    f"WHERE x.Kind = {int(Kind.SPAM)} AND x.MessageID = m.ID AND x.VisibleAt <= :clock)"
)
_OF_EVENTS = {
    "Click": happened(Kind.CLICK),
    "Open": happened(Kind.OPEN),
    "Spam": happened(Kind.SPAM),
    "Unsub": happened(Kind.UNSUB),
}
_EXTRA = {
    "BounceReason": "t.State",
    "Details": "'smtp; 550 ' || t.State",
    "FBLSource": f"CASE WHEN {happened(Kind.SPAM)} THEN 'The \"Other\" FBL' END",
}
"""What is told only on demand."""

MESSAGE_INFORMATION = Resource(
    name="messageinformation",
    table="message AS m",
    key="m.ID",
    visible=MESSAGES.visible,
    order=MESSAGES.order,
    joins=_JOINS,
    fields=(
        *texts(CampaignALT="c.ALT", ContactALT=EMAIL),
        *integers(
            CampaignID="m.CampaignID",
            ClickTrackedCount="c.IsClickTracked",
            ContactID="m.ContactID",
            ID="m.ID",
            MessageSize="8000 + c.ID % 41 * 300 + m.ID % 97",
            OpenTrackedCount="c.IsOpenTracked",
            QueuedCount=f"{STATUS} = 'queued'",
            SentCount=_SENT,
        ),
        *times(CreatedAt="m.ArrivedAt", SendEndAt=f"CASE WHEN {_SENT} THEN m.SentAt END"),
        *objects(SpamAssassinRules=SPAM_ASSASSIN_RULES),
        *numbers(SpamAssassinScore="c.SpamassScore"),
    ),
    sortable={"ID": "m.ID", "ArrivedAt": "m.ArrivedAt"},
    ascending=(),
)

MESSAGE_SENT_STATISTICS = Resource(
    name="messagesentstatistics",
    table="message AS m",
    key="m.ID",
    visible=MESSAGES.visible,
    order=MESSAGES.order,
    joins=f"{_JOINS} LEFT JOIN messagestate AS t ON t.ID = {of_bounce('x.StateID')}",
    fields=(
        *times(ArrivalTs="m.ArrivedAt", BounceDate=BOUNCED_AT, ComplaintDate=COMPLAINED_AT),
        *booleans(
            Blocked=f"{STATUS} = 'blocked'",
            Bounce=f"{STATUS} IN ('bounce', 'hardbounced', 'softbounced')",
            Queued=f"{STATUS} = 'queued'",
            Sent=_SENT,
            StatePermanent=of_bounce(f"NOT {IS_TEMPORARY.format(e='x')}"),
            **_OF_EVENTS,
        ),
        *texts(
            CampaignALT="c.ALT",
            ContactALT=EMAIL,
            Status=STATUS,
            ToEmail=EMAIL,
            **{name: f"CASE WHEN :ShowExtraData THEN {sql} END" for name, sql in _EXTRA.items()},
        ),
        *integers(
            CampaignID="m.CampaignID",
            CntRecipients="1",
            ContactID="m.ContactID",
            MessageID="m.ID",
            StateID="t.ID",
            WorkflowID="c.WorkflowID",
        ),
    ),
    sortable={"ID": "m.ID", "ArrivalTs": "m.ArrivedAt"},
    ascending=(),
    shown=("ShowExtraData",),
)

MESSAGE_STATES = Resource(
    name="messagestate",
    table="messagestate AS t",
    key="t.ID",
    visible="t.VisibleAt <= :clock",
    order=("t.ID",),
    fields=(*integers(ID="t.ID"), *named("t", texts, "RelatedTo State")),
    sortable={"ID": "t.ID"},
)
