"""The resources of messages."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import FIRST_MESSAGE, Kind
from tap_mailjet.sandbox.api.campaign_filters import (
    OF_CAMPAIGN,
    by_campaign,
    of_deleted_campaigns_hidden,
    of_its_campaign,
    of_status,
)
from tap_mailjet.sandbox.api.contact_columns import EMAIL
from tap_mailjet.sandbox.api.drawn_resource import Drawn
from tap_mailjet.sandbox.api.message_status import (
    EVENTS_OF_MESSAGE,
    IS_BLOCKED,
    IS_TEMPORARY,
    STATUS,
    happened,
    of_bounce,
)
from tap_mailjet.sandbox.api.parameters import boolean, integer, moment, text
from tap_mailjet.sandbox.api.resource import (
    Field,
    Filter,
    Hidden,
    Resource,
    Type,
    booleans,
    integers,
    names,
    numbers,
    same,
    texts,
    times,
)

_BOUNCED_AT = of_bounce("x.At")
_IS_BLOCKED = of_bounce(IS_BLOCKED.format(e="x"))
_COMPLAINED_AT = (
    f"(SELECT MIN(x.At) FROM {EVENTS_OF_MESSAGE} "  # noqa: S608 - constants only
    f"WHERE x.Kind = {int(Kind.SPAM)} AND x.MessageID = m.ID AND x.VisibleAt <= :clock)"
)
_OF_MESSAGE = {**of_its_campaign("m"), "MessageStatus": of_status(STATUS)}
_FIRST_OF_CAMPAIGN = (
    "m.ID IN (SELECT MIN(f.ID) FROM message AS f WHERE f.VisibleAt <= :clock GROUP BY f.CampaignID)"
)


def _event_bounds(name: str, expression: str) -> dict[str, Filter]:
    """Return the filters by the time of an event of a message."""
    return {
        f"{name}EventFromTs": Filter(moment, f"{expression} {{lower}} :{name}EventFromTs"),
        f"{name}EventToTs": Filter(moment, f"{expression} {{upper}} :{name}EventToTs"),
    }


MESSAGES = Resource(
    name="message",
    table="message AS m",
    key="m.ID",
    visible="m.VisibleAt <= :clock",
    # Without churn this is the order by ID; but the index on ArrivedAt serves windows too.
    order=("m.ArrivedAt", "m.ID"),
    joins=(
        "JOIN campaign AS c ON c.ID = m.CampaignID "
        "JOIN contact AS k ON k.ID = m.ContactID "
        "JOIN sender AS f ON f.ID = c.FromID"
    ),
    fields=(
        *times(ArrivedAt="m.ArrivedAt"),
        *integers(
            **same("m", "CampaignID ContactID ID"),
            **same("c", "AttachmentCount FromID SenderID"),
            AttemptCount="m.AttemptCount + COALESCE(m.AttemptCount = 0 AND m.SentAt <= :clock, 0)",
            DestinationID="1 + m.ContactID % 3",
            FilterTime="3 + m.ID % 37",
            MessageSize="8000 + c.ID % 41 * 300 + m.ID % 97",
            StateID=of_bounce("x.StateID"),
        ),
        *texts(
            CampaignALT="c.ALT",
            ContactAlt=f"CASE WHEN :ShowContactAlt THEN {EMAIL} END",
            CustomID="CASE WHEN :ShowCustomID THEN m.CustomID END",
            FromALT="f.Email",
            SpamassRules="c.SpamassRules",
            Status=STATUS,
            Subject="CASE WHEN :ShowSubject THEN c.Subject END",
        ),
        *numbers(
            Delay="CASE WHEN m.SentAt <= :clock THEN m.SentAt - m.ArrivedAt END",
            SpamassassinScore="c.SpamassScore",
        ),
        *booleans(
            **same("c", "IsClickTracked IsOpenTracked IsUnsubTracked"),
            IsHTMLPartIncluded="c.HasHtml",
            IsTextPartIncluded="c.HasText",
            StatePermanent=of_bounce(f"NOT {IS_TEMPORARY.format(e='x')}"),
        ),
        Field("UUID", Type.UUID, f"m.ID - {FIRST_MESSAGE}"),
    ),
    filters={
        **{
            name: Filter(integer, f"m.{column} = :{name}")
            for name, column in (
                ("Campaign", "CampaignID"),
                ("CampaignID", "CampaignID"),
                ("Contact", "ContactID"),
                ("ContactID", "ContactID"),
            )
        },
        **{
            name: Filter(OF_CAMPAIGN[name].parse, by_campaign("m", OF_CAMPAIGN[name].condition))
            for name in ("From", "FromDomain", "FromID", "FromType")
        },
        "CustomID": Filter(text, "m.CustomID = :CustomID"),
        "FromTS": Filter(moment, "m.ArrivedAt {lower} :FromTS"),
        "MessageStatus": of_status(STATUS),
        "SenderID": Filter(integer, by_campaign("m", "c.SenderID = :SenderID")),
        "ToTS": Filter(moment, "m.ArrivedAt {upper} :ToTS"),
    },
    unsupported=names("BounceReason ContactAlt Destination MessageState PlanSubscription Sender"),
    is_current_day=True,
    sortable={"ArrivedAt": "m.ArrivedAt", "ID": "m.ID"},
    ascending=(),
    shown=("ShowContactAlt", "ShowCustomID", "ShowSubject"),
)

_IDS = {"CampaignID": "m.CampaignID", "ContactID": "m.ContactID"}
_MESSAGE_INFORMATION = Drawn(
    "messageinformation",
    "message_information",
    sql={**_IDS, "CreatedAt": "m.ArrivedAt", "ID": "m.ID"},
    choices={
        "SpamAssassinRules": (
            {"ALT": "", "ID": -1},
            {"ALT": "", "ID": -1, "Items": [{"HitCount": 1, "Name": "HTML", "Score": 0.1}]},
        )
    },
    filters=_OF_MESSAGE,
    hidden=(of_deleted_campaigns_hidden("m"),),
    is_current_day=True,
    ascending="",
    both_ways="ID",
    order_by={"ArrivedAt": "m.ArrivedAt"},
).of(MESSAGES, "m.ArrivedAt")
_MESSAGE_SENT_STATISTICS = Drawn(
    "messagesentstatistics",
    "message_sent_statistics",
    sql={
        **_IDS,
        "ArrivalTs": "m.ArrivedAt",
        "Blocked": f"COALESCE({_IS_BLOCKED}, 0)",
        "Bounce": f"COALESCE(NOT {_IS_BLOCKED}, 0)",
        "BounceDate": _BOUNCED_AT,
        "ComplaintDate": _COMPLAINED_AT,
        "MessageID": "m.ID",
        "Spam": happened(Kind.SPAM),
        "StateID": of_bounce("x.StateID"),
        "Status": STATUS,
        "WorkflowID": "c.WorkflowID",
    },
    shown=dict.fromkeys(("BounceReason", "Details", "FBLSource"), "ShowExtraData"),
    filters={
        **_OF_MESSAGE,
        **_event_bounds("Bounce", _BOUNCED_AT),
        **_event_bounds("Spam", _COMPLAINED_AT),
        "AllMessages": Filter(boolean, f"(:AllMessages OR {_FIRST_OF_CAMPAIGN})"),
        "Contact": Filter(integer, "m.ContactID = :Contact"),
        "CustomID": Filter(text, "m.CustomID = :CustomID"),
        "WorkflowID": Filter(integer, by_campaign("m", "c.WorkflowID = :WorkflowID")),
    },
    hidden=(of_deleted_campaigns_hidden("m"), Hidden(names("AllMessages"), _FIRST_OF_CAMPAIGN)),
    unsupported="ProcessEmailAutomationRelations RawData",
    is_current_day=True,
    both_ways="ID ArrivalTs",
).of(MESSAGES, "m.ArrivedAt")
_MESSAGE_STATES = Resource(
    name="messagestate",
    table="messagestate AS t",
    key="t.ID",
    visible="1",
    order=("t.ID",),
    fields=(*integers(ID="t.ID"), *texts(RelatedTo="t.RelatedTo", State="t.State")),
    sortable={"ID": "t.ID"},
)

RESOURCES = (MESSAGES, _MESSAGE_INFORMATION, _MESSAGE_SENT_STATISTICS, _MESSAGE_STATES)
