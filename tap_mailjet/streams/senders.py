"""Who messages are from, and the domains that vouch for it."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.singer.full_table_stream import FullTableStream


class Senders(FullTableStream):
    """Addresses and domains that messages may be from.

    https://dev.mailjet.com/email/reference/sender-addresses-and-domains/
    """

    name = "senders"
    resource = "sender"
    selected_by_default = True
    # Messages and campaigns name senders that were deleted since.
    params: ClassVar = {"ShowDeleted": "true"}


class MetaSenders(FullTableStream):
    """Addresses that all keys of an account may send from.

    https://dev.mailjet.com/email/reference/sender-addresses-and-domains/
    """

    name = "meta_senders"
    resource = "metasender"


class Dns(FullTableStream):
    """How the domains of senders are set up: SPF, DKIM, ownership.

    https://dev.mailjet.com/email/reference/sender-addresses-and-domains/
    """

    name = "dns"
    resource = "dns"


STREAMS = (
    Senders,
    MetaSenders,
    Dns,
)
