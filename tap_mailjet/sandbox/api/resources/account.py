"""The resources of the account itself, its senders' domains and its templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.api.resource import (
    Resource,
    booleans,
    integers,
    named,
    numbers,
    objects,
    reached,
    texts,
    times,
)

if TYPE_CHECKING:
    from tap_mailjet.sandbox.api.resource import Field

_OF_KEY = "JOIN apikey AS a ON a.ID = t.APIKeyID"
_OF_USER = "JOIN user AS u ON u.ID = t.UserID"


def _plain(
    name: str,
    table: str,
    *fields: tuple[Field, ...],
    joins: str = "",
    both_ways: tuple[str, ...] = (),
) -> Resource:
    """Return a resource whose rows are those of a small table, with the alias `t`.

    Args:
        name: Its name in the URL.
        table: The table.
        fields: Its fields besides ID.
        joins: What they need besides the table.
        both_ways: The properties that `Sort` takes in both directions; ID is always one of them,
            but upwards only unless it is named here.
    """
    return Resource(
        name=name,
        table=f"{table} AS t",
        key="t.ID",
        visible="t.VisibleAt <= :clock",
        order=("t.ID",),
        joins=joins,
        fields=(*integers(ID="t.ID"), *(field for some in fields for field in some)),
        sortable={name: f"t.{name}" for name in ("ID", *both_ways)},
        ascending=() if "ID" in both_ways else ("ID",),
    )


TEMPLATES = _plain(
    "template",
    "template",
    named("t", texts, "Author Copyright Description Locale Name OwnerType Presets"),
    named("t", objects, "Categories LocaleList Previews Purposes"),
    named("t", booleans, "IsStarred IsTextPartGenerationEnabled"),
    named("t", integers, "EditMode OwnerId"),
    times(
        CreatedAt="t.CreatedAt",
        LastUpdatedAt=(
            "CASE WHEN t.LastUpdatedAt <= :clock THEN t.LastUpdatedAt ELSE t.CreatedAt END"
        ),
    ),
    both_ways=("ID",),
)
META_SENDERS = _plain(
    "metasender",
    "metasender",
    named("t", times, "CreatedAt"),
    named("t", texts, "Description Email Filename"),
    named("t", booleans, "IsEnabled"),
)
DNS = _plain(
    "dns",
    "dns",
    named(
        "t",
        texts,
        "DKIMRecordName DKIMRecordValue DKIMStatus Domain OwnerShipToken OwnerShipTokenRecordName "
        "SPFRecordValue SPFStatus",
    ),
    named("t", booleans, "IsCheckInProgress"),
    named("t", times, "LastCheckAt"),
)
API_KEYS = _plain(
    "apikey",
    "apikey",
    named("t", texts, "ACL APIKey Name Runlevel SecretKey TrackHost"),
    named("t", times, "CreatedAt"),
    named("t", booleans, "IsActive IsMaster"),
    named("t", integers, "QuarantineValue RegionID Skipspamd UserID"),
    both_ways=("IsMaster", "IsActive", "CreatedAt", "Name"),
)
API_KEY_ACCESS = _plain(
    "apikeyaccess",
    "apikeyaccess",
    texts(APIKeyALT="a.APIKey", RealUserALT="r.Email", UserALT="u.Email"),
    named("t", integers, "APIKeyID RealUserID SubaccountID UserID"),
    named("t", texts, "AllowedAccess CustomName"),
    named("t", objects, "Subaccount"),
    named("t", booleans, "IsActive"),
    times(CreatedAt="t.CreatedAt", **reached("t", "LastActivityAt")),
    joins=f"{_OF_KEY} {_OF_USER} JOIN user AS r ON r.ID = t.RealUserID",
)
USERS = _plain(
    "user",
    "user",
    named("t", texts, "ACL Email FirstIp LastIp Locale Timezone Username"),
    times(CreatedAt="t.CreatedAt", **reached("t", "LastLoginAt", "WarnedRatelimitAt")),
    named("t", integers, "MaxAllowedAPIKeys"),
)
PROFILES = _plain(
    "myprofile",
    "profile",
    named(
        "t",
        texts,
        "AddressCity AddressCountry AddressPostalCode AddressState AddressStreet BillingEmail "
        "CompanyName CompanyNumOfEmployees ContactPhone Features Firstname Industry JobTitle "
        "Lastname VATNumber Website",
    ),
    named("t", times, "BirthdayAt"),
    named("t", integers, "EstimatedVolume UserID"),
    named("t", numbers, "VAT"),
    texts(UserALT="u.Email"),
    joins=_OF_USER,
)
PARSE_ROUTES = _plain(
    "parseroute",
    "parseroute",
    texts(APIKeyALT="a.APIKey"),
    named("t", integers, "APIKeyID"),
    named("t", texts, "Email Url"),
    joins=_OF_KEY,
)
CALLBACKS = _plain(
    "eventcallbackurl",
    "callback",
    texts(APIKeyALT="a.APIKey"),
    named("t", integers, "APIKeyID Version"),
    named(
        "t",
        texts,
        "AccountID EventType ProjectID QueueName Region Resource SharedAccessSignature Status "
        "Topic Url",
    ),
    named("t", booleans, "IsBackup"),
    joins=_OF_KEY,
)
WIDGETS = _plain(
    "widget",
    "widget",
    texts(FromALT="s.Email", ListALT="l.Name"),
    named("t", integers, "CreatedAt FromID ListID TemplateID"),
    integers(ModifiedAt="CASE WHEN t.ModifiedAt <= :clock THEN t.ModifiedAt ELSE t.CreatedAt END"),
    named("t", booleans, "IsActive IsStarred"),
    named("t", texts, "Locale Name Replyto Sendername Status Subject"),
    named("t", objects, "Template"),
    joins="JOIN sender AS s ON s.ID = t.FromID JOIN contactslist AS l ON l.ID = t.ListID",
)
PREFERENCES = _plain(
    "preferences",
    "preference",
    named("t", texts, "Key Value"),
    named("t", integers, "UserID"),
    texts(UserALT="u.Email"),
    joins=_OF_USER,
)
