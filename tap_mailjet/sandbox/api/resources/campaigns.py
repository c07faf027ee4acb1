"""The resources of campaigns as they are written, tested and put together."""

from __future__ import annotations

from tap_mailjet.sandbox.api.resource import (
    Resource,
    booleans,
    integers,
    named,
    numbers,
    objects,
    reached,
    references,
    texts,
    times,
)
from tap_mailjet.sandbox.api.tally import BY_CAMPAIGN, JOINS, AggregationScope, counts, tally

STATE = (
    "CASE WHEN d.ArchivedAt <= :clock THEN 'archived' WHEN d.DeliveredAt <= :clock THEN 'sent' "
    "WHEN d.ProgrammedAt <= :clock THEN 'programmed' ELSE 'draft' END"
)
_CODE = (
    "CASE WHEN d.DeletedAt <= :clock THEN -2 WHEN d.ArchivedAt <= :clock THEN -1 "
    "WHEN d.DeliveredAt <= :clock THEN 2 WHEN d.ProgrammedAt <= :clock THEN 1 ELSE 0 END"
)
_WORD = f"CASE WHEN d.DeletedAt <= :clock THEN 'deleted' ELSE {STATE} END"
_SENT = "d.DeliveredAt <= :clock"
_CAMPAIGN = {"CampaignID": f"CASE WHEN {_SENT} THEN d.CampaignID END"}
_CAMPAIGN_ALT = {"CampaignALT": f"CASE WHEN {_SENT} THEN c.ALT END"}
_CHANGES = ("ProgrammedAt", "DeliveredAt", "ArchivedAt", "DeletedAt")
_MODIFIED = {
    "ModifiedAt": ", ".join(
        ["MAX(d.CreatedAt", *(f"IFNULL({sql}, 0)" for sql in reached("d", *_CHANGES).values())]
    )
    + ")"
}
"""The latest of the changes so far."""
TEST = "CASE WHEN x.ID IS NOT NULL THEN json_object('ID', x.ID, 'Name', x.Title) END"
_JOINS = (
    "LEFT JOIN campaign AS c ON c.ID = d.CampaignID JOIN contactslist AS l ON l.ID = d.ListID "
    "LEFT JOIN contactfilter AS g ON g.ID = d.SegmentationID"
)
_WRITTEN = (
    *texts(**_CAMPAIGN_ALT, ContactsListALT="l.Name", SegmentationALT="g.Name"),
    *integers(**_CAMPAIGN, ContactsListID="d.ListID"),
    *times(CreatedAt="d.CreatedAt", **_MODIFIED, **reached("d", "DeliveredAt")),
    *named("d", numbers, "AXFraction"),
    *named("d", integers, "AXTestingID ID SegmentationID TemplateID"),
    *named("d", booleans, "IsStarred IsTextPartIncluded"),
    *named(
        "d",
        texts,
        "AXFractionName EditMode Locale ReplyEmail Sender SenderEmail SenderName Subject Title Url",
    ),
)
"""What drafts and newsletters both have."""

DRAFTS = Resource(
    name="campaigndraft",
    table="draft AS d",
    key="d.ID",
    visible="d.VisibleAt <= :clock",
    order=("d.ID",),
    joins=(
        f"{_JOINS} LEFT JOIN axtest AS x ON x.ID = d.AXTestingID "
        "LEFT JOIN template AS t ON t.ID = d.TemplateID"
    ),
    fields=(
        *_WRITTEN,
        *objects(AXTesting=TEST),
        *named("d", integers, "Current VarCount"),
        *integers(Status=_CODE),
        *named("d", booleans, "IsCampaignTemplate Used"),
        *texts(Preset="d.Preset", TemplateALT="t.Name"),
    ),
    sortable={"ID": "d.ID"},
    ascending=(),
)

NEWSLETTERS = Resource(
    name="newsletter",
    table="newsletter AS d",
    key="d.ID",
    visible="d.VisibleAt <= :clock",
    order=("d.ID",),
    joins=f"{_JOINS} LEFT JOIN axtest AS x ON x.ID = d.AXTestingID",
    fields=(
        *_WRITTEN,
        # Mailjet's documentation shows the ID as a string.
        *references(AXTesting=TEST),
        *integers(Status=_CODE),
        *named("d", integers, "FooterWYSIWYGType PermalinkWYSIWYGType PolitenessMode"),
        *named("d", booleans, "IsHandled"),
        *named(
            "d",
            texts,
            "Callback EditType Footer FooterAddress HeaderFilename HeaderLink HeaderText HeaderUrl "
            "Ip Permalink PermalinkHost TestAddress",
        ),
    ),
    sortable={"ID": "d.ID"},
    ascending=(),
)

