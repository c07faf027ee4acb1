"""The resources of campaigns: sent, drafted, tested and automated."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import (
    FIRST_DRAFT,
    FIRST_NEWSLETTER,
    FIRST_TEST,
    FIRST_WORKFLOW,
    Kind,
)
from tap_mailjet.sandbox.api.campaign_filters import CAMPAIGN_STATUS, OF_CAMPAIGN, deleted_hidden
from tap_mailjet.sandbox.api.drawn_resource import UNSUPPORTED_COUNTS, Drawn, activity_filters
from tap_mailjet.sandbox.api.parameters import boolean, choice, integer, moment, text
from tap_mailjet.sandbox.api.resource import (
    Filter,
    Hidden,
    Resource,
    booleans,
    integers,
    names,
    numbers,
    same,
    texts,
    times,
)

_FIRST = "(SELECT MIN(m.ID) FROM message AS m WHERE m.CampaignID = c.ID AND m.VisibleAt <= :clock)"
_COUNT = (
    "(SELECT COUNT(*) FROM message AS m "
    "WHERE c.{flag} AND m.CampaignID = c.ID AND m.VisibleAt <= :clock)"
)
_COUNTS = {
    "ClickTracked": "IsClickTracked",
    "HasHtmlCount": "HasHtml",
    "HasTxtCount": "HasText",
    "OpenTracked": "IsOpenTracked",
    "UnsubscribeTrackedCount": "IsUnsubTracked",
}


def _latest(column: str, table: str, condition: str) -> str:
    """Return the latest time in a column among rows of a campaign, 0 if there is no such row."""
    return (
        f"COALESCE((SELECT x.{column} FROM {table} AS x "  # noqa: S608 - constants only
        f"WHERE x.CampaignID = c.ID AND {condition} AND x.VisibleAt <= :clock "
        f"ORDER BY x.{column} DESC LIMIT 1), 0)"
    )


# What counts as activity is documented by examples only: here whatever changes a count.
_LAST_ACTIVITY = "NULLIF(MAX({}, COALESCE(c.SendEndAt * (c.SendEndAt <= :clock), 0)), 0)".format(
    ", ".join(
        (
            *(_latest("At", "event", f"x.Kind = {int(kind)}") for kind in Kind),
            _latest("ArrivedAt", "message", "1"),
            _latest("SentAt", "message", "x.SentAt <= :clock"),
            _latest("DeferredAt", "message", "x.DeferredAt <= :clock"),
        )
    )
)

CAMPAIGNS = Resource(
    name="campaign",
    table="campaign AS c",
    key="c.ID",
    visible="c.VisibleAt <= :clock",
    order=("c.ID",),
    joins=(
        "JOIN sender AS f ON f.ID = c.FromID "
        "LEFT JOIN contactslist AS l ON l.ID = c.ListID "
        "LEFT JOIN contactfilter AS g ON g.ID = c.SegmentationID"
    ),
    fields=(
        *times(
            **same("c", "CreatedAt SendStartAt"),
            SendEndAt="CASE WHEN c.SendEndAt <= :clock THEN c.SendEndAt END",
        ),
        *integers(
            **same("c", "CampaignType FromID ID ListID NewsLetterID SegmentationID WorkflowID"),
            **{name: _COUNT.format(flag=flag) for name, flag in _COUNTS.items()},
            FirstMessageID=_FIRST,
            Status=CAMPAIGN_STATUS,
        ),
        *texts(
            **same("c", "CustomValue FromName Subject"),
            **dict.fromkeys(("FromALT", "FromEmail"), "f.Email"),
            ListALT="l.Name",
            SegmentationALT="g.Name",
        ),
        *booleans(IsDeleted="c.DeletedAt <= :clock", IsStarred="c.IsStarred"),
        *numbers(SpamassScore="c.SpamassScore"),
    ),
    filters={
        **OF_CAMPAIGN,
        "CampaignID": Filter(integer, "c.ID = :CampaignID"),
        "WorkflowID": Filter(integer, "c.WorkflowID = :WorkflowID"),
    },
    hidden=(deleted_hidden("c"),),
    is_current_day=True,
    sortable={"ID": "c.ID"},
    ascending=(),
)

_STATUSES = (0, 1, 2, -1, -2)
"""Drafted, programmed, sent, archived, deleted."""
_EQUAL = {
    "AXTesting": "AXTestingID",
    "Campaign": "CampaignID",
    "ContactsList": "ContactsListID",
    "EditMode": "EditMode",
    "IsStarred": "IsStarred",
    "Segmentation": "SegmentationID",
    "Subject": "Subject",
}
_BY_STATUS = {
    "IsArchived": Filter(boolean, "([Status] = -1) = :IsArchived"),
    "IsDeleted": Filter(boolean, "([Status] = -2) = :IsDeleted"),
}
_HIDDEN_BY_STATUS = (
    Hidden(names("IsArchived"), "[Status] <> -1", "deleted"),
    Hidden(names("IsDeleted"), "[Status] <> -2", "deleted"),
)

DRAFTS = Drawn(
    "campaigndraft",
    "campaign_drafts",
    first_id=FIRST_DRAFT,
    choices={"EditMode": ("html2", "tool2", "mjml"), "Status": _STATUSES},
    equal={**_EQUAL, "IsCampaignTemplate": "IsCampaignTemplate", "Template": "TemplateID"},
    filters=_BY_STATUS,
    hidden=_HIDDEN_BY_STATUS,
    unsupported="DeliveredAt IsCampaign IsHandled Modified NewsLetterTemplate Status",
    both_ways="ID",
).table()
_NEWSLETTERS = Drawn(
    "newsletter",
    "newsletters",
    first_id=FIRST_NEWSLETTER,
    choices={
        "EditMode": ("tool", "html"),
        "EditType": ("full", "light", "ulight"),
        "Footer": ("default", "none"),
        "Permalink": ("default", "none"),
        "Status": _STATUSES,
    },
    # Mailjet's documentation shows the ID as a string.
    references="AXTesting",
    equal={**_EQUAL, "IsHandled": "IsHandled"},
    filters=_BY_STATUS,
    hidden=_HIDDEN_BY_STATUS,
    unsupported="DeliveredAt IsCampaign Modified NewsLetterTemplate Status",
    both_ways="ID",
).table()
_OVERVIEW = Drawn(
    "campaignoverview",
    "campaign_overview",
    # A newsletter and an A/B test may have the same ID: only ID and IDType together are a key.
    sql={"ID": "1 + d.N / 2"},
    choices={"IDType": ("Campaign", "AX", "NL"), "Status": (0, 1, 2, -1)},
    equal={"ID": "ID", "Starred": "Starred", "Subject": "Subject"},
    filters={
        "All": Filter(boolean, "(:All OR [Status] <> -1)"),
        **{
            name: Filter(boolean, f"([Status] = {status}) = :{name}")
            for name, status in (("Archived", -1), ("Drafts", 0), ("Programmed", 1), ("Sent", 2))
        },
        "IDType": Filter(choice("Campaign", "AX", "NL"), "[IDType] = :IDType"),
    },
    hidden=(Hidden(names("All Archived"), "[Status] <> -1", "deleted"),),
).table()
_TESTS = Drawn(
    "axtesting",
    "ab_tests",
    first_id=FIRST_TEST,
    choices={
        "Mode": ("automatic", "manual"),
        "WinnerMethod": ("OpenRate", "ClickRate", "SpamRate", "UnsubRate", "MJScore"),
    },
    equal={
        "ContactsList": "ContactListID",
        "IsDeleted": "Deleted",
        "IsStarred": "Starred",
        "Segmentation": "SegmentationID",
    },
    hidden=(Hidden(names("IsDeleted"), "NOT [Deleted]", "deleted"),),
).table()
_WORKFLOWS = Drawn(
    "workflow",
    "workflows",
    first_id=FIRST_WORKFLOW,
    choices={"Status": ("Draft", "Started", "Stopped")},
    equal={"IsDeleted": "IsDeleted", "Name": "Name", "Status": "Status"},
    filters={"ShowAll": Filter(boolean, "(:ShowAll OR NOT [IsDeleted])")},
    hidden=(Hidden(names("IsDeleted ShowAll"), "NOT [IsDeleted]", "deleted"),),
    unsupported="IsActive NameCI NameLike NameLikeCI",
    both_ways="ID",
).table()
_AGGREGATES = Drawn(
    "campaignaggregate",
    "campaign_aggregates",
    equal={
        "ContactFilter": "ContactFilterID",
        "ContactsList": "ContactsListID",
        "Sender": "SenderID",
    },
    both_ways="ID",
).table()
_CAMPAIGN_STATISTICS = Drawn(
    "campaignstatistics",
    "campaign_statistics",
    sql={
        "CampaignALT": "c.ALT",
        "CampaignID": "c.ID",
        "CampaignIsStarred": "c.IsStarred",
        "CampaignSendStartAt": "c.SendStartAt",
        "LastActivityAt": _LAST_ACTIVITY,
        "NewsLetterID": "c.NewsLetterID",
        "WorkflowID": "c.WorkflowID",
    },
    shown=dict.fromkeys(("CampaignSubject", "ContactListName", "SegmentName"), "ShowExtraData"),
    filters={
        **activity_filters(),
        **{
            name: OF_CAMPAIGN[name]
            for name in ("ContactsList", "FromTS", "FromType", "IsDeleted", "IsStarred", "ToTS")
        },
        "NewsLetter": Filter(integer, "c.NewsLetterID = :NewsLetter"),
        "Segmentation": Filter(integer, "c.SegmentationID = :Segmentation"),
        "Sender": Filter(integer, "c.SenderID = :Sender"),
        "Subject": Filter(text, "c.Subject = :Subject"),
        "WorkflowID": Filter(integer, "c.WorkflowID = :WorkflowID"),
    },
    hidden=(deleted_hidden("c"),),
    unsupported=f"{UNSUPPORTED_COUNTS} AXTesting CampaignStatus GroupAX LastActivityAt",
    both_ways="ID ProcessedCount",
    order_by={"Newsletter.ID": "c.NewsLetterID"},
).of(CAMPAIGNS, "c.SendStartAt")
_WORKFLOW_STATISTICS = Drawn(
    "workflowstatistics",
    "workflow_statistics",
    sql={"WorkflowID": _WORKFLOWS.key},
    equal={"WorkflowID": "WorkflowID"},
    # The clock that they read is not documented.
    filters={
        "FromTS": Filter(moment, "d.CreatedAt {lower} :FromTS"),
        "ToTS": Filter(moment, "d.CreatedAt {upper} :ToTS"),
    },
    both_ways="ID",
).of(_WORKFLOWS, "d.CreatedAt")

RESOURCES = (
    CAMPAIGNS,
    DRAFTS,
    _NEWSLETTERS,
    _OVERVIEW,
    _TESTS,
    _WORKFLOWS,
    _AGGREGATES,
    _CAMPAIGN_STATISTICS,
    _WORKFLOW_STATISTICS,
)
