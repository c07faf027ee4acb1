"""Streams of contacts, contact lists and segments.

Most are full tables, because Mailjet has no filter by the time of the last change.
"""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.reading.queries import LIST_FILTERS, Filters
from tap_mailjet.reading.time_windows import TimeFilter
from tap_mailjet.records.derived_fields import properties, timestamps
from tap_mailjet.singer.child_stream import ChildStream
from tap_mailjet.singer.full_table_stream import FullTableStream
from tap_mailjet.singer.windowed_stream import WindowedStream

# Deleted contacts are anonymized and stay listed for 30 days. Whether Mailjet lists them without
# this parameter is not documented.
ANONYMIZED_TOO = {"IncludeAnonymized": "true"}
CONTACT_FILTERS = Filters(campaign_ids="Campaign", contact_list_ids="ContactsList")
ACTIVITY_CLOCK = TimeFilter("MinLastActivityAt", "MaxLastActivityAt")


class Contacts(FullTableStream):
    """All contacts of the account.

    https://dev.mailjet.com/email/reference/contacts/contact/
    """

    name = "contacts"
    resource = "contact"
    is_core = True
    selected_by_default = True
    params: ClassVar = ANONYMIZED_TOO
    filters = CONTACT_FILTERS
    change_timestamps = (
        "LastUpdateAt",
        "CreatedAt",
        "ExclusionFromCampaignsUpdatedAt",
        "LastActivityAt",
        "UnsubscribedAt",
    )


class ContactLists(FullTableStream):
    """Contact lists.

    https://dev.mailjet.com/email/reference/contacts/contact-list/
    """

    name = "contact_lists"
    resource = "contactslist"
    is_core = True
    selected_by_default = True
    filters = LIST_FILTERS


class Segmentation(FullTableStream):
    """Segments: expressions that select contacts of a list.

    https://dev.mailjet.com/email/reference/segmentation/
    """

    name = "segmentation"
    resource = "contactfilter"
    is_core = True
    selected_by_default = True
    filters = Filters(segment_status=True)


class ListRecipients(FullTableStream):
    """The members of each contact list.

    https://dev.mailjet.com/email/reference/contacts/subscriptions/
    """

    name = "list_recipients"
    resource = "listrecipient"
    filters = Filters(contact_list_ids="ContactsList")
    change_timestamps = ("SubscribedAt", "UnsubscribedAt")


class ContactData(FullTableStream):
    """The values of the contact properties that the account has defined.

    https://dev.mailjet.com/email/reference/contacts/contact-properties/
    """

    name = "contact_data"
    resource = "contactdata"
    primary_keys = ("ContactID",)
    params: ClassVar = ANONYMIZED_TOO
    filters = CONTACT_FILTERS
    derived_fields: ClassVar = {"Properties": properties}


class ContactMetadata(FullTableStream):
    """The definitions of the contact properties.

    https://dev.mailjet.com/email/reference/contacts/contact-properties/
    """

    name = "contact_metadata"
    resource = "contactmetadata"


class ContactHistoryData(WindowedStream):
    """The history of contact data, with timestamps.

    https://dev.mailjet.com/email/reference/contacts/contact-properties/
    """

    name = "contact_history_data"
    resource = "contacthistorydata"
    replication_key = "CreatedAt"
    time_filter = TimeFilter("MinCreatedAt", "MaxCreatedAt")


class ContactStatistics(WindowedStream):
    """Message and event counts of each contact.

    https://dev.mailjet.com/email/reference/statistics/recipients/
    """

    name = "contact_statistics"
    resource = "contactstatistics"
    primary_keys = ("ContactID",)
    params: ClassVar = ANONYMIZED_TOO
    replication_key = "LastActivityAt"
    time_filter = ACTIVITY_CLOCK


class ListRecipientStatistics(WindowedStream):
    """Message and event counts of each contact in a list.

    https://dev.mailjet.com/email/reference/statistics/recipients/
    """

    name = "list_recipient_statistics"
    resource = "listrecipientstatistics"
    primary_keys = ("ListRecipientID",)
    replication_key = "LastActivityAt"
    time_filter = ACTIVITY_CLOCK
    # Without this parameter, Data is empty.
    params: ClassVar = {"ShowExtraData": "true"}
    filters = Filters(contact_list_ids="ContactsList")


class ContactListSignups(FullTableStream):
    """Subscriptions through a form, with their confirmation.

    https://dev.mailjet.com/email/reference/contacts/contact-list/
    """

    name = "contact_list_signups"
    resource = "contactslistsignup"
    derived_fields: ClassVar = timestamps("ConfirmAt", "SignupAt")
    filters = Filters(contact_list_ids="ContactsList")


class ContactListMemberships(ChildStream):
    """The lists of each contact, with one request per contact.

    https://dev.mailjet.com/email/reference/contacts/subscriptions/
    """

    name = "contact_list_memberships"
    resource = "contact/{ID}/getcontactslists"
    parent_stream_type = Contacts
    parent_fields: ClassVar = {"ContactID": "ID"}
    # A deleted contact is listed for 30 days after its data are gone (documented), and an
    # unknown ID gets a 404 (seen in recordings).
    allow_missing = True
    primary_keys = ("ContactID", "ListID")


class CsvImports(FullTableStream):
    """Imports of contacts from CSV files.

    https://dev.mailjet.com/email/reference/contacts/bulk-contact-management/
    """

    name = "csv_imports"
    resource = "csvimport"


class BatchJobs(FullTableStream):
    """Jobs that Mailjet runs in the background.

    https://dev.mailjet.com/email/reference/contacts/bulk-contact-management/
    """

    name = "batch_jobs"
    resource = "batchjob"
    derived_fields: ClassVar = timestamps("AliveAt", "JobEnd", "JobStart", "RequestAt")


STREAMS = (
    Contacts,
    ContactLists,
    Segmentation,
    BatchJobs,
    ContactData,
    ContactHistoryData,
    ContactListMemberships,
    ContactListSignups,
    ContactMetadata,
    ContactStatistics,
    CsvImports,
    ListRecipientStatistics,
    ListRecipients,
)