TESTS = Resource(
    name="axtesting",
    table="axtest AS d",
    key="d.ID",
    visible="d.VisibleAt <= :clock",
    order=("d.ID",),
    joins=(
        "JOIN contactslist AS l ON l.ID = d.ListID "
        "LEFT JOIN contactfilter AS g ON g.ID = d.SegmentationID"
    ),
    fields=(
        *texts(ContactListALT="l.Name", Name="d.Title", SegmentationALT="g.Name"),
        *integers(ContactListID="d.ListID", StatusCode=_CODE),
        *times(CreatedAt="d.CreatedAt", RemainderAt="d.RemainderAt", StartAt="d.DueAt"),
        *booleans(Deleted="d.DeletedAt <= :clock", Starred="d.Starred"),
        *named("d", integers, "ID SegmentationID"),
        *named("d", texts, "Mode WinnerMethod"),
        *numbers(Percentage="d.Percentage"),
        *texts(Status=_WORD, StatusString=_WORD),
        *integers(WinnerID=f"CASE WHEN {_SENT} THEN d.WinnerID END"),
        *numbers(
            **{
                name: f"CASE WHEN {_SENT} THEN d.{name} END"
                for name in (
                    "WinnerClickRate",
                    "WinnerOpenRate",
                    "WinnerSpamRate",
                    "WinnerUnsubRate",
                )
            }
        ),
    ),
    sortable={"ID": "d.ID"},
)

_OVERVIEW = "page CROSS JOIN overview AS d ON d.Seq = page.key CROSS JOIN"

OVERVIEW = Resource(
    name="campaignoverview",
    table="overview AS d",
    key="d.Seq",
    visible="d.VisibleAt <= :clock AND NOT COALESCE(d.DeletedAt <= :clock, 0)",
    order=("d.Seq",),
    joins=JOINS,
    counted=tally(
        AggregationScope(
            f"{_OVERVIEW} message AS m ON m.CampaignID = d.CampaignID",
            f"{_OVERVIEW} {BY_CAMPAIGN} ON e.CampaignID = d.CampaignID",
        )
    ),
    fields=(
        *counts("ClickedCount DeliveredCount OpenedCount ProcessedCount"),
        *named("d", texts, "EditMode EditType IDType Subject Title"),
        *integers(
            ID="d.ID",
            SendTimeStart="CASE WHEN d.ProgrammedAt <= :clock THEN d.DueAt END",
            Status=_CODE,
        ),
        *booleans(Starred="d.Starred"),
    ),
    # By ID alone there are ties: a newsletter and an A/B test may have the same.
    sortable={"ID": "d.ID"},
)

AGGREGATES = Resource(
    name="campaignaggregate",
    table="aggregate AS a",
    key="a.ID",
    visible="a.VisibleAt <= :clock",
    order=("a.ID",),
    joins=(
        "LEFT JOIN contactfilter AS g ON g.ID = a.ContactFilterID "
        "JOIN contactslist AS l ON l.ID = a.ContactsListID JOIN sender AS s ON s.ID = a.SenderID"
    ),
    fields=(
        *named("a", texts, "CampaignIDS Keyword Name"),
        *texts(ContactFilterALT="g.Name", ContactsListALT="l.Name", SenderALT="s.Email"),
        *named("a", integers, "ContactFilterID ContactsListID ID SenderID"),
        *booleans(Final="a.Final"),
        *named("a", times, "FromDate ToDate"),
    ),
    sortable={"ID": "a.ID"},
    ascending=(),
)

WORKFLOWS = Resource(
    name="workflow",
    table="workflow AS w",
    key="w.ID",
    visible="w.VisibleAt <= :clock",
    order=("w.ID",),
    fields=(
        *times(
            CreatedAt="w.CreatedAt",
            ModifiedAt="CASE WHEN w.ModifiedAt <= :clock THEN w.ModifiedAt ELSE w.CreatedAt END",
        ),
        *integers(ID="w.ID"),
        *booleans(IsDeleted="w.DeletedAt <= :clock"),
        *named("w", texts, "Name Status"),
    ),
    sortable={"ID": "w.ID"},
    ascending=(),
)
