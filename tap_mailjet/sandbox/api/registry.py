"""The resources the sandbox has, by the name in the URL."""

from __future__ import annotations

from tap_mailjet.sandbox.api.event_resources import BOUNCES, CLICKS, OPENS
from tap_mailjet.sandbox.api.message_resource import MESSAGES
from tap_mailjet.sandbox.api.object_resources import CAMPAIGNS, CONTACTS, LISTS, SEGMENTS, SENDERS
from tap_mailjet.sandbox.api.resources import (
    account,
    campaigns,
    contacts,
    messages,
    statistics,
    totals,
)
from tap_mailjet.sandbox.api.resources.children import CHILDREN

__all__ = ["CHILDREN", "RESOURCES"]

RESOURCES = {
    resource.name: resource
    for resource in (
        BOUNCES,
        CAMPAIGNS,
        CLICKS,
        CONTACTS,
        LISTS,
        MESSAGES,
        OPENS,
        SEGMENTS,
        SENDERS,
        account.API_KEYS,
        account.API_KEY_ACCESS,
        account.CALLBACKS,
        account.DNS,
        account.META_SENDERS,
        account.PARSE_ROUTES,
        account.PREFERENCES,
        account.PROFILES,
        account.TEMPLATES,
        account.USERS,
        account.WIDGETS,
        campaigns.AGGREGATES,
        campaigns.DRAFTS,
        campaigns.NEWSLETTERS,
        campaigns.OVERVIEW,
        campaigns.TESTS,
        campaigns.WORKFLOWS,
        contacts.CONTACT_DATA,
        contacts.CONTACT_HISTORY,
        contacts.CONTACT_METADATA,
        contacts.CONTACT_STATISTICS,
        contacts.IMPORTS,
        contacts.JOBS,
        contacts.LIST_RECIPIENTS,
        contacts.LIST_RECIPIENT_STATISTICS,
        contacts.SIGNUPS,
        messages.MESSAGE_INFORMATION,
        messages.MESSAGE_SENT_STATISTICS,
        messages.MESSAGE_STATES,
        statistics.CAMPAIGN_STATISTICS,
        statistics.LIST_STATISTICS,
        statistics.SENDER_STATISTICS,
        statistics.WORKFLOW_STATISTICS,
        totals.API_KEY_TOTALS,
        totals.DOMAIN_STATISTICS,
        totals.GEO_STATISTICS,
        totals.MESSAGE_STATISTICS,
        totals.TOP_LINKS,
        totals.USER_AGENT_STATISTICS,
    )
}
"""The list resources."""
