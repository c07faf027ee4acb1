"""The fields Mailjet's own clients name for each resource the tap reads, as they are on the wire.

Plain data, kept apart from the schemas so that a field lost, added or misspelt there shows.
Where a client names an object `X`, the wire has its `XID`, at times with a readable `XALT` too.
Fields that were seen on live accounts or are in the documentation, but not in any client, are here
too: `LocaleList`, `Skipspamd` and the rates of statistics/recipient-esp.
Where two clients spell one field differently, both spellings are here. Fields that are credentials
are here too: the schemas must not have them.
"""

from typing import Final

from tests.fields import account, campaigns, contacts, messages, statistics

FAMILIES: Final = (
    account.FIELDS,
    campaigns.FIELDS,
    contacts.FIELDS,
    messages.FIELDS,
    statistics.FIELDS,
)
FIELDS: Final[dict[str, set[str]]] = {
    resource: fields for family in FAMILIES for resource, fields in family.items()
}
