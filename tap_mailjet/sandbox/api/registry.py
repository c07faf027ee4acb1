"""The resources of the sandbox, by name."""

from __future__ import annotations

from tap_mailjet.sandbox.api.resources import (
    account,
    campaigns,
    contact_reports,
    contacts,
    events,
    messages,
    totals,
)
from tap_mailjet.sandbox.api.resources.children import CHILDREN, named

__all__ = ["CHILDREN", "RESOURCES", "named"]

RESOURCES = {
    resource.name: resource
    for resource in (
        *messages.RESOURCES,
        *events.RESOURCES,
        *campaigns.RESOURCES,
        *contacts.RESOURCES,
        *contact_reports.RESOURCES,
        *account.RESOURCES,
        *totals.RESOURCES,
    )
}
"""The list resources by their names in the URL."""
