"""Streams of campaigns: drafts, A/B tests, sent campaigns and workflows."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.reading.queries import CAMPAIGN_FILTERS, Filters
from tap_mailjet.reading.time_windows import TimeFilter
from tap_mailjet.records.derived_fields import timestamps
from tap_mailjet.singer.activity_stream import ActivityStream
from tap_mailjet.singer.child_stream import ChildStream
from tap_mailjet.singer.full_table_stream import FullTableStream

DRAFT_FILTERS = Filters(
    campaign_ids="Campaign",
    contact_list_ids="ContactsList",
    starred=True,
    deleted="include_deleted_campaigns",
    deleted_apart=True,
    archived_apart=True,
)


class SentCampaigns(ActivityStream):
    """Sent campaigns, marketing and transactional. Every message belongs to a campaign.

    A campaign is read again when it had activity or was deleted, however old it is.

    https://dev.mailjet.com/email/reference/campaigns/sent-campaigns/
    """

    name = "sent_campaigns"
    resource = "campaign"
    is_core = True
    selected_by_default = True
    # The time filter uses SendStartAt; CreatedAt may be days earlier.
    replication_key = "SendStartAt"
    time_filter = TimeFilter("FromTS", "ToTS")
    filters = CAMPAIGN_FILTERS


class CampaignDrafts(FullTableStream):
    """Drafts of campaigns, including drafts that have been sent.

    https://dev.mailjet.com/email/reference/campaigns/drafts/
    """

    name = "campaign_drafts"
    resource = "campaigndraft"
    filters = DRAFT_FILTERS


class CampaignDraftContents(ChildStream):
    """The content of each draft, with one request per draft.

    https://dev.mailjet.com/email/reference/campaigns/drafts/
    """

    name = "campaign_draft_contents"
    resource = "campaigndraft/{ID}/detailcontent"
    parent_stream_type = CampaignDrafts
    parent_fields: ClassVar = {"CampaignDraftID": "ID"}
    primary_keys = ("CampaignDraftID",)


class CampaignDraftSchedules(ChildStream):
    """The schedule of each draft, with one request per draft.

    https://dev.mailjet.com/email/reference/campaigns/drafts/
    """

    name = "campaign_draft_schedules"
    resource = "campaigndraft/{ID}/schedule"
    parent_stream_type = CampaignDrafts
    parent_fields: ClassVar = {"CampaignDraftID": "ID"}
    allow_missing = True
    primary_keys = ("CampaignDraftID",)


class CampaignOverview(FullTableStream):
    """All campaigns, newsletters and A/B tests: drafts, scheduled and sent ones.

    https://dev.mailjet.com/email/reference/campaigns/
    """

    name = "campaign_overview"
    resource = "campaignoverview"
    primary_keys = ("ID", "IDType")
    derived_fields: ClassVar = timestamps("SendTimeStart")
    filters = Filters(overview=True)


class CampaignStatistics(FullTableStream):
    """Message and event counts of each campaign.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "campaign_statistics"
    resource = "campaignstatistics"
    primary_keys = ("CampaignID",)
    params: ClassVar = {"ShowExtraData": "true"}
    filters = Filters(
        contact_list_ids="ContactsList",
        sender_ids="Sender",
        starred=True,
        deleted="include_deleted_campaigns",
        deleted_apart=True,
    )


class CampaignAggregates(FullTableStream):
    """Named groups of campaigns whose statistics are combined.

    https://dev.mailjet.com/email/reference/campaigns/
    """

    name = "campaign_aggregates"
    resource = "campaignaggregate"
    filters = Filters(contact_list_ids="ContactsList", sender_ids="Sender")


class AbTests(FullTableStream):
    """A/B tests of campaigns, with their decision rules.

    https://dev.mailjet.com/email/reference/campaigns/
    """

    name = "ab_tests"
    resource = "axtesting"
    filters = Filters(
        contact_list_ids="ContactsList",
        starred=True,
        deleted="include_deleted_campaigns",
        deleted_apart=True,
    )


class Newsletters(FullTableStream):
    """Campaigns of the older newsletter tool.

    https://dev.mailjet.com/email/reference/campaigns/
    """

    name = "newsletters"
    resource = "newsletter"
    filters = DRAFT_FILTERS


class Workflows(FullTableStream):
    """Workflows that send messages to contacts after a trigger.

    https://dev.mailjet.com/email/reference/
    """

    name = "workflows"
    resource = "workflow"
    params: ClassVar = {"ShowAll": "true"}
    filters = Filters(deleted="include_deleted_campaigns", deleted_apart=True)


class WorkflowStatistics(FullTableStream):
    """Contact and message counts of each workflow.

    https://dev.mailjet.com/email/reference/statistics/
    """

    name = "workflow_statistics"
    resource = "workflowstatistics"
    primary_keys = ("WorkflowID",)


STREAMS = (
    SentCampaigns,
    AbTests,
    CampaignAggregates,
    CampaignDraftContents,
    CampaignDraftSchedules,
    CampaignDrafts,
    CampaignOverview,
    CampaignStatistics,
    Newsletters,
    WorkflowStatistics,
    Workflows,
)
