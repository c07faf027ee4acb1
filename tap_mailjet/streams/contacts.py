"""People, the lists they are on, and segments. Full tables: Mailjet has no filter by change."""

from __future__ import annotations

from tap_mailjet.queries import LIST_FILTERS, Filters
from tap_mailjet.streams.base import FullTableStream


class Contacts(FullTableStream):
    """Everyone who was ever mailed or put on a list.

    https://dev.mailjet.com/email/reference/contacts/contact/
    """

    name = "contacts"
    resource = "contact"
    filters = Filters(campaign_ids="Campaign", contact_list_ids="ContactsList")


class ContactLists(FullTableStream):
    """Contact lists.

    https://dev.mailjet.com/email/reference/contacts/contact-list/
    """

    name = "contact_lists"
    resource = "contactslist"
    filters = LIST_FILTERS


class Segmentation(FullTableStream):
    """Segments: formulas that select contacts of a list.

    https://dev.mailjet.com/email/reference/segmentation/
    """

    name = "segmentation"
    resource = "contactfilter"
    filters = Filters(segment_status=True)
