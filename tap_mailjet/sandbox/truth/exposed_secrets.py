"""The secrets that an account's rows show, as the real API's do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account.database import Account

_SECRETS = (
    "SELECT SecretKey FROM apikey UNION "
    "SELECT SharedAccessSignature FROM callback WHERE SharedAccessSignature <> '' UNION "
    "SELECT json_extract(Subaccount, '$.Password') FROM apikeyaccess WHERE Subaccount IS NOT NULL"
)
_URLS = "SELECT Url FROM callback UNION SELECT Url FROM parseroute"


def secrets(account: Account) -> set[str]:
    """Return all secrets: keys, signatures, passwords, and what URLs have before the host.

    Of `user:password` the password is one too, but not the user alone.
    """
    found = {row[0] for row in account.read(_SECRETS)}
    for (url,) in account.read(_URLS):
        authority = url.partition("//")[2].partition("/")[0]
        known, at, _ = authority.rpartition("@")
        if at:
            found |= {known, known.rpartition(":")[2] or known}
    return found
