"""Exceptions and secrets of the schema files, as plain data for the tests."""

from __future__ import annotations

from typing import Final

Field = tuple[str, str]

# A counter over the whole lifetime has no slice of time, so this one key field may be null.
NULLABLE_KEYS: Final[set[Field]] = {("statcounters", "Timeslice")}

# Fields of the wire that are, or may hold, a credential: a Subaccount has a Password.
WITHHELD: Final = {
    "api_key_access": {"Subaccount"},
    "api_keys": {"SecretKey"},
    "event_callback_urls": {"SharedAccessSignature"},
}
SECRETS: Final = {"newpasswordkey", "password", "secretkey", "sharedaccesssignature", "token"}
MASKED: Final = {("event_callback_urls", "Url"), ("parse_routes", "Url")}

# Fields that one client spells unlike the others; all spellings of the wire are read as the second.
SPELLINGS: Final = {
    "HardbouncedCount": "HardBouncedCount",
    "RefID": "RefId",
    "SoftbouncedCount": "SoftBouncedCount",
}

# Identifiers in text form, not numbers of Mailjet's.
TEXT_IDS: Final = {"AccountID", "CustomID", "ProjectID", "UUID"}
