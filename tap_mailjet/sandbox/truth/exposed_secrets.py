"""The credentials in the rows of an account, which the real API returns too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.truth.rows import rows

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account.database import Account

_END_OF_TIME = 2**40
"""A Unix second at which all rows are visible."""


def secrets(account: Account) -> set[str]:
    """Return all keys, signatures and passwords, and the user information of all URLs.

    Of `user:password` the password alone is a credential too, the user alone is not.
    """
    read = {
        name: rows(account, name, _END_OF_TIME)
        for name in ("apikey", "apikeyaccess", "eventcallbackurl", "parseroute")
    }
    found = {row["SecretKey"] for row in read["apikey"]}
    found |= {row["SharedAccessSignature"] for row in read["eventcallbackurl"]} - {""}
    found |= {row["Subaccount"]["Password"] for row in read["apikeyaccess"] if row["Subaccount"]}
    for row in (*read["eventcallbackurl"], *read["parseroute"]):
        authority = row["Url"].partition("//")[2].partition("/")[0]
        user_information, at, _ = authority.rpartition("@")
        if at:
            password = user_information.rpartition(":")[2]
            found |= {user_information, password or user_information}
    return found
