"""Streams of senders and their domains."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.singer.full_table_stream import FullTableStream


class Senders(FullTableStream):
    """Addresses and domains that can be used as sender.

    https://dev.mailjet.com/email/reference/sender-addresses-and-domains/
    """

    name = "senders"
    resource = "sender"
    selected_by_default = True
    # Messages and campaigns refer to deleted senders, too.
    params: ClassVar = {"ShowDeleted": "true"}


class MetaSenders(FullTableStream):
    """Addresses that all keys of an account can use as sender.

    https://dev.mailjet.com/email/reference/sender-addresses-and-domains/
    """

    name = "meta_senders"
    resource = "metasender"


class Dns(FullTableStream):
    """The settings of sender domains: SPF, DKIM and ownership.

    https://dev.mailjet.com/email/reference/sender-addresses-and-domains/
    """

    name = "dns"
    resource = "dns"


STREAMS = (
    Senders,
    MetaSenders,
    Dns,
)
