"""All streams, by the families of Mailjet's own reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.streams import (
    account,
    campaigns,
    contacts,
    events,
    messages,
    senders,
    statcounters,
    statistics,
    templates,
)

if TYPE_CHECKING:
    from tap_mailjet.singer.base_stream import MailjetStream

FAMILIES: dict[str, tuple[type[MailjetStream], ...]] = {
    "Events": (events.BounceEvents, events.ClickEvents, events.OpenEvents),
    "Messages": (
        messages.Messages,
        messages.MessageEvents,
        messages.MessageInformation,
        messages.MessageSentStatistics,
        messages.MessageStates,
        messages.MessageStatistics,
    ),
    "Campaigns": (
        campaigns.SentCampaigns,
        campaigns.AbTests,
        campaigns.CampaignAggregates,
        campaigns.CampaignDraftContents,
        campaigns.CampaignDraftSchedules,
        campaigns.CampaignDrafts,
        campaigns.CampaignOverview,
        campaigns.CampaignStatistics,
        campaigns.Newsletters,
        campaigns.WorkflowStatistics,
        campaigns.Workflows,
    ),
    "Contacts": (
        contacts.Contacts,
        contacts.ContactLists,
        contacts.Segmentation,
        contacts.BatchJobs,
        contacts.ContactData,
        contacts.ContactHistoryData,
        contacts.ContactListMemberships,
        contacts.ContactListSignups,
        contacts.ContactMetadata,
        contacts.ContactStatistics,
        contacts.CsvImports,
        contacts.ListRecipientStatistics,
        contacts.ListRecipients,
    ),
    "Statistics": (
        statcounters.Statcounters,
        statistics.ApiKeyTotals,
        statistics.DomainStatistics,
        statistics.EspStatistics,
        statistics.GeoStatistics,
        statistics.LinkClicks,
        statistics.ListStatistics,
        statistics.SenderStatistics,
        statistics.TopLinksClicked,
        statistics.UserAgentStatistics,
    ),
    "Templates": (templates.Templates, templates.TemplateContents),
    "Senders and domains": (senders.Senders, senders.MetaSenders, senders.Dns),
    "Account": (
        account.ApiKeyAccess,
        account.ApiKeys,
        account.EventCallbackUrls,
        account.MyProfile,
        account.ParseRoutes,
        account.Preferences,
        account.Users,
        account.Widgets,
    ),
}
STREAMS = tuple(stream for family in FAMILIES.values() for stream in family)
