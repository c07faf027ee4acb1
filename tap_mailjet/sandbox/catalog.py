"""The list resources the sandbox has, by the name in the URL."""

from __future__ import annotations

from tap_mailjet.sandbox.event_resources import BOUNCES, CLICKS, OPENS
from tap_mailjet.sandbox.message_resource import MESSAGES
from tap_mailjet.sandbox.object_resources import CAMPAIGNS, CONTACTS, LISTS, SEGMENTS, SENDERS

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
    )
}
