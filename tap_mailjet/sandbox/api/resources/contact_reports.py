"""The resources of contacts and lists with drawn values: statistics, properties and jobs."""

from __future__ import annotations

from tap_mailjet.sandbox.api.campaign_filters import deleted_hidden, is_deleted
from tap_mailjet.sandbox.api.contact_columns import EMAIL
from tap_mailjet.sandbox.api.drawn_resource import UNSUPPORTED_COUNTS, Drawn, activity_filters
from tap_mailjet.sandbox.api.parameters import boolean, moment, text
from tap_mailjet.sandbox.api.resource import Filter
from tap_mailjet.sandbox.api.resources.contacts import (
    ANONYMIZED_HIDDEN,
    CONTACTS,
    CONTACTS_OF,
    INCLUDE_ANONYMIZED,
    LEFT_AT,
    LIST_RECIPIENTS,
    LISTS,
    OF_LIST,
    SUBSCRIPTION,
)

_PROPERTIES: tuple[list[dict[str, object]], ...] = (
    [],
    [
        {"Name": "age", "Value": 42},
        {"Name": "city", "Value": 'The "Hague"'},
        {"Name": "is_vip", "Value": True},
        {"Name": "score", "Value": 2.25},
    ],
    [{"Name": "city", "Value": "L'Aquila"}],
)
_SPELLING = {"HardBouncedCount": "HardbouncedCount", "SoftBouncedCount": "SoftbouncedCount"}
"""As a client of Mailjet spells them; Mailjet's OpenAPI file has the other spelling."""

RESOURCES = (
    Drawn(
        "contactdata",
        "contact_data",
        sql={"ContactID": "k.ID", "ID": "k.ID"},
        choices={"Data": _PROPERTIES},
        without="Properties",
        filters={**CONTACTS_OF, "ContactEmail": Filter(text, f"{EMAIL} = :ContactEmail")},
        hidden=(ANONYMIZED_HIDDEN,),
        unsupported=(
            "DateFormat Fields IsExcludedFromCampaigns IsUnsubscribed LastActivityAt Status "
            "TimeZone"
        ),
        order_by={name: sql for name, sql in CONTACTS.sortable.items() if name != "ID"},
    ).of(CONTACTS, "k.CreatedAt"),
    Drawn(
        "contactstatistics",
        "contact_statistics",
        sql={"ContactALT": EMAIL, "ContactID": "k.ID"},
        spelling=_SPELLING,
        filters={**activity_filters(), **INCLUDE_ANONYMIZED},
        hidden=(ANONYMIZED_HIDDEN,),
        unsupported=f"{UNSUPPORTED_COUNTS} LastActivityAt",
        both_ways="ProcessedCount",
    ).of(CONTACTS, "k.CreatedAt"),
    Drawn(
        "listrecipientstatistics",
        "list_recipient_statistics",
        sql={"ListRecipientID": SUBSCRIPTION},
        choices={"Data": _PROPERTIES},
        spelling=_SPELLING,
        shown={"Data": "ShowExtraData"},
        filters={
            **OF_LIST,
            **activity_filters(),
            "IsUnsubscribed": Filter(boolean, f"({LEFT_AT} IS NOT NULL) = :IsUnsubscribed"),
            # Documented as exclusive and inclusive: no quirk applies.
            "MaxUnsubscribedAt": Filter(moment, f"{LEFT_AT} < :MaxUnsubscribedAt"),
            "MinUnsubscribedAt": Filter(moment, f"{LEFT_AT} >= :MinUnsubscribedAt"),
        },
        unsupported=(
            f"{UNSUPPORTED_COUNTS} DateFormat IsActive IsExcludedFromCampaigns LastActivityAt "
            "TimeZone"
        ),
        both_ways="ProcessedCount",
        order_by={"Email": f"(SELECT {EMAIL} FROM contact AS k WHERE k.ID = s.ContactID)"},  # noqa: S608 - constants only
    ).of(LIST_RECIPIENTS, "s.SubscribedAt"),
    Drawn(
        "liststatistics",
        "list_statistics",
        sql={
            "Address": "l.Address",
            "CreatedAt": "l.CreatedAt",
            "ID": "l.ID",
            "IsDeleted": is_deleted("l"),
            "Name": "l.Name",
        },
        shown={
            "ActiveCount": "CalcActive",
            "ActiveExcludedSubscriberCount": "CalcActiveExcludedSubscriber",
            "ActiveUnsubscribedCount": "CalcActiveUnsub",
            "ExcludedSubscriberCount": "CalcExcludedSubscriber",
        },
        equal={"ContactsListID": "ID", "IsDeleted": "IsDeleted", "Name": "Name"},
        hidden=(deleted_hidden("l"),),
        unsupported=(
            f"{UNSUPPORTED_COUNTS} Address ExcludeID MaxLastActivityAt MinLastActivityAt NameCI "
            "NameLike NameLikeCI"
        ),
        both_ways="ID ProcessedCount IsDeleted Name",
    ).of(LISTS, "l.CreatedAt"),
    Drawn(
        "contactmetadata",
        "contact_metadata",
        rows=14,
        first_id=31,
        choices={
            "Datatype": ("str", "int", "float", "bool", "datetime"),
            "Name": ("property_{n}",),
            "NameSpace": ("static", "historic"),
        },
        unsupported="DataType Namespace",
        both_ways="ID Name",
    ).table(),
    Drawn(
        "contacthistorydata",
        "contact_history_data",
        rows=200,
        first_id=2**40,
        equal={"Contact": "ContactID", "Name": "Name"},
        # Documented as exclusive and inclusive: no quirk applies.
        filters={
            "MaxCreatedAt": Filter(moment, "[CreatedAt] < :MaxCreatedAt"),
            "MinCreatedAt": Filter(moment, "[CreatedAt] >= :MinCreatedAt"),
        },
        unsupported="Last",
        both_ways="CreatedAt",
    ).table(),
    Drawn(
        "contactslistsignup",
        "contact_list_signups",
        first_id=8_001,
        equal={"Contact": "ContactID", "ContactsList": "ListID"},
        unsupported=(
            "APIKey Domain Email LocalPart MaxConfirmAt MaxSignupAt MinConfirmAt MinSignupAt "
            "SignupIp Source SourceID ThrottleCheck"
        ),
    ).table(),
    Drawn("csvimport", "csv_imports", rows=27, first_id=4_001, ascending="").table(),
    Drawn(
        "batchjob",
        "batch_jobs",
        first_id=2**40,
        choices={"JobType": ("Contact list import csv", "Contacts export", "Send newsletter")},
        spelling={"RefId": "RefID"},
        unsupported=(
            "APIKey Data JobType MaxJobEnd MaxJobStart MaxRequestAt Method MinJobEnd MinJobStart "
            "MinRequestAt RefID Status"
        ),
        both_ways="ID",
    ).table(),
)
